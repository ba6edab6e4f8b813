"""Any filter of datatrove, by its class name in datatrove's own list. Row by row through Documents: slow."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Sequence
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from licenses.model import Reason
from pipeline.stage import KEEP, Batch, Context

MODULE = "datatrove.pipeline.filters"


def names() -> list[str]:
    """The filters that datatrove offers here (some need packages that are not installed)."""
    package = importlib.import_module(MODULE)
    base = importlib.import_module(f"{MODULE}.base_filter").BaseFilter
    return sorted(n for n, c in vars(package).items() if inspect.isclass(c) and issubclass(c, base) and c is not base)


class Stage:
    """Asks one of datatrove's filters. Its own reason goes to the facts; ours says which filter refused."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        filter: str = Field(description="Name of a filter, like GopherQualityFilter.")
        arguments: dict[str, Any] = Field(default_factory=dict, description="Its arguments.")

        @field_validator("filter")
        @classmethod
        def _known(cls, name: str) -> str:
            if not name.isidentifier() or name not in names():
                raise ValueError(f"must be one of {', '.join(names())}")
            return name

    reasons: ClassVar[Sequence[Reason]] = (
        Reason("datatrove.refused", "refuse", "The datatrove filter that the configuration names refused the text."),
        Reason("datatrove.failed", "refuse", "The datatrove filter that the configuration names failed on the text."),
    )
    facts: ClassVar[dict[str, Any]] = {"datatrove_verdict": pl.String, "datatrove_said": pl.String}
    corpus: ClassVar[bool] = False

    def __init__(self, options: Options, context: Context) -> None:
        self._filter = getattr(importlib.import_module(MODULE), options.filter)(**options.arguments)

    def measure(self, batch: Batch) -> pl.DataFrame:
        from datatrove.data import Document

        rows: list[tuple[str, str | None]] = []
        for text, meta in zip(
            batch.text, batch.frame.select("id", "url", "title", "author").iter_rows(named=True), strict=True
        ):
            document = Document(text=text.as_py(), id=meta["id"] or "", metadata={k: v for k, v in meta.items() if v})
            try:
                answer = self._filter.filter(document)
            except MemoryError:
                raise
            except Exception as error:  # a filter's failure costs this record, not the run
                rows.append(("datatrove.failed", type(error).__name__))
                continue
            passed, said = answer if isinstance(answer, tuple) else (answer, None)
            rows.append(
                (
                    KEEP if passed is True or _true(passed) else "datatrove.refused",
                    None if said is None else str(said)[:300],
                )
            )
        return pl.DataFrame(rows, schema=self.facts, orient="row")

    def judge(self) -> pl.Expr:
        return pl.col("datatrove_verdict")


def _true(value: Any) -> bool:
    """numpy's true counts; null and anything else do not."""
    return type(value).__name__ in ("bool", "bool_") and bool(value)
