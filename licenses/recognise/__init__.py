"""What one statement about rights means: `recognise(statement)` → `Reading`. Pure, never raises, linear in time.

A statement is tried as a code of a known vocabulary, an SPDX expression, an address, and as words; each reads it whole
or not at all. What is not understood has no alternatives and is judged as «anything, also nothing granted».
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from licenses.model import Reading
from licenses.recognise import cc_url, lexicon, names, spdx, vocabularies
from licenses.recognise.cc_url import CcUrl, cc_id
from licenses.recognise.mention import OPEN
from licenses.recognise.tokens import ADDRESS, level, tokens

if TYPE_CHECKING:
    from licenses.registry import Family, Registry

_DEDICATIONS = ("CC-PDM-1.0", "PDDL-1.0", "Unlicense", "NIST-PD", "0BSD", "WTFPL")  # rightly called «public domain»
_LABEL = "a statement about the rights, and no licence"
RESERVED = "LicenseRef-all-rights-reserved"
# An address; one without scheme must not be the tail of another host, path or query.
_URL = re.compile(
    r"(?:(?<!\w)https?:|(?<![\w:/]))//[^\s<>\"|`{}]+"
    r"|(?<![\w.@/=%?&~-])(?:www\.)?creativecommons\.org/[^\s<>\"|`{}]+",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'»*_~"
_COPY = re.compile(  # a licence file beside the work, in a public repository
    r"(?:https?:)?//(?:raw\.githubusercontent\.com|(?:www\.)?(?:github|gitlab|bitbucket|codeberg|huggingface)\.(?:com|org|co))"
    r"/\S+(?:/(?:licen[cs]e|copying)(?:[.-](?:txt|md|rst|mit))?|#licen[cs]e)",
    re.IGNORECASE,
)
_INDEX = re.compile(r"(?:https?:)?//(?:www\.)?gnu\.org/licenses/?", re.IGNORECASE)  # GNU's notices end in it
# What follows the licences' own notices: the choice of a later version is given in brackets there.
_OPTION = re.compile(
    r"\bor\s*\(\s*at your option\s*\)\s*any later version"
    r"|\boder\s*\(\s*nach Ihrer (?:Option|Wahl)\s*\)\s*jeder späteren Version",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?<![\w.@/-])[^\W_][\w-]+(?:\.[a-z-]{2,24})+/(?=\w)", re.IGNORECASE)  # an address without scheme
_BEYOND = re.compile(r"[<>~]\s?=?\s?v?\d", re.IGNORECASE)  # «below 4.0», «about 4.0»
_OTHER = "other-"  # in datasets' cards: a licence that the list of tags had not, and then its name
_TAG = re.compile(r"</?(?:a|br|p|img|span|b|i|em|strong|div)((?:\s[^<>]{0,1000})?)/?>", re.IGNORECASE)
_SHOWN = re.compile(r"(?<![\w-])(?:href|src|alt)\s?=\s?\"([^\"]*)\"", re.IGNORECASE)
_AROUND = " \"'`*_[]{}.,;"  # what running text and markup put around an expression


def recognise(statement: str, registry: Registry | None = None) -> Reading:
    """The licences that a statement, exactly as found, may mean.

    Understood: `alternatives` is a choice given to us; each holds every licence that applies or may apply. Not
    understood: no alternatives, and `why` says what stood in the way. «All rights reserved» is understood, as a denial.
    More than 4,000 characters are a document, not a statement.
    """
    if registry is None:
        from licenses.registry import load  # the registry imports nothing of ours; here to keep this importable alone

        registry = load()
    try:
        return _recognise(statement, registry)
    except Exception as problem:  # fails closed: a statement must never end a run, nor pass for understood
        return Reading(statement=statement if isinstance(statement, str) else "", why=type(problem).__name__)


def _recognise(statement: str, registry: Registry) -> Reading:
    text = level(statement)
    if text is None:
        return Reading(statement, why="empty, too long for a statement, or holding control characters")
    code = vocabularies.lookup(text)
    if code is not None:
        return _meaning(statement, code.meaning, f"vocabulary:{code.vocabulary}", registry, code.why)
    if text[:6].casefold() == _OTHER:
        text = text[6:]
    text = _OPTION.sub("or any later version", _unwrapped(text))
    expression = spdx.parse(text.strip(_AROUND), registry)
    if expression is not None:
        return _expression(statement, expression)
    found = _URL.search(text)
    if found is not None:
        return _with_urls(statement, text, registry)
    return _words(statement, text, (), (), registry)


def _unwrapped(text: str) -> str:
    """A statement pasted as HTML, as the chooser of Creative Commons hands it out: its words and addresses. Other
    elements than these few, and any that may be hidden, are left, and a word that is not understood."""
    if "<" not in text or "display" in text or "hidden" in text:
        return text
    return _TAG.sub(lambda tag: f" ( {' ( '.join(_SHOWN.findall(tag[1] or ''))} ( ", text)


def _expression(statement: str, parsed: tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]]) -> Reading:
    expression, alternatives, flags = parsed
    if any(member == "CC-PDM-1.0" for alternative in alternatives for member in alternative):
        flags = (*flags, "label")
    return Reading(statement, expression, None, alternatives, flags, (), "spdx", f"the SPDX expression {expression}")


def _with_urls(statement: str, text: str, registry: Registry) -> Reading:
    """A statement with addresses in it: the words must name what the addresses name."""
    cc: list[CcUrl] = []
    meanings: list[str] = []
    badges = 0
    for match in _URL.finditer(text):
        url = _trim(match[0])
        parsed = cc_url.parse(url)
        if parsed is not None:
            badges += parsed.kind == "badge"
            cc.append(parsed)
            continue
        code = vocabularies.lookup(url) or vocabularies.address(url, registry)
        if code is not None:
            meanings.append(code.meaning)
        elif not _COPY.fullmatch(url) and not _INDEX.fullmatch(url):
            return Reading(statement, why="the address is not that of a licence we know")
    rest = _URL.sub(lambda match: f" ( {ADDRESS} ( {match[0][len(_trim(match[0])) :]} ", text)
    if badges and badges == len(cc) and not meanings and not _words(statement, rest, (), (), registry).understood:
        return Reading(statement, flags=("badge",), via="cc-url", why="a badge's picture is a clue, not a statement")
    return _words(statement, rest, cc, meanings, registry)


def _trim(url: str) -> str:
    """An address without what running text put behind it; a bracket goes if it was not opened inside."""
    while url:
        last = url[-1]
        opening = {")": "(", "]": "["}.get(last)
        if last in _TRAILING or (opening and url.count(last) > url.count(opening)):
            url = url[:-1]
        elif "](" in url:
            url = url[: url.index("](")]
        else:
            break
    return url


def _words(statement: str, text: str, urls: Sequence[CcUrl], addresses: Sequence[str], registry: Registry) -> Reading:
    if _HOST.search(text):
        return Reading(statement, why="an address that is not that of a licence we know")
    if _BEYOND.search(text):
        return Reading(statement, why="a range of versions")
    words = tokens(text)
    found = names.read(words, urls, lexicon.load())
    if found.problem and not urls and not addresses and names.denies(words, lexicon.load()):
        return _meaning(statement, "reserved", "names", registry, "all rights are reserved")
    if found.problem:
        return Reading(statement, why=found.problem)
    via = "cc-url" if urls and not _spoken(text) else "address" if addresses and not _spoken(text) else "names"
    meanings = tuple(dict.fromkeys([*found.meanings, *addresses]))
    if found.cc is not None:
        unit, version, port = found.cc
        fits = not found.public_domain or unit in ("zero", "mark")
        named = cc_id(unit, version, port) if version else f"family:CC-{unit.upper()}"
        if found.reserved or not fits or (meanings and _one([*meanings, named], registry) != named):
            return Reading(statement, why="two statements that contradict each other")
        reading = _creative_commons(statement, unit, version, port, found.scope, via, registry)
    elif meanings:
        one = _one(meanings, registry)
        if one is None or found.reserved or (found.public_domain and one not in _DEDICATIONS):
            return Reading(statement, why="two statements that contradict each other")
        reading = _meaning(statement, one, via, registry, "")
    elif found.reserved:
        if found.public_domain or found.limits:
            return Reading(statement, why="two statements that contradict each other")
        return _meaning(statement, "reserved", "names", registry, "all rights are reserved")
    elif found.public_domain:
        reading = _meaning(statement, "family:public domain", "names", registry, "")
    else:
        return Reading(statement, why="no licence is named")
    if found.limits and reading.understood:
        return Reading(
            statement, reading.license, reading.family, reading.alternatives, reading.flags, found.limits, reading.via,
            reading.why,
        )  # fmt: skip
    return reading


def _spoken(text: str) -> bool:
    return any(token.text not in ("http", "https", ADDRESS) for token in tokens(text))


def _one(meanings: Sequence[str], registry: Registry) -> str | None:
    """The one meaning that all of several names have: equal, or one exact member of every family named."""
    exact = {meaning for meaning in meanings if not meaning.startswith("family:")}
    families = {meaning for meaning in meanings if meaning.startswith("family:")}
    if len(exact) > 1 or (not exact and len(families) > 1):
        return None
    if not exact:
        return next(iter(families))
    one = next(iter(exact))
    for family in families:
        known = _family(family.removeprefix("family:"), registry)
        if known is None or one not in known.members:
            return None
    return one


def _creative_commons(
    statement: str, unit: str, version: str | None, port: str | None, scope: str | None, via: str, registry: Registry
) -> Reading:
    if version is not None:
        id_ = cc_id(unit, version, None if port == OPEN else port)
        flags = ("label",) if unit == "mark" else ()
        return Reading(statement, id_, None, ((id_,),), flags, (), via, f"names {id_}")
    name = f"CC-{unit.upper()}"
    family = _family(name, registry)
    members = tuple(
        sorted(
            member
            for member in (family.members if family is not None else ())
            if _fits(member.removeprefix("LicenseRef-").removeprefix(name + "-"), port, scope)
        )
    )
    if len(members) == 1:
        return Reading(
            statement, members[0], None, (members,), (), (), via, f"names {members[0]}, the only one of its kind"
        )
    alternatives = (members,) if members else ()
    known = family.name if family is not None else name
    return Reading(statement, None, known, alternatives, (), (), via, f"the family {known}: no version is named")


def _family(name: str, registry: Registry) -> Family | None:
    """A family of the registry, whether its name is written with spaces or hyphens."""
    return registry.families.get(name) or registry.families.get(name.replace("-", " ", 1))


def _fits(tail: str, port: str | None, scope: str | None) -> bool:
    """Whether a member's version and port, `3.0-DE`, fit what the statement says of them."""
    version, _, jurisdiction = tail.partition("-")
    if scope == "generic":
        return version in ("1.0", "2.0", "2.5") and not jurisdiction
    if port == OPEN:
        return True
    return jurisdiction == ("" if port is None else port.upper())


def _meaning(statement: str, meaning: str, via: str, registry: Registry, why: str) -> Reading:
    """A reading from a table's word: an id, `family:…`, `reserved`, or `none` (known, and grants nothing)."""
    if meaning == "none":
        return Reading(statement, flags=("label",), via=via, why=why or "known, and no licence")
    if meaning == "reserved":
        return Reading(statement, None, None, ((RESERVED,),), (), (), via, why or "all rights are reserved")
    if meaning.startswith("denied:"):
        return Reading(statement, None, None, ((meaning.removeprefix("denied:"),),), ("label",), (), via, _LABEL)
    if not meaning.startswith("family:"):
        flags = ("label",) if meaning == "CC-PDM-1.0" else ()
        return Reading(statement, meaning, None, ((meaning,),), flags, (), via, why or f"names {meaning}")
    name = meaning.removeprefix("family:")
    if name.startswith("CC-"):
        return _creative_commons(statement, name[3:].lower(), None, OPEN, None, via, registry)
    family = _family(name, registry)
    if family is None:
        return Reading(statement, None, name, (), (), (), via, f"the family {name}, whose members we do not list")
    name = family.name
    if family.choice:
        choice = tuple((member,) for member in family.members)
        return Reading(statement, None, name, choice, (), (), via, f"{name} without a version: any, by its own text")
    return Reading(statement, None, name, (family.members,), (), (), via, f"the family {name}: no version is named")
