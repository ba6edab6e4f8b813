"""JSON strings (RFC 8259, section 7) unescaped over Arrow buffers, many at once; what is odd is left to the parser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numba import njit, types
from numpy.typing import NDArray

U8 = types.Array(types.uint8, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C", readonly=True)

_1, _2, _3, _4, _6, _12 = (np.uint64(n) for n in (1, 2, 3, 4, 6, 12))
_HEX = np.full(256, 255, np.uint8)
_SHORT = np.zeros(256, np.uint8)
for _code in range(256):
    if chr(_code) in "0123456789abcdefABCDEF":
        _HEX[_code] = int(chr(_code), 16)
for _name, _value in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _SHORT[_name] = _value
for _table in (_HEX, _SHORT):
    _table.setflags(write=False)


@njit(types.int64(U8, types.int64, types.int64, U8), nogil=True, cache=True)
def _unit(data, p, end, hexadecimal):  # type: ignore[no-untyped-def]
    if p + 6 > end or data[p] != 92 or data[p + 1] != 117:
        return -1
    value = 0
    for k in range(2, 6):
        digit = hexadecimal[data[p + k]]
        if digit > 15:
            return -1
        value = value * 16 + digit
    return value


@njit(types.int64(U8, types.int64, types.int64, U8), nogil=True, cache=True)
def _code_point(data, p, end, hexadecimal):  # type: ignore[no-untyped-def]
    """The character of an escape at `p`; -1 where it is none, or half of a surrogate pair."""
    first = _unit(data, p, end, hexadecimal)
    if first < 0 or 0xDC00 <= first < 0xE000:
        return -1
    if first < 0xD800 or first >= 0xE000:
        return first
    second = _unit(data, p + 6, end, hexadecimal)
    if second < 0xDC00 or second >= 0xE000:
        return -1
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)


@njit(types.int64(U8, I64, U8, U8, U8, types.uint8[::1], types.int64[::1], types.uint8[::1]), nogil=True, cache=True)
def _unescape(data, offsets, plain, hexadecimal, short, out, ends, odd):  # type: ignore[no-untyped-def]
    o = np.uint64(0)
    for i in range(len(offsets) - 1):
        p, end = np.uint64(offsets[i]), np.uint64(offsets[i + 1])
        begin = o
        if plain[i]:
            while p < end:
                out[o] = data[p]
                o += _1
                p += _1
        while p < end:
            b = data[p]
            if b >= 32 and b != 92 and b != 34:
                out[o] = b
                o += _1
                p += _1
                continue
            if b != 92 or p + _1 >= end:
                odd[i] = 1
                break
            e = data[p + _1]
            if e != 117:
                if short[e] == 0:
                    odd[i] = 1
                    break
                out[o] = short[e]
                o += _1
                p += _2
                continue
            code = _code_point(data, np.int64(p), np.int64(end), hexadecimal)
            if code < 0:
                odd[i] = 1
                break
            p += _6 if code < 0x10000 else _12
            if code < 0x80:
                out[o] = code
                o += _1
            elif code < 0x800:
                out[o] = 0xC0 | (code >> 6)
                out[o + _1] = 0x80 | (code & 63)
                o += _2
            elif code < 0x10000:
                out[o] = 0xE0 | (code >> 12)
                out[o + _1] = 0x80 | ((code >> 6) & 63)
                out[o + _2] = 0x80 | (code & 63)
                o += _3
            else:
                out[o] = 0xF0 | (code >> 18)
                out[o + _1] = 0x80 | ((code >> 12) & 63)
                out[o + _2] = 0x80 | ((code >> 6) & 63)
                out[o + _3] = 0x80 | (code & 63)
                o += _4
        if odd[i]:
            o = begin
        ends[i] = o
    return np.int64(o)


def unescaped(
    bodies: Sequence[bytes | bytearray | None], plain: NDArray[np.uint8]
) -> tuple[pa.LargeStringArray, NDArray[np.int64]]:
    """The texts of JSON strings given without their quotes, and the places of the odd ones, which are empty.

    Null stays null; where `plain` is 1 the bytes are text already. Odd is what no JSON string may hold: control
    characters, unknown escapes, half a surrogate pair, bytes that are no UTF-8.
    """
    given = [body or b"" for body in bodies]
    offsets = np.zeros(len(bodies) + 1, np.int64)
    np.cumsum([*map(len, given)], out=offsets[1:])
    data = np.frombuffer(b"".join(given), np.uint8)
    out, ends = np.empty(max(len(data), 1), np.uint8), np.zeros(len(bodies) + 1, np.int64)
    odd = np.zeros(len(bodies), np.uint8)
    used = _unescape(data, offsets, plain, _HEX, _SHORT, out, ends[1:], odd)
    valid = pa.array([body is not None for body in bodies]).buffers()[1] if None in bodies else None
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(out[:used])]
    made = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(bodies), buffers)
    try:
        return made.cast(pa.large_string()), np.flatnonzero(odd)
    except pa.ArrowInvalid:
        texts = made.to_pylist()
    for place, text in enumerate(texts):
        try:
            if text is not None:
                text.decode("utf-8")
        except UnicodeDecodeError:
            texts[place], odd[place] = b"", 1
    return pa.array(texts, pa.large_binary()).cast(pa.large_string()), np.flatnonzero(odd)
