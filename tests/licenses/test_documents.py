"""Articles, editions, books, plain texts and repositories with a wanted answer each, set by reason."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from licenses.inspection import inspect
from licenses.model import Document, Policy

FOLDER = Path(__file__).parents[1] / "cases" / "documents"
CASES: dict[str, dict[str, Any]] = {
    name: case
    for file in ("articles.toml", "files.toml")
    for name, case in tomllib.loads((FOLDER / file).read_text("utf-8")).items()
}
NAMESPACES = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'


def document(case: dict[str, Any]) -> Document:
    if "front" not in case:
        return Document(**{key: case[key] for key in ("xml", "html", "text", "path", "files") if key in case})
    front = f"<front><article-meta>{case['front']}</article-meta></front>"
    body = f"<body><p>Das Wehr.</p>{case.get('body', '')}</body>"
    return Document(xml=f"<article {NAMESPACES}>{front}{body}{case.get('after', '')}</article>")


@pytest.mark.parametrize("name", CASES)
def test_document_has_the_wanted_answer(name: str) -> None:
    case = CASES[name]
    decision = inspect(document(case), Policy(), as_of="2026-11-24").decision
    if case["want"] == "keep":
        assert (decision.decision, decision.license) == ("keep", case["license"]), case["why"]
    else:
        assert decision.decision in ("refuse", "review"), case["why"]
