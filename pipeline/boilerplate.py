"""Lines that stand in many records of one host: navigation, cookie notices, licence footers; counted and cut.

Evidence is taken before any line is cut, so a credit or licence in a footer is not lost. How often a line stands in
one record does not count, in how many records of the host it does: a refrain is not boilerplate.
"""

from __future__ import annotations

from typing import Final

import polars as pl

# Shorter lines («Ja.», «§ 2», «Beifall») recur in what people write and say.
MIN_BYTES: Final = 20

_line = pl.col("text").str.split("\n").list.eval(pl.element().str.strip_chars())


def lines(texts: pl.DataFrame) -> pl.DataFrame:
    """Every distinct line of every text once: columns host (UInt64), line (UInt64), from columns host, text (String).

    The numbers are hashes that hold within one run. Rows without a host have no neighbours and are left out.
    """
    return (
        texts.filter(pl.col("host").is_not_null())
        .select(pl.col("host").hash(seed=1), _line.list.unique().alias("line"))
        .explode("line")
        .filter(pl.col("line").str.len_bytes() >= MIN_BYTES)
        .with_columns(pl.col("line").hash(seed=2))
    )


def hosts(texts: pl.DataFrame) -> pl.DataFrame:
    """How many records each host has: columns host (UInt64), records."""
    named = texts.filter(pl.col("host").is_not_null())
    return named.group_by(pl.col("host").hash(seed=1)).agg(pl.len().cast(pl.Int64).alias("records"))


def frequent(found: pl.DataFrame, records: pl.DataFrame, min_records: int = 10, min_share: float = 0.2) -> pl.DataFrame:
    """The lines that stand in at least so many records of a host and in such a share of them: host, line, count.

    `found` are the rows of `lines` and `records` those of `hosts`, summed by host, over all units or over a range of
    hosts: each host is judged alone.
    """
    return (
        found.group_by("host", "line")
        .agg(pl.len().cast(pl.Int64).alias("count"))
        .join(records, on="host")
        .filter((pl.col("count") >= min_records) & (pl.col("count") >= min_share * pl.col("records")))
        .select("host", "line", "count")
        .sort("host", "line")
    )


def cut(texts: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Texts without the lines in `known` (rows of `frequent`): text, boilerplate_lines, boilerplate_bytes, row by row.

    What stays is unchanged, byte for byte; blank lines around a cut do not pile up.
    """
    pieces = (
        texts.with_row_index("_row")
        .select("_row", pl.col("host").hash(seed=1).alias("_host"), pl.col("text").str.split("\n").alias("_piece"))
        .explode("_piece")
        .with_columns(pl.col("_piece").str.strip_chars().alias("_bare"))
        .with_columns(pl.col("_bare").hash(seed=2).alias("_line"))
        .join(
            known.select(pl.col("host").alias("_host"), pl.col("line").alias("_line"), pl.lit(True).alias("_known")),
            on=["_host", "_line"],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("_known").fill_null(False) & (pl.col("_bare").str.len_bytes() >= MIN_BYTES))
        .with_columns(((pl.col("_bare") == "") & pl.col("_known").shift(1).over("_row").fill_null(False)).alias("_gap"))
    )
    made = pieces.group_by("_row", maintain_order=True).agg(
        pl.col("_piece").filter(~pl.col("_known") & ~pl.col("_gap")).str.join("\n").alias("text"),
        pl.col("_known").sum().cast(pl.Int64).alias("boilerplate_lines"),
        pl.col("_piece").filter("_known").str.len_bytes().sum().cast(pl.Int64).alias("boilerplate_bytes"),
    )
    named = texts.get_column("host").is_not_null()
    return made.select(
        pl.when(named & (pl.col("boilerplate_lines") > 0))
        .then("text")
        .otherwise(texts.get_column("text"))
        .alias("text"),
        pl.when(named).then("boilerplate_lines").otherwise(0).alias("boilerplate_lines"),
        pl.when(named).then("boilerplate_bytes").otherwise(0).alias("boilerplate_bytes"),
    )
