"""What survey found and gather decided about a unit, read again in bounded pieces."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import commit
from pipeline.record import as_frame

CHUNK_ROWS = 262_144
BATCH_ROWS = 8_192
OLDEST = pl.CompatLevel.oldest()


class Rows:
    """Rows of a Parquet file in order, as many as asked for at a time; `columns` that it does not have are left out.

    `coded`: columns whose values repeat; `table` leaves each value once in a dictionary.
    """

    def __init__(self, path: Path, columns: Sequence[str] | None = None, coded: Sequence[str] = ()) -> None:
        with pq.ParquetFile(path) as known:
            names = [n for n in known.schema_arrow.names if columns is None or n in columns]
        file = pq.ParquetFile(
            path,
            page_checksum_verification=True,
            memory_map=False,
            pre_buffer=False,
            read_dictionary=[name for name in coded if name in names],
        )
        self._batches = file.iter_batches(batch_size=BATCH_ROWS, columns=names, use_threads=False)
        self._schema = pa.schema([file.schema_arrow.field(name) for name in names])
        self._held: list[pa.RecordBatch] = []
        self._count = 0

    def table(self, rows: int) -> pa.Table:
        """The next `rows` rows, fewer at the end."""
        while self._count < rows and (batch := next(self._batches, None)) is not None:
            self._held.append(batch)
            self._count += batch.num_rows
        whole = pa.Table.from_batches(self._held, self._schema)
        self._held, self._count = whole.slice(rows).to_batches(), max(whole.num_rows - rows, 0)
        return whole.slice(0, rows)

    def take(self, rows: int) -> pl.DataFrame:
        """The next `rows` rows as a frame."""
        return as_frame(self.table(rows))


class Facts:
    """A unit's facts with what pooling made of them, in order, as many as asked for at a time."""

    def __init__(self, work: Path, unit: int, columns: Sequence[str] | None = None, coded: Sequence[str] = ()) -> None:
        self._facts = Rows(work / "facts" / f"{unit:06d}.parquet", columns, coded)
        judged = work / "judged" / f"{unit:06d}.parquet"
        self._judged = Rows(judged, columns) if judged.exists() else None

    def table(self, rows: int) -> pa.Table:
        """The next `rows` rows, fewer at the end."""
        table = self._facts.table(rows)
        if self._judged is None:
            return table
        judged = self._judged.table(rows)
        for name in judged.column_names:
            table = table.set_column(table.column_names.index(name), name, judged.column(name))
        return table

    def take(self, rows: int) -> pl.DataFrame:
        """The next `rows` rows as a frame."""
        return as_frame(self.table(rows))


def chunks(rows: Rows | Facts, most: int = CHUNK_ROWS) -> Iterator[tuple[int, pl.DataFrame]]:
    """All rows with the position of their first, at most `most` at a time; an empty frame where there are none."""
    position = 0
    while (frame := rows.take(most)).height or not position:
        yield position, frame
        position += frame.height
        if not frame.height:
            return


@contextlib.contextmanager
def written(path: Path) -> Iterator[tuple[commit.HashingFile, Callable[[pl.DataFrame], None]]]:
    """A Parquet file that frames are added to; it is there when the block ends without an exception.

    Of the first frame the schema is taken, so an empty file wants an empty frame.
    """
    with commit.replacing(path) as file, contextlib.ExitStack() as stack:
        writers: list[pq.ParquetWriter] = []

        def add(frame: pl.DataFrame) -> None:
            table = frame.to_arrow(compat_level=OLDEST)
            if not writers:
                writers.append(pq.ParquetWriter(file, table.schema, compression="zstd", write_page_checksum=True))
                stack.callback(writers[0].close)
            writers[0].write_table(table, row_group_size=BATCH_ROWS)

        yield file, add
