"""Text of web pages: ours beside other extractors, in one run over the trial pages. Reads REINSCHRIFT_TRIALS.

No page has a reference text, so it prints what a reader would miss or mind: characters; the share of list items and
table cells (of at least 20 characters, outside navigation) whose words are in the text; the share of words that stand
in menus, forms and cookie banners of the page and are in the text; milliseconds a page.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import trafilatura
from lxml import html as lxml_html

from licenses.page import Page, parse
from licenses.page_source import utf8
from licenses.page_text import words
from pipeline.extract import extract

FOLDERS = ("html-pool-dev", "html-sites-dev", "html-news-dev")


def ours(raw: bytes) -> str:
    return extract(raw, "html").text or ""


def precise(raw: bytes) -> str:
    return trafilatura.extract(raw, favor_precision=True, include_comments=False) or ""


def whole(raw: bytes) -> str:
    return trafilatura.html2txt(raw)


def plain(raw: bytes) -> str:
    try:
        tree = lxml_html.document_fromstring(raw)
    except (ValueError, lxml_html.etree.ParserError):
        return ""
    for element in tree.xpath("//script|//style|//noscript|//template"):
        element.drop_tree()
    return str(tree.text_content())


RIVALS: dict[str, Callable[[bytes], str]] = {
    "ours": ours,
    "trafilatura, precise": precise,
    "trafilatura, html2txt": whole,
    "lxml, all text": plain,
}


def passages(page: Page) -> tuple[list[str], list[str]]:
    """List items and cells of the running text; lines of menus, forms and banners."""
    wanted, unwanted = [], []
    for element in page.tree.css("li, td, dd, nav, [class*=cookie], [class*=consent]")[:600]:
        said = words(element).replace("¶", " ")
        role = page.place(element)
        if role.role in ("navigation", "form"):
            unwanted += [said] if len(said) >= 20 else []
        elif role.in_article and role.role in ("article", "main") and 20 <= len(said) <= 400:
            wanted.append(said)
    return wanted, unwanted


def main() -> None:
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        sys.exit("REINSCHRIFT_TRIALS is not set: no trial data")
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    total: dict[str, dict[str, float]] = {name: defaultdict(float) for name in RIVALS}
    for folder in FOLDERS:
        for line in (Path(root) / folder / "labels.jsonl").read_text("utf-8").splitlines()[::step]:
            raw = (Path(root) / folder / json.loads(line)["file"]).read_bytes()
            page = parse(utf8(raw))
            if page is None:
                continue
            wanted, unwanted = passages(page)
            for name, rival in RIVALS.items():
                started = time.process_time()
                text = rival(raw)
                sums = total[name]
                sums["seconds"] += time.process_time() - started
                squeezed = "".join(text.split())
                sums["pages"] += 1
                sums["characters"] += len(text)
                sums["wanted"] += len(wanted)
                sums["found"] += sum("".join(said.split())[:40] in squeezed for said in wanted)
                sums["unwanted"] += len(unwanted)
                sums["leaked"] += sum("".join(said.split())[:40] in squeezed for said in unwanted)
    for name, sums in total.items():
        print(
            f"{name:24} {sums['characters'] / sums['pages']:8.0f} characters  "
            f"items and cells kept {sums['found'] / max(1, sums['wanted']):.3f} of {sums['wanted']:.0f}  "
            f"menus and banners let in {sums['leaked'] / max(1, sums['unwanted']):.3f} of {sums['unwanted']:.0f}  "
            f"{sums['seconds'] / sums['pages'] * 1e3:.1f} ms CPU a page"
        )


if __name__ == "__main__":
    main()
