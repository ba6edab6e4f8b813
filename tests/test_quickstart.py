"""The sample that comes with the project, through the configuration that comes with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import pipeline
from pipeline.commands._funnel import WIDE, funnel
from pipeline.commands.explain import explain
from pipeline.commands.license import license as license_
from pipeline.engines import Inline
from tests.corpora import decisions, kept

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("quickstart")
    text = (ROOT / "configs/quickstart.yaml").read_text("utf-8")
    (folder / "quickstart.yaml").write_text(text.replace("out/quickstart", f"{folder}/out"), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)  # its paths are relative to the project
        pipeline.run(str(folder / "quickstart.yaml"), engine=Inline())
    yield folder / "out"


def test_every_situation_of_a_real_corpus_occurs(out: Path) -> None:
    rows = decisions(out)
    assert {row["decision"] for row in rows} == {"keep", "review", "refuse"}
    reasons = {row["reason"] for row in rows}
    assert {
        "license.missing", "license.not-understood", "license.all-rights-reserved", "license.non-commercial",
        "license.no-derivatives", "license.share-alike", "license.family", "license.conflict", "reservation.tdmrep",
        "reservation.noai", "duplicate.exact", "duplicate.near", "contested.refused", "language.undetermined",
        "length.too-short", "input.not-json", "input.not-object", "input.no-text", "input.wrong-type",
        "input.duplicate-id", "input.duplicate-key",
    } <= reasons  # fmt: skip


def test_what_the_sample_says_of_itself_holds(out: Path) -> None:
    found = {row["id"]: row for row in decisions(out)}
    assert found["list"]["decision"] == "keep" and found["list-at-odds"]["decision"] == "review"
    assert found["no-list"]["reason"] == "license.missing"
    assert found["copy-denied"]["decision"] == "refuse"
    contested = [row for row in found.values() if row["reason"] == "contested.refused"]
    assert [row["contested_by"] for row in contested] == ["notes:copy-denied"]
    for copy in ("copy-exact", "copy-spaces", "copy-near"):
        partner = found[copy]["duplicate_of"] or next(
            row["id"] for row in found.values() if row["duplicate_of"] == f"notes:{copy}"
        )
        assert found[partner.removeprefix("notes:")]["decision"] == "keep" or found[copy]["decision"] == "keep"


def test_grounds_duties_and_languages_stand_in_every_record(out: Path) -> None:
    rows = kept(out)
    assert {row["basis"] for row in rows} == {"license", "official-work", "contract"}
    assert {row["language"] for row in rows} >= {"de", "en", "fr", "it", "nl", "pl", "pt"}
    for row in rows:
        assert row["credit"] and row["license"] and row["rule"] and any(item["decided"] for item in row["evidence"])
        assert set(row["duties"]) <= {"attribution", "notice", "license-text", "mark-changes"}
    contract = [row for row in rows if row["basis"] == "contract"]
    assert len(contract) == 20 and all("Verlag Muster" in row["credit"] for row in contract)
    folders = {path.parent.name for path in (out / "data").rglob("*.parquet")}
    assert "none" in folders and len(folders) >= 3


def test_pages_are_kept_by_what_covers_their_text(out: Path) -> None:
    pages = [row for row in decisions(out) if row["source"] == "pages"]
    assert len(pages) == 24
    # by kind in tests/data/make.py: a mark on the text and CC0 are kept; that of a photo or a comment is not
    verdicts = {int(Path(row["id"]).stem) - 1: row["decision"] for row in pages}
    assert {n for n, verdict in verdicts.items() if verdict == "keep"} == {n for n in range(24) if n % 8 in (0, 4)}


def test_the_readme_shows_what_is_printed(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = [line.split() for line in readme.split("configs/quickstart.yaml\n", 1)[1].split("\n\n", 1)[0].splitlines()]
    head = next(row for row in shown if row[-1] == "all")
    run = json.loads((out / "run.json").read_bytes())
    assert sorted(head) == sorted([*run["sources"], "all"])
    run["sources"] = {name: run["sources"][name] for name in head[:-1]}  # in the order of the configuration
    printed = StringIO()
    Console(file=printed, width=WIDE).print(funnel(run))
    rows = [words for line in printed.getvalue().splitlines() if (words := line.replace("│", " ").split())]
    numbers = [row for row in shown if len(row) == len(head) + 1 and row[-1].isdigit()]
    reasons = [row for row in numbers if "." in row[0]]
    at = rows.index(reasons[0])
    assert rows[at : at + len(reasons)] == reasons and len(reasons) >= 5
    more = next(row for row in shown if row[0] == "…")
    assert int(more[1]) == len([row for row in rows if "." in row[0]]) - len(reasons)
    assert all(row in rows for row in numbers if row[0] in ("read", "kept", "review"))

    explain(out, "art-014")
    said = " ".join(capsys.readouterr().out.split())
    block = readme.split("explain out/quickstart art-014\n", 1)[1].split("\n\n", 1)[0]
    assert " ".join(block.split()).removesuffix(" …").rstrip(",") in said
    license_(["CC BY-NC", "CC BY 4.0, kein Training"], as_json=False)
    answered = capsys.readouterr().out
    block = readme.split('kein Training"\n', 1)[1].split("\n\n", 1)[0]
    for line in block.splitlines():
        for part in line.split("…"):
            assert part.strip(" ,") in answered, line
