"""The answers of a protocol, and which of several speaks for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Answer = Literal["reserved", "allowed", "beside-the-point", "unreadable", "not-found", "not-looked-for"]

# Any no wins; what could not be read comes before every yes.
RANK: dict[Answer, int] = {
    "reserved": 0,
    "unreadable": 1,
    "allowed": 2,
    "beside-the-point": 3,
    "not-found": 4,
    "not-looked-for": 5,
}


def strictest(answers: Iterable[Answer]) -> Answer:
    """The answer that speaks for several; `not-found` for none."""
    return min(answers, key=RANK.__getitem__, default="not-found")
