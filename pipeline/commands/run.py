"""`reinschrift run`: runs or resumes a job, says how far it is, and prints the funnel."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

import pipeline.reader
import pipeline.stage
from pipeline import config as configs
from pipeline import runner
from pipeline.commands import dry_run as dry
from pipeline.errors import DONE, GATE_FAILED
from pipeline.papers.reasons import totals

PHASES = {
    "survey": "survey", "index": "gather 1/4", "ids": "gather 2/4", "copies": "gather 3/4", "verdicts": "gather 4/4",
    "release": "release",
}  # fmt: skip


def run(
    config: str, limit: int | None = None, workers: int | None = None, fresh: bool = False, dry_run: bool = False
) -> int:
    """Runs the configuration at this path; returns the exit code. Raises ReinschriftError with what to do next."""
    loaded = configs.load(config, pipeline.stage.find, pipeline.reader.find)
    if dry_run:
        return dry.dry_run(loaded)
    outcome = runner.run(loaded, limit=limit, workers=workers, fresh=fresh, progress=Progress())
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    if outcome.already:
        console.print(
            f"done already: {outcome.out} is the release of this configuration and these inputs", soft_wrap=True
        )
    else:
        console.print(funnel(outcome.run))
        console.print(
            f"{outcome.out}: {outcome.run['records']['kept']:,} of {outcome.run['records']['read']:,} records kept",
            soft_wrap=True,
        )
    return verdict(outcome.run, console)


def verdict(run: Mapping[str, Any], console: Console) -> int:
    """The exit code of a finished run, with the gates that failed."""
    failed = [name for name, gate in run["gates"].items() if not gate["passed"]]
    for name in failed:
        gate = run["gates"][name]
        console.print(f"gate {name} failed: {gate['value']:.4g}, limit {gate['limit']:.4g}", soft_wrap=True)
    if not run["records"]["kept"]:
        console.print("nothing was kept: decisions/ has the reason of every record", soft_wrap=True)
    return GATE_FAILED if failed or not run["records"]["kept"] else DONE


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


WIDE = 400  # columns where nobody looks at a terminal: no line is broken


class Progress:
    """A line on stderr for every phase: units, rows, rows a second, time left. One line a second at most."""

    def __init__(self) -> None:
        self._phase, self._start, self._last = "", 0.0, 0.0
        self._live = sys.stderr.isatty()

    def __call__(self, phase: str, done: int, total: int, rows: int) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._start = phase, now
        ended = done == total
        if (not ended and now - self._last < 1) or not total:
            return
        self._last = now
        seconds = now - self._start
        parts = [f"{PHASES.get(phase, phase)}: {done:,} of {total:,} units"]
        if rows:
            parts.append(f"{rows:,} rows, {rows / max(seconds, 1e-3):,.0f} rows/s")
        if 0 < done < total:
            parts.append(f"{seconds / done * (total - done):,.0f} s left")
        end = "\n" if ended or not self._live else "\r"
        print(", ".join(parts), file=sys.stderr, end=end, flush=True)  # noqa: T201
