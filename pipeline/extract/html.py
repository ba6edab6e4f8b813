"""A web page's running text and what the credit needs, by trafilatura: paragraphs, lists, tables and code, no
navigation."""

from __future__ import annotations

import logging

import trafilatura
from lxml import etree, html

from licenses.page import parse
from licenses.page_source import MAX_BYTES, decode
from pipeline.extract import Extracted

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its warnings quote the page

ITEMS = ("li", "dt", "dd")
LISTS = ("ul", "ol", "dl", *ITEMS)
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
        _in_cells(source),
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


def _in_cells(source: str) -> str | html.HtmlElement:
    """The page with the lists in its tables' cells as words, one item after the other: trafilatura drops such lists."""
    low = source.lower()
    some = any(f"<{name}" in low for name in ITEMS) and ("<td" in low or "<th" in low)
    tree = trafilatura.load_html(source) if some else None
    if tree is None:
        return source
    for cell in tree.iter("td", "th"):
        if next(cell.iter(*LISTS), None) is None or next(cell.iter(*BLOCKS), None) is not None:
            continue
        for item in cell.iter(*ITEMS):
            if item.getnext() is not None:
                item.tail = "; " + (item.tail or "").lstrip()
        etree.strip_tags(cell, *LISTS)
    return tree
