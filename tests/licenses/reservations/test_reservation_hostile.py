"""Opt-outs as sites get them wrong: what was tried and misspelt is never taken for a yes, and what is none for a no."""

from __future__ import annotations

import json
from typing import Any

import pytest

from licenses.model import Document, Policy
from licenses.reservations import PROTOCOLS, look

URL = "https://zeitung.example/x/y.html"
BAN = "User-agent: *\nDisallow: /\n"
OPEN = "User-agent: *\nAllow: /\n"
RULE = [{"location": "/", "tdm-reservation": 1}]
RSL = (
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-train</prohibits>'
    "</license></content></rsl>"
)


def shut(document: Document) -> bool:
    """Whether `reservations: honour` would refuse it: a reservation, or something that could not be read."""
    asked = [name for name in PROTOCOLS if name != "natural_language"]
    return any(signal.answer in ("reserved", "unreadable") for signal in look(document, asked, Policy()))


def page(head: str) -> str:
    return f"<html><head>{head}<title>x</title></head><body><p>Ein Text.</p></body></html>"


@pytest.mark.parametrize("mark", ["\ufeff", "ï»¿", "\ufeff\ufeff", "\u00a0", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_a_ban_with_odd_marks_and_line_ends(mark: str, end: str) -> None:
    assert shut(Document(url=URL, robots=mark + BAN.replace("\n", end)))


@pytest.mark.parametrize(
    "robots",
    [
        BAN.encode("utf-16").decode("latin-1"),
        BAN.encode("utf-16-le").decode("latin-1"),
        "<!doctype html><html><body>Not here</body></html>",
        "<html><pre>User-agent: *\nDisallow: /\n</pre></html>",
        "<html><pre>User-agent: * Disallow: /</pre></html>",
        "# x\n" * 300_000 + BAN,
        "x" * 20_000 + "\n" + OPEN,
        "User-agent *\nDisallow /\n",
        "User-agent : *\nDisallow : /\n",
        "User-agent： *\nDisallow： /\n",
        'User-agent: "*"\nDisallow: "/"\n',
        "User-agent: „GPTBot“\nDisallow: “/x/”\n",
        "User-agent: GPTBot/1.1\nDisallow: /\n",
        "User-agent: GPTBot, CCBot\nDisallow: /\n",
        "User-agent: GPTBot\nCrawl-delay: 4\nUser-agent: other\nDisallow: /\n",
        "User-agent: *\nDisallow: https://zeitung.example/x/\n",
        "User-agent: *\nDisallow: HTTPS://zeitung.example/x/\n",
        "User-agent: *\nDisallow: x/\n",
        "User-agent: *\nDisallow: /*/y.html$\n",
        "User-agent: *\nDisallow: /%78/\n",
        "Content-Signal: ai-train=no\n" + OPEN,
        "User-agent: *\nContent-Usage: /x/ train-ai=n\nAllow: /\n",
        "User-agent: *\nContent-Usage: /x/ train-ai=y\nContent-Usage: /x/ train-ai=n\nAllow: /\n",
        "License: https://zeitung.example/l.xml\n" + OPEN,
        {"status": 200},
        {"status": 204},
        {"status": 301, "body": ""},
        {"status": 429, "body": ""},
        {"status": 500, "body": OPEN},
        {"status": "abc", "body": OPEN},
        {"status": 200.5, "body": OPEN},
        {"status": None, "body": OPEN},
        {"status": True, "body": OPEN},
        {"status": 0, "body": OPEN},
        5,
        True,
        [BAN],
    ],
)
def test_robots_that_shut(robots: Any) -> None:
    assert shut(Document(url=URL, robots=robots))


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://zeitung.example/%78/y", "/x/"),
        ("https://zeitung.example/ü/y", "/%C3%BC/"),
        ("https://zeitung.example/%c3%bc/y", "/ü/"),
        ("https://zeitung.example/x?a=1", "/*?"),
        ("https://zeitung.example/z/../x/y", "/x/"),
        ("https://zeitung.example/./x/y", "/x/"),
        ("https://u:p@zeitung.example:443/x/y", "/x/"),
        ("HTTPS://ZEITUNG.EXAMPLE/x/y", "/x/"),
        ("https://zeitung.example", "/"),
        ("/x/y", "/"),
        ("https://[::1", "/"),
        (None, "/"),
    ],
)
def test_addresses_that_a_rule_means(url: str | None, rule: str) -> None:
    assert shut(Document(url=url, robots=f"User-agent: *\nDisallow: {rule}\n"))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tdm-reservation", ["0", "1"]),
        ("tdm-reservation", ["0, 1"]),
        ("tdm-reservation", [" 1 "]),
        ("tdm-reservation", ["yes"]),
        ("tdm-reservation", [""]),
        ("tdm-reservation", ['"1"']),
        ("tdm-reservation", ["1; policy=x"]),
        ("content-usage", ["train-ai=y,\r\n train-ai=n"]),
        ("content-usage", ["train-ai=?0"]),
        ("content-usage", ["Train-AI=n"]),
        ("content-usage", ["train-ai=N"]),
        ("content-usage", ["search=y; train-ai=n"]),
        ("content-usage", ["train-ai=y; train-ai=n"]),
        ("content-usage", ['train-ai="n"']),
        ("content-usage", ["train-ai=y", "train-ai=n"]),
        ("content-usage", ["train-ai=(y n)"]),
        ("content-signal", ["search=yes, ai-train=no"]),
        ("content-signal", ["AI-Train = No"]),
        ("content-signal", ["ai-train\u00a0=\u00a0no"]),
        ("content-signal", ["ai-train"]),
        ("x-robots-tag", ["googlebot: noai"]),
        ("x-robots-tag", ["all", "unavailable_after: 25 Jun 2030 15:00:00 PST, NoAI"]),
        ("x-robots-tag", ["noai: true"]),
        ("link", ['<https://zeitung.example/l.xml>; rel="license"; type="application/rsl+xml; charset=utf-8"']),
    ],
)
def test_headers_that_shut(name: str, values: list[str]) -> None:
    assert shut(Document(url=URL, headers={name: tuple(values)}))


@pytest.mark.parametrize(
    "head",
    [
        '<META NAME=" TDM-Reservation " CONTENT=" 1 ">',
        "<meta content=1 name=tdm-reservation>",
        '<meta name="tdm&#45;reservation" content="&#49;">',
        '<meta name="tdm-reservation" content="">',
        '<meta name="tdm-reservation" content="2">',
        '<meta name="tdm-reservation" content="0"><meta name="tdm-reservation" content="1">',
        '<meta name="robots" content="index,follow,noai">',
        '<meta property="robots" content="noai">',
        '<meta\nname="robots"\ncontent="\nnoai\n">',
        '<meta name="robots" content="no-ai">',
        '<meta name="GPTBot" content="noindex">',
        '</head><body><meta name="robots" content="noai">',
        f'<script type="application/rsl+xml">{RSL}</script>',
        f'<script type=" Application/RSL+XML; charset=utf-8 ">{RSL}</script>',
        f'<script type="application/rsl+xml">{RSL.replace("https://rslstandard.org/rsl", "urn:x")}</script>',
        f'<script type="application/rsl+xml"><!DOCTYPE a [<!ENTITY b "x">]>{RSL}</script>',
        '<script type="application/rsl+xml"><rsl><content></script>',
        '<script type="application/rsl+xml"><r:rsl xmlns:r="https://rslstandard.org/rsl"><r:content url="/"><r:license>'
        '<r:prohibits type="usage">ai-train</r:prohibits></r:license></r:content></r:rsl></script>',
        '<link rel="license" type="application/rsl+xml; charset=utf-8" href="/l.xml">',
    ],
)
def test_elements_that_shut(head: str) -> None:
    assert shut(Document(url=URL, html=page(head)))


@pytest.mark.parametrize(
    "tdmrep",
    [
        {"location": "/", "tdm-reservation": 1},
        [{"location": "/", "tdm-reservation": "1"}],
        [{"location": "/", "tdm-reservation": True}],
        [{"location": "/", "tdm-reservation": 1.0}],
        [{"location": "/", "tdm-reservation": None}],
        [{"location": "/", "tdm-reservation": "01"}],
        [{"location": "/"}],
        [{"location": ["/"], "tdm-reservation": 1}],
        [{"location": None, "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 0}],
        [{"Location": "/", "TDM-Reservation": 1}],
        [{"location": "*", "tdm-reservation": 1}],
        "not json",
        "<html>404</html>",
        "",
        "true",
        1,
        "[" * 5_000,
        "\ufeff" + json.dumps(RULE),
        '[{"location": "/", "tdm-reservation": 1, "tdm-reservation": 0}]',
        {"status": 500, "body": ""},
    ],
)
def test_tdmrep_files_that_shut(tdmrep: Any) -> None:
    assert shut(Document(url=URL, tdmrep=tdmrep))


@pytest.mark.parametrize("terms", ["", "<html></html>", RSL, RSL[:-3], "\ufeff" + RSL])
def test_terms_that_shut(terms: str) -> None:
    assert shut(Document(url=URL, rsl=terms))


@pytest.mark.parametrize("file", [BAN, "User-Agent: *\nDisallow: *.html\n", "<html>no</html>", "Kommt bald."])
def test_ai_txt_that_shuts(file: str) -> None:
    assert shut(Document(url=URL, ai_txt=file))


@pytest.mark.parametrize(
    "given",
    [
        {"robots": {"status": 404, "body": ""}},
        {"robots": {"status": 410, "body": BAN}},
        {"robots": "User-agent: *\nDisallow:\n"},
        {"robots": "User-agent: *\n#Disallow: /\nDisallow:\n"},
        {"robots": "User-agent: *\nDisallow: /x\nAllow: /x\n"},
        {"robots": "User-agent: *\nDisallow: /zz\n# a note\u2028with an odd end\n"},
        {"headers": {"content-usage": ("search=n",)}},
        {"html": page('<meta name="tdm-reservation" content="0">'), "headers": {"tdm-reservation": ("1",)}},
        {"html": page('<!-- <meta name="robots" content="noai"> -->')},
        {"tdmrep": {"status": 404, "body": ""}},
        {"tdmrep": []},
        {"tdmrep": [{"location": "/zz", "tdm-reservation": 1}]},
    ],
)
def test_what_is_no_opt_out_shuts_nothing(given: dict[str, Any]) -> None:
    assert not shut(Document(url=URL, **given))
