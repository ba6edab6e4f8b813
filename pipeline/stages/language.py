"""Which language is the text in, in which parts, and is it one that was asked for?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import langcodes
import polars as pl
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, field_validator

from licenses.model import Reason
from pipeline.cuts import SPAN, SPANS, without
from pipeline.kernels import foreign
from pipeline.kernels import identify as kernel
from pipeline.kernels.identify import NO_LANGUAGE, SEVERAL, UNDETERMINED, Identified
from pipeline.stage import KEEP, Batch, Context

# What a wanted tag includes beside itself: the members of a macrolanguage (ISO 639-3) that are told apart here.
INCLUDES = {
    "no": ("nb", "nn"),
    "sh": ("hr", "bs", "sr", "cnr"),
    "zh": ("yue", "wuu"),
    "ar": ("arz", "ary"),
    "ku": ("sdh",),
}
CLOSE = "sh"  # Croatian, Bosnian or Serbian, which one is open


def identify(text: str) -> tuple[str, float, list[tuple[str, float]]]:
    """The BCP 47 tag of one text (`und`, `zxx`, `mul` are answers too), its score 0 to 1, the shares of its parts."""
    found = kernel.identify(pa.array([text], pa.large_string()))
    return str(found.tag[0]), round(float(found.score[0]), 6), found.shares[0]


class Stage:
    """Keeps texts whose main language is listed; facts: language (BCP 47), its score, the shares of its parts, and in a
    sample whether the second detector agreed (it decides nothing there).

    With `foreign: cut` stretches that are surely in other languages are left out, of texts that have their `min_share`
    before; the facts are then of the text as it will stand.
    """

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        languages: list[str] = Field(min_length=1, description="Wanted languages, BCP 47; `no` includes nb and nn.")
        min_confidence: float = Field(default=0.9, ge=0, le=1, description="Least score of the main language.")
        min_share: float = Field(
            default=0.8, gt=0, le=1, description="Least share of the wanted languages in the text."
        )
        mode: Literal["normal", "strict"] = Field(
            default="normal", description="`strict`: the second detector must agree on every text."
        )
        foreign: Literal["keep", "cut"] = Field(
            default="keep", description="`cut`: leave out paragraphs in other languages, and say so in the credit."
        )
        sources: dict[str, list[str]] = Field(
            default_factory=dict, description="Other wanted languages for a source: its name and the list."
        )

        @field_validator("languages", "sources")
        @classmethod
        def _parsed(cls, value: Any) -> Any:
            for tags in value.values() if isinstance(value, dict) else (value,):
                cls._languages(tags)
            return value

        @staticmethod
        def _languages(value: list[str]) -> None:
            if not value:
                raise ValueError("at least one language is needed")
            for tag in value:
                if not langcodes.tag_is_valid(tag):
                    raise ValueError(f"{tag!r} is not a language in BCP 47")
                parsed = langcodes.get(tag, normalize=False)
                if parsed.territory is not None:
                    raise ValueError(
                        f"{tag!r} names a region: list {parsed.language!r} here and {tag!r} in stage region"
                    )
                if parsed.language in (None, UNDETERMINED, NO_LANGUAGE, SEVERAL):
                    raise ValueError(f"{tag!r} is no language that a text can be wanted in")

    reasons: ClassVar[Sequence[Reason]] = (
        Reason("language.undetermined", "refuse", "No language could be told: too short, or not running text."),
        Reason("language.other", "refuse", "The text is in another language than the configuration asks for."),
        Reason("language.close", "review", "Croatian, Bosnian or Serbian: too little in the text says which."),
        Reason("language.low-confidence", "refuse", "The language was found with less confidence than asked for."),
        Reason("language.mixed", "refuse", "Too small a share of the text is in the languages asked for."),
    )
    facts: ClassVar[dict[str, Any]] = {
        "language": pl.String,
        "language_score": pl.Float64,
        "language_parts": pl.List(pl.Struct({"language": pl.String, "share": pl.Float64})),
        "language_checked": pl.Boolean,
    }
    corpus: ClassVar[bool] = False

    def __init__(self, options: Options, context: Context) -> None:
        self._options = options
        listed = options.sources.get(context.source, options.languages)
        asked = {langcodes.get(tag, normalize=False).language or UNDETERMINED for tag in listed}
        self._wanted = sorted({name for tag in asked for name in (tag, *INCLUDES.get(tag, ()))})
        self.cuts = "paragraphs in other languages" if options.foreign == "cut" else None

    def measure(self, batch: Batch) -> pl.DataFrame:
        strict = self._options.mode == "strict"
        found = kernel.identify(batch.text, strict=strict)
        if self.cuts is None:
            return self._facts(found)
        spans = self._spans(batch.text, found)
        facts = self._facts(found)
        some = [at for at, one in enumerate(spans) if one]
        if some:
            texts = batch.text.take(pa.array(some)).to_pylist()
            left = [without(text, [(a, z, "") for a, z in spans[at]]) for at, text in zip(some, texts, strict=True)]
            again = self._facts(kernel.identify(pa.array(left, pa.large_string()), strict=strict))
            rows = pl.Series("at", range(facts.height), pl.Int64)
            facts = (
                facts.with_columns(rows)
                .update(again.with_columns(pl.Series("at", some, pl.Int64)), on="at", include_nulls=True)
                .drop("at")
            )
        column = [[{"start": a, "stop": z} for a, z in one] for one in spans]
        return facts.with_columns(pl.Series(SPAN, column, SPANS))

    def _spans(self, text: pa.LargeStringArray, found: Identified) -> list[list[tuple[int, int]]]:
        """What to leave out of every text: nothing where it is in one language, or too little in those asked for."""
        stay = [*self._wanted, CLOSE] if any(name in self._wanted for name in INCLUDES[CLOSE]) else self._wanted
        spans: list[list[tuple[int, int]]] = []
        for at, shares in enumerate(found.shares):
            wanted = sum(share for tag, share in shares if tag in self._wanted)
            some = self._options.min_share <= wanted and any(tag not in stay for tag, _ in shares)
            spans.append(foreign.spans(text[at].as_py() or "", stay) if some else [])
        return spans

    def _facts(self, found: Identified) -> pl.DataFrame:
        parts = [[{"language": tag, "share": round(share, 4)} for tag, share in row] for row in found.shares]
        return pl.DataFrame(
            {
                "language": found.tag.tolist(),
                "language_score": found.score.round(6),
                "language_parts": parts,
                "language_checked": found.checked,
            },
            schema=self.facts,
        )

    @staticmethod
    def tally(facts: pl.DataFrame) -> dict[str, int]:
        """How many texts the second detector was asked about although the first was sure, and of how many it said
        another language: for the card. In `mode: strict` that is all of them."""
        checked = facts.get_column("language_checked").drop_nulls()
        return {"checked": len(checked), "disagreed": int((~checked).sum())}

    def judge(self) -> pl.Expr:
        language, score, options = pl.col("language"), pl.col("language_score"), self._options
        part = pl.element()
        share = (
            pl.col("language_parts")
            .list.eval(
                pl.when(part.struct.field("language").is_in(self._wanted))
                .then(part.struct.field("share"))
                .otherwise(0.0)
            )
            .list.sum()
        )
        close = language.eq(CLOSE) & any(name in self._wanted for name in INCLUDES[CLOSE])
        here = language.is_in(self._wanted)
        return (
            pl.when(language.is_in([UNDETERMINED, NO_LANGUAGE]))
            .then(pl.lit("language.undetermined"))
            .when(close & ~here)
            .then(pl.lit("language.close"))
            .when(~here & language.ne(SEVERAL))
            .then(pl.lit("language.other"))
            .when(share < options.min_share)
            .then(pl.lit("language.mixed"))
            .when(score < options.min_confidence)
            .then(pl.lit("language.low-confidence"))
            .when((here | language.eq(SEVERAL)) & share.is_not_nan() & score.is_between(options.min_confidence, 1.0))
            .then(pl.lit(KEEP))
        )
