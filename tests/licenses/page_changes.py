"""Changes of a page whose effect on the answer is known beforehand, and the labelled pages of the trial data.

Shared by test_pages_trials.py (a sample) and by tests/bench/metamorphic.py (every page).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from licenses.inspection import inspect
from licenses.model import Document, Policy

FOLDERS = ("html-pool-dev", "html-sites-dev", "html-news-dev", "html-cc-legalcode")
POLICY = Policy(duties=("attribution", "notice", "license-text", "mark-changes", "share-alike"))
ADDRESS = "https://creativecommons.org/licenses/by/4.0/"
MARK = f'<a rel="license" href="{ADDRESS}">CC BY 4.0</a>'
ELSEWHERE = {
    "caption": f"<figure><img src=x.jpg><figcaption>Foto: A. Bee, {MARK}</figcaption></figure>",
    "bare caption": f"<figure><img src=x.jpg><figcaption>{MARK}</figcaption></figure>",
    "reader's comment": f'<section id="comments"><p>This comment is licensed under {MARK}.</p></section>',
    "related list": f'<div class="related-posts"><ul><li><a href="/x">Mehr</a> {MARK}</li></ul></div>',
    "ImageObject": f'<script type="application/ld+json">{{"@type":"ImageObject","license":"{ADDRESS}"}}</script>',
    "sdLicense": f'<script type="application/ld+json">{{"@type":"Article","sdLicense":"{ADDRESS}"}}</script>',
    "code": f"<pre><code>{MARK}</code></pre>",
    "theme": f"<footer>Theme by Ann Bee, {MARK}</footer>",
    "prose": f'<p>Die Wikipedia stellt ihre Inhalte unter <a href="{ADDRESS}">CC BY 4.0</a> bereit.</p>',
    "quotation": f"<blockquote>Dieser Text steht unter {MARK}</blockquote>",
    "commented out": f"<!-- {MARK} -->",
    "form": f"<form><label><input type=radio> {MARK}</label></form>",
    "some of it": f"<footer>Einige Bilder und Texte dieser Seite stehen unter {MARK}.</footer>",
}
_ADDRESSES = re.compile(
    r"creativecommons\.org|nationalarchives\.gov\.uk|etalab\.gouv\.fr|github\.com/etalab/licence|artlibre\.org", re.I
)
_NAMES = re.compile(
    r"creative[\s-]+commons|\bcc[ -]?(?:by|0|zero)\b|open government licen[cs]e|licence ouverte|etalab[ -]2\.0|\bby-|"
    r"attribution|namensnennung|universal",
    re.I,
)


def answer(source: str | bytes) -> tuple[str, str | None]:
    found = inspect(Document(html=source), POLICY, as_of="2026-11-24").decision
    return found.decision, found.license


def pages(root: Path) -> Iterator[tuple[str, str, str]]:
    for folder in FOLDERS:
        for line in (root / folder / "labels.jsonl").read_text("utf-8").splitlines():
            label = json.loads(line)
            yield label["file"], label["label"], (root / folder / label["file"]).read_bytes().decode("utf-8", "replace")


def into(source: str, piece: str, dice: random.Random) -> Iterator[str]:
    """The piece at the page's end and after one of its paragraphs outside of scripts, comments and attributes."""
    end = source.lower().rfind("</body>")
    end = len(source) if end < 0 else end
    yield source[:end] + piece + source[end:]
    ends = [m.end() for m in re.finditer(r"(?<!\\)</p>", source)]
    ends = [at for at in ends if not _inside(source, at)]
    if ends:
        at = dice.choice(ends)
        yield source[:at] + piece + source[at:]


def _inside(source: str, at: int) -> bool:
    low = source[:at].lower()
    return low.rfind("<script") > low.rfind("</script") or low.rfind("<!--") > low.rfind("-->")


def without_marks(source: str) -> str:
    return _NAMES.sub("…", _ADDRESSES.sub("verlag.example", source))


def spelled(source: str, dice: random.Random) -> Iterator[tuple[str, str | bytes]]:
    if body := re.search(r"<body[^>]*>", source, re.I):
        yield "wrapped", source[: body.end()] + "<div><div>" + source[body.end() :]
    yield (
        "indented",
        re.sub(r"(?<=>)\s*(?=<(?:div|p|ul|section|article|footer|main|table)\b)", "\n\t  ", source, flags=re.I),
    )
    yield "utf-16", source.encode("utf-16", "replace")
    yield (
        "attribute added",
        re.sub(r"<(p|div|li|a|span)\b", lambda m: f'<{m[1]} data-k="{dice.randrange(999)}"', source),
    )


def renamed(source: str, dice: random.Random) -> str:
    return re.sub(r"""(?i)\b(class|id)=("[^"]*"|'[^']*')""", lambda m: f'{m[1]}="k{dice.randrange(10**6)}"', source)
