"""The elements of a page whose attributes may hold a statement or say what the page is, found in one walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from licenses.page import Page
from licenses.page_text import ancestors
from licenses.rights_words import ADDRESS_WORDS

Tagged: TypeAlias = tuple[LexborNode, Mapping[str, str | None]]  # an element with its attributes
_PARTS = ("licen", "rights")  # of every relation or property that says a licence


@dataclass(slots=True)
class Marks:
    """Elements in document order: `links` that may lead to a licence, `head` and `meta` elements wherever they stand,
    `properties` of RDFa and microdata, `items` at the top of the page, `data` the text of JSON-LD scripts."""

    links: list[Tagged] = field(default_factory=list)
    head: list[Tagged] = field(default_factory=list)
    meta: list[Tagged] = field(default_factory=list)
    properties: list[Tagged] = field(default_factory=list)
    items: list[Tagged] = field(default_factory=list)
    headings: list[LexborNode] = field(default_factory=list)
    data: list[str] = field(default_factory=list)

    def address(self) -> str | None:
        """Where the page says that it stands, which tells its own data from those about other pages."""
        said = [
            attributes.get("href")
            for _, attributes in self.head
            if "canonical" in (attributes.get("rel") or "").lower().split()
        ]
        said += [attributes.get("content") for _, attributes in self.meta if attributes.get("property") == "og:url"]
        for address in said[:2]:
            if (address or "").strip().lower().startswith(("http://", "https://")):
                return (address or "").strip()[:2_000]
        return None


def marks(page: Page) -> Marks:
    """What `Marks` says. Elements that the words of the page rule out are not looked for."""
    wanted = ["link[rel][href]", "meta[content]", *(f'[rel*="{part}" i]' for part in _PARTS)]
    wanted += [f'[href*="{part}" i]' for part in ADDRESS_WORDS if page.may_hold(part)]
    for name in ("itemprop", "property"):
        if page.may_hold(name):
            wanted += [f'[{name}*="{part}" i]' for part in _PARTS]
    if page.may_hold("ld+json"):
        wanted.append('script[type*="ld+json" i]')
    if page.may_hold("itemtype"):
        wanted += ["body[itemtype]", "main[itemtype]", "body > [itemtype]", "main > [itemtype]"]
    if page.may_hold("/deed") or page.may_hold("commons"):
        wanted += ["title", "h1", "h2"]
    found = Marks()
    for node in page.tree.css(", ".join(wanted)):
        tag, attributes = node.tag, node.attributes
        if tag == "link" and "rel" in attributes and "href" in attributes:
            found.head.append((node, attributes))
        elif tag == "meta" and "content" in attributes:
            found.meta.append((node, attributes))
        elif tag == "script":
            found.data.append(node.text(deep=True, strip=False))
        elif tag in ("title", "h1", "h2"):
            found.headings.append(node)
        elif tag in ("a", "area") and "href" in attributes:
            found.links.append((node, attributes))
        if "itemtype" in attributes and _at_the_top(node):
            found.items.append((node, attributes))
        if _is_property(page, node, attributes):
            found.properties.append((node, attributes))
    return found


def _at_the_top(node: LexborNode) -> bool:
    parent = node.parent
    return node.tag in ("body", "main") or (parent is not None and parent.tag in ("body", "main"))


def _is_property(page: Page, node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element says a licence in microdata or RDFa: by a property, or by a relation of a named subject."""
    named = f"{attributes.get('itemprop') or ''} {attributes.get('property') or ''}".lower()
    if any(part in named for part in _PARTS):
        return True
    if not any(part in (attributes.get("rel") or "").lower() for part in _PARTS):
        return False
    if "about" in attributes or "resource" in attributes:
        return True
    if node.tag != "a" or not (page.may_hold("about=") or page.may_hold("typeof")):
        return False
    return any("about" in above.attributes or "typeof" in above.attributes for above in ancestors(node.parent))
