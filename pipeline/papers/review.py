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
            columns = [*SHOWN, "decision", "evidence"]
            for batch in pq.ParquetFile(path).iter_batches(batch_size=4096, columns=columns):
                for row in batch.filter(pc.equal(batch.column("decision"), "review")).to_pylist():
                    file.write((json.dumps(entry(row), ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass"))


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
