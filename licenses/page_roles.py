"""What an element of a page is by itself: HTML's sectioning, ARIA roles, class and id words in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from licenses.page_text import HIDDEN_TAGS, pieces
from licenses.page_words import CLASS_ROLES, MODIFIERS, SHORT_ROLES

# Roles whose content is something else than the page's own text, whatever stands around them.
PARTS = frozenset({"figure", "embed", "code", "quotation", "comment", "related", "tags", "form", "navigation"})
ZONES = frozenset({"article", "main", "footer", "imprint", "sidebar", "header"})
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


def role_of(element: LexborNode) -> str | None:
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
    for piece in pieces(element, 0, 1_500):
        length += len(piece)
        if length > 1_200:
            return True
    return False
