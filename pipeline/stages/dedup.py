"""Does this text stand in the corpus already, whole or nearly, and does anyone contradict its licence?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from licenses.model import Reason
from pipeline import near
from pipeline.duplicates import PREFER, Preference
from pipeline.kernels.signature import sketches_of_text
from pipeline.stage import KEEP, Batch, Context

CONTESTED = {"refuse": "contested.refused", "review": "contested.review"}


class Stage:
    """Keeps every text once, in its best copy. A corpus stage: gather decides, this measures what it needs to."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        near: float | None = Field(
            default=None,
            ge=0.6,
            le=1.0,
            description="Texts whose five-word windows overlap at least so much (Jaccard similarity) count as copies; "
            "without it only equal texts do. Pairs at 0.8 are found with a chance of 0.998, at 0.7 of 0.92.",
        )
        prefer: tuple[Preference, ...] = Field(
            default=PREFER, description="Which copy stays, first criterion first; the last tie is decided by the id."
        )
        against: tuple[str, ...] = Field(
            default=(),
            description="Releases or indexes (folders) whose texts count as kept already; needs `near`.",
        )

        def files(self) -> tuple[str, ...]:
            """What else decides: another content is another job."""
            found: list[str] = []
            for place in self.against:
                heads = [Path(place, name) for name in ("index.json", "index/index.json", "run.json")]
                data = [f"{place}/data/**/*.parquet"] if any(Path(place, "data").rglob("*.parquet")) else []
                found += [str(head) for head in heads if head.is_file()] + data or [place]
            return tuple(found)

        @model_validator(mode="after")
        def _compared(self) -> Stage.Options:
            if self.against and self.near is None:
                raise ValueError("against: needs near; near: 1.0 takes only texts with the same words")
            return self

    reasons: ClassVar[Sequence[Reason]] = (
        Reason("duplicate.exact", "refuse", "The same text is kept from another record, which `duplicate_of` names."),
        Reason(
            "duplicate.near", "refuse", "Nearly the same text is kept from another record, named in `duplicate_of`."
        ),
        Reason("duplicate.released", "refuse", "The text, or nearly the same, stands in an earlier release."),
        Reason(
            "duplicate.protected", "refuse", "The text, or nearly the same, is on an index of works to be left out."
        ),
        Reason("contested.refused", "refuse", "The same text stands elsewhere under a statement that denies the use."),
        Reason("contested.review", "review", "The same text stands elsewhere under a statement that denies the use."),
    )
    facts: ClassVar[dict[str, Any]] = {}
    corpus: ClassVar[bool] = True

    def __init__(self, options: Options, context: Context) -> None:
        self._options = options
        self._contested = CONTESTED[context.policy.contested]
        if options.near is not None:
            self.facts = near.FACTS  # type: ignore[misc]  # what is stored depends on what was asked

    def measure(self, batch: Batch) -> pl.DataFrame:
        """Without `near` nothing: every text's fingerprint is taken anyway. With it the columns near.FACTS."""
        if self._options.near is None:
            return pl.DataFrame()
        found = sketches_of_text(batch.text)
        columns = {name: found.bands[band] for band, name in enumerate(near.BAND_COLUMNS)}
        sketch = np.ascontiguousarray(found.sketch)
        return pl.DataFrame(
            {"near_windows": found.windows, **columns, "near_sketch": [row.tobytes() for row in sketch]},
            schema=near.FACTS,
        )

    def judge(self) -> pl.Expr:
        """Over what gather found: `contested`, `duplicate_of`, and `near_copy` for copies that are not equal."""
        return (
            pl.when("contested")
            .then(pl.lit(self._contested))
            .when(pl.col("duplicate_of").is_not_null() & pl.col("near_copy"))
            .then(pl.lit("duplicate.near"))
            .when(pl.col("duplicate_of").is_not_null())
            .then(pl.lit("duplicate.exact"))
            .when(~pl.col("contested"))
            .then(pl.lit(KEEP))
        )
