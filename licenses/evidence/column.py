"""A record's own column: one value, a list of values, or the entries that Crossref, DataCite and schema.org write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from licenses.clauses import restriction
from licenses.model import NO_ASSERTION, Evidence, ScopeName
from licenses.recognise import recognise

PLACE = "column"
MOST = 100  # more statements than this about one record are no statement about it
LONGEST = 4_000  # characters; what is longer is a text, not a statement
_URLS = ("URL", "url", "@id", "rightsUri", "rightsURI", "uri", "href")
_NAMES = ("rightsIdentifier", "spdx_id", "id", "identifier", "name", "title", "rights")
# A licence of another version of the work, or of mining alone, is not the licence of this text (Crossref schema,
# AccessIndicators: vor, am, stm-asf, tdm, unspecified).
_OTHER_VERSIONS = frozenset(["am", "tdm", "stm-asf"])


def find(value: Any, column: str, values: Mapping[str, str | None]) -> tuple[Evidence, ...]:
    """The statements in one parsed JSON value of a column, all of scope `record`.

    A missing value (null, empty, white space, `[]`) is no statement; a list is several statements of one scope.
    `values` are the config's own words for a house's codes; null grants nothing. Crossref: `[{URL, content-version,
    start}]`; DataCite: `[{rights, rightsUri, rightsIdentifier}]`; schema.org: `{url | @id | name}`.

    Raises TypeError for any other type; the caller makes it `input.wrong-type`.
    """
    if isinstance(value, list):
        if len(value) > MOST:
            raise TypeError(f"{len(value)} statements")
        found: list[Evidence] = []
        for position, item in enumerate(value):
            if item is None or isinstance(item, list):
                raise TypeError("a list of statements holds words or entries")
            found += _one(item, f"{column}[{position}]", values)
        return tuple(found)
    return _one(value, column, values)


def _one(value: Any, locator: str, values: Mapping[str, str | None]) -> tuple[Evidence, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return _statement(value, "value", locator, values)
    if isinstance(value, Mapping):
        return _entry(value, locator, values)
    raise TypeError(f"a statement cannot be a {type(value).__name__}")


def _statement(value: str, kind: str, locator: str, values: Mapping[str, str | None]) -> tuple[Evidence, ...]:
    if not value.strip():
        return ()
    evidence = Evidence(PLACE, kind, value[:LONGEST], locator, "record", "column")
    if len(value) > LONGEST:
        # What is cut off could take back what stands before it.
        return (replace(evidence, license=NO_ASSERTION, rule="column: too long for a statement"),)
    word = next((key for key in (value, value.strip()) if key in values), None)
    if word is None:
        return (evidence,)
    return (
        replace(evidence, license=values[word] or NO_ASSERTION, rule=f"values: {values[word] or 'grants nothing'}"),
    )


def _entry(entry: Mapping[str, Any], locator: str, values: Mapping[str, str | None]) -> tuple[Evidence, ...]:
    """An entry's statement, from its address or else its name, and whatever beside it says otherwise."""
    parts = {key: entry[key] for key in (*_URLS, *_NAMES) if entry.get(key) not in (None, "")}
    if any(not isinstance(part, str) for part in parts.values()) or not parts:
        raise TypeError("an entry without a statement in words")
    starts = _start(entry.get("start"))
    version = entry.get("content-version")
    scope: ScopeName = "other-work" if isinstance(version, str) and version in _OTHER_VERSIONS else "record"
    # An address is the exact one of several ways to say a thing. What stands beside it («Open Access») mostly describes
    # it; it counts where it says something itself: another licence, or a limit to this one.
    first, *others = [key for key in (*_URLS, *_NAMES) if key in parts]
    found = list(_statement(parts[first], first, f"{locator}.{first}", values))
    for key in others:
        beside = _statement(parts[key], key, f"{locator}.{key}", {})
        if beside and recognise(parts[key]).understood:
            found += beside
        elif beside and (limit := restriction(parts[key][:LONGEST])):
            found.append(replace(beside[0], statement=limit[0], claim=limit[1], rule="column: limited beside"))
    return tuple(replace(item, scope=scope, starts=starts, context=_context(entry)) for item in found)


def _start(value: Any) -> str | None:
    """The start of a licence as an ISO date; Crossref writes `{"date-parts": [[2024, 1, 15]], "date-time": …}`."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        if isinstance(value.get("date-time"), str):
            return str(value["date-time"])
        parts = value.get("date-parts")
        if isinstance(parts, list) and parts and isinstance(parts[0], list):
            numbers = [part for part in parts[0] if isinstance(part, int)]
            if 1 <= len(numbers) == len(parts[0]) <= 3:
                return "-".join(f"{number:0{4 if at == 0 else 2}d}" for at, number in enumerate(numbers))
    return "unreadable"  # a date that nobody can read has not come


def _context(entry: Mapping[str, Any]) -> str:
    words = [f"{key}: {value}" for key, value in entry.items() if isinstance(value, str)]
    return "; ".join(words)[:300]
