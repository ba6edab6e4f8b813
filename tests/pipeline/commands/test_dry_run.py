"""`run --dry-run`: the first look at a corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.commands.dry_run import RECORDS
from pipeline.commands.run import run
from tests.corpora import config, texts, write_jsonl


def lines(output: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in output.splitlines() if line.startswith("│")]


def test_statements_stand_by_number_of_records_and_those_not_understood_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [*["CC0-1.0"] * 3, "frei nutzbar", *["siehe Impressum"] * 2, ["CC BY 4.0", "CC BY 4.0"], None]
    rows = [{"id": str(i), "text": t, "license": s} for i, (t, s) in enumerate(zip(texts(8), said, strict=True))]
    write_jsonl(tmp_path / "in/a.jsonl", [*rows, "{broken"])
    before = sorted(tmp_path.rglob("*"))
    assert run(config(tmp_path), dry_run=True) == 0
    output = capsys.readouterr().out
    found = [row for row in lines(output) if len(row) == 3 and row[0].isdigit() and row[2] not in row[0]]
    table = [row for row in found if row[1] in ("siehe Impressum", "frei nutzbar", "CC0-1.0", "CC BY 4.0")]
    assert table == [
        ["2", "siehe Impressum", "—"],
        ["1", "frei nutzbar", "—"],
        ["3", "CC0-1.0", "CC0-1.0"],
        ["1", "CC BY 4.0", "CC-BY-4.0"],
    ]
    after = sorted(path for path in tmp_path.rglob("*") if path.name != "config.yaml")
    assert after == before and "nothing was written" in output


def test_it_reads_so_many_records_of_each_source_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": str(i), "text": f"Satz {i}.", "license": "CC0-1.0"} for i in range(RECORDS + 500)]
    write_jsonl(tmp_path / "in/a.jsonl", rows)
    assert run(config(tmp_path), dry_run=True) == 0
    assert any(row[:2] == ["read", "1,000"] for row in lines(capsys.readouterr().out))
