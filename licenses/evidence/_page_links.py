"""Links to licences on a page. Source: HTML Standard, link type `license`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from licenses.evidence._page_beside import beside
from licenses.evidence._page_receipt import receipt
from licenses.model import Document, Evidence, Reading
from licenses.name_words import DATA_LICENSES, NAME, SOFTWARE_LICENSES, read
from licenses.page import Page
from licenses.page_marks import Marks
from licenses.page_text import words
from licenses.scope import Mark, decide

CC = re.compile(r"^(?:https?:)?//(?:[\w-]+\.)*creativecommons\.org/(?:licen[sc]es|publicdomain)/\S", re.I)
OTHER_LICENCES = re.compile(
    r"gnu\.org/(?:licenses|copyleft)/\w|opensource\.org/licen[sc]es?/\w|"
    r"nationalarchives\.gov\.uk/doc/open-government|etalab\.gouv\.fr/.*licence|govdata\.de/dl-de|"
    r"apache\.org/licenses/|opendatacommons\.org/licenses/|unlicense\.org|wtfpl\.net|mozilla\.org/.*mpl|"
    r"data\.norge\.no/nlod|artlibre\.org|dati\.gov\.it/iodl|w3\.org/consortium/legal",
    re.I,
)
ARCHIVED = re.compile(r"^(?:https?://web\.archive\.org)?/web/\d{4,14}[a-z_]*/(?=https?:|//)", re.I)
MAX_MARKS = 200  # more licence links than this: a list of works, and the rest adds nothing to a conclusion
# Definitions that many licences meet: whoever links one names no licence.
_LABELS = re.compile(r"^https?://(?:www\.)?(?:opendefinition\.org|freedomdefined\.org|okfn\.org)(?:/|$)", re.I)


def links(page: Page, document: Document, marks: Marks) -> Iterator[Evidence]:
    count = 0
    for link, attributes in marks.links:
        href = (attributes.get("href") or "").strip()
        rel = "license" in (attributes.get("rel") or "").lower().split()
        if not rel and len(href) > 1_000:
            continue
        target = ARCHIVED.sub("", href)
        known = bool(CC.match(target) or OTHER_LICENCES.search(target))
        if not rel and not known:
            continue
        count += 1
        if count > MAX_MARKS:
            return
        own = words(link)
        if rel and _LABELS.match(target):
            yield receipt(page, document, link, "rel-license", target, "metadata", "label-is-no-licence")
            continue
        reading = read(target) if known else None
        if reading is None or not reading.understood:
            if not rel:
                if NAME.search(own):
                    continue  # found again among the words
                if CC.match(target):
                    yield _judged(page, document, link, "link", target, Mark(link, own), own)
                continue
            named = NAME.search(own)
            yield _judged(
                page,
                document,
                link,
                "rel-license",
                named.group() if named and not known else target,
                Mark(link, own, rel=True),
                own,
            )
            continue
        mark = Mark(link, own, rel, all_are(reading, SOFTWARE_LICENSES), all_are(reading, DATA_LICENSES))
        evidence = _judged(page, document, link, "rel-license" if rel else "link", target, mark, own)
        yield evidence
        if evidence.scope in ("text", "site"):
            yield from beside(page, document, link, evidence, reading, own)


def _judged(
    page: Page, document: Document, node: LexborNode, kind: str, statement: str, mark: Mark, own: str
) -> Evidence:
    scope, rule = decide(page, mark)
    return receipt(page, document, node, kind, statement, scope, rule)


def all_are(reading: Reading, ids: tuple[str, ...]) -> bool:
    """Whether all licences that a statement may mean have ids that begin so."""
    return bool(reading.members) and all(
        member.removeprefix("LicenseRef-").upper().startswith(ids) for member in reading.members
    )
