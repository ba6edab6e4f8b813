"""Rows of a ledger that are alike, asked about once and found without looking at the rows one by one.

A ledger of ten million rows has a few thousand distinct receipts. Parquet stores each string of a row group once and
the rows as numbers; here the numbers stay numbers, and only one row of each kind is ever made into values.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.released import Released, batches

Hashes = NDArray[np.uint64]
ROWS: Final = 262_144
CAPACITY: Final = 2_000_000  # distinct rows whose answers are remembered
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_NULL: Final = np.uint64(0x632BE59BD9B4E019)


class Asked:
    """A question about rows that depends on some columns alone, asked once for each distinct row of them.

    `columns` are columns of strings, and `lists` the fields, strings too, of columns that are lists of structs; `ask`
    gets such a row and gives an answer that can be hashed, of which there are few. `answers` has every answer once,
    `records` how many rows it is for, `codes` the number of the answer of every row, file by file: two bytes a row.
    """

    def __init__(
        self,
        release: Released,
        columns: Sequence[str],
        lists: Mapping[str, Sequence[str]],
        ask: Callable[[dict[str, Any]], Hashable],
    ) -> None:
        self.answers: list[Any] = []
        self.records: list[int] = []
        self.codes: list[NDArray[np.uint16]] = []
        self._ask, self._numbers, self._known = ask, dict[Hashable, int](), dict[int, int]()
        leaves = [f"{name}.list.element.{field}" for name, fields in lists.items() for field in fields]
        for path in release.files("decisions"):
            codes = [self._group(table) for table in _groups(path, [*columns, *leaves])]
            self.codes.append(np.concatenate(codes) if codes else np.zeros(0, np.uint16))

    def _group(self, table: pa.Table) -> NDArray[np.uint16]:
        """The numbers of the answers to the rows of one row group."""
        rows = np.zeros(table.num_rows, np.uint64)
        for column in table.columns:
            rows = _mixed(rows, np.concatenate([_hashed(chunk) for chunk in column.chunks]))
        values, first, inverse, counts = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
        numbers = np.zeros(len(values), np.uint16)
        for at, value in enumerate(values.tolist()):
            number = self._known.get(value)
            if number is None:
                number = self._number(self._ask(table.slice(int(first[at]), 1).to_pylist()[0]))
                if len(self._known) >= CAPACITY:
                    self._known.clear()
                self._known[value] = number
            numbers[at] = number
            self.records[number] += int(counts[at])
        return numbers[inverse]

    def _number(self, answer: Hashable) -> int:
        if answer not in self._numbers:
            self._numbers[answer] = len(self.answers)
            self.answers.append(answer)
            self.records.append(0)
        return self._numbers[answer]

    def rows(self, release: Released, columns: Sequence[str], wanted: Callable[[Any], bool]) -> Iterator[pl.DataFrame]:
        """Further columns of the rows whose answer is wanted, and `answer`, its number."""
        some = np.array([wanted(answer) for answer in self.answers] or [False])
        if not some.any():
            return
        for path, codes in zip(release.files("decisions"), self.codes, strict=True):
            at = 0
            for frame in batches(path, columns, ROWS):
                here = codes[at : at + frame.height]
                at += frame.height
                found = frame.with_columns(pl.Series("answer", here)).filter(pl.Series(some[here]))
                if found.height:
                    yield found


def _groups(path: Path, columns: list[str]) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path, read_dictionary=columns, page_checksum_verification=True, pre_buffer=False) as file:
            missing = {name.split(".")[0] for name in columns} - set(file.schema_arrow.names)
            if missing:
                raise InputError(f"{path}: has no column «{min(missing)}», so another version of Reinschrift wrote it")
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: damaged; `reinschrift verify` says more") from error


def _mixed(one: Hashes, two: Hashes) -> Hashes:
    """A hash of both, in this order."""
    mixed: Hashes = (one ^ (one >> np.uint64(29))) * _ODD + two
    return mixed


def _hashed(array: pa.Array) -> Hashes:
    """One hash a value: of strings by their dictionary, of lists of structs element by element, in order."""
    if pa.types.is_dictionary(array.type):
        words = pl.Series(array.dictionary, dtype=pl.String).hash().to_numpy()
        at = array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        found: Hashes = np.append(words, _NULL)[at]
        return found
    if pa.types.is_struct(array.type):
        made = np.zeros(len(array), np.uint64)
        for number in range(array.type.num_fields):
            made = _mixed(made, _hashed(array.field(number)))
        return made
    offsets = array.offsets.to_numpy()
    elements = _hashed(array.values)
    lengths = np.diff(offsets)
    rows = np.where(array.is_null().to_numpy(zero_copy_only=False), _NULL, lengths.astype(np.uint64))
    for place in range(int(lengths.max(initial=0))):  # as many rounds as the longest list has elements
        has = np.flatnonzero(lengths > place)
        rows[has] = _mixed(rows[has], elements[offsets[has] + place])
    return rows
