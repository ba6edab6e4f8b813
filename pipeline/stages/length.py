"""Is the text long enough to learn from, and short enough to be one document?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from licenses.model import Reason
from pipeline.stage import KEEP, Batch, Context


class Stage:
    """Bounds the length of a text in Unicode code points."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        min_characters: int = Field(default=0, ge=0, description="Fewest characters (code points) of a kept text.")
        max_characters: int | None = Field(default=None, ge=1, description="Most characters of a kept text.")

    reasons: ClassVar[Sequence[Reason]] = (
        Reason("length.too-short", "refuse", "The text has fewer characters than the configuration asks for."),
        Reason("length.too-long", "refuse", "The text has more characters than the configuration allows."),
    )
    facts: ClassVar[dict[str, Any]] = {}  # `characters` is measured for every record anyway
    corpus: ClassVar[bool] = False

    def __init__(self, options: Options, context: Context) -> None:
        self._options = options

    def measure(self, batch: Batch) -> pl.DataFrame:
        return pl.DataFrame()

    def judge(self) -> pl.Expr:
        characters, options = pl.col("characters"), self._options
        verdict: Any = pl.when(characters < options.min_characters).then(pl.lit("length.too-short"))
        if options.max_characters is not None:
            verdict = verdict.when(characters > options.max_characters).then(pl.lit("length.too-long"))
        answer: pl.Expr = verdict.when(characters.is_not_null()).then(pl.lit(KEEP))
        return answer
