"""The bands of length in which texts are counted."""

from __future__ import annotations

from pipeline.papers.words import Words

EDGES = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000)  # characters


def band(edge: int, words: Words) -> str:
    """The lengths from an edge (or 0) up to the next one."""
    higher = next((one for one in EDGES if one > edge), None)
    return words("band_last", low=edge) if higher is None else words("band", low=edge, high=higher - 1)
