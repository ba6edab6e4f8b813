"""Captures beside the records of every reader: by the record's address and the day it was fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline
from pipeline.engines import Inline
from pipeline.errors import InputError
from pipeline.reader import Wanted, find, schema
from pipeline.readers._captured import Captured
from pipeline.readers._listing import list_files
from tests.corpora import HEAD, POLICY, decisions, kept, texts

ROWS = [
    {"id": "a", "url": "https://zu.example/1", "text": "Eins", "day": "2026-05-01", "license": "CC0-1.0"},
    {"id": "b", "url": "https://zu.example/1", "text": "Zwei", "day": "2026-01-01", "license": "CC0-1.0"},
    {"id": "c", "url": "https://offen.example/1", "text": "Drei", "day": None, "license": "CC0-1.0"},
    {"id": "d", "url": None, "text": "Vier", "day": "2026-05-01", "license": "CC0-1.0"},
    {"id": "e", "url": "kein Ort", "text": "Fünf", "day": "2026-05-01", "license": "CC0-1.0"},
]


@pytest.fixture
def captures(tmp_path: Path) -> str:
    for place, body in {
        "zu.example/2026-01-01/robots.txt": "User-agent: *\nAllow: /\n",
        "zu.example/2026-04-01/robots.txt": "User-agent: GPTBot\nDisallow: /\n",
        "offen.example/2026-04-01/robots.txt": "User-agent: *\nAllow: /\n",
        "offen.example/2026-04-01/tdmrep.json": '[{"location": "/", "tdm-reservation": 0}]',
    }.items():
        path = tmp_path / "captures" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, "utf-8")
    return str(tmp_path / "captures")


def read(reader: str, pattern: Path, wanted: Wanted) -> list[dict[str, Any]]:
    kind = find(reader)
    made = Captured(lambda want: kind(kind.Options(), want), wanted)
    rows = []
    for unit in made.units("s", list_files(str(pattern), False, reader), 1 << 20):
        for batch in made.read(unit):
            batch.validate(full=True)
            assert batch.schema == schema(wanted)
            rows += batch.to_pylist()
    return rows


def written(folder: Path, reader: str) -> Path:
    if reader == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), folder / "rows.parquet")
    elif reader == "jsonl":
        (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), "utf-8")
    else:
        lines = ["id,url,text,day,license", *(",".join(str(v or "") for v in row.values()) for row in ROWS)]
        (folder / "rows.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / f"rows.{reader}"


@pytest.mark.parametrize("reader", ["jsonl", "parquet", "csv"])
def test_every_reader_joins_by_address_and_day(tmp_path: Path, captures: str, reader: str) -> None:
    evidence = ("license", "@robots", "@tdmrep")
    wanted = Wanted(columns={"retrieved": "day"}, evidence=evidence, captures=captures)
    rows = {row["id"]: row for row in read(reader, written(tmp_path, reader), wanted)}
    assert json.loads(rows["a"]["ev:@robots"])["seen"] == "2026-04-01"
    both = json.loads(rows["b"]["ev:@robots"])["captures"]  # the one in force then, and the newest
    assert [one["seen"] for one in both] == ["2026-01-01", "2026-04-01"]
    assert json.loads(rows["c"]["ev:@robots"])["body"].startswith("User-agent: *")
    assert json.loads(json.loads(rows["c"]["ev:@tdmrep"])["body"])[0]["tdm-reservation"] == 0
    assert {rows[name]["ev:@robots"] for name in "de"} == {None} and rows["a"]["ev:@tdmrep"] is None
    assert all(json.loads(row["ev:license"]) == "CC0-1.0" for row in rows.values())
    small = Wanted(wanted.columns, evidence, batch_rows=2, batch_bytes=1, captures=captures)
    assert {row["id"]: row for row in read(reader, written(tmp_path, reader), small)} == rows


def test_long_captures_come_in_bounded_batches(tmp_path: Path, captures: str) -> None:
    long = tmp_path / "captures" / "zu.example" / "2026-04-01" / "robots.txt"
    long.write_text("User-agent: *\nDisallow: /x\n" + "# kein Wort\n" * 20_000, "utf-8")
    rows = "".join(json.dumps(ROWS[0] | {"id": str(n)}) + "\n" for n in range(200))
    (tmp_path / "rows.jsonl").write_text(rows, "utf-8")
    kind = find("jsonl")
    wanted = Wanted(columns={"retrieved": "day"}, evidence=("@robots",), batch_bytes=1 << 20, captures=captures)
    made = Captured(lambda want: kind(kind.Options(), want), wanted)
    units = made.units("s", list_files(str(tmp_path / "rows.jsonl"), False), 1 << 30)
    sizes = [batch.nbytes for unit in units for batch in made.read(unit)]
    assert len(sizes) > 10 and max(sizes) < 3 << 20


def test_captures_that_are_gone_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read("jsonl", tmp_path / "x.jsonl", Wanted(evidence=("@robots",), captures=str(tmp_path / "nothing")))


def test_a_run_honours_them(tmp_path: Path, captures: str) -> None:
    rows = [row | {"text": text} for row, text in zip(ROWS, texts(len(ROWS)), strict=True)]
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    (tmp_path / "rights.csv").write_text("key,terms\nc,CC0-1.0\n", "utf-8")
    (tmp_path / "config.yaml").write_text(
        f"""{HEAD}sources:
  - name: netz
    reader: jsonl
    path: "{tmp_path}/rows.jsonl"
    columns: {{retrieved: day}}
    captures: "{captures}"
    join: {{path: "{tmp_path}/rights.csv", on: {{id: key}}, columns: [terms]}}
    evidence: [{{from: column, column: license}}, {{from: column, column: terms}}]
    reservations: [robots, tdmrep]
{POLICY}stages: []
output: {{path: "{tmp_path}/out"}}
""",
        "utf-8",
    )
    pipeline.run(str(tmp_path / "config.yaml"), engine=Inline())
    found = {row["id"]: row["reason"] for row in decisions(tmp_path / "out")}
    assert found == dict.fromkeys("ab", "reservation.robots") | dict.fromkeys("cde", "keep")
    answers = {r["id"]: {(s["protocol"], s["answer"]) for s in r["reservations"]} for r in kept(tmp_path / "out")}
    assert ("robots", "allowed") in answers["c"] and ("robots", "not-looked-for") in answers["d"]
