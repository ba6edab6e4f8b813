"""Pages built to cost: bounded work, never an exception, never a keep from junk."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses.evidence import html, http_headers, jats, license_file, spdx_tag, tei, text
from licenses.model import Document
from licenses.page import parse
from licenses.page_source import decode

MARK = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
HOSTILE = {
    "deep nesting": "<div>" * 200_000 + MARK,
    "deep but read": "<div>" * 3_000 + MARK,
    "attributes": "<a " + " ".join(f"x{i}=1" for i in range(100_000)) + ">" + MARK,
    "quoted attributes": "<a " + " ".join(f'x{i}=">"' for i in range(100_000)) + ">" + MARK,
    "attribute of megabytes": '<a href="' + "x" * 1_000_000 + '">' + MARK,
    "unclosed comments": MARK + "<!-- " * 200_000,
    "unclosed formatting": "<b><i><u><a>" * 20_000 + MARK,
    "many marks": MARK * 20_000,
    "spaces": MARK + " " * 2_000_000 + "licence",
    "brackets": "licence " + "((((" * 200_000 + "CC BY",
    "creative": "creative commons by " * 50_000,
    "attribution": "attribution-" * 100_000 + " licence",
    "alle rechte": "alle rechte " * 100_000 + " vorbehalten",
    "training": "licence " + MARK + " train" * 50_000,
    "json": '<script type="application/ld+json">' + "[" * 100_000 + "</script>" + MARK,
    "too long": "licence " * 2_000_000,
    "nul": "licence\x00" + MARK.replace("li", "l\x00i"),
    "quotes": "licence „" * 100_000 + MARK,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_answered(name: str) -> None:
    found = html.find(Document(html=HOSTILE[name]))
    assert len(found) <= 5_000
    assert all(len(item.statement) <= 1_000 and len(item.context) <= 300 for item in found)


def test_a_page_beyond_the_bounds_is_not_understood_rather_than_without_statement() -> None:
    found = html.find(Document(html=HOSTILE["deep nesting"]))
    assert [item.kind for item in found] == ["unreadable"]


def test_entity_bombs_are_not_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
    )
    document = Document(
        xml=f"<?xml "
        f"version='1.0'?>{bomb}]><article><front><article-meta><permissions><license>&m;</license></permissions></article-meta></front></article>"
    )
    for place in (jats, tei):
        assert all(len(item.statement) <= 1_000 for item in place.find(document))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2_000))
def test_no_bytes_make_a_place_raise(junk: bytes) -> None:
    as_text = junk.decode("latin-1")
    decode(junk, {"content-type": (as_text[:60],)})
    parse(as_text)
    document = Document(
        html=b"licence " + junk,
        xml=junk,
        text="SPDX-License-Identifier: " + as_text,
        headers={"link": (as_text,)},
        path=as_text[:20],
        files={"LICENSE": as_text, "REUSE.toml": as_text},
    )
    for place in (html, jats, tei, text, spdx_tag, license_file, http_headers):
        place.find(document)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_page_reads_the_same_in_every_encoding(encoding: str) -> None:
    source = f'<html><head><meta charset="{encoding}"></head><body>Für Öl – alle Inhalte: {MARK}'
    source = source if encoding != "iso-8859-1" else source.replace("–", "-")
    assert "Für Öl" in decode(source.encode(encoding))


def test_a_drawing_with_a_long_outline_is_no_attack() -> None:
    outline = " ".join(f"M {i}.5 24.1" for i in range(5_000))
    page = f'<svg><path d="{outline}"/></svg><footer>Inhalte: {MARK}</footer>'
    assert [item.scope for item in html.find(Document(html=page)) if item.kind == "rel-license"] == ["site"]
