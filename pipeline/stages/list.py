"""Is the record on a list of what to let in, or of what to keep out?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from licenses.model import Reason
from pipeline import lists
from pipeline.errors import InputError
from pipeline.stage import KEEP, Batch, Context


class Stage:
    """Allows or denies records by host, URL, id, author or fingerprint, from a dated file."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        allow: str | None = Field(default=None, description="A list: only records on it pass.")
        deny: str | None = Field(default=None, description="A list: records on it are refused.")

        def files(self) -> tuple[str, ...]:
            """What else decides: another content is another job."""
            return tuple(path for path in (self.allow, self.deny) if path)

        @model_validator(mode="after")
        def _one(self) -> Self:
            if (self.allow is None) == (self.deny is None):
                raise ValueError("needs either `allow` or `deny`")
            return self

    reasons: ClassVar[Sequence[Reason]] = (
        Reason("list.denied", "refuse", "The record stands on a list of what is to be kept out."),
        Reason("list.not-allowed", "refuse", "The record does not stand on the list of what may be let in."),
    )
    facts: ClassVar[dict[str, Any]] = {"list_verdict": pl.String}
    corpus: ClassVar[bool] = False
    names: ClassVar[bool] = True  # records, by their line too: survey has to know it

    def __init__(self, options: Options, context: Context) -> None:
        path = options.allow or options.deny or ""
        self._listed = lists.load([path])
        if not self._listed.dated:
            raise InputError(f"{path}: states no day; begin it with a comment like «# as of 2026-11-24»")
        self._allow, self._source = options.allow is not None, context.source

    def measure(self, batch: Batch) -> pl.DataFrame:
        frame = batch.frame.with_columns(pl.lit(self._source).alias("source"), _id())
        hit = self._listed.matches()
        yes, no = ("list.not-allowed", KEEP) if self._allow else (KEEP, "list.denied")
        return frame.select(pl.when(hit).then(pl.lit(no)).otherwise(pl.lit(yes)).alias("list_verdict"))

    def judge(self) -> pl.Expr:
        return pl.col("list_verdict")


def _id() -> pl.Expr:
    return pl.coalesce("id", "url", pl.concat_str("file", pl.lit("#"), pl.col("row").cast(pl.String))).alias("id")
