"""`reinschrift verify`: proves a release again from its own files, and names everything that does not hold."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from pipeline.errors import DONE, GATE_FAILED
from pipeline.papers.proof import prove
from pipeline.released import Released

MOST = 1_000  # failures that are named; a release that is wholly wrong does not need a longer list


def verify(out: Path, as_json: bool = False) -> int:
    """Prints every failure; 0 where there is none, else 1. Raises InputError where OUT is no finished release."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    count = 0
    for failure in prove(out):
        count += 1
        if as_json:
            line = {"kind": failure.kind, "where": failure.where, "what": failure.what}
            console.print(json.dumps(line, ensure_ascii=False))
        else:
            console.print(f"{failure.kind}: {failure.where}: {failure.what}")
        if count == MOST:
            break
    if as_json:
        return GATE_FAILED if count else DONE
    release = Released(out)
    run = release.run
    if not count and run["rules"]["registry"] != release.registry.digest:
        console.print("note: made with another table of licences; its statements were judged by the present one")
    console.print(
        f"{'at least ' * (count == MOST)}{count} failures"
        if count
        else f"proved: {run['records']['kept']:,} kept of {run['records']['read']:,} records, release {run['release']}"
    )
    return GATE_FAILED if count else DONE
