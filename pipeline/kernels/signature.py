"""MinHash sketches and shingle sets of normalised texts, scheme minhash-words5/1. Specification: SIGNATURES.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit, types
from numpy.typing import NDArray

from pipeline.kernels.characters import FLAGS, MARK, SOLO, WORD
from pipeline.kernels.normalise import I64, U8, U32, Normalised, pieces, reference

SCHEME = "minhash-words5/1"
WORDS, BANDS, ROWS = 5, 20, 6
PERMUTATIONS = BANDS * ROWS
# Chance that a pair of this Jaccard similarity shares a band: 1 - (1 - s^ROWS)^BANDS; 0.998 at 0.8.
_MASK = (1 << 64) - 1
_GOLDEN, _MIX1, _MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # SplitMix64 (Steele et al. 2014)
_START = 0xCBF29CE484222325
_CHUNK = 512


def mix(value: int) -> int:
    """SplitMix64's finaliser, in plain Python."""
    value = ((value ^ (value >> 30)) * _MIX1) & _MASK
    value = ((value ^ (value >> 27)) * _MIX2) & _MASK
    return value ^ (value >> 31)


def _constants() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    drawn = [mix((_GOLDEN * n) & _MASK) for n in range(1, PERMUTATIONS + 1)]
    a = np.array([value >> 32 | 1 for value in drawn], np.uint32)
    b = np.array([value & 0xFFFFFFFF for value in drawn], np.uint32)
    a.setflags(write=False)
    b.setflags(write=False)
    return a, b


A, B = _constants()

_u = np.uint64
_TWO, _THREE = (types.UniTuple(types.uint64, n) for n in (2, 3))  # type: ignore[no-untyped-call]
_GOLDEN_U, _MIX1_U, _MIX2_U, _SEED = _u(_GOLDEN), _u(_MIX1), _u(_MIX2), _u(_START)
_LEAVE = _u(pow(_GOLDEN, WORDS, 1 << 64))  # what the word that leaves the window was multiplied with
_0, _1, _2, _3, _4, _6, _8, _12, _18 = (_u(n) for n in (0, 1, 2, 3, 4, 6, 8, 12, 18))
_27, _30, _31, _32, _WORDS = (_u(n) for n in (27, 30, 31, 32, WORDS))
_ASCII = (FLAGS[:256] & WORD).astype(np.uint8)
_ASCII[128:] = 0
_ASCII.setflags(write=False)


@njit(types.uint64(types.uint64), nogil=True, cache=True)
def _mix(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _30)) * _MIX1_U
    value = (value ^ (value >> _27)) * _MIX2_U
    return value ^ (value >> _31)


@njit(
    types.int64(types.uint64[::1], types.uint64[::1], types.int64, types.uint64),
    nogil=True,
    cache=True,
)
def _push(state, out, count, word):  # type: ignore[no-untyped-def]
    seen = state[1]
    slot = _3 + seen % _WORDS
    rolling = state[2] * _GOLDEN_U + word - state[slot] * _LEAVE
    state[slot], state[1], state[2] = word, seen + _1, rolling
    if seen + _1 < _WORDS:
        return count
    out[count] = _mix(rolling)
    return count + 1


@njit(_TWO(U8, types.uint64, types.uint64), nogil=True, cache=True)
def _decode(data, p, end):  # type: ignore[no-untyped-def]
    b = data[p]
    c, q = np.uint64(0xFFFD), p + _1
    if 0xC0 <= b < 0xE0 and p + _2 <= end:
        c, q = (np.uint64(b & 31) << _6) | np.uint64(data[p + _1] & 63), p + _2
    elif 0xE0 <= b < 0xF0 and p + _3 <= end:
        c = (np.uint64(b & 15) << _12) | (np.uint64(data[p + _1] & 63) << _6) | np.uint64(data[p + _2] & 63)
        q = p + _3
    elif b >= 0xF0 and p + _4 <= end:
        c = (
            (np.uint64(b & 7) << _18)
            | (np.uint64(data[p + _1] & 63) << _12)
            | (np.uint64(data[p + _2] & 63) << _6)
            | np.uint64(data[p + _3] & 63)
        )
        q = p + _4
    return c if c < np.uint64(0x110000) else np.uint64(0xFFFD), q


@njit(
    _THREE(U8, types.uint64, types.uint64, types.uint64, types.uint64, types.uint64),
    nogil=True,
    cache=True,
)
def _absorb(data, p, q, h, block, filled):  # type: ignore[no-untyped-def]
    while p < q:
        block = (block << _8) | np.uint64(data[p])
        filled += _1
        if filled == _8:
            h, block, filled = _mix(h ^ block), _0, _0
        p += _1
    return h, block, filled


# Cuts a text into words and writes the hash of every window of five, until `out` is nearly full or the text ends.
# `state` lasts between calls: position, words so far, rolling value, the last five words. Returns how many.
@njit(
    types.int64(U8, types.uint64, U8, U8, types.uint64[::1], types.uint64[::1]),
    nogil=True,
    cache=True,
)
def _windows(data, end, ascii, flags, state, out):  # type: ignore[no-untyped-def]
    p, count, room = state[0], np.int64(0), np.int64(len(out)) - 2
    h, block, filled = _SEED, _0, _0
    inside = False
    while True:
        if not inside and count > room:
            break
        while p < end:
            b = data[p]
            if not ascii[b]:
                break
            inside = True
            block = (block << _8) | np.uint64(b)
            filled += _1
            if filled == _8:
                h, block, filled = _mix(h ^ block), _0, _0
            p += _1
        if inside and (p >= end or data[p] < 128):
            count = _push(state, out, count, _mix(h ^ block))
            h, block, filled, inside = _SEED, _0, _0, False
        if p >= end:
            break
        if data[p] < 128:
            p += _1
            continue
        c, q = _decode(data, p, end)
        flag = flags[c]
        alone = flag & SOLO and not flag & MARK
        if inside and (alone or not flag & WORD):
            count = _push(state, out, count, _mix(h ^ block))
            h, block, filled, inside = _SEED, _0, _0, False
        if flag & WORD:
            h, block, filled = _absorb(data, p, q, h, block, filled)
            inside = True
        p = q
        if alone:
            while p < end and data[p] >= 128:
                c, q = _decode(data, p, end)
                if not flags[c] & MARK:
                    break
                h, block, filled = _absorb(data, p, q, h, block, filled)
                p = q
            count = _push(state, out, count, _mix(h ^ block))
            h, block, filled, inside = _SEED, _0, _0, False
    if p >= end and _0 < state[1] < _WORDS:
        out[count] = _mix(state[2])  # fewer than five words: one window of them all
        count += 1
    state[0] = p
    return count


@njit(
    types.void(U8, I64, I64, U8, U8, U32, U32, types.uint64[:, ::1], types.uint8[:, ::1], types.int64[::1]),
    nogil=True,
    cache=True,
)
def _sketch(data, start, stop, ascii, flags, a, b, bands, bytes_, counts):  # type: ignore[no-untyped-def]
    state = np.empty(3 + WORDS, np.uint64)
    window = np.empty(_CHUNK, np.uint64)
    x = np.empty(_CHUNK, np.uint32)
    least = np.empty(PERMUTATIONS, np.uint32)
    for i in range(len(start)):
        least[:] = np.uint32(0xFFFFFFFF)
        state[:] = 0
        state[0] = np.uint64(start[i])
        end, total = np.uint64(stop[i]), 0
        while state[0] < end:
            n = _windows(data, end, ascii, flags, state, window)
            total += n
            for j in range(n):
                x[j] = np.uint32(window[j] >> _32)
            for k in range(PERMUTATIONS):
                ak, bk, m = a[k], b[k], least[k]
                for j in range(n):
                    m = min(m, np.uint32(ak * x[j] + bk))
                least[k] = m
        counts[i] = total
        for band in range(BANDS):
            key = np.uint64(band + 1) * _GOLDEN_U
            for r in range(ROWS):
                key = _mix(key ^ np.uint64(least[band * ROWS + r]))
            bands[band, i] = key
        for k in range(PERMUTATIONS):
            bytes_[i, k] = np.uint8(np.uint32(least[k] * np.uint32(0x9E3779B1)) >> np.uint32(24))


@njit(
    types.int64(U8, types.uint64, types.uint64, U8, U8, types.uint64[::1], types.int64),
    nogil=True,
    cache=True,
)
def _gather(data, start, end, ascii, flags, out, at):  # type: ignore[no-untyped-def]
    state = np.zeros(3 + WORDS, np.uint64)
    state[0] = start
    while state[0] < end:
        at += _windows(data, end, ascii, flags, state, out[at:])
    return at


# Drops repeated values within each sorted stretch and closes the gaps; returns the new end of each.
@njit(types.void(types.uint64[::1], types.int64[::1]), nogil=True, cache=True)
def _distinct(values, ends):  # type: ignore[no-untyped-def]
    at, begin = 0, 0
    for i in range(len(ends)):
        first = at
        for j in range(begin, ends[i]):
            if at == first or values[j] != values[at - 1]:
                values[at] = values[j]
                at += 1
        begin = ends[i]
        ends[i] = at


@dataclass(frozen=True, slots=True)
class Sketches:
    """Of n texts: `bands` (20, n) band keys; `sketch` (n, 120) one byte a permutation; `windows` (n) their number.

    A text without words has 0 windows, and 0 everywhere: it is near nothing.
    """

    bands: NDArray[np.uint64]
    sketch: NDArray[np.uint8]
    windows: NDArray[np.int64]


def sketches(texts: Normalised) -> Sketches:
    """The sketch of every text, scheme SCHEME. Equals `reference_sketch`."""
    rows = len(texts)
    found = Sketches(
        np.zeros((BANDS, rows), np.uint64), np.zeros((rows, PERMUTATIONS), np.uint8), np.zeros(rows, np.int64)
    )
    data, start, stop = (_frozen(array) for array in (texts.data, texts.start, texts.stop))
    _sketch(data, start, stop, _ASCII, FLAGS, A, B, found.bands, found.sketch, found.windows)
    found.bands[:, found.windows == 0] = 0
    found.sketch[found.windows == 0] = 0
    return found


def shingles(text: pa.LargeStringArray) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The set of window hashes of every text, sorted: text i has `values[edges[i]:edges[i + 1]]`."""
    parts, sizes = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for _, piece in pieces(text):
        data = _frozen(piece.data)
        # A window ends with a word, and a word takes two bytes (with its separator) or is a character of three.
        out = np.empty(int((piece.stop - piece.start).sum()) // 2 + len(piece) + 8, np.uint64)
        ends, at = np.zeros(len(piece), np.int64), 0
        for i in range(len(piece)):
            begin, at = at, _gather(data, np.uint64(piece.start[i]), np.uint64(piece.stop[i]), _ASCII, FLAGS, out, at)
            out[begin:at].sort()
            ends[i] = at
        _distinct(out, ends)
        parts.append(out[: ends[-1]].copy())
        sizes.append(np.diff(ends, prepend=0))
    edges = np.concatenate(([0], np.cumsum(np.concatenate(sizes)))).astype(np.int64)
    return np.concatenate(parts), edges


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array = np.ascontiguousarray(array).view()
    array.setflags(write=False)
    return array


def reference_windows(text: str) -> list[int]:
    """Hashes of every window of five words of a text, in plain Python; of all words where there are fewer than five."""
    words: list[bytes] = []
    inside = alone = False
    for char in reference(text):
        flag = FLAGS[ord(char)]
        starts = not inside or (not flag & MARK and (alone or flag & SOLO))
        inside = bool(flag & WORD)
        if inside and starts:
            words.append(char.encode())
            alone = bool(flag & SOLO and not flag & MARK)
        elif inside:
            words[-1] += char.encode()
        else:
            alone = False
    hashes = [_word(word) for word in words]
    count = min(WORDS, len(hashes))
    return [_window(hashes[i : i + count]) for i in range(len(hashes) - count + 1)] if count else []


def _word(word: bytes) -> int:
    h = _START
    for i in range(0, len(word) - len(word) % 8, 8):
        h = mix(h ^ int.from_bytes(word[i : i + 8], "big"))
    return mix(h ^ int.from_bytes(word[len(word) - len(word) % 8 :], "big"))


def _window(words: list[int]) -> int:
    total = 0
    for word in words:
        total = (total * _GOLDEN + word) & _MASK
    return mix(total)


def reference_sketch(text: str) -> tuple[list[int], list[int]]:
    """Band keys and sketch bytes of a text in plain Python."""
    windows = [window >> 32 for window in reference_windows(text)]
    if not windows:
        return [0] * BANDS, [0] * PERMUTATIONS
    least = [min((int(a) * x + int(b)) & 0xFFFFFFFF for x in windows) for a, b in zip(A, B, strict=True)]
    bands = []
    for band in range(BANDS):
        key = ((band + 1) * _GOLDEN) & _MASK
        for value in least[band * ROWS : (band + 1) * ROWS]:
            key = mix(key ^ value)
        bands.append(key)
    return bands, [((value * 0x9E3779B1) & 0xFFFFFFFF) >> 24 for value in least]


def sketches_of_text(text: pa.LargeStringArray) -> Sketches:
    """As `sketches`, of texts as they came."""
    parts = [sketches(piece) for _, piece in pieces(text)]
    if not parts:
        return Sketches(np.zeros((BANDS, 0), np.uint64), np.zeros((0, PERMUTATIONS), np.uint8), np.zeros(0, np.int64))
    return Sketches(
        np.concatenate([part.bands for part in parts], axis=1),
        np.concatenate([part.sketch for part in parts]),
        np.concatenate([part.windows for part in parts]),
    )
