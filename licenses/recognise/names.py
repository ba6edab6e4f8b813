"""Licence names as people write them: a statement is read whole, word for word, or not at all.

Every word must be of the lexicon and every mention must agree with every other. A word that is not known (a negation, a
second thing, a condition) leaves the statement not understood; that is what makes a long statement never more than the
name in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from licenses.recognise import holder
from licenses.recognise.cc_url import PORTS, CcUrl
from licenses.recognise.lexicon import Lexicon, Named, Word
from licenses.recognise.mention import OPEN, CcMention, settle, unify, version_of
from licenses.recognise.tokens import ADDRESS, Token

_LICENSE = ("license", "licence")
_AROUND = ("filler", "license", "subject", "event", "lead", "terms", "own")  # words that name nothing
_PARTS = ("cc", "element", "elements", "name", "scope", "port", "later", "only", "and", "infix")  # of a name
_PREFIXES = ("un", "de")  # «un-licensed»; alone they are French
_PORT_CODES = frozenset(port for ports in PORTS.values() for port in ports if port)


@dataclass(frozen=True, slots=True)
class Found:
    """What the words name: `cc` (unit, version, port) and `meanings` (ids, `family:…`) of other names; `limits`."""

    cc: tuple[str, str | None, str | None] | None = None
    scope: str | None = None
    meanings: tuple[str, ...] = ()
    reserved: bool = False
    public_domain: bool = False
    limits: tuple[str, ...] = ()
    problem: str = ""


@dataclass(slots=True)
class _Name:
    """A mention that is being read: of Creative Commons (`key` empty) or of a licence of licenses.toml."""

    key: str = ""
    version: str | None = None
    suffix: str = ""  # "", "only", "or-later"
    infix: str = ""  # "no-invariants": a variant that has an id of its own
    elements: list[str] = field(default_factory=list)
    port: str = OPEN
    scope: str | None = None
    marked: bool = False
    words: int = 0


class _Reader:
    def __init__(self, words: Sequence[Token], lexicon: Lexicon) -> None:
        self.words = words
        self.lexicon = lexicon
        self.names: list[_Name] = []
        self.open: _Name | None = None  # the mention that the next word may go on with
        self.limits: list[str] = []
        self.tails: list[str] = []
        self.reserved = self.public_domain = False
        self.waiting: list[Token] | None = None  # an exception whose object is still to come
        self.last_element = False
        self.gap = False  # something else has been spoken of since the last part of a name
        self.led = False  # «under», «subject to»: what it stands under is still to come
        self.own: list[str] = []  # licences whose own text is quoted
        self.object_ends = self.house_ends = -1
        self._after_limit = False

    def read(self) -> str:
        """Reads all words; a non-empty answer says why the statement is not understood."""
        at = 0
        while at < len(self.words):
            token = self.words[at]
            if token.text == ADDRESS:
                self.led, at = False, at + 1
                continue
            if line := holder.length(self.words, at, self.lexicon):
                self.gap, at = True, at + line
                continue
            match = self.lexicon.longest(self.words, at)
            if self._port_code(at):
                self._current().port = token.text
                self.last_element = self.gap = False
                at += 1
                continue
            if self.gap and token.text in _PORT_CODES and token.raw.isupper() and self.open and not self.open.key:
                return f"«{token.raw}» may be a port, or the language of something else"
            if match is None:
                read = self._number(at)
                if not read:
                    return f"«{token.raw}» is not understood"
                self.last_element = self.gap = False
                at += read
                continue
            word, end = match
            following = self.words[end] if end < len(self.words) else None
            if token.text in _PREFIXES and following is not None and following.before == "-" and not following.spaced:
                return f"«{token.raw}-» may turn the next word round"
            if word.kind in _AROUND and self._second_port(token):
                return f"«{token.raw}» may be a second port"
            if word.kind in _AROUND and at > 0 and token.before == "" and self.words[at - 1].text[-1].isdigit():
                return f"«{self.words[at - 1].raw}{token.raw}» is not understood"  # 1.0a is not 1.0
            self.gap |= token.sentence and not token.text[0].isdigit()
            problem = self._take(word, at, end)
            if problem:
                return problem
            if word.kind not in ("license", "terms"):
                self.gap = word.kind not in _PARTS
            self.last_element = word.kind in ("element", "and")
            at = end
        if self.waiting is not None:
            return "an exception is announced and not named"
        if self.led:
            return "terms are announced, and no licence follows"
        return ""

    def _second_port(self, token: Token) -> bool:
        name = self.open
        code = token.raw.isupper() and token.text in _PORT_CODES and token.before == " "
        return code and name is not None and not self.gap and name.version is not None and name.port != OPEN

    def _around(self, kind: str, token: Token, at: int) -> str:
        """What words beside a name may change after all; empty where they change nothing."""
        if kind == "lead":
            self.led = True
        elif kind == "event" and self.led:
            return f"«{token.raw}» may be a date"  # «following publication»
        elif kind in ("subject", "event") and self.object_ends == at and (self.names or token.before != "("):
            return f"«{token.raw}» may be excepted too"
        elif kind == "subject" and self.house_ends == at and token.before == " " and not token.sentence:
            return "a house may be meant, and no licence"  # «the MIT corpus»
        elif (
            kind == "terms"
            and (self.names or self.public_domain)
            and not self.led
            and (self.gap or token.before in ("(", ","))
        ):
            return f"«{token.raw}» may be further ones"
        return ""

    def _take(self, word: Word, at: int, end: int) -> str:
        token = self.words[at]
        kind = word.kind
        if kind in _AROUND:
            if kind == "own":
                self.own.append(word.value)
            return self._around(kind, token, at) or self._ends(kind, end)
        self.led &= kind not in ("cc", "element", "elements", "name")
        if token.raw == "by" and self._names_a_license(end):
            return ""  # «published by MIT License»: that is the licence, «published by MIT» is the house
        if kind == "element":
            self._element(word.value, token, end - at > 1 or len(token.text) > 2)
        elif kind == "elements":
            name = self._begin()
            parts = word.value.split("-")
            name.marked = parts[0] == "cc"
            name.elements = [part for part in parts if part != "cc"]
        elif kind == "tail":
            self.tails.append(word.value)
        elif kind == "cc":
            if self.open is None or self.open.key or self.open.elements or token.before == "(":
                self._begin()
            self._current().marked = True
        elif kind == "name":
            # «mit» is also the German for «with»: small letters name the licence only beside the English word for it
            if token.raw in ("mit", "Mit") and self.words[end - 1].text not in _LICENSE:
                return f"«{token.raw}» may be a preposition"
            self._begin(word.value)
            if self.lexicon.named[word.value].house and self.words[end - 1].text not in _LICENSE:
                self.house_ends = end
        elif kind == "infix":
            if self.open is None or not self.open.key or not self.lexicon.named[self.open.key].infixes:
                return f"«{token.raw}» does not fit"
            self.open.infix = word.value
        elif kind == "scope":
            name = self._current()
            if self.gap or name.key or (name.scope and name.scope != word.value):
                return f"«{token.raw}» does not fit"
            name.scope = word.value
        elif kind == "port":
            name = self._current()
            ports = self.lexicon.named[name.key].ports if name.key else {}
            if self.gap or (name.key and word.value not in ports) or name.port not in (OPEN, word.value):
                return f"«{token.raw}» does not fit"
            name.key, name.port = ports.get(word.value, ""), word.value
        elif kind in ("later", "only"):
            return self._suffix("or-later" if kind == "later" else "only", token)
        elif kind == "and":
            following = self.lexicon.longest(self.words, end)
            listed = following is not None and following[0].kind == "object" and self._after_limit
            if not listed and not (self.last_element and following is not None and following[0].kind == "element"):
                return f"«{token.raw}» joins what is not one name"
        elif kind == "public-domain":
            self.public_domain = True
        elif kind == "reserved":
            self.reserved = True
        elif kind == "unless":
            self.limits.append(self._raw(at, end))
        elif kind == "except":
            self.waiting = [token]
            self.limits.append(self._raw(at, end))
        elif kind == "object":
            if not self.limits or (self.waiting is None and not self._after_limit):
                return f"«{token.raw}» is not understood"
            self.waiting = None
            self.limits[-1] += " " + self._raw(at, end)
            self.object_ends = end
        return self._ends(kind, end)

    def _ends(self, kind: str, end: int) -> str:
        self._after_limit = kind in ("except", "object") or (kind in (*_AROUND, "and") and self._after_limit)
        return ""

    def _names_a_license(self, at: int) -> bool:
        """Whether a licence is named here with the word for it."""
        match = self.lexicon.longest(self.words, at)
        return match is not None and match[0].kind == "name" and self.words[match[1] - 1].text in _LICENSE

    def _raw(self, at: int, end: int) -> str:
        return " ".join(token.raw for token in self.words[at:end])

    def _begin(self, key: str = "") -> _Name:
        self.open = _Name(key)
        self.names.append(self.open)
        return self.open

    def _current(self) -> _Name:
        return self.open if self.open is not None else self._begin()

    def _element(self, element: str, token: Token, written: bool) -> None:
        name = self.open
        apart = token.before == "(" or (token.before == "," and not written) or not self.last_element
        fresh = name is not None and not name.key and not name.elements and name.marked
        fresh &= written or not self.gap  # «Creative Commons … published by»
        if name is None or name.key or element in name.elements or (apart and not fresh):
            name = self._begin()
        name.elements.append(element)
        name.marked |= element == "zero" and token.text.startswith("cc")
        name.words += written

    def _number(self, at: int) -> int:
        """Takes a version, and says how many words it was (`2-0` is two); 0 where it is none."""
        token = self.words[at]
        if not token.text[0].isdigit():
            return int(token.text == "+" and not self._suffix("or-later", token))
        name = self.open
        if name is None or self.gap or self.waiting is not None:
            return 0  # «version 3 of the data», «article 4», «[4]»: a number of something else
        named = self.lexicon.named.get(name.key)
        known = None if named is None else list(named.versions)
        following = self.words[at + 1] if at + 1 < len(self.words) else None
        count = 1
        version = None
        if following is not None and following.before == "-" and len(token.text) == len(following.text) == 1:
            version, count = version_of(f"{token.text}.{following.text}", known), 2
        if version is None:
            version, count = version_of(token.text, known), 1
        if version is None:
            return 0
        if name.version is not None and name.version != version:
            name = self._begin(name.key)
        name.version = version
        return count

    def _suffix(self, suffix: str, token: Token) -> str:
        name = self.open
        named = self.lexicon.named.get(name.key) if name is not None else None
        if name is None or named is None or name.version is None or name.suffix not in ("", suffix):
            return f"«{token.raw}» does not fit"
        name.suffix = suffix
        return ""

    def _port_code(self, at: int) -> bool:
        """Two letters after a CC version, or between elements and version, are a port: «3.0 DE», «by-sa-de/3.0»."""
        token, name = self.words[at], self.open
        if self.gap or token.text not in _PORT_CODES or name is None or name.key or name.port not in (OPEN, token.text):
            return False
        following = self.words[at + 1] if at + 1 < len(self.words) else None
        # «3.0-no» is Norway, «3.0: no» an answer: only a hyphen makes a word of small letters a code beyond doubt
        if token.text == "no" and (token.before == "-" and token.spaced):
            return False
        shouted = token.raw.isupper() and not (token.text == "no" and token.before != " ")
        ends = token.before == " " and token.text != "no" and (following is None or following.before == "(")
        tight = token.before == "-" or shouted or ends
        if name.version is not None:
            return tight
        versioned = following is not None and version_of(following.text) is not None
        return bool(name.elements) and token.before == "-" and versioned


def read(words: Sequence[Token], urls: Sequence[CcUrl], lexicon: Lexicon) -> Found:
    """What the words and the CC addresses among them name together. Linear in the number of words."""
    reader = _Reader(words, lexicon)
    problem = reader.read()
    if problem:
        return Found(problem=problem)
    cc_names = _named(reader.names)
    if any(n.elements == ["by"] and not (n.marked or n.words or n.version) for n in cc_names):
        return Found(problem="«by» may be a preposition")  # «published by Creative Commons»
    mentions = [CcMention(frozenset(n.elements), n.version, n.port, n.scope, n.marked, n.words) for n in cc_names] + [
        CcMention.of(url) for url in urls
    ]
    meanings: list[str] = []
    for name in reader.names:
        if name.key:
            meaning = _meaning(lexicon.named[name.key], name)
            if meaning is None:
                return Found(problem=f"no such version of {name.key}")
            meanings.append(meaning)
    limits = tuple(reader.limits)
    if not set(reader.own) <= {name.key for name in reader.names}:
        return Found(problem="words of a licence that is not named")
    if reader.tails and (meanings or not mentions):
        return Found(problem="what the statement permits is not what the licence permits")
    if not mentions:
        return Found(
            meanings=tuple(meanings), reserved=reader.reserved, public_domain=reader.public_domain, limits=limits
        )
    whole = unify(mentions)
    if whole is None:
        return Found(problem="two different licences are named")
    if meanings:
        return Found(problem="two different licences are named")
    if not whole.elements:
        return _bare(whole, reader, limits)
    if not _is_cc(whole):
        return Found(problem="words of a licence that is not named")
    cc = settle(whole)
    if cc is not None and any(tail != cc[0] for tail in reader.tails):
        return Found(problem="what the statement permits is not what the licence permits")
    if cc is None:
        return Found(problem="no such licence of Creative Commons was ever published")
    return Found(cc, whole.scope, (), reader.reserved, reader.public_domain, limits)


def _named(names: Sequence[_Name]) -> list[_Name]:
    """The mentions of Creative Commons, but for a kind said beside it: «non-commercial licence: CC BY-NC 4.0»."""
    found = [name for name in names if not name.key]
    whole = {element for name in found if name.marked for element in name.elements}
    return [
        name
        for name in found
        if name.marked
        or name.version
        or name.elements not in (["nc"], ["nd"], ["sa"])
        or not whole.issuperset(name.elements)
    ]


def denies(words: Sequence[Token], lexicon: Lexicon) -> bool:
    """«© 2020 Jane Doe. All rights reserved»: a copyright line that ends in the denial and names no licence.

    Unlike a grant, a denial may stand beside a name that nobody knows: the holder's.
    """
    if len(words) > 40 or not words or words[0].text not in ("©", "copyright", "c"):
        return False
    at, last = 0, ""
    while at < len(words):
        match = lexicon.longest(words, at)
        word, at = match if match is not None else (Word("unknown"), at + 1)
        if word.kind not in ("unknown", *_AROUND, "port", "reserved", "and") and word != Word("element", "by"):
            return False
        last = word.kind
    return last == "reserved"


def _bare(whole: CcMention, reader: _Reader, limits: tuple[str, ...]) -> Found:
    """«Creative Commons» alone is the family of all its licences; a version or port beside it names none of them."""
    if whole.marked and whole.version is None and whole.port == OPEN and whole.scope is None:
        return Found(None, None, ("family:CC",), reader.reserved, reader.public_domain, limits)
    return Found(problem="the licence's elements are not named")


def _is_cc(whole: CcMention) -> bool:
    """Elements alone are Creative Commons' only where no other house writes so: two of them, or «International»."""
    if whole.marked or whole.elements <= {"zero", "mark"}:
        return whole.marked
    if whole.version is None:
        return len(whole.elements) > 1 and whole.words == len(whole.elements)
    return len(whole.elements) > 1 or (whole.words > 0 and whole.scope is not None)


def _meaning(named: Named, name: _Name) -> str | None:
    if name.version is None:
        return named.bare if not name.suffix else None
    id_ = named.versions.get(name.version)
    if not id_:
        return None
    if id_.startswith("family:"):
        return None if name.suffix else id_
    if not named.gnu:
        return id_
    return "-".join(part for part in (id_, name.infix, name.suffix or "only") if part)
