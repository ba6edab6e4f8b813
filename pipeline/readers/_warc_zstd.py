"""Frames of a .warc.zst file: one a record, with the dictionary that they share in a frame of its own.

Sources: RFC 8878 (the frame format; where a frame ends follows from its block headers) and the IIPC's proposal «WARC
files compressed with Zstandard» 1.0, as the Internet Archive and Common Crawl's tools write them: the file may begin
with a skippable frame 0x184D2A5D that holds a dictionary, itself perhaps compressed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import zstandard

from pipeline.readers._opening import DamagedError

BLOCK = 1 << 18
MAGIC = b"\x28\xb5\x2f\xfd"
_DICTIONARY = 0x184D2A5D
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_WINDOW = 128 << 20  # bytes that a frame may look back; the format's own tools refuse more unless told otherwise
_LARGEST_DICTIONARY = 16 << 20
_FLAGS = 4  # where the frame's header descriptor stands


class _Source:
    """A file's bytes by position, a block at a time."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._start = 0
        self._data = b""

    def at(self, position: int, size: int) -> bytes:
        """`size` bytes from `position` on, fewer at the end of the file."""
        if not self._start <= position or position + size > self._start + len(self._data):
            self._handle.seek(position)
            self._start, self._data = position, self._handle.read(max(size, BLOCK))
        return self._data[position - self._start : position - self._start + size]


class _Part:
    """The bytes of one frame, as the decompressor reads them."""

    def __init__(self, source: _Source, start: int, stop: int | None) -> None:
        self._source = source
        self._at = start
        self._stop = stop

    def read(self, size: int = -1) -> bytes:
        wanted = BLOCK if size < 0 else min(size, BLOCK)
        data = self._source.at(self._at, wanted if self._stop is None else min(wanted, self._stop - self._at))
        self._at += len(data)
        return data


class Frame:
    """The bytes of one frame, decompressed. `damage` says what broke it: its bytes so far were handed out before."""

    plain = False

    def __init__(self, offset: int, part: _Part | None, dictionary: zstandard.ZstdCompressionDict | None) -> None:
        self.offset = offset
        self.damage: tuple[str, str] | None = None
        self.told = False
        self.cut: tuple[str, str] | None = None  # damage that lies behind the last byte
        decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=_WINDOW)
        source: Any = part  # has the one method that is called
        self._stream = None if part is None else decompressor.stream_reader(source, read_size=BLOCK)

    def read(self) -> bytes:
        if self._stream is None or self.damage is not None:
            return b""
        try:
            data: bytes = self._stream.read(BLOCK)
        except zstandard.ZstdError as error:
            self.damage = ("input.corrupt", f"the Zstandard frame is damaged ({str(error)[:120]})")
            return b""
        if not data:
            self.damage = self.cut
        return data

    def drain(self) -> None:
        while self.read():
            pass


def begins(start: bytes, name: str) -> bool:
    """Whether a file's first four bytes are a frame's, skippable ones included, or its name says so: in a damaged file
    the dictionary, which is made of pages, must not be read as plain records."""
    return (
        name.lower().endswith((".zst", ".zstd"))
        or start == MAGIC
        or (len(start) == 4 and int.from_bytes(start, "little") in _SKIPPABLE)
    )


def frames(handle: Any) -> Iterator[Frame]:
    """Every frame of a seekable file in order; for each stretch that is none, and for a dictionary that cannot be read,
    one with its `damage`. Never raises for what the file holds."""
    source, position = _Source(handle), 0
    dictionary: zstandard.ZstdCompressionDict | None = None
    while head := source.at(position, 8):
        magic = int.from_bytes(head[:4], "little")
        try:
            if magic in _SKIPPABLE and len(head) == 8:
                size = int.from_bytes(head[4:], "little")
                if magic == _DICTIONARY and position == 0:
                    dictionary = _dictionary(source.at(8, min(size, _LARGEST_DICTIONARY + 1)), size)
                if len(source.at(position + 8 + size - 1, 1)) < 1 <= size:
                    raise DamagedError("input.truncated", "the file ends within a skippable frame")
                position += 8 + size
                continue
            if not head.startswith(MAGIC):
                raise DamagedError("input.corrupt", "no Zstandard frame begins here")
            stop = _end(source, position)
        except DamagedError as problem:
            # What a cut frame still gives is shown, so that the record in it can be named.
            shown = problem.code == "input.truncated" and head.startswith(MAGIC)
            frame = Frame(position, _Part(source, position, None) if shown else None, dictionary)
            frame.cut = (problem.code, problem.detail)
            if not shown:
                frame.damage = frame.cut
            yield frame
            found = _next(source, position + 1, dictionary)
            if found is None:
                return
            position = found
            continue
        yield Frame(position, _Part(source, position, stop), dictionary)
        position = stop


def _dictionary(data: bytes, size: int) -> zstandard.ZstdCompressionDict:
    if size > _LARGEST_DICTIONARY:
        raise DamagedError("input.corrupt", f"a dictionary of {size} bytes")
    if len(data) < size:
        raise DamagedError("input.truncated", "the file ends within its dictionary")
    try:
        if data.startswith(MAGIC):
            stream = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(data)
            data = stream.read(_LARGEST_DICTIONARY + 1)
            if len(data) > _LARGEST_DICTIONARY:
                raise DamagedError("input.corrupt", "a dictionary that unpacks to more than any has")
        dictionary = zstandard.ZstdCompressionDict(data)
        zstandard.ZstdDecompressor(dict_data=dictionary)  # only this says whether it is one
        return dictionary
    except (zstandard.ZstdError, ValueError, MemoryError) as error:
        raise DamagedError("input.corrupt", f"its dictionary is damaged ({str(error)[:120]})") from None


def _end(source: _Source, start: int) -> int:
    """Where a frame ends (RFC 8878, 3.1.1): header, blocks by their own lengths, checksum."""
    flags = source.at(start + _FLAGS, 1)
    if not flags:
        raise DamagedError("input.truncated", "the file ends within a frame's header")
    if flags[0] & 0x08:
        raise DamagedError("input.corrupt", "a frame with a reserved bit")
    single = bool(flags[0] & 0x20)
    content = (int(single), 2, 4, 8)[flags[0] >> 6]
    at = start + _FLAGS + 1 + (not single) + (0, 1, 2, 4)[flags[0] & 0x03] + content
    while True:
        header = source.at(at, 3)
        if len(header) < 3:
            raise DamagedError("input.truncated", "the file ends within a frame")
        number = int.from_bytes(header, "little")
        kind, size = (number >> 1) & 0x03, number >> 3
        if kind == 3 or size > 128 << 10:
            raise DamagedError("input.corrupt", "a block of a kind or size that the format does not have")
        at += 3 + (1 if kind == 1 else size)
        if number & 1:
            break
    at += 4 * bool(flags[0] & 0x04)
    if not source.at(at - 1, 1):
        raise DamagedError("input.truncated", "the file ends within a frame")
    return at


def _next(source: _Source, position: int, dictionary: zstandard.ZstdCompressionDict | None) -> int | None:
    """Where the next frame that begins with a WARC record stands, from `position` on."""
    while len(data := source.at(position, BLOCK)) >= len(MAGIC):
        at = data.find(MAGIC)
        while at >= 0:
            frame = Frame(position + at, _Part(source, position + at, None), dictionary)
            if frame.read()[:5] == b"WARC/":
                return position + at
            at = data.find(MAGIC, at + 1)
        position += len(data) - len(MAGIC) + 1
    return None
