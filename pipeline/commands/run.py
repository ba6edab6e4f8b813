"""`reinschrift run`: runs or resumes a job, says how far it is, and prints the funnel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

import pipeline.reader
import pipeline.stage
from pipeline import config as configs
from pipeline import runner
from pipeline.attempt import FAILED
from pipeline.commands._funnel import console, funnel
from pipeline.commands._progress import Progress
from pipeline.commands.dry_run import dry_run as first_look
from pipeline.errors import DONE, GATE_FAILED


def run(
    config: str, limit: int | None = None, workers: int | None = None, fresh: bool = False, dry_run: bool = False
) -> int:
    """Runs the configuration at this path; returns the exit code. Raises ReinschriftError with what to do next."""
    loaded = configs.load(config, pipeline.stage.find, pipeline.reader.find)
    if dry_run:
        return first_look(loaded)
    outcome = runner.run(loaded, limit=limit, workers=workers, fresh=fresh, progress=Progress())
    terminal = console()
    if outcome.already:
        terminal.print(
            f"done already: {outcome.out} is the release of this configuration and these inputs", soft_wrap=True
        )
    else:
        terminal.print(funnel(outcome.run))
        terminal.print(
            f"{outcome.out}: {outcome.run['records']['kept']:,} of {outcome.run['records']['read']:,} records kept",
            soft_wrap=True,
        )
    failed = sum(source["refused"].get(FAILED, 0) for source in outcome.run["sources"].values())
    if failed:
        terminal.print(
            f"on {failed:,} records our own code failed ({FAILED}): they were left out, and decisions/ says where in "
            "the column detail; please report it",
            soft_wrap=True,
        )
    return verdict(outcome.run, terminal)


def verdict(run: Mapping[str, Any], terminal: Console) -> int:
    """The exit code of a finished run, with the gates that failed."""
    failed = [name for name, gate in run["gates"].items() if not gate["passed"]]
    for name in failed:
        gate = run["gates"][name]
        terminal.print(f"gate {name} failed: {gate['value']:.4g}, limit {gate['limit']:.4g}", soft_wrap=True)
    if not run["records"]["kept"]:
        terminal.print("nothing was kept: decisions/ has the reason of every record", soft_wrap=True)
    return GATE_FAILED if failed or not run["records"]["kept"] else DONE
