"""What every stage is: one question, asked of a batch. `measure` adds columns, drops nothing; `judge` is a verdict."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel

from licenses.model import Policy, Reason

KEEP = "keep"
NO_VERDICT = "internal.no-verdict"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows on their way through the survey: `text` (null where there is none yet) beside all other columns.

    `raw` holds pages and XML that were not extracted. All three have the same height and order.
    """

    frame: pl.DataFrame
    text: pa.LargeStringArray
    raw: pa.LargeBinaryArray

    def filter(self, mask: NDArray[np.bool_]) -> Batch:
        """The rows where `mask` is true, in order."""
        if mask.all():
            return self
        where = pa.array(mask)
        return Batch(self.frame.filter(pl.Series(mask)), self.text.filter(where), self.raw.filter(where))

    def with_columns(self, columns: pl.DataFrame) -> Batch:
        return Batch(self.frame.hstack(columns), self.text, self.raw)

    def with_text(self, text: pa.LargeStringArray) -> Batch:
        return Batch(self.frame, text, self.raw)

    def __len__(self) -> int:
        return self.frame.height


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage may know of the run beside its own options. `as_of` is the run's only clock (ISO date)."""

    policy: Policy
    as_of: str
    source: str = ""
    source_options: Any = None  # the source's block of the config
    licenses: Any = None  # the registry with the config's own licences
    repeated: Path | None = None  # folder of the lines that repeat in the corpus; None outside a run
    overrides: Any = None  # (source, id, evidence digest) → what a person decided on a record in review


class Stage(Protocol):
    """One question about a record. The module name is the YAML name; the class is called `Stage`.

    `facts` names the columns that `measure` adds, with their polars types: they are stored in the ledger's facts.
    A stage is deterministic, row by row: its answer never depends on the batch it came in. One whose class also has
    `pool(facts) -> facts` (same rows and order) is judged in gather, on facts pooled by its `<name>_publisher`.
    `tally(facts) -> {name: count}`, where a class has it, is summed over the corpus into run.json's `measured`.
    A stage whose `cuts` is a word or two on what it leaves out, not None, has a further column `cut` in the answer of
    `measure` (pipeline.cuts.SPANS: ascending spans of code points of the text it was shown; null: nothing). What it
    keeps goes on without them: later stages, fingerprints, signatures and lengths are of the text as it will stand.
    """

    Options: ClassVar[type[BaseModel]]
    reasons: ClassVar[Sequence[Reason]]
    facts: ClassVar[dict[str, Any]]
    corpus: ClassVar[bool]  # True: judged in gather, over the whole corpus, after every record stage

    def __init__(self, options: Any, context: Context) -> None: ...

    def measure(self, batch: Batch) -> pl.DataFrame:
        """The columns of `facts`, one row a row of the batch, in order."""
        ...

    def judge(self) -> pl.Expr:
        """`keep` or a reason code for every row; anything else, null included, is refused as internal.no-verdict."""
        ...


def find(name: str) -> type[Stage]:
    """The stage of this YAML name. Raises KeyError for a name that is not a module of `pipeline.stages`."""
    if not name.isidentifier() or name.startswith("_"):
        raise KeyError(name)
    try:
        module = importlib.import_module(f"pipeline.stages.{name}")
    except ModuleNotFoundError as missing:
        if missing.name == f"pipeline.stages.{name}":
            raise KeyError(name) from None
        raise
    stage: type[Stage] = module.Stage
    return stage
