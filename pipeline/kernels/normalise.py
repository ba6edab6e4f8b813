"""Text as it is compared: profile nfc-lower-space/1, compiled over Arrow buffers. Specification: SIGNATURES.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit, types
from numpy.typing import NDArray

from pipeline.kernels.characters import CCC, FLAGS, IGNORABLE, LOWER, NFC, SPACE, compose

PROFILE = "nfc-lower-space/1"

U8 = types.Array(types.uint8, 1, "C", readonly=True)
U32 = types.Array(types.uint32, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C", readonly=True)


@dataclass(frozen=True, slots=True)
class Normalised:
    """UTF-8 of the normalised texts: text i is `data[start[i]:stop[i]]`; empty for null and white space."""

    data: NDArray[np.uint8]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)


def reference(text: str) -> str:
    """The profile in plain Python: what the kernel must equal.

    Default-ignorable characters are removed, then form C, then simple lower case (ß stays), then every run of white
    space is one space and the ends are stripped. Digits, accents and combining marks stay.
    """
    lowered = (chr(LOWER[ord(c)]) if not FLAGS[ord(c)] & SPACE else " " for c in compose(text))
    return " ".join(word for word in "".join(lowered).split(" ") if word)


def buffers(text: pa.LargeStringArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes and the n + 1 offsets of an Arrow array, without a copy; read-only."""
    _, offsets, data = text.buffers()
    if offsets is None or len(text) == 0:
        return np.frombuffer(b"", np.uint8), np.frombuffer(bytes(8), np.int64)
    edges = np.frombuffer(offsets, np.int64, count=len(text) + 1, offset=8 * text.offset)
    return np.frombuffer(b"" if data is None or data.size == 0 else data, np.uint8), edges


_ASCII = LOWER[:256].astype(np.uint8)
_ASCII[(FLAGS[:256] & SPACE) != 0] = 32
_ASCII.setflags(write=False)
_1, _2, _3, _4, _6, _12, _18, _63, _80 = (np.uint64(n) for n in (1, 2, 3, 4, 6, 12, 18, 63, 0x80))
_UNKNOWN, _END = np.uint64(0xFFFD), np.uint64(0x110000)
_RARE = np.uint8(SPACE | IGNORABLE | NFC)


# One pass: decode, drop ignorables, quick check of form C (UAX #15, section 9), lower case, spaces. A space is written
# and stepped over only if no space stands before it. Positions are unsigned, which spares numba's test for negative
# ones. Bytes that are no UTF-8 count as U+FFFD, so that nothing outside the buffer is ever read.
@njit(
    types.int64(
        U8, I64, U8, U8, U8, U32, types.boolean, types.int64[::1], types.int64[::1], types.uint8[::1], types.int64
    ),
    nogil=True,
    cache=True,
)
def _normalise(data, offsets, ascii, flags, ccc, lower, composed, start, stop, out, base):  # type: ignore[no-untyped-def]
    o = np.uint64(base)
    for i in range(len(offsets) - 1):
        p, end = np.uint64(offsets[i]), np.uint64(offsets[i + 1])
        begin = o
        last, before, settled = np.uint8(0), np.uint8(32), True
        while p < end:
            b = data[p]
            if b < 128:
                p += _1
                last = np.uint8(0)
                b = ascii[b]
                out[o] = b
                o += np.uint64((b != 32) | (before != 32))
                before = b
                continue
            c = _UNKNOWN
            if 0xC0 <= b < 0xE0 and p + _2 <= end:
                c = (np.uint64(b & 31) << _6) | np.uint64(data[p + _1] & 63)
                p += _2
            elif 0xE0 <= b < 0xF0 and p + _3 <= end:
                c = (np.uint64(b & 15) << _12) | (np.uint64(data[p + _1] & 63) << _6) | np.uint64(data[p + _2] & 63)
                p += _3
            elif b >= 0xF0 and p + _4 <= end:
                c = (
                    (np.uint64(b & 7) << _18)
                    | (np.uint64(data[p + _1] & 63) << _12)
                    | (np.uint64(data[p + _2] & 63) << _6)
                    | np.uint64(data[p + _3] & 63)
                )
                p += _4
            else:
                p += _1
            if c >= _END:
                c = _UNKNOWN
            flag = flags[c]
            if flag & _RARE:
                if flag & IGNORABLE:
                    continue
                if flag & NFC and not composed:
                    settled = False
                    break
                if flag & SPACE:
                    out[o] = np.uint8(32)
                    o += np.uint64(before != 32)
                    last, before = np.uint8(0), np.uint8(32)
                    continue
            if not composed:
                k = ccc[c]
                if k != 0 and last > k:
                    settled = False
                    break
                last = k
            before = np.uint8(0)
            c = np.uint64(lower[c])
            if c < _80:
                out[o] = np.uint8(c)
                o += _1
            elif c < np.uint64(0x800):
                out[o] = np.uint8(np.uint64(0xC0) | (c >> _6))
                out[o + _1] = np.uint8(_80 | (c & _63))
                o += _2
            elif c < np.uint64(0x10000):
                out[o] = np.uint8(np.uint64(0xE0) | (c >> _12))
                out[o + _1] = np.uint8(_80 | ((c >> _6) & _63))
                out[o + _2] = np.uint8(_80 | (c & _63))
                o += _3
            else:
                out[o] = np.uint8(np.uint64(0xF0) | (c >> _18))
                out[o + _1] = np.uint8(_80 | ((c >> _12) & _63))
                out[o + _2] = np.uint8(_80 | ((c >> _6) & _63))
                out[o + _3] = np.uint8(_80 | (c & _63))
                o += _4
        if not settled:
            start[i], stop[i] = -1, -1
            o = begin
            continue
        if o > begin and before == 32:
            o -= _1
        start[i], stop[i] = begin, o
    return np.int64(o)


def normalise(text: pa.LargeStringArray, scratch: NDArray[np.uint8] | None = None) -> Normalised:
    """The normalised bytes of every text; null is empty. Equals `reference` on every valid text.

    Only texts that may not be in form C leave the kernel: Python composes them, and the kernel goes over them again.
    With `scratch` the bytes are written there if they fit (three times the text is always enough).
    """
    if text.null_count:
        text = text.fill_null("")
    data, offsets = buffers(text)
    rows, size = len(text), int(offsets[-1] - offsets[0])
    start, stop = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    # A lower-case form can be longer in UTF-8 (Ⱥ has two bytes, ⱥ three), and a stray byte is three as U+FFFD.
    out = scratch if scratch is not None and len(scratch) >= 3 * size + 8 else np.empty(3 * size + 8, np.uint8)
    used = _normalise(data, offsets, _ASCII, FLAGS, CCC, LOWER, False, start, stop, out, 0)
    left = np.flatnonzero(start < 0)
    if not len(left):
        return Normalised(out[:used], start, stop)
    composed = pa.array([compose(text[i].as_py()) for i in left.tolist()], pa.large_string())
    data, offsets = buffers(composed)
    need = used + 3 * int(offsets[-1]) + 8
    if need > len(out):
        out = np.concatenate((out[:used], np.empty(need - used, np.uint8)))
    again = np.zeros(len(left), np.int64), np.zeros(len(left), np.int64)
    used = _normalise(data, offsets, _ASCII, FLAGS, CCC, LOWER, True, *again, out, used)
    start[left], stop[left] = again
    return Normalised(out[:used], start, stop)


def pieces(text: pa.LargeStringArray, size: int = 1 << 20) -> Iterator[tuple[int, Normalised]]:
    """The texts normalised in stretches of about `size` bytes that stay in the processor's cache, in order.

    Yields the number of the first row and the stretch; a stretch is overwritten by the next one.
    """
    _, offsets = buffers(text)
    scratch = np.empty(3 * size + 8, np.uint8)
    row = 0
    while row < len(text):
        end = max(row + 1, int(np.searchsorted(offsets, offsets[row] + size, "right")) - 1)
        yield row, normalise(text.slice(row, end - row), scratch)
        row = end
