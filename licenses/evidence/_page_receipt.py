"""One statement on a page as evidence: quoted, with its place and the words around it."""

from __future__ import annotations

import re
from typing import Any

from selectolax.lexbor import LexborNode

from licenses.model import Document, Evidence, ScopeName
from licenses.page import Page
from licenses.page_text import clip, words

PLACE = "html"
_LINES = re.compile(r"\s*¶[\s¶]*")


def receipt(
    page: Page,
    document: Document,
    node: LexborNode,
    kind: str,
    statement: str,
    scope: ScopeName,
    rule: str,
    context: str = "",
    **more: Any,
) -> Evidence:
    if not context:
        before, after, _ = page.text_before_after(node)
        own = words(node) if node.tag not in ("meta", "link") else ""
        context = f"{_end(before, 140)}{_start(own, 60)}{_start(after, 95)}"
    return Evidence(
        PLACE,
        kind,
        statement[:1_000],
        page.locator(node),
        scope,
        rule,
        context=clip(_LINES.sub(" | ", context).strip(" |")),
        seen=document.seen,
        **more,
    )


def _start(text: str, length: int) -> str:
    """The first words of a text; an ellipsis says that there were more."""
    return text if len(text) <= length else f"{text[:length].rpartition(' ')[0]}…"


def _end(text: str, length: int) -> str:
    """The last words of a text; an ellipsis says that there were more."""
    return text if len(text) <= length else f"…{text[-length:].partition(' ')[2]}"
