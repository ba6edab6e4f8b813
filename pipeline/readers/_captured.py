"""Any reader's records with the well-known files of their hosts beside them: the config's `captures:`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.reader import File, Reader, Unit, Wanted, schema
from pipeline.readers._captures import PATHS, for_source


class Captured:
    """A reader whose records carry their host's captures, `ev:@robots` and its kin, by their `url` and `retrieved`.

    `make` builds the reader that is asked for everything else. A record without an address, and one that could not be
    read, have null there. Raises InputError where the captures are gone or cannot be read whole.
    """

    def __init__(self, make: Callable[[Wanted], Reader], wanted: Wanted) -> None:
        self._wanted = wanted
        self._captures = for_source(wanted)
        own = tuple(name for name in wanted.evidence if name not in PATHS)
        self._reader = make(replace(wanted, evidence=own, captures=None))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._reader, name)  # what only some readers have

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        return self._reader.units(source, files, target)

    def lines(self) -> int:
        return self._reader.lines()

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        for batch in self._reader.read(unit, rows):
            yield from self._with_captures(batch)

    def _with_captures(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The batch in pieces of about batch_bytes of captures: a robots.txt can be longer than many a record."""
        if self._captures is None:
            yield batch
            return
        found: list[dict[str, str | None]] = []
        start = size = 0
        where = zip(*(batch.column(name).to_pylist() for name in ("url", "retrieved", "problem")), strict=True)
        for number, (url, retrieved, problem) in enumerate(where):
            columns = self._captures.columns(None if problem else url, retrieved)
            own = sum(len(value) for value in columns.values() if value)
            if found and size + own > self._wanted.batch_bytes:
                yield self._piece(batch.slice(start, len(found)), found)
                start, size, found = number, 0, []
            found.append(columns)
            size += own
        if found:
            yield self._piece(batch.slice(start), found)

    def _piece(self, batch: pa.RecordBatch, found: list[dict[str, str | None]]) -> pa.RecordBatch:
        own = schema(self._wanted)
        columns = [
            pa.array([row[field.name] for row in found], field.type)
            if field.name in found[0]
            else batch.column(field.name)
            for field in own
        ]
        return pa.RecordBatch.from_arrays(columns, schema=own)
