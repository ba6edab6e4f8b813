"""TDMRep: `/.well-known/tdmrep.json`, header and meta element (W3C Community Group report, 10 May 2024)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from licenses.model import Document, Policy, Signal
from licenses.reservations._answers import Answer
from licenses.reservations._headers import header
from licenses.reservations._markup import markup
from licenses.reservations._robots_file import capture, matches

VERSION = "TDMRep 2024-05-10"
FILE = "/.well-known/tdmrep.json"
LIMIT = 1 << 20  # characters of a file
_ENTRIES = 1000

_ANSWERS: dict[str, Answer] = {"1": "reserved", "0": "allowed", "bad": "unreadable"}

# What one carrier says: state (`1`, `0`, `unset`, `bad`, `absent`), raw value, what it was read as.
_Said = tuple[str, str, str]


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """One answer for each carrier. The file is weaker than the header, the header weaker than the meta element; what is
    absent there resets nothing. An earlier answer that a later one overrules is `beside-the-point`.

    A value other than 0 and 1 is an error to the report, and unset; here it is `unreadable`, unless a stronger carrier
    speaks: a reservation that was tried and misspelt is no permission.
    """
    carriers = (  # strongest first
        ("meta", _meta(document)),
        ("header", _header(document)),
        (FILE, _file(document)),
    )
    seen = document.seen
    signals: list[Signal] = []
    ruled_by = ""
    for locator, said in carriers:
        if said is None:
            signals.append(Signal("tdmrep", "not-looked-for", locator=locator, version=VERSION))
            continue
        state, value, parsed = said
        when = (capture(document.tdmrep, FILE).seen if locator == FILE else None) or seen
        answer: Answer
        if state in ("unset", "absent"):
            answer = "not-found"
        elif ruled_by:
            answer, parsed = "beside-the-point", f"{parsed}; the {ruled_by} overrules it"
        else:
            answer = _ANSWERS[state]
            if state in ("0", "1"):
                ruled_by = locator
        signals.append(Signal("tdmrep", answer, value[:300], parsed, "", locator, when, VERSION))
    return tuple(reversed(signals))


def _values(values: list[str], policies: list[str]) -> _Said:
    raw = ", ".join([*values, *policies])
    parts = [part.strip() for value in values for part in value.split(",")]
    if "1" in parts:
        return "1", raw, "tdm-reservation=1"
    if parts and all(part == "0" for part in parts):
        return "0", raw, "tdm-reservation=0"
    return "bad", raw, "neither 0 nor 1"


def _header(document: Document) -> _Said | None:
    values = header(document, "tdm-reservation")
    if values is None:
        return None
    return _values(list(values), list(header(document, "tdm-policy") or ())) if values else ("absent", "", "")


def _meta(document: Document) -> _Said | None:
    page = markup(document)
    if page is None:
        return None
    values = [content for name, content in page.metas if name in ("tdm-reservation", "tdm:reservation")]
    if values:
        return _values(values, [content for name, content in page.metas if name in ("tdm-policy", "tdm:policy")])
    return ("bad", "", page.problem) if page.problem else ("absent", "", "")


def _file(document: Document) -> _Said | None:
    value = document.tdmrep
    if value is None:
        return None
    if isinstance(value, str) or (isinstance(value, Mapping) and ("status" in value or "body" in value)):
        found = capture(value, FILE)
        if found.state == "absent":
            return "absent", found.status, ""
        if found.state != "file":
            return "bad", found.status, found.problem
        if len(found.body) > LIMIT:
            return "bad", found.body[:120], "longer than what is read of it"
        try:
            value = json.loads(found.body.removeprefix("\ufeff"), object_pairs_hook=_pairs)
        except (ValueError, RecursionError):
            return "bad", found.body[:120], "no JSON"
    return evaluate(value, document.url)


def _reservation(entry: Mapping[str, Any]) -> str:
    value = entry.get("tdm-reservation")
    if value is True or value == 1 or value == "1":
        return "1"
    return "0" if value == 0 and value is not False else "bad"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises ValueError where it answers one thing twice (RFC 8259, 4: which of the two counts is open)."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("doubled keys")
    return made


def evaluate(rules: Any, url: str | None) -> _Said:
    """What the parsed file says about an address: entries in order, the first whose `location` matches decides.

    An object in the place of the array holds for every address if it reserves, and else is an error. Never raises.
    """
    if isinstance(rules, Mapping):
        if _reservation(rules) == "1":
            return "1", _shown(rules), "tdm-reservation=1, for every address: an object, not an array"
        return "bad", _shown(rules), "an object, not an array of locations"
    if not isinstance(rules, list):
        return "bad", _shown(rules), "not an array of locations"
    problem = f"more than {_ENTRIES} entries" if len(rules) > _ENTRIES else ""
    for entry in rules[:_ENTRIES]:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("location"), str):
            problem = problem or "an entry without location"
            continue
        state = _reservation(entry)
        if not url:
            if state != "0":
                return "bad", _shown(entry), "a rule, but no address to hold against it"
            continue
        try:
            if not _located(entry["location"], url):
                continue
        except ValueError:
            return "bad", _shown(entry), "the record's address is none"
        if state == "bad":
            return "bad", _shown(entry), "neither 0 nor 1"
        if state == "0" and problem:
            break  # what could not be read stood before it
        return state, _shown(entry), f"tdm-reservation={state}"
    return ("bad", _shown(rules), problem) if problem else ("unset", "", "no location matches")


def _located(location: str, url: str) -> bool:
    if location.startswith(("http://", "https://")):  # the report asks for a path; the host is the file's own
        parts = urlsplit(location)
        location = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return matches(location, url)


def _shown(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:300]
    except (ValueError, RecursionError):
        return ""
