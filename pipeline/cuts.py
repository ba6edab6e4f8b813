"""Parts of a text that a stage leaves out: which, why, and the text as it will stand.

A stage names spans of the text it was shown; the ledger's facts hold them as spans of the text as its source has it
(column `cuts`), so that whoever reads that text again can make the same of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from licenses.changes import sentences
from licenses.model import Reason
from pipeline.errors import InternalError
from pipeline.facts import Rows, chunks

# What a stage answers: per record ascending, disjoint spans [start, stop) of code points; null or empty: nothing.
SPANS: Final = pl.List(pl.Struct({"start": pl.Int64, "stop": pl.Int64}))
SPAN: Final = "cut"
CUTS: Final = pl.List(pl.Struct({"start": pl.Int64, "stop": pl.Int64, "reason": pl.String}))
# Of a text from which something was cut: the fingerprint that it had before. Null for all others.
WHOLE: Final = {"whole_hi": pl.UInt64, "whole_lo": pl.UInt64}
FACTS: Final[dict[str, Any]] = {"cuts": CUTS, **WHOLE}
PRINT: Final = ("fingerprint_hi", "fingerprint_lo")
REASONS: Final = (
    Reason(
        "changes.not-permitted",
        "refuse",
        "Parts of the text would be left out, and its licence does not permit changed versions.",
    ),
    Reason("changes.nothing-left", "refuse", "Nothing is left of the text once what is to be left out is gone."),
)
NOT_PERMITTED, NOTHING_LEFT = (reason.code for reason in REASONS)

Cut = tuple[int, int, str]  # start, stop, reason: of the text as the source has it


def without(text: str, cuts: Iterable[Cut]) -> str:
    """The text as it will stand."""
    kept, at = [], 0
    for start, stop, _ in cuts:
        kept.append(text[at:start])
        at = stop
    return "".join([*kept, text[at:]])


def added(before: Sequence[Cut], spans: Sequence[tuple[int, int]], reason: str, length: int) -> list[Cut]:
    """All cuts of a text, ascending and disjoint, once `spans` of what `before` left of it are cut too.

    `length` is that of the text as the source has it. Raises InternalError where spans overlap, descend, are empty or
    reach beyond the text.
    """
    last = 0
    for start, stop in spans:
        if not last <= start < stop:
            raise InternalError(f"cut «{reason}»: spans are not ascending and disjoint")
        last = stop
    if last > length - sum(stop - start for start, stop, _ in before):
        raise InternalError(f"cut «{reason}»: a span reaches beyond the text")
    made, at, shown, n = list(before), 0, 0, 0
    for begin, end, _ in (*before, (length, length, "")):
        after = shown + begin - at  # this piece of the source was shown from `shown` to `after`
        while n < len(spans) and spans[n][0] < after:
            low, high = max(spans[n][0], shown), min(spans[n][1], after)
            made.append((at + low - shown, at + high - shown, reason))
            if spans[n][1] > after:
                break
            n += 1
        at, shown = end, after
    return sorted(made)


def of_row(value: Any) -> list[Cut]:
    """One row of the column `cuts`."""
    return [(span["start"], span["stop"], span["reason"]) for span in value or ()]


def standing(text: pa.LargeStringArray, cuts: pl.Series) -> pa.LargeStringArray:
    """The texts as they will stand, row by row; those without cuts untouched. `text` is as the sources have it."""
    rows = np.flatnonzero((cuts.list.len().fill_null(0) > 0).to_numpy())
    if not len(rows):
        return text
    given = zip(text.take(pa.array(rows)).to_pylist(), cuts.gather(rows).to_list(), strict=True)
    made = [None if whole is None else without(whole, of_row(value)) for whole, value in given]
    return replaced(text, rows, made)


def replaced(text: pa.LargeStringArray, rows: NDArray[np.int64], made: Sequence[str | None]) -> pa.LargeStringArray:
    """The texts with those at `rows` (ascending) exchanged for others."""
    mask = np.zeros(len(text), bool)
    mask[rows] = True
    return pc.replace_with_mask(text, pa.array(mask), pa.array(made, pa.large_string()))


class Again:
    """The cuts of a unit, asked for in order beside its texts as they are read again."""

    def __init__(self, facts: Path) -> None:
        self._any = "cuts" in pq.read_schema(facts).names
        self._pieces = chunks(Rows(facts, ["cuts"])) if self._any else iter(())
        self._position, self._held = 0, pl.Series([], dtype=CUTS)

    def standing(self, positions: NDArray[np.int64], text: pa.LargeStringArray) -> pa.LargeStringArray:
        """The texts at these ascending positions, all of them behind those asked for before, as they will stand."""
        if not self._any or not len(positions):
            return text
        parts: list[pl.Series] = []
        at = 0
        while at < len(positions):
            inside = int(np.searchsorted(positions, self._position + len(self._held)))
            parts.append(self._held.gather(positions[at:inside] - self._position))
            at = inside
            if at < len(positions):
                self._position, frame = next(self._pieces)
                self._held = frame.get_column("cuts")
        return standing(text, pl.concat(parts))


def counted(cuts: pl.Series) -> list[list[dict[str, Any]]]:
    """Per record what its receipt says: for every reason, in order of its first place, places and characters."""
    return [list(_counted(of_row(value))) for value in cuts.to_list()]


def _counted(cuts: Sequence[Cut]) -> Iterator[dict[str, Any]]:
    for reason in dict.fromkeys(why for _, _, why in cuts):
        spans = [stop - start for start, stop, why in cuts if why == reason]
        yield {"reason": reason, "places": len(spans), "characters": sum(spans)}


def changes(frame: pl.DataFrame) -> pl.Series:
    """The column `changes` of kept records, from `cuts` as their receipts have it, from `media` and their licences."""
    made = [
        list(sentences([(c["reason"], c["places"], c["characters"]) for c in cuts or ()], members or (), media))
        for cuts, members, media in frame.select("cuts", "members", "media").iter_rows()
    ]
    return pl.Series("changes", made, pl.List(pl.String))
