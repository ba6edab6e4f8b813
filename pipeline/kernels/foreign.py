"""Paragraphs of a text that are in languages nobody asked for: which to leave out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

import pyarrow as pa

from pipeline.kernels import identify as kernel
from pipeline.kernels.identify import NO_LANGUAGE, SEVERAL, SURE, UNDETERMINED

# Of texts of this length 999 in 1,000 are told rightly (tests/bench/language.py); a shorter stretch (a title) stays.
LEAST = 200  # characters of a stretch, white space not counted at its ends


def spans(text: str, stay: Collection[str]) -> list[tuple[int, int]]:
    """Stretches of whole lines, [start, stop) in code points, that are surely in one language, and not of `stay`.

    Lines that tell no language go with the stretch that encloses them and stay beside it.
    """
    lines = text.splitlines(keepends=True)
    found = kernel.identify(pa.array([*lines, ""], pa.large_string()))  # an array of none is not what a kernel expects
    labels = [
        None if tag in (UNDETERMINED, NO_LANGUAGE, SEVERAL) else str(tag) if score >= SURE and tag not in stay else ""
        for tag, score in zip(found.tag[:-1].tolist(), found.score[:-1].tolist(), strict=True)
    ]
    stretches = [(start, stop) for start, stop in _stretches(lines, labels)]
    if not stretches:
        return []
    # Once more as a whole: what single lines seemed to be the stretch must be, too.
    again = kernel.identify(pa.array([text[start:stop] for start, stop in stretches], pa.large_string()))
    return [
        span
        for span, tag, score in zip(stretches, again.tag.tolist(), again.score.tolist(), strict=True)
        if score >= SURE and tag not in (*stay, UNDETERMINED, NO_LANGUAGE, SEVERAL)
    ]


def _stretches(lines: list[str], labels: list[str | None]) -> Iterator[tuple[int, int]]:
    """From the first to the last line of one unwanted language with none of another between them, if long enough."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    told = [at for at, label in enumerate(labels) if label is not None]
    for label, group in groupby(told, key=lambda at: labels[at]):
        at = list(group)
        start, stop = starts[at[0]], starts[at[-1] + 1]
        if label and len("".join(lines[at[0] : at[-1] + 1]).strip()) >= LEAST:
            yield start, stop
