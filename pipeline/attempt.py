"""A record on which our own code fails costs itself, not its unit: it is found, refused and named.

Only what fails twice is a record's doing. The first failure of a unit leaves a mark and goes to whoever runs the unit,
who tries it again with a new worker, alone: then want of memory and the like are gone. The second attempt cuts a batch
that fails in halves until the record is alone. A stage's answer never depends on the rows beside it, so the others get
the verdicts that they would have got.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa

from pipeline import commit
from pipeline.errors import STOPS, InternalError, ReinschriftError, where

FAILED = "internal.error"
MOST = 100  # records of a unit; where more fail it is no longer their doing
DETAIL = 300  # characters


class Attempt:
    """At one unit; `mark` is the file by which a second attempt knows that it is one."""

    def __init__(self, mark: Path) -> None:
        self._mark, self._second, self._left = mark, mark.exists(), MOST
        mark.unlink(missing_ok=True)

    def frame(
        self,
        batch: pa.RecordBatch,
        make: Callable[[pa.RecordBatch], pl.DataFrame],
        leave_out: Callable[[pa.RecordBatch, str], pl.DataFrame],
    ) -> pl.DataFrame:
        """What `make` makes of a batch, rows in order; of a record on which it fails, what `leave_out` makes.

        `leave_out` is told type and place of the exception. Where `make` fails it must leave nothing behind. Raises
        what it raised at a first attempt, or where no record is to blame: files, memory, too many records.
        """
        if self._second:
            return pl.concat(self._parts(batch, make, leave_out))
        try:
            return make(batch)
        except BaseException as error:
            if _of_a_record(error):
                commit.write_bytes(self._mark, b"")
            raise

    def _parts(
        self,
        batch: pa.RecordBatch,
        make: Callable[[pa.RecordBatch], pl.DataFrame],
        leave_out: Callable[[pa.RecordBatch, str], pl.DataFrame],
    ) -> list[pl.DataFrame]:
        try:
            return [make(batch)]
        except BaseException as error:
            if not _of_a_record(error):
                raise
            if batch.num_rows < 2:
                if not batch.num_rows or not self._left:
                    raise
                self._left -= 1
                return [leave_out(batch, where(error)[:DETAIL])]
        half = batch.num_rows // 2
        return [part for piece in (batch[:half], batch[half:]) for part in self._parts(piece, make, leave_out)]


def _of_a_record(error: BaseException) -> bool:
    if isinstance(error, (*STOPS, MemoryError, OSError)):
        return False
    return isinstance(error, InternalError) or not isinstance(error, ReinschriftError)
