"""A web page's running text and what the credit needs, by trafilatura: paragraphs, lists, tables and code, no
navigation."""

from __future__ import annotations

import logging
import re

import trafilatura
from lxml import etree, html

from licenses.page import parse
from licenses.page_source import MAX_BYTES, decode
from pipeline.extract import Extracted

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its warnings quote the page

ITEMS = ("li", "dt", "dd")
LISTS = ("ul", "ol", "dl", *ITEMS)
SHORTEST_CAPTION = 20  # characters
# What a caption says of its picture and not of the subject.
CREDIT = re.compile(
    r"©|\(c\)|\bCC[ -]?(?:BY|0)\b|creative commons|licen[cs]|lizenz|copyright|"
    r"\b(?:foto|photo|bild|image|quelle|source|credits?|grafik|abbildung|crédits?|fuente|fonte|zdjęcie|fot\.|kép)\w*\s*(?::|©|by\b|von\b)",
    re.I,
)
# A cell with one of these is a column of the page's layout, not a value of a table.
BLOCKS = ("p", "div", "table", "section", "article", "main", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote")


def extract(raw: bytes, url: str | None = None) -> Extracted:
    """The main text of a page with its title, author and date (ISO 8601) as the page states them.

    A page beyond the bounds of `licenses.page` is `extract.failed`; one without running text `extract.empty`. The
    date is what the page's own metadata says: nothing is guessed from the words.
    """
    source = decode(raw)
    page = parse(source) if len(raw) <= MAX_BYTES else None
    if page is None:
        return Extracted(problem="extract.failed")
    found = trafilatura.bare_extraction(
        _prepared(source),
        url=url,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        include_links=False,
        include_images=False,
        deduplicate=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if found is None or isinstance(found, dict) or not (found.text or "").strip():
        return Extracted(problem="extract.empty")
    root = page.tree.css_first("html")
    language = (root.attributes.get("lang") or "").strip() if root is not None else ""
    return Extracted(
        text=str(found.text).strip() + "\n",
        title=found.title or None,
        author=found.author or None,
        published=found.date or None,
        language=language or None,
    )


def _prepared(source: str) -> str | html.HtmlElement:
    """The page with what trafilatura drops written so that it stays: lists in a table's cells as words, one item after
    the other; highlighted code, whose line anchors it takes for a list of links; captions, as paragraphs."""
    low = source.lower()
    cells = any(f"<{name}" in low for name in ITEMS) and ("<td" in low or "<th" in low)
    code, captions = "<pre" in low, "<figcaption" in low or "<caption" in low
    tree = trafilatura.load_html(source) if cells or code or captions else None
    if tree is None:
        return source
    for cell in tree.iter("td", "th") if cells else ():
        if next(cell.iter(*LISTS), None) is None or next(cell.iter(*BLOCKS), None) is not None:
            continue
        for item in cell.iter(*ITEMS):
            if item.getnext() is not None:
                item.tail = "; " + (item.tail or "").lstrip()
        etree.strip_tags(cell, *LISTS)
    for block in list(tree.iter("pre")) if code else ():
        if len(block):
            _flatten(block)
    for caption in list(tree.iter("figcaption", "caption")) if captions else ():
        _out_of_its_figure(caption)
    return tree


def _flatten(block: html.HtmlElement) -> None:
    """A block of code without the elements that colour it."""
    said = "".join(block.itertext())
    for child in list(block):
        block.remove(child)
    block.text = None
    etree.SubElement(block, "code").text = said


def _out_of_its_figure(caption: html.HtmlElement) -> None:
    """A caption as a paragraph behind its figure or before its table. One that gives a credit is left out: the credit,
    and often the licence, is the picture's."""
    figure = next(caption.iterancestors("figure", "table"), None)
    said = " ".join("".join(caption.itertext()).split())
    if figure is None or figure.getparent() is None:
        return
    caption.drop_tree()
    if len(said) < SHORTEST_CAPTION or CREDIT.search(said):
        return
    paragraph = html.Element("p")
    paragraph.text = said
    if figure.tag == "table":
        figure.addprevious(paragraph)
    else:
        paragraph.tail, figure.tail = figure.tail, None
        figure.addnext(paragraph)
