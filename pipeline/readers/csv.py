"""CSV: a header, then one record a row; quoted fields may hold line breaks."""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from pipeline.reader import File, Unit, Wanted
from pipeline.readers import _values
from pipeline.readers._archives import Member, members, units
from pipeline.readers._lines import split
from pipeline.readers._opening import DamagedError, without_codec
from pipeline.readers._reasons import reasons
from pipeline.readers._rows import Rows, among

SUFFIXES = (".csv", ".tsv", ".tab", ".txt")  # of members of an archive
FIELD = 1 << 25  # characters of one field, and bytes of a record: an open quote swallows no more than this


class Reader:
    """Reads CSV (RFC 4180, UTF-8, first row the header), plain, .gz, .zst, or as members of .tar and .zip.

    `row` is the line on which the record begins. A row that breaks the rules becomes one row with the reason, and
    reading goes on with the next line. Every value is text: a formula is the text of a formula.
    """

    class Options(BaseModel):
        """`delimiter`: what separates fields; a comma, in files named .tsv and .tab a tabulator, if not given."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        delimiter: str | None = Field(default=None, min_length=1, max_length=1, pattern=r'^[^"\r\n]$')

    reasons = reasons(
        "input.not-csv",
        "input.duplicate-key",
        "input.no-text",
        "input.encoding",
        "input.too-large",
        "input.truncated",
        "input.corrupt",
        "input.bomb",
        "extract.unsupported",
    )

    def __init__(self, options: Any, wanted: Wanted) -> None:
        self._wanted = wanted
        self._delimiter: str | None = options.delimiter
        self._mapped = _values.sources(wanted)
        self._evidence = _values.evidence_columns(wanted)

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        # Never by byte ranges: what looks like the start of a row may be text within quotes.
        return units(source, files, target)

    def lines(self) -> int:
        return 0

    def unknown_columns(self, files: Sequence[File]) -> tuple[str, ...]:
        """Columns that the config names and no file has; reads headers. An unreadable file is passed over."""
        known: set[str] = set()
        for file in files:
            for member in islice(members(Unit(0, "", (file,)), SUFFIXES), 1):
                if not (member.damage or member.unsupported):
                    known.update(next((row.fields for row in _rows(member, self._separator(member.path))), []))
        named = {*self._wanted.columns.values(), *self._evidence}
        return tuple(sorted(named - known)) if known else ()

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        batches = Rows(self._wanted)
        for member in members(unit, SUFFIXES):
            for size, record in self._records(member):
                if rows is None or among(rows, record["row"])[0]:
                    yield from batches.add(size, record)
        yield from batches.rest()

    def _records(self, member: Member) -> Iterator[tuple[int, dict[str, Any]]]:
        where = {"file": member.path}
        if member.damage:
            yield 0, where | {"row": 1, "problem": member.damage.code, "detail": member.damage.detail}
            return
        if member.unsupported:
            named = f"not named {', '.join(SUFFIXES)}"
            yield 0, where | {"row": 1, "problem": "extract.unsupported", "detail": named}
            return
        header: list[str] | None = None
        for row in _rows(member, self._separator(member.path)):
            place = where | {"row": row.line}
            if row.problem:
                yield 0, place | {"problem": row.problem, "detail": row.detail}
                if header is None:
                    return  # without a header nobody knows what the values are
            elif header is None:
                header = row.fields
                twice = [name for name, count in Counter(header).items() if count > 1 and self._uses(name)]
                if twice:
                    detail = f"the column {twice[0][:100]} stands twice"
                    yield 0, place | {"problem": "input.duplicate-key", "detail": detail}
                    return
            else:
                yield row.size, place | self._record(dict(zip(header, row.fields, strict=True)))

    def _uses(self, name: str) -> bool:
        return name in self._mapped.values() or name in self._evidence

    def _record(self, fields: dict[str, str]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for name, path in self._mapped.items():
            value = fields.get(path)
            if _broken(value):
                return record | {"problem": "input.encoding", "detail": f"{path[:100]}: no UTF-8"}
            if name in _values.STRICT:
                record[name] = value if name == "text" else _values.present(value)
            else:
                record[name] = _values.described(name, value)
        for path in self._evidence:
            value = fields.get(path)
            if _broken(value):
                return record | {"problem": "input.encoding", "detail": f"{path[:100]}: no UTF-8"}
            record[f"ev:{path}"] = _values.evidence(value)
        if self._wanted.text and not _values.present(record["text"]):
            record |= {"problem": "input.no-text", "detail": "no text in this record"}
        return record

    def _separator(self, path: str) -> str:
        name = without_codec(path).lower()
        return self._delimiter or ("\t" if name.endswith((".tsv", ".tab")) else ",")


def _broken(value: str | None) -> bool:
    """Whether there are bytes in it that were no UTF-8 (PEP 383 keeps them as lone surrogates)."""
    if not value or value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


@dataclass(slots=True)
class _Row:
    line: int
    fields: list[str]
    size: int = 0
    problem: str | None = None
    detail: str | None = None


class _Source:
    """Lines for the csv module, with those of the record at hand kept, so that they can be read again."""

    def __init__(self, member: Member) -> None:
        self._pieces = split(member.stream, limit=FIELD)
        self._ahead: deque[tuple[int, str | None]] = deque()
        self.taken: list[tuple[int, str | None]] = []
        self.size = 0
        self.damage: tuple[int, DamagedError] | None = None

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> str:
        while not self._ahead:
            piece = next(self._pieces)
            for number, raw in enumerate(piece.lines, piece.first):
                # The newline was cut off; the csv module needs it where a quoted field goes on.
                self._ahead.append((number, None if raw is None else raw.decode("utf-8", "surrogateescape") + "\n"))
            if piece.damage:
                self.damage = (piece.first + piece.newlines, piece.damage)
        number, line = self._ahead.popleft()
        self.taken.append((number, line))
        if line is None:
            raise csv.Error("field larger than field limit")
        self.size += len(line)
        if self.size > FIELD:
            raise csv.Error("field larger than field limit")
        return line

    def again(self) -> None:
        """Gives the lines of this record back, but for its first."""
        self._ahead.extendleft(reversed(self.taken[1:]))
        self.done()

    def done(self) -> None:
        self.taken, self.size = [], 0


def _rows(member: Member, delimiter: str) -> Iterator[_Row]:
    """Rows of fields; the first says how many a row has.

    A row with a quote out of place is given up at the end of its first line, so that one stray quote does not swallow
    what follows. A row that only has a wrong number of fields is given up as a whole: its quotes do fit, and the lines
    within them are text, however much they look like rows.
    """
    source = _Source(member)
    csv.field_size_limit(FIELD)
    parser = csv.reader(source, delimiter=delimiter, strict=True)
    width = 0
    while True:
        try:
            fields = next(parser)
        except StopIteration:
            break
        except csv.Error as error:
            if source.damage:
                break  # not the quote is missing, but the end
            first = source.taken[0][0] if source.taken else 1
            large = "field limit" in str(error) and len(source.taken) <= 1
            code = "input.too-large" if large else "input.not-csv"
            detail = f"more than {FIELD} characters" if large else str(error)
            source.again()
            parser = csv.reader(source, delimiter=delimiter, strict=True)
            yield _Row(first, [], problem=code, detail=detail)
            continue
        first, size = (source.taken[0][0] if source.taken else 1), source.size
        source.done()
        if not fields or (len(fields) == 1 and width > 1 and not fields[0].strip()):
            continue
        width = width or len(fields)
        if len(fields) == width:
            yield _Row(first, fields, size)
        else:
            yield _Row(first, [], problem="input.not-csv", detail=f"{len(fields)} fields where the header has {width}")
    if source.damage:
        line, damage = source.damage
        yield _Row(line, [], problem=damage.code, detail=damage.detail)
