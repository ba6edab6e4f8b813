"""The one Parquet writer: fixed schema, row groups that depend on the rows alone, page checksums, fixed zstd level."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.commit import replacing

ZSTD_LEVEL = 3


def write_parquet(
    path: Path,
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    *,
    rows: int,
    size: int | None = None,
    measured: str = "text",
) -> dict[str, Any]:
    """Writes tables of `schema` into one file and returns {"sha256", "rows", "bytes"}.

    A row group closes at `rows` rows, or before the row that would bring its column `measured` over `size` bytes (a
    single larger row stands alone): the same rows give the same bytes however they were cut into tables.
    """
    written = 0
    with replacing(path) as file, contextlib.ExitStack() as stack:
        writer = pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            write_page_checksum=True,
            data_page_version="2.0",  # compressed without a copy: of a long text, one less of all of it
            use_dictionary=(leaves := [path for path in _leaves(schema) if path != measured]),
            write_statistics=leaves,
        )
        stack.callback(writer.close)
        held: list[pa.Table] = []
        held_rows = held_size = 0

        def flush() -> None:
            nonlocal held, held_rows, held_size
            if held_rows:
                # combine_chunks: the pages otherwise follow the chunks, that is, the batch size.
                writer.write_table(pa.concat_tables(held).combine_chunks(), row_group_size=max(held_rows, 1))
            if size is not None and held_size > size:  # the allocator would keep as much again for later
                pa.default_memory_pool().release_unused()
            held, held_rows, held_size = [], 0, 0

        for table in tables:
            if not table.schema.equals(schema, check_metadata=True):
                table = table.select(schema.names).cast(schema)
            written += table.num_rows
            start = 0
            sizes = np.zeros(table.num_rows, np.int64) if size is None else _sizes(table, measured)
            ends = np.cumsum(sizes)
            while start < table.num_rows:
                stop = min(start + rows - held_rows, table.num_rows)
                if size is not None:
                    room = size - held_size + (int(ends[start - 1]) if start else 0)
                    stop = min(stop, max(int(np.searchsorted(ends, room, side="right")), start + (not held_rows)))
                held.append(table.slice(start, stop - start))
                held_rows += stop - start
                held_size += int(sizes[start:stop].sum())
                start = stop
                # A single row over `size` stands alone whatever follows: a long text does not wait for it.
                if start < table.num_rows or held_rows == rows or (size is not None and held_size > size):
                    flush()
            del table
        flush()
        writer.close()
    return {"sha256": file.sha256, "rows": written, "bytes": file.size}


def _sizes(table: pa.Table, column: str) -> NDArray[np.int64]:
    lengths = pc.binary_length(table.column(column)).combine_chunks().cast(pa.int64())
    sizes: NDArray[np.int64] = pc.fill_null(lengths, 0).to_numpy()
    return sizes


def _leaves(schema: pa.Schema) -> list[str]:
    """Parquet's names of the leaf columns, `evidence.list.element.place`."""

    def walk(kind: pa.DataType, path: str) -> list[str]:
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            return walk(kind.value_type, f"{path}.list.element")
        if pa.types.is_struct(kind):
            return [leaf for field in kind for leaf in walk(field.type, f"{path}.{field.name}")]
        return [path]

    return [leaf for field in schema for leaf in walk(field.type, field.name)]
