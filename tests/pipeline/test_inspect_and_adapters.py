"""The command `inspect` by the contract, and the two adapters for other people's pipelines, on real libraries."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import datasets
import pytest
from datatrove.data import Document as TroveDocument
from typer.testing import CliRunner

from pipeline.adapters import DocumentsUnderPolicy, under_policy
from pipeline.cli import app
from pipeline.commands.inspect import inspect
from pipeline.errors import ConfigError, InputError
from pipeline.extract import extract

BY = "https://creativecommons.org/licenses/by/4.0/"
GERMAN = "Das alte Wehr staut den Bach auf einer Länge von achtzig Metern. Daneben gibt es eine Treppe für Fische. " * 3
OPEN = (
    f'<html lang="de"><head><title>Am Wehr</title></head><body><main><h1>Am Wehr</h1><p>{GERMAN}</p></main>'
    f'<footer>Inhalte: <a rel="license" href="{BY}">CC BY 4.0</a></footer></body></html>'
)
CLOSED = OPEN.replace(BY, "https://verlag.example/").replace("CC BY 4.0", "Alle Rechte vorbehalten")


def lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *given: bytes) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(given) + b"\n")))
    assert inspect(["-"], as_json=True) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_line_is_answered_with_its_id(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    records = [{"id": "a", "html": OPEN}, {"id": "b", "html": CLOSED}, {"id": "c", "text": 7}]
    found = lines(monkeypatch, capsys, *(json.dumps(record).encode() for record in records), b"{not json")
    assert [answer["decision"] for answer in found] == ["keep", "refuse", "refuse", "refuse"]
    assert [answer["id"] for answer in found[:3]] == ["a", "b", "c"]
    assert found[0]["license"] == "CC-BY-4.0" and found[0]["language"] == "de"
    assert found[2]["reason"] == "input.wrong-type" and found[3]["reason"] == "input.malformed"


def test_a_reservation_refuses_what_the_licence_keeps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {"id": "a", "html": OPEN, "url": "https://a.example/x", "headers": {"TDM-Reservation": "1"}}
    assert lines(monkeypatch, capsys, json.dumps(record).encode())[0]["decision"] == "refuse"


def test_files_of_the_site_stand_beside_a_page(tmp_path: Path) -> None:
    (tmp_path / "seite.html").write_text(OPEN, "utf-8")
    for name, content in {
        "robots": "User-agent: GPTBot\nDisallow: /\n",
        "tdmrep": '[{"location": "/", "tdm-reservation": 1}]',
        "rsl": '<rsl><content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content></rsl>',
        "ai-txt": "User-agent: *\nDisallow: *.html\n",
        "headers": "TDM-Reservation: 1\n",
    }.items():
        (tmp_path / name).write_text(content, "utf-8")
        call = ["inspect", str(tmp_path / "seite.html"), "--url", "https://a.example/1", "--json"]
        shown = CliRunner().invoke(app, [*call, f"--{name}", str(tmp_path / name)])
        found = json.loads(shown.stdout)
        assert (found["decision"], found["license"]) == ("refuse", "CC-BY-4.0"), name
        assert found["reason"].startswith("reservation."), name
        assert "reserved" in {signal["answer"] for signal in found["signals"]}
    assert json.loads(CliRunner().invoke(app, call).stdout)["decision"] == "keep"
    with pytest.raises(InputError):
        inspect([str(tmp_path / "seite.html")], beside={"robots": tmp_path / "nothing"})


def test_a_file_is_shown_to_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    page = tmp_path / "seite.html"
    page.write_text(OPEN, "utf-8")
    assert inspect([str(page)]) == 0
    shown = capsys.readouterr().out
    assert "keep" in shown and "CC-BY-4.0" in shown and BY in shown


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        inspect([str(tmp_path / "none.html")])
    with pytest.raises(ConfigError):
        inspect([], policy="no-such-policy")


def test_the_datatrove_filter_forwards_what_the_policy_keeps() -> None:
    documents = [TroveDocument(text=OPEN, id="a"), TroveDocument(text=CLOSED, id="b"), TroveDocument(text="", id="c")]
    kept = list(DocumentsUnderPolicy(media="html", as_of="2026-11-24").run(iter(documents)))
    assert [document.id for document in kept] == ["a"]
    assert kept[0].metadata["rights_license"] == "CC-BY-4.0" and BY in kept[0].metadata["rights_evidence"]


def test_the_datasets_function_adds_columns_and_drops_nothing() -> None:
    rows = {"page": [OPEN, CLOSED], "url": ["https://a.example/", None]}
    found = datasets.Dataset.from_dict(rows).map(
        under_policy(as_of="2026-11-24", columns={"html": "page"}), batched=True
    )
    assert found["rights_decision"] == ["keep", "refuse"] and found.column_names[:2] == ["page", "url"]


def test_a_record_that_cannot_be_judged_is_refused() -> None:
    add = under_policy(as_of="2026-11-24")
    assert add({"html": [7], "license": ["CC-BY-4.0"]})["rights_decision"] == ["refuse"]


def test_text_of_a_page_is_its_running_text() -> None:
    found = extract(OPEN.encode(), "html", "https://a.example/x")
    assert found.text and "Treppe für Fische" in found.text and "CC BY" not in found.text
    assert found.language == "de" and found.title == "Am Wehr"


def test_text_of_editions_keeps_verse_code_and_choices() -> None:
    tei = (
        '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>Lied</title>'
        "<author>A. Bee</author></titleStmt></fileDesc></teiHeader><text><body><lg><l>Erste Zeile</l>"
        "<l>zweite <choice><sic>Zeiel</sic><corr>Zeile</corr></choice></l></lg><p>Prosa<note>Anm.</note>.</p></body>"
        "</text></TEI>"
    )
    found = extract(tei.encode(), "xml")
    assert (found.title, found.author) == ("Lied", "A. Bee")
    assert (
        found.text == "Erste Zeile\n\nzweite Zeile\n\nProsa.\n" or found.text == "Erste Zeile\nzweite Zeile\n\nProsa.\n"
    )
    jats = (
        "<article><front><article-meta><title-group><article-title>T</article-title></title-group></article-meta>"
        "</front><body><p>Eins <xref>[1]</xref> zwei.</p><code>a  b\nc</code></body>"
        "<back><ref-list><ref>R</ref></ref-list></back></article>"
    )
    assert extract(jats.encode(), "xml").text == "Eins zwei.\n\na  b\nc\n"
