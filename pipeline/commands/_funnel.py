"""The funnel: from read to kept, by reason, as a table in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.papers.reasons import totals

WIDE = 400  # columns where nobody looks at a terminal: no line is broken


def console() -> Console:
    """Where the commands print their tables."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def funnel(run: Mapping[str, Any]) -> Table:
    """From read to kept, by reason; one column a source."""
    sources = run["sources"]
    table = Table(title="from read to kept", title_justify="left")
    table.add_column("", no_wrap=True)
    for name in sources:
        table.add_column(Text(name), justify="right", no_wrap=True)
    table.add_column("all", justify="right")

    def row(label: str, values: list[int], style: str = "") -> None:
        table.add_row(Text(label), *(f"{v:,}" if v else "·" for v in values), f"{sum(values):,}", style=style)

    row("read", [s["read"] for s in sources.values()], "bold")
    for reason, _ in sorted(totals(run).items(), key=lambda item: (-item[1], item[0])):
        if reason != "keep":
            row(f"  {reason}", [s["review"].get(reason, 0) + s["refused"].get(reason, 0) for s in sources.values()])
    row("kept", [s["kept"] for s in sources.values()], "bold")
    row("review", [sum(s["review"].values()) for s in sources.values()])
    return table
