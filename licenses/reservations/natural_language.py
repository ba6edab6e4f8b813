"""Reservations in plain words: «Die Nutzung zum Training von KI ist nicht gestattet».

Whether words reserve is open: LG Hamburg 310 O 227/23 (27 September 2024) held, in passing, that they can be machine-
readable; OLG Hamburg 5 U 104/24 (10 December 2025) did not let them suffice; the appeal is pending. So this is a
protocol of its own, behind a switch of the policy (`natural_language: honour | record`).
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from licenses.model import Document, Policy, Signal
from licenses.reservations._answers import Answer
from licenses.reservations._robots_file import capture, read

VERSION = "words, 2026-11-25"
LIMIT = 4 << 20  # characters
_HITS = 200
_REACH = 220  # characters between the use and the denial, within one passage

# What is reserved: mining, or training of models. Languages: de, en, fr, it, es, nl, pl.
_USE = re.compile(
    r"text[- ]?(?:und|and|et|y|e|en|i)[- ]?data?[- ]?mining|text[- ]?mining|\bTDM\b|fouille de textes|§\s?44\s?b\b|"
    r"(?:2019/790|DSM)|data[- ]mining|"
    r"(?:train|entra[iî]n|addestra|entrena|trenowa|szkoleni|aanler|opleid)\w{0,12}\W{1,3}(?:\w+\W{1,3}){0,8}?"
    r"(?:KI|AI|IA|SI|LLMs?|A\.I\.|K\.I\.|künstliche\w*|artificial|artificielle|artificiale|kunstmatige|sztucznej|"
    r"machine|maschine\w*|Sprachmodell\w*|language models?|foundation models?|modèles?|modelli|modelos)\b|"
    r"\b(?:KI|AI|IA|LLM|künstliche\w*|artificial|artificielle|machine[- ]?learning|maschinelle\w*|Sprachmodell\w*|"
    r"language models?|foundation models?)\b[\w\W]{0,60}?(?:train|entra[iî]n|addestra|entrena|lernen|learning)",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"beh(?:alten|ält)\b[^.]{0,200}\bvor\b|nicht (?:gestattet|erlaubt|zulässig|verwende\w*|genutzt|benutzt)|"
    r"untersag\w+|verboten|vorbehalt\w*|"
    r"widersprech\w+|widersprochen|not (?:be )?(?:permitted|allowed|authori[sz]ed|used?|consent\w*)|may not|must not|"
    r"shall not|do not use|prohibit\w+|forbidden|reserv(?:es?|ed|ing|ation)|opt(?:s|ed|ing)?[- ]?out|"
    r"without (?:[\w-]+ ){0,6}(?:permission|consent|authori[sz]ation)|interdi\w+|réserv\w+|s'oppose|vietat\w+|"
    r"riservat\w+|non (?:è |sono )?(?:consentit|autorizzat|permess)\w+|prohibid\w+|reservad\w+|"
    r"no (?:se )?(?:permite|autoriza)\w*|verboden|voorbehoud\w*|voorbehouden|niet toegestaan|zabroni\w+|zastrze\w+",
    re.IGNORECASE,
)
_MARKS = re.compile(
    rb"(?i)mining|\btdm\b|44\s?b|2019/790|train|entra|addestr|entrena|trenow|szkoleni|learning|lernen|fouille"
)


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
    for count, use in enumerate(_USE.finditer(text)):
        if count >= _HITS:
            break
        start, stop = max(0, use.start() - _REACH), use.end() + _REACH
        # A passage ends at a blank line or at the end of a sentence that is followed by a new one.
        before = re.split(r"\n\s*\n|(?<=[.!?])\s+(?=[A-ZÄÖÜ«„\"])", text[start : use.start()])[-1]
        after = re.split(r"\n\s*\n|(?<=[.!?])\s+(?=[A-ZÄÖÜ«„\"])", text[use.end() : stop])[0]
        passage = before + use[0] + after
        if _DENIAL.search(passage):
            return " ".join(passage.split())[:300]
    return ""


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
    if not _MARKS.search(data):  # most pages need no parse
        return "", ""
    tree = LexborHTMLParser(data)
    for node in tree.css("script, style, template"):
        node.decompose()
    return (tree.root.text(separator="\n") if tree.root else ""), ""
