"""RSL: which terms apply to an address, and whether they let training in."""

from __future__ import annotations

import pytest

from licenses.model import Document, Policy
from licenses.reservations.rsl import interpret, look

URL = "https://verlag.example/artikel/1"


def rsl(inner: str, content: str = 'url="/"', namespace: str = ' xmlns="https://rslstandard.org/rsl"') -> str:
    return f"<rsl{namespace}><content {content}>{inner}</content></rsl>"


def offer(inner: str) -> str:
    return rsl(f"<license>{inner}</license>")


@pytest.mark.parametrize(
    ("inner", "answer"),
    [
        ('<prohibits type="usage">ai-train</prohibits>', "reserved"),
        ('<prohibits type="usage">train-ai</prohibits>', "reserved"),  # draft of 2025
        ('<prohibits type="usage">ai-all</prohibits>', "reserved"),
        ('<prohibits type="usage">search,ai-train</prohibits>', "reserved"),
        ('<prohibits type="usage">all</prohibits>', "reserved"),
        ('<prohibits type="usage">ai-input search</prohibits>', "beside-the-point"),
        ('<permits type="usage">ai-train</permits>', "allowed"),
        ('<permits type="usage">all</permits>', "allowed"),
        ('<permits type="usage">search ai-index</permits>', "reserved"),  # what is not listed is not licensed
        ('<permits type="usage"></permits>', "reserved"),
        ('<permits type="usage">ai-all</permits><prohibits type="usage">ai-train</prohibits>', "reserved"),
        ('<permits type="usage">ai-train</permits><prohibits type="usage">ai-all</prohibits>', "allowed"),
        ('<permits type="usage">ai-train</permits><prohibits type="usage">ai-train</prohibits>', "reserved"),
        ('<permits type="usage">ai-train</permits><payment type="purchase"/>', "reserved"),
        ('<permits type="usage">ai-train</permits><payment type="free"/>', "allowed"),
        ('<permits type="usage">ai-train</permits><payment type="attribution"/>', "reserved"),
        ('<permits type="usage">ai-train</permits><payment/>', "reserved"),
        ('<permits type="usage">ai-train</permits><permits type="user">non-commercial</permits>', "reserved"),
        ('<permits type="usage">ai-train</permits><permits type="user">commercial</permits>', "allowed"),
        ('<permits type="usage">ai-train</permits><prohibits type="user">commercial</prohibits>', "reserved"),
        ('<permits type="usage">ai-train</permits><permits type="geo">US</permits>', "reserved"),
        ('<prohibits type="usage">llm-training</prohibits>', "unreadable"),
        ('<permits type="mood">sunny</permits>', "unreadable"),
        ("", "allowed"),
    ],
)
def test_offer(inner: str, answer: str) -> None:
    assert interpret(offer(inner), URL)[0] == answer


def test_the_most_exact_content_counts() -> None:
    text = (
        '<rsl xmlns="https://rslstandard.org/rsl">'
        '<content url="/"><license><prohibits type="usage">ai-all</prohibits></license></content>'
        '<content url="/frei/*"><license><permits type="usage">all</permits></license></content></rsl>'
    )
    assert interpret(text, "https://verlag.example/frei/1")[0] == "allowed"
    assert interpret(text, URL)[0] == "reserved"
    assert interpret(text, None)[0] == "reserved" or interpret(text, None)[0] == "allowed"


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ('url="/premium/*"', "not-found"),
        ('url="/artikel/*"', "reserved"),
        ('url="https://verlag.example/artikel/*"', "reserved"),
        ('url="https://anderer.example/*"', "not-found"),
        ('url=""', "reserved"),
        ("", "reserved"),
        ('url="/artikel/*$"', "reserved"),
    ],
)
def test_content_url(content: str, answer: str) -> None:
    inner = '<license><prohibits type="usage">ai-train</prohibits></license>'
    assert interpret(rsl(inner, content), URL)[0] == answer


def test_servers_and_locks_have_to_be_asked() -> None:
    free = '<license><permits type="usage">all</permits></license>'
    assert interpret(rsl(free, 'url="/" server="https://s.example/api"'), URL)[0] == "reserved"
    assert interpret(rsl(free, 'url="/" encrypted="true"'), URL)[0] == "reserved"
    assert interpret(rsl(free), URL)[0] == "allowed"


@pytest.mark.parametrize(
    "text",
    [
        "", "no xml", "<rsl", "<html><body/></html>", "<rsl xmlns='urn:other'><content/></rsl>", rsl("<copyright/>"),
        '<!DOCTYPE rsl [<!ENTITY a "b">]>' + rsl("<license/>"), "<" * 2000, rsl("x" * (1 << 20)), rsl("\x00"),
    ],
)  # fmt: skip
def test_what_is_no_rsl_is_no_permission(text: str) -> None:
    assert interpret(text, URL)[0] == "unreadable"


def test_pointers_without_terms_are_unreadable() -> None:
    robots = "License: https://verlag.example/license.xml\n\nUser-agent: *\nAllow: /\n"
    link = '<https://verlag.example/l.xml>; rel="license"; type="application/rsl+xml"'
    element = '<link rel="license" type="application/rsl+xml" href="/l.xml"><p>Text'
    cc = '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"><p>Text'
    plain = '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'

    def kinds(**fields: object) -> set[str]:
        return {signal.answer for signal in look(Document(url=URL, **fields), Policy())}  # type: ignore[arg-type]

    assert kinds(robots=robots) == {"unreadable"}
    assert kinds(headers={"link": (link,)}) == {"unreadable"}
    assert kinds(html=element) == {"unreadable"}
    assert kinds(html=cc, robots="User-agent: *\nAllow: /", headers={"link": (plain,)}) == {"not-found"}
    assert kinds(robots=robots, rsl={"status": 404, "body": ""}) == {"unreadable"}
    assert kinds(robots=robots, rsl=offer('<permits type="usage">ai-train</permits>')) == {"allowed"}
    assert kinds(html=cc) == {"not-found", "not-looked-for"}


def test_inline_terms() -> None:
    terms = offer('<prohibits type="usage">ai-train</prohibits>')
    html = f'<html><head><script type="application/rsl+xml">{terms}</script></head><body>Text</body></html>'
    assert {signal.answer for signal in look(Document(url=URL, html=html), Policy())} == {"reserved"}
    assert {s.answer for s in look(Document(url=URL, html=f"<pre>{html[:0]}&lt;rsl></pre>"), Policy())} == {
        "not-found",
        "not-looked-for",
    }
