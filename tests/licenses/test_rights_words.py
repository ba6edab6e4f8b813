"""The byte search before the parse: no word that stands in a page is missed, whatever stands around it."""

from __future__ import annotations

import html as entities

from hypothesis import given, settings
from hypothesis import strategies as st

from licenses.evidence import html
from licenses.model import Document
from licenses.rights_words import DENIAL_WORDS, NAME_WORDS, RIGHTS_WORDS, present, stands

WORDS = tuple(dict.fromkeys((*RIGHTS_WORDS, *DENIAL_WORDS, *NAME_WORDS)))
JUNK = st.binary(max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WORDS), JUNK, JUNK)
def test_every_word_is_found_at_every_offset(word: str, before: bytes, after: bytes) -> None:
    low = (before + word.encode() + after).lower()
    assert word in present(low)
    assert stands(low, [word])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WORDS), JUNK)
def test_a_word_in_capitals_or_entities_is_found(word: str, before: bytes) -> None:
    named = word.encode("ascii", "xmlcharrefreplace")
    for spelled in (word.upper().encode(), named if not any("Ͱ" <= c <= "ӿ" for c in word) else word.encode()):
        assert word in present((before + spelled).lower())


@given(JUNK)
def test_without_words_nothing_stands(junk: bytes) -> None:
    low = junk.lower()
    assert stands(low, present(low)) == any(stands(low, [word]) for word in present(low))


def test_a_denial_in_capitals_or_entities_is_heard() -> None:
    mark = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
    for said in ("Tous droits réservés", "TOUS DROITS RÉSERVÉS", "Tous droits r&eacute;serv&eacute;s"):
        found = html.find(Document(html=f"<footer>{said}</footer><p>{mark}</p>"))
        assert any("droits" in item.statement.lower() for item in found), entities.unescape(said)


def test_a_page_spelled_in_entities_is_read() -> None:
    words = "".join(f"&#{ord(c)};" for c in "Alle Inhalte dieser Seite: CC BY 4.0. " * 40)
    found = html.find(Document(html=f"<footer>{words}</footer>"))
    assert [item for item in found if item.scope == "site"]
