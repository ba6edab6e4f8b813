"""Text as it is compared: profile nfc-lower-space/1, compiled over Arrow buffers. Specification: SIGNATURES.md."""

from __future__ import annotations

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


# One pass: decode, drop ignorables, quick check of form C (UAX #15, 9), lower case, spaces. Bytes that are no UTF-8
# count as U+FFFD, so that nothing outside the buffer is ever read.
@njit(
    types.int64(U8, I64, U8, U8, U32, types.boolean, types.int64[::1], types.int64[::1], types.uint8[::1], types.int64),
    nogil=True,
    cache=True,
)
def _normalise(data, offsets, flags, ccc, lower, composed, start, stop, out, o):  # type: ignore[no-untyped-def]
    for i in range(len(offsets) - 1):
        p, end = offsets[i], offsets[i + 1]
        begin = o
        last = np.uint8(0)
        settled = True
        while p < end:
            b = data[p]
            if b < 128:
                p += 1
                last = np.uint8(0)
                if flags[b] & SPACE:
                    if o > begin and out[o - 1] != 32:
                        out[o] = 32
                        o += 1
                else:
                    if 65 <= b <= 90:
                        b += np.uint8(32)
                    out[o] = b
                    o += 1
                continue
            c = np.int64(0xFFFD)
            if b >= 0xF0 and p + 4 <= end:
                c = (
                    (np.int64(b & 7) << 18)
                    | (np.int64(data[p + 1] & 63) << 12)
                    | (np.int64(data[p + 2] & 63) << 6)
                    | np.int64(data[p + 3] & 63)
                )
                p += 4
            elif 0xE0 <= b < 0xF0 and p + 3 <= end:
                c = (np.int64(b & 15) << 12) | (np.int64(data[p + 1] & 63) << 6) | np.int64(data[p + 2] & 63)
                p += 3
            elif 0xC0 <= b < 0xE0 and p + 2 <= end:
                c = (np.int64(b & 31) << 6) | np.int64(data[p + 1] & 63)
                p += 2
            else:
                p += 1
            if c >= 0x110000:
                c = np.int64(0xFFFD)
            flag = flags[c]
            if flag & IGNORABLE:
                continue
            if not composed:
                k = ccc[c]
                if flag & NFC or (k != 0 and last > k):
                    settled = False
                    break
                last = k
            if flag & SPACE:
                if o > begin and out[o - 1] != 32:
                    out[o] = 32
                    o += 1
                continue
            c = np.int64(lower[c])
            if c < 0x80:
                out[o] = np.uint8(c)
                o += 1
            elif c < 0x800:
                out[o] = np.uint8(0xC0 | (c >> 6))
                out[o + 1] = np.uint8(0x80 | (c & 63))
                o += 2
            elif c < 0x10000:
                out[o] = np.uint8(0xE0 | (c >> 12))
                out[o + 1] = np.uint8(0x80 | ((c >> 6) & 63))
                out[o + 2] = np.uint8(0x80 | (c & 63))
                o += 3
            else:
                out[o] = np.uint8(0xF0 | (c >> 18))
                out[o + 1] = np.uint8(0x80 | ((c >> 12) & 63))
                out[o + 2] = np.uint8(0x80 | ((c >> 6) & 63))
                out[o + 3] = np.uint8(0x80 | (c & 63))
                o += 4
        if not settled:
            start[i], stop[i] = -1, -1
            o = begin
            continue
        if o > begin and out[o - 1] == 32:
            o -= 1
        start[i], stop[i] = begin, o
    return o


def normalise(text: pa.LargeStringArray) -> Normalised:
    """The normalised bytes of every text; null is empty. Equals `reference` on every valid text.

    Only texts that may not be in form C leave the kernel: Python composes them, and the kernel goes over them again.
    """
    if text.null_count:
        text = text.fill_null("")
    data, offsets = buffers(text)
    rows = len(text)
    start, stop = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    # A lower-case form can be longer in UTF-8 (Ⱥ has two bytes, ⱥ three), never more than by half; a stray byte, which
    # is three as U+FFFD, does not occur in valid text, and is provided for.
    size = int(offsets[-1] - offsets[0])
    out = np.empty(3 * size + 8, np.uint8)
    used = _normalise(data, offsets, FLAGS, CCC, LOWER, False, start, stop, out, 0)
    left = np.flatnonzero(start < 0)
    if not len(left):
        return Normalised(out[:used], start, stop)
    composed = pa.array([compose(text[i].as_py()) for i in left.tolist()], pa.large_string())
    data, offsets = buffers(composed)
    out = np.concatenate((out[:used], np.empty(3 * int(offsets[-1]) + 8, np.uint8)))
    again = np.zeros(len(left), np.int64), np.zeros(len(left), np.int64)
    used = _normalise(data, offsets, FLAGS, CCC, LOWER, True, *again, out, used)
    start[left], stop[left] = again
    return Normalised(out[:used], start, stop)
