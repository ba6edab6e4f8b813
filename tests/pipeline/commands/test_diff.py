"""Which records changed their verdict: counted row by row, in memory that does not grow with the ledger."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.commands import diff
from pipeline.record import DECISIONS
from pipeline.released import Released
from pipeline.writer import write_parquet

REASONS = ("keep", "license.missing", "input.duplicate-id", "length.too-short")
ledgers = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from(REASONS)), max_size=12)


def ledger(folder: Path, rows: list[tuple[str, str, str]]) -> Released:
    """A release that has a ledger and nothing else."""
    (folder / "decisions").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    named = [{"source": source, "id": id_, "reason": reason} for source, id_, reason in rows]
    table = pa.Table.from_pylist(named, DECISIONS)
    write_parquet(folder / "decisions/decisions-00000-of-00001.parquet", [table], DECISIONS, rows=5)
    return Released(folder)


def counted(one: list[tuple[str, str, str]], two: list[tuple[str, str, str]]) -> Counter[tuple[str, str]]:
    """What a person would count: the n-th row of an id beside the n-th row of it."""
    sides: list[dict[Any, str]] = []
    for rows in (one, two):
        seen: Counter[tuple[str, str]] = Counter()
        found = {}
        for source, id_, reason in rows:
            found[source, id_, seen[source, id_]] = reason
            seen[source, id_] += 1
        sides.append(found)
    pairs = [(sides[0].get(key, "absent"), sides[1].get(key, "absent")) for key in {**sides[0], **sides[1]}]
    return Counter(pair for pair in pairs if pair[0] != pair[1])


@settings(deadline=None, max_examples=40)
@given(one=ledgers, two=ledgers, passes=st.sampled_from([1_000, 3]))
def test_every_row_is_compared_with_its_own_whatever_the_number_of_passes(
    tmp_path_factory: pytest.TempPathFactory, one: list[Any], two: list[Any], passes: int
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diff, "MOST", passes)
        table = diff.changed(ledger(folder / "one", one), ledger(folder / "two", two))
    assert {(row["before"], row["after"]): row["records"] for row in table.to_dicts()} == counted(one, two)
    keys = {f"{source}:{id_}" for source, id_, _ in one + two}
    for row in table.to_dicts():
        assert set(row["examples"]) <= keys and 0 < len(row["examples"]) <= diff.EXAMPLES
    assert table.schema["records"] == pl.Int64
