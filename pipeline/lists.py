"""Lists of records to let in or keep out: by id, URL, host, author or fingerprint. Removal lists have the same form.

One entry a line: `kind:value`, with `id`, `url`, `host`, `author` or `fingerprint` (32 hex digits); a bare address is
a URL, any other bare line an id. A host covers its subdomains. `#` begins a comment; the first comment states the day
of the list, `# as of 2026-11-24`. As CSV, with the header `kind,value` and further columns (reason, date) as wished.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl

from pipeline.errors import InputError

KINDS = ("id", "url", "host", "author", "fingerprint")
DATED = re.compile(r"#\s*as of (\d{4}-\d{2}-\d{2})\b")
SCHEME = r"(?i)^https?://"


@dataclass(frozen=True)
class Listed:
    """The entries of one or more lists by kind, and the day each list states."""

    entries: dict[str, frozenset[str]] = field(default_factory=dict)
    dated: tuple[str, ...] = ()

    def __or__(self, other: Listed) -> Listed:
        both = {kind: self.entries.get(kind, frozenset()) | other.entries.get(kind, frozenset()) for kind in KINDS}
        return Listed(both, (*self.dated, *other.dated))

    def matches(self) -> pl.Expr:
        """Whether a record is listed, over the columns id, source, url, author, fingerprint_hi, fingerprint_lo."""
        tests = [pl.lit(False)]
        if ids := self.entries.get("id"):
            tests.append(pl.col("id").is_in(list(ids)))
            tests.append(pl.concat_str("source", pl.lit(":"), "id").is_in(list(ids)))
        if urls := self.entries.get("url"):
            bare = pl.DataFrame({"url": list(urls)}, schema={"url": pl.String}).select(_bare("url")).to_series()
            tests.append(_bare("url").is_in(bare.implode()))
            tests.append(_bare("id").is_in(bare.implode()) & pl.col("id").str.contains(SCHEME))
        if authors := self.entries.get("author"):
            tests.append(
                pl.col("author").str.strip_chars().str.to_lowercase().is_in([a.strip().lower() for a in authors])
            )
        if hosts := self.entries.get("host"):
            name = pl.col("url").map_elements(host, return_dtype=pl.String)
            tests.append(name.map_elements(lambda h: _under(h, hosts), return_dtype=pl.Boolean))
        if prints := self.entries.get("fingerprint"):
            halves = [(int(p[:16], 16), int(p[16:], 16)) for p in prints]
            table = pl.DataFrame(halves, schema={"hi": pl.UInt64, "lo": pl.UInt64}, orient="row")
            pairs = table.select(pl.struct("hi", "lo")).to_series()
            own = pl.struct(pl.col("fingerprint_hi").alias("hi"), pl.col("fingerprint_lo").alias("lo"))
            tests.append(own.is_in(pairs.implode()))
        return pl.any_horizontal([test.fill_null(False) for test in tests])


def load(paths: Iterable[str]) -> Listed:
    """Reads lists. Raises InputError naming file and line where an entry is not understood or a list states no day."""
    listed = Listed()
    for path in paths:
        listed |= _one(path)
    return listed


def _one(path: str) -> Listed:
    try:
        data = Path(path).read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({(error.strerror or str(error)).lower()}); check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from error
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    lines = text.splitlines()
    table = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if table.split(",")[:2] == ["kind", "value"]:
        body = io.StringIO("\n".join(line for line in lines if not line.startswith("#")))
        rows = [(row["kind"] or "", row["value"] or "") for row in csv.DictReader(body)]
    else:
        rows = [_entry(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    for number, (kind, value) in enumerate(rows, 1):
        if kind not in KINDS or not value.strip():
            raise InputError(f"{path}: entry {number}: must be one of {', '.join(KINDS)}, a colon and a value")
        if kind == "fingerprint" and not re.fullmatch(r"[0-9a-f]{32}", value):
            raise InputError(f"{path}: entry {number}: a fingerprint has 32 hexadecimal digits")
        found[kind].add(_name(value.strip()) if kind == "host" else value.strip())
    return Listed({k: frozenset(v) for k, v in found.items()}, tuple(DATED.findall(text)[:1]))


def _entry(line: str) -> tuple[str, str]:
    line = line.strip()
    kind, colon, value = line.partition(":")
    if colon and kind in KINDS:
        return kind, value.strip()
    return ("url", line) if re.match(SCHEME, line) else ("id", line)


def host(url: str | None) -> str | None:
    """The host of an address as lists write it; None where there is none."""
    try:
        return _name(urlsplit(url or "").hostname or "") or None
    except ValueError:
        return None


def site(column: str) -> pl.Expr:
    """An address up to the end of its host's part, of which there are far fewer than of addresses: `host` says the same
    of both. Whole where that part is not plain to see."""
    authority = pl.col(column).str.extract(r"^([a-zA-Z][a-zA-Z0-9+.\-]*://[^/?#\t\r\n]*)(?:[/?#]|$)")
    return pl.coalesce(authority, column)


def _name(host: str) -> str:
    """A host in lower case, without the root's dot, in letters of ASCII (RFC 5890) where it has such a form."""
    host = host.lower().removesuffix(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _under(name: str | None, hosts: frozenset[str]) -> bool:
    while name:
        if name in hosts:
            return True
        _, _, name = name.partition(".")
    return False


def _bare(column: str) -> pl.Expr:
    """An address without what says nothing: scheme, `www`, case of the host, its port by default, last slash, place."""
    url = pl.col(column).str.replace(SCHEME, "").str.replace(r"/?(#.*)?$", "")
    name = url.str.extract(r"^([^/?#]*)").str.to_lowercase().str.replace(r"^www\.", "")
    return pl.concat_str(name.str.replace(r"\.?(:(80|443))?$", ""), url.str.replace(r"^[^/?#]*", ""))
