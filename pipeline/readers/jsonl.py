"""JSON lines: one object a line, each line decoded on its own by one strict typed path."""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from pipeline.reader import File, Unit, Wanted, schema
from pipeline.readers import _values
from pipeline.readers._archives import Member, members, units
from pipeline.readers._lines import Lines, split
from pipeline.readers._reasons import reasons
from pipeline.readers._rows import problem, record_batch

SUFFIXES = (".jsonl", ".ndjson", ".jl", ".json")  # of members of an archive
DEPTH = 200  # levels of nesting; msgspec itself gives up near Python's recursion limit, which depends on the caller
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


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
        self._record = _Record(wanted)
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
        wanted = self._wanted
        numbers: list[int] = []
        held: list[bytes | bytearray | None] = []
        size = 0
        for lines in split(member.stream, member.length, skip=member.skip):
            self._newlines += lines.newlines
            for number, line in _chosen(lines, rows):
                if line is not None and (not line or line.isspace()):
                    continue
                own = len(line or b"")
                if held and (size + own > wanted.batch_bytes or len(held) >= wanted.batch_rows):
                    yield self._batch(member.path, numbers, held)
                    numbers, held, size = [], [], 0
                numbers.append(number)
                held.append(line)
                size += own
            lines.lines.clear()
            if damage := lines.damage:
                if held:
                    yield self._batch(member.path, numbers, held)
                    numbers, held = [], []
                yield from self._lost(member, lines.first + lines.newlines, damage.code, damage.detail, rows)
        if held:
            yield self._batch(member.path, numbers, held)

    def _lost(
        self, member: Member, row: int, code: str, detail: str, rows: NDArray[np.int64] | None
    ) -> Iterator[pa.RecordBatch]:
        if rows is None or row in rows:
            values = problem(member.path, row, code, detail)
            yield record_batch(self._schema, 1, {name: [value] for name, value in values.items()})

    def _batch(self, file: str, numbers: list[int], lines: list[bytes | bytearray | None]) -> pa.RecordBatch:
        columns = self._record.columns(lines)
        columns |= {"file": [file] * len(numbers), "row": numbers}
        return record_batch(self._schema, len(numbers), columns)


def _chosen(lines: Lines, rows: NDArray[np.int64] | None) -> Iterator[tuple[int, bytes | bytearray | None]]:
    start, stop = lines.first, lines.first + len(lines.lines)
    if rows is None:
        return iter(zip(range(start, stop), lines.lines, strict=True))
    low, high = np.searchsorted(rows, [start, stop])
    return ((int(row), lines.lines[row - start]) for row in rows[low:high])


class _Record:
    """Decodes lines into columns: a msgspec struct with exactly the fields that the run uses."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._mapped = _values.sources(wanted)
        self._evidence = _values.evidence_columns(wanted)
        paths = [*self._mapped.values(), *self._evidence]
        # A dotted name may also be written flat (`{"metadata.license": …}`): both are fields, the flat one first.
        keys = sorted({key for path in paths for key in (path, path.split(".")[0])})
        self._attributes = {key: f"f{index}" for index, key in enumerate(keys)}
        used = Counter(path.split(".")[0] for path in paths)
        strict_types = {"text": str | None, "url": str | None, "id": str | int | None}
        types: dict[str, Any] = dict.fromkeys(keys, Any)
        for name, path in self._mapped.items():
            if name in strict_types and "." not in path and used[path] == 1:
                types[path] = strict_types[name]
        record = msgspec.defstruct(
            "Record",
            [(self._attributes[key], types[key], None) for key in keys],
            rename={attribute: key for key, attribute in self._attributes.items()},
            gc=False,
        )
        self._decode = msgspec.json.Decoder(record).decode
        # Every name on a path, as it is written in a line, beside the field whose presence explains one occurrence.
        self._patterns = {
            json.dumps(name, ensure_ascii=False).encode(): self._attributes[
                path.split(".")[0] if name != path else path
            ]
            for path in [*keys, *paths]
            for name in (path, *path.split("."))
        }
        self._escaped = _escaped("".join(keys))
        self._paths = paths
        self._json: dict[str, str | None] = {}

    def columns(self, lines: Sequence[bytes | bytearray | None]) -> dict[str, Any]:
        """One value a line for every column; what cannot be read is null beside its `problem`."""
        problems: dict[int, tuple[str, str]] = {}
        records: list[Any] = []
        for index, line in enumerate(lines):
            record = None
            if line is None:
                problems[index] = ("input.too-large", "a record of more than 1 GiB")
            elif line.count(b"{") + line.count(b"[") > DEPTH and _depth(line) > DEPTH:
                problems[index] = ("input.too-deep", f"more than {DEPTH} levels")
            else:
                try:
                    record = self._decode(line)
                except (ValueError, RecursionError) as error:
                    problems[index] = _reason(line, error)
            records.append(record)
        for index in self._doubled(lines, records):
            problems[index] = ("input.duplicate-key", "a field that the run uses stands twice")
            records[index] = None
        columns: dict[str, Any] = {}
        for name, path in self._mapped.items():
            columns[name] = self._mapped_column(name, path, records, problems)
        for path in self._evidence:
            columns[f"ev:{path}"] = self._evidence_column(path, records, problems)
        if self._wanted.text:
            for index, text in enumerate(columns["text"]):
                if not text or text.isspace():
                    problems.setdefault(index, ("input.no-text", "no text in this record"))
        if problems:
            columns["problem"] = [problems.get(index, (None, None))[0] for index in range(len(lines))]
            columns["detail"] = [
                problems.get(index, (None, ""))[1][: _values.DETAIL] or None for index in range(len(lines))
            ]
        return columns

    def _values(self, path: str, records: Sequence[Any], problems: dict[int, tuple[str, str]]) -> list[Any]:
        flat = self._attributes[path]
        values = [None if record is None else getattr(record, flat) for record in records]
        if "." in path:
            outer = self._attributes[path.split(".")[0]]
            for index, record in enumerate(records):
                if record is not None and values[index] is None:
                    try:
                        values[index] = _values.walk(getattr(record, outer), path)
                    except _values.WrongTypeError as error:
                        problems[index] = ("input.wrong-type", str(error))
        return values

    def _mapped_column(
        self, name: str, path: str, records: Sequence[Any], problems: dict[int, tuple[str, str]]
    ) -> list[str | None]:
        values = self._values(path, records, problems)
        if name not in _values.STRICT:
            return [None if value is None else _values.described(name, value) for value in values]
        for index, value in enumerate(values):
            if value is not None and type(value) is not str:
                try:
                    values[index] = _values.strict(name, value)
                except _values.WrongTypeError as error:
                    problems[index] = ("input.wrong-type", str(error))
                    values[index] = None
        return values if name == "text" else [_values.present(value) for value in values]

    def _evidence_column(
        self, path: str, records: Sequence[Any], problems: dict[int, tuple[str, str]]
    ) -> list[str | None]:
        return [self._as_json(value) for value in self._values(path, records, problems)]

    def _as_json(self, value: Any) -> str | None:
        if type(value) is not str:
            return _values.evidence(value)
        # The same few statements stand on millions of records.
        if value not in self._json:
            if len(self._json) >= 4096:
                self._json.clear()
            self._json[value] = _values.evidence(value)
        return self._json[value]

    def _doubled(self, lines: Sequence[bytes | bytearray | None], records: Sequence[Any]) -> Iterator[int]:
        """Lines in which a field of ours stands twice: msgspec keeps the last, and others the first."""
        joined = b"\n".join(line for line, record in zip(lines, records, strict=True) if line and record is not None)
        escaped = self._escaped.search(joined) is not None
        patterns = [
            pattern
            for pattern, attribute in self._patterns.items()
            if escaped
            or joined.count(pattern) > sum(getattr(record, attribute, None) is not None for record in records)
        ]
        if not patterns:
            return
        for index, (line, record) in enumerate(zip(lines, records, strict=True)):
            if (
                line
                and record is not None
                and (any(line.count(pattern) > 1 for pattern in patterns) or (escaped and self._escaped.search(line)))
                and self._stands_twice(line)
            ):
                yield index

    def _stands_twice(self, line: bytes | bytearray) -> bool:
        pairs = json.loads(line, object_pairs_hook=_Pairs)
        return any(_twice(pairs, [path]) or _twice(pairs, path.split(".")) for path in self._paths)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, equal keys and all."""


def _twice(value: Any, steps: Sequence[str]) -> bool:
    if isinstance(value, _Pairs):
        if not steps:
            return False
        found = [inner for key, inner in value if key == steps[0]]
        return len(found) > 1 or any(_twice(inner, steps[1:]) for inner in found)
    return isinstance(value, list) and any(_twice(element, steps) for element in value)


def _escaped(characters: str) -> re.Pattern[bytes]:
    """Finds a character of our names written as an escape: a name spelled so is equal, but not the same bytes."""
    codes = {
        f"{unit:04x}"
        for unit in struct.unpack(f"<{len(characters.encode('utf-16-le')) // 2}H", characters.encode("utf-16-le"))
    }
    slash = rb"|\\/" if "/" in characters else b""
    return re.compile(rb"\\u(?:" + "|".join(sorted(codes)).encode() + rb")" + slash, re.IGNORECASE)


def _depth(line: bytes | bytearray) -> int:
    depth = deepest = 0
    for mark in re.findall(rb"[\[\]{}]", _STRING.sub(b"", line)):
        depth += 1 if mark in (b"[", b"{") else -1
        deepest = max(deepest, depth)
    return deepest


def _reason(line: bytes | bytearray, error: Exception) -> tuple[str, str]:
    """Reason code and detail of a line that did not decode."""
    if isinstance(error, RecursionError):
        return "input.too-deep", "nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        code = "input.wrong-type" if "$" in str(error) else "input.not-object"
        return code, str(error)
    try:
        bytes(line).decode("utf-8")
    except UnicodeDecodeError as wrong:
        return "input.encoding", f"no UTF-8 at byte {wrong.start} of the line"
    if _SURROGATE.search(line):
        try:
            json.dumps(json.loads(line), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return "input.lone-surrogate", "half of a surrogate pair"
        except (ValueError, RecursionError):
            pass
    try:
        json.loads(line, parse_constant=_no_constant)
    except _ConstantError as constant:
        return "input.not-json", f"{constant} is no JSON value"
    except (ValueError, RecursionError):
        pass
    return "input.not-json", str(error)


class _ConstantError(Exception):
    pass


def _no_constant(word: str) -> Mapping[str, Any]:
    raise _ConstantError(word)
