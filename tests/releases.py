"""Small releases for the tests of papers and commands: made by a real run, copied for those that change them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import pipeline
from pipeline import commit
from pipeline.engines import Inline
from tests.corpora import HEAD, texts, write_jsonl

FAMILY_POLICY = """policy:
  uses: [reproduction, derivative-works, distribution, commercial-use]
  duties: [attribution, notice, license-text, mark-changes, share-alike, bind-recipients]
  families: worst-member
  accepted_risks: [{license: CC BY, use: commercial-use, because: fees are no concern of ours}]
"""
LICENSES = ["CC0-1.0", "CC-BY-4.0", "CC BY", "CC-BY-SA-4.0", "MIT", "CC-BY-NC-4.0", "unbekannt", None, "dl-de/by-2-0"]
HOSTILE = '<script>alert("x")</script> [a](javascript:1) | `b` \u202e </table> & "quoted"'
OWN = """licenses:
  - {id: LicenseRef-verlag, name: Vertrag, uses: [reproduction, derivative-works, distribution, commercial-use],
     duties: [attribution], signed: 2026-01-01, expires: 2030-01-01, provider_wording: "Mit Dank an den Verlag"}
"""


def made(folder: Path, *, card: str = "en", more: str = "", policy: str = FAMILY_POLICY) -> Path:
    """A release with kept families, share-alike, a contract, copies, a contested text and hostile statements."""
    rows: list[dict[str, Any]] = [
        {"id": f"r{i}", "text": text, "license": LICENSES[i % len(LICENSES)], "title": f"Titel {i}",
         "author": f"A. Muster {i % 7}", "url": f"https://host{i % 3}.example/{i}", "date": f"20{10 + i % 9}-05-01"}
        for i, text in enumerate(texts(72))
    ]  # fmt: skip
    rows += [
        {**rows[0], "id": "copy-of-r0", "license": "CC-BY-4.0", "url": "https://other.example/1", "date": "2025-01-01"},
        {**rows[1], "id": "denied-r1", "license": "CC-BY-NC-ND-4.0", "url": "https://other.example/2"},
        {**rows[2], "id": "hostile", "text": "Ein eigener Satz über Häuser und Wege.", "license": HOSTILE},
        {**rows[2], "id": f"<b>{HOSTILE}</b>", "text": "Noch ein Satz über Bäume und Berge.", "license": "CC0-1.0",
         "title": HOSTILE, "author": HOSTILE},
    ]  # fmt: skip
    write_jsonl(folder / "in/a.jsonl", [*rows, "{broken"])
    own = [{"id": f"v{i}", "text": f"Spalte {i}: {text}"} for i, text in enumerate(texts(5, seed=9))]
    write_jsonl(folder / "in/own.jsonl", own)
    (folder / "in/vertrag.txt").write_text("Der Vertrag.", "utf-8")
    (folder / "in/deny.txt").write_text("# as of 2026-11-01\nhost: nobody.example\n", "utf-8")
    contract = OWN.replace("signed:", f'document: "{folder}/in/vertrag.txt", signed:')
    config = f"""{HEAD}card: {{language: {card}}}
{contract}sources:
  - name: s
    reader: jsonl
    path: "{folder}/in/a.jsonl"
    columns: {{published: date}}
    evidence: [{{from: column, column: license}}]
  - name: own
    reader: jsonl
    path: "{folder}/in/own.jsonl"
    evidence: [{{from: curator, license: LicenseRef-verlag, because: our contract}}]
{policy}stages: [{{stage: length, min_characters: 20}}, {{stage: list, deny: "{folder}/in/deny.txt"}}, {{stage: dedup}}]
output: {{path: "{folder}/out", partition: duties, file_bytes: 4096, gates: {{max_unrecognised: 0.5}}}}
{more}"""
    (folder / "config.yaml").write_text(config, "utf-8")
    pipeline.run(str(folder / "config.yaml"), engine=Inline())
    return folder / "out"


def rewritten(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Rewrites a Parquet file row by row, in its schema."""
    table = pq.read_table(path, partitioning=None)
    rows = [change(row) for row in table.to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)


def changed_run(out: Path, change: Callable[[dict[str, Any]], None]) -> None:
    run = json.loads((out / "run.json").read_text("utf-8"))
    change(run)
    commit.write_json(out / "run.json", run)


def resealed(out: Path) -> None:
    """All digests made right again, as a careful forger would."""
    from licenses.model import digest
    from pipeline.papers import digests

    def seal(run: dict[str, Any]) -> None:
        for entry in run["files"]:
            path = out / entry["path"]
            rows = pq.read_metadata(path).num_rows
            entry |= {"sha256": commit.sha256(path), "bytes": os.stat(path).st_size, "rows": rows}
        run["release"] = digest([[f["path"], f["sha256"]] for f in run["files"]])
        run["papers"] = digests(out)

    changed_run(out, seal)
