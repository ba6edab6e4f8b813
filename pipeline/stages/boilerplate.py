"""How much of the text stands in many records of its host: menus, cookie notices, footers; and does it stay?"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from licenses.model import Reason
from licenses.rights_words import DENIAL_WORDS, RIGHTS_WORDS
from pipeline import boilerplate
from pipeline.cuts import SPAN
from pipeline.stage import KEEP, Batch, Context

# A line with one of these may be a notice or a name that a licence asks to keep with the text.
_RIGHTS = re.compile(
    r"©|\(c\)|copyright|autor|author|auteur|urheber|verfasser|herausgeber|editor|"
    + "|".join(re.escape(word) for word in (*RIGHTS_WORDS, *DENIAL_WORDS)),
    re.IGNORECASE,
)


class Stage:
    """Counts the characters that stand in repeated lines; `lines: cut` leaves them out. It refuses nothing itself.

    What is repeated is counted before survey, over the records of each host whose rights were kept. A line that speaks
    of rights or authors is left out only where the receipt quotes all of it, or the credit could lose it.
    """

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        lines: Literal["record", "cut"] = Field(
            default="record", description="`cut`: leave repeated lines out, and say so in the credit."
        )
        min_records: int = Field(
            default=10, ge=2, description="A line is repeated if it stands in at least so many records of its host,"
        )
        min_share: float = Field(default=0.2, gt=0, le=1, description="and in at least this share of them.")

    reasons: ClassVar[Sequence[Reason]] = ()
    facts: ClassVar[dict[str, Any]] = {"repeated": pl.Int64}
    corpus: ClassVar[bool] = False
    counts_lines: ClassVar[bool] = True

    def __init__(self, options: Options, context: Context) -> None:
        self._folder: Path | None = context.repeated
        self._known: boilerplate.Known | None = None
        self.cuts = "lines that stand in many records of the site" if options.lines == "cut" else None

    def measure(self, batch: Batch) -> pl.DataFrame:
        """Column `repeated`: characters in such lines; null for a record without a host, which has no neighbours."""
        if self._folder is None:
            raise ValueError("boilerplate: lines have to be counted over the whole corpus first")
        if self._known is None:
            self._known = boilerplate.Known(sorted(self._folder.glob("*.arrow")))
        host, text = boilerplate.hosts(batch.frame.get_column("url")), pl.Series(batch.text, dtype=pl.String)
        found = boilerplate.repeated(host, text, self._known)
        sums = found.group_by("row").agg((pl.col("stop") - pl.col("start")).sum().alias("repeated"))
        facts = (
            pl.DataFrame({"host": host})
            .with_row_index("row")
            .join(sums, on="row", how="left", maintain_order="left")
            .select(pl.when(pl.col("host").is_not_null()).then(pl.col("repeated").fill_null(0)).cast(pl.Int64))
        )
        if self.cuts is None:
            return facts
        return facts.with_columns(boilerplate.spans(self._free(found, batch.frame), len(batch)).alias(SPAN))

    @staticmethod
    def _free(found: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
        """Without the lines that the credit may need and the receipt does not quote."""
        distinct = found.select("bare").unique()
        found_in = [bool(_RIGHTS.search(bare)) for bare in distinct.get_column("bare")]
        speaks = distinct.filter(pl.Series(found_in, dtype=pl.Boolean))
        bound = found.with_row_index("n").join(speaks, on="bare", how="semi")
        kept: list[int] = []
        for n, row, bare in bound.select("n", "row", "bare").iter_rows():
            receipt = json.loads(frame.get_column("evidence")[row] or "[]") if "evidence" in frame.columns else []
            quoted = (" ".join((item.get(name) or "").split()) for item in receipt for name in ("statement", "context"))
            if not any(" ".join(bare.split()) in words for words in quoted):
                kept.append(n)
        return found.filter(~pl.int_range(pl.len()).is_in(kept)) if kept else found

    @staticmethod
    def tally(facts: pl.DataFrame) -> dict[str, int]:
        """In how many records repeated lines stand and how many characters that is: for run.json and the report."""
        some = facts.get_column("repeated").fill_null(0)
        return {"records": int((some > 0).sum()), "characters": int(some.sum())}

    def judge(self) -> pl.Expr:
        return pl.lit(KEEP)
