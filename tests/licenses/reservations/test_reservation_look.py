"""All protocols together: what was not looked for is said, and nothing that is fed in is ever taken for a yes."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses.model import Document, Policy, Signal
from licenses.reservations import PROTOCOLS, look
from licenses.reservations._robots_file import matches, may_fetch, read
from licenses.reservations._structured import dictionary
from licenses.reservations.aipref import interpret as usage
from licenses.reservations.content_signals import interpret as signal
from licenses.reservations.natural_language import find
from licenses.reservations.noai import interpret as directives
from licenses.reservations.rsl import interpret as rsl
from licenses.reservations.tdmrep import evaluate

URL = "https://zeitung.example/artikel/1"
ANSWERS = {"reserved", "allowed", "beside-the-point", "unreadable", "not-found", "not-looked-for"}


def test_not_looked_for_differs_from_not_found() -> None:
    nothing = look(Document(text="Hafen", url=URL), (), Policy())
    assert {s.protocol for s in nothing} == set(PROTOCOLS)
    assert {s.answer for s in nothing} == {"not-looked-for"}
    asked = look(Document(text="Hafen", url=URL, robots={"status": 404}), ("robots",), Policy())
    assert {s.answer for s in asked if s.protocol == "robots"} == {"not-found"}
    assert {s.answer for s in asked if s.protocol != "robots"} == {"not-looked-for"}
    with pytest.raises(KeyError):
        look(Document(), ("robts",), Policy())


def test_each_capture_that_counts_is_heard() -> None:
    """A site that was open when the page was fetched and has shut since has said what it wants, and in reverse."""
    open_ = {"status": 200, "body": "User-agent: *\nAllow: /\n", "seen": "2025-01-01"}
    shut = {"status": 200, "body": "User-agent: *\nDisallow: /\n", "seen": "2026-06-01"}
    for captures in ([open_, shut], [shut, open_]):
        found = look(Document(url=URL, robots={"captures": captures}), ("robots",), Policy())
        assert {"reserved", "allowed"} <= {s.answer for s in found if s.protocol == "robots"}
        assert {s.seen for s in found if s.answer == "reserved"} == {"2026-06-01"}
    for odd in ([], None, 7, [None, {}]):
        found = look(Document(url=URL, robots={"captures": odd}), ("robots",), Policy())
        assert not {"allowed", "not-found"} & {s.answer for s in found if s.protocol == "robots"}


def test_a_protocol_that_fails_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(document: Document, policy: Policy) -> tuple[Signal, ...]:
        raise RuntimeError("secret text of a record")

    monkeypatch.setitem(PROTOCOLS, "noai", broken)  # type: ignore[arg-type]
    (found,) = (s for s in look(Document(text="x"), ("noai",), Policy()) if s.protocol == "noai")
    assert found.answer == "unreadable" and "secret" not in str(found)


JUNK = st.one_of(st.text(max_size=300), st.binary(max_size=300).map(lambda b: b.decode("latin-1")))
PIECES = st.sampled_from(
    ["User-agent:", "*", "GPTBot", "\n", "\r", "Disallow:", "Allow:", "/", "$", "#", ":", " ", "Content-Usage:",
     "train-ai=n", "train-ai=y", "Content-Signal:", "ai-train=no", "License:", "<", ">", "\x00", "\u2028", "ä", "%",
     "%2", "=", ";", ",", "(", '"']
)  # fmt: skip
ROBOTS = st.one_of(JUNK, st.lists(PIECES, max_size=40).map("".join))
KEYS = ["location", "tdm-reservation", "status", "body", "captures", "x"]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["location", "tdm-reservation", "status", "body", "captures", "x"]), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    html=st.one_of(st.none(), JUNK, st.binary(max_size=200)),
    robots=st.one_of(st.none(), ROBOTS, VALUES),
    tdmrep=VALUES,
    rsl_=st.one_of(st.none(), JUNK),
    ai=st.one_of(st.none(), ROBOTS),
    header=ROBOTS,
    url=st.one_of(st.none(), st.text(max_size=40), st.just(URL)),
)
def test_never_raises(html: Any, robots: Any, tdmrep: Any, rsl_: Any, ai: Any, header: str, url: Any) -> None:
    headers = dict.fromkeys(("content-usage", "content-signal", "link", "x-robots-tag", "tdm-reservation"), (header,))
    document = Document(url=url, html=html, robots=robots, tdmrep=tdmrep, rsl=rsl_, ai_txt=ai, headers=headers)
    found = look(document, tuple(PROTOCOLS), Policy())
    assert {s.protocol for s in found} == set(PROTOCOLS)
    assert {s.answer for s in found} <= ANSWERS
    assert not any(s.parsed.startswith("failed") for s in found)


LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz äöü.!?<>{}[]()\t", min_size=1, max_size=200)


@settings(max_examples=300, deadline=None)
@given(junk=LETTERS)
def test_junk_is_never_a_yes(junk: str) -> None:
    """Prose, markup and noise in the place of a statement: no answer is `allowed`."""
    document = Document(
        url=URL, robots=junk, tdmrep=junk, rsl=junk, ai_txt=junk,
        headers=dict.fromkeys(("content-usage", "content-signal", "tdm-reservation"), (junk,)),
    )  # fmt: skip
    assert "allowed" not in {s.answer for s in look(document, tuple(PROTOCOLS), Policy())}


@settings(max_examples=300, deadline=None)
@given(text=JUNK)
def test_parsers_never_raise(text: str) -> None:
    read(text)
    usage(text)
    signal(text)
    rsl(text, URL)
    directives(text)
    evaluate(text, URL)
    find(text)
    with suppress(ValueError):
        dictionary(text)


@settings(max_examples=200, deadline=None)
@given(
    rules=st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), st.text(alphabet="/ab*$", max_size=8)), max_size=8)
)
def test_a_ban_on_everything_is_never_lifted_by_what_does_not_match(rules: list[tuple[str, str]]) -> None:
    """Adding `Disallow: /` refuses every address that no allowance names."""
    lines = [f"{kind}: {path}" for kind, path in rules if kind == "Disallow"]
    file = read("User-agent: *\nDisallow: /\n" + "\n".join(lines))
    assert not may_fetch(file.named("*"), URL)


def test_bounded_work() -> None:
    """Inputs that make a backtracking matcher run for hours: all of these return."""
    stars = "/" + "*a" * 2000
    assert not matches(stars + "b", "https://x.example/" + "a" * 5000)
    rng = random.Random(7)
    noise = "".join(rng.choice("*a$/:\n") for _ in range(200_000))
    read("User-agent: *\nDisallow: /" + noise)
    look(
        Document(url="https://x.example/" + "a" * 5000, robots=f"User-agent: *\nDisallow: {stars}b"),
        ("robots",),
        Policy(),
    )
    find("training ai " * 30_000)
    find("KI " + "a " * 100_000)
    directives("no" * 100_000)
    usage("(" * 100_000)
    usage("a=" + "(a " * 5000)
    evaluate([{"location": stars, "tdm-reservation": 0}] * 50, "https://x.example/" + "a" * 5000)
    rsl("<a>" * 100_000, URL)
