"""Arrow columns of a source as columns of ours, whole arrays at a time; single values only where one is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.reader import Wanted
from pipeline.readers import _values

Problems = dict[int, tuple[str, str]]


def columns(batch: pa.RecordBatch, wanted: Wanted) -> dict[str, Any]:
    """Columns of INPUT_SCHEMA (but `row` and `file`) from a batch of the source's own columns."""
    problems: Problems = {}
    result: dict[str, Any] = {}
    for name, path in _values.sources(wanted).items():
        values = _resolve(batch, path, problems)
        if values is not None:
            result[name] = _mapped(name, values, problems)
    for path in _values.evidence_columns(wanted):
        values = _resolve(batch, path, problems)
        if values is not None:
            result[f"ev:{path}"] = _evidence(values, problems)
    if wanted.text:
        text = result.get("text")
        for index in range(batch.num_rows) if text is None else without_text(text):
            problems.setdefault(index, ("input.no-text", "no text in this record"))
    if problems:
        codes: list[str | None] = [None] * batch.num_rows
        details: list[str | None] = [None] * batch.num_rows
        for index, (code, detail) in problems.items():
            codes[index], details[index] = code, detail[: _values.DETAIL]
        result |= {"problem": codes, "detail": details}
    return result


def _resolve(batch: pa.RecordBatch, path: str, problems: Problems) -> pa.Array | list[Any] | None:
    """The column of this name, or the nested field; None where the file has none. A list where Python had to look."""
    names = batch.schema.names
    if path in names:
        return _plain(batch.column(names.index(path)))
    steps = path.split(".")
    if len(steps) == 1 or steps[0] not in names:
        return None
    array = _plain(batch.column(names.index(steps[0])))
    for index, step in enumerate(steps[1:]):
        if not pa.types.is_struct(array.type):
            rest = ".".join(["", *steps[index + 1 :]])
            return _walk(array, path, rest, problems)
        if array.type.get_field_index(step) < 0:
            return None
        array = _plain(pc.struct_field(array, step))
    return array


def _walk(array: pa.Array, path: str, rest: str, problems: Problems) -> list[Any]:
    values = []
    for index, value in enumerate(_python(array, problems)):
        try:
            values.append(_values.walk(value, rest))
        except _values.WrongTypeError:
            problems[index] = ("input.wrong-type", f"{path}: {_values.kind(value)} on the way to it")
            values.append(None)
    return values


def _plain(array: pa.Array) -> pa.Array:
    """Without extension types, dictionaries and run ends."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    if pa.types.is_run_end_encoded(array.type):
        return pc.run_end_decode(array)
    return array


def _python(array: pa.Array, problems: Problems) -> list[Any]:
    """Python values; one that Python has no value for is a problem of its row."""
    try:
        return list(array.to_pylist(maps_as_pydicts="strict"))
    except (ValueError, KeyError, OverflowError, pa.ArrowException):
        values = []
    for index, scalar in enumerate(array):
        try:
            values.append(scalar.as_py(maps_as_pydicts="strict"))
        except (ValueError, KeyError, OverflowError, pa.ArrowException):
            problems[index] = ("input.wrong-type", f"a value of type {array.type} that cannot be read")
            values.append(None)
    return values


def is_text(type_: pa.DataType) -> bool:
    """Text, or bytes that may be text: old writers leave the UTF-8 mark out."""
    return any(
        test(type_)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_binary_view,
            pa.types.is_fixed_size_binary,
        )
    )


def _text(name: str, array: pa.Array, problems: Problems) -> pa.Array:
    """As large_string, strictly UTF-8: Parquet's own mark is a promise of the writer that nobody has checked."""
    raw = array.cast(pa.large_binary())
    try:
        return raw.cast(pa.large_string())
    except pa.ArrowInvalid:
        values: list[str | None] = []
        for index, value in enumerate(raw.to_pylist()):
            try:
                values.append(None if value is None else value.decode("utf-8"))
            except UnicodeDecodeError as error:
                problems[index] = ("input.encoding", f"{name}: no UTF-8 at byte {error.start}")
                values.append(None)
        return pa.array(values, pa.large_string())


def _mapped(name: str, values: pa.Array | list[Any], problems: Problems) -> pa.Array | list[str | None]:
    if isinstance(values, list):
        return [_single(name, index, value, problems) for index, value in enumerate(values)]
    if is_text(values.type):
        text = _text(name, values, problems)
        if name == "text":
            return text
        if name in _values.DATES:
            return [_values.iso_date(value) for value in text.to_pylist()]
        return pc.if_else(pc.or_kleene(pc.equal(text, ""), pc.utf8_is_space(text)), None, text)
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), pa.large_string())
    if name == "id" and pa.types.is_integer(values.type):
        return values.cast(pa.large_string())
    if name in _values.DATES and pa.types.is_temporal(values.type):
        return _dates(values)
    if name in _values.STRICT:
        for index in np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False)).tolist():
            problems[index] = ("input.wrong-type", f"{name}: {values.type} where text was expected")
        return pa.nulls(len(values), pa.large_string())
    return [_single(name, index, value, problems) for index, value in enumerate(_python(values, problems))]


def _single(name: str, index: int, value: Any, problems: Problems) -> str | None:
    try:
        if isinstance(value, bytes):
            value = value.decode("utf-8")
        if name not in _values.STRICT:
            return _values.described(name, value)
        text = _values.strict(name, value)
        return text if name == "text" else _values.present(text)
    except UnicodeDecodeError as error:
        problems[index] = ("input.encoding", f"{name}: no UTF-8 at byte {error.start}")
    except _values.WrongTypeError as error:
        problems[index] = ("input.wrong-type", str(error))
    return None


def _dates(array: pa.Array) -> list[str | None]:
    """Days and instants as ISO 8601 by Arrow's own calendar; null beyond the years that ISO writes with four digits."""
    if pa.types.is_timestamp(array.type) and array.type.tz:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    result: list[str | None] = []
    for value in array.cast(pa.string()).to_pylist():
        if value is None or len(value) < 10 or value[4] != "-" or not value[:4].isdigit():
            result.append(None)
            continue
        day, _, time = value.partition(" ")
        zone = "Z" if time.endswith("Z") else ""
        whole, _, fraction = time.removesuffix("Z").partition(".")
        fraction = fraction.rstrip("0")
        result.append(day + (f"T{whole}{'.' if fraction else ''}{fraction}{zone}" if time else ""))
    return result


def _evidence(values: pa.Array | list[Any], problems: Problems) -> pa.Array | list[str | None]:
    if isinstance(values, list):
        return [_statement(index, value, problems) for index, value in enumerate(values)]
    if not is_text(values.type):
        return [_statement(index, value, problems) for index, value in enumerate(_python(values, problems))]
    # The same few statements stand on millions of records: each is written as JSON once.
    encoded = _text("a statement about rights", values, problems).dictionary_encode()
    distinct = pa.array([_values.evidence(value) for value in encoded.dictionary.to_pylist()], pa.large_string())
    return distinct.take(encoded.indices)


def _statement(index: int, value: Any, problems: Problems) -> str | None:
    try:
        return _values.evidence(value)
    except _values.WrongTypeError as error:
        problems[index] = ("input.encoding", str(error))
        return None


def without_text(text: pa.Array | Sequence[str | None]) -> list[int]:
    """Rows whose text is null, empty or white space; only texts that begin like it are looked at as a whole."""
    if not isinstance(text, pa.Array):
        return [index for index, value in enumerate(text) if not value or value.isspace()]
    if not len(text):
        return []
    _, offset_buffer, data_buffer = text.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[text.offset : text.offset + len(text) + 1]
    missing = (offsets[1:] == offsets[:-1]) | text.is_null().to_numpy(zero_copy_only=False)
    if data_buffer is not None and data_buffer.size:
        data = np.frombuffer(data_buffer, np.uint8)
        first = data[np.minimum(offsets[:-1], len(data) - 1)]
        for index in np.flatnonzero(~missing & ((first <= 0x20) | (first >= 0x80))).tolist():
            missing[index] = text[index].as_py().isspace()
    return [int(index) for index in np.flatnonzero(missing)]
