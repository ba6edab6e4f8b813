"""The same text in several records: which one stays, which are its copies, and where a contrary statement stands.

Pure functions over frames of keys. They look at one text at a time, so the rows may be cut by ranges of the
fingerprint and each range decided alone; the answer depends on neither the cut nor the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import polars as pl

from licenses.model import COVERS
from pipeline.errors import InternalError

Preference = Literal["strongest-evidence", "earliest", "longest"]
PREFER: Final[tuple[Preference, ...]] = ("strongest-evidence", "earliest", "longest")
TEXT: Final = ("fingerprint_hi", "fingerprint_lo")
# Bases on which a third party's statement about the same words has no bearing.
UNCONTESTED: Final = ("official-work", "contract")

# What a row of `keys` has to say. `scope` is the scope (licenses.model.ScopeName) of the statement that decided: the
# grant of a living record, the denial or reservation of one that `denies`; null counts against the record.
KEYS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "source": pl.String,
    "id": pl.String,
    "fingerprint_hi": pl.UInt64,
    "fingerprint_lo": pl.UInt64,
    "alive": pl.Boolean,  # passed the licence and every record stage
    "denies": pl.Boolean,  # a reservation, or an explicit denial of a use that the policy asks for
    "scope": pl.String,
    "origin": pl.Boolean,  # its source is marked as the publisher itself
    "basis": pl.String,
    "strength": pl.Int32,  # licenses.model.STRENGTH of that scope
    "exact": pl.Boolean,  # one licence, not a family
    "published": pl.String,  # ISO 8601
    "characters": pl.Int64,
    "duties": pl.List(pl.String),
}
# What `exact` adds to a row.
DECIDED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "duplicate_of": pl.String,  # `source:id` of the kept copy; null where the record is no copy
    "contested": pl.Boolean,  # alive, and a contrary statement of no wider scope stands on the same text
    "contrary_by": pl.String,  # `source:id` of the narrowest contrary statement, also where it does not contest
    "contrary_source": pl.String,
    "contraries": pl.UInt32,  # records with a contrary statement on this text, this one not counted
    "copies": pl.UInt32,  # records with this text that would be kept on their own, this one counted; 0: not kept
    "duties": pl.List(pl.String),  # of a kept copy: the united duties of those; else the record's own
}

_protected = pl.col("origin") | pl.col("basis").is_in(UNCONTESTED)
_name = pl.concat_str("source", pl.lit(":"), "id")


def order(prefer: Sequence[Preference] = PREFER) -> tuple[list[pl.Expr], list[bool]]:
    """Sort keys and their directions (True: descending), best copy first: what `prefer` names, at last the id.

    What no third party can contest stands before everything else. Which duties a licence asks plays no part: the
    convenient licence must not win.
    """
    ways: dict[Preference, list[tuple[pl.Expr, bool]]] = {
        "strongest-evidence": [(pl.col("strength").fill_null(-1), True), (pl.col("exact").fill_null(False), True)],
        "earliest": [(pl.col("published").str.extract(r"^(\d{4}(?:-\d\d){0,2})").fill_null("~"), False)],
        "longest": [(pl.col("characters").fill_null(-1), True)],
    }
    chosen = [(_protected.fill_null(False), True)]
    chosen += [way for name in prefer for way in ways[name]]
    chosen += [(pl.col("id"), False), (pl.col("source"), False)]
    return [key for key, _ in chosen], [descending for _, descending in chosen]


def width(column: str = "scope") -> pl.Expr:
    """How wide a scope reaches: 0 for «in the document, about this text», more for wider ones, null for none."""
    return pl.col(column).replace_strict(
        {name: at for at, name in enumerate(COVERS)}, default=None, return_dtype=pl.Int8
    )


def exact(keys: pl.DataFrame, prefer: Sequence[Preference] = PREFER, dedup: bool = True) -> pl.DataFrame:
    """Decides copies and contested texts among rows that share a fingerprint; `keys` has at least the columns KEYS.

    Returns all columns of `keys`, with those of DECIDED, row by row in the same order. Without `dedup` every record
    is judged for itself. With it, one record speaks for the text, the first of `order` among the living: if that one
    is contested, so are its copies, lest a denial let in what was a mere copy before. Rows whose fingerprint is 0
    have no text to compare and equal nothing. With a column `released`, rows of earlier releases are kept before all
    others, and are not contested; with `denied`, rows where it is true are contested whatever stands here (they were
    found so before something was left out of their texts). Raises InternalError where a deciding column is null.
    """
    for column in ("source", "id", *TEXT, "alive", "denies"):
        if keys[column].null_count():
            raise InternalError(f"duplicates: null in {column}")
    released = pl.col("released").fill_null(False) if "released" in keys.columns else pl.lit(False)
    denied = pl.col("denied").fill_null(False) if "denied" in keys.columns else pl.lit(False)
    rows = keys.with_row_index("_at").rename({"duties": "_duties"})
    rows = rows.with_columns(released.alias("_released"), denied.alias("_denied"))
    compared = (pl.col(TEXT[0]) != 0) | (pl.col(TEXT[1]) != 0)
    shared = rows.filter(compared & (pl.struct(TEXT).is_duplicated() | pl.col("_denied")))
    judged = _judge(shared, prefer, dedup)
    added = [name for name in DECIDED if name != "duties"]
    return (
        rows.join(judged.select("_at", *added, "duties"), on="_at", how="left", maintain_order="left")
        .with_columns(
            pl.col("contested").fill_null(False),
            pl.col("contraries").fill_null(0),
            pl.when("alive").then(pl.col("copies").fill_null(1)).otherwise(0).cast(pl.UInt32).alias("copies"),
            pl.coalesce("duties", "_duties").alias("duties"),
        )
        .select(*(name for name in keys.columns if name not in DECIDED), *DECIDED)
    )


def _judge(shared: pl.DataFrame, prefer: Sequence[Preference], dedup: bool) -> pl.DataFrame:
    by, descending = order(prefer)
    by, descending = [pl.col("_released"), *by], [True, *descending]
    safe = _protected.fill_null(False) | pl.col("_released")
    denials = (
        shared.filter("denies")
        .select(*TEXT, "_at", "source", _name.alias("_name"), width().fill_null(0).alias("_width"))
        .sort("_width", "_name")
        .group_by(TEXT)
        .agg(
            pl.len().alias("_denials"),
            *(pl.col(name).head(2).alias(f"_two{name}") for name in ("_at", "_name", "_width", "source")),
        )
    )
    # The narrowest denial that is not the record's own.
    which = (pl.col("_two_at").list.first() == pl.col("_at")).fill_null(False).cast(pl.Int64)
    scoped = width().fill_null(len(COVERS))
    rows = (
        shared.sort(by, descending=descending)
        .join(denials, on=TEXT, how="left", maintain_order="left")
        .with_columns(
            pl.col("_two_name").list.get(which, null_on_oob=True).alias("contrary_by"),
            pl.col("_twosource").list.get(which, null_on_oob=True).alias("contrary_source"),
            (pl.col("_denials").fill_null(0) - pl.col("denies").cast(pl.UInt32)).cast(pl.UInt32).alias("contraries"),
            (pl.col("_two_width").list.get(which, null_on_oob=True) <= scoped).fill_null(False).alias("_reached"),
        )
        .with_columns((pl.col("alive") & ~safe & (pl.col("_reached") | pl.col("_denied"))).alias("_own"))
        .with_columns((pl.col("alive") & ~pl.col("_own")).alias("_stands"))
    )
    if not dedup:
        return rows.with_columns(
            pl.lit(None, pl.String).alias("duplicate_of"),
            pl.col("_own").alias("contested"),
            pl.col("_stands").cast(pl.UInt32).alias("copies"),
            pl.col("_duties").alias("duties"),
        )
    # Rows stand in order of preference, so the first living one of a text speaks for it.
    texts = (
        rows.filter("alive")
        .group_by(TEXT, maintain_order=True)
        .agg(
            pl.col("_at").first().alias("_first"),
            _name.first().alias("_kept"),
            pl.col("_own").first().alias("_lost"),
            pl.col("_stands").sum().cast(pl.UInt32).alias("_copies"),
            pl.col("_duties").filter("_stands").explode(empty_as_null=False, keep_nulls=False).alias("_united"),
        )
        .with_columns(pl.col("_united").list.unique().list.sort())
    )
    first, kept = pl.col("_at") == pl.col("_first"), ~pl.col("contested") & pl.col("alive")
    return (
        rows.join(texts, on=TEXT, how="left", maintain_order="left")
        .with_columns((pl.col("alive") & (pl.col("_own") | pl.col("_lost").fill_null(False))).alias("contested"))
        .with_columns(
            pl.when(kept & ~first).then("_kept").alias("duplicate_of"),
            pl.when(kept & first).then("_copies").otherwise(0).cast(pl.UInt32).alias("copies"),
            pl.when(kept & first).then("_united").otherwise("_duties").alias("duties"),
        )
    )


def contested_by_source(decided: pl.DataFrame) -> pl.DataFrame:
    """The map of contested texts: how many records of `source` have a contrary statement in `contrary_source`.

    Columns: source, contrary_source, records, contested (those of them that it refuses or sends to review).
    """
    return (
        decided.filter(pl.col("alive") & pl.col("contrary_source").is_not_null())
        .group_by("source", "contrary_source")
        .agg(pl.len().cast(pl.Int64).alias("records"), pl.col("contested").sum().cast(pl.Int64).alias("contested"))
        .sort("source", "contrary_source")
    )
