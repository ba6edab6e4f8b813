"""Names of licences in running words: found wherever they stand, quickly where none does, and always as written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses.name_words import NAME

PIECES = (
    "CC", "BY", "by-", "-SA", "Creative Commons", "creative\u00a0commons", "Attribution", "Namensnennung", "–", "4.0",
    "3.0", "International", "Unported", "DE", "Zero", "public domain", "GFDL", "Nicht kommerziell", "Share Alike",
    "MIT License", "und", "Keine Bearbeitung", "(", "Licence Ouverte", "Uznanie autorstwa", "Straße", " ", ", ", ".",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=10), st.sampled_from(["", " "]))
def test_names_are_those_that_the_whole_pattern_finds(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    wanted = [
        (found.start(), found.end(), found.group()) for found in re.finditer(NAME.whole.pattern, text, re.IGNORECASE)
    ]
    assert [(found.start(), found.end(), found.group()) for found in NAME.finditer(text)] == wanted
    assert NAME.sub("·", text) == re.sub(NAME.whole.pattern, "·", text, flags=re.IGNORECASE)


@pytest.mark.parametrize("before", ["", "İstanbul, ", "STRASSE, ", "ﬁn "])
def test_a_name_is_quoted_as_it_stands(before: str) -> None:
    found = NAME.search(f"{before}lizenziert unter CC BY-SA 4.0, wie gesagt")
    assert found is not None and found.group() == "CC BY-SA 4.0"
    assert found.start() == len(before) + len("lizenziert unter ")


def test_text_without_a_name_has_none() -> None:
    assert NAME.search("Das alte Wehr staut den Bach auf 4.0 Meter, und niemand weiß, warum.") is None
