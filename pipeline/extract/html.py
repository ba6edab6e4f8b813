"""A web page's running text and what the credit needs, by trafilatura: paragraphs, lists, tables and code, no
navigation."""

from __future__ import annotations

import logging

import trafilatura

from licenses.page import MAX_BYTES, decode, parse
from pipeline.extract import Extracted

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its warnings quote the page


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
        source,
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
