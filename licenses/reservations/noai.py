"""`noai` and its kin in robots meta elements and `X-Robots-Tag`: a convention since November 2022 (DeviantArt)."""

from __future__ import annotations

import re

from licenses.model import Document, Policy, Signal
from licenses.reservations._answers import RANK, Answer
from licenses.reservations._headers import header
from licenses.reservations._markup import CRAWLER, markup, trainers

VERSION = "convention of November 2022"
_RESERVING = {"noai", "noml"}
# Directives about index, snippets, caches, links and pictures: recorded, no word about training on text.
_BESIDE = {
    "noindex", "nofollow", "none", "noarchive", "nosnippet", "noimageindex", "notranslate", "nocache", "noodp",
    "noydir", "indexifembedded", "nositelinkssearchbox", "nopagereadaloud", "nopreview", "noimageai", "noimageml",
    "noimagetrain", "novideoai",
}  # fmt: skip
# A denial that nobody has registered but that names what we do is no permission.
_UNKNOWN_DENIAL = re.compile(
    r"(?:no|non|not|dis|deny|disallow)[-_]?(?:\w{1,24}[-_])?"
    r"(?:ai|genai|ml|llms?|gpt|tdm|(?:ai|ml|llm)?train(?:ing)?|(?:data)?mining|(?:machine)?learning|datasets?)(?:[-_]\w{1,24})?"
)
_VALUED = {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"}


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """One answer for the header and one for the page's meta elements. `noai` and `noml` reserve whoever they address;
    `noindex` and `none` reserve only where they address a training agent by name; `noimageai` is about pictures."""
    return (_header(document), _meta(document))


def interpret(directives: str, agent: str = "") -> tuple[Answer, str]:
    """(answer, directive) of a list of robots directives; `agent` is the crawler that they address. Never raises."""
    found: list[tuple[Answer, str]] = []
    for word in re.split(r"[,;\s]+", directives.lower()[:4096]):
        word = word.strip("\"'")
        plain = word.replace("-", "").replace("_", "")
        if plain in _RESERVING or (word in ("noindex", "none") and agent in trainers()):
            found.append(("reserved", word))
        elif word in _BESIDE or plain in _BESIDE:
            found.append(("beside-the-point", word))
        elif _UNKNOWN_DENIAL.fullmatch(word):
            found.append(("unreadable", word))
    if not found:
        return "not-found", ""
    return min(found, key=lambda one: RANK[one[0]])


def _header(document: Document) -> Signal:
    values = header(document, "x-robots-tag")
    if values is None:
        return Signal("noai", "not-looked-for", locator="header", version=VERSION)
    said: list[tuple[Answer, str, str]] = []
    for value in values:
        agent = ""
        for part in value.split(","):
            name, colon, rest = part.strip().partition(":")
            if colon and name.strip().lower() not in _VALUED:
                agent, part = name.strip().lower(), rest  # holds for the directives after it
                said.append((*interpret(name), ""))  # or is a directive that was given a value
            said.append((*interpret(part, agent), agent))
    return _answer(said, ", ".join(values), "header", document)


def _meta(document: Document) -> Signal:
    page = markup(document)
    if page is None:
        return Signal("noai", "not-looked-for", locator="meta", version=VERSION)
    said: list[tuple[Answer, str, str]] = []
    raw: list[str] = []
    for name, content in page.metas:
        if CRAWLER.fullmatch(name) or name in trainers():
            said.append((*interpret(content, name), name))
            raw.append(content)
    if page.problem:
        said.append(("unreadable", page.problem, ""))
    return _answer(said, ", ".join(raw), "meta", document)


def _answer(said: list[tuple[Answer, str, str]], raw: str, locator: str, document: Document) -> Signal:
    heard = [one for one in said if one[0] != "not-found"]
    if not heard:
        return Signal("noai", "not-found", raw[:300], locator=locator, seen=document.seen, version=VERSION)
    answer, parsed, agent = min(heard, key=lambda one: RANK[one[0]])
    return Signal("noai", answer, raw[:300], parsed, agent, locator, document.seen, VERSION)
