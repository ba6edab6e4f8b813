"""Many words at once in the bytes of a page: where each of them stands, in one pass, before any parse.

Half of all windows of four bytes, those at even offsets, are looked up in a table of hashes that one window of each
word must meet (Rabin and Karp's search for many patterns); what the table has is compared byte by byte. The cost does
not grow with the number of words; looking for one after the other costs more than the parse that it is meant to save.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

Windows: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]

MAX_WINDOWS = 50_000  # compared byte by byte
_WIDTH = 4  # bytes of a window
_STEP = 2  # between the windows that are looked at: a word needs one window for every remainder
_FOLD = 0x20  # this bit apart, small and capital ASCII letters are equal, and some other bytes with them
_RARE = {letter: rank for rank, letter in enumerate(b" e-tao/i.nsrhldcumfpgwybvkxjqz")}
# Windows that nearly every page has many times, whatever it is about.
_COMMON = frozenset((b"type", b"over", b"comm", b".org", b"org/", b"ocum", b"docu", b"prop", b"publ", b"ubli"))
_HASHES = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B))  # odd; a window has to meet both tables


class ByteSearch:
    """A search for `words`: each with the ways it may be written, lower-cased bytes, three at least.

    Raises ValueError for a shorter one.
    """

    def __init__(self, words: Mapping[str, tuple[bytes, ...]]) -> None:
        self._wanted: dict[int, list[tuple[str, bytes, int, int]]] = {}  # its reach before and behind a window's start
        self._at_end: list[tuple[str, bytes]] = []
        for word, parts in words.items():
            for part in parts:
                self._add(word, part)
        windows = np.fromiter(self._wanted, "<u4")
        self._tables = [np.zeros(1 << 16, bool) for _ in _HASHES]
        for table, factor in zip(self._tables, _HASHES, strict=True):
            table[_slots(windows, factor)] = True

    def _add(self, word: str, part: bytes) -> None:
        if len(part) < _WIDTH - 1:
            raise ValueError(f"too short to be looked for: {part!r}")
        for remainder in range(_STEP):
            whole = range(remainder, len(part) - _WIDTH + 1, _STEP)
            if whole:
                at = max(whole, key=lambda start: _rarity(part[start : start + _WIDTH]))
                windows = [part[at : at + _WIDTH]]
            elif remainder:  # too short for a whole window there: any byte may stand before it, or behind it
                at, windows = -1, [bytes([other]) + part[: _WIDTH - 1] for other in range(256)]
            else:
                at, windows = 0, [part + bytes([other]) for other in range(256)]
                self._at_end.append((word, part))
            for window in {int.from_bytes(window, "little") | _folds() for window in windows}:
                self._wanted.setdefault(window, []).append((word, part, at, len(part) - at))

    def find(self, source: bytes) -> dict[str, list[int]]:
        """Where each word stands, as offsets in ascending order, ASCII letters in any case; words that stand nowhere
        have no entry. Where more than MAX_WINDOWS windows fit, whatever may stand there has one without offsets."""
        found: dict[str, list[int]] = {}
        windows, places = self._candidates(source)
        if len(windows) > MAX_WINDOWS:
            return {word: [] for window in np.unique(windows).tolist() for word, *_ in self._wanted.get(window, ())}
        for window, at in zip(windows.tolist(), places.tolist(), strict=True):
            for word, part, before, behind in self._wanted.get(window, ()):
                if source[at - before : at + behind].lower() == part:
                    found.setdefault(word, []).append(at - before)
        for word, part in self._at_end:  # no window reaches beyond the last byte
            start = len(source) - len(part)
            if start % _STEP == 0 and source[start:].lower() == part and start >= 0:
                found.setdefault(word, []).append(start)
        return {word: sorted(offsets) for word, offsets in found.items()}

    def _candidates(self, source: bytes) -> tuple[Windows, np.ndarray[tuple[int], np.dtype[np.intp]]]:
        """Windows that both tables have, and their offsets."""
        windows: list[Windows] = []
        places: list[np.ndarray[tuple[int], np.dtype[np.intp]]] = []
        for shift in range(0, _WIDTH, _STEP):
            count = max(0, len(source) - shift) // _WIDTH
            view = np.frombuffer(source, "<u4", count, min(shift, len(source))) | np.uint32(_folds())
            at = np.flatnonzero(self._tables[0].take(_slots(view, _HASHES[0])))
            view = view[at]
            both = self._tables[1].take(_slots(view, _HASHES[1]))
            windows.append(view[both])
            places.append(at[both] * _WIDTH + shift)
        return np.concatenate(windows), np.concatenate(places)


def _folds() -> int:
    return int.from_bytes(bytes([_FOLD]) * _WIDTH, "little")


def _rarity(window: bytes) -> int:
    """How seldom other words have this window, by its letters."""
    return -1 if window in _COMMON else sum(_RARE.get(letter, 15) for letter in window)


def _slots(windows: Windows, factor: np.uint32) -> Windows:
    """A hash of each window, of 16 bits: the upper half of the product."""
    product = windows * factor
    product >>= np.uint32(16)
    return product
