"""Which country's usage a text follows: weighted evidence from spelling, words, formats, declarations and hosts.

No trained classifier: it learns the source (0.97 right on random splits, 0.28 with a source left out; measured). The
tables are pipeline/data/regions/*.toml; a linguist extends them without touching code.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.kernels.view import View
from pipeline.kernels.words import Lexicon

KINDS = ("orthography", "lexis", "format", "declared", "publisher", "subject")
LINGUISTIC = 3  # the first three say how the text is written
CAPS = np.array([7.0, 7.0, 6.0, 4.0, 3.0, 1.5])  # of what one kind can say; subject never decides alone
PIECES = 2  # one word decides nothing: a quotation, a name, a slip
PIECE = 0.7  # least weight of a piece
STRONG = 2.5  # a piece that counts twice: a declaration, a state's own domain, a statute's citation
THROUGHOUT = 3  # places where others need ß: whoever writes ss in all of them does not do it by oversight
LEAD, SUPPORT = 2.0, 0.9  # precision by lead: 0.5 → .958, 1 → .971, 2 → .986, 3 → .995 (measured, German)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One language's evidence: regions (candidates), where they start, a weight for every entry and pattern."""

    language: str
    regions: tuple[str, ...]
    prior: NDArray[np.float64]
    lexicon: Lexicon
    kind: NDArray[np.int64]
    weight: NDArray[np.float64]
    swiss: NDArray[np.bool_]
    inside: Mapping[str, NDArray[np.float64]]
    patterns: tuple[tuple[str, str, int, NDArray[np.float64]], ...]
    eszett: NDArray[np.float64] | None
    no_eszett: NDArray[np.float64] | None


@dataclass(slots=True)
class Evidence:
    """Scores of one text, kind × region of its table, and what they consist of, strongest first when written."""

    scores: NDArray[np.float64]
    pieces: NDArray[np.int64]
    about: NDArray[np.bool_]
    found: list[tuple[float, str]] = field(default_factory=list)

    def add(
        self, kind: str, weight: NDArray[np.float64], what: str, regions: Sequence[str], often: float = 1.0
    ) -> None:
        """One form with its weights for each region, and what they grow by because it stands `often`."""
        weights = weight * often
        self.scores[KINDS.index(kind)] += weights
        if kind == "subject":
            self.about |= weight > 0
        else:  # a form that is repeated is one form
            self.pieces += (weight >= PIECE).astype(np.int64) + (weight >= STRONG)
        said = " ".join(f"{region}{weight:+.1f}" for region, weight in zip(regions, weights, strict=True) if weight)
        if said:
            self.found.append((float(np.abs(weights).max()), f"{kind}: {what} ({said})"))

    def count(self) -> NDArray[np.int64]:
        """Pieces for each region; that a text is about the country bears out one other piece, and counts once."""
        return self.pieces + self.about

    def written(self, most: int = 12) -> list[str]:
        return [text for _, text in sorted(self.found, key=lambda item: (-item[0], item[1]))[:most]]


@cache
def languages() -> frozenset[str]:
    """Languages that have a table."""
    names = {path.name.removesuffix(".toml") for path in files("pipeline").joinpath("data", "regions").iterdir()}
    return frozenset(name for name in names if name not in ("hosts", "sets") and not name.endswith(".md"))


def read(name: str) -> dict[str, Any]:
    """A table of pipeline/data/regions as it stands."""
    return tomllib.loads(files("pipeline").joinpath("data", "regions", f"{name}.toml").read_text(encoding="utf-8"))


@cache
def table(language: str) -> Table:
    """The table of a language of `languages()`. Raises ValueError for an unknown kind or region in it."""
    source = read(language)
    regions = tuple(source["regions"])

    def vector(weights: Mapping[str, float]) -> NDArray[np.float64]:
        if set(weights) - set(regions):
            raise ValueError(f"{language}.toml: {set(weights) - set(regions)} not among its regions")
        return np.array([weights.get(region, 0.0) for region in regions], np.float64)

    entries: dict[str, tuple[int, NDArray[np.float64], bool]] = {}
    lists = [(KINDS.index(block["kind"]), block, False) for block in source.get("list", ())]
    lists += [(KINDS.index("orthography"), block, True) for block in source.get("swiss_ss", ())]
    for kind, block, swiss in lists:
        weights = vector(block["weights"])
        for word in block["words"]:
            word = word.lower()
            before = entries.get(word, (kind, np.zeros(len(regions)), swiss))
            entries[word] = (before[0], before[1] + weights, before[2])
    patterns = tuple(
        (block["name"], block["regex"], KINDS.index(block["kind"]), vector(block["weights"]))
        for block in source.get("pattern", ())
    )
    rows = list(entries.values())
    return Table(
        language,
        regions,
        vector(source.get("prior", {})),
        Lexicon(list(entries)),
        np.array([kind for kind, _, _ in rows], np.int64),
        np.array([weights for _, weights, _ in rows], np.float64).reshape(len(rows), len(regions)),
        np.array([swiss for _, _, swiss in rows], bool),
        {part: vector(block["weights"]) for block in source.get("swiss_ss", ()) for part in block.get("inside", ())},
        patterns,
        vector(source["eszett"]["weights"]) if "eszett" in source else None,
        vector(source["no_eszett"]["weights"]) if "no_eszett" in source else None,
    )


def linguistic(view: View, rows: NDArray[np.int64], language: str) -> list[Evidence]:
    """What the texts `rows` of a view, all in `language`, show of themselves."""
    t = table(language)
    evidence = [
        Evidence(
            np.zeros((len(KINDS), len(t.regions))), np.zeros(len(t.regions), np.int64), np.zeros(len(t.regions), bool)
        )
        for _ in rows
    ]
    if not len(rows):
        return evidence
    spans = [np.arange(view.first[row], view.first[row + 1]) for row in rows]
    first = np.concatenate(([0], np.cumsum([len(span) for span in spans]))).astype(np.int64)
    span = np.concatenate(spans).astype(np.int64)
    document, entry, number, _ = t.lexicon.count(view.data, view.start[span], view.stop[span], first)
    texts = pl.Series([_text(view, row) for row in rows], dtype=pl.String)
    eszett = texts.str.count_matches("ß", literal=True).to_numpy()
    umlauts = texts.str.contains("[äöüÄÖÜ]").to_numpy()
    swiss = np.zeros(len(rows), np.int64)
    np.add.at(swiss, document, t.swiss[entry] * number)
    compounds = _compounds(texts, t)
    for d, parts in compounds.items():
        swiss[d] += sum(parts.values())
    # Quotations from a country with ß do not make a text of one; a stray ss does not make it Swiss either.
    trusted = umlauts & (5 * eszett <= swiss)
    for d, e, n in zip(document.tolist(), entry.tolist(), number.tolist(), strict=True):
        if t.swiss[e] and not trusted[d]:
            continue
        evidence[d].add(KINDS[t.kind[e]], t.weight[e], t.lexicon.entries[e] + _times(n), t.regions, _often(n))
    roots: dict[int, list[str]] = {}
    for d, e in zip(document.tolist(), entry.tolist(), strict=True):
        if t.swiss[e]:
            roots.setdefault(d, []).append(t.lexicon.entries[e])
    for d, parts in compounds.items():
        for part, n in sorted(parts.items()) if trusted[d] else ():
            if any(root.startswith(part) for root in roots.get(d, ())):
                continue  # Strasse and Hauptstrasse: one habit
            evidence[d].add("orthography", t.inside[part], f"-{part}" + _times(n), t.regions, _often(n))
    if t.eszett is not None:
        for d in np.flatnonzero(eszett & ~trusted).tolist():
            often = min(3.0, 1.0 + 0.5 * math.log2(eszett[d]))
            evidence[d].add("orthography", t.eszett, f"ß ×{eszett[d]}", t.regions, often)
    if t.no_eszett is not None:
        for d in np.flatnonzero(umlauts & (eszett == 0) & (swiss >= THROUGHOUT)).tolist():
            evidence[d].add("orthography", t.no_eszett, f"ss ×{swiss[d]}, no ß", t.regions, _often(int(swiss[d])))
    for name, regex, kind, weights in t.patterns:
        counts = texts.str.count_matches(regex).to_numpy()
        for d in np.flatnonzero(counts).tolist():
            n = int(counts[d])
            evidence[d].add(KINDS[kind], weights, name + _times(n), t.regions, _often(n))
    return evidence


def _often(n: int) -> float:
    """What a form weighs that stands n times, beside one that stands once."""
    return min(2.0, 1.0 + 0.25 * math.log2(n))


def _times(n: int) -> str:
    return f" ×{n}" if n > 1 else ""


def _compounds(texts: pl.Series, t: Table) -> dict[int, Counter[str]]:
    """Of each text the parts of compounds that are spelt with ss; the words that begin so are in the lexicon."""
    if not t.inside:
        return {}
    found = texts.str.extract_all(f"[a-zäöü](?:{'|'.join(t.inside)})").to_list()
    return {d: Counter(part[1:] for part in parts) for d, parts in enumerate(found) if parts}


def _text(view: View, row: int) -> str:
    a, z = view.first[row], view.first[row + 1]
    return bytes(view.data[view.start[a] : view.stop[z - 1]]).decode("utf-8", "replace") if z > a else ""


def decide(
    scores: NDArray[np.float64], pieces: NDArray[np.int64], prior: NDArray[np.float64], regions: Sequence[str]
) -> tuple[str | None, tuple[str, ...]]:
    """The region whose evidence leads by LEAD and has SUPPORT of its own, or None; and the regions still possible.

    `scores` is kind × region. What a text is about (subject) adds, but is no support.
    """
    # What one kind can say is bounded between regions, not for each: evidence that two share must not hide what tells
    # them apart, as Switzerland and Liechtenstein.
    behind = np.maximum(scores - scores.max(axis=1, keepdims=True), -CAPS[:, None])
    total = prior + behind.sum(axis=0)
    support = np.minimum(scores, CAPS[:, None])[:-1].sum(axis=0)
    # A country ending is bought by anybody, so a publisher's ending alone supports nothing (its own body's does).
    order = np.argsort(-total, kind="stable")
    best = int(order[0])
    lead = float(total[best] - total[order[1]]) if len(order) > 1 else float(total[best])
    possible = tuple(region for region, value in zip(regions, total, strict=True) if value > total[best] - LEAD)
    if support[best] >= SUPPORT and lead >= LEAD and pieces[best] >= PIECES:
        return regions[best], (regions[best],)
    return None, possible


@cache
def _hosts() -> tuple[dict[str, str], float, dict[str, str], float]:
    source = read("hosts")
    government, country = source["government"], source["country"]
    return government, government.pop("weight"), country, country.pop("weight")


def host_country(host: str) -> tuple[str, float, str] | None:
    """The country of a host with its weight and the ending that told it; None for endings that say nothing."""
    government, strong, country, weak = _hosts()
    labels = host.lower().rstrip(".").split(".")
    for at in range(len(labels)):
        ending = ".".join(labels[at:])
        if (ending in government and at > 0) or (ending in government and "." in ending):
            return government[ending], strong, ending
    found = country.get(labels[-1])
    return (found, weak, labels[-1]) if found and len(labels) > 1 else None


def arrow(texts: Sequence[str | None]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())
