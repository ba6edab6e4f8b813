"""Which language a text is in, in which parts, and how surely: both detectors, scripts, letters and close varieties."""

from __future__ import annotations

# numba compiles the kernels by the signature in their decorator; in Python they have no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
import itertools
import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numba import njit, types
from numpy.typing import NDArray

from pipeline.kernels import alphabets, langdetect, langid
from pipeline.kernels.close import resolve
from pipeline.kernels.view import KIND, SCRIPTS, View, view

UNDETERMINED, NO_LANGUAGE, SEVERAL = "und", "zxx", "mul"

SURE = 0.9  # py3langid at this score: .997 to 1.00 right at 200, 50 and 20 characters (measured)
FEW, SHORT = 20, 60  # letters: fewer are no evidence; below SHORT both detectors must agree
MAIN = 0.8  # share that makes a language the language of the text
LEAST_LETTERS = 0.3  # of the characters that are no space; fewer are numbers, tables, drawings
MOST_CODE = 0.1  # braces, semicolons … among them; prose has a fiftieth
FOREIGN = 0.02  # letters that the language does not have
CHECKED = 50  # of so many texts that the first detector is sure of, the second is asked about one: it changes nothing
SECOND = 600  # characters that the second detector reads
PARTS = 8
_SAMPLED = 4_096

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_F32 = types.Array(types.float32, 1, "C", readonly=True)
# The first detector's `no` is Bokmål: it has `nn` beside it. langdetect's too.
_TAGS = {"no": "nb", "uzs": "uz"}


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """Of every text: BCP 47 `tag` (und, zxx, mul where no one language can be told), `score` 0 to 1, the shares of its
    parts (tag, share of the letters, largest first) and `main`, the tag of the largest part; `part` is the language of
    every paragraph of `view`, of its index in `names`. `checked`: where the first detector was sure and the second was
    asked all the same (a sample that depends on the text alone), whether it agreed; else None."""

    tag: NDArray[np.object_]
    score: NDArray[np.float64]
    shares: list[list[tuple[str, float]]]
    main: NDArray[np.object_]
    part: NDArray[np.int32]
    view: View
    disputed: NDArray[np.bool_]
    checked: list[bool | None]


@cache
def _names() -> NDArray[np.object_]:
    return np.array([*(_TAGS.get(name, name) for name in langid.model().labels), UNDETERMINED], object)


@cache
def _fits() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]]:
    labels = langid.model().labels
    only = np.array([labels.index(alphabets.ONLY[s]) if s in alphabets.ONLY else -1 for s in SCRIPTS], np.int32)
    return alphabets.scripts(labels), alphabets.letters(labels), only


@cache
def _second() -> NDArray[np.int32]:
    """The cluster of the first detector's labels that each label of the second means; -2 where it has none."""
    m = langid.model()
    names = [langdetect.NAMES.get(name, name) for name in langdetect.profiles().labels]
    return np.array([m.cluster[m.labels.index(name)] if name in m.labels else -2 for name in names], np.int32)


@njit(
    types.void(
        _I64,
        _I64,
        _I32,
        _F32,
        types.int64,
        types.int32[::1],
        types.int32[:, ::1],
        types.float64[:, ::1],
        types.float64[::1],
    ),
    nogil=True,
    cache=True,
)
def _merge(first, letters, label, score, labels, part, best, share, mean):
    """Neighbour smoothing and shares. `label` -1: unknown, -2: no language; they are counted last and not at all."""
    weight, sure = np.zeros(labels + 1, np.int64), np.zeros(labels + 1, np.int64)
    for d in range(len(first) - 1):
        a, z = first[d], first[d + 1]
        weight[:] = 0
        sure[:] = 0
        certain = 0
        for s in range(a, z):
            part[s] = label[s]
            if label[s] >= 0 and score[s] >= 0.9 and letters[s] >= 60:
                sure[label[s]] += letters[s]
                certain += 1
        if certain:
            last = np.int32(-1)
            for s in range(a, z):
                if label[s] >= 0 and score[s] >= 0.9 and letters[s] >= 60:
                    last = label[s]
                elif label[s] != -2 and (letters[s] < 60 or label[s] >= 0):
                    # A short or unsure paragraph keeps its language if the text has some of it for sure.
                    if label[s] >= 0 and sure[label[s]] > 0:
                        continue
                    if last < 0:
                        for t in range(s + 1, z):
                            if label[t] >= 0 and score[t] >= 0.9 and letters[t] >= 60:
                                last = label[t]
                                break
                    part[s] = last
        total = 0
        for s in range(a, z):
            if part[s] != -2:
                k = part[s] if part[s] >= 0 else labels
                weight[k] += letters[s]
                total += letters[s]
        for r in range(best.shape[1]):
            best[d, r], share[d, r] = -2, 0.0
            top = 0
            for k in range(1, labels + 1):
                if weight[k] > weight[top]:
                    top = k
            if weight[top] == 0:
                break
            best[d, r] = top if top < labels else -1
            share[d, r] = weight[top] / total
            weight[top] = 0
        heavy, summed = 0.0, 0.0
        for s in range(a, z):
            if part[s] >= 0 and part[s] == best[d, 0]:
                heavy += letters[s]
                summed += letters[s] * (score[s] if label[s] == part[s] else 0.5)
        mean[d] = summed / heavy if heavy else 0.0


def warm() -> None:
    """Loads both models, so that what is timed next is the work. The kernels are compiled, once, when their modules are
    imported, which the parent does with the configuration before a worker starts."""
    identify(
        pa.array(["Jeder hat das Recht auf Bildung. Die Bildung ist unentgeltlich."], pa.large_string()), strict=True
    )


def identify(text: pa.LargeStringArray, strict: bool = False, sampled: bool = True) -> Identified:
    """The language of every text (null is empty). With `strict` the second detector must agree on every text.

    Thresholds and their measured accuracies: the constants above; the sources are the papers and trials named in
    pipeline/data/languages/README.md.
    """
    m, (script_ok, letter_ok, only) = langid.model(), _fits()
    seen = view(text, sampled)
    parts, whole = langid.classify(seen.data, seen.start, seen.stop, seen.first)
    zxx = m.labels.index("zxx")
    docs = len(seen.first) - 1

    # What the detector says must fit the script and the letters of each paragraph.
    fits = script_ok[parts.label, seen.script] == 1
    named = np.where(fits, parts.label, only[seen.script]).astype(np.int32)
    score = np.where(fits, parts.group, np.where(named >= 0, np.float32(SURE), np.float32(0))).astype(np.float32)
    foreign = alphabets.foreign(seen.data, seen.start, seen.stop, named, KIND, letter_ok)
    odd = (foreign > FOREIGN * seen.letters) & (foreign >= 3)
    named[odd], score[odd] = -1, 0.0
    label = np.where(named >= 0, m.cluster[named], -1).astype(np.int32)
    label[named == zxx] = -2

    part = np.empty(len(label), np.int32)
    best, share, mean = np.empty((docs, PARTS), np.int32), np.zeros((docs, PARTS)), np.zeros(docs)
    _merge(seen.first, seen.letters, label, score, len(m.labels), part, best, share, mean)

    main = best[:, 0].copy()
    agreed = (main >= 0) & (whole.label >= 0) & (m.cluster[whole.label] == main)
    single = np.diff(seen.first) == 1
    sure = np.where(agreed & ~single, np.maximum(whole.group, mean), mean).astype(np.float64)
    # Within a cluster the detector's own word for the whole text counts (nb or nn); the rest is for the word lists.
    fine = np.where(agreed, whole.label, main)

    disputed = np.zeros(docs, np.bool_)
    asked = (main >= 0) & (strict | (sure < SURE) | (seen.total < SHORT))
    sample = (main >= 0) & ~asked & _sample(text)
    rows = np.flatnonzero(asked | sample)
    checked: list[bool | None] = [None] * docs
    if len(rows):
        spans = [np.arange(seen.first[d], seen.first[d + 1]) for d in rows]
        first = np.concatenate(([0], np.cumsum([len(s) for s in spans]))).astype(np.int64)
        span = np.concatenate(spans)
        other, _ = langdetect.classify(seen.data, seen.start[span], seen.stop[span], first, SECOND)
        second = np.where(other >= 0, _second()[other], -2)
        heard = np.isin(main[rows], _second())  # it knows the language, so its silence means something
        same = second == main[rows]
        for d, knows, agrees in zip(rows.tolist(), heard.tolist(), same.tolist(), strict=True):
            if knows and (strict or sample[d]):
                checked[d] = agrees
        rows, heard, same = rows[asked[rows]], heard[asked[rows]], same[asked[rows]]
        sure[rows] = np.where(same, np.maximum(sure[rows], SURE), sure[rows])
        against = heard & ~same
        sure[rows] = np.where(against & (strict | (seen.total[rows] < SHORT)), np.minimum(sure[rows], 0.5), sure[rows])
        disputed[rows] = against

    names = _names()
    tag = names[fine]
    resolved = resolve(seen, tag)
    shares = [
        [
            (resolved[d] if r == 0 and main[d] >= 0 else names[best[d, r]], float(share[d, r]))
            for r in range(PARTS)
            if share[d, r] > 0
        ]
        for d in range(docs)
    ]
    answer = resolved.copy()
    answer[(share[:, 0] < MAIN) & (share[:, 0] > 0)] = SEVERAL
    answer[main == -1] = UNDETERMINED
    answer[main == -2] = NO_LANGUAGE
    thin = (seen.total < LEAST_LETTERS * seen.solid) | (seen.code > MOST_CODE * seen.solid)
    answer[thin] = NO_LANGUAGE
    answer[seen.total < FEW] = UNDETERMINED
    sure[np.isin(answer, [UNDETERMINED, NO_LANGUAGE])] = 0.0
    return Identified(answer, sure, shares, resolved, part, seen, disputed, checked)


def _sample(text: pa.LargeStringArray) -> NDArray[np.bool_]:
    """One of CHECKED texts, by a checksum of its first bytes: the same whatever the batch and the order."""
    offsets, data = (text.buffers()[n] for n in (1, 2))
    if data is None:
        return np.zeros(len(text), np.bool_)
    at = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1].tolist()
    bytes_ = memoryview(data)
    sums = [zlib.crc32(bytes_[a : min(z, a + _SAMPLED)]) for a, z in itertools.pairwise(at)]
    return np.array(sums, np.int64) % CHECKED == 0
