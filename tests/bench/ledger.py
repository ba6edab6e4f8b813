"""Time and memory of what-if, report, verify, diff and lookup on a synthetic ledger, beside a bare read of it.

    python tests/bench/ledger.py OUT [ROWS]

OUT is any finished release; its ledger is repeated until it has ROWS rows (default 10,000,000), ids made distinct. Each
line is CPU seconds and the peak memory of a process of its own. The data is not repeated: what verify does for every
text (fingerprint, receipt, credit) is measured on the release as it is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipeline import commit
from pipeline.commands.diff import changed
from pipeline.commands.lookup import lookup
from pipeline.commands.what_if import UNMEASURED, answers
from pipeline.config import load_policy
from pipeline.papers.figures import figures
from pipeline.papers.proof import prove
from pipeline.papers.receipts import Receipts
from pipeline.papers.relations import passed, related
from pipeline.record import DECISIONS
from pipeline.released import Released
from pipeline.writer import write_parquet

FILE = 1_000_000


def grown(out: Path, folder: Path, rows: int) -> Released:
    """The release with a ledger of so many rows."""
    shutil.copytree(out, folder, ignore=shutil.ignore_patterns("decisions"))
    (folder / "decisions").mkdir()
    frame = pl.concat(list(Released(out).batches("decisions")))
    for number in range(-(-rows // FILE)):
        left = min(FILE, rows - number * FILE)
        times = -(-left // frame.height)
        many = pl.concat([frame] * times)[:left].with_columns(
            pl.format("{}-{}-{}", "id", pl.lit(number), pl.int_range(left)).alias("id")
        )
        table = many.to_arrow(compat_level=pl.CompatLevel.oldest()).select(DECISIONS.names).cast(DECISIONS)
        write_parquet(folder / f"decisions/decisions-{number:05d}.parquet", [table], DECISIONS, rows=65_536)
    return Released(folder)


def timed(name: str, work: Callable[[], object]) -> None:
    """Runs `work` in a process of its own and prints what it took and, in one line, what it answered."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        answer = work()
        print(
            f"    {str(answer)[:300]}" if answer is not None else "", end="\n" if answer is not None else "", flush=True
        )
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    took = usage.ru_utime + usage.ru_stime
    print(f"{name:44} {took:8.1f} CPU s   peak {usage.ru_maxrss / 1024:7.0f} MB{' FAILED' * bool(status)}", flush=True)


def what_if(release: Released) -> object:
    policy = load_policy("research")
    after: Counter[str] = Counter()
    for (_, answer), records in answers(release, policy).items():
        kind = "kept" if answer == "keep" else "unmeasured" if answer == UNMEASURED else "not kept"
        after[kind] += records
    return dict(after)


def main() -> None:
    out, rows = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    with tempfile.TemporaryDirectory() as work:
        grow = os.fork()  # what it takes to make the ledger is not what its readers take
        if grow == 0:
            grown(out, Path(work) / "out", rows)
            os._exit(0)
        os.waitpid(grow, 0)
        release = Released(Path(work) / "out")
        size = sum(path.stat().st_size for path in release.files("decisions"))
        print(f"{rows:,} rows, {size / 1e6:,.0f} MB")
        receipts = Receipts(release)
        timed("bare read, every column", lambda: sum(f.height for f in release.batches("decisions")))
        timed("what-if --policy research", lambda: what_if(release))
        timed("report (figures)", lambda: figures(release.folder).read)
        timed("verify: every verdict judged again", lambda: judged_again(receipts, release))
        timed("verify: copies, removals, stages", lambda: sum(1 for part in (related, passed) for _ in part(release)))
        timed("verify: SHA-256 of the ledger", lambda: [commit.sha256(p) for p in release.files("decisions")] and None)
        timed("diff with itself", lambda: changed(release, release).height)
        timed("lookup --host", lambda: looked_up(release))
        timed("verify: everything of the small release", lambda: sum(1 for _ in prove(out)))


def judged_again(receipts: Receipts, release: Released) -> int:
    return sum(1 for frame in release.batches("decisions") for _ in receipts.ledger(frame))


def looked_up(release: Released) -> None:
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
        lookup(release.folder, host="nowhere.example")


if __name__ == "__main__":
    main()
