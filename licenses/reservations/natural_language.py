"""Reservations in plain words: «Die Nutzung zum Training von KI ist nicht gestattet».

Whether words reserve is open: LG Hamburg 310 O 227/23 (27 September 2024) held, in passing, that they can be machine-
readable; OLG Hamburg 5 U 104/24 (10 December 2025) did not let them suffice; the appeal is pending. So this is a
protocol of its own, behind a switch of the policy (`natural_language: honour | record`).
"""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from licenses.model import Document, Policy, Signal
from licenses.reservations._answers import Answer
from licenses.reservations._robots_file import capture, read

VERSION = "words, 2026-11-25"
LIMIT = 4 << 20  # characters
_HITS = 200
_REACH = 300  # characters of a passage before and behind the use

# What is reserved: mining, by name, or the training of models: a word for AI with one for training in the same passage.
# Languages: de, en, fr, it, es, nl, pl.
_MINING = ("mining", "tdm", "44b", "44 b", "2019/790", "fouille de textes")
_AI = re.compile(
    r"\b(?:KI|AI|IA|LLMs?)\b|[Kk]ünstliche[rn]? Intelligenz|[Aa]rtificial [Ii]ntelligence|[Ii]ntelligence artificielle|"
    r"[Ii]ntelligenza artificiale|[Ii]nteligencia artificial|[Kk]unstmatige intelligentie|[Ss]ztucznej inteligencji|"
    r"[Mm]achine[- ](?:[Ll]earning|[Tt]ranslation)|[Mm]aschinelle[sn]? Lernen|[Ll]anguage [Mm]odels?|"
    r"[Ff]oundation [Mm]odels?|Sprachmodelle?n?|[Mm]odèles de langage|[Mm]odelli linguistici|[Mm]odelos de lenguaje"
)
_TRAINING = re.compile(r"train|entra[iî]n|addestr|entren|lernen|learning|trenow|szkole", re.IGNORECASE)
_DENIAL = re.compile(
    r"beh(?:alten|ält)\b[^.]{0,200}\bvor\b|nicht (?:gestattet|erlaubt|zulässig|verwende\w*|genutzt|benutzt)|"
    r"untersag\w+|verboten|vorbehalt\w*|widersprech\w+|widersprochen|"
    r"(?:not|never) (?:be )?(?:allow|permit|authori[sz]e|consent)\w*|not (?:be )?used?\b|may not|must not|shall not|"
    r"do not use|prohibit\w+|forbidden|reserv(?:es?|ed|ing|ation)|opt(?:s|ed|ing)?[- ]?out|"
    r"without (?:[\w-]+ ){0,6}(?:permission|consent|authori[sz]ation)|interdi\w+|réserv\w+|s'oppose|vietat\w+|"
    r"riservat\w+|non (?:è |sono )?(?:consentit|autorizzat|permess)\w+|prohibid\w+|reservad\w+|"
    r"no (?:se )?(?:permite|autoriza)\w*|verboden|voorbehoud\w*|voorbehouden|niet toegestaan|zabroni\w+|zastrze\w+",
    re.IGNORECASE,
)
_TRAINING_MARKS = ("train", "entra", "addestr", "entren", "lernen", "learning", "trenow", "szkole")
_END = re.compile(r"\n\s*\n|(?<=[.!?])\s+(?=[A-ZÄÖÜ«„\"])")  # of a passage
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|body|br|dd|div|dl|dt|fieldset|figcaption|footer|form|h[1-6]|header|hr|li|main|"
    r"nav|ol|option|p|pre|section|select|table|td|th|tr|ul)\b[^>]*>"
)
_TAG = re.compile(r"<[^>]*>")


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """One answer for the text or page and one for the comments of robots.txt. Under `natural_language: record` what was
    found is `beside-the-point`, quoted with at most 300 characters."""
    signals: list[Signal] = []
    body, problem = _text(document)
    if problem:
        signals.append(Signal("natural_language", "unreadable", "", problem, "", "text", document.seen, VERSION))
    elif body is None:
        signals.append(Signal("natural_language", "not-looked-for", locator="text", version=VERSION))
    else:
        signals.append(_answer(body, "text", document.seen, policy))
    robots = capture(document.robots, "/robots.txt")
    if robots.state == "file":
        signals.append(_answer(read(robots.body).comments, "/robots.txt comment", robots.seen or document.seen, policy))
    elif robots.state == "not-looked-for":
        signals.append(Signal("natural_language", "not-looked-for", locator="/robots.txt comment", version=VERSION))
    return tuple(signals)


def find(text: str) -> str:
    """The first passage that denies mining or training in words, at most 300 characters; empty if there is none."""
    for count, at in enumerate(sorted(_uses(text))):
        if count >= _HITS:
            break
        # A passage ends at a block or at a sentence's end, and reaches no further than a long sentence does.
        before = _END.split(text[max(0, at - _REACH) : at])[-1]
        passage = before + _END.split(text[at : at + _REACH])[0]
        if _DENIAL.search(passage) and (_mining(passage) or _TRAINING.search(passage)):
            return " ".join(passage.split())[:300]
    return ""


def _mining(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _MINING)


def _uses(text: str) -> set[int]:
    lowered = text.lower()
    places: set[int] = set()
    if len(lowered) == len(text):  # a few letters are longer in lower case; then places would be off
        for word in _MINING:
            at = lowered.find(word)
            while at >= 0 and len(places) < _HITS:
                places.add(at)
                at = lowered.find(word, at + len(word))
    else:
        places.update(found.start() for found in re.finditer("|".join(map(re.escape, _MINING)), text, re.IGNORECASE))
    if _TRAINING.search(text):
        places.update(found.start() for found in _AI.finditer(text))
    return places


def _answer(text: str, locator: str, seen: str | None, policy: Policy) -> Signal:
    passage = find(text[:LIMIT])
    if not passage:
        kind: Answer = "unreadable" if len(text) > LIMIT and policy.natural_language == "honour" else "not-found"
        return Signal("natural_language", kind, locator=locator, seen=seen, version=VERSION)
    honoured = policy.natural_language == "honour"
    parsed = "a denial of mining or training in words" + ("" if honoured else "; the policy records it only")
    answer: Answer = "reserved" if honoured else "beside-the-point"
    return Signal("natural_language", answer, passage, parsed, "", locator, seen, VERSION)


def _text(document: Document) -> tuple[str | None, str]:
    """The readable text of the document, and what kept it from being read."""
    if isinstance(document.text, str):
        return document.text, ""
    page = document.html if document.html is not None else document.xml
    if page is None:
        return None, ""
    if not isinstance(page, bytes | str):
        return None, f"neither text nor bytes: {type(page).__name__}"
    data = page[:LIMIT] if isinstance(page, bytes) else page[:LIMIT].encode("utf-8", "replace")
    lowered = data.lower()
    if not any(word.encode() in lowered for word in (*_MINING, *_TRAINING_MARKS)):  # most pages need no parse
        return "", ""
    tree = LexborHTMLParser(data)
    for node in tree.css("script, style, template"):
        node.decompose()
    if tree.body is None:
        return "", ""
    return unescape(_TAG.sub("", _BLOCK.sub("\n\n", tree.body.html or ""))), ""
