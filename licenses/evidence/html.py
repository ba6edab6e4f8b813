"""Statements about rights on a web page, each with its place and what it covers.

Order of cost: a search for rights words in the characters; only a page that has one is parsed; only marks are looked
at. Sources of rules: HTML Standard, link type `license`; Creative Commons REL (2008); Dublin Core terms; schema.org.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from licenses.evidence import _structured as structured
from licenses.evidence._json_ld import page_subject, read_items
from licenses.evidence._page_links import CC, links
from licenses.evidence._page_receipt import PLACE
from licenses.evidence._page_words import denials, names
from licenses.model import Document, Evidence, ScopeName
from licenses.name_words import NAME, read
from licenses.page import Page, parse
from licenses.page_marks import Marks, marks
from licenses.page_source import utf8
from licenses.page_text import words
from licenses.rights_words import DENIAL_WORDS, PARTY_WORDS, RIGHTS_WORDS, places


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """Every statement about rights on a page, machine-readable ones first. Never raises; a page that cannot be read
    within bounds yields one piece of evidence that is not understood."""
    if document.html is None:
        return ()
    source = utf8(document.html, document.headers)
    words_at = places(source)
    granting = not words_at.keys().isdisjoint(RIGHTS_WORDS)
    denying = not words_at.keys().isdisjoint(DENIAL_WORDS)
    if not granting and not denying:
        return ()
    page = parse(source, document.url, words_at)
    if page is None:
        return (Evidence(PLACE, "unreadable", "page beyond the bounds of reading", rule="bounds", seen=document.seen),)
    found: list[Evidence] = []
    if granting:
        elements = marks(page)
        items = read_items(elements.data)
        page.address = page.address or elements.address()
        page.cache["subject"] = page_subject(items, elements)
        page.cache["license-text"] = _is_license_text(page, document, elements)
        found += structured.find(page, document, elements, items)
        found += links(page, document, elements)
        if not page.cache["license-text"]:
            found += names(page, document)
    if denying:
        found += denials(page, document)
    return tuple(settle(_distinct(found)))


def settle(found: list[Evidence]) -> list[Evidence]:
    """Statements about one text are weighed together wherever they stand on the page.

    A machine-readable mark that the visible page contradicts does not speak alone: where no visible statement is
    about this very text, it is weighed with those about the site, so that head against footer is a conflict."""
    if any(e.scope == "site" and e.rule == "says-this-text" for e in found):
        # «This document is …» above or below the text is about the same text as «this work is …» in it.
        return [
            _replace(e, "site", f"{e.rule}+page-says-too") if e.scope == "text" and e.claim == "grant" else e
            for e in found
        ]
    if any(e.scope == "text" and not e.kind.startswith(structured.KINDS) for e in found):
        return found
    if not any(e.scope == "site" for e in found):
        return found
    return [
        _replace(e, "site", e.rule + "+page-says-too")
        if e.scope == "text" and e.kind.startswith(structured.KINDS)
        else e
        for e in found
    ]


def _replace(evidence: Evidence, scope: ScopeName, rule: str) -> Evidence:
    return Evidence(**{**evidence.as_dict(), "scope": scope, "rule": rule})


def _distinct(found: list[Evidence]) -> list[Evidence]:
    seen: dict[tuple[str, str, str, str], Evidence] = {}
    for evidence in found:
        seen.setdefault((evidence.kind, evidence.statement, evidence.scope, evidence.rule), evidence)
    return list(seen.values())


def _is_license_text(page: Page, document: Document, marks: Marks) -> bool:
    """Whether the page is a deed or legal code: its address is the licence's, or its title names one and its words are
    those of a contract (licensor, licensee, warranty) far more often than any article's."""
    if document.url and (CC.match(document.url) or "/legalcode" in document.url) and read(document.url).understood:
        return True
    body = page.tree.body
    if body is None:
        return False
    words_at = page.places or {}
    if sum(len(words_at.get(word, ())) for word in PARTY_WORDS) >= 6:
        return True
    # The disclaimer that opens every legal code names the corporation, in capitals in the older ones.
    disclaimed = "creative commons corporation" in words_at or any(
        page.source.endswith(b"CREATIVE COMMONS", 0, at + len("commons")) for at in words_at.get("commons", ())
    )
    if not disclaimed and "/deed" not in words_at:
        return False
    titles = [words(heading) for heading in marks.headings[:6]]
    versioned = "/deed" in words_at and any(_VERSION.search(title) for title in titles)
    for title in titles:
        named = sum(len(match.group()) for match in NAME.finditer(title))
        if named and len(title) <= 120 and named * 3 >= len(title) and (disclaimed or versioned):
            return True
    return False


_VERSION = re.compile(r"[1-4]\.[05]")
