"""Statements in a TEI header: `<availability>` of the file itself, apart from those of its sources.

Source of rules: TEI P5, 2.2.4 «Publication, Distribution, Licensing, etc.»; a licence of the encoding alone is not
the text's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from licenses.evidence._xml import denial, local, locator, root_of, statements, text_of
from licenses.model import Document, Evidence, ScopeName
from licenses.page_text import clip

PLACE = "tei"
_MARKUP = re.compile(
    r"(?<!\w)(?:mark-?up|encoding|annotations?|auszeichnung\w*|kodierung|metadata|metadaten|facsimiles?|"
    r"faksimiles?|digitalisate?|images?|bilder|scans?|photographs?)(?!\w)",
    re.I,
)
_TEXT = re.compile(
    r"(?<!\w)(?:texts?|texte|transcriptions?|transkription\w*|edition\w*|work|werk|document|dokument|"
    r"publication|inhalt\w*|contents?|this file|diese datei)(?!\w)",
    re.I,
)


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """Every `<licence>` or worded `<availability>` of a TEI header; empty where the document is no TEI. Never
    raises."""
    root = root_of(document)
    if root is None or local(root) not in ("TEI", "TEI.2", "teiCorpus", "teiHeader"):
        return ()
    header = (
        root if local(root) == "teiHeader" else next((child for child in root if local(child) == "teiHeader"), None)
    )
    if header is None:
        return ()
    found: list[Evidence] = []
    for availability in header.iter():
        if local(availability) != "availability":
            continue
        scope, rule = _scope(availability)
        licences = [child for child in availability.iter() if local(child) in ("licence", "license")]
        for licence in licences:
            found += statements(
                licence,
                PLACE,
                document,
                *_of_wording(licence, scope, rule),
                licence.get("target"),
                licence.get("from") or licence.get("notBefore"),
            )
        wording = text_of(availability)
        if said := denial(wording):
            found.append(
                Evidence(
                    PLACE, "words", said, locator(availability), scope, rule, context=clip(wording), seen=document.seen
                )
            )
        elif not licences and wording:
            address = next((e.get("target") for e in availability.iter() if e.get("target")), None)
            found += statements(availability, PLACE, document, *_of_wording(availability, scope, rule), address)
    return tuple(found)


def _scope(availability: etree._Element) -> tuple[ScopeName, str]:
    path = [local(a) for a in availability.iterancestors()]
    if "sourceDesc" in path or "biblFull" in path or "relatedItem" in path:
        return "other-work", "availability-of-the-source"
    if path[:2] == ["publicationStmt", "fileDesc"]:
        return "text", "availability-of-the-file"
    return "part", "availability-elsewhere"


def _of_wording(element: etree._Element, scope: ScopeName, rule: str) -> tuple[ScopeName, str]:
    wording = text_of(element)
    if scope == "text" and _MARKUP.search(wording) and not _TEXT.search(_MARKUP.sub(" ", wording)):
        return "part", "licence-of-the-encoding"
    return scope, rule
