"""Parquet: columns by name, row group by row group, a batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from pipeline.errors import InputError, of_machine
from pipeline.reader import File, Unit, Wanted, schema
from pipeline.readers import _columns, _values
from pipeline.readers._opening import identity, is_remote, opened
from pipeline.readers._reasons import reasons
from pipeline.readers._rows import among, problem, record_batch

# What pyarrow raises on bytes that are no Parquet; never more than one row group is lost to it. What
# `errors.of_machine` says of is no damage of the file.
DAMAGE = (pa.ArrowException, OSError, ValueError, KeyError, NotImplementedError)


class Reader:
    """Reads Parquet files; a row group that is damaged becomes one row with the reason, the others are read.

    Columns go by name, nested fields by dots. Bytes without the UTF-8 mark are text if they are UTF-8. A column that a
    file lacks is null there. INT96 and dates beyond nanoseconds keep their date.
    """

    class Options(BaseModel):
        """Parquet has no options."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    reasons = reasons(
        "input.duplicate-key", "input.wrong-type", "input.no-text", "input.encoding", "input.corrupt", "input.truncated"
    )

    def __init__(self, options: BaseModel, wanted: Wanted) -> None:
        self._wanted = wanted
        self._schema = schema(wanted)
        self._paths = [*_values.sources(wanted).values(), *_values.evidence_columns(wanted)]

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        for file in files:
            if file.size <= target:
                yield Unit(0, source, (file,))
                continue
            try:
                with ExitStack() as stack:
                    metadata = _open(file, stack).metadata
                    sizes = [metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups)]
                    counts = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
            except DAMAGE:
                yield Unit(0, source, (file,))  # `read` says what is wrong with it
                continue
            share = sum(sizes) / max(file.size, 1)  # row groups state unpacked sizes, `target` is bytes of the file
            start = base = held = 0
            for index, size in enumerate(sizes):
                held += size
                if held >= target * share or index == len(sizes) - 1:
                    yield Unit(0, source, (file,), "row-groups", start=start, stop=index + 1, base=base)
                    base += sum(counts[start : index + 1])
                    start, held = index + 1, 0
            if not sizes:
                yield Unit(0, source, (file,))

    def lines(self) -> int:
        return 0

    def unknown_columns(self, files: Sequence[File]) -> tuple[str, ...]:
        """Columns that the config names and no file has; reads footers. An unreadable file is passed over."""
        known: set[str] = set()
        for file in files:
            try:
                with ExitStack() as stack:
                    for leaf in _leaves(_open(file, stack)):
                        steps = leaf.replace(".list.element", "").replace(".list.item", "").split(".")
                        known |= {leaf} | {".".join(steps[:depth]) for depth in range(1, len(steps) + 1)}
            except DAMAGE:
                continue
        named = {*self._wanted.columns.values(), *_values.evidence_columns(self._wanted)}
        return tuple(sorted(named - known)) if known else ()

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        for file in unit.files:
            with ExitStack() as stack:
                try:
                    parquet = _open(file, stack)
                except DAMAGE as error:
                    if of_machine(error):
                        raise
                    yield from self._lost(file, 1, f"no readable Parquet footer ({_short(error)})", rows)
                    continue
                yield from self._file(file, parquet, unit, rows)

    def _file(
        self, file: File, parquet: pq.ParquetFile, unit: Unit, rows: NDArray[np.int64] | None
    ) -> Iterator[pa.RecordBatch]:
        metadata = parquet.metadata
        tops = Counter(parquet.schema_arrow.names)
        needed = {path.split(".")[0] for path in self._paths} | set(self._paths)
        if twice := sorted(name for name in needed if tops[name] > 1):
            yield from self._lost(file, 1, f"the column {twice[0]} stands twice", rows, "input.duplicate-key")
            return
        chosen = [leaf for leaf in _leaves(parquet) if any(_holds(path, leaf) for path in self._paths)]
        start, stop = (unit.start, unit.stop) if unit.kind == "row-groups" else (0, metadata.num_row_groups)
        base = unit.base
        for group in range(start, stop):
            count = metadata.row_group(group).num_rows
            inside = rows is None or np.searchsorted(rows, base + 1) < np.searchsorted(rows, base + count + 1)
            if inside and count:
                yield from self._group(file, parquet, group, base, count, chosen, rows)
            base += count

    def _group(
        self,
        file: File,
        parquet: pq.ParquetFile,
        group: int,
        base: int,
        count: int,
        chosen: list[str],
        rows: NDArray[np.int64] | None,
    ) -> Iterator[pa.RecordBatch]:
        done = 0
        try:
            for batch in self._batches(parquet, group, count, chosen):
                if done + batch.num_rows > count:
                    break
                numbers = np.arange(base + done + 1, base + done + batch.num_rows + 1, dtype=np.int64)
                done += batch.num_rows
                if rows is not None:
                    mask = among(rows, int(numbers[0]), len(numbers))
                    batch, numbers = batch.filter(pa.array(mask)), numbers[mask]
                if batch.num_rows:
                    yield from self._cut(file, batch, numbers)
        except DAMAGE as error:
            if of_machine(error):
                raise
            _unchanged(file)
            lost = f"row group {group + 1}: rows {base + done + 1} to {base + count} cannot be read ({_short(error)})"
            yield from self._lost(file, base + done + 1, lost, rows)
            return
        if done < count:
            lost = f"row group {group + 1}: rows {base + done + 1} to {base + count} stand in the footer, but not there"
            yield from self._lost(file, base + done + 1, lost, rows)

    def _batches(self, parquet: pq.ParquetFile, group: int, count: int, chosen: list[str]) -> Iterator[pa.RecordBatch]:
        if not chosen:
            # Rows of a file that has none of our columns are rows all the same.
            for start in range(0, count, self._wanted.batch_rows):
                size = min(self._wanted.batch_rows, count - start)
                yield pa.RecordBatch.from_arrays([pa.nulls(size)], names=[""])
            return
        metadata = parquet.metadata.row_group(group)
        size = sum(
            metadata.column(index).total_uncompressed_size
            for index in range(metadata.num_columns)
            if metadata.column(index).path_in_schema in chosen
        )
        most = max(1, min(self._wanted.batch_rows, self._wanted.batch_bytes * count // max(size, 1)))
        yield from parquet.iter_batches(batch_size=most, row_groups=[group], columns=chosen, use_threads=False)

    def _cut(self, file: File, batch: pa.RecordBatch, numbers: NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
        """Yields the batch in parts of about batch_bytes, converted."""
        parts = max(1, -(-batch.nbytes // self._wanted.batch_bytes))
        step = max(1, -(-batch.num_rows // parts))
        for start in range(0, batch.num_rows, step):
            part = batch.slice(start, step)
            columns: dict[str, Any] = _columns.columns(part, self._wanted)
            columns |= {
                "row": pa.array(numbers[start : start + step]),
                "file": pa.repeat(pa.scalar(file.path, pa.large_string()), part.num_rows),
            }
            yield record_batch(self._schema, part.num_rows, columns)

    def _lost(
        self, file: File, row: int, detail: str, rows: NDArray[np.int64] | None, code: str = "input.corrupt"
    ) -> Iterator[pa.RecordBatch]:
        if rows is None or row in rows:
            values = problem(file.path, row, code, detail)
            yield record_batch(self._schema, 1, {name: [value] for name, value in values.items()})


def _open(file: File, stack: ExitStack) -> pq.ParquetFile:
    handle = stack.enter_context(opened(file))
    # A path is read by Arrow itself; anything else through our handle, which knows when bytes are missing.
    source = pa.PythonFile(handle, mode="r") if is_remote(file.url) else file.url
    # pre_buffer holds a whole row group in memory; INT96 in nanoseconds turns year 9999 into 1816.
    parquet = pq.ParquetFile(
        source,
        pre_buffer=False,
        buffer_size=1 << 20,
        page_checksum_verification=True,
        coerce_int96_timestamp_unit="us",
    )
    stack.callback(parquet.close)
    return parquet


def _leaves(parquet: pq.ParquetFile) -> list[str]:
    return [parquet.schema.column(index).path for index in range(len(parquet.schema))]


def _holds(path: str, leaf: str) -> bool:
    """Whether a leaf is needed for a path: it is it, lies below it, or on it through the nameless levels of a list."""
    if leaf == path or leaf.startswith(path + "."):
        return True
    steps, levels = path.split("."), leaf.split(".")
    rest = iter(levels)
    return steps[0] == levels[0] and all(step in rest for step in steps)


def _unchanged(file: File) -> None:
    """Raises InputError where the damage is another file's: it changed while it was read."""
    if identity(file.url) != (file.size, file.identity):
        raise InputError(f"{file.path}: changed while it was read; run the same command again")


def _short(error: BaseException) -> str:
    return str(error).split("\n")[0][:160] or type(error).__name__
