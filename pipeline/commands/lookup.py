"""`reinschrift lookup`: is this in the release, or was it ever seen? For rightholders."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
from rich.console import Console

from pipeline import lists
from pipeline.errors import DONE, InputError
from pipeline.kernels.fingerprint import fingerprints
from pipeline.released import Released

COLUMNS = ("source", "id", "url", "author", "locator", "decision", "reason", "license", "duplicate_of", "fingerprint")


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
    entries: dict[str, frozenset[str]] = {}
    for kind, value in (("url", url), ("author", author), ("host", host.lower() if host else None)):
        if value:
            entries[kind] = frozenset({value})
    if text is not None:
        entries["fingerprint"] = frozenset({_fingerprint(text)})
    if not entries:
        raise InputError("lookup needs --url, --author, --host or --text")
    console = Console(highlight=False, markup=False, soft_wrap=True)
    number = inside = 0
    for frame in Released(out).batches("decisions", COLUMNS):
        frame = frame.with_columns(
            pl.col("fingerprint").struct.field("hi").alias("fingerprint_hi"),
            pl.col("fingerprint").struct.field("lo").alias("fingerprint_lo"),
        )
        for kind, values in entries.items():
            frame = frame.filter(lists.Listed({kind: values}).matches())
        for row in frame.drop("fingerprint", "fingerprint_hi", "fingerprint_lo").to_dicts():
            number += 1
            inside += row["decision"] == "keep"
            if as_json:
                console.print(json.dumps(row, ensure_ascii=False))
            else:
                state = "in the release" if row["decision"] == "keep" else f"seen, not in the release ({row['reason']})"
                copy = f"; its text stands in {row['duplicate_of']}" if row["duplicate_of"] else ""
                console.print(f"{row['source']}:{row['id']} {row['url'] or ''} — {state}{copy}")
    if not as_json:
        console.print(
            f"{inside} in the release, {number - inside} seen and not in it" if number else "never seen by this release"
        )
    return DONE


def _fingerprint(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text") from error
    high, low = fingerprints(pa.array([text], pa.large_string()))
    return f"{int(high[0]):016x}{int(low[0]):016x}"
