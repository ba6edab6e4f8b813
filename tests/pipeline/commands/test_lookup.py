"""A rightholder asks in the words they have; what cannot be found is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands._public import public
from pipeline.commands.lookup import lookup
from pipeline.errors import InputError
from pipeline.released import Released
from tests.corpora import kept


def found(capsys: pytest.CaptureFixture[str], out: Path, **asked: Any) -> dict[str, str]:
    """How each record that is shown matches, by id."""
    assert lookup(out, **asked, as_json=True) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {row["id"]: row["how"] for row in rows}


@pytest.mark.parametrize(
    ("url", "how"),
    [
        ("https://host0.example/0", "address"),
        ("http://www.host0.example/0/", "address"),
        ("HOST0.example:443/0#part", "address"),
        ("https://host0.example/0?utm_source=letter", "address, with another query"),
    ],
)
def test_an_address_is_found_however_it_is_written(
    release: Path, capsys: pytest.CaptureFixture[str], url: str, how: str
) -> None:
    assert found(capsys, release, url=url) == {"r0": how}


@pytest.mark.parametrize(
    "host", ["other.example", "www.other.example", "https://other.example/some/page", "OTHER.example."]
)
def test_a_host_is_found_with_what_stands_on_it(release: Path, capsys: pytest.CaptureFixture[str], host: str) -> None:
    assert set(found(capsys, release, host=host)) == {"copy-of-r0", "denied-r1"}
    assert {"r0", "copy-of-r0"} <= set(found(capsys, release, host="example"))  # subdomains too


@pytest.mark.parametrize("author", ["A. Muster 3", "muster, a. 3", "Anna Muster 3", "MÜSTER 3", "3 Muster"])
def test_an_author_is_found_in_other_orders_and_spellings(
    release: Path, capsys: pytest.CaptureFixture[str], author: str
) -> None:
    wanted = {row["id"] for row in kept(release) if row["author"] == "A. Muster 3"}
    assert wanted <= set(found(capsys, release, author=author))
    assert not any(row["id"] in found(capsys, release, author=author) for row in kept(release) if row["id"] == "r1")


def test_a_text_is_found_whole_or_in_part_and_what_cannot_be_found_is_said(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = next(row["text"] for row in kept(release) if row["id"] == "r0")
    file = tmp_path / "text.txt"
    file.write_text(text, "utf-8")
    assert found(capsys, release, text=file) == {"r0": "the whole text", "copy-of-r0": "the whole text"}
    file.write_text("  ".join(text.upper().split()[5:15]), "utf-8")
    assert found(capsys, release, text=file) == {"r0": "an excerpt"}
    lookup(release, text=file)
    assert "of others only the whole text is recognised" in capsys.readouterr().out
    assert found(capsys, release, text=file, host="host1.example") == {}  # all that is asked has to match
    file.write_text("und", "utf-8")
    assert found(capsys, release, text=file) == {}  # too little to tell anything


def test_never_seen_and_not_published_are_two_answers(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lookup(release, url="https://never.example/")
    assert "never seen by this release" in capsys.readouterr().out
    lookup(release, url="https://other.example/2")
    assert "s:denied-r1" in capsys.readouterr().out
    public(Released(release), tmp_path)
    lookup(tmp_path, url="https://other.example/2")
    said = capsys.readouterr().out
    assert "never seen" not in said and "does not say what else was read; ask test@example.org" in said
    for wrong in ({}, {"host": "//"}, {"author": "..."}, {"text": tmp_path / "nothing"}):
        with pytest.raises(InputError):
            lookup(release, **wrong)
