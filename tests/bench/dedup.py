"""Near duplicates: speed, recall and wrong removals beside other tools, over one corpus of known truth, in one run.

Run: REINSCHRIFT_TRIALS=DIR python tests/bench/dedup.py [MEGABYTES]. The corpus is the trial data's text in pieces, with
planted edits and templated texts; the truth is an exact comparison of all pairs. Peers that are not installed are left
out; text-dedup, which wants packages of its own, is called with the Python that TEXT_DEDUP names. All figures are CPU
seconds of this process and its children, one core's worth of work.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from licenses.model import Policy
from pipeline import near
from pipeline.kernels.fingerprint import fingerprints
from pipeline.kernels.normalise import pieces
from pipeline.kernels.signature import shingles, sketches_of_text
from pipeline.stage import Batch, Context
from pipeline.stages.dedup import Stage

THRESHOLD = 0.8
FOLDERS = ("law-dev", "parl-dev", "docs-dev", "tei-dev")
Pairs = dict[tuple[int, int], float]


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def corpus(folder: Path, size: int) -> tuple[list[str], range]:
    """Texts in pieces of 150 to 12,000 characters, every sixth with an edited copy; and which of them are templates."""
    rng = random.Random(20261124)
    texts: list[str] = []
    total = 0
    for path in (p for name in FOLDERS for p in sorted((folder / name).rglob("*")) if p.is_file()):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        at = 0
        while at < len(text) and total < size:
            length = int(150 * 80 ** rng.random())
            texts.append(text[at : at + length])
            total += len(texts[-1])
            at += length
    for text in texts[::6]:
        words = text.split()
        kind = rng.random()
        if kind < 0.7:
            for _ in range(max(1, int(len(words) * rng.choice([0.005, 0.01, 0.02, 0.04, 0.06])))):
                words[rng.randrange(len(words))] = f"w{rng.randrange(10**6)}" if words else ""
        elif kind < 0.85:
            words = words[: int(len(words) * rng.uniform(0.5, 1))]
        else:
            words += rng.choice(texts).split()[: int(len(words) * rng.uniform(0, 0.6))]
        texts.append(" ".join(words))
    first = len(texts)

    def price_list() -> str:
        return "\n".join(
            f"Artikel {n}: {rng.randrange(10**4)} Euro, lieferbar ab {rng.randrange(28)}.{rng.randrange(12)}."
            for n in range(40)
        )

    texts += [price_list() for _ in range(300)]  # one form, other numbers: all of them must stay
    high, _ = fingerprints(pa.array(texts, pa.large_string()))
    _, at = np.unique(high, return_index=True)
    distinct = [texts[n] for n in sorted(at.tolist())]
    templates = sum(n >= first for n in at.tolist())
    return distinct, range(len(distinct) - templates, len(distinct))


def truth(texts: Sequence[str]) -> Pairs:
    """Every pair at 0.6 or above, exactly: a join of the sets of windows on themselves."""
    values, edges = shingles(pa.array(texts, pa.large_string()))
    sizes = np.diff(edges)
    rows = pl.DataFrame({"row": np.repeat(np.arange(len(texts), dtype=np.uint32), sizes), "window": values})
    rows = rows.filter(pl.col("window").is_duplicated())
    shared = (
        rows.lazy()
        .join(rows.lazy(), on="window", suffix="_2")
        .filter(pl.col("row") < pl.col("row_2"))
        .group_by("row", "row_2")
        .len()
        .collect(engine="streaming")
    )
    found = {}
    for a, b, common in shared.iter_rows():
        similarity = common / (sizes[a] + sizes[b] - common)
        if similarity >= 0.6:
            found[a, b] = float(similarity)
    return found


def report(
    name: str, seconds: float, megabytes: float, pairs: Pairs, templates: range, removed: set[int], count: int
) -> None:
    """A line: speed; copies left in at or above a similarity; removals whose best kept neighbour is below 0.8."""
    kept = set(range(count)) - removed
    best = dict.fromkeys(removed, 0.0)
    for (a, b), similarity in pairs.items():
        for one, other in ((a, b), (b, a)):
            if one in removed and other in kept:
                best[one] = max(best[one], similarity)
    both = {s: sum(v >= s and a in kept and b in kept for (a, b), v in pairs.items()) for s in (0.8, 0.9)}
    wrong = sum(value < THRESHOLD for value in best.values())
    lost = len(set(templates) & removed)
    print(
        f"{name:34} {seconds:8.2f} s {megabytes / seconds:8.1f} MB/s   removed {len(removed):6}  below 0.8: {wrong:5}  "
        f"pairs left >= 0.8: {both[0.8]:5}, >= 0.9: {both[0.9]:4}  templates removed: {lost}"
    )


def ours(texts: Sequence[str]) -> tuple[set[int], float]:
    """The stage's measure and the whole search, files and all, as a run does it; and the seconds of the measure."""
    folder = Path(tempfile.mkdtemp())
    array = pa.array(texts, pa.large_string())
    stage = Stage(Stage.Options(near=THRESHOLD), Context(Policy(), "2026-01-01"))
    begun = cpu()
    facts = stage.measure(
        Batch(pl.DataFrame({"row": range(len(texts))}), array, pa.nulls(len(texts), pa.large_binary()))
    )
    measured = cpu() - begun
    facts.write_parquet(folder / "facts.parquet")
    high, low = fingerprints(array)
    rows = len(texts)
    members = pl.DataFrame(
        {
            "at": range(rows), "source": ["s"] * rows, "id": [f"{n:09}" for n in range(rows)], "fingerprint_hi": high,
            "fingerprint_lo": low, "alive": [True] * rows, "denies": [False] * rows, "scope": ["record"] * rows,
            "origin": [False] * rows, "basis": ["license"] * rows, "strength": [4] * rows, "exact": [True] * rows,
            "published": [None] * rows, "characters": [0] * rows, "duties": [[]] * rows, "contested": [False] * rows,
            "copies": [1] * rows, "released": [False] * rows,
        },
        schema=near.MEMBERS,
    )  # fmt: skip
    search = near.Search(folder, lambda unit: folder / "facts.parquet", THRESHOLD)
    search.rank(members)
    for band in range(near.BANDS):
        search.band(band)
    search.candidates()
    for unit in search.units():
        wanted = search.wanted(unit)
        search.put(unit, [(wanted, array.take(pa.array(wanted)))])
    search.check(0, 1)
    changed = search.changes(1).filter(pl.col("duplicate_of").is_not_null())
    shutil.rmtree(folder)
    return set(changed["at"].to_list()), measured


def datasketch(texts: Sequence[str]) -> set[int]:
    from datasketch import MinHash, MinHashLSH

    index, removed = MinHashLSH(threshold=THRESHOLD, num_perm=112, params=(14, 8)), set()
    for n, text in enumerate(texts):
        words = text.lower().split()
        signature = MinHash(num_perm=112)
        signature.update_batch([" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))])
        if index.query(signature):
            removed.add(n)
        else:
            index.insert(n, signature)
    return removed


def rensa(texts: Sequence[str]) -> set[int]:
    from rensa import RMinHash, RMinHashLSH

    index, removed = RMinHashLSH(threshold=THRESHOLD, num_perm=112, num_bands=14), set()
    for n, text in enumerate(texts):
        words = text.lower().split()
        signature = RMinHash(num_perm=112, seed=42)
        signature.update([" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))])
        if index.query(signature):
            removed.add(n)
        else:
            index.insert(n, signature)
    return removed


def datatrove(texts: Sequence[str]) -> set[int]:
    from datatrove.data import Document
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.hashing import HashConfig
    from loguru import logger

    logger.disable("datatrove")
    folder = tempfile.mkdtemp()
    hashing = HashConfig(precision=64, hash_fc="sha1")  # its call of xxhash fails with xxhash 4
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8, hash_config=hashing)
    documents = [Document(text=text, id=str(n)) for n, text in enumerate(texts)]
    MinhashDedupSignature(output_folder=f"{folder}/a", config=config, language="deu").run(iter(documents))
    for bucket in range(14):
        MinhashDedupBuckets(input_folder=f"{folder}/a", output_folder=f"{folder}/b", config=config).run(
            None, bucket, 14
        )
    MinhashDedupCluster(input_folder=f"{folder}/b", output_folder=f"{folder}/c", config=config).run(None)
    kept = {int(d.id) for d in MinhashDedupFilter(input_folder=f"{folder}/c").run(iter(documents))}
    shutil.rmtree(folder)
    return set(range(len(texts))) - kept


def text_dedup(texts: Sequence[str]) -> set[int]:
    python = os.environ.get("TEXT_DEDUP")
    if not python:
        raise ImportError("TEXT_DEDUP is not set")
    folder = Path(tempfile.mkdtemp())
    pl.DataFrame({"row": range(len(texts)), "text": texts}).write_parquet(folder / "in.parquet")
    given = {
        "path": "parquet", "data_files": folder / "in.parquet", "split": "train", "cache_dir": folder / "cache",
        "output": folder / "out", "column": "text", "ngram": 5, "min_length": 1, "num_perm": 112, "b": 14, "r": 8,
        "threshold": THRESHOLD, "num_proc": 1, "hash_func": "xxh3",
    }  # fmt: skip
    options = [part for key, value in given.items() for part in (f"--{key}", str(value))]
    subprocess.run([python, "-m", "text_dedup.minhash", *options], check=True, capture_output=True, cwd=folder)
    kept = {row for path in sorted((folder / "out").glob("*.arrow")) for row in rows_of(path)}
    shutil.rmtree(folder)
    return set(range(len(texts))) - kept


def rows_of(path: Path) -> list[int]:
    with pa.memory_map(str(path)) as mapped:
        found: list[int] = pa.ipc.open_stream(mapped).read_all().column("row").to_pylist()
    return found


def main() -> None:
    trials = os.environ.get("REINSCHRIFT_TRIALS")
    if not trials:
        sys.exit("set REINSCHRIFT_TRIALS to the folder of trial data")
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 20_000_000
    texts, templates = corpus(Path(trials), size)
    array = pa.array(texts, pa.large_string())
    megabytes = int(np.sum([len(t.encode()) for t in texts])) / 1e6
    pairs = truth(texts)
    counts = {s: sum(v >= s for v in pairs.values()) for s in (0.6, 0.7, 0.8, 0.9)}
    print(f"{len(texts)} texts, {megabytes:.1f} MB, pairs {counts}")

    steps: list[tuple[str, Callable[[], object]]] = [
        ("normalise", lambda: [None for _ in pieces(array)]),
        ("normalise + fingerprint", lambda: fingerprints(array)),
        ("normalise + sketch", lambda: sketches_of_text(array)),
    ]
    for name, step in steps:
        step()
        times = []
        for _ in range(3):
            begun = cpu()
            step()
            times.append(cpu() - begun)
        print(f"{name:34} {min(times):8.2f} s {megabytes / min(times):8.1f} MB/s")

    found = sketches_of_text(array)
    ranges = {s: [p for p, v in pairs.items() if s <= v < s + 0.02] for s in (0.7, 0.8, 0.9)}
    for s, some in ranges.items():
        if some:
            a, b = (np.array(side) for side in zip(*some, strict=True))
            share = float((found.bands[:, a] == found.bands[:, b]).any(axis=0).mean())
            theory = 1 - (1 - (s + 0.01) ** 6) ** 20
            print(f"candidates among the {len(a)} pairs at {s}..{s + 0.02:.2f}: {share:.4f} (theory {theory:.4f})")
    a, b = (np.array(side) for side in zip(*(pair for pair, v in pairs.items() if v >= 0.8), strict=True))
    share = float((found.bands[:, a] == found.bands[:, b]).any(axis=0).mean())
    print(f"candidates among all pairs >= 0.8: {share:.4f}")

    begun = cpu()
    removed, measured = ours(texts)
    whole = cpu() - begun
    report("ours, 20x6, checked, whole step", whole, megabytes, pairs, templates, removed, len(texts))
    print(f"{'  of which sketches':34} {measured:8.2f} s {megabytes / measured:8.1f} MB/s")
    for peer in (rensa, datasketch, text_dedup, datatrove):
        try:
            begun = cpu()
            removed = peer(texts)
            seconds = cpu() - begun
            report(f"{peer.__name__}, 14x8", seconds, megabytes, pairs, templates, removed, len(texts))
            print(f"{'':34} {seconds / whole:8.1f} times as long as ours")
        except (ImportError, AttributeError, TypeError, subprocess.CalledProcessError) as missing:
            print(f"{peer.__name__:34} left out: {missing}")


if __name__ == "__main__":
    main()
