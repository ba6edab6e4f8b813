"""Arrow files of sorted runs: a range of keys is taken from the mapped file without reading the rest of it.

Every record batch is one run, sorted in itself, so a file is written in bounded memory whatever its length.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline import commit
from pipeline.record import as_frame

OLDEST = pl.CompatLevel.oldest()


class SortedFile:
    """Writes a file run by run; it is there, with its `sha256`, when the block ends without an exception.

    `by` is the column that ranges are taken of; ties are ordered by `at`, the record's place in the corpus, or as
    said.
    """

    def __init__(self, path: Path, by: str, ties: str | None = "at") -> None:
        self.path, self.rows, self.sha256 = path, 0, ""
        self._order = [by] if ties in (None, by) else [by, ties]
        self._context = commit.replacing(path)
        self._writer: pa.RecordBatchFileWriter | None = None

    def __enter__(self) -> SortedFile:
        self._file = self._context.__enter__()
        return self

    def add(self, frame: pl.DataFrame) -> None:
        """One run; of the first the schema is taken, so an empty file wants an empty frame."""
        table = frame.sort(self._order).rechunk().to_arrow(compat_level=OLDEST).combine_chunks()
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._file, table.schema)
        self._writer.write_table(table)
        self.rows += table.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._writer is not None:
                self._writer.close()
        except BaseException as wrong:
            self._context.__exit__(type(wrong), wrong, wrong.__traceback__)
            raise
        self._context.__exit__(kind, error, trace)
        self.sha256 = self._file.sha256


def write_sorted(path: Path, frame: pl.DataFrame, by: str, ties: str | None = "at") -> str:
    """Writes a file of one run; returns its SHA-256."""
    with SortedFile(path, by, ties) as file:
        file.add(frame)
    return file.sha256


def read(path: Path) -> pl.DataFrame:
    """All rows, run after run."""
    with pa.memory_map(str(path)) as mapped:
        return as_frame(pa.ipc.open_file(mapped).read_all())


def between(path: Path, column: str, start: int, stop: int) -> pa.Table:
    """The rows with start <= column < stop, run after run; only these are read."""
    with pa.memory_map(str(path)) as mapped:
        file = pa.ipc.open_file(mapped)
        found = []
        for number in range(file.num_record_batches):
            batch = file.get_batch(number)
            values = batch.column(column).to_numpy()
            kind = values.dtype.type
            first = int(np.searchsorted(values, kind(start)))
            last = len(values) if stop > np.iinfo(values.dtype).max else int(np.searchsorted(values, kind(stop)))
            if last > first:
                found.append(batch.slice(first, last - first))
        return pa.Table.from_batches(found, file.schema)


def within(path: Path, start: int, stop: int) -> pl.DataFrame:
    """The rows of the places start <= at < stop of a file that is sorted by place."""
    return as_frame(between(path, "at", start, stop))
