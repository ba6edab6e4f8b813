"""The licence job, ours beside others in one run: read Parquet, filter by licence, write Parquet, account for all.

    python tests/bench/licence_job.py [--documents 40000] [--repeat 3]

Every way runs in a process of its own; printed are documents and MB of text per second of CPU (user and system, the
process and its children), the median of the repeats, and the ratio to the bare Arrow copy at our compression. Ours does
more than the others: evidence, receipts, credit, a ledger of every record, card. What it costs to start is measured
on the same job over a hundred documents and not counted, for every way. Below stands what each phase of ours costs.
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
SAME = BARE.replace('compression="zstd"', 'compression="zstd", compression_level=3')
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
reader = ParquetReader(folder, glob_pattern="in.parquet")
chosen = LambdaFilter(lambda d: d.metadata.get("license") in good)
writer = ParquetWriter(folder + "/datatrove", compression="zstd")
LocalPipelineExecutor([reader, chosen, writer], tasks=1, workers=1, logging_dir=folder + "/logs").run()
"""
DATASETS = """
import sys, datasets
datasets.disable_progress_bars()
good = {"CC0-1.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/3.0/de/"}
folder = sys.argv[1]
data = datasets.load_dataset("parquet", data_files=folder + "/in.parquet", split="train", cache_dir=folder + "/cache")
data = data.filter(lambda rows: [l in good for l in rows["license"]], batched=True, batch_size=8192)
data.to_parquet(folder + "/ds.parquet")
"""
OURS = """
import sys, json, time, collections, pipeline
from pipeline import steps, survey
from pipeline.engines import Inline
took = collections.Counter()
def timed(owner, name, label):
    before = getattr(owner, name)
    def run(self, *given):
        start = time.process_time()
        try: return before(self, *given)
        finally: took[label(self)] += time.process_time() - start
    setattr(owner, name, run)
timed(steps.Step, "_do", lambda step: step.phase)
timed(survey, "_measures", lambda _: "of survey: fingerprints")
start = time.process_time()
pipeline.run(sys.argv[1] + "/{name}.yaml", engine=Inline())
took["planning, papers, swap"] = time.process_time() - start - sum(v for k, v in took.items() if k[:2] != "of")
print(json.dumps(took))
"""
STAGES = {
    "ours": "[]",
    "exact": "[{stage: dedup}]",
    "whole": "[{stage: language, languages: [de]}, {stage: dedup, near: 0.8}]",
}
CONFIG = """version: 1
as_of: 2026-11-24
dataset: {{name: Bench, version: 1.0.0, summary: Made to measure., curators: [Bench], contact: bench@example.org}}
sources:
  - {{name: s, reader: parquet, path: "{folder}/in.parquet", evidence: [{{from: column, column: license}}]}}
policy:
  uses: [reproduction, derivative-works, distribution, commercial-use]
  duties: [attribution, notice, license-text, mark-changes]
stages: {stages}
output: {{path: "{folder}/{name}"}}
"""


def corpus(folder: Path, documents: int) -> int:
    """Writes the input and returns its bytes of text: about 2 kB each of German words as frequent as in our sample."""
    made = random.Random(7)
    sample = Path(__file__).parents[1] / "data" / "sample" / "handbuch"
    words = " ".join(path.read_text("utf-8") for path in sorted(sample.glob("*.md"))).split()
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


def cpu(code: str, folder: Path) -> tuple[float, str]:
    """Seconds of CPU of one way, and what it printed last."""
    for left in (*STAGES, *(f"{name}.work" for name in STAGES), "logs", "datatrove", "cache"):
        shutil.rmtree(folder / left, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=True, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, (done.stdout.splitlines() or [""])[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=40_000)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    ways = {
        "bare Arrow copy": BARE,
        "bare, zstd 3 as ours": SAME,
        "Arrow filter": FILTER,
        "ours": OURS.replace("{name}", "ours"),
        "ours, exact dedup": OURS.replace("{name}", "exact"),
        "ours, language + near": OURS.replace("{name}", "whole"),
        "datatrove": DATATROVE,
        "datasets.filter": DATASETS,
    }
    with tempfile.TemporaryDirectory() as name:
        folders = {"few": Path(name, "few"), "all": Path(name, "all")}
        sizes = {}
        for which, documents in (("few", 100), ("all", arguments.documents)):
            folders[which].mkdir()
            sizes[which] = corpus(folders[which], documents)
            for config, stages in STAGES.items():
                text = CONFIG.format(folder=folders[which], name=config, stages=stages)
                (folders[which] / f"{config}.yaml").write_text(text)
        size, seconds, phases = sizes["all"], {}, {}
        start = {way: min(cpu(code, folders["few"])[0] for _ in range(2)) for way, code in ways.items()}
        for way, code in ways.items():
            runs = [cpu(code, folders["all"]) for _ in range(arguments.repeat)]
            seconds[way] = [took - start[way] for took, _ in runs]
            phases[way] = sorted(runs)[len(runs) // 2][1]
    floor = statistics.median(seconds["bare, zstd 3 as ours"])
    print(f"{arguments.documents:,} documents, {size / 1e6:.0f} MB of text; CPU without the start")
    print(f"{'':24}{'s':>8}{'start':>8}{'docs/s':>12}{'MB/s':>8}{'× bare':>8}")
    for way, each in seconds.items():
        took = statistics.median(each)
        rate = f"{arguments.documents / took:12,.0f}{size / took / 1e6:8.0f}{took / floor:8.2f}"
        print(f"{way:24}{took:8.2f}{start[way]:8.2f}{rate}")
    for way in ways:
        if way.startswith("ours"):
            shares = {phase: round(s, 2) for phase, s in json.loads(phases[way]).items() if s >= 0.005}
            print(f"{way}: {shares}")


if __name__ == "__main__":
    main()
