"""The byte search before the parse: no word that stands in a page is missed, whatever stands around it."""

from __future__ import annotations

import html as entities

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses.byte_search import ByteSearch
from licenses.evidence import html
from licenses.model import Document
from licenses.rights_words import DENIAL_WORDS, NAME_WORDS, RIGHTS_WORDS, places

WORDS = tuple(dict.fromkeys((*RIGHTS_WORDS, *DENIAL_WORDS, *NAME_WORDS)))
JUNK = st.binary(max_size=60)
MARK = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WORDS), JUNK, JUNK)
def test_every_word_is_found_at_every_offset(word: str, before: bytes, after: bytes) -> None:
    assert word in places(before + word.encode() + after)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WORDS), JUNK)
def test_a_word_in_capitals_or_entities_is_found(word: str, before: bytes) -> None:
    named = word.encode("ascii", "xmlcharrefreplace")
    for spelled in (word.upper().encode(), named if not any("Ͱ" <= c <= "ӿ" for c in word) else word.encode()):
        assert word in places(before + spelled)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([b"cc0", b"cC0", b"gfdl", b"licen", b"commons", b"cc ", b"0", b" ", b"co"]), max_size=12)
)
def test_a_search_says_where_its_words_stand_as_looking_for_each_would(pieces: list[bytes]) -> None:
    source = b"".join(pieces)
    words = {"cc0": (b"cc0",), "gfdl": (b"gfdl",), "licen": (b"licen",), "commons": (b"commons", b"comm0ns")}
    wanted = {
        word: [at for at in range(len(source)) if any(source.lower().startswith(part, at) for part in parts)]
        for word, parts in words.items()
    }
    assert ByteSearch(words).find(source) == {word: at for word, at in wanted.items() if at}


def test_a_word_too_short_to_be_searched_for_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        ByteSearch({"cc": (b"cc",)})


def test_a_denial_in_capitals_or_entities_is_heard() -> None:
    for said in ("Tous droits réservés", "TOUS DROITS RÉSERVÉS", "Tous droits r&eacute;serv&eacute;s"):
        found = html.find(Document(html=f"<footer>{said}</footer><p>{MARK}</p>"))
        assert any("droits" in item.statement.lower() for item in found), entities.unescape(said)


def test_a_page_spelled_in_entities_is_read() -> None:
    words = "".join(f"&#{ord(c)};" for c in "Alle Inhalte dieser Seite: CC BY 4.0. " * 40)
    found = html.find(Document(html=f"<footer>{words}</footer>"))
    assert [item for item in found if item.scope == "site"]


def test_a_page_full_of_words_is_not_compared_word_by_word() -> None:
    page = '<a title="' + "commons " * 200_000 + f'">x</a><footer>Alle Inhalte: {MARK}</footer>'
    assert places(page.encode())["commons"] == []
    assert [item.scope for item in html.find(Document(html=page)) if item.kind == "rel-license"] == ["site"]
