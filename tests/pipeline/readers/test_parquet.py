"""Parquet: columns by name, nested ones by dots, the same rows however the file is cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.reader import Wanted, find
from pipeline.readers._listing import list_files
from tests.reading import faults, read_rows


def test_row_groups_units_and_batches_change_nothing(tmp_path: Path) -> None:
    texts = [f"Satz {i} " + "Wort " * (i % 90) for i in range(5000)]
    pq.write_table(pa.table({"id": range(5000), "text": texts}), tmp_path / "a.parquet", row_group_size=777)
    whole = read_rows("parquet", tmp_path / "a.parquet", target=1 << 30)
    assert [(row["row"], row["id"], row["text"]) for row in whole] == [(i + 1, str(i), t) for i, t in enumerate(texts)]
    for target in (1, 20_000):
        assert (
            read_rows("parquet", tmp_path / "a.parquet", Wanted(batch_rows=100, batch_bytes=5000), target=target)
            == whole
        )


def test_rows_selects_within_row_groups(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [f"Satz {i}" for i in range(1000)]}), tmp_path / "a.parquet", row_group_size=100)
    reader = find("parquet")(find("parquet").Options(), Wanted())
    units = list(reader.units("s", list_files(str(tmp_path / "a.parquet"), False), 1))
    assert len(units) == 10
    found = [
        row for unit in units for batch in reader.read(unit, np.array([1, 100, 101, 555])) for row in batch.to_pylist()
    ]
    assert [(row["row"], row["text"]) for row in found] == [
        (1, "Satz 0"),
        (100, "Satz 99"),
        (101, "Satz 100"),
        (555, "Satz 554"),
    ]


def test_nested_names_dictionaries_and_other_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": pa.array(["a", "b", "a"]).dictionary_encode(),
            "metadata": [{"license": "CC0-1.0", "n": 1}, None, {"license": "", "n": 2}],
            "rights": [[{"uri": "u1"}, {"uri": "u2"}], [], None],
            "score": pa.array([1.5, float("nan"), None]),
            "a.b": ["flat", None, " "],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    evidence = ("metadata.license", "rights.uri", "score", "a.b", "absent")
    rows = read_rows("parquet", tmp_path / "a.parquet", Wanted(evidence=evidence))
    assert [row["text"] for row in rows] == ["a", "b", "a"]
    assert [row.get("ev:metadata.license") for row in rows] == ['"CC0-1.0"', None, None]
    assert [row.get("ev:rights.uri") for row in rows] == ['["u1","u2"]', None, None]
    assert [row.get("ev:score") for row in rows] == ["1.5", '"nan"', None]  # not a number is a word, not a silence
    assert [row.get("ev:a.b") for row in rows] == ['"flat"', None, None]


def test_wrong_types_are_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [1, None], "id": [1.5, 2.5]}), tmp_path / "a.parquet")
    rows = read_rows("parquet", tmp_path / "a.parquet")
    assert faults(rows) == [("a.parquet", 1, "input.wrong-type"), ("a.parquet", 2, "input.wrong-type")]


def test_a_file_without_our_columns_still_has_its_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"other": [1, 2, 3]}), tmp_path / "a.parquet")
    assert faults(read_rows("parquet", tmp_path / "a.parquet")) == [
        ("a.parquet", n, "input.no-text") for n in (1, 2, 3)
    ]


def test_unknown_columns_are_those_that_no_file_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"], "m": [{"license": "x"}]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["a"], "l": [["x"]]}), tmp_path / "b.parquet")
    reader = find("parquet")(
        find("parquet").Options(), Wanted(columns={"text": "text", "id": "doi"}, evidence=("m.license", "l", "m.nope"))
    )
    files = list_files(str(tmp_path / "*.parquet"), False)
    assert reader.unknown_columns(files) == ("doi", "m.nope")  # type: ignore[attr-defined]
