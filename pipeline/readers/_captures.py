"""robots.txt and other well-known files as they were fetched, joined to pages by host and time.

A capture set is what `captures:` of a source names: WARC files (as Common Crawl publishes robots.txt fetches), or a
folder `HOST/DATE/NAME` with NAME one of robots.txt, tdmrep.json, ai.txt, license.xml; `NAME.status` beside or instead
of it holds the HTTP status where that was not 200. For each page two captures count: the one in force when the page was
fetched, and the newest that was answered, so that a later opt-out acts on later builds.
"""

from __future__ import annotations

import atexit
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from licenses.reservations.rsl import pointers
from pipeline.errors import InputError
from pipeline.reader import File, Wanted
from pipeline.readers import _http_message
from pipeline.readers._listing import list_files
from pipeline.readers._opening import is_remote, opened
from pipeline.readers._values import iso_date
from pipeline.readers._warc_records import records

PATHS = {"@robots": "/robots.txt", "@tdmrep": "/.well-known/tdmrep.json", "@ai_txt": "/ai.txt", "@rsl": "/license.xml"}
_FOLDER_NAMES = {"robots.txt": "@robots", "tdmrep.json": "@tdmrep", "ai.txt": "@ai_txt", "license.xml": "@rsl"}
_LIMIT = (1 << 20) + 1  # characters of a body: one more than the protocols read, so that they see that it goes on
_HOPS = 5  # redirects that are followed (RFC 9309, 2.3.1.2)
_PORTS = {"http": 80, "https": 443}

_Row = tuple[str, int, str, bytes, str]  # at, status, location, compressed body, locator


def for_source(wanted: Wanted) -> Captures | None:
    """The captures that a source's records are joined with; None where the run asks for none.

    Raises InputError where there are none.
    """
    names = tuple(name for name in PATHS if name in wanted.evidence)
    if not names or not wanted.captures:
        return None
    return Captures(tuple(list_files(wanted.captures, online=True)), names)


class Captures:
    """Answers for one page: the captures of its host, as `ev:@robots` and its kin hold them (JSON, null: none).

    They are indexed when the first page asks. Raises InputError where they cannot be read whole: a host that is missing
    for that reason would pass for one that was never looked at.
    """

    def __init__(self, files: tuple[File, ...], names: tuple[str, ...]) -> None:
        self._files = files
        self._names = names
        self._rows = lru_cache(maxsize=256)(self._select)
        self._bodies = lru_cache(maxsize=64)(_unpacked)

    def columns(self, url: str | None, retrieved: str | None) -> dict[str, str | None]:
        """One value a column: `{"status", "body", "seen", "locator"}`, or `{"captures": […]}` where two count."""
        host = authority(url)
        if host is None:
            return dict.fromkeys(f"ev:{name}" for name in self._names)
        found = {name: self._chosen(host + PATHS[name], retrieved) for name in (*self._names, "@robots")}
        if "@rsl" in self._names and url and (named := self._named(url, found["@robots"], retrieved)):
            found["@rsl"] = named
        return {f"ev:{name}": _delivered(found[name]) for name in self._names}

    def _named(self, url: str, robots: list[dict[str, Any]], retrieved: str | None) -> list[dict[str, Any]]:
        """Captures of the RSL documents that robots.txt points at."""
        out = []
        for capture in robots:
            for target in pointers(capture["body"])[:8]:
                if key := _key(urljoin(url, target)):
                    out += self._chosen(key, retrieved)
        return out

    def _chosen(self, key: str, retrieved: str | None) -> list[dict[str, Any]]:
        rows = self._rows(key)
        if not rows:
            return []
        before = [row for row in rows if retrieved and row[0] <= retrieved]
        in_force = before[-1] if before else rows[0] if retrieved else rows[-1]
        answered = [row for row in rows if 200 <= row[1] < 500 and row[1] != 429]
        newest = answered[-1] if answered else in_force
        chosen = [in_force] if newest[0] <= in_force[0] else [in_force, newest]
        return [self._resolved(key, row) for row in chosen]

    def _resolved(self, key: str, row: _Row) -> dict[str, Any]:
        """A capture, or that to which it redirects: the nearest in time of the target."""
        at, start = row[0], row
        for _ in range(_HOPS):
            if not 300 <= row[1] <= 399:
                break
            target = _key(urljoin(f"https://{key}", row[2]))
            rows = self._rows(target) if target else ()
            later = [other for other in rows if other[0] >= at]
            if not rows:
                break
            key, row = target or key, later[0] if later else rows[-1]
        at, status, _, body, locator = row if not 300 <= row[1] <= 399 else start
        return {"status": status, "body": self._bodies(body), "seen": at or None, "locator": locator}

    def _select(self, key: str) -> tuple[_Row, ...]:
        query = "select at, status, location, body, locator from captures where key = ? order by at, rowid"
        return tuple(_index(self._files).execute(query, (key,)))


def authority(url: str | None) -> str | None:
    """Host and, where it is not the scheme's own, port of an http address; None where it is none."""
    try:
        parts = urlsplit(url or "")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _PORTS or not parts.hostname:
        return None
    return parts.hostname + (f":{port}" if port and port not in _PORTS.values() else "")


def _key(url: str) -> str | None:
    host = authority(url)
    return None if host is None else host + (urlsplit(url).path or "/")


def _unpacked(body: bytes) -> str:
    return zlib.decompress(body).decode("utf-8", "replace")[:_LIMIT]


def _delivered(captures: list[dict[str, Any]]) -> str | None:
    if not captures:
        return None
    return json.dumps(captures[0] if len(captures) == 1 else {"captures": captures})


@lru_cache(maxsize=8)
def _index(files: tuple[File, ...]) -> sqlite3.Connection:
    """All captures by key and time, in a temporary database on disk: a crawl's files can be larger than memory."""
    index = sqlite3.connect("", check_same_thread=False)
    atexit.register(index.close)
    index.execute("pragma journal_mode = off")
    index.execute("pragma synchronous = off")
    index.execute("create table captures (key text, at text, status integer, location text, body blob, locator text)")
    for file in files:
        rows = _folder(Path(file.url)) if not is_remote(file.url) and Path(file.url).is_dir() else _warc(file)
        index.executemany("insert into captures values (?, ?, ?, ?, ?, ?)", rows)
    index.execute("create index by_key on captures (key, at)")
    index.commit()
    return index


def _row(
    key: str, at: str, status: int, location: str, body: bytes, locator: str
) -> tuple[str, str, int, str, bytes, str]:
    return key, at, status, location, zlib.compress(body[: 4 * _LIMIT], 1), locator


def _well_known(headers: Mapping[str, str]) -> bool:
    if headers.get("warc-type", "").lower() != "response":
        return False
    path = headers.get("warc-target-uri", "").strip("<> ").partition("?")[0].lower()
    return path.endswith(("/robots.txt", "/tdmrep.json", "/ai.txt", ".xml", ".rsl"))


def _warc(file: File) -> Iterator[tuple[str, str, int, str, bytes, str]]:
    with opened(file) as handle:
        for record in records(handle, _well_known, file.path):
            url = record.headers.get("warc-target-uri", "").strip("<> ")
            key = _key(url) if url else None
            locator = f"{file.path}@{record.offset} {url}"
            at = iso_date(record.headers.get("warc-date")) or ""
            if record.problem and key is None:
                raise InputError(
                    f"{file.path}: byte {record.offset}: {record.detail}; captures must be whole: fetch it again"
                )
            if key is None or (record.problem and not _well_known(record.headers)):
                continue
            message = _http_message.parse(record.body)
            if record.problem or message.problem or record.headers.get("warc-truncated"):
                yield _row(key, at, 0, "", b"", locator)  # it was looked for, and cannot be read
            else:
                yield _row(key, at, message.status, message.headers.get("location", [""])[-1], message.body, locator)


def _folder(root: Path) -> Iterator[tuple[str, str, int, str, bytes, str]]:
    for path in sorted(root.rglob("*")):
        name = path.name.removesuffix(".status")
        parts = path.relative_to(root).parts
        if not path.is_file() or name not in _FOLDER_NAMES or not 2 <= len(parts) <= 3:
            continue
        if path.name != name and path.with_name(name).exists():
            continue  # is read with the file that it stands beside
        at = iso_date(parts[1]) if len(parts) == 3 else ""
        if at is None:
            raise InputError(f"{path}: {parts[1]} is no date; captures lie in HOST/DATE/NAME")
        note = path.with_name(f"{name}.status")
        said = note.read_text("utf-8", "replace").strip() if note.exists() else "200"
        status = int(said) if re.fullmatch(r"[1-5][0-9]{2}", said) else 0
        body = path.read_bytes()[: 4 * _LIMIT] if path.name == name else b""
        yield _row(parts[0].lower() + PATHS[_FOLDER_NAMES[name]], at, status, "", body, "/".join(parts))
