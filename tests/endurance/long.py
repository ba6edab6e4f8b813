"""`python -m tests.endurance.long [KILLS]`: every fault, many times, and the table of faults and outcomes.

KILLS (default 200) are shared out among the ways of killing a run; every write, sync and rename fails once besides.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.endurance import faults

SAME = "resumed: the same bytes"


def rows(kills: int) -> list[tuple[str, str, Callable[[Path], int]]]:
    """Fault, outcome, and the trial that shows it."""
    share = max(kills // 8, 1)
    return [
        (
            "SIGKILL of a worker",
            "done by another worker: the same bytes",
            lambda f: faults.killed(f, "worker", 2 * share),
        ),
        (
            "SIGKILL of all workers",
            "done by new workers: the same bytes",
            lambda f: faults.killed(f, "workers", share, 5),
        ),
        (
            "SIGKILL of the driver",
            f"its workers end with it; {SAME}",
            lambda f: faults.killed(f, "driver", 2 * share, 6),
        ),
        ("SIGKILL of the whole group", SAME, lambda f: faults.killed(f, "group", kills - 7 * share, 7)),
        ("SIGTERM", f"exit 130, says how to go on; {SAME}", lambda f: faults.terminated(f, share)),
        ("Ctrl-C", f"exit 130, says how to go on; {SAME}", lambda f: faults.interrupted(f, share)),
        ("disk full", f"exit 2, names the file; {SAME} once there is room", faults.disk_full),
        ("read-only file system", f"exit 2, says so; {SAME} once it is writable", faults.read_only),
        ("a worker out of memory", "done by another worker, alone: the same bytes", faults.out_of_memory),
        ("a second run on the same output", "exit 2, told so; the first goes on undisturbed", faults.two_at_once),
        (
            "config changed between kill and resume",
            "a new job: the bytes of its own quiet run",
            lambda f: faults.changed_between(f, "config"),
        ),
        (
            "input changed between kill and resume",
            "a new job: the bytes of its own quiet run",
            lambda f: faults.changed_between(f, "input"),
        ),
        (
            "an input that vanishes",
            f"exit 2, named and put aside, nothing released; {SAME} once it is back",
            faults.never_works,
        ),
        ("the n-th write, sync or rename fails, for every n", f"{SAME}; never anything half", crash_points),
    ]


def crash_points(folder: Path) -> int:
    """Every one of them, in a process of its own: the shim must not stand in the way of the other trials."""
    test = Path(__file__).with_name("test_crash_points.py")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"--basetemp={folder}/t", str(test)],
        env={**os.environ, "REINSCHRIFT_CRASH_POINTS": "0"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    return sum(int(line.split()[0]) for line in ran.stdout.splitlines() if line.endswith("crash points"))


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("| fault | times | outcome |\n|---|---:|---|", flush=True)
    failed = 0
    for name, outcome, trial in rows(kills):
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="endurance-") as place:
            try:
                print(f"| {name} | {trial(Path(place)):,} | {outcome} |", flush=True)
            except pytest.skip.Exception as skipped:
                print(f"| {name} | 0 | not tried: {skipped} |", flush=True)
            except AssertionError as wrong:
                failed += 1
                print(f"| {name} | | **another outcome**: {str(wrong)[:500]} |", flush=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
