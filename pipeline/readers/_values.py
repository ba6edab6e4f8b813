"""How a value of a source becomes a value of ours: types, missing values, dates, nested names, evidence as JSON."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from pipeline.reader import MAPPED, Wanted

DETAIL = 300  # characters of `detail` (INPUT_SCHEMA)
STRICT = ("id", "text", "url")  # another type than text (id: or an integer) makes the record unreadable
DATES = ("published", "retrieved")


class WrongTypeError(ValueError):
    """A value has a type that its field cannot have; the message names the field and never holds the value."""


def sources(wanted: Wanted) -> dict[str, str]:
    """Our name → the source's column, for every mapped column that this run delivers."""
    names = {name: wanted.columns.get(name, name) for name in MAPPED if name in wanted.only}
    if not wanted.text:
        names.pop("text", None)
    return names


def evidence_columns(wanted: Wanted) -> tuple[str, ...]:
    """Source columns among the evidence; names with `@` stand for what lies beside the records (card, licence file)."""
    return tuple(name for name in wanted.evidence if not name.startswith("@"))


def walk(value: Any, path: str) -> Any:
    """The value at a dotted path, given that of its first step; null where a step is absent or null.

    A list on the way answers with the list of its elements' values, so that each of them is heard.
    Raises WrongTypeError where a step is neither object, list nor null: a statement may stand in what cannot be read.
    """
    steps = path.split(".")[1:]
    return _descend(value, steps, path)


def _descend(value: Any, steps: Sequence[str], path: str) -> Any:
    for index, step in enumerate(steps):
        if value is None:
            return None
        if isinstance(value, list):
            return [_descend(element, steps[index:], path) for element in value]
        if not isinstance(value, Mapping):
            raise WrongTypeError(f"{path}: {kind(value)} where an object was expected")
        value = value.get(step)
    return value


def kind(value: Any) -> str:
    """What a value is, in JSON's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, bytes):
        return "bytes"
    return "a list" if isinstance(value, list | tuple) else type(value).__name__


def strict(name: str, value: Any) -> str | None:
    """`text`, `url` or `id`: text or null, for an id also an integer (as a decimal string). Raises WrongTypeError."""
    if value is None:
        return None
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        try:
            return str(value)
        except ValueError:  # Python's bound on the digits of a number
            raise WrongTypeError(f"{name}: a number of thousands of digits") from None
    if not isinstance(value, str):
        raise WrongTypeError(f"{name}: {kind(value)} where text was expected")
    return value


def present(value: str | None) -> str | None:
    """Null for what is missing: null, empty, white space."""
    return value if value and not value.isspace() else None


def described(name: str, value: Any) -> str | None:
    """A describing field (title, author, dates, locale) as text: lists joined by `; `, persons by their name.

    What has no plain form is kept as compact JSON rather than lost; but a wrong date is worse than none.
    """
    if name in DATES:
        return iso_date(value)
    if isinstance(value, str):
        return present(value)
    if value is None:
        return None
    if isinstance(value, list | tuple):
        parts = [part for part in (described(name, element) for element in value) if part]
        return "; ".join(parts) or None
    if isinstance(value, Mapping):
        for key in ("name", "full_name", "literal", "display_name", "value", "@value"):
            if isinstance(value.get(key), str) and (found := present(value[key])):
                return found
        parts = [value[key] for key in ("given", "family") if isinstance(value.get(key), str)]
        return " ".join(parts) if parts else to_json(value)
    return to_json(value)


def to_json(value: Any) -> str:
    """Compact JSON. Non-finite numbers become their words (`NaN` would be null, that is, no statement)."""
    return msgspec.json.encode(_plain(value)).decode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < 64 else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def evidence(value: Any) -> str | None:
    """A statement's JSON; null where it is missing: absent, null, empty, white space, `[]` (DESIGN 4).

    Raises WrongTypeError where bytes are no UTF-8.
    """
    if value is None or value == [] or value == ():
        return None
    if isinstance(value, str) and not present(value):
        return None
    try:
        return to_json(value)
    except UnicodeDecodeError:
        raise WrongTypeError("a statement about rights is bytes that are not UTF-8") from None


_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?)?)?"
)
_SLASHES = re.compile(r"(\d{4})/(\d\d?)/(\d\d?)")
_GERMAN = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")


def iso_date(value: Any) -> str | None:
    """A date as ISO 8601 (year, month, day or instant), null where it is none or can be read in two ways.

    Takes ISO 8601, `YYYY/MM/DD`, `YYYYMMDD`, `DD.MM.YYYY` (DIN 5008), RFC 5322 dates, a year as a number, Python's own.
    """
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 1000 <= value <= 9999 else None
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = value.strip()
    if found := _ISO.fullmatch(text):
        return _checked(found["year"], found["month"], found["day"], found["time"], found["zone"])
    if found := _SLASHES.fullmatch(text) or _COMPACT.fullmatch(text):
        return _checked(*found.groups())
    if found := _GERMAN.fullmatch(text):
        return _checked(*reversed(found.groups()))
    try:
        return parsedate_to_datetime(text).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _checked(
    year: str, month: str | None = None, day: str | None = None, time: str | None = None, zone: str | None = None
) -> str | None:
    try:
        dt.date(int(year), int(month or 1), int(day or 1))
        if time:
            dt.time.fromisoformat(time[:8] if len(time) > 5 else time)
    except ValueError:
        return None
    date = "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
    return f"{date}T{time}{zone or ''}" if time else date
