"""How far a run is, on stderr."""

from __future__ import annotations

import sys
import time

PHASES = {
    "lines": "counting lines",
    "repeats": "counting repeated lines",
    "repeated": "finding repeated lines",
    "pool": "gather: regions",
    "judge": "gather: regions",
    "index": "gather: keys",
    "ids": "gather: doubled ids",
    "copies": "gather: copies",
    "near-rank": "gather: near copies",
    "near-bands": "gather: near copies, bands",
    "near-candidates": "gather: near copies, candidates",
    "near-texts": "gather: near copies, candidates read",
    "near-checks": "gather: near copies, compared",
    "near-changes": "gather: near copies, chosen",
    "verdicts": "gather: verdicts",
}


class Progress:
    """A line on stderr for every phase: units, rows, rows a second, time left. One line a second at most."""

    def __init__(self) -> None:
        self._phase, self._start, self._last = "", 0.0, 0.0
        self._live = sys.stderr.isatty()

    def __call__(self, phase: str, done: int, total: int, rows: int) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._start = phase, now
        ended = done == total
        if (not ended and now - self._last < 1) or not total:
            return
        self._last = now
        seconds = now - self._start
        parts = [f"{PHASES.get(phase, phase)}: {done:,} of {total:,} units"]
        if rows:
            parts.append(f"{rows:,} rows, {rows / max(seconds, 1e-3):,.0f} rows/s")
        if 0 < done < total:
            parts.append(f"{seconds / done * (total - done):,.0f} s left")
        end = "\n" if ended or not self._live else "\r"
        print(", ".join(parts), file=sys.stderr, end=end, flush=True)  # noqa: T201
