"""Words, stems and phrases of a list counted in many texts at once: the word-list side of telling varieties apart."""

from __future__ import annotations

# numba compiles the kernels by the signature in their decorator; in Python they have no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
from collections.abc import Sequence

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from pipeline.kernels.characters import LOWER
from pipeline.kernels.view import KIND

U8 = types.Array(types.uint8, 1, "C", readonly=True)
U32 = types.Array(types.uint32, 1, "C", readonly=True)
U64 = types.Array(types.uint64, 1, "C", readonly=True)
I32 = types.Array(types.int32, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C", readonly=True)

_SEED, _PRIME, _JOIN = 0xCBF29CE484222325, 0x100000001B3, 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_STEM = 0x5851F42D4C957F2D
_SHORTEST_STEM = 3


def _word(word: str) -> int:
    value = _SEED
    for c in word:
        value = ((value ^ int(LOWER[ord(c)])) * _PRIME) & _MASK
    return value


def _entry(entry: str) -> int:
    words = entry.removesuffix("*").split()
    value = _word(words[0])
    for word in words[1:]:
        value = ((value * _JOIN) ^ _word(word)) & _MASK
    return value ^ _STEM if entry.endswith("*") else value


class Lexicon:
    """A list of entries: `word`, `two words`, `three word phrase`, `stem*` (at least three letters before the star).

    Words are compared without case; a word is a run of letters. Raises ValueError for an entry of another form.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        self.entries = tuple(entries)
        size = 1 << max(6, (4 * len(entries)).bit_length())
        self.keys, self.values = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
        for index, entry in enumerate(self.entries):
            bare = entry.removesuffix("*")
            words = bare.split()
            stem_ok = not entry.endswith("*") or (len(words) == 1 and len(bare) >= _SHORTEST_STEM)
            if not 1 <= len(words) <= 3 or not stem_ok or not all(KIND[ord(c)] & 1 for c in "".join(words)):
                raise ValueError(f"{entry!r} is no word, stem or phrase of letters")
            key = _entry(entry)
            at = (key >> 24) & (size - 1)
            while self.values[at] >= 0:
                if int(self.keys[at]) == key:
                    raise ValueError(f"{entry!r} is listed twice")
                at = (at + 1) & (size - 1)
            self.keys[at], self.values[at] = key, index
        self.keys.setflags(write=False)
        self.values.setflags(write=False)

    def count(
        self, data: NDArray[np.uint8], start: NDArray[np.int64], stop: NDArray[np.int64], first: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """Sparse counts over documents of stretches `first[d]` to `first[d + 1]`: document, entry, count; and the
        number of words of every document. Ordered by document, within it by first occurrence."""
        size = int((stop - start).sum()) // 2 + len(start) + 1
        document, entry, number = (
            np.empty(4 * size, np.int64),
            np.empty(4 * size, np.int32),
            np.empty(4 * size, np.int64),
        )
        words = np.zeros(len(first) - 1, np.int64)
        n = _count(
            data,
            start,
            stop,
            first,
            KIND,
            LOWER,
            self.keys,
            self.values,
            len(self.entries),
            document,
            entry,
            number,
            words,
        )
        return document[:n].copy(), entry[:n].copy(), number[:n].copy(), words


@njit(types.int64(U64, I32, types.uint64), nogil=True, cache=True)
def _find(keys, values, key):
    mask = np.uint64(len(keys) - 1)
    at = (key >> np.uint64(24)) & mask
    while values[at] >= 0:
        if keys[at] == key:
            return np.int64(values[at])
        at = (at + np.uint64(1)) & mask
    return -1


@njit(types.int64(U8, I64, I64, I64, U8, U32, U64, I32, types.int64, types.int64[::1], types.int32[::1],
                  types.int64[::1], types.int64[::1]), nogil=True, cache=True)  # fmt: skip
def _count(data, start, stop, first, kind, lower, keys, values, entries, document, entry, number, words):  # fmt: skip
    counts, seen = np.zeros(entries, np.int64), np.empty(entries, np.int64)
    seed, prime, join, stem = np.uint64(_SEED), np.uint64(_PRIME), np.uint64(_JOIN), np.uint64(_STEM)
    nothing = np.uint64(0)
    o = 0
    for d in range(len(first) - 1):
        hits = 0
        for s in range(first[d], first[d + 1]):
            p, end = start[s], stop[s]
            one, two, value, length = nothing, nothing, seed, 0
            while p <= end:
                c, n = np.int64(32), 1
                if p < end:
                    c = np.int64(data[p])
                    if c >= 128:
                        n = 2 if c < 0xE0 else 3 if c < 0xF0 else 4
                        c = c & (0xFF >> (n + 1))
                        for k in range(1, n):
                            c = (c << 6) | (np.int64(data[p + k]) & 63)
                p += n
                if kind[c] & 1:
                    value = (value ^ np.uint64(lower[c])) * prime
                    length += 1
                    if length >= _SHORTEST_STEM:
                        e = _find(keys, values, value ^ stem)
                        if e >= 0:
                            if counts[e] == 0:
                                seen[hits] = e
                                hits += 1
                            counts[e] += 1
                    continue
                if length:
                    words[d] += 1
                    pair = (two * join) ^ value
                    for k in range(3):
                        if (k == 1 and two == nothing) or (k == 2 and one == nothing):
                            break
                        key = value if k == 0 else pair if k == 1 else ((((one * join) ^ two) * join) ^ value)
                        e = _find(keys, values, key)
                        if e >= 0:
                            if counts[e] == 0:
                                seen[hits] = e
                                hits += 1
                            counts[e] += 1
                    one, two = two, value
                    value, length = seed, 0
        for j in range(hits):
            e = seen[j]
            document[o], entry[o], number[o] = d, e, counts[e]
            counts[e] = 0
            o += 1
    return o
