"""Words, stems and phrases are counted as a plain reading would."""

from __future__ import annotations

import re
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.view import view
from pipeline.kernels.words import Lexicon

ENTRIES = ["heuer", "stras*", "stra*", "casa de banho", "de banho", "maß", "de"]
LEXICON = Lexicon(ENTRIES)


def plain(text: str) -> Counter[str]:
    words = re.findall(r"[a-zäöüß]+", text.lower())
    found: Counter[str] = Counter()
    for at, word in enumerate(words):
        for size in (1, 2, 3):
            phrase = " ".join(words[at : at + size])
            if at + size <= len(words) and phrase in ENTRIES:
                found[phrase] += 1
        for entry in ENTRIES:
            if entry.endswith("*") and word.startswith(entry[:-1]):
                found[entry] += 1
    return found


def counted(texts: list[str]) -> list[Counter[str]]:
    seen = view(pa.array(texts, pa.large_string()))
    document, entry, number, _ = LEXICON.count(seen.data, seen.start, seen.stop, seen.first)
    result: list[Counter[str]] = [Counter() for _ in texts]
    for d, e, n in zip(document.tolist(), entry.tolist(), number.tolist(), strict=True):
        result[d][ENTRIES[e]] += n
    return result


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["heuer", "Heuer", "heuers", "strasse", "stra", "de", "casa", "banho", "Maß", ".", ",", "12"]
            )
        ),
        max_size=4,
    )
)
def test_counts(words: list[list[str]]) -> None:
    texts = [" ".join(text) for text in words]
    assert counted(texts) == [plain(text) for text in texts]


@pytest.mark.parametrize("bad", ["a*", "ab* cd*", "eins zwei drei vier", "R$", "", "l'eau"])
def test_entries_of_another_form_are_refused(bad: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        Lexicon([bad])


def test_an_entry_listed_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Lexicon(["heuer", "Heuer"])
