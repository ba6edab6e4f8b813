"""The statements of tests/cases/statements, each with the answer that reason asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from licenses import registry
from licenses.model import Reading
from licenses.recognise import recognise

CASES = Path(__file__).parent.parent / "cases" / "statements"


def rows() -> list[tuple[str, str, str]]:
    found = []
    for path in sorted(CASES.glob("*.tsv")):
        lines = [line for line in path.read_text("utf-8").split("\n") if line and not line.startswith("# ")]
        assert lines[0] == "statement\tseen\twanted\treason", path
        for line in lines[1:]:
            statement, _, wanted, _ = line.split("\t")
            found.append((path.stem, statement, wanted))
    return found


def answer(reading: Reading) -> str:
    """A reading in the words of the tables."""
    limited = "!" if reading.exceptions else ""
    if reading.license is not None:
        return reading.license + limited
    if reading.alternatives == (("LicenseRef-all-rights-reserved",),):
        return "reserved" + limited
    if reading.family is not None and reading.alternatives:
        return f"family:{reading.family}" + limited
    return "-"


@pytest.mark.parametrize(("table", "statement", "wanted"), rows())
def test_a_statement_means_what_reason_says(table: str, statement: str, wanted: str) -> None:
    reading = recognise(statement)
    assert answer(reading) == wanted, reading.why


def test_every_wanted_licence_and_family_is_known() -> None:
    known = registry.load()
    for table, statement, wanted in rows():
        wanted = wanted.removesuffix("!")
        if wanted.startswith("family:"):
            assert wanted.removeprefix("family:") in known.families, (table, statement)
        elif " " not in wanted and wanted not in ("-", "reserved", "Apache-2.0+"):
            assert known.get(wanted) is not None, (table, statement, wanted)
