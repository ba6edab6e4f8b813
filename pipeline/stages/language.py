"""Which language is the text in, in which parts, and is it one that was asked for?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import langcodes
import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from licenses.model import Reason
from pipeline.kernels import langid
from pipeline.kernels.normalise import buffers
from pipeline.stage import KEEP, Batch, Context

UNDETERMINED, NO_LANGUAGE, SEVERAL = "und", "zxx", "mul"
WIDER = {"no": ("no", "nb", "nn"), "sh": ("hr", "bs", "sr", "cnr", "sh"), "zh": ("zh", "yue", "wuu")}


class Stage:
    """Keeps texts whose main language is listed; facts: language (BCP 47), its score, the shares of its parts."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        languages: list[str] = Field(min_length=1, description="Wanted languages, BCP 47; `no` includes nb and nn.")
        min_confidence: float = Field(default=0.9, ge=0, le=1, description="Least score of the main language.")
        min_share: float = Field(default=0.8, gt=0, le=1, description="Least share of the wanted languages.")

        @field_validator("languages")
        @classmethod
        def _parsed(cls, value: list[str]) -> list[str]:
            for tag in value:
                if not langcodes.tag_is_valid(tag):
                    raise ValueError(f"{tag!r} is not a BCP 47 language")
            return value

    reasons: ClassVar[Sequence[Reason]] = (
        Reason("language.undetermined", "refuse", "No language could be told: too short, or not running text."),
        Reason("language.other", "refuse", "The text is in another language than the configuration asks for."),
        Reason("language.low-confidence", "refuse", "The language was found with less confidence than asked for."),
        Reason("language.mixed", "refuse", "Too small a share of the text is in the languages asked for."),
    )
    facts: ClassVar[dict[str, Any]] = {
        "language": pl.String,
        "language_score": pl.Float64,
        "language_parts": pl.List(pl.Struct({"language": pl.String, "share": pl.Float64})),
    }
    corpus: ClassVar[bool] = False

    def __init__(self, options: Options, context: Context) -> None:
        self._options = options
        wanted = {langcodes.standardize_tag(tag).split("-")[0] for tag in options.languages}
        self._wanted = sorted({name for tag in wanted for name in WIDER.get(tag, (tag,))})

    def measure(self, batch: Batch) -> pl.DataFrame:
        data, offsets = buffers(batch.text.fill_null(""))
        start = np.ascontiguousarray(offsets[:-1])
        stop = np.minimum(offsets[1:], start + 16_384)
        _, whole = langid.classify(data, start, stop, np.arange(len(start) + 1, dtype=np.int64))
        names = np.array([*langid.model().labels, UNDETERMINED], object)[whole.label]
        rows = [[{"language": name, "share": 1.0}] for name in names]
        return pl.DataFrame(
            {"language": names, "language_score": whole.group.astype(np.float64), "language_parts": rows},
            schema=self.facts,
        )

    def judge(self) -> pl.Expr:
        language, options = pl.col("language"), self._options
        return (
            pl.when(language.is_in([UNDETERMINED, NO_LANGUAGE]))
            .then(pl.lit("language.undetermined"))
            .when(~language.is_in(self._wanted))
            .then(pl.lit("language.other"))
            .when(pl.col("language_score") < options.min_confidence)
            .then(pl.lit("language.low-confidence"))
            .when(language.is_in(self._wanted) & (pl.col("language_score") >= options.min_confidence))
            .then(pl.lit(KEEP))
        )
