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
_F64 = types.Array(types.float64, 1, "C", readonly=True)
_BOOL = types.Array(types.boolean, 1, "C", readonly=True)
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


@njit(types.int64(_U64, _U64, _U64, types.int64, types.int64, types.uint64[::1]), nogil=True, cache=True)
def _pairs(packed, keys, ranks, bits, living, out):  # type: ignore[no-untyped-def]
    shift = np.uint64(bits)
    low = (np.uint64(1) << shift) - np.uint64(1)
    at, begin, n = 0, 0, len(packed)
    while begin < n:
        end = begin + 1
        head = packed[begin] >> shift
        while end < n and packed[end] >> shift == head:
            end += 1
        if end - begin > 1:
            members = np.empty(end - begin, np.uint64)
            done = np.zeros(end - begin, np.uint8)
            # The bits that made room for the place may have told two keys apart.
            for first in range(end - begin):
                if done[first]:
                    continue
                key = keys[packed[begin + first] & low]
                size = 0
                for j in range(first, end - begin):
                    place = packed[begin + j] & low
                    if keys[place] == key:
                        members[size] = ranks[place]
                        size += 1
                        done[j] = 1
                if size > 1:
                    members[:size].sort()
                    at = _bucket(members, size, living, out, at)
        begin = end
    return at


def pairs(keys: NDArray[np.uint64], ranks: NDArray[np.uint64], living: int) -> NDArray[np.uint64]:
    """Pairs of rows that have the same key, as `later << 32 | earlier` in ranks, sorted and distinct.

    Row i has `keys[i]` and `ranks[i]` (below 2**32); ranks from `living` on are contrary records, which are paired
    with living ones only. The answer does not depend on the order of the rows.
    """
    bits = max(1, (len(keys) - 1).bit_length())
    packed = ((keys >> np.uint64(bits)) << np.uint64(bits)) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    frozen = [np.ascontiguousarray(array).view() for array in (packed, keys, ranks)]
    for array in frozen:
        array.setflags(write=False)
    count = _pairs(frozen[0], frozen[1], frozen[2], bits, living, np.empty(0, np.uint64))
    out = np.empty(max(count, 1), np.uint64)
    _pairs(frozen[0], frozen[1], frozen[2], bits, living, out)
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


@njit(types.void(I64, I64, _F64, _BOOL, _BOOL, _COUNT, types.float64[::1]), nogil=True, cache=True)
def _greedy(later, earlier, similarity, weak, fixed, partner, best):  # type: ignore[no-untyped-def]
    for n in range(len(later)):
        row, other = later[n], earlier[n]
        if fixed[row] or (partner[other] >= 0):
            continue  # it is no copy of what is a copy itself
        known = partner[row]
        if known < 0 or (weak[known] and not weak[other]) or (weak[known] == weak[other] and similarity[n] > best[row]):
            partner[row], best[row] = other, similarity[n]


def greedy(
    later: NDArray[np.int64],
    earlier: NDArray[np.int64],
    similarity: NDArray[np.float64],
    weak: NDArray[np.bool_],
    fixed: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which row each row is a copy of (-1: of none), and how alike they are; pairs sorted by `later`, then `earlier`.

    A row is a copy if an earlier row alike to it is none. Among several the most alike is named, the `weak` ones last;
    a `fixed` row is never a copy.
    """
    partner, best = np.full(len(weak), -1, np.int64), np.zeros(len(weak), np.float64)
    arrays = [np.ascontiguousarray(array).view() for array in (later, earlier, similarity, weak, fixed)]
    for array in arrays:
        array.setflags(write=False)
    _greedy(arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], partner, best)
    return partner, best
