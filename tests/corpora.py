"""Small corpora and configurations for tests, and what a release says, read back without our own code."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

POLICY = """policy:
  uses: [reproduction, derivative-works, distribution, commercial-use]
  duties: [attribution, notice, license-text, mark-changes]
"""
HEAD = """version: 1
as_of: 2026-11-24
dataset: {name: Probe, version: 1.0.0, summary: Made for a test., curators: [Test], contact: test@example.org}
"""
WORDS = [
    "Haus",
    "Baum",
    "Weg",
    "Fluss",
    "Berg",
    "Tal",
    "Brot",
    "Licht",
    "Wasser",
    "Stein",
    "Garten",
    "Brücke",
    "Turm",
    "Glocke",
    "Markt",
    "Hafen",
    "Wiese",
    "Wolke",
]


def texts(count: int, seed: int = 1, words: int = 30) -> list[str]:
    """Texts that share no run of words to speak of."""
    made = random.Random(seed)
    return [
        f"Nummer {i}: " + " ".join(f"{made.choice(WORDS)}{made.randrange(10**5)}" for _ in range(words))
        for i in range(count)
    ]


def write_jsonl(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in rows), "utf-8"
    )


def config(
    folder: Path,
    *,
    path: str = "in/*.jsonl",
    stages: str = "[]",
    policy: str = POLICY,
    more: str = "",
    out: str = "out",
) -> str:
    """A configuration over one JSONL source with a licence column; returns its path."""
    text = f"""{HEAD}sources:
  - name: s
    reader: jsonl
    path: "{folder / path}"
    evidence: [{{from: column, column: license}}]
{policy}stages: {stages}
output: {{path: "{folder / out}"}}
{more}"""
    file = folder / "config.yaml"
    file.write_text(text, "utf-8")
    return str(file)


def decisions(out: Path) -> list[dict[str, Any]]:
    return [row for path in sorted((out / "decisions").glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def kept(out: Path) -> list[dict[str, Any]]:
    files = sorted((out / "data").rglob("*.parquet"))
    return [row for path in files for row in pq.read_table(path, partitioning=None).to_pylist()]


def reasons(out: Path) -> Counter[str]:
    return Counter(row["reason"] for row in decisions(out))


def hashes(out: Path) -> dict[str, str]:
    """SHA-256 of every file whose bytes are promised."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("data", "decisions")
        for path in sorted((out / part).rglob("*.parquet"))
    }
