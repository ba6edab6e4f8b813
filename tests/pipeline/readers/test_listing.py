"""Inputs: listed in one order, a path that exists is that path, remote ones like local ones."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from pipeline.errors import InputError
from pipeline.reader import Wanted, find
from pipeline.readers._listing import list_files
from tests.reading import read_rows, texts


def names(pattern: Path | str) -> list[str]:
    return [Path(file.path).name for file in list_files(str(pattern), online=False)]


def test_sorted_by_code_point_and_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.txt", "B.txt", "ä.txt", "a/z.txt", ".x.txt", "10.txt", "9.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert names(tmp_path / "**/*.txt") == ["10.txt", "9.txt", "B.txt", "z.txt", "b.txt", "ä.txt"]
    assert names(tmp_path / "?.txt") == ["9.txt", "B.txt", "b.txt", "ä.txt"]


def test_brackets_in_names_that_exist_are_names(tmp_path: Path) -> None:
    folder = tmp_path / "korpus [2026] #1"
    folder.mkdir()
    for name in ("a?.jsonl", "ab.jsonl", "[x].jsonl"):
        (folder / name).write_text("x")
    assert names(folder / "a?.jsonl") == ["a?.jsonl"]
    assert names(folder / "[x].jsonl") == ["[x].jsonl"]
    assert names(folder / "a*.jsonl") == ["a?.jsonl", "ab.jsonl"]


def test_nothing_matches_is_an_error_that_names_the_pattern(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\*\.jsonl"):
        list_files(str(tmp_path / "none*.jsonl"), online=False)


def test_identity_changes_with_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("eins")
    [before] = list_files(str(path), online=False)
    path.write_text("zwei")
    assert list_files(str(path), online=False) != [before]


def test_a_folder_is_refused_with_advice(tmp_path: Path) -> None:
    reader = find("jsonl")(find("jsonl").Options(), Wanted())
    with pytest.raises(InputError, match="a folder; name the files"):
        list(reader.units("s", list_files(str(tmp_path), online=False), 1))


def test_any_fsspec_url_is_read_like_a_path() -> None:
    memory = fsspec.filesystem("memory")
    for number in (2, 1):
        memory.pipe(f"/in/{number}.jsonl", f'{{"text": "Satz {number}"}}\n'.encode() * 50)
    with pytest.raises(InputError, match="--online"):
        list_files("memory://in/*.jsonl", online=False)
    assert texts(read_rows("jsonl", "memory://in/*.jsonl", target=100)) == ["Satz 1"] * 50 + ["Satz 2"] * 50
    files = list_files("memory://in/*.jsonl", online=True)
    assert [file.path for file in files] == ["memory:///in/1.jsonl", "memory:///in/2.jsonl"]
    reader = find("jsonl")(find("jsonl").Options(), Wanted())
    units = list(reader.units("s", files, 1 << 20))
    memory.pipe("/in/1.jsonl", b'{"text": "anders"}\n')
    with pytest.raises(InputError, match=r"1\.jsonl: changed"):
        list(reader.read(units[0]))
    memory.rm("/in", recursive=True)
