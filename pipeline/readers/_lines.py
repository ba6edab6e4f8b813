"""Cutting bytes into lines, in bounded memory, by LF alone: U+2028 and the like are text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.readers._opening import BLOCK, DamagedError, Stream

LIMIT = 1 << 30  # bytes of one record; more is `input.too-large`
BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Lines:
    """Some lines in order: `first` is the number of the first; None stands for a line over the limit.

    `damage` is set on the last of all where the data broke off in the line after these.
    """

    first: int
    lines: list[bytes | bytearray | None]
    newlines: int
    damage: DamagedError | None = None


def split(stream: Stream, length: int | None = None, *, skip: bool = False, limit: int = LIMIT) -> Iterator[Lines]:
    """Yields the lines of a stream, from number 1.

    With `length`, those that begin in its first `length` bytes, the last of them whole; with `skip`, not the one that
    has begun before (the stream then starts one byte early, so that a newline there ends it).
    """
    number, carry, over, read = 1, bytearray(), False, 0
    first_line = not skip
    while True:
        whole = length is not None and read >= length
        if whole and not carry and not over:
            return
        try:
            chunk = stream.read(BLOCK if length is None or whole else min(BLOCK, length - read))
            damage = None
        except DamagedError as error:
            chunk, damage = b"", error
        read += len(chunk)
        if skip:
            found = chunk.find(b"\n")
            if found < 0:
                if not chunk or whole:
                    return
                continue
            chunk, skip = chunk[found + 1 :], False
        if whole and (found := chunk.find(b"\n")) >= 0:
            chunk = chunk[: found + 1]
        *whole_lines, tail = chunk.split(b"\n")
        parts: list[bytes | bytearray | None] = [*whole_lines]
        newlines = len(parts)
        if parts:
            if over or len(carry) + len(parts[0] or b"") > limit:
                parts[0] = None
            elif carry:
                carry += parts[0] or b""
                parts[0] = carry
            carry, over = bytearray(), False
        if over or len(carry) + len(tail) > limit:
            carry, over = bytearray(), True
        else:
            carry += tail
        ended = damage is not None or not chunk
        if ended and damage is None and (carry or over):
            parts.append(None if over else carry)
        if first_line and parts:
            parts[0], first_line = parts[0] and parts[0].removeprefix(BOM), False
        if parts or damage:
            yield Lines(number, parts, newlines, damage)
            number += newlines
        if ended or (whole and newlines):
            return
