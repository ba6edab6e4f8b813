"""Text of web pages: ours beside other extractors, in one run over the trial pages. Reads REINSCHRIFT_TRIALS.

No page has a reference text, so it prints what a reader would miss or mind: characters; the share of paragraphs, list
items and cells, headings, blocks of code, and captions (of at least 20 characters, headings 6, outside navigation)
whose words are in the text; the share of menus, forms and cookie banners of the page that are in it; milliseconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import justext
import trafilatura
from lxml import html as lxml_html

from licenses.page import Page, parse
from licenses.page_source import utf8
from licenses.page_text import words
from pipeline.extract import extract
from pipeline.extract.html import CREDIT

FOLDERS = ("html-pool-dev", "html-sites-dev", "html-news-dev")


STOPLIST = frozenset().union(*(justext.get_stoplist(language) for language in justext.get_stoplists()))
KINDS = {
    "paragraphs": "p",
    "items": "li, td, dd",
    "headings": "h2, h3, h4",
    "code": "pre",
    "captions": "figcaption, caption",
}


def ours(raw: bytes) -> str:
    return extract(raw, "html").text or ""


def precise(raw: bytes) -> str:
    return trafilatura.extract(raw, favor_precision=True, include_comments=False) or ""


def by_words(raw: bytes) -> str:
    """jusText, told no language: all of its lists of frequent words together."""
    paragraphs = justext.justext(raw, STOPLIST)
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


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
    "jusText": by_words,
    "trafilatura, html2txt": whole,
    "lxml, all text": plain,
}


def passages(page: Page) -> tuple[dict[str, list[str]], list[str]]:
    """What is content by where it stands, by kind; lines of menus, forms and banners."""
    wanted: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for kind, selector in KINDS.items():
        for element in page.tree.css(selector)[:400]:
            said = "".join(words(element).replace("¶", " ").split())
            place = page.place(element)
            running = place.role in ("article", "main", *(("code",) if kind == "code" else ()))
            part = kind == "captions" and place.role == "figure" and not CREDIT.search(words(element))
            if place.in_article and (running or part) and (6 if kind == "headings" else 20) <= len(said) <= 800:
                wanted[kind].append(said[:40])
    unwanted = [
        said
        for element in page.tree.css("li, nav, [class*=cookie], [class*=consent]")[:600]
        if page.place(element).role in ("navigation", "form")
        and len(said := "".join(words(element).replace("¶", " ").split())[:40]) >= 20
    ]
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
                for kind, those in wanted.items():
                    sums[f"{kind}, all"] += len(those)
                    sums[kind] += sum(said in squeezed for said in those)
                sums["unwanted"] += len(unwanted)
                sums["leaked"] += sum(said in squeezed for said in unwanted)
    some = next(iter(total.values()))
    print("of", ", ".join(f"{some[f'{kind}, all']:.0f} {kind}" for kind in KINDS), f"and {some['unwanted']:.0f} menus")
    for name, sums in total.items():
        kept = "  ".join(f"{kind} {sums[kind] / max(1, sums[f'{kind}, all']):.3f}" for kind in KINDS)
        print(
            f"{name:24} {sums['characters'] / sums['pages']:8.0f} characters  {kept}  "
            f"menus {sums['leaked'] / max(1, sums['unwanted']):.3f}  "
            f"{sums['seconds'] / sums['pages'] * 1e3:.1f} ms CPU a page"
        )


if __name__ == "__main__":
    main()
