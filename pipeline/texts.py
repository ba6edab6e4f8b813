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
from pipeline.job import Job
from pipeline.reader import Unit
from pipeline.record import as_frame


class Source:
    """The texts of a unit, read again in order. Raises InputError where the input is not what was surveyed."""

    def __init__(self, job: Job, unit: Unit) -> None:
        plan.check_unchanged(unit, job.identify)
        self._name = unit.files[0].path
        self._batches = job.reader(job.sources[unit.source]).read(unit)
        self._held: pa.RecordBatch | None = None
        self._at = 0

    def take(
        self, position: int, rows: int, numbers: NDArray[np.int64], places: NDArray[np.int64]
    ) -> pa.LargeStringArray:
        """The texts at `places` of the `rows` rows from `position` on, whose row `numbers` must be what they were."""
        deque(self._next(position - self._at), maxlen=0)
        batches = [batch.select(["row", "text"]) for batch in self._next(rows)]
        table = pa.Table.from_batches(batches).take(pa.array(places))
        if not np.array_equal(table.column("row").to_numpy(), numbers[places]):
            raise self._changed()
        return table.column("text").combine_chunks()

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
