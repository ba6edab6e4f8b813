"""`SPDX-License-Identifier:` in a file (SPDX 3.0 annex «short identifiers»; REUSE 3.3: ignore blocks and snippets).

A tag counts at the start of a line, after comment signs only: in a sentence, a string or a fenced example it is
spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from licenses.model import Document, Evidence, ScopeName
from licenses.page_source import decode
from licenses.page_text import clip

PLACE = "spdx_tag"
MAX_CHARACTERS = 16 << 20
_LINE = re.compile(
    r"^[ \t]*(?P<frame>(?:[^\w\s\"'`<>{}$]+|<!--|\{[-#%]|REM|rem|dnl|\.\\\")?[ \t]*(?:[*#;!%/|-]+[ "
    r"\t]*)?)SPDX-License-Identifier:[ \t]*(?P<value>[^\r\n]{1,500})",
    re.M,
)
# What closes a comment or the frame of a comment box: no part of an expression.
_FRAME_END = re.compile(r"\s*(?:\*+/|--!?>|-\}|#\}|%\}|\*\)|\]\]|\"{3}|'{3}|[#*|;/!%~=+-]{1,3})?\s*$")
_FENCE = re.compile(r"^[ \t]{0,3}(?:`{3,}|~{3,})", re.M)


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """Every tag of a text or XML document outside ignore blocks; those of snippets are parts. Never raises."""
    text = document.text
    if text is None and document.xml is not None:
        text = decode(document.xml)[:20_000]
    if text is None or "SPDX-License-Identifier" not in text or len(text) > MAX_CHARACTERS:
        return ()
    return tuple(tags(text, document))


def tags(text: str, document: Document, where: str = "line") -> Iterator[Evidence]:
    """The tags of one text, with their lines."""
    ignored = _spans(text, "REUSE-IgnoreStart", "REUSE-IgnoreEnd")
    snippets = _spans(text, "SPDX-SnippetBegin", "SPDX-SnippetEnd")
    fences = [match.start() for match in _FENCE.finditer(text)]
    for match in _LINE.finditer(text):
        at = match.start("value")
        if any(start <= at < end for start, end in ignored):
            continue
        value = match.group("value").strip()
        previous = None
        while previous != value:
            previous, value = value, _FRAME_END.sub("", value).strip()
        if not value:
            continue
        scope: ScopeName = "text"
        rule = "spdx-tag"
        if any(start <= at < end for start, end in snippets):
            scope, rule = "part", "spdx-snippet"
        elif sum(1 for start in fences if start < at) % 2:
            scope, rule = "part", "inside-code"
        yield Evidence(
            PLACE,
            "spdx-tag",
            value,
            f"{where} {text.count(chr(10), 0, at) + 1}",
            scope,
            rule,
            context=clip(match.group()),
            seen=document.seen,
        )


def _spans(text: str, begin: str, end: str) -> list[tuple[int, int]]:
    """Stretches between two markers; one that is never closed runs to the end."""
    spans: list[tuple[int, int]] = []
    at = text.find(begin)
    while at >= 0 and len(spans) < 10_000:
        stop = text.find(end, at)
        stop = len(text) if stop < 0 else stop
        spans.append((at, stop))
        at = text.find(begin, stop) if stop < len(text) else -1
    return spans
