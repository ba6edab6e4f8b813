"""The exact sum answers what langdetect's random drawing approximates."""

from __future__ import annotations

import langdetect as package
import numpy as np
import pyarrow as pa
import pytest
from langdetect import DetectorFactory
from langdetect.utils.ngram import NGram

from pipeline.kernels import langdetect
from pipeline.kernels.view import view

# Articles and small words of everyday notices; several sentences, so that the package's drawing converges.
TEXTS = {
    "de": "Die Bücherei öffnet am Montag erst um zehn Uhr. Wer Fragen hat, kann anrufen oder uns schreiben.",
    "en": "The library opens at ten on Monday. If you have questions, you can call or write us a message.",
    "nl": "De bibliotheek gaat maandag pas om tien uur open. Wie vragen heeft, kan bellen of ons schrijven.",
    "sv": "Biblioteket öppnar inte förrän klockan tio på måndag. Den som har frågor kan ringa eller skriva till oss.",
    "cs": "Knihovna se v pondělí otevírá až v deset hodin. Kdo má dotazy, může zavolat nebo nám napsat zprávu.",
    "it": "La biblioteca apre lunedì soltanto alle dieci. Chi ha domande può telefonare o scriverci un messaggio.",
    "ru": "В понедельник библиотека откроется только в десять часов. Если есть вопросы, можно позвонить нам.",
    "el": "Η βιβλιοθήκη ανοίγει τη Δευτέρα στις δέκα. Όποιος έχει ερωτήσεις μπορεί να τηλεφωνήσει ή να μας γράψει.",
    "ko": "도서관은 월요일에 열 시부터 문을 엽니다. 질문이 있으면 전화하거나 글을 남겨 주세요.",
}
ABSENT = {  # languages that the package has no profile for
    "ga": "Osclóidh an leabharlann ag a deich a chlog Dé Luain. Má tá ceist agat, glaoigh orainn nó scríobh chugainn.",
    "mt": "Il-librerija tiftaħ fl-għaxra nhar it-Tnejn. Min għandu mistoqsijiet jista' jċempel jew jiktbilna messaġġ.",
}


def ours(texts: list[str]) -> list[str]:
    seen = view(pa.array(texts, pa.large_string()))
    label, _ = langdetect.classify(seen.data, seen.start, seen.stop, seen.first)
    names = langdetect.profiles().labels
    return [names[k] if k >= 0 else "" for k in label]


@pytest.mark.parametrize("language", TEXTS)
def test_agrees_with_the_package(language: str) -> None:
    DetectorFactory.seed = 0
    assert ours([TEXTS[language]]) == [package.detect(TEXTS[language])] == [language]


def test_languages_the_package_lacks() -> None:
    assert ours(list(ABSENT.values())) == list(ABSENT)


def test_nothing_to_go_by() -> None:
    assert ours(["", "12 34", "!!!"]) == ["", "", ""]


def test_sums_are_those_of_the_plain_reference() -> None:
    """The same n-grams as the package's own NGram extracts, summed in plain Python."""
    profiles = langdetect.profiles()
    rows = {}
    for key, row in zip(profiles.keys.tolist(), profiles.rows.tolist(), strict=True):
        if key >= 0:
            gram, rest = "", key
            while rest:
                gram, rest = chr(rest & 0xFFFF) + gram, rest >> 16
            rows[gram] = row
    for text in [*TEXTS.values(), "Das NATO-Treffen in BERLIN, sagte er.", "Ἐν ἀρχῇ mix ed Łódź"]:
        sums, gram = np.zeros(len(profiles.labels)), NGram()
        for character in text + " ":
            gram.add_char(character)
            if gram.capitalword:
                continue
            for size in range(1, 4):
                found = gram.grams[-size:] if len(gram.grams) >= size else ""
                if found and found != " " and found in rows:
                    sums += profiles.logs[rows[found]][: len(sums)]
        data = np.frombuffer((text + " ").encode(), np.uint8)
        label, lead = langdetect.classify(data, np.array([0]), np.array([len(data)]), np.array([0, 1]))
        ranked = np.sort(sums)
        assert label[0] == sums.argmax(), text
        assert lead[0] == pytest.approx(ranked[-1] - ranked[-2], rel=1e-3, abs=1e-2), text
