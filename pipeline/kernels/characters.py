"""Frozen character tables (Unicode 14.0.0): what a space, a word, a lower-case form is must not change with Python."""

from __future__ import annotations

import unicodedata
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

SPACE, IGNORABLE, NFC, WORD, MARK, SOLO = (np.uint8(1 << bit) for bit in range(6))
_FLAGS = {"space": SPACE, "ignorable": IGNORABLE, "nfc": NFC, "word": WORD, "mark": MARK, "solo": SOLO}
SIZE = 0x110000


def _load() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint32], NDArray[np.bool_]]:
    flags, ccc = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    lower, assigned = np.arange(SIZE, dtype=np.uint32), np.zeros(SIZE, np.bool_)
    table = files("pipeline.kernels").joinpath("unicode14.tsv").read_text(encoding="ascii")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        name, span, *value = line.split("\t")
        first, _, last = span.partition("-")
        where = slice(int(first, 16), int(last or first, 16) + 1)
        if name == "assigned":
            assigned[where] = True
        elif name == "ccc":
            ccc[where] = int(value[0])
        elif name == "lower":
            lower[where] = (np.arange(where.start, where.stop) + int(value[0])).astype(np.uint32)
        else:
            flags[where] |= _FLAGS[name]
    for array in (flags, ccc, lower, assigned):
        array.setflags(write=False)
    return flags, ccc, lower, assigned


# Of every code point: the flags above, the canonical combining class, the simple lower-case form, known to 14.0.0.
FLAGS, CCC, LOWER, ASSIGNED = _load()


def compose(text: str) -> str:
    """The text without default-ignorable characters, in normalization form C of Unicode 14.0.0 (UAX #15).

    A character that 14.0.0 does not know is a starter without mappings there, so it divides the text; the stretches
    between have the same form C in every later version (Unicode's stability policy).
    """
    points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    ignorable = (FLAGS[points] & IGNORABLE) != 0
    if ignorable.any():
        points = points[~ignorable]
        text = points.tobytes().decode("utf-32-le")
    parts, start = [], 0
    for unknown in np.flatnonzero(~ASSIGNED[points]).tolist():
        parts += [unicodedata.normalize("NFC", text[start:unknown]), text[unknown]]
        start = unknown + 1
    parts.append(unicodedata.normalize("NFC", text[start:]))
    return "".join(parts)
