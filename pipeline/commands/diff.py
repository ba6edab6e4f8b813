"""`reinschrift diff`: which records changed their verdict between two releases, by reason."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pipeline.errors import DONE
from pipeline.released import Released

EXAMPLES: Final = 5
ABSENT: Final = "absent"  # said of a record that a release never read
MOST: Final = 50_000_000  # rows of a release that are compared at once, in 10 bytes each and as much again to sort them
ROWS: Final = 262_144
Pair = tuple[str, str]


def diff(first: Path, second: Path, as_json: bool = False) -> int:
    """Prints records that are new, gone, or judged otherwise; rows of malformed input are compared by their place."""
    table = changed(Released(first), Released(second))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if as_json:
        for row in table.to_dicts():
            console.print(json.dumps(row, ensure_ascii=False))
        return DONE
    shown = Table("before", "after", "records", "for instance")
    for row in table.to_dicts():
        shown.add_row(row["before"], row["after"], f"{row['records']:,}", ", ".join(row["examples"]))
    console.print(shown if table.height else "no record changed its verdict")
    return DONE


def changed(first: Released, second: Released) -> pl.DataFrame:
    """Columns before, after (reason codes; `absent` where the release has no such record), records, examples.

    Records are told by 64 bits of their source and id; the second of an id is compared with the second of it.
    """
    codes: dict[str, int] = {ABSENT: 0}
    records: Counter[Pair] = Counter()
    picked: dict[Pair, list[int]] = {}
    most = max(_rows(first), _rows(second))
    passes = 1 + most // MOST
    for number in range(passes):
        one, two = (_verdicts(release, codes, number, passes) for release in (first, second))
        _compare(one, two, list(codes), records, picked)
    names = _names((first, second), {key for keys in picked.values() for key in keys})
    rows = [
        {"before": old, "after": new, "records": n, "examples": sorted({names[key] for key in picked[old, new]})}
        for (old, new), n in sorted(records.items(), key=lambda item: (-item[1], item[0]))
    ]
    schema: Any = {"before": pl.String, "after": pl.String, "records": pl.Int64, "examples": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rows(release: Released) -> int:
    return sum(pq.read_metadata(path).num_rows for path in release.files("decisions"))


def _key() -> pl.Expr:
    return pl.concat_str("source", pl.lit("\0"), "id").hash()


def _verdicts(release: Released, codes: dict[str, int], number: int, passes: int) -> tuple[Any, Any, Any]:
    """Of the keys of this pass: what tells a row (ascending), the key it was made of, and the code of its reason."""
    keys: list[NDArray[np.uint64]] = []
    reasons: list[NDArray[np.uint16]] = []
    for frame in release.batches("decisions", ["source", "id", "reason"], ROWS):
        for reason in frame.get_column("reason").unique():
            codes.setdefault(str(reason), len(codes))
        rows = frame.select(_key().alias("key"), pl.col("reason").replace_strict(codes, return_dtype=pl.UInt16))
        rows = rows.filter(pl.col("key") % passes == number) if passes > 1 else rows
        keys.append(rows.get_column("key").to_numpy())
        reasons.append(rows.get_column("reason").to_numpy())
    key = np.concatenate(keys) if keys else np.zeros(0, np.uint64)
    reason = np.concatenate(reasons) if reasons else np.zeros(0, np.uint16)
    del keys, reasons
    order = np.argsort(key, kind="stable")
    key, reason = key[order], reason[order]
    again = np.flatnonzero(np.concatenate([[False], key[1:] == key[:-1]])) if len(key) else np.zeros(0, np.int64)
    if not len(again):
        return key, key, reason
    row = key.copy()
    for at in again.tolist():  # ascending, so that the third of a key follows the second
        row[at] = np.uint64((int(row[at - 1]) + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    order = np.argsort(row, kind="stable")
    return row[order], key[order], reason[order]


def _compare(
    one: tuple[Any, Any, Any], two: tuple[Any, Any, Any], codes: list[str], records: Counter[Pair], picked: Any
) -> None:
    before, after = _beside(one, two), _beside(two, one)
    for key, old, new in (
        (one[1], one[2], before),
        (two[1][after == 0], np.zeros(np.count_nonzero(after == 0), np.uint16), two[2][after == 0]),
    ):
        other = old != new
        pairs = old[other].astype(np.uint32) << 16 | new[other]
        keys = key[other]
        for pair, n in zip(*np.unique(pairs, return_counts=True), strict=True):
            name = codes[int(pair) >> 16], codes[int(pair) & 0xFFFF]
            records[name] += int(n)
            room = EXAMPLES - len(picked.setdefault(name, []))
            picked[name] += keys[np.flatnonzero(pairs == pair)[:room]].tolist()


def _beside(one: tuple[Any, Any, Any], two: tuple[Any, Any, Any]) -> NDArray[np.uint16]:
    """For every row of the one the code of its reason in the other; 0 where the other has no such row."""
    if not len(two[0]):
        return np.zeros(len(one[0]), np.uint16)
    at = np.minimum(np.searchsorted(two[0], one[0]), len(two[0]) - 1)
    found: NDArray[np.uint16] = np.where(two[0][at] == one[0], two[2][at], np.uint16(0))
    return found


def _names(releases: tuple[Released, ...], keys: set[int]) -> dict[int, str]:
    """`source:id` of these keys."""
    wanted = pl.Series(sorted(keys), dtype=pl.UInt64)
    found: dict[int, str] = {}
    for release in releases:
        for frame in release.batches("decisions", ["source", "id"], ROWS):
            if len(found) == len(keys):
                return found
            rows = frame.with_columns(_key().alias("key")).filter(pl.col("key").is_in(wanted.implode()))
            for source, id_, key in rows.iter_rows():
                found.setdefault(key, f"{source}:{id_}")
    return found
