"""Lines that stand in many records of one host: navigation, cookie notices, licence footers; counted and found again.

How often a line stands in one record does not count, in how many records of the host it does: a refrain is not
boilerplate. A paragraph that is broken into lines is found line by line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline import lists, sorted_file
from pipeline.cuts import SPANS

# Shorter lines («Ja.», «§ 2», «Beifall») recur in what people write and say.
MIN_BYTES: Final = 20
# A line and its host in one number that holds within one run, the host in another; in how many records it stands.
LINES: Final[dict[str, Any]] = {"line": pl.UInt64, "host": pl.UInt64, "records": pl.Int64}
HOSTS: Final[dict[str, Any]] = {"host": pl.UInt64, "records": pl.Int64}

_bare = pl.col("piece").str.strip_chars()
_counts = pl.col("bare").str.len_bytes() >= MIN_BYTES


def hosts(addresses: pl.Series) -> pl.Series:
    """The host of every address as a number (UInt64), row by row; null where there is none."""
    sites = pl.DataFrame({"url": addresses}, schema={"url": pl.String}).select(lists.site("url").alias("site"))
    distinct = sites.unique()
    names = pl.Series("host", [lists.host(site) for site in distinct.get_column("site")], pl.String)
    table = distinct.with_columns(pl.when(names.is_not_null()).then(names.hash(seed=1)).alias("host"))
    return sites.join(table, on="site", how="left", nulls_equal=True, maintain_order="left").get_column("host")


def lines(host: pl.Series, text: pl.Series) -> pl.DataFrame:
    """Every line of the texts with the number of records that it stands in: rows LINES. No host, no neighbours."""
    pieces = _pieces(host, text).with_columns(_bare.alias("bare")).filter(_counts)
    return (
        pieces.select("row", "host", _key().alias("line"))
        .unique(["row", "line"])
        .group_by("line", "host")
        .agg(pl.len().cast(pl.Int64).alias("records"))
    )


def frequent(found: pl.DataFrame, records: pl.DataFrame, min_records: int, min_share: float) -> pl.Series:
    """The lines, ascending, that stand in at least so many records of their host and in such a share of them.

    `found` are rows LINES over all units, or over a range of lines: each is judged alone. `records` (HOSTS): how many
    records each host has.
    """
    return (
        found.group_by("line", "host")
        .agg(pl.col("records").sum().alias("count"))
        .filter(pl.col("count") >= min_records)
        .join(records, on="host")
        .filter(pl.col("count") >= min_share * pl.col("records"))
        .get_column("line")
        .unique()
        .sort()
    )


class Known:
    """The lines that `frequent` found, mapped from files that hold ascending ranges of them, one after the other."""

    def __init__(self, files: list[Path]) -> None:
        self._parts = [sorted_file.read(path).get_column("line").to_numpy() for path in files]

    def has(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        found = np.zeros(len(keys), bool)
        for part in self._parts:
            if len(part):
                found |= part[np.minimum(np.searchsorted(part, keys), len(part) - 1)] == keys
        return found


def repeated(host: pl.Series, text: pl.Series, known: Known) -> pl.DataFrame:
    """The lines of the texts that are known: row, start and stop (code points, with the line's end), bare (the words).

    Blank lines behind one belong to it, so that they do not pile up where it is left out. In the order of the texts.
    """
    pieces = _pieces(host, text).with_columns(_bare.alias("bare"))
    there = pl.Series(known.has(pieces.select(_key()).to_series().to_numpy()))
    here = pieces.with_columns((_counts & there).alias("known"))
    some = here.filter(pl.col("known").any().over("row")) if here.get_column("known").any() else here.clear()
    length = pl.col("piece").str.len_chars().cast(pl.Int64) + 1
    blank = pl.col("bare") == ""
    return (
        some.with_columns(length.cum_sum().over("row").alias("stop"), length.alias("length"))
        .with_columns(
            # A blank line goes with the line before it; the last line of a text has no end of line.
            pl.when(~blank).then("known").forward_fill().over("row").fill_null(False).alias("gone"),
            pl.min_horizontal("stop", pl.col("stop").max().over("row") - 1).alias("end"),
        )
        .filter("gone")
        .select("row", (pl.col("stop") - pl.col("length")).alias("start"), pl.col("end").alias("stop"), "bare")
        .filter(pl.col("start") < pl.col("stop"))
    )


def spans(found: pl.DataFrame, rows: int) -> pl.Series:
    """What to leave out of each of so many texts (cuts.SPANS), of rows of `repeated`; neighbours are one place."""
    edge = (pl.col("start") != pl.col("stop").shift(1).over("row")).fill_null(True)
    joined = (
        found.with_columns(edge.cum_sum().over("row").alias("place"))
        .group_by("row", "place", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("stop").max())
        .group_by("row", maintain_order=True)
        .agg(pl.struct("start", "stop").alias("cut"))
    )
    every = pl.DataFrame({"row": pl.int_range(rows, eager=True, dtype=pl.UInt32)})
    return every.join(joined, on="row", how="left", maintain_order="left").get_column("cut").cast(SPANS)


def _pieces(host: pl.Series, text: pl.Series) -> pl.DataFrame:
    """Row, host and piece: every line of every text that has a host and words."""
    return (
        pl.DataFrame({"host": host, "text": text}, schema={"host": pl.UInt64, "text": pl.String})
        .with_row_index("row")
        .filter(pl.col("host").is_not_null() & (pl.col("text") != ""))
        .select("row", "host", pl.col("text").str.split("\n").alias("piece"))
        .explode("piece")
    )


def _key() -> pl.Expr:
    return pl.col("bare").hash(seed=2) ^ pl.col("host")
