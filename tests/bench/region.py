"""Precision and coverage of the region by source, single and pooled, beside a trained classifier with sources left out.

    REINSCHRIFT_TRIALS=… python tests/bench/region.py

Every file of the trial data's `variety` folder is one source, labelled by its country of publication. Our rules have
seen none of it as training data; the alternative, character n-grams with naive Bayes, is trained on all other sources
of the same language, and on random halves, which is how such classifiers are usually praised.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.kernels import varieties
from pipeline.kernels.view import view
from pipeline.stages.region import together

POOLS, DRAWS = (4, 10, 20), 200


def sources() -> dict[str, list[str]]:
    folder = Path(os.environ["REINSCHRIFT_TRIALS"]) / "language" / "variety"
    result = {}
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            result[path.name.removesuffix(".jsonl.gz")] = [json.loads(line)["text"] for line in lines]
    return result


class Bayes:
    """Character 1- to 4-grams, add-one smoothing: small, and enough to learn a source by heart."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        for text, label in zip(texts, labels, strict=True):
            self.counts[label].update(grams(text))
        self.sums = {label: sum(counts.values()) for label, counts in self.counts.items()}
        self.kinds = len(set().union(*self.counts.values()))

    def __call__(self, text: str) -> str:
        given = Counter(grams(text))
        return max(
            self.counts,
            key=lambda label: sum(
                n * math.log((self.counts[label][gram] + 1) / (self.sums[label] + self.kinds))
                for gram, n in given.items()
            ),
        )


def grams(text: str) -> list[str]:
    text = text[:600].lower()
    return [text[k : k + size] for size in range(1, 5) for k in range(len(text) - size + 1)]


def evidence(texts: list[str], language: str) -> list[varieties.Evidence]:
    return varieties.linguistic(view(pa.array(texts, pa.large_string())), np.arange(len(texts)), language)


def answer(found: Sequence[varieties.Evidence], language: str) -> str | None:
    t = varieties.table(language)
    if len(found) == 1:
        return varieties.decide(found[0].scores, found[0].count(), t.prior, t.regions)[0]
    return together(np.array([item.scores for item in found]), np.array([item.count() for item in found]), t)[0]


def main() -> None:
    texts = sources()
    random = np.random.default_rng(1)
    total: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    print(f"{'source':<22}{'docs':>6}  single cov/prec   " + "  ".join(f"pooled by {n} cov/prec" for n in POOLS))
    begun, characters = time.process_time(), 0
    everything = {name: evidence(many, name[:2]) for name, many in texts.items()}
    spent = time.process_time() - begun
    for name, found in everything.items():
        language, region = name[:2], name[3:5]
        characters += sum(map(len, texts[name]))
        line = []
        for size in (1, *POOLS):
            draws = [[k] for k in range(len(found))]
            if size > 1:
                draws = [random.choice(len(found), min(size, len(found)), replace=False).tolist() for _ in range(DRAWS)]
            given = [answer([found[k] for k in draw], language) for draw in draws]
            decided = sum(item is not None for item in given)
            right = sum(item == region for item in given)
            line.append(f"{decided / len(draws):.2f} / {right / decided if decided else math.nan:.3f}")
            for key in ((language, str(size)), (language + (" without LI" if region != "LI" else " LI"), str(size))):
                total[key] = [a + b for a, b in zip(total[key], (len(draws), decided, right), strict=True)]
        print(f"{name:<22}{len(found):>6}  " + "      ".join(line))
    for (language, size), (number, decided, right) in sorted(total.items()):
        if language in ("de", "de without LI") or " " not in language:
            print(f"{language:<16} by {size:>2}: coverage {decided / number:.3f}  precision {right / decided:.4f}")
    print(
        f"evidence: {sum(map(len, texts.values())) / spent:.0f} documents, {characters / spent / 1e6:.1f} MB per CPU-s"
    )

    print("\nthe alternative, character n-grams and naive Bayes (always answers):")
    for language in ("de", "pt", "en"):
        mine = [(name, text) for name, many in texts.items() if name.startswith(language) for text in many[:60]]
        half = random.permutation(len(mine))
        train, test = half[::2], half[1::2]
        model = Bayes([mine[k][1] for k in train], [mine[k][0][3:5] for k in train])
        apart = np.mean([model(mine[k][1]) == mine[k][0][3:5] for k in test])
        left_out = []
        for name in {name for name, _ in mine}:
            rest = [(other, text) for other, text in mine if other != name]
            if name[3:5] in {other[3:5] for other, _ in rest}:
                model = Bayes([text for _, text in rest], [other[3:5] for other, _ in rest])
                left_out += [model(text) == name[3:5] for other, text in mine if other == name]
        print(f"{language}: random halves {apart:.3f}, source left out {np.mean(left_out):.3f}")


if __name__ == "__main__":
    main()
