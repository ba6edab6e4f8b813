"""What the papers say in single cases: one record, copies under other terms, contracts, days, untrusted words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pipeline
from pipeline.engines import Inline
from pipeline.papers.figures import figures
from pipeline.papers.markdown import sentence
from pipeline.papers.owed import together
from pipeline.papers.words import words
from tests.corpora import config, texts, write_jsonl

CONTRACT = """licenses:
  - {id: LicenseRef-v, name: Vertrag, uses: [reproduction, derivative-works, distribution, commercial-use], duties: [],
     signed: 2026-03-01, expires: 2031-02-28}
"""


def paper(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "de"])
def test_one_record_is_spoken_of_in_the_singular(tmp_path: Path, language: str) -> None:
    licenses = ["CC-BY-4.0", "?", "CC BY"]
    rows = [{"id": f"r{n}", "text": t, "license": v} for n, (t, v) in enumerate(zip(texts(3), licenses, strict=True))]
    write_jsonl(tmp_path / "in/a.jsonl", rows)
    pipeline.run(config(tmp_path, more=f"card: {{language: {language}}}\n"), engine=Inline())
    for name in ("README.md", "LICENSE.md", "ATTRIBUTION.md", "report.html", "review/README.md"):
        text = paper(tmp_path / "out", name)
        said = re.sub(r"<[^>]*>", " ", text.partition("\n---\n")[2] or text)
        wrong = r"(?<![\d.,])1 (records|texts|were|are|characters|Dokumente|Texte|wurden|haben|fehlen)\b"
        assert not re.search(wrong, said), (name, re.search(wrong, said))
    card, review = paper(tmp_path / "out", "README.md"), paper(tmp_path / "out", "review/README.md")
    assert ("1 of 3 records was kept" if language == "en" else "wurde 1 von 3 Dokumenten aufgenommen") in card
    assert ("1 record waits" if language == "en" else "1 Dokument wartet") in review and "`license.family`" in review


def test_a_quoted_statement_is_no_gap_of_the_card(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", [{"id": "a", "text": texts(1)[0], "license": "TODO: None"}])
    path = Path(config(tmp_path))
    given = path.read_text("utf-8")
    values = given.replace("column: license}", 'column: license, values: {"TODO: None": CC-BY-4.0}}')
    assert values != given
    path.write_text(values, "utf-8")
    pipeline.run(str(path), engine=Inline())
    assert "«TODO: None»" in paper(tmp_path / "out", "README.md")


def test_days_and_numbers_are_written_as_the_language_writes_them() -> None:
    english, german = words("en"), words("de")
    assert german.day("2026-03-01") == "1. März 2026" and english.day("2026-03-01T12:00:00Z") == "1 March 2026"
    assert german.day("früher") == "früher"
    assert german.tag("de-CH") == "Deutsch (Schweiz)" and english.tag("gsw") == "Swiss German"
    assert german.tag("xx-klingonisch") == ""
    assert (german.number(12345), german.percent(0.0001), english.percent(0)) == ("12.345", "< 0,1 %", "0.0%")


def test_a_value_with_braces_stays_as_it_is() -> None:
    said = words("en")("risk", license="{use}", use="{because?one|many}", because="{x}")
    assert said == "{use}, {because?one|many}: {x}"


def test_code_in_a_sentence_is_code_and_all_else_is_words() -> None:
    assert sentence("which `duplicate_of` names; a_b") == "which `duplicate_of` names; a\\_b"
    assert sentence("one ` alone <b>") == "one \\` alone &lt;b&gt;"


def test_what_copies_add_is_told_apart_from_what_the_licence_asks(release: Path) -> None:
    """The text of r0 is in the public domain by its own statement, and stands under CC BY as a copy."""
    asked = paper(release, "LICENSE.md").split("## CC0-1.0")[1].split("\n## ")[0]
    assert "Asks: nothing." in asked
    copies = re.search(r"Beside that, because a copy .*: (.*)", asked)
    assert copies is not None and "name the author" in copies[1] and "(1 record)" in copies[1]
    other = paper(release, "LICENSE.md").split("## CC-BY-4.0")[1].split("\n## ")[0]
    assert "name the author" in other and "Beside that" not in other


def test_a_contract_says_what_it_permits_and_how_long(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", [{"id": "r0", "text": texts(1)[0], "license": "LicenseRef-v"}])
    pipeline.run(config(tmp_path, more=CONTRACT), engine=Inline())
    said = paper(tmp_path / "out", "LICENSE.md")
    assert (
        "Contract: Vertrag" in said and "Permits: reproduction, derivative works, distribution, commercial use." in said
    )
    assert "Holds from 1 March 2026 to 28 February 2031." in said


def test_the_card_quotes_the_statements_that_decided(release: Path) -> None:
    made = figures(release)
    assert sum(made.granted.values()) == made.kept == sum(made.evidence.values())
    table = paper(release, "README.md").split("### The words in which permission was given")[1].split("\n## ")[0]
    assert "| «CC BY» | metadata column | `LicenseRef-family-CC-BY` |" in table
    assert "| «LicenseRef-verlag» | the curator's word | `LicenseRef-verlag` (Vertrag) | 5 |" in table
    numbers = [
        int(row.rsplit("|", 2)[1].strip().replace(",", "")) for row in table.splitlines() if row.startswith("| «")
    ]
    assert sum(numbers) == made.kept
    assert "seen on 24 November 2026" in table


def test_groups_that_can_be_made_into_one_work_are_found() -> None:
    groups = ("cc-by-sa-3.0", "cc-by-sa-4.0", "gpl-3.0", "lgpllr")
    assert together(groups) == [("cc-by-sa-3.0", "cc-by-sa-4.0"), ("cc-by-sa-4.0", "gpl-3.0")]
    assert together(("cc-by-sa-2.5", "cc-by-sa-3.0", "cc-by-sa-4.0")) == [
        ("cc-by-sa-2.5", "cc-by-sa-3.0", "cc-by-sa-4.0")
    ]
    assert together(groups[:1]) == []


def test_only_what_was_not_understood_is_listed_as_such(tmp_path: Path) -> None:
    rows = [{"id": "r0", "text": texts(1)[0], "license": ["CC-BY-4.0", "Fantasielizenz"]}]
    write_jsonl(tmp_path / "in/a.jsonl", rows)
    pipeline.run(config(tmp_path), engine=Inline())
    made = figures(tmp_path / "out")
    assert made.reasons == {"license.not-understood": 1} and made.not_understood == {"Fantasielizenz": 1}
