"""What counts as the same text: the compiled form equals the plain one on everything, and never changes with Python."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.kernels import characters
from pipeline.kernels.fingerprint import PROFILE, fingerprint, fingerprints
from pipeline.kernels.normalise import normalise, pieces, reference

# Characters on which normal forms, case and spaces turn, beside any others.
TRICKY = [
    *"aAoOuUiIsSßẞİıſKΩÅ ǅﬁ",
    *"\u00ad\u200b\u200d\ufeff\u034f\u115f\u1160\ufe0f\U000e0041",
    *"\t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u2009\u2028\u202f\u3000",
    *"\u0300\u0301\u0308\u0323\u0327\u0338\u0345\u05b0\u064b\u0f71\u0f72\u3099\u309a",
    *"\u1100\u1161\u11a8\uac00\uac01が\u0958\u2126\u212b\ufb1d\U0001d15e\U0002f800",
    *"\U0001fae8\U0001e4d0\ua7dc\u019b\u2c2f\U00011f02",  # some of these are younger than the tables
    "\x00",
    "\U0010ffff",
]
text = st.text(st.one_of(st.sampled_from(TRICKY), st.characters(exclude_categories=["Cs"])), max_size=40)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.none(), text), max_size=8), st.integers(0, 3), st.integers(1, 60))
@example([], 0, 1)
@example(["a" * 500, None, "Á" * 300], 0, 7)
def test_kernel_equals_reference(texts: list[str | None], offset: int, size: int) -> None:
    array = pa.array(texts, pa.large_string()).slice(min(offset, len(texts)))
    expected = [reference(t or "").encode() for t in texts[offset:]]
    found = normalise(array)
    assert [bytes(found.data[a:b]) for a, b in zip(found.start, found.stop, strict=True)] == expected
    cut = [bytes(p.data[a:b]) for _, p in pieces(array, size) for a, b in zip(p.start, p.stop, strict=True)]
    assert cut == expected
    high, low = fingerprints(array)
    assert list(zip(high.tolist(), low.tolist(), strict=True)) == [fingerprint(t or "") for t in texts[offset:]]


def test_every_character() -> None:
    """Apart from each other, 128 to a text."""
    every = [chr(c) for c in range(characters.SIZE) if not 0xD800 <= c <= 0xDFFF]
    texts = ["x".join(every[n : n + 128]) for n in range(0, len(every), 128)]
    found = normalise(pa.array(texts, pa.large_string()))
    data = found.data.tobytes()
    made = [data[a:b].decode() for a, b in zip(found.start, found.stop, strict=True)]
    assert [ascii(t) for t, m in zip(texts, made, strict=True) if m != reference(t)] == []


def test_tables_are_those_of_the_standard() -> None:
    """Of every character that 14.0.0 knows; what a later standard adds must not enter."""
    for c in range(characters.SIZE):
        char = chr(c)
        if 0xD800 <= c <= 0xDFFF:
            continue
        if not characters.ASSIGNED[c]:
            assert characters.LOWER[c] == c
            assert characters.CCC[c] == 0
            continue
        category = unicodedata.category(char)
        flags = characters.FLAGS[c]
        assert characters.CCC[c] == unicodedata.combining(char)
        assert chr(characters.LOWER[c]) == ("i" if char == "İ" else char.lower())
        assert bool(flags & characters.WORD) == (category[0] in "LMN")
        assert bool(flags & characters.MARK) == (category[0] == "M")
        assert bool(flags & characters.SPACE) == (char.isspace() and not 0x1C <= c <= 0x1F)
        if unicodedata.normalize("NFC", char) != char:
            assert flags & characters.NFC
        if category == "Cf" and flags & characters.IGNORABLE:
            assert char not in "؀؁۝"  # shown format characters count


def test_fingerprints_are_pinned() -> None:
    """Computed once with sha256sum over the normal form written by hand: an index must still be valid in five years."""
    assert PROFILE == "nfc-lower-space/1"
    # printf 'für größere straßen 12' | sha256sum
    assert fingerprint("Fu\u0308r  größere\u00a0Stra\u00adßen\n12 ") == (0x77BF54A82E5FA8F5, 0x334FF1CC7F126AD3)


@pytest.mark.parametrize(
    ("left", "right"),
    [("Straße", "STRASSE"), ("résumé", "resume"), ("12 %", "13 %"), ("foo bar", "foobar"), ("ﬁn", "fin")],
)
def test_what_differs_in_meaning_differs(left: str, right: str) -> None:
    assert fingerprint(left) != fingerprint(right)


@pytest.mark.parametrize("nothing", ["", " \n", "\u00ad\u200b", "\u3000"])
def test_nothing_has_no_fingerprint(nothing: str) -> None:
    assert fingerprint(nothing) == (0, 0)
