"""Rights in another table: by key, every differing statement, null where there is none, never from a damaged table."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError
from pipeline.reader import Wanted, find
from pipeline.readers._join import Joined, Table
from pipeline.readers._listing import list_files

WANTED = Wanted(evidence=("license", "own"))


def joined(folder: Path, table: str, on: tuple[str, str] = ("id", "doi")) -> list[str | None]:
    reader = Joined(
        find("jsonl"), find("jsonl").Options(), WANTED, Table(str(folder / table), on, ("license",)), folder / "work"
    )
    [unit] = reader.units("s", list_files(str(folder / "a.jsonl"), False), 1 << 20)
    rows = [row for batch in reader.read(unit) for row in batch.to_pylist()]
    assert all(row["ev:own"] == '"own"' for row in rows)
    return [row["ev:license"] for row in rows]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    rows = [("10.1/a", 7), ("10.1/b", "10.1/a"), ("10.1/c", None), ("unknown", 8), (7, ["7"]), (None, 7)]
    lines = [json.dumps({"id": key, "nr": nr, "text": "Text", "own": "own"}) for key, nr in rows]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    return tmp_path


def test_by_key_from_csv_and_parquet(records: Path) -> None:
    (records / "t.csv").write_text(
        "doi,license\n10.1/a,cc-by\n10.1/b,cc-by\n10.1/b,cc0\n10.1/c,\n7,pd\n10.1/a,cc-by\n,nc\n"
    )
    expected = ['"cc-by"', '["cc-by","cc0"]', None, None, '"pd"', None]
    assert joined(records, "t.csv") == expected
    table = pa.table(
        {"doi": ["7", "10.1/b", "10.1/a", "10.1/b", "10.1/c"], "license": ["pd", "cc0", "cc-by", "cc-by", None]}
    )
    pq.write_table(table, records / "t.parquet")
    assert joined(records, "t.parquet") == expected


def test_by_a_column_of_the_source(records: Path) -> None:
    (records / "t.csv").write_text("doi,license\n10.1/a,cc-by\n7,pd\n")
    assert joined(records, "t.csv", ("nr", "doi")) == ['"pd"', '"cc-by"', None, None, None, '"pd"']


def test_a_changed_table_is_read_again(records: Path) -> None:
    (records / "t.csv").write_text("doi,license\n10.1/a,cc-by\n")
    assert joined(records, "t.csv")[0] == '"cc-by"'
    (records / "t.csv").write_text("doi,license\n10.1/a,nc\n")
    assert joined(records, "t.csv")[0] == '"nc"'


def test_a_damaged_table_or_a_missing_column_is_an_error(records: Path) -> None:
    (records / "t.csv").write_text('doi,license\n10.1/a,cc-by\n10.1/b,"nc\n')
    with pytest.raises(InputError, match=r"t\.csv:3: the joined table"):
        joined(records, "t.csv")
    reader = Joined(
        find("jsonl"),
        find("jsonl").Options(),
        Wanted(evidence=("licence",)),
        Table(str(records / "t.csv"), ("id", "doi"), ("licence",)),
        records / "work",
    )
    [unit] = reader.units("s", list_files(str(records / "a.jsonl"), False), 1 << 20)
    with pytest.raises(InputError, match="no column licence"):
        next(reader.read(unit))
