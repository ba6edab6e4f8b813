"""reasons/reasons.parquet: every reason code with its sentence, its decision and how many records it met."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from licenses.model import Reason
from pipeline.papers.figures import Figures
from pipeline.record import REASONS
from pipeline.writer import write_parquet


def totals(run: Mapping[str, Any]) -> dict[str, int]:
    """Records by reason over all sources, as run.json counts them."""
    found: dict[str, int] = {"keep": 0}
    for source in run["sources"].values():
        found["keep"] += source["kept"]
        for reason, records in (source["review"] | source["refused"]).items():
            found[reason] = found.get(reason, 0) + records
    return found


def write(table: Mapping[str, Reason], made: Figures, folder: Path) -> None:
    """Writes the table, codes in order."""
    (folder / "reasons").mkdir(exist_ok=True)
    records = made.reasons
    rows = [
        {"code": code, "decision": reason.decision, "sentence": reason.sentence, "records": records[code]}
        for code, reason in sorted(table.items())
    ]
    write_parquet(folder / "reasons/reasons.parquet", [pa.Table.from_pylist(rows, REASONS)], REASONS, rows=10_000)
