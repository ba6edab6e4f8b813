"""`reinschrift lookup`: is this in the release, or was it ever seen? For rightholders.

It would rather show too much than too little: an address with another query, a name in another order, an excerpt.
What it cannot find it says: an excerpt only in texts that were kept, since no other text is stored.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
from rich.console import Console

from pipeline import lists
from pipeline.errors import DONE, InputError
from pipeline.kernels.fingerprint import fingerprints
from pipeline.papers.relations import tombstones
from pipeline.released import Released, batches

COLUMNS = ("source", "id", "url", "author", "locator", "decision", "reason", "license", "duplicate_of", "fingerprint")
LEAST: Final = 20  # characters of an excerpt; a shorter one is in too many texts
TEXTS: Final = 1_024
KEY = pl.concat_str("source", pl.lit(":"), "id")
QUERY = r"[?].*$"


def lookup(
    out: Path,
    *,
    url: str | None = None,
    author: str | None = None,
    host: str | None = None,
    text: Path | None = None,
    as_json: bool = False,
) -> int:
    """Prints every record that matches all that is given. Raises InputError where nothing is asked."""
    release = Released(out)
    tests = list(_tests(release, url, author, host, text))
    if not tests:
        raise InputError("lookup needs --url, --author, --host or --text")
    console = Console(highlight=False, markup=False, soft_wrap=True)
    number = inside = 0
    for frame in release.batches("decisions", COLUMNS):
        halves = [pl.col("fingerprint").struct.field(half).alias(f"fingerprint_{half}") for half in ("hi", "lo")]
        frame = frame.with_columns(*halves, pl.lit("").alias("how"))
        for how in tests:
            frame = frame.with_columns(pl.concat_str("how", pl.lit(" "), how)).filter(pl.col("how").is_not_null())
        for row in frame.drop("fingerprint", "fingerprint_hi", "fingerprint_lo").to_dicts():
            number += 1
            inside += row["decision"] == "keep"
            row["how"] = row["how"].strip()
            if as_json:
                console.print(json.dumps(row, ensure_ascii=False))
            else:
                console.print(_line(row))
    if not as_json:
        for sentence in _summary(release, number, inside, text is not None):
            console.print(sentence)
    return DONE


def _line(row: dict[str, Any]) -> str:
    state = "in the release" if row["decision"] == "keep" else f"seen, not in the release ({row['reason']})"
    copy = f"; its text stands in {row['duplicate_of']}" if row["duplicate_of"] else ""
    author = f" by {row['author']}" if row["author"] else ""
    return f"{row['source']}:{row['id']} {row['url'] or ''}{author} — {state}{copy} [{row['how']}]"


def _summary(release: Released, number: int, inside: int, by_text: bool) -> Iterator[str]:
    """What was found, and what could not have been."""
    if "published" in release.run:
        yield f"{inside} in the release" if inside else "not in the release"
        contact = release.run["dataset"]["contact"]
        yield f"this is a published copy, which does not say what else was read; ask {contact} for that"
    elif number:
        yield f"{inside} in the release, {number - inside} seen and not in it"
    else:
        yield "never seen by this release"
    if by_text:
        yield "a part of a text is found only where the text was kept; of others only the whole text is recognised"
        if tombstones(release):
            yield "and what was taken out on request is not recognised by its text any more"


def _tests(
    release: Released, url: str | None, author: str | None, host: str | None, text: Path | None
) -> Iterator[pl.Expr]:
    """For everything that is asked how a record matches it, in a few words; null: not at all."""
    if url:
        whole = lists.Listed({"url": frozenset({url, unquote(url)})}).matches()
        bare = frozenset({re.sub(QUERY, "", one) for one in (url, unquote(url))})
        without = [pl.col(name).str.replace(QUERY, "").alias(name) for name in ("url", "id")]
        part = pl.struct(*without, "source", "author", "fingerprint_hi", "fingerprint_lo").map_batches(
            lambda rows: rows.struct.unnest().select(lists.Listed({"url": bare}).matches()).to_series(),
            return_dtype=pl.Boolean,
        )
        yield pl.when(whole).then(pl.lit("address")).when(part).then(pl.lit("address, with another query"))
    if author:
        asked = words(author)
        if not asked:
            raise InputError(f"--author {author!r}: holds no word")
        named = pl.col("author").map_elements(lambda name: _names(asked, words(name)), return_dtype=pl.Boolean)
        yield pl.when(named).then(pl.lit("author"))
    if host:
        name = lists.host(host if "//" in host else f"//{host}")
        if name is None:
            raise InputError(f"--host {host!r}: is no host's name")
        there = lists.Listed({"host": frozenset({name.removeprefix("www.")})}).matches()
        yield pl.when(there).then(pl.lit("host"))
    if text is not None:
        content = _read(text)
        same = lists.Listed({"fingerprint": frozenset({_fingerprint(content)})}).matches()
        holding = pl.Series(list(_holding(release, content)), dtype=pl.String)
        part = KEY.is_in(holding.implode()) & (pl.col("decision") == "keep")
        yield pl.when(same).then(pl.lit("the whole text")).when(part).then(pl.lit("an excerpt"))


def words(name: str | None) -> tuple[str, ...]:
    """The words of a name as they are compared: lower case, without accents; «ä» and «ae» are one, and «ß» and «ss»."""
    low = (name or "").casefold()
    for letter, spelt in (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ø", "o"), ("æ", "a"), ("ł", "l"), ("đ", "d")):
        low = low.replace(letter, spelt)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", low) if not unicodedata.combining(sign))
    return tuple(re.findall(r"\w+", plain))


def _names(asked: tuple[str, ...], found: tuple[str, ...]) -> bool:
    """Whether every word of the name that is asked for is among those found; an initial stands for a word."""
    if not any(len(word) > 1 and word in found for word in asked):
        return False
    return all(
        any(one == word or (min(len(one), len(word)) == 1 and one[0] == word[0]) for one in found) for word in asked
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text") from error


def _fingerprint(text: str) -> str:
    high, low = fingerprints(pa.array([text], pa.large_string()))
    return f"{int(high[0]):016x}{int(low[0]):016x}"


def _holding(release: Released, excerpt: str) -> Iterator[str]:
    """`source:id` of the kept records whose text has the excerpt, whatever its case and white space."""
    wanted = " ".join(excerpt.split()).lower()
    if len(wanted) < LEAST:
        return
    plain = pl.col("text").str.to_lowercase().str.replace_all(r"\s+", " ")
    for path in release.files("data"):
        for frame in batches(path, ["source", "id", "text"], TEXTS):
            yield from frame.filter(plain.str.contains(wanted, literal=True)).select(KEY).to_series()
