"""A notice in the first or last part of a plain text: imprints, colophons, Markdown «License» sections, Gutenberg
frames.

A notice stands at a document's ends: the middle of a text speaks *about* licences. As in DOAB's second check by the
Common Pile, 5 % of the lines, here at least 40, at each end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from licenses import subject_words as sw
from licenses.clause_subject import about_this, clause_before, limit_of, subject
from licenses.clauses import restriction
from licenses.model import Document, Evidence, ScopeName
from licenses.name_words import NAME, SOFTWARE_LICENSES, read
from licenses.page_text import clip

PLACE = "text"
SHARE = 20  # a twentieth of the lines at each end
LEAST_LINES = 40
MAX_END = 40_000  # characters at each end
_URL = re.compile(r"(?:https?:)?//(?:[\w-]+\.)*creativecommons\.org/(?:licen[sc]es|publicdomain)/[^\s)>\]\"'*|]+", re.I)
_FENCED = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]{0,3}\1[^\n]*$|\Z)", re.M | re.S)
_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", re.S)
_HEADING = re.compile(r"^(?:#{1,6}\s+(.{1,120})|([^\n]{1,80})\n(?:={3,}|-{3,})\s*)$", re.M)
_LICENSE_HEADING = re.compile(
    r"^\W*(?:lizenz(?:en|hinweise?)?|licen[sc]e|licensing|licence|licencia|licenza|licentie|"
    r"rechte(?:hinweise?)?|nutzungsrechte|copyright(?: and licen[sc]e)?|impressum|urheberrecht|rights|"
    r"terms of use)\W*$",
    re.I,
)
# The notice that the Free Software Foundation asks to be put at the head of each source file («How to Apply These
# Terms»): it speaks of the file it stands in, and its versions are part of what it says.
_GNU_NOTICE = re.compile(
    r"GNU\s(?:(?:Lesser|Library|Affero)\s)?General\sPublic\sLicen[cs]e[\s,]{1,3}(?:\(\w+\)\s)?as\spublished\sby\s"
    r"the\sFree\sSoftware\sFoundation[^.]{0,160}",
    re.I,
)
_COMMENT = re.compile(r"^[ \t]*(?:#+|//+|/\*+|\*+|;+|--+|%+|!+|dnl\b|rem\b|\"{3}|'{3})", re.I)
_THIS_FILE = re.compile(
    r"(?<!\w)(?:this|diese[rs]?)\s(?:\w+\s){0,2}(?:program\w*|software|file|library|module|script|code|"
    r"datei|bibliothek|quelltext)(?!\w)",
    re.I,
)
_GUTENBERG = re.compile(r"^.*\bproject gutenberg(?:-tm|™)?\s+(?:e?book|etext|license).*$", re.I | re.M)


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """The statements at the ends of a plain text. Never raises; empty without a text or without a rights word in it."""
    text = document.text
    if not text:
        return ()
    found: list[Evidence] = []
    offset = match.end() if (match := _MATTER.match(text[:MAX_END])) else 0
    for begin, end in _ends(text, offset):
        piece = _FENCED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text[begin:end])
        found += _gutenberg(piece, begin, document)
        found += _header(piece, begin, document)
        found += _marks(piece, begin, document)
    return tuple(dict.fromkeys(found))


def _ends(text: str, offset: int) -> list[tuple[int, int]]:
    """The first and last part, as spans; one span where they meet."""
    lines = text.count("\n") + 1
    wanted = max(LEAST_LINES, lines // SHARE)
    first = offset
    for _ in range(wanted):
        cut = text.find("\n", first)
        if cut < 0 or cut > offset + MAX_END:
            break
        first = cut + 1
    else:
        last = len(text)
        for _ in range(wanted):
            cut = text.rfind("\n", 0, last)
            if cut < 0 or cut < len(text) - MAX_END:
                break
            last = cut
        if first < last:
            return [(offset, first), (last, len(text))]
        return (
            [(offset, len(text))]
            if len(text) - offset <= 2 * MAX_END
            else [(offset, offset + MAX_END), (len(text) - MAX_END, len(text))]
        )
    if len(text) - offset <= 2 * MAX_END:
        return [(offset, len(text))]
    return [(offset, offset + MAX_END), (len(text) - MAX_END, len(text))]


def _gutenberg(piece: str, begin: int, document: Document) -> Iterator[Evidence]:
    found = _GUTENBERG.search(piece)
    if found:
        yield Evidence(
            PLACE,
            "gutenberg-notice",
            clip(found.group(), 200),
            f"character {begin + found.start()}",
            "text",
            "frame-of-the-text",
            context=clip(piece[found.start() : found.start() + 400]),
            seen=document.seen,
        )


def _header(piece: str, begin: int, document: Document) -> Iterator[Evidence]:
    """The licence notice in the comment at a source file's head: there «this program» is the text itself."""
    if begin:
        return
    lines: list[str] = []
    for line in piece.splitlines()[:LEAST_LINES]:
        if lines and not _COMMENT.match(line):
            break
        if _COMMENT.match(line):
            lines.append(_COMMENT.sub(" ", line))
    said = " ".join(" ".join(lines).split())
    if not _THIS_FILE.search(said):
        return
    notices = [m.group().strip(" ,;") for m in _GNU_NOTICE.finditer(said)]
    names = [] if notices else [m.group() for m in NAME.finditer(said) if read(m.group()).understood]
    for statement in dict.fromkeys([*notices, *names]):
        yield Evidence(
            PLACE, "words", statement, "character 0", "text", "header-of-this-file", context=clip(said),
            seen=document.seen,
        )  # fmt: skip


def _marks(piece: str, begin: int, document: Document) -> Iterator[Evidence]:
    low = piece.lower()
    if not any(
        word in low
        for word in (
            "licen",
            "lizen",
            "commons",
            "cc by",
            "cc-by",
            "cc0",
            "public domain",
            "gemeinfrei",
            "by-sa",
            "reserved",
            "vorbehalten",
            "droits r",
            "derechos",
            "riservat",
            "gfdl",
            "general public license",
            "nachdruck",
            "réserv",
            "voorbehouden",
            "forbehold",
            "förbehåll",
            "zastrze",
            "vyhrazen",
            "fenntart",
        )
    ):
        return
    headings = [(m.start(), m.end(), (m.group(1) or m.group(2)).strip()) for m in _HEADING.finditer(piece)]
    addresses = [(m.start(), m.end(), m.group().rstrip(".,;")) for m in _URL.finditer(piece)]
    marks = [(start, end, value, "address") for start, end, value in addresses]
    marks += [
        (m.start(), m.end(), m.group(), "words")
        for m in list(NAME.finditer(piece))[:200]
        if not any(start <= m.start() < end for start, end, _ in addresses)
    ]
    for start, end, statement, kind in sorted(marks)[:200]:
        reading = read(statement)
        if not reading.understood and "commons" not in statement.lower():
            continue
        paragraph_start = max(piece.rfind("\n\n", 0, start), 0)
        paragraph_end = piece.find("\n\n", end)
        paragraph = piece[paragraph_start : paragraph_end if paragraph_end >= 0 else len(piece)]
        before = _plain(piece[paragraph_start:start])
        heading = next((title for at, stop, title in reversed(headings) if stop <= start), "")
        programs = bool(reading.members) and all(m.upper().startswith(SOFTWARE_LICENSES) for m in reading.members)
        scope, rule = _scope(before, _plain(paragraph), heading, programs, _quoted(piece, start))
        yield Evidence(
            PLACE,
            kind,
            statement,
            f"character {begin + start}",
            scope,
            rule,
            context=clip(_plain(paragraph)),
            seen=document.seen,
        )
        if scope == "text" and (
            limit := restriction(_plain(paragraph), "-NC" in (reading.license or reading.family or ""), statement)
        ):
            yield Evidence(
                PLACE,
                "words",
                limit[0],
                f"character {begin + start}",
                scope,
                "restricted-beside",
                claim=limit[1],
                context=clip(_plain(paragraph)),
                seen=document.seen,
            )
    plain = low if len(low) == len(piece) else ""
    for denial in list(sw.DENIAL.finditer(plain))[:20]:
        if sw.SOME_RIGHTS.search(plain, max(0, denial.start() - 40), denial.end()):
            continue
        line = piece[piece.rfind("\n", 0, denial.start()) + 1 : denial.end()]
        kind_of = subject(line[: -len(denial.group())])
        reach: ScopeName = "part" if kind_of == "part" else "software" if kind_of == "software" else "text"
        yield Evidence(
            PLACE,
            "words",
            " ".join(piece[denial.start() : denial.end()].split()),
            f"character {begin + denial.start()}",
            reach,
            "denial-at-an-end",
            context=clip(line),
            seen=document.seen,
        )


def _plain(text: str) -> str:
    """Markdown's signs taken off, white space collapsed."""
    text = re.sub(r"!\[([^\]]{0,200})\]\([^)]{0,500}\)|\[|\]\([^)]{0,500}\)?|[*_`>#]+|<[^>]{0,300}>", r" \1", text)
    return re.sub(r" (?=[.,;:!?](?:\s|$))", "", " ".join(text.split()))


def _quoted(piece: str, start: int) -> bool:
    line = piece[piece.rfind("\n", 0, start) + 1 : start]
    return line.count("`") % 2 == 1 or line.lstrip().startswith(">") or bool(re.search(r"[„“«][^”»“]*$", line))


def _scope(before: str, paragraph: str, heading: str, programs: bool, quoted: bool) -> tuple[ScopeName, str]:
    clause = clause_before(before)
    what = subject(clause)
    if quoted:
        return "mention", "quoted"
    if what == "software":
        return "software", "words-name-software"
    if what == "part":
        return "part", "words-name-a-part"
    if programs and what != "text":
        return "software", "licence-for-programs"
    if sw.TALK.search(sw.EXCEPT.sub(" ", clause.lower())):
        return "mention", "spoken-of"
    if limit := limit_of(clause):
        return "mention", limit
    if about_this(clause):
        return "text", "says-this-text"
    if _LICENSE_HEADING.match(heading):
        return "text", "under-licence-heading"
    if sw.LABEL.search(clause.lower()) or re.match(r"^\W*(?:©|\(c\)|copyright)", clause, re.I):
        return "text", "after-a-label"
    if what == "text" and re.search(r"otherwise|anders|autrement|lo contrario", clause, re.I):
        return "text", "says-unless-otherwise"
    if len(paragraph) <= 60 and not clause:
        return "text", "alone-in-its-paragraph"
    return "mention", "in-prose"
