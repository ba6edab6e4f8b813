"""review/: what a person must decide, with its evidence, in the form in which the answers come back as overrides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import commit
from pipeline.overrides import evidence_digest

SHOWN = ("source", "id", "url", "locator", "reason", "family", "members", "rule")


def write(folder: Path) -> None:
    """`review/review.jsonl`, one record a line; `answer`, `by`, `date` and `because` are for the person to fill in."""
    (folder / "review").mkdir(exist_ok=True)
    with commit.replacing(folder / "review/review.jsonl") as file:
        for path in sorted((folder / "decisions").glob("*.parquet")):
            with pq.ParquetFile(path) as table:
                for group in _groups(table):
                    for batch in table.iter_batches(4096, [group], [*SHOWN, "decision", "evidence"]):
                        for row in batch.filter(pc.equal(batch.column("decision"), "review")).to_pylist():
                            line = json.dumps(entry(row), ensure_ascii=False) + "\n"
                            file.write(line.encode("utf-8", "surrogatepass"))


def _groups(table: pq.ParquetFile) -> list[int]:
    """The row groups that have a record in review: the evidence of all others is costly to read and not wanted."""
    return [
        group
        for group in range(table.num_row_groups)
        if "review" in table.read_row_group(group, ["decision"]).column("decision").unique().to_pylist()
    ]


def entry(row: dict[str, Any]) -> dict[str, Any]:
    evidence = [{k: v for k, v in item.items() if v is not None} for item in row["evidence"] or []]
    return {
        **{name: row[name] for name in SHOWN},
        "evidence": evidence,
        "evidence_digest": evidence_digest(evidence),
        "license": None,
        "answer": None,
        "by": "",
        "date": "",
        "because": "",
    }
