"""What a clause about rights speaks of: the text it stands on, a part of it, some of it, a program, another work.

Words only; where on a page a clause stands is the question of `licenses.scope`.
"""

from __future__ import annotations

import re

from licenses import subject_words as sw
from licenses.name_words import NAME

SEPARATOR = re.compile(r"""(?<=[\w)\]»”"’][.!?])\s+(?=[A-ZÄÖÜÀ-Ý„“"«(\[])|\s*[|·•¶;]\s*|\s+[–—-]\s+""")
_LABELLED_PART = re.compile(r"[,;]\s*(?=[^,;:]{1,40}:[^:,;]*$)")
_COORDINATED = re.compile(
    r"^\s*(?:,|/|&|und|and|et|y|e|i|og|och|en|sowie|as well as|or|oder)\s*(?:the|die|der|das|les|los|alle|"
    r"all)?\s*"
)
_LITTLE = re.compile(r"\b(?:the|a|an|der|die|das|einer?|eine|la|une?|una|el|is|are|ist|sind|est|es)\b")
_WORD = re.compile(r"[\w-]+")
LABEL_END = re.compile(r":\s*$")
_PHRASE = re.compile(r"[:;,(–|©·¶]")
_TITLE = re.compile(r"(?:„[^„“”]{1,120}[“”]|“[^“”]{1,120}”|«[^«»]{1,120}»|»[^«»]{1,120}«|\"[^\"]{1,120}\")")
_WHICH = re.compile(
    r"(?<!\w)(?:which|that|das|der|die|welche[rs]?|qui|que|che|który|która|které|dat|som|joka|amely|care)(?!\w)"
)
_FROM = re.compile(r"(?<!\w)(?:from|aus|von|by|de|du|del|della|da|z|ze|van|fra|från|din|iz)(?!\w)")
_LICENCE = re.compile(r"licen[csz]|lizenz|licenz|lisens|litsents|llic|лиценз|άδεια")
_SIGNS = re.compile(r"[–—|·•¶;:,.!?-]")
# «… under this licence, and code samples under that one»: a new subject in one sentence.
_NEXT = re.compile(
    r"\s*[,;]?\s*(?:and|und|et|y|e|en|och|og|i|a|while|whereas|während|sowie|tandis que|mentre|mientras que)\s+"
)
# Words that may stand between a clause's start and «this»: none of them is what the clause speaks of.
_LEADS = re.compile(
    r"(?<!\w)(?:auf|in|on|for|für|to|an|zu|von|of|der|die|das|the|open access|hiermit|hereby|ich|wir|i|we|je|nous|"
    r"io|ik|jag|vi|yo|"
    r"is|are|ist|sind|also|auch|und|and|this|diese[rsm]?|here|hier)(?!\w)"
)
_PUTS = re.compile(
    r"(?<!\w)(?:ich|wir|i|we|je|nous|stell\w+|publish\w*|publi\w+|veröffentlich\w+|releas\w+|mett\w+|make|share|"
    r"udost\w+|waive\w*|dedicat\w*|verzichte\w*|renonc\w*|renunci\w*|rinunci\w*)(?!\w)"
)
_TERMS = re.compile(
    r"notice|hinweis|reuse|nachnutzung|verwendung|r[ée]utilisation|rights|rechte|droits|derechos|diritti", re.I
)


def clause_before(before: str) -> str:
    """The clause that a mark ends, of the words before it."""
    return last_clause(before)[0].strip()


def last_clause(before: str) -> tuple[str, str]:
    """The last clause of some words, and what stands before it. A label on a line of its own belongs to the mark
    below."""
    before = _TITLE.sub(lambda title: _SIGNS.sub(" ", title.group()), before)  # a title's dash ends no clause
    pieces = [piece for piece in SEPARATOR.split(before) if piece and piece.strip(" ,.:()[]©")]
    open_end = bool(before.strip()) and not re.search(r"[¶|·•;]\s*$", before)
    clause = pieces[-1] if pieces and open_end else ""
    rest = pieces[:-1] if clause else pieces
    if not clause.strip() and rest and _is_label(rest[-1]):
        clause, rest = rest[-1], rest[:-1]
    return _LABELLED_PART.split(clause)[-1], " ".join(rest)[-300:].strip()


def since_the_last_licence(clause: str) -> str:
    """Of «… under A, and code samples under», the words behind A, where they name a subject of their own."""
    ends = [found.end() for found in NAME.finditer(clause)]
    if not ends:
        return clause
    joined = _NEXT.match(clause, ends[-1])
    rest = clause[joined.end() :] if joined else ""
    return rest if subject(rest) else clause


def until_the_next_subject(after: str) -> str:
    """The words behind a mark up to an «and» that speaks of a part or a program."""
    for joined in _NEXT.finditer(after):
        if subject(after[joined.end() : joined.end() + 60]) in ("part", "software"):
            return after[: joined.start()]
    return after


def _is_label(text: str) -> bool:
    few = len(text) <= 60 and len(text.split()) <= 4
    return few and (bool(sw.LABEL.search(text.lower())) or bool(LABEL_END.search(text)))


def without_titles(clause: str) -> str:
    """A clause without what stands in quotation marks that open and close in it."""
    return _TITLE.sub(" ", clause)


def subject(clause: str) -> str:
    """What a clause speaks of: `text`, `part`, `software`, or nothing. The first noun is the subject, unless the next
    is joined to it («Texte und Bilder»); clauses of exception are left out, and titles in quotation marks, which are
    names."""
    plain = sw.EXCEPT.sub(" ", without_titles(clause.lower()))
    found = {
        kind: match
        for kind, pattern in (("software", sw.SOFTWARE), ("part", sw.PART), ("text", sw.TEXT))
        if (match := pattern.search(plain))
    }
    if not found:
        return ""
    first = min(found, key=lambda kind: (found[kind].start(), -found[kind].end()))
    if first == "text":
        # «website template», «page images»: a compound is its last noun.
        end = found["text"].end()
        for kind in ("software", "part"):
            if kind in found and plain[end : found[kind].start()].strip(" -") == "" and found[kind].start() >= end:
                return kind
        return "text"
    if "text" in found:
        between = plain[found[first].end() : found["text"].start()]
        if _COORDINATED.fullmatch(between) or (len(between) < 30 and _COORDINATED.match(between)):
            return "text"
    return first


def about_this(clause: str) -> bool:
    """Whether a clause speaks of the page it stands on: «this article», «Text:», «unsere Beiträge».

    «This page» has to be what the clause is about: in «the icons of this page» it only says where they are.
    """
    cased = without_exceptions(clause)
    plain = cased.lower()
    noun = sw.TEXT.search(plain)
    if not noun:
        return False
    for deixis in sw.DEIXIS.finditer(plain):
        heads = [found for start in _words_after(plain, deixis.end()) if (found := sw.TEXT.match(plain, start))]
        heads = [
            head for head in heads if not (sw.MINE.match(deixis.group()) and sw.SINGLE_WORK.fullmatch(head.group()))
        ]
        if heads and _is_head(cased, deixis.start()):
            return True
    return (
        bool(
            re.match(
                r"^[^\w]*(?:[©\w.,&()/ -]{0,60}[·|,] )?\s*\w+(?:\s*(?:&|und|and|/|,)\s*\w+)?\s*(?:\([^)]{1,30}\)\s*)?:",
                plain,
            )
        )
        and noun.start() < 40
    )


def without_exceptions(clause: str) -> str:
    """A clause in which what it takes out («unless marked otherwise») is blank."""
    low = clause.lower()
    if len(low) != len(clause):
        clause = low
    for found in sw.EXCEPT.finditer(low):
        clause = clause[: found.start()] + " " * (found.end() - found.start()) + clause[found.end() :]
    return clause


def _is_head(cased: str, start: int) -> bool:
    """Whether «this …» is a clause's subject or object, or says what a text belongs to («the text of this page»)."""
    if cased[start].isupper():
        return True  # a new sentence after a title or a label
    before = cased[:start].lower().strip()
    if re.match(r"^\W*(?:©|\(c\)|copyright)", before):
        return True
    before = _PHRASE.split(before)[-1].strip()
    if sw.TEXT.search(before) or sw.GRANT.search(before) or sw.LABEL.search(before) or _PUTS.search(before):
        return True
    return not sw.LITTLE.sub(" ", _LEADS.sub(" ", sw.ALL.sub(" ", before))).strip(" .'’")


def _words_after(plain: str, end: int) -> list[int]:
    """Where the next three words start: between «this» and its noun there is at most an adjective or two; «this is an
    open-access article» has its verb there too."""
    found = list(_WORD.finditer(plain, end, end + 80))
    reach = 5 if found and found[0].group() in ("is", "ist", "est", "es", "è", "jest") else 3
    return [word.start() for word in found[:reach]]


def limit_of(clause: str) -> str:
    """The rule by which a clause grants only a part of the texts, what they contain, those of another time, or to some
    readers; else nothing."""
    plain = without_exceptions(clause).lower()
    if sw.SOME.search(plain):
        return "some-of-it"
    contains = sw.CONTAINS.search(plain)
    if contains:
        rest = plain[contains.end() :]
        if _WHICH.search(rest) or _FROM.search(rest) or (subject(rest) and not _LICENCE.search(rest)):
            return "of-what-it-contains"
    if sw.FOR_SOME.search(plain):
        return "for-some-readers"
    return "of-another-time" if sw.OF_A_TIME.search(re.sub(r"(?:©|\(c\)|copyright)[^.|·]{0,80}", " ", plain)) else ""


def says_only_terms(clause: str) -> bool:
    """Whether a clause says nothing but that a licence follows: empty, a label, a verb, a copyright line."""
    plain = clause.lower().strip()
    if re.match(r"^\W*(?:©|\(c\)|copyright)", plain):
        return True
    rest = sw.LITTLE.sub(" ", _LITTLE.sub(" ", sw.GRANT.sub(" ", plain)))
    return _is_license_label(clause) or not rest.strip(" :.,()[]©¶-")


def _is_license_label(text: str) -> bool:
    """A label that announces terms; «Weather data:» announces somebody's data, «The ditch, licence» another page."""
    if not _is_label(text):
        return False
    low = text.lower()
    label = sw.LABEL.search(low)
    if label is None:
        return bool(sw.GRANT.search(low) or _TERMS.search(text))
    before = _TERMS.sub(
        " ", sw.TEXT.sub(" ", sw.LITTLE.sub(" ", _LITTLE.sub(" ", sw.GRANT.sub(" ", low[: label.start()]))))
    )
    return not before.strip(" :.,()[]©¶-–·|")
