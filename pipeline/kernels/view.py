"""What a detector is shown of a text: running words in paragraphs, without fences, tags, addresses, capitals."""

from __future__ import annotations

# numba compiles the kernels by the signature in their decorator; in Python they have no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit, types
from numpy.typing import NDArray

from pipeline.kernels.characters import ASSIGNED, FLAGS, LOWER, NFC, SIZE, SPACE
from pipeline.kernels.normalise import buffers

U8 = types.Array(types.uint8, 1, "C", readonly=True)
U32 = types.Array(types.uint32, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C", readonly=True)

# A text longer than WHOLE bytes is looked at through WINDOWS windows of WINDOW bytes, evenly spaced (measured: the
# share of a second language is found to .00 with twenty windows, the main language with three).
WHOLE, WINDOWS, WINDOW = 8_192, 20, 400

LETTER, UPPER, CODE = np.uint8(1), np.uint8(2), np.uint8(4)
DENSE = np.uint8(8)  # scripts in which one character carries about as much as three Latin letters

SCRIPTS: tuple[str, ...] = (
    "Zzzz",
    "Latn",
    "Grek",
    "Cyrl",
    "Armn",
    "Hebr",
    "Arab",
    "Deva",
    "Beng",
    "Guru",
    "Gujr",
    "Orya",
    "Taml",
    "Telu",
    "Knda",
    "Mlym",
    "Sinh",
    "Thai",
    "Laoo",
    "Tibt",
    "Mymr",
    "Geor",
    "Hang",
    "Ethi",
    "Khmr",
    "Kana",
    "Hani",
)
_RANGES = """Latn 41-24F 1E00-1EFF 2C60-2C7F A720-A7FF FB00-FB06 FF21-FF5A;Grek 370-3FF 1F00-1FFF;Cyrl 400-52F 1C80-1C8F
2DE0-2DFF A640-A69F;Armn 530-58F FB13-FB17;Hebr 590-5FF FB1D-FB4F;Arab 600-6FF 750-77F 870-8FF FB50-FDFF FE70-FEFE;
Deva 900-97F A8E0-A8FF;Beng 980-9FF;Guru A00-A7F;Gujr A80-AFF;Orya B00-B7F;Taml B80-BFF;Telu C00-C7F;Knda C80-CFF;
Mlym D00-D7F;Sinh D80-DFF;Thai E00-E7F;Laoo E80-EFF;Tibt F00-FFF;Mymr 1000-109F;Geor 10A0-10FF 1C90-1CBF 2D00-2D2F;
Hang 1100-11FF 3130-318F A960-A97F AC00-D7FF;Ethi 1200-139F 2D80-2DDF;Khmr 1780-17FF;Kana 3040-30FF 31F0-31FF FF66-FF9D;
Hani 2E80-2FDF 3005-3007 3400-4DBF 4E00-9FFF F900-FAFF 20000-323AF"""


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    kind, script = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    for block in _RANGES.replace("\n", " ").split(";"):
        name, *spans = block.split()
        for span in spans:
            low, high = (int(edge, 16) for edge in span.split("-"))
            script[low : high + 1] = SCRIPTS.index(name)
            if name in ("Hang", "Thai", "Laoo", "Khmr", "Mymr", "Kana", "Hani", "Tibt"):
                kind[low : high + 1] |= DENSE
    for point in np.flatnonzero(ASSIGNED).tolist():
        category = unicodedata.category(chr(point))
        if category[0] == "L" or category in ("Mn", "Mc"):
            kind[point] |= LETTER
            if category in ("Lu", "Lt"):
                kind[point] |= UPPER
    for sign in "{}=<>[]_\\|;$*^~`":
        kind[ord(sign)] |= CODE
    kind.setflags(write=False)
    script.setflags(write=False)
    return kind, script


KIND, SCRIPT = _tables()


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Paragraph i is `data[start[i]:stop[i]]`, document d the paragraphs `first[d]` to `first[d + 1]`.

    `letters` counts a paragraph's letters (three for a character of a dense script), `script` is the index in SCRIPTS
    of most of them; `total`, `solid` and `code` count a document's letters, its characters that are no space, and
    those typical of program source. `kana` and `hangul` count a paragraph's letters of these scripts.
    """

    data: NDArray[np.uint8]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    first: NDArray[np.int64]
    letters: NDArray[np.int64]
    script: NDArray[np.int64]
    total: NDArray[np.int64]
    solid: NDArray[np.int64]
    code: NDArray[np.int64]


@njit(types.int64(U8, types.int64, types.int64), nogil=True, cache=True)
def _fence(data, p, end):
    """Where the code block that opens at p ends, or p."""
    mark = data[p]
    q = p + 3
    while q < end - 3:
        if data[q] == 10 and data[q + 1] == mark and data[q + 2] == mark and data[q + 3] == mark:
            q += 4
            while q < end and data[q] != 10:
                q += 1
            return q
        q += 1
    return p


@njit(types.boolean(types.int64), nogil=True, cache=True)
def _alnum(b):
    return 48 <= b <= 57 or 65 <= b <= 90 or 97 <= b <= 122


@njit(types.int64(U8, types.int64, types.int64), nogil=True, cache=True)
def _address(data, p, end):
    """Where the web address that begins at p ends, or p."""
    q = p
    if data[p] == 119:  # www.
        if p + 4 < end and data[p + 1] == 119 and data[p + 2] == 119 and data[p + 3] == 46:
            q = p + 4
    else:
        while q < end and q < p + 6 and 97 <= data[q] <= 122:
            q += 1
        if not (q > p + 2 and q + 3 < end and data[q] == 58 and data[q + 1] == 47 and data[q + 2] == 47):
            return p
    if q == p:
        return p
    while q < end and 32 < data[q] < 127 and data[q] != 60 and data[q] != 62 and data[q] != 34:
        q += 1
    return q


@njit(types.int64(types.uint8[::1], types.int64, types.int64, U32, types.uint8[::1]), nogil=True, cache=True)
def _lower(out, begin, end, lower, scratch):
    """Lower-cases out[begin:end] in place where the length allows it; returns the new end."""
    size = end - begin
    scratch[:size] = out[begin:end]
    p, o = 0, begin
    while p < size:
        b = np.int64(scratch[p])
        n = 1 if b < 128 else 2 if b < 0xE0 else 3 if b < 0xF0 else 4
        c = b if n == 1 else b & (0xFF >> (n + 1))
        for k in range(1, n):
            c = (c << 6) | (np.int64(scratch[p + k]) & 63)
        d = np.int64(lower[c])
        m = 1 if d < 128 else 2 if d < 0x800 else 3 if d < 0x10000 else 4
        if m > n:
            d, m = c, n
        if m == 1:
            out[o] = d
        elif m == 2:
            out[o], out[o + 1] = 0xC0 | (d >> 6), 0x80 | (d & 63)
        elif m == 3:
            out[o], out[o + 1], out[o + 2] = 0xE0 | (d >> 12), 0x80 | ((d >> 6) & 63), 0x80 | (d & 63)
        else:
            out[o], out[o + 1] = 0xF0 | (d >> 18), 0x80 | ((d >> 12) & 63)
            out[o + 2], out[o + 3] = 0x80 | ((d >> 6) & 63), 0x80 | (d & 63)
        p += n
        o += m
    return o


@njit(
    types.Tuple((types.int64, types.int64))(
        U8, I64, U8, U8, U8, U32, types.boolean, types.int64, types.int64, types.int64,
        types.uint8[::1], types.int64[::1], types.int64[::1], types.int64[::1], types.int64[::1], types.int64[::1],
        types.int64[::1], types.int64[::1], types.int64[::1], types.uint8[::1], types.boolean,
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def _view(data, offsets, kind, script_of, flags, lower, composed, whole, windows, window,
          out, start, stop, first, letters, script, total, solid, code, unsettled, sampled):  # fmt: skip
    o, spans = 0, 0
    counts = np.zeros(32, np.int64)
    scratch = np.empty(max(whole, window * windows) + 64, np.uint8)
    for d in range(len(offsets) - 1):
        first[d] = spans
        a, z = offsets[d], offsets[d + 1]
        parts = 1 if z - a <= whole or not sampled else windows
        doc_o, doc_spans = o, spans
        settled = True
        total[d], solid[d], code[d] = 0, 0, 0
        for k in range(parts):
            p, end = a, z
            if parts > 1:
                p = a + (z - a - window) * k // (windows - 1)
                end = p + window
                while p < end and (data[p] & 0xC0) == 0x80:
                    p += 1
                while end < z and (data[end] & 0xC0) == 0x80:
                    end += 1
            begin, span_letters, line_letters, caps = o, 0, 0, 0
            before, line_start = 32, True
            while p <= end:
                b = np.int64(data[p]) if p < end else 10
                last = p == end
                if b == 10:
                    blank = line_start
                    line_start = True
                    p += 1
                    if before != 32:
                        out[o] = 32
                        o += 1
                        before = 32
                    if last or (blank and span_letters) or line_letters >= 100 or span_letters >= 200:
                        if span_letters:
                            if 10 * caps > 6 * span_letters and o - begin < len(scratch):
                                o = _lower(out, begin, o, lower, scratch)
                            start[spans], stop[spans], letters[spans] = begin, o, span_letters
                            best = 0
                            for s in range(len(counts)):
                                if counts[s] > counts[best]:
                                    best = s
                            # Japanese is written with both; Kana decides, since Chinese has none of it.
                            if best == 26 and 10 * counts[25] > counts[26]:
                                best = 25
                            script[spans] = best
                            total[d] += span_letters
                            spans += 1
                            counts[:] = 0
                        else:
                            o = begin
                        begin, span_letters, caps = o, 0, 0
                    line_letters = 0
                    continue
                if b == 96 or b == 126:
                    if line_start and p + 3 < end and data[p + 1] == b and data[p + 2] == b:
                        q = _fence(data, p, end)
                        if q > p:
                            p = q
                            continue
                elif b == 104 or b == 119 or b == 102:
                    if not _alnum(before):
                        q = _address(data, p, end)
                        if q > p:
                            p, line_start = q, False
                            continue
                elif b == 64:  # a mail address or a name: what was written of it is taken back
                    while o > begin and (
                        _alnum(np.int64(out[o - 1])) or out[o - 1] == 46 or out[o - 1] == 45 or out[o - 1] == 95
                    ):
                        if kind[out[o - 1]] & 1:
                            span_letters -= 1
                            line_letters -= 1
                            counts[1] -= 1
                            if kind[out[o - 1]] & 2:
                                caps -= 1
                        solid[d] -= 1
                        o -= 1
                    before = 32
                    p += 1
                    while p < end and (_alnum(np.int64(data[p])) or data[p] == 46 or data[p] == 45 or data[p] == 95):
                        p += 1
                    continue
                elif b == 35 and before == 32 and p + 1 < end and data[p + 1] > 64:  # #tag
                    while p < end and data[p] > 32:
                        p += 1
                    continue
                elif (
                    b == 60
                    and p + 1 < end
                    and (_alnum(np.int64(data[p + 1])) or data[p + 1] == 47 or data[p + 1] == 33)
                ):
                    q = p + 1
                    while q < end and q < p + 1000 and data[q] != 62 and data[q] != 60:
                        q += 1
                    if q < end and data[q] == 62:
                        if before != 32:
                            out[o] = 32
                            o += 1
                            before = 32
                        p = q + 1
                        continue
                n = 1 if b < 128 else 2 if b < 0xE0 else 3 if b < 0xF0 else 4
                n = min(n, end - p)
                c = b
                if n > 1:
                    c = b & (0xFF >> (n + 1))
                    for j in range(1, n):
                        c = (c << 6) | (np.int64(data[p + j]) & 63)
                    if c >= 0x110000:
                        c = 0xFFFD
                if flags[c] & 1:  # a space
                    if before != 32:
                        out[o] = 32
                        o += 1
                        before = 32
                    p += n
                    continue
                if not composed and flags[c] & 4:
                    settled = False
                line_start = False
                solid[d] += 1
                mark = kind[c]
                if mark & 1:
                    weight = 3 if mark & 8 else 1
                    span_letters += weight
                    line_letters += weight
                    counts[script_of[c]] += weight
                    if mark & 2:
                        caps += 1
                elif mark & 4:
                    code[d] += 1
                for j in range(n):
                    out[o + j] = data[p + j]
                o += n
                p += n
                before = b if n == 1 else 200
        if not settled:
            unsettled[d] = 1
            o, spans = doc_o, doc_spans
    first[len(offsets) - 1] = spans
    return spans, o


def view(text: pa.LargeStringArray, sampled: bool = True) -> View:
    """The detection view of every text; a text that may not be in form C is composed by Python first.

    With `sampled` texts over WHOLE bytes are seen through evenly spaced windows, else whole.
    """
    if text.null_count:
        text = text.fill_null("")
    found, unsettled = _run(text, False, sampled)
    if unsettled.any():
        values = [
            unicodedata.normalize("NFC", value) if late else value
            for value, late in zip(text.to_pylist(), unsettled.tolist(), strict=True)
        ]
        found, _ = _run(pa.array(values, pa.large_string()), True, sampled)
    return found


def _run(text: pa.LargeStringArray, composed: bool, sampled: bool) -> tuple[View, NDArray[np.uint8]]:
    data, offsets = buffers(text)
    docs, size = len(text), int(offsets[-1] - offsets[0])
    lines = int(np.count_nonzero(data[offsets[0] : offsets[-1]] == 10))
    most = lines + docs * WINDOWS + 1
    start, stop, letters, script = (np.zeros(most, np.int64) for _ in range(4))
    first = np.zeros(docs + 1, np.int64)
    total, solid, code = (np.zeros(docs, np.int64) for _ in range(3))
    unsettled = np.zeros(docs, np.uint8)
    out = np.empty(size + docs * (WINDOWS + 2) + 64, np.uint8)
    n, used = _view(
        data, offsets, KIND, SCRIPT, FLAGS, LOWER, composed, WHOLE, WINDOWS, WINDOW,
        out, start, stop, first, letters, script, total, solid, code, unsettled, sampled,
    )  # fmt: skip
    return View(out[:used], start[:n], stop[:n], first, letters[:n], script[:n], total, solid, code), unsettled


assert int(SPACE) == 1 and int(NFC) == 4  # noqa: S101  the kernel has them as literals
