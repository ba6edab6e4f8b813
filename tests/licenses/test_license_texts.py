"""A licence file is understood word for word or not at all. The text at hand is our own: the Apache License."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses import recognise
from licenses.evidence.license_file import license_of_text
from licenses.license_texts import license_of, words

TEXT = (Path(__file__).parents[2] / "LICENSE").read_text("utf-8")
PLACES = [(start, end) for _, start, end in words(TEXT)]


def test_the_text_is_understood_however_it_is_wrapped() -> None:
    assert license_of(TEXT) == "Apache-2.0"
    assert license_of(" ".join(TEXT.split())) == "Apache-2.0"
    assert license_of(TEXT.upper().replace("\n", "\r\n")) == "Apache-2.0"
    assert license_of("\n\n".join(f"> {line.strip()}" for line in TEXT.splitlines())) == "Apache-2.0"


def test_the_appendix_may_be_missing_and_a_notice_may_stand_there() -> None:
    assert license_of(TEXT[: TEXT.index("END OF TERMS")]) == "Apache-2.0"
    for notice in (
        "Copyright 2019-2026 Müller & Söhne GmbH, Zürich",
        "Copyright (c) 2020 Jane Doe <jane@doe.example>\nCopyright (c) 2021 The Example Authors. All rights reserved.",
        "# Apache License 2.0\n\n© 2024 sindre and contributors (https://example.org)",
    ):
        assert license_of(f"{notice}\n\n{TEXT}") == "Apache-2.0", notice
        assert license_of(f"{TEXT}\n{notice}\n") == "Apache-2.0", notice


@pytest.mark.parametrize(
    "added",
    [
        "The Software shall be used for Good, not Evil.",
        "Commons Clause",
        "Copyright 2024 Foo. Not for commercial use.",
        "Copyright 2024 Foo NON-COMMERCIAL USE ONLY",
        "Copyright 2024 Foo, all uses for machine learning excluded",
        "© Foo. Training of models requires a separate agreement",
        "(c) 2024 Foo, except the chapters by Bar",
        "Alle Rechte vorbehalten für Bilder.",
        "MIT License",
        "[License](https://creativecommons.org/licenses/by-nc/4.0/)",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "CC BY-NC 4.0",
    ],
)
def test_one_line_more_and_it_is_not_the_licence(added: str) -> None:
    middle = TEXT.index("\n\n", len(TEXT) // 2)
    for changed in (f"{added}\n\n{TEXT}", f"{TEXT}\n\n{added}\n", f"{TEXT[:middle]}\n\n{added}{TEXT[middle:]}"):
        assert license_of(changed) is None
        assert not recognise(license_of_text(changed)).understood


@settings(deadline=None, max_examples=40)
@given(
    at=st.integers(0, sum(end < TEXT.index("END OF TERMS") for _, end in PLACES) - 1),
    word=st.sampled_from(["not", "noncommercial", "training", "außer"]),
)
def test_a_word_more_less_or_other_within_the_terms_is_not_the_licence(at: int, word: str) -> None:
    start, end = PLACES[at]
    for changed in (
        f"{TEXT[:start]}{word} {TEXT[start:]}",
        TEXT[:start] + word + TEXT[end:],
        TEXT[:start] + TEXT[end:],
    ):
        if changed != TEXT:
            assert license_of(changed) is None, changed[max(start - 40, 0) : end + 40]


@settings(deadline=None)
@given(st.text(max_size=400))
def test_other_texts_are_no_licence(text: str) -> None:
    assert license_of(text) is None


@pytest.mark.parametrize(
    ("notice", "license"),
    [
        ("MIT", "MIT"),
        ("CC0 1.0", "CC0-1.0"),
        ("This work is licensed under CC BY 4.0.", "CC-BY-4.0"),
        ("Die Texte stehen unter der Lizenz CC BY-SA 4.0.", "CC-BY-SA-4.0"),
        ("The text is not licensed under the MIT License.", None),
        ("We do not use the CC BY 4.0 license any more. All rights reserved.", None),
        ("MIT License\n\nPermission is hereby granted, free of charge, to nobody.", None),
        ("MIT License\n\nPermission is granted to evaluate this software for thirty days.\n" * 40, None),
        ("The code is under the MIT License, the texts are under CC BY-NC 4.0.", None),
        ("All rights reserved.", None),
    ],
)
def test_a_short_notice_is_read_like_any_other(notice: str, license: str | None) -> None:
    assert recognise(license_of_text(notice)).license == license
