"""Real pages (trial data): a mark that speaks of something else never keeps; without its mark no page is kept."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from licenses.inspection import inspect
from licenses.model import Document, Policy

FOLDERS = ("html-pool-dev", "html-sites-dev", "html-news-dev")
POLICY = Policy(duties=("attribution", "notice", "license-text", "mark-changes", "share-alike"))
ADDRESS = "https://creativecommons.org/licenses/by/4.0/"
MARK = f'<a rel="license" href="{ADDRESS}">CC BY 4.0</a>'
ELSEWHERE = {
    "caption": f"<figure><img src=x.jpg><figcaption>Foto: A. Bee, {MARK}</figcaption></figure>",
    "comment": f'<section id="comments"><p>This comment is licensed under {MARK}.</p></section>',
    "related": f'<div class="related-posts"><ul><li><a href="/x">Mehr</a> {MARK}</li></ul></div>',
    "image": f'<script type="application/ld+json">{{"@type":"ImageObject","license":"{ADDRESS}"}}</script>',
    "metadata": f'<script type="application/ld+json">{{"@type":"Article","sdLicense":"{ADDRESS}"}}</script>',
    "code": f"<pre><code>{MARK}</code></pre>",
    "theme": f"<footer>Theme by Ann Bee, {MARK}</footer>",
    "prose": f'<p>Die Wikipedia stellt ihre Inhalte unter <a href="{ADDRESS}">CC BY 4.0</a> bereit.</p>',
}


def pages(step: int, closed: bool) -> list[tuple[str, str]]:
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        pytest.skip("REINSCHRIFT_TRIALS is not set: no trial data")
    found = []
    for folder in FOLDERS:
        for line in (Path(root) / folder / "labels.jsonl").read_text("utf-8").splitlines():
            label = json.loads(line)
            if (label["label"] in ("none", "W3C-document-use")) is closed:
                found.append(
                    (label["file"], (Path(root) / folder / label["file"]).read_bytes().decode("utf-8", "replace"))
                )
    return found[::step]


def kept(source: str) -> bool:
    return inspect(Document(html=source), POLICY, as_of="2026-11-24").decision.decision == "keep"


@pytest.mark.trials
def test_a_mark_of_something_else_keeps_no_page() -> None:
    wrong = []
    for number, (name, source) in enumerate(pages(5, closed=True)):
        end = source.lower().rfind("</body>")
        if end < 0:
            continue
        where = list(ELSEWHERE)[number % len(ELSEWHERE)]
        if kept(source[:end] + ELSEWHERE[where] + source[end:]):
            wrong.append((name, where))
    assert not wrong


@pytest.mark.trials
def test_without_its_marks_no_page_is_kept() -> None:
    wrong = []
    for name, source in pages(8, closed=False):
        bare = re.sub(r"(?i)creativecommons\.org|nationalarchives\.gov\.uk", "verlag.example", source)
        bare = re.sub(
            r"(?i)creative[\s-]+commons|\bcc[ -]?(?:by|0)\b|open government licen[cs]e|\bby-|attribution|universal",
            "…",
            bare,
        )
        if kept(bare):
            wrong.append(name)
    assert not wrong
