"""review/: what a person must decide, with its evidence, in the form in which the answers come back as overrides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from licenses.model import Reason
from pipeline import commit
from pipeline.overrides import evidence_digest
from pipeline.papers.figures import Figures, ranked
from pipeline.papers.markdown import code, sentence, table
from pipeline.papers.words import Words

SHOWN = ("source", "id", "url", "locator", "reason", "family", "members", "rule")


def write(folder: Path, made: Figures, reasons: Mapping[str, Reason], words: Words) -> None:
    """`review/review.jsonl`, one record a line; `answer`, `by`, `date` and `because` are for the person to fill in.

    `review/README.md` says so, where there is anything to decide.
    """
    (folder / "review").mkdir(exist_ok=True)
    if made.decisions["review"]:
        commit.write_bytes(folder / "review/README.md", _manual(made, reasons, words).encode())
    with commit.replacing(folder / "review/review.jsonl") as file:
        for path in sorted((folder / "decisions").glob("*.parquet")):
            with pq.ParquetFile(path) as table:
                for group in _groups(table):
                    for batch in table.iter_batches(4096, [group], [*SHOWN, "decision", "evidence"]):
                        for row in batch.filter(pc.equal(batch.column("decision"), "review")).to_pylist():
                            line = json.dumps(entry(row), ensure_ascii=False) + "\n"
                            file.write(line.encode("utf-8", "surrogatepass"))


def _manual(made: Figures, reasons: Mapping[str, Reason], words: Words) -> str:
    waiting = [(reasons[reason], records) for reason, records in ranked(made.reasons)]
    rows = [
        (code(reason.code), sentence(words.reason(reason.code, reason.sentence)), words.number(records))
        for reason, records in waiting
        if reason.decision == "review"
    ]
    parts = [
        f"# {words('review/title')}",
        words("review/lead", records=made.decisions["review"]),
        words("review/how"),
        table((words("reason"), words("meaning"), words("records")), rows, right=(2,)),
    ]
    return "\n\n".join(parts) + "\n"


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
