"""The stage `dedup`: what it takes, what it stores of a text, and what it says of gather's findings."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from licenses.model import Policy
from pipeline import near
from pipeline.stage import NO_VERDICT, Batch, Context, find
from pipeline.stages.dedup import Stage


def stage(contested: Any = "refuse", **options: Any) -> Stage:
    return Stage(Stage.Options(**options), Context(Policy(contested=contested), "2026-01-01"))


def batch(texts: list[str | None]) -> Batch:
    frame = pl.DataFrame({"row": range(len(texts))}, schema={"row": pl.Int64})
    return Batch(frame, pa.array(texts, pa.large_string()), pa.nulls(len(texts), pa.large_binary()))


def test_is_found_by_its_name_and_judged_over_the_corpus() -> None:
    assert find("dedup").corpus
    assert {r.code: r.decision for r in Stage.reasons}["contested.review"] == "review"


@pytest.mark.parametrize(
    "wrong", [{"near": 0.3}, {"near": 1.1}, {"near": float("nan")}, {"prefer": ["convenient"]}, {"nearr": 0.8}]
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Stage.Options.model_validate(wrong)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=200)), max_size=8), st.integers(1, 4))
def test_facts_do_not_depend_on_the_batch(texts: list[str | None], size: int) -> None:
    asked = stage(near=0.8)
    whole = asked.measure(batch(texts))
    assert whole.height == len(texts)
    assert dict(whole.schema) == near.FACTS == asked.facts
    parts = [asked.measure(batch(texts[n : n + size])) for n in range(0, len(texts), size)]
    assert pl.concat([whole.clear(), *parts]).equals(whole)


def test_without_near_nothing_is_stored() -> None:
    assert stage().measure(batch(["a"])).width == 0
    assert stage().facts == {}


@pytest.mark.parametrize(("contested", "code"), [("refuse", "contested.refused"), ("review", "contested.review")])
def test_verdicts(contested: str, code: str) -> None:
    rows = [
        (False, None, False, "keep"),
        (False, "s:a", False, "duplicate.exact"),
        (False, "s:a", True, "duplicate.near"),
        (True, None, False, code),
        (True, "s:a", True, code),
        (None, None, None, NO_VERDICT),
    ]
    frame = pl.DataFrame(
        [row[:3] for row in rows],
        schema={"contested": pl.Boolean, "duplicate_of": pl.String, "near_copy": pl.Boolean},
        orient="row",
    )
    answer = frame.select(stage(contested).judge().fill_null(NO_VERDICT)).to_series().to_list()
    assert answer == [row[3] for row in rows]
    assert {code for code in answer if code != NO_VERDICT} <= {"keep", *(r.code for r in Stage.reasons)}
