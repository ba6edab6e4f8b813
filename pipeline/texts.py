"""The texts of kept records, once more: from the source, read again in order, or from the spool of survey."""

from __future__ import annotations

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
        self._batches = job.texts(job.sources[unit.source]).read(unit, chosen)
        self._held: pa.RecordBatch | None = None

    def take(self, rows: pl.DataFrame) -> pa.LargeStringArray:
        """The texts of these rows (`file`, `row`), which follow those that were taken before."""
        parts = list(self.parts(rows))
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)

    def parts(self, rows: pl.DataFrame) -> Iterator[pa.LargeStringArray]:
        """The same, as they are read: batch by batch.

        Rows are found by their place and never by counting: where survey lost a whole part of a file to a column that
        is not read again, more rows stand in it now.
        """
        done = 0
        while done < rows.height:
            batch = self._held or next(self._batches, None)
            if batch is None:
                raise self._changed()
            here = as_frame(batch.select(["file", "row"]))
            wanted = rows.select("file", "row")[done : done + batch.num_rows]
            if here.equals(wanted):  # as it is where only rows that are wanted are read
                done, self._held = done + batch.num_rows, None
                yield batch.column("text")
                continue
            hits = here.with_row_index("at").join(
                wanted.with_row_index("number"), on=["file", "row"], how="inner", maintain_order="left"
            )
            if not np.array_equal(hits.get_column("number").to_numpy(), np.arange(hits.height)):
                raise self._changed()
            done += hits.height
            self._held = None
            if hits.height:  # a copy: what is kept of a batch does not hold the whole of it
                places = hits.get_column("at").to_numpy()
                if done == rows.height and places[-1] + 1 < batch.num_rows:
                    self._held = batch.slice(int(places[-1]) + 1)
                yield batch.column("text").take(pa.array(places))

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
