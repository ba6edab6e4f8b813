"""Markdown of untrusted values: nothing that a record says can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]#~!&])")
_IN_ADDRESS = re.compile(r"([\\`{}\[\]])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def line(value: object) -> str:
    """A value on one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", str(value)).split())


def escaped(value: object) -> str:
    """A value as plain words. What may stand in an address stays as it is, since a backslash would break the link."""
    return _escaped(line(value))


def _escaped(text: str) -> str:
    words = (
        (_IN_ADDRESS if word.startswith(("http://", "https://")) else _SPECIAL).sub(r"\\\1", word)
        for word in text.split(" ")
    )
    return " ".join(words).replace("<", "&lt;").replace(">", "&gt;")


def code(value: object) -> str:
    """A value as code; a backtick in it cannot end the code."""
    text = line(value).replace("`", "'")
    return f"`{text}`" if text else ""


def sentence(text: str) -> str:
    """A sentence in which backticks mark code; all else in it is plain words."""
    parts = line(text).split("`")
    if len(parts) % 2 == 0:  # a backtick that opens nothing
        return escaped(text)
    return "".join(code(part) if i % 2 else _escaped(part) for i, part in enumerate(parts))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> str:
    """A table of cells that are Markdown already; `right` names the columns of numbers."""
    rule = "|" + "|".join("---:" if i in right else "---" for i in range(len(head))) + "|"
    body = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(title[:1].upper() + title[1:] for title in head) + " |", rule, *body])
