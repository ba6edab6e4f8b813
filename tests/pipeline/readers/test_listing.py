"""Inputs: listed in one order, a path that exists is that path, remote ones like local ones."""

from __future__ import annotations

import os
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


def test_a_link_that_leads_back_is_followed_once(tmp_path: Path) -> None:
    """Two of them that cross would be two to the power of forty paths."""
    (tmp_path / "in/d").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    for name in ("in/a.txt", "in/d/b.txt", "elsewhere/c.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "in/round").symlink_to(".")
    (tmp_path / "in/d/up").symlink_to("../../in")
    (tmp_path / "in/more").symlink_to("../elsewhere")
    assert names(tmp_path / "in/**/*.txt") == ["a.txt", "b.txt", "c.txt"]
    assert names(tmp_path / "in/**") == ["a.txt", "b.txt", "c.txt"]


def test_what_is_no_file_or_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe.txt")
    for pattern in ("pipe.txt", "*.txt", "**/*.txt"):
        with pytest.raises(InputError, match=r"pipe\.txt: a pipe, socket or device.*copy it into a file"):
            names(tmp_path / pattern)
    (tmp_path / "pipe.txt").unlink()
    listed = os.listdir

    def refused(folder: str) -> list[str]:
        if folder.rstrip("/").endswith("shut"):  # root may read any folder, so the system's answer is put here
            raise PermissionError(13, "Permission denied", folder)
        return listed(folder)

    monkeypatch.setattr(os, "listdir", refused)
    for pattern in ("**/*.txt", "*/*.txt"):
        with pytest.raises(InputError, match=r"shut/: the folder cannot be read \(permission denied\); make it"):
            names(tmp_path / pattern)


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
