"""Lines of JSON decoded into columns by a struct that has exactly the fields that the run uses."""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.kernels.unescape import unescaped as unescaped_all
from pipeline.reader import Wanted
from pipeline.readers import _values
from pipeline.readers._columns import without_text
from pipeline.readers._json_shape import DEPTH, Doubled, Line, text_span, too_deep

LARGE = 32 << 20  # bytes of a line whose text is unpacked piece by piece, so that it is never held as a Python string
PIECE = 4 << 20
# Stands in a line for the text that was cut out. Nobody can know it beforehand and write it into a record.
MARK = secrets.token_hex(16).encode()
MARK_TEXT = MARK.decode()
_NONE = pa.scalar(None, pa.large_string())
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# Where a JSON string can be cut: before a character with no escape near it, or before an escape that is not the second
# half of a surrogate pair.
_PLAIN = re.compile(rb"[^\\]{12}[ !#-\[\]-~\xc2-\xf4]")
_ESCAPE = re.compile(rb"(?<=[^\\])\\(?!u[dD][c-fC-F])")

Problems = dict[int, tuple[str, str]]


class Decoder:
    """Decodes lines, each on its own. Another type than a field can have, a name that stands twice, anything that is no
    JSON object is a problem of its line and of no other."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._mapped = _values.sources(wanted)
        self._evidence = _values.evidence_columns(wanted)
        paths = [*self._mapped.values(), *self._evidence]
        # A dotted name may also be written flat (`{"metadata.license": …}`): both are fields, the flat one first.
        keys = sorted({key for path in paths for key in (path, path.split(".")[0])})
        self._attributes = {key: f"f{index}" for index, key in enumerate(keys)}
        used = Counter(path.split(".")[0] for path in paths)
        strict: dict[str, Any] = {"text": str | None, "url": str | None, "id": str | int | None}
        self._types: dict[str, Any] = dict.fromkeys(keys, Any)
        for name, path in self._mapped.items():
            if name in strict and "." not in path and used[path] == 1:
                self._types[path] = strict[name]
        self._struct, self._decode = self._decoder(self._types)
        text = self._mapped.get("text", "")
        self._text = json.dumps(text, ensure_ascii=False).encode() if text else None
        raw = self._types | {text: msgspec.Raw} if self._types.get(text) == str | None else None
        # The attribute of the text, if it can be nothing but text or null: only then it is cut out.
        self._cuts = self._attributes[text] if raw else ""
        self._decode_large: Any = self._decoder(raw)[1] if raw else None
        self._doubled = Doubled(paths)
        self._json: dict[str, str | None] = {}

    def _decoder(self, types: Mapping[str, Any]) -> tuple[Any, Any]:
        record = msgspec.defstruct(
            "Record",
            [(attribute, types[key], None) for key, attribute in self._attributes.items()],
            rename={attribute: key for key, attribute in self._attributes.items()},
            gc=False,
        )
        return record, msgspec.json.Decoder(record).decode

    def columns(self, lines: Sequence[Line | None]) -> dict[str, Any]:
        """One value a line (None: over 1 GiB) for every column; what cannot be read is null beside its `problem`."""
        problems: Problems = {}
        fields, texts = self._fields(lines, problems)
        columns: dict[str, Any] = {}
        for name, path in self._mapped.items():
            if (name != "text" or texts is None) and (values := self._values(path, fields, problems)):
                columns[name] = self._column(name, values, problems)
        for path in self._evidence:
            if values := self._values(path, fields, problems):
                columns[f"ev:{path}"] = [self._as_json(value) for value in values]
        if texts is not None:
            columns["text"] = texts
        if self._wanted.text and (texts is None or len(lines) > 1 or len(lines[0] or b"") <= LARGE):
            for index in without_text(columns.get("text") or [None] * len(lines)):
                problems.setdefault(index, ("input.no-text", "no text in this record"))
        if problems:
            found = [problems.get(index, (None, None)) for index in range(len(lines))]
            columns["problem"] = [code for code, _ in found]
            columns["detail"] = [detail[: _values.DETAIL] if detail else None for _, detail in found]
        return columns

    def _fields(
        self, lines: Sequence[Line | None], problems: Problems
    ) -> tuple[dict[str, list[Any] | None], pa.Array | None]:
        """The values of every field by its name, None for one that no line has; and the texts, where they went straight
        into an Arrow buffer: only the rest of a line is worth a parser."""
        empty = self._struct()
        records: list[Any] = []
        places: list[int] = []
        parts: list[Line] = []
        texts: pa.Array | None = None
        cuts: list[tuple[int, Line]] = []
        for index, line in enumerate(lines):
            records.append(empty)
            if line is None:
                problems[index] = ("input.too-large", "a record of more than 1 GiB")
                continue
            part, span = line, text_span(line, self._text) if self._text else None
            if span is not None:
                part = line[: span[0]] + MARK + line[span[1] :]
            if len(part) > DEPTH and too_deep(part):
                problems[index] = ("input.too-deep", f"more than {DEPTH} levels")
                continue
            try:
                if len(line) > LARGE and len(lines) == 1 and self._decode_large:
                    records[index], texts = self._large(line)
                elif span is None or not self._cuts:
                    records[index] = self._decode(line)
                elif (record := self._rest(part, line)) is not None:
                    records[index] = record
                    cuts.append((index, line[span[0] : span[1]]))
                else:
                    records[index] = self._decode(line)
            except (ValueError, RecursionError) as error:
                problems[index] = reason(line, error)
                continue
            places.append(index)
            parts.append(part)
        if cuts:
            texts = self._texts(lines, records, cuts, problems, empty)
        columns = zip(*map(msgspec.structs.astuple, records), strict=True)
        fields: dict[str, list[Any] | None] = {
            key: None if values.count(None) == len(values) else list(values)
            for key, values in zip(self._attributes, columns, strict=True)
        }
        if parts:
            present = {key: len(values) - values.count(None) for key, values in fields.items() if values}
            for place in self._doubled.find(parts, [lines[place] or b"" for place in places], present):
                problems.setdefault(places[place], ("input.duplicate-key", "a field that the run uses stands twice"))
                if texts is not None:
                    texts = pc.if_else(pa.array(np.arange(len(texts)) == places[place]), _NONE, texts)
                for values in filter(None, fields.values()):
                    values[places[place]] = None
        return fields, texts

    def _rest(self, part: Line, line: Line) -> Any:
        """The record of a line whose text was cut out; None where another place than its text was cut, or it is bad."""
        try:
            record = self._decode(part)
        except (ValueError, RecursionError):
            return None
        return record if getattr(record, self._cuts) == MARK_TEXT else None

    def _texts(
        self,
        lines: Sequence[Line | None],
        records: list[Any],
        cuts: Sequence[tuple[int, Line]],
        problems: Problems,
        empty: Any,
    ) -> pa.LargeStringArray:
        """The texts of all records. Where a cut one is odd, the parser has the last word on its line."""
        bodies: list[Line | None] = [None] * len(records)
        plain = np.zeros(len(records), np.uint8)
        for index, body in cuts:
            bodies[index] = body
        if len(cuts) < len(records):
            for index, found in enumerate(bodies):
                if found is None:
                    bodies[index], plain[index] = _utf8(getattr(records[index], self._cuts)), 1
        texts, odd = unescaped_all(bodies, plain)
        if not len(odd):
            return texts
        for index in odd.tolist():
            line, plain[index], bodies[index] = lines[index] or b"", 1, None
            try:
                records[index] = self._decode(line)
                bodies[index] = _utf8(getattr(records[index], self._cuts))
            except (ValueError, RecursionError) as error:
                records[index], problems[index] = empty, reason(line, error)
        return unescaped_all(bodies, plain)[0]

    def _large(self, line: Line) -> tuple[Any, pa.Array | None]:
        """A record whose text goes straight into an Arrow buffer; None where it has none."""
        attribute = self._attributes[self._mapped["text"]]
        record = self._decode_large(line)
        raw = getattr(record, attribute)
        setattr(record, attribute, None)
        if raw is None or bytes(memoryview(raw)[:4]) == b"null":
            return record, None
        if bytes(memoryview(raw)[:1]) != b'"':
            raise msgspec.ValidationError("Expected `str | null` - at `$.text`")
        return record, unescaped(memoryview(raw))

    def _values(self, path: str, fields: Mapping[str, list[Any] | None], problems: Problems) -> list[Any] | None:
        """The values at a path, None where no record has one."""
        values, outer = fields[path], fields[path.split(".")[0]]
        if "." not in path or outer is None:
            return values
        values = list(values) if values else [None] * len(outer)
        for index, container in enumerate(outer):
            if container is not None and values[index] is None:
                try:
                    values[index] = _values.walk(container, path)
                except _values.WrongTypeError as error:
                    problems[index] = ("input.wrong-type", str(error))
        return values

    def _column(self, name: str, values: list[Any], problems: Problems) -> list[str | None]:
        if name not in _values.STRICT:
            if name in _values.DATES:
                return [None if value is None else _values.iso_date(value) for value in values]
            return [
                value if type(value) is str and value and not value.isspace() else _values.described(name, value)
                for value in values
            ]
        for index, value in enumerate(values):
            if value is not None and type(value) is not str:
                try:
                    values[index] = _values.strict(name, value)
                except _values.WrongTypeError as error:
                    problems[index] = ("input.wrong-type", str(error))
                    values[index] = None
        return values if name == "text" else [value if value and not value.isspace() else None for value in values]

    def _as_json(self, value: Any) -> str | None:
        if type(value) is not str:
            return _values.evidence(value)
        # The same few statements stand on millions of records.
        if value not in self._json:
            if len(self._json) >= 4096:
                self._json.clear()
            self._json[value] = _values.evidence(value)
        return self._json[value]


def _utf8(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def unescaped(raw: memoryview) -> pa.Array | None:
    """A JSON string as a large_string array of one, decoded PIECE by PIECE; None where it is only white space."""
    out = bytearray()
    blank = True
    for piece in _pieces(raw[1:-1]):
        text: str = msgspec.json.decode(b'"' + piece + b'"', type=str)
        blank = blank and (not text or text.isspace())
        out += text.encode()
    if blank:
        return None
    offsets = pa.array([0, len(out)], pa.int64()).buffers()[1]
    return pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(out))


def _pieces(body: memoryview) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        stop = min(start + PIECE, len(body))
        while stop < len(body):
            window = bytes(body[stop : stop + 4096])
            if plain := _PLAIN.search(window):
                stop += plain.end() - 1
                break
            if escape := _ESCAPE.search(window):
                stop += escape.start()
                break
            stop += len(window)
        yield bytes(body[start:stop])
        start = stop


def reason(line: bytes | bytearray, error: Exception) -> tuple[str, str]:
    """Reason code and detail of a line that did not decode."""
    if isinstance(error, RecursionError):
        return "input.too-deep", "nested too deeply"
    if len(line) > LARGE:  # not worth a second look, which would hold it several times
        code = "input.encoding" if isinstance(error, UnicodeDecodeError) else "input.not-json"
        return "input.wrong-type" if isinstance(error, msgspec.ValidationError) else code, "a very long line"
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
