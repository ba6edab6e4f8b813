"""`reinschrift report`: the funnel and what the dataset is made of, on the terminal, as JSON or as one HTML page."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline import commit
from pipeline.commands._funnel import funnel
from pipeline.errors import DONE
from pipeline.papers import report as paper
from pipeline.papers.figures import figures, pairs, ranked
from pipeline.papers.proof import reason_table
from pipeline.papers.words import words
from pipeline.released import Released

MOST = 20


def report(out: Path, html: Path | None = None, as_json: bool = False) -> int:
    """Prints the report, or writes it to `html`. Raises InputError where OUT is no finished release."""
    release = Released(out)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    made = figures(out)
    if as_json:
        console.print(json.dumps(paper.data(release.run, made), ensure_ascii=False))
        if html is None:
            return DONE
    if html is not None:
        said = words(release.run["card"]["language"])
        commit.write_bytes(html, paper.page(release.run, reason_table(out), made, said).encode())
        return DONE
    console.print(funnel(release.run))
    for name in ("license", "duties", "basis", "language", "region", "year"):
        if any(made.by[name]):
            console.print(_table(name, [(value or "none", n) for value, n in ranked(made.by[name])]))
    console.print(_table("evidence that decided", [(" ".join(key), n) for key, n in pairs(made.evidence)]))
    if made.not_understood:
        console.print(_table("statements not understood", ranked(made.not_understood)))
    if made.contested:
        console.print(_table("contested, by pair of sources", [(" / ".join(k), n) for k, n in pairs(made.contested)]))
    if made.copies:
        console.print(_table("copies, by pair of sources", [(" / ".join(k), n) for k, n in pairs(made.copies)]))
    return DONE


def _table(title: str, rows: list[tuple[str, int]]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    for value, records in rows[:MOST]:
        table.add_row(Text(value[:100]), f"{records:,}")
    if len(rows) > MOST:
        table.add_row(Text(f"… and {len(rows) - MOST} more"), f"{sum(n for _, n in rows[MOST:]):,}")
    return table
