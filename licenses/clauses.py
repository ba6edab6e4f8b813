"""What a line of running words says beside a licence: words that take back what the licence grants."""

from __future__ import annotations

import re

from licenses import subject_words as sw
from licenses.clause_subject import subject
from licenses.model import Claim
from licenses.name_words import NAME

_ALSO = re.compile(
    r"(?:auch|und|and|or|oder|even|also|including|inklusive|sowie|not only|nicht nur|y compris|même|incluso|anche)\s+"
    r"(?:for\s+)?(?:nicht[- ]?|non[- ]?)?(?:kommerziell|commercial)"
)
# The publishers' sentence on material of others in an article: it is not under the licence, and the text is.
_OTHERS_MATERIAL = re.compile(
    r"(?<!\w)(?:(?:if|where) (?:the )?(?:material|content)s? (?:is|are) not included|"
    r"sofern das betreffende material nicht)[^.]{0,400}",
    re.I,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zäöüß])")


def restriction(line: str, non_commercial: bool = False, name: str = "") -> tuple[str, Claim] | None:
    """The sentence of a line that restricts a grant beside it, with what it claims: `reservation` where it reserves
    training or text and data mining, `grant` (one that is not understood as it stands) where it adds a condition;
    else None.

    `non_commercial`: the licence itself says so, and repeating it adds nothing. `name`: the licence's own words, left
    out.
    """
    line = _OTHERS_MATERIAL.sub(" ", line)
    plain = sw.EXCEPT.sub(" ", line.lower())
    training = sw.TRAINING.search(plain)
    if training and sw.NEGATED.search(plain):
        return _sentence(line, training.group())[:400], "reservation"
    if non_commercial:
        return None
    rest = NAME.sub(" ", plain.replace(name.lower(), " ") if name else plain)
    found = sw.RESTRICTION.search(rest)
    if found and not _ALSO.search(rest):
        return _sentence(line, found.group())[:400], "grant"
    return next(((" ".join(s.split())[:400], "grant") for s in _SENTENCE.split(line) if _bars_commerce(s)), None)


def restriction_of_use(line: str) -> tuple[str, Claim] | None:
    """The sentence of a neighbouring line that bars the commercial use of the texts, or reserves their training; else
    None. It has to speak of use, and of no part: such a line may be about anything."""
    for sentence in _SENTENCE.split(line):
        plain = sw.EXCEPT.sub(" ", sentence.lower())
        if subject(plain) in ("part", "software"):
            continue
        if sw.USE.search(plain) and _bars_commerce(sentence):
            return " ".join(sentence.split())[:400], "grant"
        if sw.USE.search(plain) and sw.TRAINING.search(plain) and sw.NEGATED.search(plain):
            return " ".join(sentence.split())[:400], "reservation"
    return None


def _bars_commerce(sentence: str) -> bool:
    said = NAME.sub(" ", sw.EXCEPT.sub(" ", sentence.lower()))
    return bool(sw.COMMERCE.search(said) and sw.FORBIDDEN.search(said)) and not _ALSO.search(said)


def _sentence(line: str, around: str) -> str:
    """The sentence of a line in which some lower-cased words stand."""
    for sentence in _SENTENCE.split(line):
        if around[:40] in sentence.lower():
            return " ".join(sentence.split())
    return " ".join(line.split())
