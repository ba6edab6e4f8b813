"""`reinschrift diff`: which records changed their verdict between two releases, by reason."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from pipeline.errors import DONE
from pipeline.released import Released

EXAMPLES = 5


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
    """Columns before, after (reason codes; `absent` where the release has no such record), records, examples."""
    one, two = (_verdicts(release) for release in (first, second))
    both = one.join(two, on=["source", "id"], how="full", coalesce=True, suffix="_after").with_columns(
        pl.col("reason", "reason_after").fill_null("absent")
    )
    return (
        both.filter(pl.col("reason") != pl.col("reason_after"))
        .sort("source", "id")
        .group_by(pl.col("reason").alias("before"), pl.col("reason_after").alias("after"), maintain_order=True)
        .agg(pl.len().alias("records"), pl.concat_str("source", pl.lit(":"), "id").head(EXAMPLES).alias("examples"))
        .sort("records", "before", "after", descending=[True, False, False])
    )


def _verdicts(release: Released) -> pl.DataFrame:
    frames = list(release.batches("decisions", ["source", "id", "reason"]))
    empty = pl.DataFrame(schema={"source": pl.String, "id": pl.String, "reason": pl.String})
    return pl.concat(frames).unique(["source", "id", "reason"], keep="first") if frames else empty
