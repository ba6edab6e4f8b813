"""The words that names of licences are made of, in every language, as one table of phrases.

Built once from `licenses/names/<language>.toml` and `licenses.toml`; a phrase that would mean two things is an error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from licenses.recognise.cc_url import ELEMENTS
from licenses.recognise.tokens import Token, level, tokens

NAMES = Path(__file__).parent.parent / "names"
LICENSES = Path(__file__).with_name("licenses.toml")


@dataclass(frozen=True, slots=True)
class Word:
    """What a phrase does in a statement.

    Kinds: `cc`, `element` (by, nc, nd, sa, zero), `elements` (a unit run together), `scope` (international, unported,
    generic, universal), `port`, `name` (a key of licenses.toml), `later`, `only`, `and`, `license` (words for licence
    and version, which a number may follow), `filler`, `subject` (what is licensed), `event` (a publication, which can
    also be a date), `lead` (under, subject to: a licence has to follow), `terms`, `public-domain`, `reserved`, `unless`
    (a whole limiting phrase), `except` and `object` (what it excepts), `infix` (a variant's part of an id), `own` (a
    passage of the text or notice of the licence `value`, which has to be named), `tail` (a usual summary of what the
    unit `value` permits; it must be true of the licence named).
    """

    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A licence by name: what it means without a version (`bare`: an id or `family:…`), and with each version."""

    key: str
    bare: str | None
    versions: Mapping[str, str]
    gnu: bool = False
    ports: Mapping[str, str] = field(default_factory=dict)  # a country beside the name → the key it then is
    infixes: bool = False  # whether the id takes `infix` words
    house: bool = False  # whether a house or a people bears the name too


@dataclass(slots=True)
class _Node:
    word: Word | None = None
    next: dict[str, _Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lexicon:
    root: _Node
    named: Mapping[str, Named]

    def longest(self, words: Sequence[Token], start: int) -> tuple[Word, int] | None:
        """The longest phrase that begins at `start`, and where it ends. A phrase never reaches over a break."""
        node, best, at = self.root, None, start
        while at < len(words) and (at == start or words[at].before != "("):
            following = node.next.get(words[at].text)
            if following is None:
                break
            node, at = following, at + 1
            if node.word is not None:
                best = (node.word, at)
        return best


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """The lexicon of all languages. Raises ValueError for a phrase with two meanings or an unknown licence key."""
    root = _Node()
    for unit in ("by", *ELEMENTS):  # run together: «CCBYSA 4.0», «BYNCND»
        joined = unit.replace("-", "")
        _add(root, [f"cc{joined}"], Word("elements", f"cc-{unit}"), "units")
        if "-" in unit:
            _add(root, [joined], Word("elements", unit), "units")
    named: dict[str, Named] = {}
    for key, row in tomllib.loads(LICENSES.read_text("utf-8")).items():
        named[key] = Named(
            key,
            row.get("bare"),
            row.get("versions", {}),
            row.get("gnu", False),
            row.get("ports", {}),
            "infixes" in row,
            row.get("house", False),
        )
        _add(root, row.get("names", ()), Word("name", key), LICENSES.name)
        _add(root, row.get("own", ()), Word("own", key), LICENSES.name)
        for infix, phrases in row.get("infixes", {}).items():
            _add(root, phrases, Word("infix", infix), LICENSES.name)
    for path in sorted(NAMES.glob("*.toml")):
        _language(root, tomllib.loads(path.read_text("utf-8")), path.name, named)
    return Lexicon(root, named)


def spellings(section: str) -> tuple[str, ...]:
    """The phrases of one section of all language files as they are written there, the longest first."""
    found = (
        phrase
        for path in sorted(NAMES.glob("*.toml"))
        for phrases in tomllib.loads(path.read_text("utf-8")).get(section, {}).values()
        for phrase in phrases
    )
    return tuple(sorted(dict.fromkeys(found), key=lambda phrase: (-len(phrase), phrase)))


def _language(root: _Node, table: Mapping[str, Any], where: str, named: Mapping[str, Named]) -> None:
    for element, phrases in table.get("elements", {}).items():
        joined = [
            "".join(token.text for token in tokens(phrase)) for phrase in phrases if " " in phrase or "-" in phrase
        ]
        _add(root, [*phrases, *joined], Word("element", element), where)
    for scope, phrases in table.get("scopes", {}).items():
        _add(root, phrases, Word("scope", scope), where)
    for port, phrases in table.get("ports", {}).items():
        _add(root, phrases, Word("port", port), where)
    for unit, phrases in table.get("tails", {}).items():
        _add(root, phrases, Word("tail", unit), where)
    for kind, phrases in table.get("words", {}).items():
        _add(root, phrases, Word(kind), where)
    for key, phrases in table.get("licenses", {}).items():
        if key not in named:
            raise ValueError(f"{where}: {key} is not in {LICENSES.name}")
        _add(root, phrases, Word("name", key), where)


def _add(root: _Node, phrases: Iterable[str], word: Word, where: str) -> None:
    for phrase in phrases:
        levelled = level(phrase)
        parts = tokens(levelled) if levelled else []
        if not parts:
            raise ValueError(f"{where}: «{phrase}» holds no word")
        node = root
        for part in parts:
            node = node.next.setdefault(part.text, _Node())
        if node.word is not None and node.word != word:
            raise ValueError(f"{where}: «{phrase}» is {word.kind} {word.value} and {node.word.kind} {node.word.value}")
        node.word = word
