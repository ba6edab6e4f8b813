"""Folders of documents: a record a file, its head as evidence, what speaks about it beside it."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.reader import Wanted, find
from pipeline.readers._listing import list_files
from tests.reading import faults, read_rows, texts

PLACES = Wanted(columns={"published": "date"}, evidence=("license", "@front_matter", "@license_file"))


def test_front_matter_is_evidence_and_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\ntitle: Über\nlicense: CC-BY-4.0\nauthor: [A, {name: B}]\ndate: 2024-01-02\nno: no\nv: 012\n---\n# Text\n"
    )
    [row] = read_rows("folder", tmp_path / "*.md", PLACES)
    assert (row["text"], row["title"], row["author"], row["published"]) == ("# Text\n", "Über", "A; B", "2024-01-02")
    assert row["ev:license"] == '"CC-BY-4.0"'
    fields = json.loads(row["ev:@front_matter"])
    assert (fields["no"], fields["v"]) == ("no", "012")  # as it stands there, not as YAML 1.1 guesses
    assert row["id"] == row["file"] == str(tmp_path / "a.md")


def test_toml_front_matter_and_rules_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text('+++\nlicense = "CC0-1.0"\n+++\nText')
    (tmp_path / "b.md").write_text("---\nEin Satz zwischen Linien\n---\nText")
    (tmp_path / "c.md").write_text("---\nlicense: CC0-1.0\nlicense: MIT\n---\nText")
    (tmp_path / "d.md").write_text("---\nlicense: CC0-1.0\nohne Ende")
    rows = read_rows("folder", tmp_path / "*.md", PLACES)
    assert [row.get("ev:license") for row in rows] == ['"CC0-1.0"', None, None, None]
    assert faults(rows) == [("c.md", 1, "input.front-matter")]
    assert texts(rows)[1].startswith("---")


def test_pages_go_out_raw_and_binaries_are_refused(tmp_path: Path) -> None:
    page = "<html><p>Straße".encode("latin-1")
    (tmp_path / "a.html").write_bytes(page)
    (tmp_path / "b.xml").write_bytes(b"<?xml version='1.0'?><TEI/>")
    (tmp_path / "c").write_bytes(b"<?xml version='1.0'?><a/>")
    (tmp_path / "d.pdf").write_bytes(b"%PDF-1.7\n\x00\xff\xfe")
    (tmp_path / "e.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xff")
    rows = read_rows("folder", tmp_path / "*")
    assert [(row.get("media"), row.get("raw")) for row in rows][:2] == [
        ("html", page),
        ("xml", b"<?xml version='1.0'?><TEI/>"),
    ]
    assert rows[2]["media"] == "xml"
    assert faults(rows) == [("d.pdf", 1, "extract.unsupported"), ("e.png", 1, "extract.unsupported")]


def test_charset_is_utf8_or_declared_or_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Straße".encode("cp1252"))
    (tmp_path / "b.txt").write_bytes("Straße".encode())
    (tmp_path / "c.txt").write_bytes("Straße".encode("utf-16"))
    rows = read_rows("folder", tmp_path / "*.txt")
    assert (texts(rows), faults(rows)) == (["Straße", "Straße"], [("a.txt", 1, "input.encoding")])
    assert texts(read_rows("folder", tmp_path / "*.txt", encoding="cp1252")) == ["Straße"] * 3
    for name in ("rot13", "unicode_escape", "idna", "no-such", "ascii"):
        with pytest.raises(ValidationError):
            find("folder").Options(encoding=name)


def test_license_files_that_speak_about_a_file(tmp_path: Path) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    for name in (
        "LICENSE",
        "sub/COPYING.md",
        "other/LICENSE",
        "sub/deep/a.txt.license",
        "sub/deep/b.txt",
        "other/c.txt",
    ):
        (tmp_path / name).write_text(name)
    (tmp_path / "sub/deep/a.txt").write_text("Text")
    (tmp_path / "x.txt").write_text("Text")
    rows = {Path(row["file"]).name: row for row in read_rows("folder", tmp_path / "**/*.txt", PLACES)}
    found = {
        name: [Path(p).relative_to(tmp_path).as_posix() for p in json.loads(row["ev:@license_file"])]
        for name, row in rows.items()
    }
    assert found["a.txt"] == ["sub/deep/a.txt.license", "sub/COPYING.md", "LICENSE"]
    assert found["b.txt"] == ["sub/COPYING.md", "LICENSE"]
    assert found["c.txt"] == ["other/LICENSE", "LICENSE"]
    reader = find("folder")(find("folder").Options(), PLACES)
    beside = reader.beside(list_files(str(tmp_path / "**/*.txt"), False))  # type: ignore[attr-defined]
    assert {Path(file.path).relative_to(tmp_path).as_posix() for file in beside} == {
        "LICENSE", "sub/COPYING.md", "other/LICENSE", "sub/deep/a.txt.license"
    }  # fmt: skip


def test_license_files_do_not_depend_on_units(tmp_path: Path) -> None:
    for name in ("a/x.txt", "b/y.txt", "LICENSE"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert read_rows("folder", tmp_path / "*/*.txt", PLACES, target=1) == read_rows(
        "folder", tmp_path / "*/*.txt", PLACES
    )


def test_members_of_archives_are_documents(tmp_path: Path) -> None:
    files = {"a.txt": b"eins", "sub/b.md": b"---\nlicense: CC0-1.0\n---\nzwei", "c.html": b"<p>drei", ".hidden": b"x"}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    rows = read_rows("folder", tmp_path / "*", PLACES)
    assert [Path(row["file"]).name for row in rows] == ["a.txt", "b.md", "c.html"] * 2 or len(rows) == 6
    assert [row.get("text") for row in rows] == ["eins", "zwei", None] * 2
    assert [row.get("ev:license") for row in rows] == [None, '"CC0-1.0"', None] * 2
