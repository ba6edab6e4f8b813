"""Pairs of rows that share a band key, and how alike they are: estimated from sketches, exact from shingle sets."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from pipeline.kernels.normalise import I64

# In a bucket each living row is paired with its WINDOW predecessors and with the bucket's first WINDOW rows: the best
# copies, since rows stand in order of preference. In a small bucket these are all pairs.
WINDOW = 16

_U64 = types.Array(types.uint64, 1, "C", readonly=True)
_U8S = types.Array(types.uint8, 2, "C", readonly=True)
_COUNT = types.int64[::1]
_32 = np.uint64(32)


@njit(types.int64(types.uint64[::1], types.int64, types.int64, types.uint64[::1], types.int64), nogil=True, cache=True)
def _bucket(members, size, living, out, at):  # type: ignore[no-untyped-def]
    alive = 0
    while alive < size and members[alive] < np.uint64(living):
        alive += 1
    write = len(out) > 0
    for j in range(alive):
        for i in range(min(j, WINDOW)):
            if write:
                out[at] = (members[j] << _32) | members[i]
            at += 1
        for i in range(max(WINDOW, j - WINDOW), j):
            if write:
                out[at] = (members[j] << _32) | members[i]
            at += 1
    for j in range(alive, size):  # contrary rows against living ones
        for i in range(alive if j - alive < WINDOW else min(alive, WINDOW)):
            if write:
                out[at] = (members[j] << _32) | members[i]
            at += 1
    return at


@njit(types.int64(_U64, _U64, types.int64, types.int64, types.uint64[::1]), nogil=True, cache=True)
def _pairs(packed, keys, bits, living, out):  # type: ignore[no-untyped-def]
    low = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64(bits)
    at, begin, n = 0, 0, len(packed)
    while begin < n:
        end = begin + 1
        head = packed[begin] >> shift
        while end < n and packed[end] >> shift == head:
            end += 1
        if end - begin > 1:
            members = np.empty(end - begin, np.uint64)
            done = np.zeros(end - begin, np.uint8)
            # The bits that made room for the rank may have told two keys apart.
            for first in range(end - begin):
                if done[first]:
                    continue
                key = keys[packed[begin + first] & low]
                size = 0
                for j in range(first, end - begin):
                    row = packed[begin + j] & low
                    if keys[row] == key:
                        members[size] = row
                        size += 1
                        done[j] = 1
                if size > 1:
                    at = _bucket(members, size, living, out, at)
        begin = end
    return at


def pairs(keys: NDArray[np.uint64], ranks: NDArray[np.int64], living: int) -> NDArray[np.uint64]:
    """Pairs of ranks that have the same key, as `later << 32 | earlier`, sorted and distinct.

    `keys[r]` is the key of rank r; `ranks` are those to look at; ranks from `living` on are contrary records, which
    are paired with living ones only.
    """
    bits = max(1, int(len(keys) - 1).bit_length())
    packed = ((keys[ranks] >> np.uint64(bits)) << np.uint64(bits)) | ranks.astype(np.uint64)
    packed.sort()
    packed.setflags(write=False)
    frozen = keys.view()
    frozen.setflags(write=False)
    count = _pairs(packed, frozen, bits, living, np.empty(0, np.uint64))
    out = np.empty(max(count, 1), np.uint64)
    _pairs(packed, frozen, bits, living, out)
    return np.unique(out[:count])


@njit(types.void(_U8S, _U8S, _COUNT), nogil=True, cache=True)
def _matches(left, right, out):  # type: ignore[no-untyped-def]
    for i in range(len(left)):
        same = 0
        for k in range(left.shape[1]):
            same += left[i, k] == right[i, k]
        out[i] = same


def matches(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many bytes two sketches share, row by row."""
    out = np.zeros(len(left), np.int64)
    left, right = np.ascontiguousarray(left), np.ascontiguousarray(right)
    left.setflags(write=False)
    right.setflags(write=False)
    _matches(left, right, out)
    return out


@njit(types.void(_U64, I64, I64, I64, I64, types.float64, _COUNT), nogil=True, cache=True)
def _common(values, start, stop, left, right, least, out):  # type: ignore[no-untyped-def]
    for n in range(len(left)):
        i, j = start[left[n]], start[right[n]]
        i_end, j_end = stop[left[n]], stop[right[n]]
        a, b = i_end - i, j_end - j
        if a == 0 or b == 0 or min(a, b) < least * max(a, b):
            out[n] = -1
            continue
        same = 0
        while i < i_end and j < j_end:
            u, v = values[i], values[j]
            same += u == v
            i += u <= v
            j += v <= u
        out[n] = same


def common(
    values: NDArray[np.uint64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    least: float,
) -> NDArray[np.int64]:
    """Size of the intersection of sorted sets `values[start[i]:stop[i]]`, pair by pair.

    -1 where a set is empty, or where the sizes alone put the pair below the Jaccard similarity `least`.
    """
    values = values.view()
    values.setflags(write=False)
    for array in (start, stop, left, right):
        array.setflags(write=False)
    out = np.zeros(len(left), np.int64)
    _common(values, start, stop, left, right, least, out)
    return out
