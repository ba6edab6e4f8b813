"""The elements of a page in which reservations are written: `meta`, `link` and inline RSL. One bounded parse a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

from licenses.model import Document
from licenses.reservations._agents import training

LIMIT = 8 << 20  # bytes of a page; what stands behind is not read, and the answer says so
_ELEMENTS = 4096
_VALUE = 4096
_TDM = re.compile(rb"tdm[-:]")  # with RSL's media type all but the robots elements that a protocol reads
# A meta element as nearly all are written, in lower case; whatever is written otherwise is left to the parser.
_ORDINARY = re.compile(rb"<meta((?:\s+[a-z:_-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*)\s*/?>")
_ATTRIBUTE = re.compile(rb"([a-z:_-]+)\s*=\s*([\"'])(.*?)\2", re.DOTALL)
# Directives that are no word about training, whoever they address.
_HARMLESS = re.compile(
    rb"(?:\s*(?:index|follow|all|noodp|noydir|max-(?:snippet|(?:image|video)-preview):[a-z0-9-]+)\s*(?:,|$))*"
)
_HIDING = (
    (b"<!--", b"-->"),
    *((b"<" + name, b"</" + name) for name in (b"script", b"style", b"template", b"textarea", b"title", b"noscript")),
)


@dataclass(frozen=True, slots=True)
class Markup:
    """`metas` are (lower-case name, content), `links` (lower-case rel and type, href), `rsl` inline documents."""

    metas: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    rsl: tuple[str, ...] = ()
    problem: str = ""


CRAWLER = re.compile(r"[\w.-]*(?:robots?|bot|spider|crawler|slurp)")  # a name that robots directives are addressed to


@lru_cache(maxsize=1)
def trainers() -> frozenset[str]:
    """The training agents' names in lower case."""
    return frozenset(agent.lower() for agent in training().agents)


@lru_cache(maxsize=1)
def _address() -> re.Pattern[bytes]:
    """What a tag holds somewhere if it addresses a crawler or a training agent; letters can be written as numbers."""
    return re.compile(b"|".join((b"bot|spider|crawler|slurp|&#", *(re.escape(name.encode()) for name in trainers()))))


def _plain(page: bytes, lowered: bytes) -> tuple[tuple[str, str], ...] | None:
    """The robots meta elements of a page that holds no other mark; None where only a parser can tell.

    Most pages say nothing or `index, follow`. Anything else, and every doubt whether a tag is one (it stands in a
    comment or a script, say), is for the parser, which costs as much as all else that is done with a page.
    """
    found: list[tuple[str, str]] = []
    at = lowered.find(b"<meta")
    while at >= 0:
        tag = _ORDINARY.match(lowered, at)
        if tag is None:
            end = lowered.find(b">", at)
            # What an odd tag says may go on behind the first bracket.
            if end < 0 or _address().search(lowered, at, end + _VALUE):
                return None
        elif _address().search(lowered, *tag.span()):
            attributes = [(match[1], match.span(3)) for match in _ATTRIBUTE.finditer(lowered, *tag.span(1))]
            spans = {key: slice(*span) for key, span in attributes if span[0] < span[1]}
            name = lowered[spans.get(b"name") or spans.get(b"property") or spans.get(b"http-equiv") or slice(0)].strip()
            if _addresses(name):
                content = spans.get(b"content", slice(0))
                if len(spans) < len(attributes) or not _HARMLESS.fullmatch(lowered[content]) or _hidden(lowered, at):
                    return None
                found.append((name.decode("ascii", "replace"), page[content].decode("ascii", "replace").strip()))
        at = lowered.find(b"<meta", at + 5)
    return tuple(found)


def _addresses(name: bytes) -> bool:
    """Whether a name is, or could be once it is decoded, one that robots directives are addressed to."""
    word = name.decode("utf-8", "replace")
    return "&" in word or CRAWLER.fullmatch(word) is not None or word in trainers()


def _hidden(page: bytes, at: int) -> bool:
    """Whether a tag may stand within something that makes it no element."""
    return any(page.rfind(start, 0, at) > page.rfind(end, 0, at) for start, end in _HIDING)


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
    if b"rsl+xml" not in lowered and (b"tdm" not in lowered or not _TDM.search(lowered)):
        plain = _plain(data, lowered)
        if plain is not None:
            return Markup(plain, problem=problem)
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
            links.append((rel.strip().lower(), _essence(kind), href.strip()[:_VALUE]))
        elif _essence(attributes.get("type") or "") == "application/rsl+xml":
            rsl.append(node.text(deep=True) or "")
    return Markup(tuple(metas), tuple(links), tuple(rsl), problem)


def _essence(media: str) -> str:
    """A media type without its parameters."""
    return media.partition(";")[0].strip().lower()


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
