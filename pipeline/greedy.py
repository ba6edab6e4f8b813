"""The decision among texts that are nearly the same: best copy first, and a copy only of what is kept."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from pipeline.kernels.pairs import greedy
from pipeline.kernels.signature import PERMUTATIONS

CHANGES: Final[dict[str, Any]] = {
    "at": pl.Int64,
    "duplicate_of": pl.String,  # `source:id` of the kept text
    "similarity": pl.Float64,  # Jaccard similarity of the five-word windows to it
    "released": pl.Boolean,  # the kept text stands in an earlier release or an index
    "estimated": pl.Boolean,  # the similarity is estimated, for one of the texts could not be read
    "contested": pl.Boolean,
    "contrary_by": pl.String,
    "contrary_source": pl.String,
    "contrary_similarity": pl.Float64,
    "copies": pl.UInt32,
    "duties": pl.List(pl.String),
}


def estimate_error(similarity: float) -> float:
    """The standard error of a similarity estimated from two sketches: that of a share of PERMUTATIONS draws.

    Broder (1997); the chance of equal bytes by accident (1 in 256) widens it by less than a hundredth.
    """
    return float((max(similarity * (1 - similarity), 0.0) / PERMUTATIONS) ** 0.5)


def decide(rows: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """The greedy decision: `rows` in order of preference (their number is `rank`), `near` the pairs of ranks alike."""
    living = int(rows["alive"].sum())
    contrary = _contrary(rows, near)
    own = rows["contested"].fill_null(False).to_numpy().copy()
    own[contrary.filter("reaches")["rank"].to_numpy()] = True
    copies = near.filter(pl.col("later") < living).sort("later", "earlier")
    partner, similarity = greedy(
        copies["later"].to_numpy(),
        copies["earlier"].to_numpy(),
        copies["similarity"].to_numpy(),
        own,
        rows["released"].to_numpy(),
    )
    removed = partner >= 0
    contested = own.copy()
    contested[removed] |= own[partner[removed]]
    table = rows.with_columns(
        pl.Series("partner", np.where(removed, partner, np.arange(len(partner)))),
        pl.Series("similarity", similarity),
        pl.Series("own", own),
        pl.Series("contested", contested),
        pl.Series("removed", removed),
    )
    estimated = copies.select(pl.col("later").alias("rank"), pl.col("earlier").alias("partner"), "estimated")
    table = table.join(contrary.drop("reaches"), on="rank", how="left", maintain_order="left").join(
        estimated, on=["rank", "partner"], how="left", maintain_order="left"
    )
    united = (
        table.filter(pl.col("alive") & ~pl.col("own"))
        .group_by("partner")
        .agg(
            pl.col("copies").sum().cast(pl.UInt32).alias("_copies"),
            pl.col("duties").explode(empty_as_null=False, keep_nulls=False).unique().sort().alias("_duties"),
        )
    )
    kept = table.select(
        pl.col("rank").alias("partner"),
        pl.col("name").alias("_name"),
        pl.col("released").alias("_released"),
        pl.col("contrary_by").alias("_by"),
        pl.col("contrary_source").alias("_source"),
        pl.col("contrary_similarity").alias("_likeness"),
    )
    copy = pl.col("removed") & ~pl.col("contested")
    stands = ~pl.col("removed") & ~pl.col("contested")
    return (
        table.filter("alive")
        .join(united, on="partner", how="left", maintain_order="left")
        .join(kept, on="partner", how="left", maintain_order="left")
        .filter(
            pl.col("removed")
            | pl.col("contested")
            | pl.col("contrary_by").is_not_null()
            | (pl.col("_copies") > pl.col("copies"))
        )
        .select(
            "at",
            pl.when(copy).then("_name").alias("duplicate_of"),
            pl.when(copy).then("similarity").alias("similarity"),
            (copy & pl.col("_released")).alias("released"),
            (copy & pl.col("estimated").fill_null(False)).alias("estimated"),
            "contested",
            pl.coalesce("contrary_by", pl.when("contested").then("_by")).alias("contrary_by"),
            pl.coalesce("contrary_source", pl.when("contested").then("_source")).alias("contrary_source"),
            pl.coalesce("contrary_similarity", pl.when("contested").then("_likeness")).alias("contrary_similarity"),
            pl.when(stands).then("_copies").otherwise(0).cast(pl.UInt32).alias("copies"),
            pl.when(stands).then("_duties").otherwise("duties").alias("duties"),
        )
        .sort("at")
        .cast(pl.Schema(CHANGES))
    )


def _contrary(rows: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """Of every living row with a denial near it the narrowest one: rank, contrary_by, …, reaches (it contests)."""
    sides = ("later", "earlier"), ("earlier", "later")
    pairs = pl.concat([near.select(pl.col(a).alias("rank"), pl.col(b).alias("_by"), "similarity") for a, b in sides])
    denial = rows.filter("denies").select(
        pl.col("rank").alias("_by"),
        pl.col("name").alias("contrary_by"),
        pl.col("source").alias("contrary_source"),
        # What `alive` and denies at once has the scope of its grant; that of its denial is not known: narrowest.
        pl.when("alive").then(0).otherwise("width").alias("_width"),
    )
    return (
        pairs.join(denial, on="_by")
        .join(rows.filter("alive").select("rank", "width", "safe"), on="rank")
        .sort("rank", "_width", pl.col("similarity"), "_by", descending=[False, False, True, False])
        .unique("rank", keep="first", maintain_order=True)
        .select(
            "rank",
            "contrary_by",
            "contrary_source",
            pl.col("similarity").alias("contrary_similarity"),
            (~pl.col("safe") & (pl.col("_width") <= pl.col("width"))).alias("reaches"),
        )
    )
