"""py3langid's model walked over Arrow buffers: which language has a stretch of bytes, and how surely."""

from __future__ import annotations

# numba compiles the kernels by the signature in their decorator; in Python they have no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit, types
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

U8 = types.Array(types.uint8, 1, "C", readonly=True)
U16 = types.Array(types.uint16, 1, "C", readonly=True)
U32 = types.Array(types.uint32, 1, "C", readonly=True)
I32 = types.Array(types.int32, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C", readonly=True)
F32 = types.Array(types.float32, 1, "C", readonly=True)
F32x2 = types.Array(types.float32, 2, "C", readonly=True)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The automaton (state × byte → state, state → feature) and the table feature × class, all read-only.

    `column` maps a class to its label's first class, since one label can have several (scripts of one language).
    """

    labels: tuple[str, ...]
    move: NDArray[np.uint32]
    row: NDArray[np.uint32]
    feature: NDArray[np.int32]
    table: NDArray[np.float32]
    prior: NDArray[np.float32]
    column: NDArray[np.int32]
    cluster: NDArray[np.int32]


# Languages whose probabilities are added up before the first detector is believed: it cannot tell them apart
# (knowledge: Serbian in Latin script comes out as Bosnian). Word lists decide within a cluster.
CLUSTERS: tuple[tuple[str, ...], ...] = (("hr", "bs", "sr"), ("no", "nn"), ("uz", "uzs"), ("fa", "prs"))


@cache
def model() -> Model:
    """The model of the installed py3langid, loaded once a process (0.7 s, about 110 MB)."""
    source = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    labels = tuple(source.nb_classes)
    column = np.array([labels.index(label) for label in labels], np.int32)
    cluster = column.copy()
    for names in CLUSTERS:
        known = [labels.index(name) for name in names if name in labels]
        for name in known:
            cluster[cluster == name] = known[0]
    arrays = (
        np.array(source.tk_nextmove, np.uint32),
        np.array(source.tk_row, np.uint32) << np.uint32(8),
        np.array(source.tk_output, np.int32),
        np.ascontiguousarray(source.nb_ptc, np.float32),
        np.array(source.nb_pc, np.float32),
        column,
        cluster,
    )
    for array in arrays:
        array.setflags(write=False)
    return Model(labels, *arrays)


_LOG = np.log1p(np.arange(256, dtype=np.float32))
_LOG.setflags(write=False)


@njit(types.float32(types.int32), nogil=True, cache=True)
def _weight(count):
    return _LOG[count] if count < 256 else np.float32(np.log1p(np.float32(count)))


@njit(
    types.void(
        F32x2,
        F32,
        I32,
        I32,
        types.int64[::1],
        types.int64,
        types.int32[::1],
        types.int64,
        types.float32[::1],
        types.int32[::1],
        types.float32[::1],
        types.float32[::1],
        types.int64,
    ),
    nogil=True,
    cache=True,
)
def _score(table, prior, column, cluster, seen, n, counts, size, scores, label, own, group, at):
    classes = len(prior)
    for k in range(classes):
        scores[k] = np.float32(0.0)
    # Four rows at once: the table is far larger than any cache, and four loads wait no longer than one.
    j = 0
    while j + 4 <= n:
        a, b, c, d = table[seen[j]], table[seen[j + 1]], table[seen[j + 2]], table[seen[j + 3]]
        wa, wb = _weight(counts[seen[j]]), _weight(counts[seen[j + 1]])
        wc, wd = _weight(counts[seen[j + 2]]), _weight(counts[seen[j + 3]])
        for k in range(classes):
            scores[k] += wa * a[k] + wb * b[k] + wc * c[k] + wd * d[k]
        j += 4
    while j < n:
        a, wa = table[seen[j]], _weight(counts[seen[j]])
        for k in range(classes):
            scores[k] += wa * a[k]
        j += 1
    # The package divides by the root of the length, so that the softmax stays calibrated from 20 bytes to 20 KB.
    cool = np.float32(1.0 / np.sqrt(np.float64(max(size, 1))))
    top = np.float32(-np.inf)
    for k in range(classes):
        scores[k] = (scores[k] + prior[k]) * cool
        top = max(top, scores[k])
    total = np.float32(0.0)
    for k in range(classes):
        scores[k] = np.exp(scores[k] - top)
        total += scores[k]
    for k in range(classes):
        if column[k] != k:
            scores[column[k]] += scores[k]
            scores[k] = np.float32(0.0)
    best = 0
    for k in range(1, classes):
        if scores[k] > scores[best]:
            best = k
    together = np.float32(0.0)
    for k in range(classes):
        if cluster[k] == cluster[best]:
            together += scores[k]
    label[at] = best
    own[at] = scores[best] / total
    group[at] = together / total


@njit(
    types.void(
        U8,
        I64,
        I64,
        I64,
        U32,
        U32,
        I32,
        F32x2,
        F32,
        I32,
        I32,
        types.int32[::1],
        types.float32[::1],
        types.float32[::1],
        types.int32[::1],
        types.float32[::1],
        types.float32[::1],
    ),
    nogil=True,
    cache=True,
)
def _classify(data, start, stop, first, move, row, feature, table, prior, column, cluster,
              label, own, group, doc_label, doc_own, doc_group):  # fmt: skip
    features = len(table)
    counts, doc_counts = np.zeros(features, np.int32), np.zeros(features, np.int32)
    seen, doc_seen = np.empty(features, np.int64), np.empty(features, np.int64)
    scores = np.empty(len(prior), np.float32)
    for d in range(len(first) - 1):
        many = first[d + 1] - first[d] > 1
        doc_n, size = 0, 0
        for s in range(first[d], first[d + 1]):
            state, n = np.uint64(0), 0
            for p in range(np.uint64(start[s]), np.uint64(stop[s])):
                state = np.uint64(move[np.uint64(row[state]) + np.uint64(data[p])])
                f = feature[state]
                if f >= 0:
                    if counts[f] == 0:
                        seen[n] = f
                        n += 1
                    counts[f] += 1
            size += stop[s] - start[s]
            if n == 0:
                label[s], own[s], group[s] = -1, np.float32(0.0), np.float32(0.0)
            else:
                _score(table, prior, column, cluster, seen, n, counts, stop[s] - start[s], scores, label, own, group, s)
            for j in range(n):
                f = seen[j]
                if many:
                    if doc_counts[f] == 0:
                        doc_seen[doc_n] = f
                        doc_n += 1
                    doc_counts[f] += counts[f]
                counts[f] = 0
        if many:
            if doc_n == 0:
                doc_label[d], doc_own[d], doc_group[d] = -1, np.float32(0.0), np.float32(0.0)
            else:
                _score(
                    table,
                    prior,
                    column,
                    cluster,
                    doc_seen,
                    doc_n,
                    doc_counts,
                    size,
                    scores,
                    doc_label,
                    doc_own,
                    doc_group,
                    d,
                )
            for j in range(doc_n):
                doc_counts[doc_seen[j]] = 0
        elif first[d + 1] > first[d]:
            s = first[d]
            doc_label[d], doc_own[d], doc_group[d] = label[s], own[s], group[s]
        else:
            doc_label[d], doc_own[d], doc_group[d] = -1, np.float32(0.0), np.float32(0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Of every stretch: index into `Model.labels` (-1: nothing to go by), its probability and that of its cluster."""

    label: NDArray[np.int32]
    own: NDArray[np.float32]
    group: NDArray[np.float32]


def classify(
    data: NDArray[np.uint8], start: NDArray[np.int64], stop: NDArray[np.int64], first: NDArray[np.int64]
) -> tuple[Scores, Scores]:
    """Scores of every stretch `data[start[i]:stop[i]]`, and of every document: stretches `first[d]` to `first[d + 1]`.

    Equals `LanguageIdentifier(norm_probs=True).classify` on the same bytes, up to the rounding of float32 sums. The
    bytes are to be in form C and not all in capitals, as the package would make them.
    """
    m = model()
    n, docs = len(start), len(first) - 1
    parts = Scores(np.empty(n, np.int32), np.empty(n, np.float32), np.empty(n, np.float32))
    whole = Scores(np.empty(docs, np.int32), np.empty(docs, np.float32), np.empty(docs, np.float32))
    _classify(
        data, start, stop, first, m.move, m.row, m.feature, m.table, m.prior, m.column, m.cluster,
        parts.label, parts.own, parts.group, whole.label, whole.own, whole.group,
    )  # fmt: skip
    return parts, whole
