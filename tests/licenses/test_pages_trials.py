"""Real pages (trial data) changed in ways whose effect is known: a sample of what tests/bench/metamorphic.py tries."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.licenses.page_changes import ELSEWHERE, answer, into, pages, renamed, spelled, without_marks

SHUT = ("none", "W3C-document-use")  # labels of pages that grant nothing


def some(step: int, shut: bool) -> list[tuple[str, str, str]]:
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        pytest.skip("REINSCHRIFT_TRIALS is not set: no trial data")
    return [page for page in pages(Path(root)) if (page[1] in SHUT) is shut][::step]


@pytest.mark.trials
def test_a_mark_of_something_else_keeps_no_page() -> None:
    dice, wrong = random.Random(3), []
    for number, (name, _, source) in enumerate(some(5, shut=True)):
        where = list(ELSEWHERE)[number % len(ELSEWHERE)]
        wrong += [(name, where) for page in into(source, ELSEWHERE[where], dice) if answer(page)[0] == "keep"]
    assert not wrong


@pytest.mark.trials
def test_without_its_marks_no_page_is_kept() -> None:
    assert not [name for name, _, source in some(8, shut=False) if answer(without_marks(source))[0] == "keep"]


@pytest.mark.trials
def test_the_way_a_page_is_written_changes_no_answer() -> None:
    dice, wrong = random.Random(5), []
    for name, label, source in some(25, shut=False):
        before = answer(source)
        wrong += [(name, how) for how, page in spelled(source, dice) if answer(page) != before]
        plain = answer(renamed(source, dice))
        if before[0] != "keep" and plain[0] == "keep" and plain[1] != label:
            wrong.append((name, "renamed"))
    assert not wrong
