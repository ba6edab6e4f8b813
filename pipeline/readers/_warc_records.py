"""WARC files cut into records (ISO 28500:2017), damage and all.

The framing is ours because both common libraries stop at the first record they cannot read, and both take a page that
was cut off for a whole one. A record counts only if its length fits what stands around it; what follows a damaged one
is read.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.readers import _warc_zstd

BLOCK = 1 << 18
HEAD = 1 << 16  # bytes of a record's header
LARGEST = 64 << 20  # bytes of a record that is kept in memory: no page is larger
_MAGIC = b"\x1f\x8b\x08"
_START = re.compile(rb"WARC/(?:0\.\d{1,2}|1\.[01])\r?\n(?=[!-9;-~]{1,64}[ \t]*:)")
_LOST = "no WARC record begins here"


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record, or what could not be read as one (`problem`, `detail`).

    `offset` counts bytes of the file to the record, in a compressed file to its gzip member; `headers` have lower-case
    names.
    """

    offset: int
    headers: Mapping[str, str]
    body: bytes
    problem: str | None = None
    detail: str = ""


Wanted = Callable[[Mapping[str, str]], bool]


class Segment(Protocol):
    """A plain file, a gzip member or a Zstandard frame. `damage` says what broke it; `told`: a record has said so."""

    plain: bool
    offset: int
    damage: tuple[str, str] | None
    told: bool

    def read(self) -> bytes: ...


def records(handle: Any, wanted: Wanted, name: str = "") -> Iterator[WarcRecord]:
    """Every wanted record of a seekable binary file, compressed with gzip or Zstandard or plain, in order, and one with
    a `problem` for each stretch that holds none or a damaged one. `name` is the file's.

    Memory is bounded by LARGEST. Never raises for what the file holds.
    """
    start = handle.read(4)
    handle.seek(0)
    if not start:
        yield WarcRecord(0, {}, b"", "input.truncated", "the file is empty")
    elif start[:3] == _MAGIC or _warc_zstd.begins(start, name):
        for member in _members(handle) if start[:3] == _MAGIC else _warc_zstd.frames(handle):
            yield from _cut(member, wanted)
            member.drain()
            if member.damage is not None and not member.told:
                yield WarcRecord(member.offset, {}, b"", *member.damage)
    else:
        yield from _cut(_Plain(handle), wanted)


class _Plain:
    """The bytes of an uncompressed file."""

    def __init__(self, handle: Any) -> None:
        self.offset = 0
        self.damage: tuple[str, str] | None = None
        self.told = False
        self.plain = True
        self._handle = handle

    def read(self) -> bytes:
        data: bytes = self._handle.read(BLOCK)
        return data


class _Member:
    """The bytes of one gzip member. `damage` says what broke it: its bytes so far were handed out before."""

    plain = False

    def __init__(self, source: _Compressed) -> None:
        self.offset = source.position
        self.damage: tuple[str, str] | None = None
        self.told = False
        self._source = source
        self._inflate = zlib.decompressobj(31)
        self._ended = False

    def read(self) -> bytes:
        while not self._ended:
            data = self._inflate.unconsumed_tail or self._source.take()
            if not data:
                self._end("input.truncated", "the file ends within a gzip member")
                break
            try:
                out = self._inflate.decompress(data, BLOCK)
            except zlib.error as error:
                self._end("input.corrupt", f"the gzip member is damaged ({str(error)[:120]})")
                break
            if self._inflate.eof:
                self._ended = True
                self._source.give_back(self._inflate.unused_data)
            if out:
                return out
        return b""

    def drain(self) -> None:
        while self.read():
            pass

    def _end(self, code: str, detail: str) -> None:
        self._ended = True
        self.damage = (code, detail)


class _Compressed:
    """The compressed bytes of a file, with the position of the next one."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._left = b""
        self.position = 0

    def take(self) -> bytes:
        data, self._left = self._left or self._handle.read(BLOCK), b""
        self.position += len(data)
        return data

    def give_back(self, data: bytes) -> None:
        self._left = data
        self.position -= len(data)

    def peek(self, size: int) -> bytes:
        data = self.take()
        while len(data) < size and (more := self._handle.read(BLOCK)):
            self.position += len(more)
            data += more
        self.give_back(data)
        return data

    def go(self, position: int) -> None:
        self._handle.seek(position)
        self._left, self.position = b"", position


def _members(handle: Any) -> Iterator[_Member]:
    source = _Compressed(handle)
    while True:
        start = source.peek(len(_MAGIC))
        if not start:
            return
        if start.startswith(_MAGIC):
            member = _Member(source)
            yield member
            if member.damage is None:
                continue
            if member.damage[0] == "input.truncated":
                # Perhaps the file was cut here and goes on with another one's members.
                if not _resume(source, member.offset + 1):
                    return
            elif not _resume(source, member.offset + 1):
                return
            continue
        if not start.strip(b"\x00") and _only_zeros(source):
            return
        lost = _Member(source)
        lost.damage, lost._ended = ("input.corrupt", "no gzip member begins here"), True
        yield lost
        if not _resume(source, lost.offset + 1):
            return


def _only_zeros(source: _Compressed) -> bool:
    """Whether nothing but padding is left; the position is kept if not."""
    position = source.position
    while data := source.take():
        if data.strip(b"\x00"):
            source.go(position)
            return False
    return True


def _resume(source: _Compressed, position: int) -> bool:
    """Goes to the next gzip member that begins with a WARC record, from `position` on; False if there is none."""
    source.go(position)
    data = b""
    while True:
        block = source.take()
        data += block
        at = data.find(_MAGIC)
        while at >= 0 and (len(data) - at >= 4096 or not block):
            try:
                found = zlib.decompressobj(31).decompress(data[at : at + 4096], 5) == b"WARC/"
            except zlib.error:
                found = False
            if found:
                source.go(source.position - len(data) + at)
                return True
            at = data.find(_MAGIC, at + 1)
        if not block:
            return False
        data = data[at:] if at >= 0 else data[-2:]


class _Bytes:
    """A window on a segment's bytes that grows on demand."""

    def __init__(self, segment: Segment) -> None:
        self.data = bytearray()
        self.gone = 0  # bytes of the segment before the window
        self._segment = segment
        self._ended = False

    def fill(self, size: int) -> bool:
        """Whether the window holds `size` bytes now."""
        while len(self.data) < size and not self._ended:
            more = self._segment.read()
            self._ended = not more
            self.data += more
        return len(self.data) >= size

    def drop(self, size: int) -> None:
        del self.data[:size]
        self.gone += size

    def skip(self, size: int) -> bool:
        """Drops `size` bytes without holding them; False if there are fewer."""
        while size > 0:
            if not self.data and not self.fill(1):
                return False
            step = min(size, len(self.data))
            self.drop(step)
            size -= step
        return True

    def skip_line_ends(self) -> int:
        count = 0
        while self.fill(1) and self.data[0] in b"\r\n":
            self.drop(1)
            count += 1
        return count


def _cut(segment: Segment, wanted: Wanted) -> Iterator[WarcRecord]:
    """The records of one segment. A record whose length does not fit is reported, and the next is looked for behind its
    header: nothing that stands between two record starts is taken for a page."""
    window = _Bytes(segment)

    def place(at: int) -> int:
        return segment.offset + (at if segment.plain else 0)

    def damaged(at: int, headers: Mapping[str, str], why: str) -> WarcRecord:
        segment.told = True
        code, detail = segment.damage or ("input.corrupt", why)
        return WarcRecord(place(at), headers, b"", code, detail)

    while True:
        window.skip_line_ends()
        if not window.fill(1):
            return
        at = window.gone
        window.fill(HEAD)
        end = _head_end(window.data)
        headers = _head(bytes(window.data[: end[0]])) if end else None
        if headers is None or end is None:
            yield damaged(
                at, {}, _LOST if not window.data.startswith(b"WARC/") else "the record's header is unreadable"
            )
            if not _seek(window, 1):
                return
            continue
        length = _length(headers)
        if length is None:
            yield damaged(at, headers, "the record has no length")
            if not _seek(window, end[1]):
                return
            continue
        hold = wanted(headers)
        if not hold or length > LARGEST:
            window.drop(end[1])
            whole = window.skip(length)
            body = b""
        else:
            whole = window.fill(end[1] + length)
            body = bytes(memoryview(window.data)[end[1] : end[1] + length]) if whole else b""
        if not whole:
            why = "the file ends within the record" if segment.plain else "the record is longer than its gzip member"
            yield damaged(at, headers, why) if segment.damage else _short(segment, place(at), headers, why)
            if window.data and _seek(window, end[1] if window.gone == at else 0):
                continue
            return
        if not _fits(window, end[1] + length if window.gone == at else 0, headers, body):
            yield damaged(at, headers, "the record's length does not fit")
            if not _seek(window, end[1] if window.gone == at else 0):
                return
            continue
        if window.gone == at:
            window.drop(end[1] + length)
        window.skip_line_ends()
        if segment.damage is not None and not window.data:
            yield damaged(at, headers, "")
            return
        if hold and length > LARGEST:
            detail = f"{length} bytes, more than {LARGEST >> 20} MiB"
            yield WarcRecord(place(at), headers, b"", "input.page-too-large", detail)
        elif hold:
            yield WarcRecord(place(at), headers, body)


def _short(segment: Segment, offset: int, headers: Mapping[str, str], why: str) -> WarcRecord:
    segment.told = True
    return WarcRecord(offset, headers, b"", "input.truncated" if segment.plain else "input.corrupt", why)


def _fits(window: _Bytes, at: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a record may end at `at`: line ends, then the next record or the end of the segment. Before anything else
    its end mark is not enough, since a page can hold the same four bytes: then its digest has to say so."""
    window.fill(at + 16)
    rest = window.data[at : at + 16].lstrip(b"\r\n")
    if rest[:5] == b"WARC/" or not rest:
        return True
    return window.data[at : at + 4] == b"\r\n\r\n" and digest_fits(headers, body) is True


def digest_fits(headers: Mapping[str, str], block: bytes) -> bool | None:
    """Whether a block has the SHA-1 that the crawler took of it; None where it took none, or another kind."""
    name, _, value = headers.get("warc-block-digest", "").partition(":")
    if name.strip().lower() != "sha1" or not value.strip():
        return None
    own = hashlib.sha1(block, usedforsecurity=False).digest()
    return value.strip().lower() in (base64.b32encode(own).decode().lower(), own.hex())


def _seek(window: _Bytes, start: int) -> bool:
    """Goes to the next start of a record at or behind `start`; False if there is none."""
    window.drop(min(start, len(window.data)))
    while True:
        found = _START.search(window.data)
        # A match at the window's end may want the bytes behind it.
        if found and (found.start() == 0 or window.data[found.start() - 1 : found.start()] == b"\n"):
            window.drop(found.start())
            return True
        keep = 128
        if found:
            window.drop(found.start() + 1)
            continue
        if len(window.data) > keep:
            window.drop(len(window.data) - keep)
        if not window.fill(len(window.data) + 1):
            return False


def _head_end(data: bytearray) -> tuple[int, int] | None:
    """Where the header's text ends and where the body begins; some writers end lines with a bare LF."""
    crlf, lf = data.find(b"\r\n\r\n", 0, HEAD), data.find(b"\n\n", 0, HEAD)
    if crlf >= 0 and (lf < 0 or crlf < lf):
        return crlf, crlf + 4
    return (lf, lf + 2) if lf >= 0 else None


def _head(block: bytes) -> dict[str, str] | None:
    """The named fields of a record's header, or None where it is none. WARC headers are UTF-8 (ISO 28500, 4)."""
    lines = block.split(b"\n")
    if not re.fullmatch(rb"WARC/(?:0\.\d{1,2}|1\.[01])[ \t]*\r?", lines[0]):
        return None
    fields = named_fields(lines[1:], "utf-8")
    return {name: values[-1] for name, values in fields.items()}


def named_fields(lines: list[bytes], encoding: str) -> dict[str, list[str]]:
    """`Name: value` lines by lower-case name, values in order, folded lines joined; lines without a colon are none."""
    fields: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in lines:
        text = line.decode(encoding, "replace").rstrip("\r")
        if text[:1] in (" ", "\t"):
            if last:
                last[-1] += " " + text.strip()
            continue
        name, colon, value = text.partition(":")
        if colon:
            last = fields.setdefault(name.strip().lower(), [])
            last.append(value.strip())
    return fields


def _length(headers: Mapping[str, str]) -> int | None:
    value = headers.get("content-length", "")
    return int(value) if re.fullmatch(r"[0-9]{1,15}", value) else None
