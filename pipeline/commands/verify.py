"""`reinschrift verify`: proves a release again from its own files, and names everything that does not hold.

What the files alone cannot show: that a statement stood where its receipt says and was as it is quoted, what stood
around it, what was detected of language and region, and that a text was not replaced together with all that follows
from it (unless a copy or the index tells). Against that helps the SHA-256 of run.json, which names that of every other
file, noted where nobody can change it.
"""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from pipeline import commit
from pipeline.errors import DONE, GATE_FAILED
from pipeline.papers.proof import prove
from pipeline.plan import code_digest
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
    if run.get("rules", {}).get("code") != code_digest():
        console.print("note: made by another version; its papers were compared by their digests, not made again")
    if "published" in run:
        console.print("note: a published copy; what it says of records that were not kept cannot be counted again")
    if count:
        console.print(f"{'at least ' * (count == MOST)}{count} failures")
        return GATE_FAILED
    kept, read = run["records"]["kept"], run["records"]["read"]
    console.print(f"proved: {kept:,} kept of {read:,} records, release {run['release']}")
    console.print(f"SHA-256 of run.json, which names that of every other file: {commit.sha256(out / 'run.json')}")
    return DONE
