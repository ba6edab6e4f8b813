"""The compiled detector answers what the package answers."""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipeline.kernels import langid


@cache
def package() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def ours(texts: list[str]) -> list[tuple[str | None, float]]:
    encoded = [package()._encode(text) for text in texts]
    edges = np.cumsum([0, *(len(text) for text in encoded)]).astype(np.int64)
    data = np.frombuffer(b"".join(encoded), np.uint8)
    first = np.arange(len(texts) + 1, dtype=np.int64)
    _, whole = langid.classify(data, edges[:-1].copy(), edges[1:].copy(), first)
    labels = langid.model().labels
    return [(labels[k] if k >= 0 else None, float(p)) for k, p in zip(whole.label, whole.own, strict=True)]


def agree(texts: list[str]) -> None:
    for text, (label, score) in zip(texts, ours(texts), strict=True):
        ranked = package().rank(text)
        if label is None:  # nothing to go by: the package spreads its belief evenly
            assert max(p for _, p in ranked) < 3 / len(langid.model().labels), text
            continue
        assert abs(score - ranked[0][1]) < 1e-3, text
        # Float sums in another order can swap two languages that are as good as equal.
        assert label in [name for name, p in ranked if ranked[0][1] - p < 1e-3], text


SENTENCES = {
    "de": "Die Bücherei öffnet am Montag erst um zehn Uhr, weil die Heizung gewartet wird.",
    "fr": "La bibliothèque n'ouvrira qu'à dix heures lundi, car le chauffage est en révision.",
    "pl": "W poniedziałek biblioteka będzie otwarta dopiero od dziesiątej z powodu przeglądu ogrzewania.",
    "el": "Η βιβλιοθήκη θα ανοίξει τη Δευτέρα στις δέκα, επειδή επισκευάζεται η θέρμανση.",
    "mt": "Il-librerija tiftaħ fl-għaxra nhar it-Tnejn għax qed issir manutenzjoni tat-tisħin.",
    "ja": "月曜日は暖房の点検のため、図書館は十時に開館します。",
}


def test_sentences_are_what_they_are() -> None:
    assert [label for label, _ in ours(list(SENTENCES.values()))] == list(SENTENCES)
    agree([*SENTENCES.values(), *(text.upper() for text in SENTENCES.values()), "", " ", "12345", "\x00"])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_unicode(text: str) -> None:
    agree([text])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([word for text in SENTENCES.values() for word in text.split()]), max_size=60))
def test_any_mixture_of_words(words: list[str]) -> None:
    agree([" ".join(words)])


def test_a_document_of_several_stretches_is_the_text_without_its_gaps() -> None:
    data = np.frombuffer((SENTENCES["de"] + "#####" + SENTENCES["fr"]).encode(), np.uint8)
    cut = len(SENTENCES["de"].encode())
    start, stop = np.array([0, cut + 5]), np.array([cut, len(data)])
    parts, whole = langid.classify(data, start, stop, np.array([0, 2]))
    labels = langid.model().labels
    assert [labels[k] for k in parts.label] == ["de", "fr"]
    assert whole.own[0] < min(parts.own)


@pytest.mark.trials
def test_trial_data() -> None:
    if not (trials := os.environ.get("REINSCHRIFT_TRIALS")):
        pytest.skip("REINSCHRIFT_TRIALS is not set")
    with gzip.open(Path(trials) / "language" / "lid" / "udhr.jsonl.gz", "rt", encoding="utf-8") as lines:
        agree([json.loads(line)["text"] for line in lines][::4])
