"""The 128-bit fingerprint of a text: the first half of SHA-256 over its normalised form. See SIGNATURES.md."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.kernels.normalise import PROFILE, Normalised, pieces, reference

__all__ = ["PROFILE", "fingerprint", "fingerprints", "of_normalised"]


def fingerprint(text: str) -> tuple[int, int]:
    """One text's fingerprint in plain Python: high and low 64 bits; (0, 0), none, where nothing is left to compare."""
    normalised = reference(text)
    if not normalised:
        return 0, 0
    digest = sha256(normalised.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def fingerprints(text: pa.LargeStringArray) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """High and low halves, one each a text. Both are 0 (no fingerprint) for null and for text of white space only.

    A hash that resists forgery is chosen (FIPS 180-4), because whoever can forge one could have another's text taken
    for a copy of his own; and any tool can compute it, so a rightholder can hand in fingerprints without the works.
    """
    high, low = np.zeros(len(text), np.uint64), np.zeros(len(text), np.uint64)
    for row, piece in pieces(text):
        high[row : row + len(piece)], low[row : row + len(piece)] = of_normalised(piece)
    return high, low


def of_normalised(texts: Normalised) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """As `fingerprints`, of texts that are normalised already."""
    view = texts.data.data
    digests = b"".join(
        [sha256(view[a:b]).digest()[:16] for a, b in zip(texts.start.tolist(), texts.stop.tolist(), strict=True)]
    )
    halves = np.frombuffer(digests, ">u8").astype(np.uint64).reshape(-1, 2)
    halves[texts.start == texts.stop] = 0
    return np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])
