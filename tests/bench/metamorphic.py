"""Labelled pages changed in ways whose effect on the answer is known beforehand.

Reads REINSCHRIFT_TRIALS. Takes about four minutes of CPU.

    elsewhere   an open mark of something else, put into a page that is not kept: still not kept
    removed     a kept page without its marks: not kept
    moved       its marks taken out and one put where it speaks of something else: not kept
    spelling    wrapped, indented, in another encoding, with quotes and case changed: the same answer
    renamed     every class and id word replaced: what was not kept is still not kept, unless as labelled

Prints for each the number of pages and the ones that fail; exits 1 where one fails.
"""

from __future__ import annotations

import collections
import json
import os
import random
import re
import sys
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


def main() -> None:
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        sys.exit("REINSCHRIFT_TRIALS is not set: no trial data")
    dice = random.Random(11)
    tried: collections.Counter[str] = collections.Counter()
    wrong: dict[str, list[str]] = collections.defaultdict(list)

    def expect(kind: str, name: str, holds: bool) -> None:
        tried[kind] += 1
        if not holds:
            wrong[kind].append(name)

    for name, label, source in pages(Path(root)):
        before = answer(source)
        if before[0] == "keep":
            bare = without_marks(source)
            expect("removed", name, answer(bare)[0] != "keep")
            for where in ("caption", "reader's comment", "code", "quotation"):
                expect(
                    f"moved: {where}",
                    name,
                    all(answer(page)[0] != "keep" for page in into(bare, ELSEWHERE[where], dice)),
                )
        else:
            for where, piece in ELSEWHERE.items():
                changed = [page for page in into(source, piece, dice) if answer(page)[0] == "keep"]
                expect(f"elsewhere: {where}", name, not changed)
            plain = answer(renamed(source, dice))
            expect("renamed", name, plain[0] != "keep" or plain[1] == label)
        for how, changed_page in spelled(source, dice):
            expect(f"spelling: {how}", name, answer(changed_page) == before)
    for kind, count in sorted(tried.items()):
        print(f"{kind:32} {count:5} pages, {len(wrong[kind]):3} fail {' '.join(wrong[kind][:8])}")
    sys.exit(1 if any(wrong.values()) else 0)


if __name__ == "__main__":
    main()
