"""MB of input per CPU-second of each reader, beside the bare loop of the library below it, in one run.

    python tests/bench/readers.py [MEGABYTES]

The text is made up: 2 kB documents, a tenth of them with escapes, licence and address beside them.
"""

from __future__ import annotations

import csv as stdlib_csv
import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.reader import Wanted, find
from pipeline.readers._listing import list_files

WANTED = Wanted(columns={"url": "link"}, evidence=("license",))
WORDS = "der|die|das|und|in|zu|den|mit|von|für|auf|ist|im|dem|nicht|ein|Äpfel|Straße|Fluß|schön|Gemüse|Übung".split("|")  # noqa: SIM905


def documents(megabytes: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(7)
    for index in range(megabytes * 460):
        text = " ".join(rng.choices(WORDS, k=370))
        if index % 10 == 0:
            text = text.replace(" und ", '\n"und" ')
        yield {
            "id": f"doc-{index}", "text": text, "link": f"https://example.org/{index}",
            "license": "CC-BY-4.0" if index % 3 else None, "score": index / 7,
        }  # fmt: skip


def ours(reader: str, path: Path) -> Callable[[], int]:
    def run() -> int:
        made = find(reader)(find(reader).Options(), WANTED)
        files = list_files(str(path), online=False)
        return sum(batch.num_rows for unit in made.units("s", files, 64 << 20) for batch in made.read(unit))

    return run


def bare_jsonl(path: Path, opened: Callable[..., Any] = open) -> Callable[[], int]:
    record = msgspec.defstruct("R", [("id", str), ("text", str), ("link", str), ("license", str | None)])
    decode = msgspec.json.Decoder(record).decode

    def run() -> int:
        with opened(path, "rb") as lines:
            return sum(1 for line in lines if decode(line).text)

    return run


def bare_parquet(path: Path) -> Callable[[], int]:
    columns = ["id", "text", "link", "license"]

    def run() -> int:
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        return sum(b.num_rows for b in file.iter_batches(8192, columns=columns, use_threads=False))

    return run


def bare_csv(path: Path) -> Callable[[], int]:
    def run() -> int:
        with path.open(encoding="utf-8", newline="") as lines:
            return sum(1 for _ in stdlib_csv.DictReader(lines, strict=True))

    return run


def measured(run: Callable[[], int], size: int) -> str:
    best, rows = 1e9, 0
    for _ in range(3):
        start = time.process_time()
        rows = run()
        best = min(best, time.process_time() - start)
    return f"{size / best / 1e6:7.0f} MB/cpu-s {rows:>9,} rows"


def main(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = list(documents(megabytes))
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        size = len(lines)
        (folder / "a.jsonl").write_bytes(lines)
        (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines, 6))
        pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet", compression="zstd", row_group_size=10_000)
        with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
            writer = stdlib_csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        (folder / "texts").mkdir()
        for row in rows[:5000]:
            (folder / "texts" / f"{row['id']}.md").write_text(f"---\nlicense: CC0-1.0\n---\n{row['text']}", "utf-8")
        texts = sum(path.stat().st_size for path in (folder / "texts").iterdir())
        print(f"{size / 1e6:.0f} MB of JSON lines; MB are those of the unpacked lines, best of three")
        for title, run, own in (
            ("msgspec, bare loop", bare_jsonl(folder / "a.jsonl"), size),
            ("jsonl", ours("jsonl", folder / "a.jsonl"), size),
            ("gzip + msgspec, bare loop", bare_jsonl(folder / "a.jsonl.gz", gzip.open), size),
            ("jsonl.gz", ours("jsonl", folder / "a.jsonl.gz"), size),
            ("pyarrow, bare loop", bare_parquet(folder / "a.parquet"), size),
            ("parquet", ours("parquet", folder / "a.parquet"), size),
            ("csv.DictReader, bare loop", bare_csv(folder / "a.csv"), size),
            ("csv", ours("csv", folder / "a.csv"), size),
            ("folder", ours("folder", folder / "texts" / "*.md"), texts),
        ):
            print(f"{title:28} {measured(run, own)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
