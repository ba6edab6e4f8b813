"""Near duplicates out of core: seconds, memory and disk of every step over synthetic records made of real sentences.

Run: REINSCHRIFT_TRIALS=DIR python tests/bench/dedup_scale.py [RECORDS] [MEMORY_MB]. A record is six sentences of the
trial data's law and parliament texts, drawn at random; every tenth is an earlier one with a word changed.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from licenses.model import Policy
from pipeline import near
from pipeline.kernels.fingerprint import fingerprints
from pipeline.stage import Batch, Context
from pipeline.stages.dedup import Stage

UNIT = 200_000


def sentences(folder: Path) -> list[str]:
    found: dict[str, None] = {}
    for name in ("law-dev", "parl-dev"):
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and path.suffix in (".md", ".txt", ".xml"):
                text = re.sub(r"<[^>]*>|\s+", " ", path.read_text(encoding="utf-8", errors="replace"))
                found |= dict.fromkeys(s for s in re.findall(r"[A-ZÄÖÜ][^.!?]{50,140}[.!?]", text))
    return list(found)


def unit(number: int, rows: int, pool: list[str]) -> pa.LargeStringArray:
    """The texts of a unit, the same whenever they are asked for."""
    rng = np.random.default_rng(number)
    picks = rng.integers(0, len(pool), (rows, 6))
    texts = [" ".join([pool[i] for i in row]) for row in picks.tolist()]
    for n in range(10, rows, 10):
        words = texts[n - 7].split()
        words[int(rng.integers(len(words)))] = f"geändert{n}"
        texts[n] = " ".join(words)
    return pa.array(texts, pa.large_string())


def main() -> None:
    trials = os.environ.get("REINSCHRIFT_TRIALS")
    if not trials:
        sys.exit("set REINSCHRIFT_TRIALS to the folder of trial data")
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    memory = int(sys.argv[2]) << 20 if len(sys.argv) > 2 else 256 << 20
    pool = sentences(Path(trials))
    sizes = [min(UNIT, records - at) for at in range(0, records, UNIT)]
    stage = Stage(Stage.Options(near=0.8), Context(Policy(), "2026-01-01"))
    with tempfile.TemporaryDirectory() as place:
        folder, marks, size = Path(place), [], 0
        measured = 0.0
        for number, rows in enumerate(sizes):
            text = unit(number, rows, pool)
            size += text.nbytes
            begun = time.process_time()
            facts = stage.measure(Batch(pl.DataFrame({"row": range(rows)}), text, pa.nulls(rows, pa.large_binary())))
            marks.append(fingerprints(text))
            facts.write_parquet(folder / f"facts-{number}.parquet", compression="uncompressed", use_pyarrow=True)
            measured += time.process_time() - begun
        disk = sum(p.stat().st_size for p in folder.iterdir())
        print(f"{records} records, {size / 1e6:.0f} MB of text, {len(pool)} sentences, memory {memory >> 20} MB")
        speed = f"{size / 1e6 / measured:7.1f} MB/s  {disk / records:.0f} B a record"
        print(f"measure, fingerprint, facts  {measured:8.1f} s  {speed}", flush=True)
        search = near.Search(folder, lambda u: folder / f"facts-{u}.parquet", 0.8, memory=memory)

        def timed(name: str, step: Callable[[], object]) -> None:
            begun = time.process_time()
            step()
            used = time.process_time() - begun
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{name:28} {used:8.1f} s  {records / max(used, 1e-9) / 1e6:7.2f} M records/s  peak {peak:.0f} MB",
                flush=True,
            )

        def members() -> Iterator[pl.DataFrame]:
            for number, (high, low) in enumerate(marks):
                rows = len(high)
                at = pl.int_range(rows, eager=True, dtype=pl.Int64) + (number << 32)
                fixed = {
                    "source": "s", "alive": True, "denies": False, "scope": "record", "origin": False,
                    "basis": "license", "strength": 4, "exact": True, "published": None, "characters": 0,
                    "contested": False, "copies": 1, "released": False,
                }  # fmt: skip
                marks_of = {"fingerprint_hi": high, "fingerprint_lo": low}
                frame = pl.DataFrame({"at": at, "id": at.cast(pl.String), **marks_of})
                frame = frame.with_columns(pl.lit(value).alias(name) for name, value in fixed.items())
                frame = frame.with_columns(pl.lit([], pl.List(pl.String)).alias("duties"))
                yield frame.select(pl.col(name).cast(kind) for name, kind in near.MEMBERS.items())

        def texts() -> None:
            for u in search.units():
                wanted = search.wanted(u)
                search.put(u, [(wanted, unit(u, sizes[u], pool).take(pa.array(wanted)))])

        timed("rank", lambda: search.rank(pl.concat(members())))
        timed("bands", lambda: [search.band(band) for band in range(near.BANDS)])
        timed("candidates", search.candidates)
        timed("texts (made again here)", texts)
        parts = search.parts()
        timed("check", lambda: [search.check(part, len(parts)) for part in parts])
        found = []
        timed("changes", lambda: found.append(search.changes(len(parts))))
        print(found[0].filter(pl.col("duplicate_of").is_not_null()).height, "copies")


if __name__ == "__main__":
    main()
