"""JSON lines: one object a line, each line decoded on its own by one strict typed path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from pipeline.reader import File, Unit, Wanted, schema
from pipeline.readers._archives import Member, members, units
from pipeline.readers._json_record import LARGE, Decoder
from pipeline.readers._lines import Lines, split
from pipeline.readers._reasons import reasons
from pipeline.readers._rows import problem, record_batch

SUFFIXES = (".jsonl", ".ndjson", ".jl", ".json")  # of members of an archive


class Reader:
    """Reads JSON lines (one JSON object a line, RFC 8259, UTF-8), plain, .gz, .zst, or as members of .tar and .zip.

    A line that is no such object becomes a row with its reason; the lines after it are read. Blank lines count but are
    no records. Plain files are cut by byte ranges.
    """

    class Options(BaseModel):
        """JSON lines have no options: the suffix says whether they are compressed (.gz, .zst)."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    reasons = reasons(
        "input.not-json",
        "input.not-object",
        "input.duplicate-key",
        "input.wrong-type",
        "input.no-text",
        "input.encoding",
        "input.lone-surrogate",
        "input.too-deep",
        "input.too-large",
        "input.truncated",
        "input.corrupt",
        "input.bomb",
        "extract.unsupported",
    )

    def __init__(self, options: BaseModel, wanted: Wanted) -> None:
        self._wanted = wanted
        self._schema = schema(wanted)
        self._decoder = Decoder(wanted)
        self._newlines = 0

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        return units(source, files, target, split_lines=True)

    def lines(self) -> int:
        return self._newlines

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        self._newlines = 0
        for member in members(unit, SUFFIXES):
            if member.unsupported:
                yield from self._lost(member, 1, "extract.unsupported", f"not named {', '.join(SUFFIXES)}", rows)
            elif member.damage:
                yield from self._lost(member, 1, member.damage.code, member.damage.detail, rows)
            else:
                yield from self._read(member, rows)

    def _read(self, member: Member, rows: NDArray[np.int64] | None) -> Iterator[pa.RecordBatch]:
        # Lines are decoded a block at a time, while they are in the processor's cache, and given out in larger batches.
        ready: list[pa.RecordBatch] = []
        count = size = 0
        for lines in split(member.stream, member.length, skip=member.skip):
            self._newlines += lines.newlines
            decoded = self._decoded(member.path, lines, rows)
            while decoded:  # emptied on the way: nothing but the caller holds a long text
                batch = decoded.pop(0)
                if ready and (
                    size + batch.nbytes > self._wanted.batch_bytes or count + batch.num_rows > self._wanted.batch_rows
                ):
                    yield _joined(ready)
                    count = size = 0
                ready.append(batch)
                count += batch.num_rows
                size += batch.nbytes
                del batch
                if size >= self._wanted.batch_bytes:  # now: a long text does not wait until the next one is there too
                    yield _joined(ready)
                    count = size = 0
            if damage := lines.damage:
                if ready:
                    yield _joined(ready)
                    count = size = 0
                yield from self._lost(member, lines.first + lines.newlines, damage.code, damage.detail, rows)
        if ready:
            yield _joined(ready)

    def _decoded(self, file: str, lines: Lines, rows: NDArray[np.int64] | None) -> list[pa.RecordBatch]:
        """Batches of these lines, which are given up: a long one must not outlive its batch."""
        first, held = lines.first, lines.lines
        chosen = range(len(held)) if rows is None else _chosen(rows, first, len(held))
        places = [i for i in chosen if (line := held[i]) is None or (line and not line.isspace())]
        taken = [held[i] for i in places]
        numbers = np.array(places, np.int64) + first
        held.clear()
        batches = []
        while taken:
            stop = next((i for i, line in enumerate(taken) if line is not None and len(line) > LARGE), len(taken))
            stop = min(max(stop, 1), self._wanted.batch_rows)
            given = {"file": pa.repeat(pa.scalar(file, pa.large_string()), stop), "row": pa.array(numbers[:stop])}
            batches.append(record_batch(self._schema, stop, self._decoder.columns(taken[:stop]) | given))
            del taken[:stop]
            numbers = numbers[stop:]
        return batches

    def _lost(
        self, member: Member, row: int, code: str, detail: str, rows: NDArray[np.int64] | None
    ) -> Iterator[pa.RecordBatch]:
        if rows is None or row in rows:
            values = problem(member.path, row, code, detail)
            yield record_batch(self._schema, 1, {name: [value] for name, value in values.items()})


def _joined(ready: list[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of several, which are given up."""
    batch = ready[0] if len(ready) == 1 else pa.concat_batches(ready)
    ready.clear()
    return batch


def _chosen(rows: NDArray[np.int64], first: int, count: int) -> list[int]:
    low, high = np.searchsorted(rows, [first, first + count])
    return [int(row) - first for row in rows[low:high]]
