"""The elements of a page in which reservations are written: `meta`, `link` and inline RSL. One bounded parse a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

from licenses.model import Document

LIMIT = 8 << 20  # bytes of a page; what stands behind is not read, and the answer says so
_ELEMENTS = 4096
_VALUE = 4096
# A page without any of these holds no element that a protocol reads, so it need not be parsed.
_MARKS = (b"robots", b"tdm-", b"tdm:", b"rsl+xml", b"noai", b"no-ai", b"noml", b"noindex")


@dataclass(frozen=True, slots=True)
class Markup:
    """`metas` are (lower-case name, content), `links` (lower-case rel and type, href), `rsl` inline documents."""

    metas: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    rsl: tuple[str, ...] = ()
    problem: str = ""


@lru_cache(maxsize=1)  # three protocols ask about one page in turn
def _parse(page: bytes | str) -> Markup:
    data = page.encode("utf-8", "replace") if isinstance(page, str) else page
    problem = ""
    if len(data) > LIMIT:
        data, problem = data[:LIMIT], "longer than what is read of it"
    # UTF-16 pages would hide every element from a parser of bytes.
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    lowered = data.lower()
    if not any(mark in lowered for mark in _MARKS):
        return Markup(problem=problem)
    metas: list[tuple[str, str]] = []
    links: list[tuple[str, str, str]] = []
    rsl: list[str] = []
    for count, node in enumerate(LexborHTMLParser(data).css("meta, link, script")):
        if count >= _ELEMENTS:
            problem = "more elements than are read"
            break
        attributes = node.attributes
        if node.tag == "meta":
            name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv")
            if name:
                metas.append((name.strip().lower(), (attributes.get("content") or "").strip()[:_VALUE]))
        elif node.tag == "link":
            rel, kind = attributes.get("rel") or "", attributes.get("type") or ""
            href = attributes.get("href") or ""
            links.append((rel.strip().lower(), kind.strip().lower(), href.strip()[:_VALUE]))
        elif (attributes.get("type") or "").strip().lower() == "application/rsl+xml":
            rsl.append(node.text(deep=True) or "")
    return Markup(tuple(metas), tuple(links), tuple(rsl), problem)


def markup(document: Document) -> Markup | None:
    """The page's elements, or None where the document has no page (nothing was looked at). Never raises."""
    page = document.html
    if page is None:
        return None
    if not isinstance(page, bytes | str):
        return Markup(problem=f"neither text nor bytes: {type(page).__name__}")
    try:
        return _parse(page)
    except Exception as error:  # a page that cannot be parsed was not looked at
        return Markup(problem=f"unparseable: {type(error).__name__}")
