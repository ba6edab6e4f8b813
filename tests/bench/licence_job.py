"""The licence job, ours beside others in one run: read Parquet, filter by licence, write Parquet, account for all.

    python tests/bench/licence_job.py [--documents 40000] [--repeat 3]

Every way runs in a process of its own; printed are documents and MB of text per second of CPU (user and system, the
process and its children), the median of the repeats, and the ratio to the bare Arrow copy. Ours does more than the
others: evidence, receipts, credit, a ledger of every record, card.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

LICENSES = ["CC0-1.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/3.0/de/", "CC-BY-NC-4.0", "unknown", None]

BARE = """
import pyarrow.parquet as pq, sys
source = pq.ParquetFile(sys.argv[1] + "/in.parquet", pre_buffer=False, buffer_size=1 << 20)
with pq.ParquetWriter(sys.argv[1] + "/bare.parquet", source.schema_arrow, compression="zstd") as writer:
    for batch in source.iter_batches(8192): writer.write_batch(batch)
"""
FILTER = """
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq, sys
good = pa.array(["CC0-1.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/3.0/de/"])
source = pq.ParquetFile(sys.argv[1] + "/in.parquet", pre_buffer=False, buffer_size=1 << 20)
with pq.ParquetWriter(sys.argv[1] + "/filtered.parquet", source.schema_arrow, compression="zstd") as writer:
    for batch in source.iter_batches(8192): writer.write_batch(batch.filter(pc.is_in(batch.column("license"), good)))
"""
DATATROVE = """
import sys
from loguru import logger; logger.remove()
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
good = {"CC0-1.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/3.0/de/"}
folder = sys.argv[1]
LocalPipelineExecutor([ParquetReader(folder, glob_pattern="in.parquet"), LambdaFilter(lambda d: d.metadata.get("license") in good),
    ParquetWriter(folder + "/datatrove", compression="zstd")], tasks=1, workers=1, logging_dir=folder + "/logs").run()
"""
DATASETS = """
import sys, datasets
datasets.disable_progress_bars()
good = {"CC0-1.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/3.0/de/"}
data = datasets.load_dataset("parquet", data_files=sys.argv[1] + "/in.parquet", split="train", cache_dir=sys.argv[1] + "/cache")
data.filter(lambda rows: [l in good for l in rows["license"]], batched=True, batch_size=8192).to_parquet(sys.argv[1] + "/ds.parquet")
"""
OURS = """
import sys, pipeline
from pipeline.engines import Inline
pipeline.run(sys.argv[1] + "/{name}.yaml", engine=Inline())
"""
CONFIG = """version: 1
as_of: 2026-11-24
dataset: {{name: Bench, version: 1.0.0, summary: Made for a measurement., curators: [Bench], contact: bench@example.org}}
sources:
  - {{name: s, reader: parquet, path: "{folder}/in.parquet", evidence: [{{from: column, column: license}}]}}
policy: {{uses: [reproduction, derivative-works, distribution, commercial-use], duties: [attribution, notice, license-text, mark-changes]}}
stages: {stages}
output: {{path: "{folder}/{name}"}}
"""


def corpus(folder: Path, documents: int) -> int:
    """Writes the input and returns its bytes of text; distinct texts of about 2 kB, German words."""
    made = random.Random(7)
    words = [
        made.choice("BDFGHKLMNPRSTVW").lower() + "".join(made.choices("aeiounrstlmdgä", k=made.randint(2, 9)))
        for _ in range(20_000)
    ]
    rows = {"id": [], "text": [], "license": [], "author": [], "title": [], "url": []}
    for i in range(documents):
        rows["id"].append(f"d{i}")
        rows["text"].append(" ".join(made.choices(words, k=made.randint(100, 480))))
        rows["license"].append(LICENSES[i % len(LICENSES)])
        rows["author"].append(f"Autorin {i % 500}")
        rows["title"].append(f"Titel {i}")
        rows["url"].append(f"https://example.org/{i}")
    pq.write_table(pa.table(rows), folder / "in.parquet", compression="zstd", row_group_size=8192)
    return sum(len(text.encode()) for text in rows["text"])


def cpu(code: str, folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=40_000)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = corpus(folder, arguments.documents)
        for config, stages in (("ours", "[]"), ("dedup", "[{stage: dedup}]")):
            (folder / f"{config}.yaml").write_text(CONFIG.format(folder=folder, name=config, stages=stages))
        ways = {
            "bare Arrow copy": BARE,
            "Arrow filter": FILTER,
            "ours": OURS.format(name="ours"),
            "ours, exact dedup": OURS.format(name="dedup"),
            "datatrove": DATATROVE,
            "datasets.filter": DATASETS,
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        start = {way: cpu(imports(code), folder) for way, code in ways.items()}
        for _ in range(arguments.repeat):
            for way, code in ways.items():
                for left in ("ours", "dedup", "logs", "datatrove", "cache"):
                    shutil.rmtree(folder / left, ignore_errors=True)
                seconds[way].append(cpu(code, folder) - start[way])
        bare = statistics.median(seconds["bare Arrow copy"])
        print(f"{arguments.documents:,} documents, {size / 1e6:.0f} MB of text; CPU without the time to import")
        print(f"{'':20}{'s':>8}{'docs/s':>12}{'MB/s':>8}{'× bare':>8}")
        for way, each in seconds.items():
            took = statistics.median(each)
            print(f"{way:20}{took:8.2f}{arguments.documents / took:12,.0f}{size / took / 1e6:8.0f}{took / bare:8.2f}")
        print(json.dumps({way: [round(s, 2) for s in each] for way, each in seconds.items()}))


def imports(code: str) -> str:
    """The import lines of a way, so that what it costs to start is not counted."""
    if "pipeline.run" in code:
        return "import pipeline, pipeline.runner, pipeline.readers.parquet, pipeline.kernels.fingerprint, pipeline.stages.dedup, datatrove.executor.base"
    return "\n".join(line for line in code.splitlines() if line.startswith(("import", "from")))


if __name__ == "__main__":
    main()
