"""Rights that stand in another table, found by key: the config's `join:` block."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from licenses.model import digest
from pipeline import commit
from pipeline.errors import InputError
from pipeline.reader import MAPPED, File, Reader, Unit, Wanted, schema
from pipeline.readers import csv, parquet
from pipeline.readers._listing import list_files
from pipeline.readers._opening import without_codec
from pipeline.readers._values import to_json

PARTS = 64  # the index is sorted a part at a time: 100 million keys need some 40 MB at once
_ENTRY = np.dtype([("high", "<u8"), ("low", "<u8"), ("at", "<u8"), ("length", "<u4")])


@dataclass(frozen=True)
class Table:
    """A table of rights: `on` names the record's column and the table's, `columns` what is evidence in the table.

    Parquet or CSV, by its name; `path` is one file or a pattern, any fsspec URL.
    """

    path: str
    on: tuple[str, str]
    columns: tuple[str, ...]

    def files(self, online: bool) -> list[File]:
        """The table's files: inputs of the run like any other. Raises InputError."""
        return list_files(self.path, online)


class Joined:
    """A reader whose records carry the columns of a table, `ev:<column>`, beside their own.

    No row for a key: null. Several rows of one key that say different things: a list, that is, several statements.
    The table is indexed once in `folder` (built beside and renamed), and looked up there from every worker. Raises
    InputError where the table lacks a column or has a row that cannot be read: what is lost could be what refuses.
    """

    def __init__(self, reader: type[Reader], options: Any, wanted: Wanted, table: Table, folder: Path) -> None:
        self._wanted = wanted
        self._table = table
        self._folder = folder
        self._key = table.on[0]
        own = [name for name in wanted.evidence if name not in table.columns]
        if self._key not in MAPPED and self._key not in own:
            own.append(self._key)
        inner = Wanted(wanted.columns, tuple(own), wanted.batch_rows, wanted.batch_bytes, wanted.text)
        self._reader = reader(options, inner)
        self._index: _Index | None = None

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        return self._reader.units(source, files, target)

    def lines(self) -> int:
        return self._reader.lines()

    def unknown_columns(self, files: Sequence[File]) -> tuple[str, ...]:
        """Columns that the config names and neither side has."""
        ask = getattr(self._reader, "unknown_columns", None)
        rights = self._table.files(online=False)
        own = ask(files) if ask else ()
        return (*own, *_reader_of(self._table, rights).unknown_columns(rights))

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        if self._index is None:
            self._index = _Index.of(self._table, self._folder)
        own = schema(self._wanted)
        for batch in self._reader.read(unit, rows):
            found = self._index.look_up(_keys(batch, self._key))
            columns = [
                pa.array(found[field.name.removeprefix("ev:")], field.type)
                if field.name.removeprefix("ev:") in found
                else batch.column(field.name)
                for field in own
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=own)


def _keys(batch: pa.RecordBatch, key: str) -> list[str | None]:
    """Keys as text: a mapped column as it is, an evidence column out of its JSON (numbers as their digits)."""
    if key in MAPPED:
        return [value.strip() if value else None for value in batch.column(key).to_pylist()]
    values = (None if value is None else json.loads(value) for value in batch.column(f"ev:{key}").to_pylist())
    return [value.strip() if isinstance(value, str) else str(value) if type(value) is int else None for value in values]


class _Index:
    """A table by key on disk: sorted 128-bit hashes, each with the place of its statements in a second file."""

    def __init__(self, base: Path, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._entries = _mapped(base.with_suffix(".entries"), _ENTRY)
        # Apart, because a search needs its keys side by side.
        self._high = _mapped(base.with_suffix(".keys"), np.dtype("<u8"))
        self._values = _mapped(base.with_suffix(".values"), np.dtype("u1"))
        self._known: dict[int, list[Any]] = {}

    @classmethod
    def of(cls, table: Table, folder: Path) -> _Index:
        """The index of this state of the table, built if it is not there."""
        files = table.files(online=True)
        word = digest([[file.path, file.identity] for file in files] + [[table.on[1], *table.columns]])
        base = folder / f"join-{word[:32]}"
        if not base.with_suffix(".keys").exists():
            folder.mkdir(parents=True, exist_ok=True)
            _build(table, files, base)
        return cls(base, table.columns)

    def look_up(self, keys: Sequence[str | None]) -> dict[str, list[str | None]]:
        """JSON of each column for every key; null where the key is null or unknown."""
        hashes = [_hash(key) if key else (0, 0) for key in keys]
        highs = np.array([high for high, _ in hashes], np.uint64)
        starts = np.searchsorted(self._high, highs, "left")
        counts = np.searchsorted(self._high, highs, "right") - starts
        counts[[not key for key in keys]] = 0
        owners = np.repeat(np.arange(len(keys)), counts)
        places = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(len(owners))
        rows: dict[int, list[list[Any]]] = {}
        for owner, (_, low, at, length) in zip(owners.tolist(), self._entries[places].tolist(), strict=True):
            if low == hashes[owner][1]:
                rows.setdefault(owner, []).append(self._row(at, length))
        result: dict[str, list[str | None]] = {name: [None] * len(keys) for name in self._columns}
        for owner, found in rows.items():
            for position, name in enumerate(self._columns):
                result[name][owner] = _united([row[position] for row in found])
        return result

    def _row(self, at: int, length: int) -> list[Any]:
        if at not in self._known:
            if len(self._known) >= 100_000:
                self._known.clear()
            self._known[at] = json.loads(self._values[at : at + length].tobytes())
        return self._known[at]


def _united(values: Sequence[Any]) -> str | None:
    """One statement, or the list of all that differ, in a fixed order."""
    present = [value for value in values if value is not None]
    distinct = {to_json(value): value for value in present}
    if len(distinct) < 2:
        return next(iter(distinct), None)
    flat = [part for word in sorted(distinct) for part in _parts(distinct[word])]
    return to_json(flat)


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _hash(key: str) -> tuple[int, int]:
    whole = xxhash.xxh3_128_intdigest(key.encode("utf-8", "surrogatepass"))
    return whole >> 64, whole & 0xFFFFFFFFFFFFFFFF


def _build(table: Table, files: Sequence[File], base: Path) -> None:
    """Writes the index in bounded memory: values as they come, keys into PARTS by their first bits, each sorted."""
    with tempfile.TemporaryDirectory(dir=base.parent) as beside:
        parts = [Path(beside) / f"{number:02d}" for number in range(PARTS)]
        values = Path(beside) / "values"
        with contextlib.ExitStack() as stack:
            handles = [stack.enter_context(part.open("wb")) for part in parts]
            _distribute(table, files, handles, stack.enter_context(values.open("wb")))
        keys, table_of = Path(beside) / "keys", Path(beside) / "entries"
        with keys.open("wb") as highs, table_of.open("wb") as out:
            for part in parts:
                entries = np.fromfile(part, _ENTRY)
                entries = entries[np.lexsort((entries["at"], entries["low"], entries["high"]))]
                out.write(entries.tobytes())
                highs.write(entries["high"].tobytes())
        # The keys come last: where they are, the rest is.
        for path in (values, table_of, keys):
            commit.sync(path)
            commit.rename(path, base.with_suffix(f".{path.name}"))


def _mapped(path: Path, kind: np.dtype[Any]) -> NDArray[Any]:
    return np.memmap(path, kind, mode="r") if path.stat().st_size else np.empty(0, kind)


def _distribute(table: Table, files: Sequence[File], parts: Sequence[IO[bytes]], values: IO[bytes]) -> None:
    known: dict[bytes, tuple[int, int]] = {}
    end = 0
    for keys, rows in _rows(table, files):
        entries = np.zeros(len(keys), _ENTRY)
        for index, (key, row) in enumerate(zip(keys, rows, strict=True)):
            data = ("[" + ",".join(value or "null" for value in row) + "]").encode()
            if data not in known:
                if len(known) >= 100_000:
                    known.clear()  # a statement that comes again is stored again; the memory stays bounded
                values.write(data)
                known[data] = (end, len(data))
                end += len(data)
            entries[index] = (*_hash(key), *known[data])
        for number, part in enumerate(parts):
            part.write(entries[entries["high"] >> np.uint64(58) == number].tobytes())


def _rows(table: Table, files: Sequence[File]) -> Iterator[tuple[list[str], list[tuple[str | None, ...]]]]:
    """Keys and the JSON of their statements, batch by batch; rows without a key are passed over."""
    made = _reader_of(table, files)
    if missing := made.unknown_columns(files):
        raise InputError(f"{table.path}: the joined table has no column {', '.join(missing)}")
    for unit in made.units("", files, 1 << 40):
        for batch in made.read(unit):
            damaged = batch.filter(pc.is_valid(batch.column("problem")))
            for row in damaged.select(["file", "row", "problem", "detail"]).to_pylist():
                raise InputError(
                    f"{row['file']}:{row['row']}: the joined table cannot be read here ({row['problem']}: "
                    f"{row['detail']}); what is lost could be the statement that refuses"
                )
            keys = batch.column("id").to_pylist()
            columns = [batch.column(f"ev:{column}").to_pylist() for column in table.columns]
            rows = [
                (key.strip(), row)
                for key, row in zip(keys, zip(*columns, strict=True), strict=True)
                if key and key.strip()
            ]
            yield [key for key, _ in rows], [row for _, row in rows]


def _reader_of(table: Table, files: Sequence[File]) -> csv.Reader | parquet.Reader:
    wanted = Wanted({"id": table.on[1]}, table.columns, text=False)
    if without_codec(files[0].path.lower()).endswith((".csv", ".tsv", ".tab")):
        return csv.Reader(csv.Reader.Options(), wanted)
    return parquet.Reader(parquet.Reader.Options(), wanted)
