"""Rows on their way into batches of the reader's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.reader import Wanted, schema
from pipeline.readers._values import DETAIL


def record_batch(wanted_schema: pa.Schema, rows: int, columns: Mapping[str, Any]) -> pa.RecordBatch:
    """A batch of `rows` rows from lists or Arrow arrays by column name; a column that is not given is null."""
    arrays = []
    for field in wanted_schema:
        values = columns.get(field.name)
        if values is None:
            arrays.append(pa.nulls(rows, field.type))
        elif isinstance(values, pa.Array):
            arrays.append(values if values.type == field.type else values.cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=wanted_schema)


class Rows:
    """Collects rows one by one and gives them out as batches of at most batch_rows rows and about batch_bytes bytes."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._schema = schema(wanted)
        self._rows: list[Mapping[str, Any]] = []
        self._size = 0

    def add(self, size: int, row: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
        """Takes one row of about `size` bytes; yields a batch when it is full."""
        if self._rows and self._size + size > self._wanted.batch_bytes:
            yield from self.rest()
        self._rows.append(row)
        self._size += size
        if len(self._rows) >= self._wanted.batch_rows:
            yield from self.rest()

    def problem(self, file: str, row: int, code: str, detail: str) -> Iterator[pa.RecordBatch]:
        """Takes a row that stands for what could not be read."""
        return self.add(0, problem(file, row, code, detail))

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Yields what is left, if anything."""
        rows, self._rows, self._size = self._rows, [], 0
        if rows:
            names = {name for row in rows for name in row}
            yield record_batch(self._schema, len(rows), {name: [row.get(name) for row in rows] for name in names})


def problem(file: str, row: int, code: str, detail: str) -> dict[str, Any]:
    """A row that stands for what could not be read: where, why."""
    return {"file": file, "row": row, "problem": code, "detail": detail[:DETAIL]}


def among(rows: NDArray[np.int64], first: int, count: int = 1) -> NDArray[np.bool_]:
    """Which of the `count` row numbers from `first` on are among `rows`, which ascend."""
    low, high = np.searchsorted(rows, [first, first + count])
    mask = np.zeros(count, bool)
    mask[rows[low:high] - first] = True
    return mask


def groups(sizes: Sequence[int], target: int, most: int = 10_000) -> Iterator[slice]:
    """Cuts a sequence into runs of about `target` bytes and at most `most` elements, in order."""
    start = size = 0
    for index, own in enumerate(sizes):
        if index > start and (size + own > target or index - start >= most):
            yield slice(start, index)
            start, size = index, 0
        size += own
    if start < len(sizes):
        yield slice(start, len(sizes))
