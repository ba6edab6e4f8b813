"""One parse of a web page: where on it a statement stands, and the words around it.

Roles are found lazily, from an element upwards: a page without a rights word is never parsed, and one with a few
costs a few walks to the root. Signals are HTML's sectioning elements, ARIA roles, and class and id words in several
languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from licenses.page_roles import PARTS, ZONES, role_of
from licenses.page_source import MAX_BYTES, hostile
from licenses.page_text import BLOCKS, ancestors, clip, collapse, nearest_block, pieces, words

MAX_DEPTH = 400  # ancestors looked at; deeper content has no role and cannot grant
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt", "th", "summary", "legend"})
_HEADINGS = "h1, h2, h3, h4, h5, h6"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands: `role` is the nearest role that decides (one of PARTS, `hidden`, or a zone), `zone` the
    nearest zone (`body` where none is known), `in_article` whether an article or main element holds it."""

    role: str
    zone: str
    in_article: bool


@dataclass(slots=True)
class Page:
    """A parsed page. `source` is its UTF-8, `address` where it was fetched from, as far as known."""

    tree: LexborHTMLParser
    source: bytes
    address: str | None = None
    places: Mapping[str, Sequence[int]] | None = None  # of `licenses.rights_words`; None where nobody looked
    _roles: dict[int, str | None] = field(default_factory=dict)
    _places: dict[int, Place] = field(default_factory=dict)
    _around: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)

    def may_hold(self, word: str) -> bool:
        """Whether one of `licenses.rights_words` may stand in the source."""
        return self.places is None or word in self.places

    def place(self, node: LexborNode) -> Place:
        """The roles above this element (itself included)."""
        key = node.mem_id
        known = self._places.get(key)
        if known is None:
            known = self._places[key] = self._find_place(node)
        return known

    def _find_place(self, node: LexborNode) -> Place:
        zone, part, in_article, sectioned, steps = "body", "", False, False, 0
        for element in ancestors(node):
            steps += 1
            if steps > MAX_DEPTH:
                return Place("hidden", zone, in_article)
            role = self.role(element)
            if role is None:
                continue
            if role == "hidden":
                return Place("hidden", zone, in_article)
            if role in PARTS:
                if role == "navigation" and zone in ("footer", "imprint"):
                    continue
                part = part or role
            elif role in ("article", "main"):
                in_article = True
                sectioned = sectioned or element.tag in ("article", "main") or "role" in element.attributes
                if zone == "body" or (zone in ("footer", "header") and role == "article" and element.tag == "article"):
                    zone = "article" if role == "article" else zone if zone != "body" else "main"
            elif zone == "body" or (role in ("footer", "imprint") and in_article and not sectioned):
                zone, in_article = role, False  # a footer's own `div.content` is no main content
        if part == "navigation" and zone in ("footer", "imprint"):
            part = ""  # a footer's menu line
        return Place(part or zone, zone, in_article)

    def role(self, element: LexborNode) -> str | None:
        """The role of one element by itself, or None."""
        key = element.mem_id
        if key not in self._roles:
            self._roles[key] = role_of(element)
        return self._roles[key]

    def text_before_after(self, node: LexborNode) -> tuple[str, str, str]:
        """Words before and after an element within the smallest container that says enough, and that container's
        heading.

        Container: the nearest block; where it holds little but the element itself, the next one up, at most to a zone.
        Paragraphs and line breaks become `¶`. Bounded: 4,000 nodes, 600 characters on each side.
        """
        known = self._around.get(node.mem_id)
        if known is None:
            known = self._around[node.mem_id] = self._find_around(node)
        return known

    def _find_around(self, node: LexborNode) -> tuple[str, str, str]:
        container = node if node.tag in BLOCKS else nearest_block(node)
        for _ in range(4):
            before, after = _around(container, node)
            if len(before.strip(" ¶")) + len(after.strip(" ¶")) >= 12:
                break
            parent = container.parent
            if parent is None or parent.tag in ("body", "html", "main") or self.role(container) in ZONES:
                break
            container = parent
        return before, after, self.heading_above(node)

    def heading_above(self, node: LexborNode) -> str:
        """The nearest heading, term or bold label before an element among its ancestors' earlier siblings."""
        steps = 0
        for element in ancestors(node):
            if element.tag in ("body", "html") or (element.tag in ZONES and self.role(element) in ZONES):
                break
            earlier = element.prev
            while earlier is not None and steps < 120:
                steps += 1
                if earlier.tag in HEADINGS:
                    return clip(words(earlier), 120)
                if (
                    earlier.tag in ("a", "header", "b", "strong")
                    and (inner := earlier.css_first(_HEADINGS)) is not None
                ):
                    return clip(words(inner), 120)
                earlier = earlier.prev
        return ""

    def locator(self, node: LexborNode) -> str:
        """A path from the root, `/html/body/div[2]/a`, that finds the element again."""
        steps: list[str] = []
        for element in ancestors(node):
            if len(steps) > 60:
                steps.append("…")
                break
            if not element.tag or element.tag.startswith("-"):
                continue
            index, earlier, seen = 1, element.prev, 0
            while earlier is not None and seen < 2_000:
                index, seen = index + (earlier.tag == element.tag), seen + 1
                earlier = earlier.prev
            steps.append(element.tag if index == 1 else f"{element.tag}[{index}]")
        return "/" + "/".join(reversed(steps))


def parse(
    source: str | bytes, address: str | None = None, places: Mapping[str, Sequence[int]] | None = None
) -> Page | None:
    """The page, or None where reading it could cost more than its size warrants (see the limits above). Bytes are
    UTF-8; `places` is where words about rights stand in them."""
    if isinstance(source, str):
        source = source.encode("utf-8", "replace")
    if len(source) > MAX_BYTES or hostile(source):
        return None
    return Page(LexborHTMLParser(source.replace(b"\x00", b"")), source, address, places)


def _around(container: LexborNode, node: LexborNode) -> tuple[str, str]:
    if container.mem_id == node.mem_id:
        return "", ""
    text = collapse("".join(pieces(container, node.mem_id, 6_000)))
    before, found, after = text.partition("\x00")
    if not found:  # beyond the bound: nothing is known of its surroundings
        return " … ", " … "
    return before[-600:], after[:600]
