"""What a JSON parser does not say of a line: fields that stand twice, and how deep it is nested."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DEPTH = 200  # levels of nesting; msgspec itself gives up near Python's recursion limit, which depends on the caller
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_VALUE = re.compile(rb'[ \t]*:[ \t]*"')
_QUOTES = 64  # escaped quotes that are stepped over one by one; with more, the whole line is looked at

Line = bytes | bytearray


def text_span(line: Line, key: bytes) -> tuple[int, int] | None:
    """Where the value of the text (`key` is its name in quotes) stands in the line, without its quotes; None: unknown.

    A quote within a JSON string is always escaped, so `"key":"` can be nothing but a name and the start of its value.
    """
    found = line.find(key)
    if found < 0:
        return None
    start = found + len(key)
    if line.startswith(b': "', start):
        start += 3
    elif line.startswith(b':"', start):
        start += 2
    elif spaced := _VALUE.match(line, start):
        start = spaced.end()
    else:
        return None
    end = start
    for _ in range(_QUOTES):
        end = line.find(b'"', end)
        if end < 0:
            return None
        if line[end - 1] != 0x5C:
            return start, end
        backslash = end - 1
        while line[backslash - 1] == 0x5C:
            backslash -= 1
        if (end - backslash) % 2 == 0:
            return start, end
        end += 1
    return None


def too_deep(line: Line) -> bool:
    """Whether a line (or its part without the text) has more than DEPTH levels."""
    if line.count(b"{") + line.count(b"[") <= DEPTH:
        return False
    depth = deepest = 0
    for mark in re.findall(rb"[\[\]{}]", _STRING.sub(b"", line)):
        depth += 1 if mark in (b"[", b"{") else -1
        deepest = max(deepest, depth)
    return deepest > DEPTH


class Doubled:
    """Finds lines in which a field of ours stands twice: msgspec keeps the last of them, other parsers the first."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = [path.split(".") for path in paths] + [[path] for path in paths if "." in path]
        names = sorted({step for steps in self._paths for step in steps})
        self._patterns = {name: json.dumps(name, ensure_ascii=False).encode() for name in names}
        self._escaped = _escaped("".join(names))

    def find(self, parts: Sequence[Line], lines: Sequence[Line], present: Mapping[str, int]) -> Iterator[int]:
        """Indexes of such lines. `parts` are the lines without their text, `present` says in how many lines a name of
        the first level has a value: so many occurrences are explained."""
        whole = parts[0] if len(parts) == 1 else b"\n".join(parts)
        escaped = (b"\\u" in whole or b"\\/" in whole) and self._escaped.search(whole) is not None
        patterns = [
            pattern
            for name, pattern in self._patterns.items()
            if escaped or whole.count(pattern) > present.get(name, 0)
        ]
        if not patterns:
            return
        found = {index for pattern in patterns for index, part in enumerate(parts) if part.count(pattern) > 1}
        if escaped:
            found |= {index for index, part in enumerate(parts) if self._escaped.search(part)}
        for index in sorted(found):
            try:
                text = bytes(lines[index]).decode(
                    "utf-8", "surrogateescape"
                )  # in fields that nobody uses it may be any
                pairs = json.loads(text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
            except ValueError:  # no JSON after all: a text that was cut out is looked at later than the rest
                yield index
                continue
            if any(_twice(pairs, steps) for steps in self._paths):
                yield index


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, equal keys and all."""


def _twice(value: Any, steps: Sequence[str]) -> bool:
    if isinstance(value, _Pairs):
        if not steps:
            return False
        found = [inner for key, inner in value if key == steps[0]]
        return len(found) > 1 or any(_twice(inner, steps[1:]) for inner in found)
    return isinstance(value, list) and any(_twice(element, steps) for element in value)


def _escaped(characters: str) -> re.Pattern[bytes]:
    """Finds a character of our names written as an escape: such a name is equal, but not the same bytes."""
    encoded = characters.encode("utf-16-le")
    codes = {f"{unit:04x}" for unit in struct.unpack(f"<{len(encoded) // 2}H", encoded)}
    slash = rb"|\\/" if "/" in characters else b""
    return re.compile(rb"\\u(?:" + "|".join(sorted(codes)).encode() + rb")" + slash, re.IGNORECASE)
