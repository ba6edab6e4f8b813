"""The papers of a release: functions of run.json, the ledger and the data, written into the staging folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from licenses.model import Reason
from pipeline import commit
from pipeline.papers import attribution, card, croissant, eu_summary, pictures, reasons, report, review
from pipeline.papers.figures import figures
from pipeline.papers.words import words
from pipeline.released import registry

PARTS = ("data", "decisions")  # what run.json's `files` lists; everything else is a paper


def render(run: Mapping[str, Any], table: Mapping[str, Reason], folder: Path) -> None:
    """Writes all papers and, last, run.json with the SHA-256 of each. Raises InternalError rather than leave a gap."""
    made, own = figures(folder), registry(run)
    said = words(run["card"]["language"])
    reasons.write(table, made, folder)
    review.write(folder)
    attribution.write(folder, made, own, said)
    shown = pictures.draw(made, said, folder)
    summary = eu_summary.summary(run, made)
    commit.write_json(folder / "croissant.json", croissant.croissant(run, made, own))
    commit.write_json(folder / "eu-training-summary.json", summary)
    commit.write_bytes(folder / "eu-training-summary.md", eu_summary.markdown(summary).encode())
    commit.write_bytes(folder / "report.html", report.page(run, table, made, said).encode())
    commit.write_bytes(folder / "README.md", card.card(run, table, made, folder, own, said, shown).encode())
    commit.write_json(folder / "run.json", {**run, "papers": digests(folder)})


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a release that is neither data, ledger, an auditor's answers nor run.json."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name.split("/")[0] not in (*PARTS, "audit", "run.json"):
            found[name] = commit.sha256(path)
    return found
