"""Peak memory of every process and rows a second, over inputs that double: `python tests/bench/memory.py [CASE …]`.

Cases: `rows` (tiny rows in one JSONL.gz: 2.5, 5, 10 million), `jsonl` (one JSONL.gz of 1, 2, 4 GB), `group` (one
Parquet row group of 1, 2, 4 GB), `text` (two texts of 125, 250, 500 MB); `CASE:SIZE` runs one size alone. Each runs
with two workers as users do; the peak is the largest resident set of any process (wait4), the bound is 1.5 GB. Sizes
are those of the texts before compression. Scratch space: three times the input.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
BOUND = 1500
CONFIG = """version: 1
as_of: 2026-11-24
dataset: {name: Probe, version: 1.0.0, summary: Made for a trial., curators: [Test], contact: test@example.org}
sources:
  - {name: s, reader: READER, path: "FOLDER/in.*", evidence: [{from: column, column: license}]}
policy:
  uses: [reproduction, derivative-works, distribution, commercial-use]
  duties: [attribution, notice, license-text, mark-changes]
stages: [{stage: dedup}]
output: {path: "FOLDER/out"}
"""
# The command, and at its end the largest resident set of itself and of its workers.
COMMAND = """
import sys
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from pipeline.cli import main
try:
    main()
finally:
    print("PEAK", *(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN)), file=sys.stderr)
"""
MADE = random.Random(1)
POOL = ["".join(MADE.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(20_000)]


def words(count: int) -> str:
    return " ".join(MADE.choices(POOL, k=count))


def rows(folder: Path, millions: float) -> int:
    count = int(millions * 1e6)
    with gzip.open(folder / "in.jsonl.gz", "wb", compresslevel=1) as file:
        for start in range(0, count, 10_000):
            lines = (f'{{"id":"{i}","text":"Satz {i}.","license":"CC0-1.0"}}\n' for i in range(start, start + 10_000))
            file.write("".join(lines).encode())
    return count


def jsonl(folder: Path, gigabytes: float) -> int:
    count = int(gigabytes * 1e9 / 4000)
    texts = [words(500) for _ in range(20_000)]
    with gzip.open(folder / "in.jsonl.gz", "wb", compresslevel=1) as file:
        for i in range(count):
            file.write(f'{{"id":"{i}","text":"{i} {texts[i % 20_000]}","license":"CC0-1.0"}}\n'.encode())
    return count


def group(folder: Path, gigabytes: float) -> int:
    count = int(gigabytes * 1e9 / 4000)
    schema = pa.schema([("id", pa.string()), ("text", pa.large_string()), ("license", pa.string())])
    with pq.ParquetWriter(folder / "in.parquet", schema, compression="zstd", use_dictionary=["license"]) as writer:
        texts = [words(500) for _ in range(20_000)]
        made = pa.table(
            [
                [str(i) for i in range(count)],
                pa.array((f"{i} {texts[i % 20_000]}" for i in range(count)), pa.large_string()),
                ["CC0-1.0"] * count,
            ],
            schema=schema,
        )
        writer.write_table(made, row_group_size=count)
    return count


def text(folder: Path, megabytes: float) -> int:
    long = words(200_000)
    with (folder / "in.jsonl").open("wb") as file:
        for i in range(2):
            file.write(f'{{"id":"{i}","license":"CC0-1.0","text":"{i} '.encode())
            for _ in range(int(megabytes * 1e6 / (len(long) + 1))):
                file.write(long.encode() + b" ")
            file.write(b'"}\n')
    return 2


CASES: dict[str, tuple[Callable[[Path, float], int], tuple[float, ...], str]] = {
    "rows": (rows, (2.5, 5, 10), "million rows"),
    "jsonl": (jsonl, (1, 2, 4), "GB"),
    "group": (group, (1, 2, 4), "GB"),
    "text": (text, (125, 250, 500), "MB"),
}


def measured(folder: Path) -> tuple[float, float]:
    """Peak in MB of the largest process, and seconds."""
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", COMMAND, "run", str(folder / "config.yaml"), "--workers", "2"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise SystemExit(ran.stderr)
    peak = max(int(n) for n in ran.stderr.rpartition("PEAK")[2].split())
    return peak / 1024, time.monotonic() - began


def main() -> None:
    asked = sys.argv[1:] or list(CASES)
    print("| input | size | rows | peak MB | rows/s |\n|---|---:|---:|---:|---:|", flush=True)
    for case in asked:
        name, _, alone = case.partition(":")
        make, sizes, unit = CASES[name]
        for size in (float(alone),) if alone else sizes:
            with tempfile.TemporaryDirectory(prefix="memory-", dir=os.environ.get("MEMORY_FOLDER")) as place:
                folder = Path(place)
                if os.fork() == 0:  # what making it needs is not held against the run
                    make(folder, size)
                    os._exit(0)
                os.wait()
                reader = "parquet" if (folder / "in.parquet").exists() else "jsonl"
                (folder / "config.yaml").write_text(CONFIG.replace("FOLDER", place).replace("READER", reader), "utf-8")
                peak, seconds = measured(folder)
                read = json.loads((folder / "out/run.json").read_text("utf-8"))["records"]["read"]
            over = " **over**" if peak > BOUND else ""
            print(
                f"| {name} | {size:g} {unit} | {read:,} | {peak:,.0f}{over} | {read / seconds:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
