"""`run --dry-run`: a first look: 1,000 records a source, the funnel, the statements, not understood first."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.table import Table
from rich.text import Text

from pipeline import runner
from pipeline.commands._funnel import console, funnel
from pipeline.commands._progress import Progress
from pipeline.config import Config
from pipeline.engines import Inline
from pipeline.errors import DONE

RECORDS = 1000
SHOWN = 40
WIDTH = 90


def dry_run(config: Config) -> int:
    """Prints the funnel and the statements of a sample; writes nothing but into a temporary folder that goes away."""
    terminal = console()
    with tempfile.TemporaryDirectory(prefix="reinschrift-") as folder:
        out = Path(folder) / "sample"
        output = config.output.model_copy(update={"path": str(out)})
        outcome = runner.run(_with_output(config, output), limit=RECORDS, engine=Inline(), progress=Progress())
        terminal.print(funnel(outcome.run))
        terminal.print(statements(out))
    terminal.print(f"a sample of at most {RECORDS:,} records a source; nothing was written", soft_wrap=True)
    return DONE


def _with_output(config: Config, output: object) -> Config:
    return replace(config, output=output)  # type: ignore[arg-type]


def statements(out: Path) -> Table:
    """Distinct statements by number of records; those that were not understood stand first."""
    counts: Counter[tuple[bool, str, str]] = Counter()
    for path in sorted((out / "decisions").glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=4096, columns=["evidence"]):
            for evidence in batch.column("evidence").to_pylist():
                counts.update({_read(item) for item in evidence or ()})  # a record counts once, wherever it says it
    table = Table(title="statements, not understood first", title_justify="left")
    table.add_column("records", justify="right")
    table.add_column("statement")
    table.add_column("understood as")
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], *item[0][1:]))
    for (understood, statement, meaning), records in ordered[:SHOWN]:
        shown = json.dumps(statement, ensure_ascii=False)[1:-1]
        table.add_row(
            f"{records:,}", Text(shown[:WIDTH] + "…" * (len(shown) > WIDTH)), Text(meaning if understood else "—")
        )
    if len(ordered) > SHOWN:
        table.add_row("", f"and {len(ordered) - SHOWN:,} more", "")
    return table


def _read(item: Mapping[str, Any]) -> tuple[bool, str, str]:
    members = item["members"] or []
    return bool(members), item["statement"], _meaning(members)


def _meaning(members: list[str]) -> str:
    return members[0] if len(members) == 1 else f"{members[0]} … {members[-1]} ({len(members)})" if members else ""
