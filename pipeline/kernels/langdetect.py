"""langdetect's profiles summed exactly over all n-grams of a stretch of bytes: a second opinion without chance.

The package draws n-grams at random until one language has nearly all the probability, so its answer depends on a
seed; the sum over all of them is what the drawing approximates (Shuyo Nakatani, Language Detection Library, 2010).
"""

from __future__ import annotations

# numba compiles the kernels by the signature in their decorator; in Python they have no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import langdetect
import numpy as np
from langdetect.utils.ngram import NGram
from numba import njit, types
from numpy.typing import NDArray

U8 = types.Array(types.uint8, 1, "C", readonly=True)
U16 = types.Array(types.uint16, 1, "C", readonly=True)
I32 = types.Array(types.int32, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C", readonly=True)
F32x2 = types.Array(types.float32, 2, "C", readonly=True)

# What the package's detector uses (detector.py: ALPHA_DEFAULT / BASE_FREQ).
ALPHA = 0.5 / 10_000
# Languages of the European Union (and Icelandic, Belarusian) that the package has no profile for; ours are in the
# same format, see pipeline/data/langdetect/README.md. Adding Nynorsk or Galician ruins nb, es and pt (measured).
EXTRA = ("be", "ga", "is", "mt")
# Its `no` is Bokmål; its two Chinese profiles are one language here.
NAMES = {"zh-cn": "zh", "zh-tw": "zh"}


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """`keys` is a hash table of n-grams (three 16-bit characters each; -1: free), `rows` their rows in `logs`."""

    labels: tuple[str, ...]
    character: NDArray[np.uint16]
    keys: NDArray[np.int64]
    rows: NDArray[np.int32]
    logs: NDArray[np.float32]


def _characters() -> NDArray[np.uint16]:
    """Of every character up to U+FFFF what the package makes of it; 0 elsewhere, and the top bit is in `_upper`."""
    return np.array([ord(NGram.normalize(chr(point))) for point in range(0x10000)], np.uint16)


@cache
def profiles() -> Profiles:
    """All profiles of the installed package and our own, loaded once a process."""
    folder = Path(langdetect.__file__).parent / "profiles"
    sources = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())]
    own = files("pipeline").joinpath("data", "langdetect")
    sources += [own.joinpath(f"{name}.json").read_text(encoding="utf-8") for name in EXTRA]
    read = [json.loads(source) for source in sources]
    grams = sorted({gram for profile in read for gram in profile["freq"] if 1 <= len(gram) <= 3})
    grams = [gram for gram in grams if all(ord(c) < 0x10000 for c in gram)]
    index = {gram: row for row, gram in enumerate(grams)}
    table = np.full((len(grams), len(read)), ALPHA, np.float64)
    for column, profile in enumerate(read):
        for gram, count in profile["freq"].items():
            row = index.get(gram)
            if row is not None:
                table[row, column] += count / profile["n_words"][len(gram) - 1]
    size = 1 << (2 * len(grams)).bit_length()
    keys, rows = np.full(size, -1, np.int64), np.zeros(size, np.int32)
    for gram, row in index.items():
        key = 0
        for c in gram:
            key = key << 16 | ord(c)
        at = _slot(key) & (size - 1)
        while keys[at] != -1:
            at = (at + 1) & (size - 1)
        keys[at], rows[at] = key, row
    padded = np.zeros((len(grams), -(-len(read) // 16) * 16), np.float32)
    padded[:, : len(read)] = np.log(table)
    arrays = _characters(), keys, rows, padded
    for array in arrays:
        array.setflags(write=False)
    return Profiles(tuple(profile["name"] for profile in read), *arrays)


def _slot(key: int) -> int:
    return ((key * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF) >> 20


_UPPER = np.array([chr(point).isupper() for point in range(0x10000)], np.uint8)
_UPPER.setflags(write=False)


@njit(
    types.void(
        U8, I64, I64, I64, U16, U8, I64, I32, F32x2, types.int64, types.int64, types.int32[::1], types.float32[::1]
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def _classify(data, start, stop, first, character, upper, keys, rows, logs, languages, most, label, lead):
    width = logs.shape[1]  # padded, so that whole vectors are added
    counts, seen = np.zeros(len(logs), np.int32), np.empty(len(logs), np.int64)
    mask = np.uint64(len(keys) - 1)
    mix = np.uint64(0x9E3779B97F4A7C15)
    sums = np.empty(width, np.float32)
    for d in range(len(first) - 1):
        latin, other, read = 0, 0, 0
        for s in range(first[d], first[d + 1]):
            for p in range(start[s], stop[s]):
                b = data[p]
                read += (b & 0xC0) != 0x80
                latin += 65 <= b <= 122
                other += b >= 0xCC and (b < 0xE1 or b > 0xE1)
        without_latin = 2 * latin < other
        n, distinct, read = 0, 0, 0
        for s in range(first[d], first[d + 1]):
            if read >= most:
                break
            p, end = start[s], stop[s]
            # the last two characters; length of what is in the window, as the package's buffer begins with a space
            one, two, size, capital, before_upper = np.int64(0), np.int64(32), 1, False, False
            while p < end and read < most:
                b = np.int64(data[p])
                w = 1 if b < 128 else 2 if b < 0xE0 else 3 if b < 0xF0 else 4
                c = b
                if w > 1:
                    c = b & (0xFF >> (w + 1))
                    for k in range(1, w):
                        c = (c << 6) | (np.int64(data[p + k]) & 63)
                p += w
                read += 1
                if without_latin and 65 <= c <= 122:
                    continue
                known = c < 0x10000
                up = known and upper[c] == 1
                ch = np.int64(character[c]) if known else np.int64(0)
                if two == 32:
                    size, capital = 1, False
                    if ch == 32:
                        before_upper = False
                        continue
                # window is (one, two) of `size` characters, `ch` comes in
                if up:
                    if before_upper:
                        capital = True
                else:
                    capital = False
                before_upper = up
                if not capital and known:
                    for g in range(1, 4):
                        if g > size + 1:
                            break
                        if g == 1:
                            if ch == 32:
                                continue
                            key = ch
                        elif g == 2:
                            key = (two << 16) | ch
                        else:
                            key = (one << 32) | (two << 16) | ch
                        at = ((np.uint64(key) * mix) >> np.uint64(20)) & mask
                        while keys[at] != -1:
                            if keys[at] == key:
                                r = rows[at]
                                if counts[r] == 0:
                                    seen[distinct] = r
                                    distinct += 1
                                counts[r] += 1
                                n += 1
                                break
                            at = (at + np.uint64(1)) & mask
                one, two = two, ch
                size = min(size + 1, 2)
        sums[:] = np.float32(0.0)
        for j in range(distinct):
            values, times = logs[seen[j]], np.float32(counts[seen[j]])
            counts[seen[j]] = 0
            for k in range(width):
                sums[k] += times * values[k]
        if n == 0:
            label[d], lead[d] = -1, np.float32(0.0)
            continue
        best = 0
        for j in range(1, languages):
            if sums[j] > sums[best]:
                best = j
        second = -1
        for j in range(languages):
            if j != best and (second < 0 or sums[j] > sums[second]):
                second = j
        label[d], lead[d] = best, sums[best] - sums[second]


def classify(
    data: NDArray[np.uint8],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    first: NDArray[np.int64],
    most: int = 10_000,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Of every document (stretches `first[d]` to `first[d + 1]`) the index of the best label, or -1, and its lead.

    The lead over the second language is in natural log units. At most `most` characters are read (the package's
    limit is 10,000). The text should be a detection view: web and mail addresses are not looked for again.
    """
    m, docs = profiles(), len(first) - 1
    label, margin = np.empty(docs, np.int32), np.empty(docs, np.float32)
    _classify(data, start, stop, first, m.character, _UPPER, m.keys, m.rows, m.logs, len(m.labels), most, label, margin)
    return label, margin
