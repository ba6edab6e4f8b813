"""Is a file the text of a licence, word for word, and nothing else?

The whole file has to be accounted for: what is not the licence's own words must be its title, a part that it may do
without, or a copyright notice. One more sentence can take back what the licence grants, so a file with anything else in
it is not the licence; nor is a changed text under the old heading.

`license_texts.toml` holds no texts. A segment is three fields: how many words, a hash of the first six to find it by,
and a digest of them all. `core` segments stand in order; `optional` ones may; `titles` are digests of whole lines.
What counts as a word follows the SPDX Matching Guidelines (case, white space, punctuation, bullets and numbers do not
count), and they let titles and notices differ too. `tests/bench/license_texts.py` makes the table and tries it.
"""

from __future__ import annotations

import hashlib
import html
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from licenses.clauses import restriction
from licenses.recognise import recognise

ANCHOR = 6  # words
LONGEST = 200_000  # characters of a file that are read; the longest licence here has 36,000
Segment = tuple[int, str, str]
Word = tuple[str, int, int]

_WORD = re.compile(r"[^\W_]+")
_TARGET = re.compile(r"(?<=\])\([^)\s]{1,500}\)")  # of a Markdown link
_ENUMERATOR = re.compile(r"[ivx]{1,4}|\d{1,2}")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_VARIETIES = {"licence": "license", "licences": "licenses", "sublicence": "sublicense", "licenced": "licensed"}
_TITLES = frozenset({"license", "licence", "lizenz", "copying", "license agreement", "terms of use"})

_NOTICE = re.compile(r"\W*(?:(?:portions|parts)\s+(?:are\s+)?)?(?:copyright\b|copr\b|\(c\)|©)", re.I)
_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+", re.I)
_RESERVED = re.compile(r"all rights reserved", re.I)
# Small words of names and of notices; any other word of a notice is a name, and written like one.
_SMALL = frozenset(
    [
        "copyright", "copyrights", "c", "copr", "by", "and", "the", "of", "contributors", "contributor", "authors",
        "author", "owners", "owner", "holders", "holder", "its", "their", "respective", "others", "other", "present",
        "et", "al", "und", "de", "der", "den", "des", "du", "da", "van", "von", "zu", "la", "le", "y", "e", "year",
        "yyyy", "name", "fullname", "portions", "parts", "are", "team", "project", "developers", "community",
        "members", "for", "individual", "see", "file", "details",
    ]
)  # fmt: skip
# What a name is not made of, however it is written: words that grant, forbid, limit or except.
_SAYING = frozenset(
    [
        "not", "no", "non", "never", "only", "solely", "except", "excepting", "excluding", "exclude", "excludes",
        "unless", "without", "until", "may", "must", "shall", "should", "can", "cannot", "will", "used", "uses",
        "using", "commercial", "commercially", "noncommercial", "nonprofit", "evaluation", "personal", "private",
        "internal", "academic", "educational", "permission", "permissions", "permitted", "permit", "prohibited",
        "prohibits", "forbidden", "restricted", "restriction", "restrictions", "subject", "terms", "conditions",
        "licensed", "confidential", "proprietary", "training", "train", "mining", "reproduction", "reproduce",
        "copied", "copy", "redistribution", "redistribute", "distribute", "modify", "modified", "derivative",
        "derivatives", "sell", "sale", "evil", "good", "military", "nicht", "nur", "kein", "keine", "ausschließlich",
        "außer", "ohne",
    ]
)  # fmt: skip
MOST_NAMES = 24  # words of names in one notice


def license_of(text: str) -> str | None:
    """The SPDX id of the licence that `text` is, and is alone; None where it is none of the table or has more in it."""
    text = text[: LONGEST + 1]
    if len(text) > LONGEST:
        return None
    found = words(text)
    anchors: dict[str, list[int]] = {}
    for at in range(len(found) - ANCHOR + 1):
        anchors.setdefault(anchor([word for word, _, _ in found[at : at + ANCHOR]]), []).append(at)
    for id, row in _table().items():
        spans = _in_order(row.core, found, anchors)
        if spans is None:
            continue
        gaps = {found[start][1] for start, _ in spans[1:]}  # before a later segment stands what each licensor fills in
        spans += [span for segment in row.optional for span in _places(segment, found, anchors)]
        if all(
            _beside_the_point(rest, row) or (end in gaps and _name(rest)) for rest, end in _outside(text, found, spans)
        ):
            return id
    return None


def words(text: str) -> list[Word]:
    """The words that count, as compared, each with its place in the text."""
    plain = _TARGET.sub(lambda m: " " * len(m.group()), text)
    found = []
    for match in _WORD.finditer(plain):
        word = match.group().lower()
        if (
            len(word) > 1
            and not _ENUMERATOR.fullmatch(word)
            and word not in ("http", "https", "lt", "gt", "amp", "quot")
        ):
            found.append((_VARIETIES.get(word, word), match.start(), match.end()))
    return found


def anchor(first: Sequence[str]) -> str:
    """The hash by which a segment is found, of its first words."""
    return hashlib.blake2b(" ".join(first).encode(), digest_size=5).hexdigest()


def digest(all_of_it: Sequence[str]) -> str:
    """The digest of all words of a segment."""
    return hashlib.blake2b(" ".join(all_of_it).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    core: tuple[Segment, ...]
    optional: tuple[Segment, ...]
    titles: frozenset[str]


@lru_cache(maxsize=1)
def _table() -> Mapping[str, _Row]:
    rows = tomllib.loads(resources.files("licenses").joinpath("license_texts.toml").read_text("utf-8"))
    return {
        id: _Row(id, _segments(row["core"]), _segments(row.get("optional", [])), frozenset(row.get("titles", [])))
        for id, row in rows.items()
    }


def _segments(lines: Sequence[str]) -> tuple[Segment, ...]:
    return tuple((int(count), first, whole) for count, first, whole in (line.split() for line in lines))


def _places(segment: Segment, found: Sequence[Word], anchors: Mapping[str, list[int]]) -> Iterator[tuple[int, int]]:
    count, first, whole = segment
    for at in anchors.get(first, ())[:8]:
        if digest([word for word, _, _ in found[at : at + count]]) == whole:
            yield at, at + count


def _in_order(
    core: Sequence[Segment], found: Sequence[Word], anchors: Mapping[str, list[int]]
) -> list[tuple[int, int]] | None:
    spans: list[tuple[int, int]] = []
    for segment in core:
        after = spans[-1][1] if spans else 0
        span = next((s for s in _places(segment, found, anchors) if s[0] >= after), None)
        if span is None:
            return None
        spans.append(span)
    return spans


def _outside(text: str, found: Sequence[Word], spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, int]]:
    """What stands before, between and behind the segments, each with the place where it ends."""
    position = 0
    for first, last in sorted(spans):
        start = found[first][1]
        if start > position:
            yield text[position:start], start
        position = max(position, found[last - 1][2])
    yield text[position:], len(text)


def _beside_the_point(rest: str, row: _Row) -> bool:
    """Whether what stands beside the licence's own words takes nothing from it: titles, notices, marks."""
    for paragraph in _PARAGRAPH.split(rest):
        lines = [line for line in paragraph.splitlines() if words(line)]
        whole = " ".join(lines)
        if lines and not (_harmless(whole, row) or all(_harmless(line, row) for line in lines)):
            return False
    return True


def _harmless(line: str, row: _Row) -> bool:
    line = html.unescape(line).strip(" \t#*_=-/<>|")
    return _notice(line) or _title(line, row)


def _title(line: str, row: _Row) -> bool:
    said = [word for word, _, _ in words(line)]
    if digest(said) in row.titles:
        return True
    if len(line) > 120 or _TARGET.search(line):  # a link may lead to other terms
        return False
    if " ".join(said) in _TITLES:
        return True
    reading = recognise(line.strip(" .:()"))
    return reading.license == row.id or (reading.family is not None and row.id in reading.members)


def _notice(line: str) -> bool:
    """A copyright notice: years, names, addresses, «all rights reserved», and nothing that says more."""
    rest = _RESERVED.sub(" ", line)
    if not _WORD.search(rest):
        return rest != line
    if not _NOTICE.match(rest) or restriction(line):
        return False
    rest = _ADDRESS.sub(" ", rest)
    parts = re.split(r"(?<=[^\W\d_]{5})[.;:!?]\s+", rest)
    if not all(_NOTICE.match(part) or not _WORD.search(part) for part in parts):
        return False
    return _name(rest)


def _name(words: str) -> bool:
    """Whether words can be the names of people, houses and projects, and say nothing beside."""
    names = [name for name in _WORD.findall(words) if name.lower() not in _SMALL and not name.isdigit()]
    small = sum(name[0].islower() for name in names)
    return len(names) <= MOST_NAMES and small <= 1 and not any(name.lower() in _SAYING for name in names)
