"""The texts of kept records, once more: from the source, read again in order, or from the spool of survey."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline import plan
from pipeline.errors import InputError
from pipeline.facts import Rows, chunks
from pipeline.job import Job
from pipeline.reader import Unit
from pipeline.record import as_frame

MOST = 4_000_000  # row numbers held at once; a unit with more of them is read whole


class Source:
    """The texts of a unit, read again in order. Raises InputError where the input is not what was surveyed.

    `places`: all positions that will be asked for, ascending, where they are known: then only their rows are read.
    """

    def __init__(self, job: Job, unit: Unit, places: NDArray[np.int64] | None = None) -> None:
        plan.check_unchanged(unit, job.identify)
        self._name = unit.files[0].path
        chosen = None if places is None or len(places) > MOST else numbers(job, unit, places)
        self._chosen = chosen is not None
        self._batches = job.texts(job.sources[unit.source]).read(unit, chosen)
        self._held: pa.RecordBatch | None = None
        self._at = 0

    def take(
        self, position: int, rows: int, numbers: NDArray[np.int64], places: NDArray[np.int64]
    ) -> pa.LargeStringArray:
        """The texts at `places` of the `rows` rows from `position` on, whose row `numbers` must be what they were."""
        if not self._chosen:
            deque(self._next(position - self._at), maxlen=0)
        batches = [batch.select(["row", "text"]) for batch in self._next(len(places) if self._chosen else rows)]
        table = pa.Table.from_batches(batches)
        del batches
        if not self._chosen and len(places) < rows:  # a copy of all would be a second text of half a gigabyte
            table = table.take(pa.array(places))
        if not np.array_equal(table.column("row").to_numpy(), numbers[places]):
            raise self._changed()
        text = table.column("text")
        return text.chunk(0) if text.num_chunks == 1 else text.combine_chunks()  # which copies one chunk too

    def _next(self, rows: int) -> Iterator[pa.RecordBatch]:
        while rows:
            batch = self._held or next(self._batches, None)
            if batch is None:
                raise self._changed()
            taken = batch.slice(0, rows)
            self._held = batch.slice(rows) if rows < batch.num_rows else None
            self._at += taken.num_rows
            rows -= taken.num_rows
            yield taken

    def _changed(self) -> InputError:
        return InputError(plan.CHANGED.format(self._name))


def numbers(job: Job, unit: Unit, places: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The row numbers at these positions, ascending; None where one number may be that of several rows of the unit."""
    found: list[NDArray[np.int64]] = []
    files: set[str] = set()
    last = -1
    for position, facts in chunks(Rows(job.work / "facts" / f"{unit.index:06d}.parquet", ["row", "file"])):
        rows = facts.get_column("row").to_numpy()
        files.update(facts.get_column("file").unique())
        if len(files) > 1 or (len(rows) and (rows[0] <= last or (np.diff(rows) <= 0).any())):
            return None
        last = int(rows[-1]) if len(rows) else last
        low, high = np.searchsorted(places, [position, position + len(rows)])
        found.append(rows[places[low:high] - position])
    return np.concatenate(found) if found else None


class Spool:
    """Texts that were costly to make, and the `beside` that their extractor knew better, in order."""

    def __init__(self, path: Path, beside: Sequence[str]) -> None:
        self._file, self._beside = pa.ipc.open_file(pa.memory_map(str(path))), list(beside)
        self._next = 0
        self._held: pa.Table | None = None

    def take(self, position: int, rows: int, places: NDArray[np.int64]) -> tuple[pa.LargeStringArray, pl.DataFrame]:
        """At `places` of the `rows` rows from `position` on: texts, null where it has none, and what stands beside."""
        found = [self._file.schema.empty_table()]
        while self._held is not None or self._next < self._file.num_record_batches:
            if self._held is None:
                self._held = pa.Table.from_batches([self._file.get_batch(self._next)])
                self._next += 1
            inside = int(np.searchsorted(self._held.column("position").to_numpy(), position + rows))
            found.append(self._held.slice(0, inside))
            if inside < self._held.num_rows:
                self._held = self._held.slice(inside)
                break
            self._held = None
        table = pa.concat_tables(found).combine_chunks()
        table = table.take(pc.index_in(pa.array(places + position), table.column("position").combine_chunks()))
        return table.column("text").combine_chunks(), as_frame(table.select(self._beside))
