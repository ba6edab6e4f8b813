"""The papers of a release: functions of run.json, the ledger and the data, written into the staging folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from licenses.model import Reason
from pipeline import commit
from pipeline.papers import attribution, card, croissant, eu_summary, pictures, reasons, report, review
from pipeline.papers.figures import Figures, figures
from pipeline.papers.words import words
from pipeline.released import registry

PARTS = ("data", "decisions")  # what run.json's `files` lists; everything else is a paper


def render(run: Mapping[str, Any], table: Mapping[str, Reason], folder: Path, made: Figures | None = None) -> None:
    """Writes all papers and, last, run.json with the SHA-256 of each. Raises InternalError rather than leave a gap.

    `made` are figures of a whole release of which the folder holds a part.
    """
    said = words(run["card"]["language"])
    if made is None:
        made = figures(folder)
        review.write(folder, made, table, said)
    reasons.write(table, made, folder)
    attribution.write(folder, made, registry(run), said)
    pictures.draw(made, said, folder)
    for name, content in papers(run, table, folder, made):
        commit.write_bytes(folder / name, content)
    commit.write_json(folder / "run.json", {**run, "papers": digests(folder)})


def papers(
    run: Mapping[str, Any], table: Mapping[str, Reason], folder: Path, made: Figures
) -> Iterator[tuple[str, bytes]]:
    """The papers that are functions of run.json and the figures alone: name and content."""
    own, said = registry(run), words(run["card"]["language"])
    summary = eu_summary.summary(run, made)
    if made.kept:
        yield "LICENSE.md", attribution.license_paper(made, own, said).encode()
    yield "croissant.json", _json(croissant.croissant(run, made, own))
    yield "eu-training-summary.json", _json(summary)
    yield "eu-training-summary.md", eu_summary.markdown(summary).encode()
    yield "report.html", report.page(run, table, made, said).encode()
    yield "README.md", card.card(run, table, made, folder, own, said, pictures.shown(made, said)).encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a release that is neither data, ledger, an auditor's answers nor run.json.

    Hidden files at the top are no part of it: a release that was fetched from the Hub has .gitattributes.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name.split("/")[0] not in (*PARTS, "audit", "run.json") and name[0] != ".":
            found[name] = commit.sha256(path)
    return found
