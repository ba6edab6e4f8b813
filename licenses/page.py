"""One parse of a web page: where on it a statement stands, and the words around it.

Roles are found lazily, from an element upwards: a page without a rights word is never parsed, and one with a few
costs a few walks to the root. Signals are HTML's sectioning elements, ARIA roles, and class and id words in several
languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from licenses.page_source import MAX_BYTES, decode, hostile, utf8
from licenses.page_words import CLASS_ROLES, MODIFIERS, SHORT_ROLES

MAX_DEPTH = 400  # ancestors looked at; deeper content has no role and cannot grant
MAX_CONTEXT = 300  # characters quoted in a receipt

# Roles whose content is something else than the page's own text, whatever stands around them.
PARTS = frozenset({"figure", "embed", "code", "quotation", "comment", "related", "tags", "form", "navigation"})
ZONES = frozenset({"article", "main", "footer", "imprint", "sidebar", "header"})
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "html",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt", "th", "summary", "legend"})
_HEADINGS = "h1, h2, h3, h4, h5, h6"
HIDDEN_TAGS = frozenset({"script", "style", "template", "noscript", "head", "title", "del", "s", "strike"})
_TAG_ROLES: Mapping[str, str] = {
    "figure": "figure",
    "figcaption": "figure",
    "caption": "figure",
    "picture": "figure",
    "svg": "embed",
    "iframe": "embed",
    "object": "embed",
    "video": "embed",
    "audio": "embed",
    "embed": "embed",
    "math": "embed",
    "pre": "code",
    "code": "code",
    "samp": "code",
    "kbd": "code",
    "textarea": "code",
    "xmp": "code",
    "plaintext": "code",
    "blockquote": "quotation",
    "q": "quotation",
    "nav": "navigation",
    "select": "form",
    "option": "form",
    "label": "form",
    "button": "form",
    "dialog": "form",
    "datalist": "form",
    "footer": "footer",
    "aside": "sidebar",
    "header": "header",
    "main": "main",
    "article": "article",
}
_ARIA: Mapping[str, str] = {
    "contentinfo": "footer",
    "complementary": "sidebar",
    "banner": "header",
    "main": "main",
    "article": "article",
    "navigation": "navigation",
    "menu": "navigation",
    "menubar": "navigation",
    "dialog": "form",
    "alertdialog": "form",
    "search": "form",
    "figure": "figure",
    "img": "figure",
    "comment": "comment",
    "tooltip": "form",
}
_CONTROLS = 'input:not([type="hidden" i]), select, textarea, button'
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_CAMEL = re.compile(r"(?<=[a-zäöü0-9])(?=[A-Z])")
_PARTS_OF_WORD = re.compile(r"[-_:./]+")
_SPACE = re.compile(r"\s+")


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
        zone, part, in_article, steps = "body", "", False, 0
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
                if zone == "body" or (zone in ("footer", "header") and role == "article" and element.tag == "article"):
                    zone = "article" if role == "article" else zone if zone != "body" else "main"
            elif zone == "body":
                zone = role
        if part == "navigation" and zone in ("footer", "imprint"):
            part = ""  # a footer's menu line
        return Place(part or zone, zone, in_article)

    def role(self, element: LexborNode) -> str | None:
        """The role of one element by itself, or None."""
        key = element.mem_id
        if key not in self._roles:
            self._roles[key] = _role(element)
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


def ancestors(node: LexborNode | None) -> Iterator[LexborNode]:
    """The element itself, then its parents up to the root."""
    while node is not None and node.tag is not None:
        yield node
        node = node.parent


def nearest_block(node: LexborNode) -> LexborNode:
    """The nearest ancestor that starts a new line."""
    for element in ancestors(node.parent):
        if element.tag in BLOCKS:
            return element
    return node.parent or node


def words(node: LexborNode) -> str:
    """An element's visible words, white space collapsed, script and style left out; at most 20,000 characters."""
    return _SPACE.sub(" ", "".join(_pieces(node))).strip()


def clip(text: str, length: int = MAX_CONTEXT) -> str:
    """White space collapsed, at most `length` characters."""
    text = _SPACE.sub(" ", text).strip()
    return text if len(text) <= length else text[: length - 1] + "…"


def _pieces(node: LexborNode, mark: int = 0, limit: int = 20_000) -> Iterator[str]:
    """Text of a subtree in order, without recursion; the subtree with `mem_id` `mark` yields one U+0000 instead."""
    stack: list[tuple[LexborNode | None, bool]] = [(node, False)]
    length = seen = 0
    while stack:
        current, after = stack.pop()
        if current is None:
            continue
        if after:
            yield " ¶ "
            continue
        seen += 1
        if seen > 4_000 or length > limit:
            return
        if mark and current.mem_id == mark:
            yield "\x00"
            continue
        tag = current.tag
        if tag == "-text":
            text = current.text_content or ""
            length += len(text)
            yield text[:limit]
        elif tag == "br":
            yield " ¶ "
        elif tag in HIDDEN_TAGS or tag is None or tag == "-comment":
            continue
        else:
            if tag in BLOCKS and current.mem_id != node.mem_id:
                yield " ¶ "
                stack.append((current, True))
            children: list[LexborNode] = []
            child = current.first_child
            while child is not None and len(children) < 2_000:
                children.append(child)
                child = child.next
            stack.extend((c, False) for c in reversed(children))


def _around(container: LexborNode, node: LexborNode) -> tuple[str, str]:
    if container.mem_id == node.mem_id:
        return "", ""
    text = _SPACE.sub(" ", "".join(_pieces(container, node.mem_id, 6_000)))
    before, found, after = text.partition("\x00")
    if not found:  # beyond the bound: nothing is known of its surroundings
        return " … ", " … "
    return before[-600:], after[:600]


def _role(element: LexborNode) -> str | None:
    tag = element.tag or ""
    if tag in HIDDEN_TAGS:
        return "hidden"
    attributes = element.attributes
    if "hidden" in attributes or _INVISIBLE.search(attributes.get("style") or ""):
        return "hidden"
    if tag in ("html", "body"):
        return None
    names = ((attributes.get("class") or "") + " " + (attributes.get("id") or "")).strip()
    by_name = _by_names(names, element) if names else None
    if by_name in PARTS:
        return by_name
    if tag == "form" and element.css_first(_CONTROLS) is not None and not _long(element):
        return "form"  # some systems wrap the whole page in one
    aria = _ARIA.get((attributes.get("role") or "").strip().lower())
    return (
        aria or _TAG_ROLES.get(tag) or by_name or ("article" if attributes.get("itemprop") == "articleBody" else None)
    )


def _by_names(names: str, element: LexborNode) -> str | None:
    """What class and id words say. Whole-article containers carry words of their subject (`tag-foto`,
    `comments-open`)."""
    whole = element.tag in ("article", "main") or "hentry" in names
    for name in names.split()[:40]:
        parts = [part for part in _PARTS_OF_WORD.split(_CAMEL.sub("-", name[:80]).lower()) if part]
        if not parts or (
            parts[0] in ("category", "tag", "format", "has", "type", "status", "is", "no", "wp", "col", "postid")
            and len(parts) > 1
            and name != "wp-caption"
        ):
            continue
        if parts[-1] in MODIFIERS:
            continue
        found: str | None = None
        for position, part in enumerate(parts):
            found = CLASS_ROLES.get(part)
            if found:
                break
            position += 1
        if found is None:
            continue
        if whole and not (found == "comment" and parts[0] in ("comment", "kommentar")):
            continue
        if found == "footer" and parts[0] in ("entry", "post", "article", "artikel", "beitrag", "single"):
            return "article"
        if found == "header" and parts[0] in (
            "entry",
            "post",
            "article",
            "artikel",
            "beitrag",
            "single",
            "image",
            "photo",
        ):
            continue
        if found in SHORT_ROLES and _long(element):
            continue
        return found
    return None


def _long(element: LexborNode) -> bool:
    """Whether an element holds more than a caption would: then its class word describes a page with pictures."""
    length = 0
    for piece in _pieces(element, 0, 1_500):
        length += len(piece)
        if length > 1_200:
            return True
    return False


__all__ = [
    "BLOCKS",
    "MAX_BYTES",
    "PARTS",
    "ZONES",
    "Page",
    "Place",
    "ancestors",
    "clip",
    "decode",
    "nearest_block",
    "parse",
    "utf8",
    "words",
]
