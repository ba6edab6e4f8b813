"""`reinschrift license`: the contract's answer, one and many at a time."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from licenses.model import USES
from pipeline.commands.license import license


def ask(capsys: pytest.CaptureFixture[str], *statements: str) -> list[dict[str, Any]]:
    assert license(statements, as_json=True) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_answer_has_the_fields_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = ask(capsys, "CC BY-NC 4.0")
    assert list(answer) == ["statement", "license", "family", "members", "uses", "duties", "why"]
    assert answer["license"] == "CC-BY-NC-4.0"
    assert set(answer["uses"]) == set(USES)
    assert answer["uses"]["commercial-use"] == "no"
    assert "attribution" in answer["duties"]


def test_a_family_answers_by_its_worst_member(capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = ask(capsys, "CC BY")
    assert (answer["license"], answer["family"]) == (None, "CC BY")
    assert answer["uses"]["commercial-use"] == "disputed"  # Spain, Costa Rica and the United Kingdom reserve fees
    assert answer["uses"]["derivative-works"] == "yes"


def test_a_choice_answers_by_its_best_branch(capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = ask(capsys, "CC-BY-NC-4.0 OR CC0-1.0")
    assert answer["uses"]["commercial-use"] == "yes"
    assert answer["duties"] == []
    assert "a choice between" in answer["why"]


def test_a_statement_that_is_not_understood_permits_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = ask(capsys, "mit freundlicher Genehmigung")
    assert answer["license"] is None
    assert answer["members"] == []
    assert set(answer["uses"].values()) == {"unknown"}


def test_all_rights_reserved_is_a_denial_and_no_licence(capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = ask(capsys, "© 2020 Muster GmbH. Alle Rechte vorbehalten.")
    assert answer["license"] is None
    assert set(answer["uses"].values()) == {"no"}


def test_every_line_of_stdin_has_its_answer_in_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"CC BY 4.0\n\nMIT\r\n\xff\xfe\nCC BY\x00 4.0\nlast"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="ascii"))
    answers = ask(capsys, "-")
    assert [answer["license"] for answer in answers] == ["CC-BY-4.0", None, "MIT", None, None, None]
    assert answers[1]["statement"] == ""
    assert answers[-1]["statement"] == "last"


def test_a_person_reads_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert license(["CC BY-SA 4.0 except logos", "[bold]x[/bold]"], as_json=False) == 0
    shown = capsys.readouterr().out
    assert "CC-BY-SA-4.0" in shown
    assert "share-alike" in shown
    assert "except logos" in shown
    assert "[bold]x[/bold]\n  no licence understood" in shown
