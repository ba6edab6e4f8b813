"""What a detector is shown of a text."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.view import WHOLE, WINDOW, WINDOWS, View, view


def shown(text: str | None) -> list[str]:
    return paragraphs(view(pa.array([text], pa.large_string())), 0)


def paragraphs(seen: View, document: int) -> list[str]:
    spans = range(seen.first[document], seen.first[document + 1])
    return [bytes(seen.data[seen.start[s] : seen.stop[s]]).decode().strip() for s in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ein Satz.\n\nNoch einer.", ["Ein Satz.", "Noch einer."]),
        ("Ein Satz, der\numbrochen ist.", ["Ein Satz, der umbrochen ist."]),
        ("Siehe https://example.org/a?b=c oder www.example.org heute", ["Siehe oder heute"]),
        ("Schreiben Sie an jane.doe@example.org bis Montag", ["Schreiben Sie an bis Montag"]),
        ("Vor <a href='x'>dem</a> Haus, 3 < 4", ["Vor dem Haus, 3 < 4"]),
        ("Text\n\n```python\nimport os\n```\n\nmehr Text", ["Text", "mehr Text"]),
        ("ACHTUNG: ÄPFEL UND ÖL", ["achtung: äpfel und öl"]),
        ("Mu\u0308hle", ["Mühle"]),
        ("", []),
        (None, []),
        (" \t\n\u200b", []),
    ],
)
def test_view(text: str | None, expected: list[str]) -> None:
    assert shown(text) == expected


def test_an_unclosed_fence_hides_nothing() -> None:
    assert shown("```\nDas ist kein Code.") == ["``` Das ist kein Code."]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=300), max_size=5))
def test_every_text_alone_is_what_it_is_in_company(texts: list[str]) -> None:
    together = view(pa.array(texts, pa.large_string()))
    for index, text in enumerate(texts):
        alone = view(pa.array([text], pa.large_string()))
        assert paragraphs(together, index) == paragraphs(alone, 0)
        for one, many in ((alone.total, together.total), (alone.solid, together.solid), (alone.code, together.code)):
            assert one[0] == many[index]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="<@#`~&"), max_size=300))
def test_nothing_is_invented(text: str) -> None:
    seen = view(pa.array([text], pa.large_string()))
    given_ = set(unicodedata.normalize("NFC", text)) | set(unicodedata.normalize("NFC", text).lower()) | {" "}
    assert set("".join(paragraphs(seen, 0))) <= given_
    assert seen.total[0] >= 0
    assert seen.letters.sum() == seen.total[0]


def test_a_slice_of_an_array_is_read_from_its_offset() -> None:
    texts = pa.array(["eins", "zwei", "drei"], pa.large_string())
    assert paragraphs(view(texts.slice(1, 1)), 0) == ["zwei"]


def test_long_texts_are_seen_through_even_windows() -> None:
    text = "".join(f"wort{'ä' * (n % 3)} " for n in range(20_000))
    seen = view(pa.array([text], pa.large_string()))
    assert seen.first[1] == WINDOWS
    assert WINDOWS * WINDOW // 2 < seen.solid[0] < WHOLE
    assert "�" not in "".join(paragraphs(seen, 0))
    assert len("".join(paragraphs(view(pa.array([text], pa.large_string()), sampled=False), 0))) > 80_000
