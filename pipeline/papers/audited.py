"""What a person found in a sample of the kept records: the error rate of *keep*, with exact binomial intervals.

Answers stand in `audit/answers.jsonl` of the release, one a line, the last of a record counts. Interval: Clopper and
Pearson, Biometrika 26 (1934), 404-413, at 95 %; it holds whatever the sample's size.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError

ANSWERS = "audit/answers.jsonl"
ALPHA = 0.05
WORDS = ("right", "wrong", "unsure")


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum: how many were decided (right or wrong), how many of them wrong, and the interval of the rate."""

    stratum: str
    decided: int
    wrong: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of an audit over all strata; `date` is the last day on which an answer was given."""

    by: tuple[str, ...]
    date: str
    judged: int
    decided: int
    wrong: int
    unsure: int
    low: float
    high: float
    strata: tuple[Stratum, ...]

    @property
    def rate(self) -> float:
        return self.wrong / self.decided if self.decided else 0.0


def answers(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The last answer to every record, by (source, id). Raises InputError naming the line that is none."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    path = folder / ANSWERS
    if not path.exists():
        return found
    for number, text in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not text.strip():
            continue
        try:
            item = json.loads(text)
            if item["answer"] not in WORDS or not all(isinstance(item[k], str) for k in ("by", "date", "stratum")):
                raise ValueError
            found[item["source"], item["id"]] = item
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}:{number}: not an answer of an audit") from None
    return found


def result(folder: Path) -> Result | None:
    """The outcome of the audit of a release; None where nobody has answered."""
    given = list(answers(folder).values())
    if not given:
        return None
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in given:
        groups.setdefault(item["stratum"], []).append(item)
    strata = []
    for name, items in sorted(groups.items()):
        decided, wrong = _counted(items)
        strata.append(Stratum(name, decided, wrong, *interval(wrong, decided)))
    decided, wrong = _counted(given)
    return Result(
        by=tuple(sorted({item["by"] for item in given})),
        date=max(item["date"] for item in given),
        judged=len(given),
        decided=decided,
        wrong=wrong,
        unsure=len(given) - decided,
        low=interval(wrong, decided)[0],
        high=interval(wrong, decided)[1],
        strata=tuple(strata),
    )


def _counted(items: list[Any]) -> tuple[int, int]:
    wrong = sum(item["answer"] == "wrong" for item in items)
    return wrong + sum(item["answer"] == "right" for item in items), wrong


def interval(wrong: int, number: int) -> tuple[float, float]:
    """The exact interval of a binomial rate at 95 %; (0, 1) where nothing was decided."""
    if number == 0:
        return 0.0, 1.0
    low = 0.0 if wrong == 0 else _root(lambda p: _at_most(number - wrong, number, 1 - p) - ALPHA / 2)
    high = 1.0 if wrong == number else _root(lambda p: ALPHA / 2 - _at_most(wrong, number, p))
    return low, high


def _root(rising: Any) -> float:
    """Where a rising function of [0, 1] crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _at_most(most: int, number: int, p: float) -> float:
    """P(X ≤ most) of a binomial distribution."""
    if p <= 0.0:
        return 1.0
    if p >= 1.0:
        return 1.0 if most >= number else 0.0
    terms = (
        math.lgamma(number + 1)
        - math.lgamma(k + 1)
        - math.lgamma(number - k + 1)
        + k * math.log(p)
        + (number - k) * math.log1p(-p)
        for k in range(most + 1)
    )
    return math.fsum(math.exp(term) for term in terms)
