"""Really Simple Licensing (RSL 1.0, 10 December 2025, and the drafts of July and September 2025).

Terms in XML; robots.txt `License:`, a `Link` header and a link element point at them, a script element holds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from licenses.model import Document, Policy, Signal
from licenses.reservations._answers import RANK, Answer
from licenses.reservations._headers import header
from licenses.reservations._markup import markup
from licenses.reservations._robots_file import capture, matches, read

VERSION = "RSL 1.0"
NAMESPACE = "https://rslstandard.org/rsl"
LIMIT = 1 << 20  # characters of a document
_ELEMENTS = 5000
_MEDIA = "application/rsl+xml"
# Usage tokens by how exactly they name training; of two that disagree the more exact counts, at a tie the prohibition.
_TRAINING = {"ai-train": 3, "train-ai": 3, "ai-training": 3, "ai-all": 2, "all": 1}
_OTHER_USAGES = {"ai-input", "ai-index", "ai-use", "search"}


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """One answer for the terms that were fetched with the record, one for inline terms, and one for pointers to terms
    that nobody fetched: those are `unreadable`, since a site that points at terms has some."""
    page = markup(document)
    links = header(document, "link")
    robots = capture(document.robots, "/robots.txt")
    file = read(robots.body) if robots.state == "file" else None
    elements = page.links if page else ()
    pointers = [
        *(file.licenses if file and not file.problem else ()),
        *(href for rel, kind, href in elements if "license" in rel.split() and kind == _MEDIA),
        *_linked(links or ()),
    ]
    signals: list[Signal] = []
    for text in page.rsl if page else ():
        answer, parsed = interpret(text, document.url)
        signals.append(_signal(answer, text, parsed, "script", document.seen))
    terms = capture(document.rsl, pointers[0] if pointers else "license.xml")
    seen = terms.seen or document.seen
    if terms.state == "file":
        answer, parsed = interpret(terms.body, document.url)
        signals.append(_signal(answer, terms.body, parsed, terms.locator, seen))
    elif terms.state == "unreadable":
        signals.append(_signal("unreadable", terms.status, terms.problem, terms.locator, seen))
    elif pointers:
        why = "points at terms that are gone" if terms.state == "absent" else "points at terms that were not fetched"
        signals.append(_signal("unreadable", ", ".join(pointers), why, "license.xml", seen))
    if not signals and (robots.state == "unreadable" or (file and file.problem) or (page and page.problem)):
        # robots.txt and markup answer for themselves; a pointer in them may have been missed
        signals.append(_signal("unreadable", "", "what could point at terms could not be read", "", document.seen))
    if signals:
        return tuple(signals)
    carriers = {"robots.txt": robots.state != "not-looked-for", "link": page is not None, "header": links is not None}
    looked = [name for name, was in carriers.items() if was]
    missing = [name for name, was in carriers.items() if not was]
    out: list[Signal] = []
    if looked:
        out.append(_signal("not-found", "", "", ", ".join(looked), document.seen))
    if missing:
        out.append(_signal("not-looked-for", "", "", ", ".join(missing), None))
    return tuple(out)


def pointers(robots: str) -> tuple[str, ...]:
    """The addresses of RSL documents that the text of a robots.txt names. Never raises."""
    file = read(robots)
    return () if file.problem else file.licenses


def _signal(answer: Answer, value: str, parsed: str, locator: str, seen: str | None) -> Signal:
    return Signal("rsl", answer, value[:300], parsed, "", locator[:300], seen, VERSION)


def _linked(values: Iterable[str]) -> Iterator[str]:
    """The targets of `Link` values (RFC 8288) with relation license and RSL's media type."""
    for value in values:
        for target, parameters in re.findall(r"<([^<>]{0,4096})>([^<]{0,4096})", value[:65536]):
            lowered = parameters.lower()
            relation = re.search(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,]+))", lowered)
            if relation and "license" in (relation[1] or relation[2]).split() and _MEDIA in lowered:
                yield target


def _name(element: Any) -> str:
    tag = element.tag
    return etree.QName(tag).localname.lower() if isinstance(tag, str) else ""


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if _name(child) == name]


def _tokens(elements: Iterable[Any], kind: str) -> list[str]:
    """Tokens of the `permits` or `prohibits` of one type; spaces separate them, the drafts used commas."""
    return [
        token.lower()
        for element in elements
        if (element.get("type") or "usage").strip().lower() == kind
        for token in re.split(r"[\s,]+", element.text or "")
        if token
    ]


def interpret(text: str, url: str | None) -> tuple[Answer, str]:
    """(answer, what it was read as) of an RSL document for one address. Never raises.

    The most exact `content` that matches counts; none: no terms for the address. An offer lets us in only if it permits
    training (where it names uses at all), to everybody everywhere, for nothing and without a licence server. One
    prohibition of training closes it, and an answer that rests on words unknown to RSL is `unreadable`.
    """
    if len(text) > LIMIT:
        return "unreadable", "longer than what is read of it"
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        return "unreadable", "declares a document type"
    body = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text.removeprefix("\ufeff")).strip()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return "unreadable", f"no XML: {type(error).__name__}"
    if _name(root) != "rsl" or etree.QName(root.tag).namespace not in (NAMESPACE, None):
        return "unreadable", "no RSL document"
    contents = _children(root, "content")
    if len(contents) > _ELEMENTS:
        return "unreadable", f"more than {_ELEMENTS} contents"
    best = -1
    chosen: list[Any] = []
    for content in contents:
        pattern = (content.get("url") or "/").strip() or "/"
        try:
            if not _covers(pattern, url):
                continue
        except ValueError:
            return "unreadable", "an address that is none"
        if len(pattern) > best:
            best, chosen = len(pattern), [content]
        elif len(pattern) == best:
            chosen.append(content)
    if not chosen:
        return "not-found", "no terms for this address"
    return min((_content(content) for content in chosen), key=lambda said: RANK[said[0]])


def _covers(pattern: str, url: str | None) -> bool:
    if "://" in pattern[:12]:
        parts = urlsplit(pattern)
        if url and parts.netloc.lower().removeprefix("www.") != urlsplit(url).netloc.lower().removeprefix("www."):
            return False
        pattern = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return not url or matches(pattern, url)  # without an address everything may be meant


def _content(content: Any) -> tuple[Answer, str]:
    if content.get("server"):
        return "reserved", "a licence has to be obtained from a server first"
    if (content.get("encrypted") or "").strip().lower() in ("true", "1"):
        return "reserved", "encrypted"
    offers = _children(content, "license")
    if not offers:
        return "unreadable", "content without a licence"
    said = [_offer(offer) for offer in offers]
    for answer, parsed in said:
        if answer == "reserved" and parsed.startswith("prohibits"):
            return answer, parsed
    for answer in ("allowed", "beside-the-point", "unreadable", "reserved"):  # offers are a choice given to the reader
        for one in said:
            if one[0] == answer:
                return one
    return "unreadable", ""


def _offer(offer: Any) -> tuple[Answer, str]:
    permits, prohibits = _children(offer, "permits"), _children(offer, "prohibits")
    kinds = {(element.get("type") or "usage").strip().lower() for element in (*permits, *prohibits)}
    allowed, denied = _tokens(permits, "usage"), _tokens(prohibits, "usage")
    yes = max((_TRAINING.get(token, 0) for token in allowed), default=0)
    no = max((_TRAINING.get(token, 0) for token in denied), default=0)
    if no and no >= yes:
        return "reserved", f"prohibits {' '.join(denied)}"[:300]
    names_uses = any((element.get("type") or "usage").strip().lower() == "usage" for element in permits)
    if names_uses and not yes:
        return "reserved", f"permits only {' '.join(allowed)}"[:300]
    if "geo" in kinds:
        return "reserved", "only in, or not in, some countries"
    users, barred = _tokens(permits, "user"), _tokens(prohibits, "user")
    if barred or ("user" in kinds and users and "commercial" not in users):
        return "reserved", f"users: permits {' '.join(users)}, prohibits {' '.join(barred)}"[:300]
    payments = [(payment.get("type") or "").strip().lower() for payment in _children(offer, "payment")]
    if any(payment != "free" for payment in payments):
        return "reserved", f"payment: {' '.join(payments)}"[:300]
    if kinds - {"usage", "user", "geo"} or any(t not in _TRAINING and t not in _OTHER_USAGES for t in denied):
        return "unreadable", "words that RSL 1.0 does not have"
    if yes or not (permits or prohibits):
        return "allowed", f"permits {' '.join(allowed)}"[:300] if yes else "no limits stated"
    return "beside-the-point", f"prohibits {' '.join(denied)}"[:300] if denied else "no word about training"
