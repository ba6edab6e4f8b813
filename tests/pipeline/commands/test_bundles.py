"""A question that is asked once for each distinct row gives every row its own answer, whatever the rows are."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.commands import _bundles
from pipeline.record import DECISIONS
from pipeline.released import Released
from pipeline.writer import write_parquet

words = st.none() | st.sampled_from(["", "a", "b", "ab"])
receipts = st.none() | st.lists(st.fixed_dictionaries({"statement": words, "scope": words}), max_size=3)
ledgers = st.lists(st.fixed_dictionaries({"reason": words, "rule": words, "evidence": receipts}), max_size=20)


@settings(deadline=None, max_examples=50)
@given(rows=ledgers, group=st.integers(1, 7), capacity=st.sampled_from([1, 1_000]))
def test_every_row_has_the_answer_to_itself(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], group: int, capacity: int
) -> None:
    out = tmp_path_factory.mktemp("bundles")
    (out / "decisions").mkdir()
    (out / "run.json").write_text("{}")
    named = [{"id": str(number), **row} for number, row in enumerate(rows)]
    path = out / "decisions/decisions-00000-of-00001.parquet"
    write_parquet(path, [pa.Table.from_pylist(named, DECISIONS)], DECISIONS, rows=group)

    def ask(row: dict[str, Any]) -> str:
        return json.dumps([row["reason"], row["rule"], row["evidence"]], sort_keys=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bundles, "CAPACITY", capacity)
        asked = _bundles.Asked(Released(out), ["reason", "rule"], {"evidence": ["statement", "scope"]}, ask)
    codes = [number for file in asked.codes for number in file.tolist()]
    assert [asked.answers[number] for number in codes] == [ask(row) for row in rows]
    assert [asked.records[number] for number in range(len(asked.answers))] == [
        codes.count(number) for number in range(len(asked.answers))
    ]
    wanted = ask(rows[0]) if rows else ""
    told = [id_ for frame in asked.rows(Released(out), ["id"], lambda answer: answer == wanted) for id_ in frame["id"]]
    assert told == [str(number) for number, row in enumerate(rows) if ask(row) == wanted]
