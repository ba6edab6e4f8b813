"""Machine-readable statements of a page: `link`, `meta`, JSON-LD, microdata, RDFa. Whose licence is it? The owner's.

Sources of rules: HTML Standard (link type `license`); DCMI, «Expressing Dublin Core in HTML»; schema.org (`license`,
`sdLicense`, `isPartOf`, `mainEntity`); RDFa 1.1 (`about`); Creative Commons REL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from licenses.evidence import _json_ld
from licenses.evidence._json_ld import DATA_TYPES, MEDIA_TYPES, SOFTWARE_TYPES, of_type, same_page
from licenses.model import Document, Evidence, ScopeName
from licenses.name_words import NAME, read
from licenses.page import Page
from licenses.page_marks import Marks
from licenses.page_roles import PARTS
from licenses.page_text import ancestors, clip, words
from licenses.scope import Mark, decide

PLACE = "html"
KINDS = ("link-", "meta-", "json-ld", "microdata")

_META = re.compile(
    r"^(?:dc|dcterms|dct|dcterm|eprints|bepress_citation|citation|cc|xhv|og|article|prism|"
    r"schema)?[.:_]?(?:license|licence|rights|rights\.license|rightsstatement|rights_url|rights\.uri|"
    r"rights\.access|accessrights|licensedocument|copyright)$",
    re.I,
)
_RDFA = re.compile(
    r"^(?:https?://\S*[/#])?(?:(?:dct?|dcterms|cc|xhv|xhtml|schema|s|og)[.:])?(?:license|rights|licence)$", re.I
)
# A copyright notice, with its sign or as «2021 The Author(s)».
_NOTICE = re.compile(r"^\s*(?:©|\(c\)|copyright|(?:19|20)\d\d(?:\s*[-–]\s*\d{4})?,?\s+[^.;:]{1,120}$)", re.I)
_ACCESS = re.compile(
    r"^(?:info:eu-repo/|open ?access$|openaccess$|http://purl\.org/coar/access_right|"
    r"https?://purl\.org/coar/access)",
    re.I,
)


def find(page: Page, document: Document, marks: Marks, items: list[Any]) -> Iterator[Evidence]:
    """Every machine-readable statement, in document order within its kind. `items`: the page's JSON-LD."""
    yield from _head(page, document, marks)
    yield from _json_ld.find(page, document, items)
    yield from _attributes(page, document, marks)


def _evidence(
    page: Page,
    document: Document,
    kind: str,
    statement: str,
    locator: str,
    scope: ScopeName,
    rule: str,
    context: str = "",
) -> Evidence:
    if scope in ("text", "site") and page.cache.get("license-text"):
        scope, rule = "license-text", "page-is-the-licence"
    return Evidence(PLACE, kind, statement[:1_000], locator, scope, rule, context=clip(context), seen=document.seen)


def _in_part(page: Page, element: Any) -> bool:
    """Whether an element of the head stands in the body, within a part of the page: there it speaks of that part."""
    return page.place(element).role in PARTS - {"navigation"}


def _head(page: Page, document: Document, marks: Marks) -> Iterator[Evidence]:
    for link, attributes in marks.head[:500]:
        names = (attributes.get("rel") or "").lower().split()
        if not any(
            name
            in (
                "license",
                "licence",
                "copyright",
                "dcterms.license",
                "dc.rights",
                "dcterms.rights",
                "schema.license",
                "cc:license",
            )
            for name in names
        ):
            continue
        href = (attributes.get("href") or "").strip()
        if "rsl" in (attributes.get("type") or "").lower() or (names == ["copyright"] and not read(href).understood):
            continue  # RSL terms are read by the reservations; a link to a notice is no licence
        scope: ScopeName = "part" if _in_part(page, link) else "text"
        yield _evidence(page, document, "link-license", href, page.locator(link), scope, "link-rel-license")
    for meta, attributes in marks.meta[:500]:
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        if not _META.match(name.strip()) or (attributes.get("itemprop") and _inside_item(meta)):
            continue
        value = (attributes.get("content") or "").strip()
        if not value or len(value) > 2_000:
            continue
        reading = read(value)
        named = None if reading.understood else NAME.search(value)
        if not reading.understood and (_ACCESS.match(value) or name.lower().endswith(("access", "accessrights"))):
            yield _evidence(
                page, document, "meta-access", value, page.locator(meta), "metadata", "label-is-no-licence", name
            )
        elif (
            not reading.understood
            and named is None
            and (name.lower().endswith("copyright") or _NOTICE.match(value))
            and not re.search(r"licen|lizen", value, re.I)
        ):
            continue  # a copyright notice
        else:
            about: ScopeName = "part" if _in_part(page, meta) else "text"
            yield _evidence(
                page, document, "meta-rights", value, page.locator(meta), about, "meta-about-the-document", name
            )


# Microdata and RDFa


def _inside_item(node: LexborNode) -> LexborNode | None:
    for element in ancestors(node.parent):
        if "itemscope" in element.attributes:
            return element
    return None


def _attributes(page: Page, document: Document, marks: Marks) -> Iterator[Evidence]:
    for element, attributes in marks.properties[:3_000]:
        itemprop = (attributes.get("itemprop") or "").lower().split()
        properties = f"{attributes.get('property') or ''} {attributes.get('rel') or ''}".split()
        micro = any(_RDFA.match(name) for name in itemprop)
        rdfa = any(_RDFA.match(name) for name in properties)
        if "sdlicense" in itemprop:
            yield _evidence(
                page, document, "microdata", _value(element), page.locator(element), "metadata", "sdLicense"
            )
        if not (micro or rdfa) or (element.tag == "meta" and not itemprop and not _about(element)):
            continue
        statement = _value(element)
        if not statement:
            continue
        if micro:
            scope, rule = _item_scope(page, document, element)
        else:
            scope, rule = _rdfa_scope(page, document, element)
        if (
            scope == "text"
            and not statement.startswith(("http", "//"))
            and not read(statement).understood
            and not NAME.search(statement)
        ):
            continue  # `dc:rights` holding a copyright notice
        yield _evidence(page, document, "microdata", statement, page.locator(element), scope, rule)


def _value(element: LexborNode) -> str:
    attributes = element.attributes
    return (
        attributes.get("content")
        or attributes.get("resource")
        or attributes.get("href")
        or attributes.get("src")
        or words(element)
    ).strip()


def _item_scope(page: Page, document: Document, element: LexborNode) -> tuple[ScopeName, str]:
    item = _inside_item(element)
    if element.tag in ("a", "span", "p", "div") and page.place(element).role in (
        "hidden",
        "comment",
        "related",
        "figure",
        "embed",
        "code",
        "quotation",
    ):
        return "part", f"inside-{page.place(element).role}"
    if item is None:
        return decide(page, Mark(element, rel=True))
    outer = _inside_item(item)
    types = tuple(re.split(r"[/#]", t)[-1] for t in (item.attributes.get("itemtype") or "").split())
    address = item.attributes.get("itemid") or ""
    if (
        outer is not None
        and not set(types) & (MEDIA_TYPES | DATA_TYPES | SOFTWARE_TYPES)
        and (item.attributes.get("itemprop") or "").lower() not in ("mainentity", "blogpost", "mainentityofpage")
    ):
        return "other-work", "nested-item"
    return of_type(types, address, page.address, several=_several(page, types))


def _several(page: Page, types: tuple[str, ...]) -> bool:
    name = types[0] if types else ""
    return bool(re.fullmatch(r"\w+", name)) and len(page.tree.css(f'[itemtype$="/{name}"]')) > 1


def _about(element: LexborNode) -> str | None:
    for node in ancestors(element):
        attributes = node.attributes
        if "about" in attributes:
            return (attributes.get("about") or "").strip()
        if node.mem_id != element.mem_id and (
            "resource" in attributes or ("src" in attributes and "rel" in attributes)
        ):
            return (attributes.get("resource") or attributes.get("src") or "").strip()
    return None


def _rdfa_scope(page: Page, document: Document, element: LexborNode) -> tuple[ScopeName, str]:
    about = _about(element)
    if about and not about.startswith("#") and not (page.address and same_page(about, page.address)):
        return "other-work", "rdfa-about-another-address"
    if about and about.startswith("#"):
        return "part", "rdfa-about-a-part"
    for node in ancestors(element):
        if kind := node.attributes.get("typeof"):
            types = tuple(re.split(r"[/#:]", t)[-1] for t in kind.split())
            if set(types) & (
                MEDIA_TYPES | DATA_TYPES | SOFTWARE_TYPES | {"Image", "StillImage", "MovingImage", "Sound", "Software"}
            ):
                return "part", "rdfa-typeof"
            break
    return decide(page, Mark(element, words(element), rel=True))
