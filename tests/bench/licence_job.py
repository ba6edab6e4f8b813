"""The licence job, ours beside others in one run: read Parquet, filter by licence, write Parquet, account for all.

    python tests/bench/licence_job.py [--documents 20000 200000] [--repeat 3] [--only WAY …]

Every way runs in a process of its own on two sizes of the same corpus. Of the seconds of CPU (user and system, the
process and its children, the least of the repeats, rounds interleaved) a line through both sizes gives the fixed part
(start, imports, papers) and the slope; MB are of text read. What each way does and does not do is printed beside it.
Below stands what each phase of ours costs on the larger size.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

LICENSES = ["CC0-1.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/3.0/de/", "CC-BY-NC-4.0", "unknown", None]
HEAD = """
import sys, pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
folder = sys.argv[1]
good = ["CC0-1.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/3.0/de/"]
def source(): return pq.ParquetFile(folder + "/in.parquet", pre_buffer=False, buffer_size=1 << 20)
def batches(): return source().iter_batches(8192, use_threads=False)
def file(name, schema, **more): return pq.ParquetWriter(f"{folder}/other/{name}.parquet", schema, **more)
LEDGER = pa.schema([("id", pa.string()), ("license", pa.string())])
"""
BARE = """
with file("bare", source().schema_arrow, compression="zstd"{more}) as writer:
    for batch in batches(): writer.write_batch(batch)
"""
# How our writer writes, for the ways that shall pay the same for it.
OURS_WRITES = """
from pipeline.writer import ZSTD_LEVEL
names = [name for name in source().schema_arrow.names if name != "text"]
ours = dict(compression="zstd", compression_level=ZSTD_LEVEL, write_page_checksum=True, data_page_version="2.0",
            use_dictionary=names, write_statistics=names)
"""
FILTER = """
with file("kept", source().schema_arrow, **ours) as kept, file("refused", LEDGER, **ours | {"use_dictionary": True,
          "write_statistics": True}) as refused:
    for batch in batches():
        mask = pc.fill_null(pc.is_in(batch.column("license"), pa.array(good)), False)
        kept.write_batch(batch.filter(mask))
        refused.write_batch(batch.select(LEDGER.names).filter(pc.invert(mask)))
"""
FLOOR = """
import hashlib
from pipeline.kernels.fingerprint import fingerprints
masks = []
for batch in batches():
    if PRINTS: fingerprints(batch.column("text").cast(pa.large_string()))
    masks.append(pc.fill_null(pc.is_in(batch.column("license"), pa.array(good)), False))
with file("kept", source().schema_arrow, **ours) as kept, file("refused", LEDGER, **ours | {"use_dictionary": True,
          "write_statistics": True}) as refused:
    for batch, mask in zip(batches(), masks):
        kept.write_batch(batch.filter(mask))
        refused.write_batch(batch.select(LEDGER.names).filter(pc.invert(mask)))
for name in ("kept", "refused"): hashlib.file_digest(open(f"{folder}/other/{name}.parquet", "rb"), "sha256")
"""
DATATROVE = """
from loguru import logger; logger.remove()
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
chosen = set(good)
reader = ParquetReader(folder, glob_pattern="in.parquet")
refused = ParquetWriter(folder + "/other/refused", compression="zstd") if {ledger} else None
keep = LambdaFilter(lambda document: document.metadata.get("license") in chosen, exclusion_writer=refused)
writer = ParquetWriter(folder + "/other/kept", compression="zstd")
LocalPipelineExecutor([reader, keep, writer], tasks=1, workers=1, logging_dir=folder + "/other/logs").run()
"""
DATASETS = """
import datasets
datasets.disable_progress_bars()
chosen = set(good)
data = datasets.load_dataset("parquet", data_files=folder + "/in.parquet", split="train",
                             cache_dir=folder + "/other/cache")
def filtered(data, wanted):
    return data.filter(lambda column: [(one in chosen) == wanted for one in column], batched=True, batch_size=8192,
                       input_columns="license")
filtered(data, True).to_parquet(folder + "/other/kept.parquet")
filtered(data, False).select_columns(["id", "license"]).to_parquet(folder + "/other/refused.parquet")
"""
OURS = """
import sys, json, time, collections, pipeline
from pipeline import runner, steps, survey
from pipeline.engines import Inline
took = collections.Counter()
def timed(owner, name, label):
    before = getattr(owner, name)
    def run(*given):
        start = time.process_time()
        try: return before(*given)
        finally: took[label(given[0])] += time.process_time() - start
    setattr(owner, name, run)
timed(steps.Step, "_do", lambda step: step.phase)
timed(survey, "_measures", lambda _: "of survey: fingerprints")
timed(runner, "render", lambda _: "papers")
took["import"] = time.process_time()
pipeline.run(sys.argv[1] + "/{name}.yaml", engine=Inline())
took["planning, swap"] = time.process_time() - sum(v for k, v in took.items() if k[:2] != "of")
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
RECEIPTS = "manifests, evidence, receipts, credit, ledger of every record, fingerprints, contested texts, papers"


@dataclass(frozen=True)
class Way:
    """One contender: its program, and in words what it does of the job and what not."""

    name: str
    code: str
    does: str


def ours(name: str) -> str:
    return OURS.replace("{name}", name)


WAYS = [
    Way("bare Arrow copy", HEAD + BARE.format(more=""), "reads and writes all records once, zstd as Arrow has it"),
    Way("bare copy, zstd 3", HEAD + BARE.format(more=", compression_level=3"), "the same at level 3"),
    Way("Arrow filter", HEAD + OURS_WRITES + FILTER, "keeps by a list; ledger: id, licence of the refused"),
    Way(
        "floor without hash",
        HEAD + OURS_WRITES + FLOOR.replace("PRINTS", "False"),
        "reads twice, decides first, writes second as our writer does, SHA-256 of the files; ledger as above",
    ),
    Way(
        "floor",
        HEAD + OURS_WRITES + FLOOR.replace("PRINTS", "True"),
        "the same, and fingerprints every normalised text",
    ),
    Way("ours", ours("ours"), RECEIPTS + "; no dedup"),
    Way("ours, exact dedup", ours("exact"), RECEIPTS + "; equal texts once"),
    Way("ours, language + near", ours("whole"), RECEIPTS + "; language of every text, near copies at 0.8"),
    Way("datatrove", HEAD + DATATROVE.format(ledger=False), "stock reader, LambdaFilter, writer; no ledger"),
    Way("datatrove, ledger", HEAD + DATATROVE.format(ledger=True), "its exclusion writer keeps the refused, texts too"),
    Way("datasets.filter", HEAD + DATASETS, "load, filter, to_parquet; ledger: a second filter, id and licence"),
]


def corpus(folder: Path, documents: int) -> int:
    """Writes the input and returns its bytes of text: about 2 kB each of German words as frequent as in our sample."""
    made = random.Random(7)
    sample = Path(__file__).parents[1] / "data" / "sample" / "handbuch"
    words = " ".join(path.read_text("utf-8") for path in sorted(sample.glob("*.md"))).split()
    size = 0
    names = ("id", "text", "license", "author", "title", "url")
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(folder / "in.parquet", schema, compression="zstd") as writer:
        for start in range(0, documents, 8192):
            rows = [
                (
                    f"d{i}", " ".join(made.choices(words, k=made.randint(100, 480))), LICENSES[i % len(LICENSES)],
                    f"Autorin {i % 500}", f"Titel {i}", f"https://example.org/{i}",
                )
                for i in range(start, min(start + 8192, documents))
            ]  # fmt: skip
            size += sum(len(row[1].encode()) for row in rows)
            columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))
    return size


def cpu(code: str, folder: Path) -> tuple[float, str]:
    """Seconds of CPU of one way, and what it printed last."""
    for left in (*STAGES, *(f"{name}.work" for name in STAGES), "other"):
        shutil.rmtree(folder / left, ignore_errors=True)
    (folder / "other").mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, (done.stdout.splitlines() or [""])[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs=2, default=[20_000, 200_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], choices=[way.name for way in WAYS], help="these ways")
    arguments = parser.parse_args()
    ways = [way for way in WAYS if not arguments.only or way.name in arguments.only]
    few, many = sorted(arguments.documents)
    with tempfile.TemporaryDirectory() as name:
        sizes = {}
        for documents in (few, many):
            folder = Path(name, str(documents))
            folder.mkdir()
            sizes[documents] = corpus(folder, documents)
            for config, stages in STAGES.items():
                (folder / f"{config}.yaml").write_text(CONFIG.format(folder=folder, name=config, stages=stages))
        took: dict[tuple[str, int], tuple[float, str]] = {}
        for _ in range(arguments.repeat):
            for way in ways:
                for documents in (few, many):
                    found = cpu(way.code, Path(name, str(documents)))
                    took[way.name, documents] = min(took.get((way.name, documents), found), found)
    slopes = {w.name: (took[w.name, many][0] - took[w.name, few][0]) / (many - few) for w in ways}
    grown = (sizes[many] - sizes[few]) / (many - few)  # bytes a document
    print(
        f"{few:,} and {many:,} documents, {sizes[many] / 1e6:.0f} MB of text; CPU seconds; least of {arguments.repeat}"
    )
    against = [way.name for way in ways if way.name in ("bare Arrow copy", "floor", "datatrove")]
    print(
        f"{'':24}{'fixed':>8}{'per 100,000':>13}{'docs/s':>10}{'MB/s':>7}" + "".join(f"{'× ' + a:>18}" for a in against)
    )
    for way in ways:
        slope = slopes[way.name]
        fixed = took[way.name, few][0] - slope * few
        ratios = "".join(f"{slope / slopes[other]:18.2f}" for other in against)
        print(f"{way.name:24}{fixed:8.2f}{slope * 1e5:13.2f}{1 / slope:10,.0f}{grown / slope / 1e6:7.0f}{ratios}")
    print("\nwhat each does (fixed: imports, start, papers; the other columns are the slope between both sizes):")
    for way in ways:
        print(f"{way.name:24}{way.does}")
    for way in ways:
        if way.name.startswith("ours"):
            each = [json.loads(took[way.name, documents][1]) for documents in (few, many)]
            shares = {phase: f"{each[0].get(phase, 0):.2f} → {s:.2f}" for phase, s in each[1].items() if s >= 0.02}
            print(f"\n{way.name}, phase by phase: " + "; ".join(f"{phase} {span}" for phase, span in shares.items()))


if __name__ == "__main__":
    main()
