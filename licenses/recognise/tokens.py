"""A statement cut into words: case, accents, hyphens and no-break marks decide nothing and are levelled here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 4000  # characters; longer text is a document that may hold a statement, not a statement
_TOKEN = re.compile(r"\d+(?:[.,_]\d+)*|[^\W\d_]+|[^\w\s]|_")
_JOINS = frozenset("-_/.!'\"*`~\\<>·")  # between parts of one name
_BREAKS = frozenset("()[]{}:;|")  # a name ends here; what follows may say it again
_LEVEL = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys("‘’‚‛′´ʼ", "'"),
        **dict.fromkeys("“”„‟«»‹›″", '"'),
        **dict.fromkeys("•‣", "·"),
        "\u00ad": None,
        "\u200b": None,
        "\u2060": None,
        "\ufeff": None,
        "\t": " ",
        "\n": " ",
        "\r": " ",
    }
)
_ESCAPED = re.compile(r"\\([*_\[\]().-])")  # Markdown's escapes
_RAISED = re.compile("[²³¹⁰⁴-⁹₀-₉①-⒛⓪-⓿]")
_STRUCK = re.compile(r"~~|<!--|<(?:del|s|strike)\b|[!¬](?=\w)", re.IGNORECASE)
_BOX = re.compile(r"\[ *\](?!\()|\( +\)")  # of a form, and not ticked
ADDRESS = "\u241f"  # stands for an address that was read apart
_FOOTNOTE = re.compile(r"[\w.)\]]\*(?![\w*])")  # emphasis has a star on either side
_HIDDEN = frozenset(["Cc", "Cf", "Cs", "Co", "Cn"])


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign. `before` is what stands between it and the one before: "" joined, " " apart (white
    space alone), "-" a joining sign, "," a comma, "(" a break. `raw` keeps the case. `spaced`: white space is part of
    what stands before; `sentence`: a full stop and white space are."""

    text: str
    raw: str
    before: str
    spaced: bool = False
    sentence: bool = False


def level(text: str) -> str | None:
    """The text with typographic variants made one; None where it cannot be a statement.

    Too long, empty, or holding control, private-use or unassigned characters (white space and the invisible joiners
    that word processors leave are dropped), raised digits (a footnote's mark, which levelling would make a version),
    words that are struck out or commented out, or a box that is not ticked.
    """
    if len(text) > LONGEST or ADDRESS in text or any(sign.search(text) for sign in (_RAISED, _STRUCK, _BOX)):
        return None
    text = unicodedata.normalize("NFKC", text.translate(_LEVEL)).translate(_LEVEL).strip()
    if text.count("*") % 2 and _FOOTNOTE.search(text):
        return None
    if not text or any(unicodedata.category(c) in _HIDDEN for c in text):
        return None
    return text


def fold(word: str) -> str:
    """A word without case and accents, so that «Atribución» and «ATRIBUCION» are one."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if unicodedata.category(c) != "Mn")
    return plain.casefold().replace("ł", "l").replace("đ", "d").replace("ø", "o").replace("ς", "σ")


def tokens(text: str) -> list[Token]:
    """The tokens of a levelled text. Linear in its length."""
    found: list[Token] = []
    before, at = "", 0
    spaced = sentence = stop = False
    for match in _TOKEN.finditer(_ESCAPED.sub(r"\1", text)):
        sign = match[0]
        if match.start() > at:
            before, spaced, sentence = before or " ", True, sentence or stop
        stop = sign == "."
        at = match.end()
        if sign in _BREAKS:
            before = "("
        elif sign == ",":
            before = "," if before != "(" else before
        elif sign in _JOINS:
            before = before if before in ("(", ",") else "-"
        else:
            found.append(Token(fold(sign), sign, before, spaced, sentence))
            before, spaced, sentence = "", False, False
    return found
