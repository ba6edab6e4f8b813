"""JSON lines: what is read is what stands there, however the file is cut, packed or selected from."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.reader import Wanted, find
from pipeline.readers import _json_record
from pipeline.readers._listing import list_files
from tests.reading import read_rows

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LINES = st.lists(
    st.one_of(
        st.fixed_dictionaries({"text": TEXT}, optional={"id": TEXT | st.integers(), "license": st.none() | TEXT}).map(
            lambda value: json.dumps(value, ensure_ascii=False).encode()
        ),
        st.fixed_dictionaries({"text": TEXT, "x": st.lists(TEXT)}).map(lambda value: json.dumps(value).encode()),
        st.sampled_from([b"", b"  ", b"\r", b"{", b"null", b'{"text": 1}', b'{"text": "\xff"}', b"x" * 300]),
    ),
    max_size=30,
)


@given(lines=LINES, ending=st.booleans(), target=st.integers(1, 400), mark=st.booleans())
@settings(max_examples=150, deadline=None)
def test_byte_ranges_read_every_line_once_with_its_number(
    lines: list[bytes], ending: bool, target: int, mark: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + b"\n".join(lines) + (b"\n" if ending else b""))
        whole = read_rows("jsonl", path, Wanted(evidence=("license",)), target=1 << 20)
        assert read_rows("jsonl", path, Wanted(evidence=("license",), batch_rows=3), target=target) == whole
        assert [row["row"] for row in whole] == [n for n, line in enumerate(lines, 1) if line.strip()]


@given(text=st.text(max_size=300), escape=st.booleans(), piece=st.integers(1, 40))
@settings(max_examples=300, deadline=None)
def test_a_long_text_unpacked_in_pieces_is_the_text(text: str, escape: bool, piece: int) -> None:
    line = json.dumps({"id": "x", "text": text, "license": "CC0-1.0"}, ensure_ascii=escape).encode(
        "utf-8", "surrogatepass"
    )
    expected = _json_record.Decoder(Wanted(evidence=("license",))).columns([line])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json_record, "LARGE", 0)
        patch.setattr(_json_record, "PIECE", piece)
        found = _json_record.Decoder(Wanted(evidence=("license",))).columns([line])
    assert bool(found.get("problem")) == bool(expected.get("problem"))
    if not expected.get("problem"):
        assert (found["text"].to_pylist(), found["id"], found["ev:license"]) == ([text], ["x"], ['"CC0-1.0"'])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), (" \t\u00a0", None), ([], None), ("nan", '"nan"'), ("None", '"None"'), ({}, "{}"),
     ([""], '[""]'), (["CC0-1.0", "MIT"], '["CC0-1.0","MIT"]'), (5, "5"), (False, "false"), ("license", '"license"'),
     (10**30, f'"{hex(10**30)}"'), ({"URL": "http://x", "start": None}, '{"URL":"http://x","start":null}')],
)  # fmt: skip
def test_missing_statements_are_null_and_every_other_one_is_delivered(
    tmp_path: Path, value: Any, expected: str | None
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "a", "license": value, "m": {"l": [{"v": value}]}}))
    [row] = read_rows("jsonl", tmp_path / "a.jsonl", Wanted(evidence=("license", "absent", "m.l.v")))
    assert row.get("ev:license") == expected
    assert "ev:absent" not in row
    if expected and not isinstance(value, list):
        assert row["ev:m.l.v"] == f"[{expected}]"


def test_columns_are_mapped_by_name_and_dots(tmp_path: Path) -> None:
    record = {"doi": 7, "body": {"de": "Text"}, "authors": [{"given": "A.", "family": "B"}, {"name": "C"}, "D"],
              "date": "03.02.2024", "a.b": "flat", "text": "another one"}  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    columns = {"id": "doi", "text": "body.de", "author": "authors", "published": "date", "title": "a.b"}
    [row] = read_rows("jsonl", tmp_path / "a.jsonl", Wanted(columns=columns))
    assert (row["id"], row["text"], row["author"]) == ("7", "Text", "A. B; C; D")
    assert (row["published"], row["title"]) == ("2024-02-03", "flat")


def test_rows_selects_by_number(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(f'{{"text": "Satz {i}"}}\n\n' for i in range(500)))
    reader = find("jsonl")(find("jsonl").Options(), Wanted())
    [unit] = reader.units("s", list_files(str(tmp_path / "a.jsonl"), False), 1 << 20)
    found = [row for batch in reader.read(unit, np.array([1, 2, 501, 999])) for row in batch.to_pylist()]
    assert [(row["row"], row["text"]) for row in found] == [(1, "Satz 0"), (501, "Satz 250"), (999, "Satz 499")]


def test_batches_are_bounded_by_rows_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({"text": "x" * (i % 7) * 5000 + "y"}) + "\n" for i in range(400))
    )
    reader = find("jsonl")(find("jsonl").Options(), Wanted(batch_rows=50, batch_bytes=100_000))
    [unit] = reader.units("s", list_files(str(tmp_path / "a.jsonl"), False), 1 << 30)
    batches = list(reader.read(unit))
    assert sum(batch.num_rows for batch in batches) == 400
    assert all(batch.num_rows <= 50 for batch in batches)


def test_a_file_cut_while_it_is_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "Satz"}\n' * 400_000)
    reader = find("jsonl")(find("jsonl").Options(), Wanted())
    [unit] = reader.units("s", list_files(str(path), False), 1 << 30)
    batches = reader.read(unit)
    next(batches)
    with path.open("r+b") as file:
        file.truncate(3_000_000)
    with pytest.raises(InputError, match=r"a\.jsonl: ended at byte"):
        list(batches)
