"""Time and memory of what-if, report and the ledger's part of verify on a synthetic ledger, beside a bare read of it.

    python tests/bench/ledger.py OUT [ROWS]

OUT is any finished release; its ledger is repeated until it has ROWS rows (default 10,000,000), ids made distinct.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipeline.commands.what_if import answers
from pipeline.config import load_policy
from pipeline.papers.figures import figures
from pipeline.papers.receipts import Receipts
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
    started = time.perf_counter()
    work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:44} {time.perf_counter() - started:8.1f} s   peak so far {peak:7.0f} MB", flush=True)


def main() -> None:
    out, rows = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    with tempfile.TemporaryDirectory() as work:
        release = grown(out, Path(work) / "out", rows)
        size = sum(path.stat().st_size for path in release.files("decisions"))
        print(f"{rows:,} rows, {size / 1e6:,.0f} MB")
        timed("bare read, every column", lambda: sum(f.height for f in release.batches("decisions")))
        timed("what-if --policy research", lambda: answers(release, load_policy("research")))
        timed("report (figures)", lambda: figures(release.folder))
        receipts = Receipts(release)
        timed("verify (ledger judged again)", lambda: [list(receipts.ledger(f)) for f in release.batches("decisions")])


if __name__ == "__main__":
    main()
