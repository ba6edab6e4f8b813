"""The papers of a release: functions of run.json, the ledger and the data, written into the staging folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from licenses.model import Reason
from pipeline import commit
from pipeline.papers import attribution, card, reasons, review


def render(run: Mapping[str, Any], table: Mapping[str, Reason], folder: Path) -> None:
    """Writes reasons/, review/, ATTRIBUTION, README.md and, last, run.json."""
    reasons.write(run, table, folder)
    review.write(folder)
    attribution.write(folder)
    commit.write_bytes(folder / "README.md", card.card(run, table, folder).encode())
    commit.write_json(folder / "run.json", run)
