"""What is left out for speed changes no answer: the shortcut past the parser, and past rules that cannot match."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from licenses.model import Document, Policy, Signal
from licenses.reservations import _markup, look
from licenses.reservations._robots_file import Group, _matcher, may_fetch

TRIALS = os.environ.get("REINSCHRIFT_TRIALS")
PROTOCOLS = ("noai", "tdmrep", "rsl")


def answers(page: bytes) -> tuple[Signal, ...]:
    _markup._parse.cache_clear()
    return look(Document(html=page, url="https://a.example/1"), PROTOCOLS, Policy())


def parsed(page: bytes, patch: pytest.MonkeyPatch) -> tuple[Signal, ...]:
    with patch.context() as context:
        context.setattr(_markup, "_plain", lambda page, lowered: None)
        return answers(page)


PIECES = st.sampled_from(
    [
        '<meta name="robots" content="index, follow">',
        "<META NAME='Robots' CONTENT='NoAI'>",
        "<meta name=robots content=noai>",
        '<meta content="noai, index" name="robots"/>',
        '<meta name="description" content="both robots">',
        "<!--",
        "-->",
        '<meta name="GPTBot" content="noindex">',
        '<meta name="ccbot" content="none">',
        "<script>",
        "</script>",
        "<title>",
        '<meta name="robots" content="Index,Follow" content="noai">',
        '<meta data-x="a>b" name="robots" content="noai">',
        '<meta name="rob&#111;ts" content="noai">',
        '<meta property="robots" content="max-snippet:-1, index">',
        "</title>",
        '<meta http-equiv="robots" content="noml">',
        '<meta name="" property="googlebot" content="noai">',
        "<p>Text</p>",
        '<meta name="robots" content="',
        '">',
        '<a title="<meta name=robots content=noai>">',
        "<meta name='robots",
        "<meta",
        '<meta name="tdm-reservation" content="1">',
        '<link rel="license" type="application/rsl+xml" href="/l.xml">',
        ">",
        '<meta\nname = "robots"\tcontent = "noindex,\nnoarchive" >',
        '<meta name="robots" content="&#110;oai">',
        "<noscript>",
    ]
)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=7).map("".join))
@example("<!--><meta name='robots' content='noai'>-->")
@example("<title><!-- </title><meta name='robots' content='noai'> -->")
def test_the_shortcut_past_the_parser(page: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        assert answers(page.encode()) == parsed(page.encode(), patch)


RULES = st.lists(
    st.tuples(
        st.sampled_from(["allow", "disallow"]),
        st.lists(st.sampled_from([*"/a*$ü?. ", "ab", "%61", "-x", "//", "robots.txt"]), max_size=5).map("".join),
    ),
    max_size=6,
)
PATHS = st.lists(st.sampled_from(["/", "a", "ab", "%61", "ü", "?", ";", "=", ".", "-x", "#", "robots.txt"]), max_size=6)


@settings(max_examples=600)
@given(RULES, PATHS.map("".join))
def test_rules_that_cannot_match_are_left_out(rules: list[tuple[str, str]], path: str) -> None:
    url = f"https://a.example{'/' if path and path[0] not in '/?#' else ''}{path}"
    whole = not rules or bool(_matcher(tuple(rules)).can_fetch(url, "x"))
    assert may_fetch([Group(["x"], rules)], url) == whole


@pytest.mark.trials
@pytest.mark.skipif(not TRIALS, reason="REINSCHRIFT_TRIALS is not set: the trial data is elsewhere")
def test_on_real_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [
        path
        for name in ("html-pool-dev", "html-sites-dev", "html-news-dev")
        for path in sorted(Path(str(TRIALS), name).rglob("*.html"))
    ]
    plain = 0
    for path in pages:
        page = path.read_bytes()
        assert answers(page) == parsed(page, monkeypatch), path.name
        plain += _markup._plain(page, page.lower()) is not None
    assert plain > len(pages) / 2
