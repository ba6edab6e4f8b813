"""Close languages told apart by small words: German dialects from German, Croatian from Bosnian from Serbian."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.kernels.view import SCRIPTS, View
from pipeline.kernels.words import Lexicon

LEAST = 3  # words of a variety, before it overrules the detector
OPEN = "sh"  # Serbo-Croatian, the macrolanguage: one of hr, bs, sr, cnr, which one stays open


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("pipeline").joinpath("data", "languages", "close.toml").read_text(encoding="utf-8"))


@cache
def _lexicon() -> tuple[Lexicon, tuple[str, ...], NDArray[np.int64]]:
    """All words in one lexicon, the names of the lists, and list × word: whether it belongs."""
    table = _table()
    lists = {f"dialect.{name}": value["words"] for name, value in table["dialect"].items()}
    lists |= {
        f"shared.{name}.{other}": words
        for name, value in table["dialect"].items()
        for other, words in value.get("shared", {}).items()
    }
    lists |= {f"standard.{name}": words for name, words in table["standard"].items()}
    lists |= {f"hbs.{name}": words for name, words in table["hbs"].items()}
    entries = sorted({word for words in lists.values() for word in words if "'" not in word})
    member = np.array([[word in words for word in entries] for words in map(set, lists.values())], np.int64)
    return Lexicon(entries), tuple(lists), member


def resolve(view: View, label: NDArray[np.object_]) -> NDArray[np.object_]:
    """The labels with the variety put in where the words of a document tell it; label is a BCP 47 language each.

    `sh` is answered where a text is Croatian, Bosnian or Serbian and too little says which (measured: the detector
    calls Serbian in Latin script Bosnian; single sentences mostly stay open).
    """
    dialects: dict[str, dict[str, Any]] = _table()["dialect"]
    concerned = {name for value in dialects.values() for name in value["called"]} | {"hr", "bs", "sr"}
    rows = np.flatnonzero([name in concerned for name in label])
    result = label.copy()
    if not len(rows):
        return result
    lexicon, lists, member = _lexicon()
    first = np.zeros(len(rows) + 1, np.int64)
    spans = [np.arange(view.first[row], view.first[row + 1]) for row in rows]
    first[1:] = np.cumsum([len(span) for span in spans])
    span = np.concatenate(spans)
    document, entry, number, words = lexicon.count(view.data, view.start[span], view.stop[span], first)
    counts = np.zeros((len(rows), len(lists)), np.int64)
    np.add.at(counts, document, (member[:, entry] * number).T)
    distinct = np.zeros_like(counts)
    np.add.at(distinct, document, member[:, entry].T)
    column = {name: index for index, name in enumerate(lists)}
    for at, row in enumerate(rows):
        if label[row] in ("hr", "bs", "sr"):
            cyrillic = (
                SCRIPTS[view.script[view.first[row]]] == "Cyrl" if view.first[row] < view.first[row + 1] else False
            )
            words_of = {name: int(distinct[at, index]) for name, index in column.items()}
            result[row] = "sr" if cyrillic else _yugoslav(words_of)
            continue
        found = {name: int(counts[at, index]) for name, index in column.items()}
        standard = found.get(f"standard.{label[row]}", 0)
        own = {
            name: found[f"dialect.{name}"] - found.get(f"shared.{name}.{label[row]}", 0)
            for name, value in dialects.items()
            if label[row] in value["called"]
        }
        best = max(own, key=own.__getitem__, default=None)
        if best is not None and own[best] >= max(LEAST, 0.1 * words[at], standard + 1):
            result[row] = best
    return result


def _yugoslav(found: dict[str, int]) -> str:
    """Which of the cluster, by distinct words: two that only this standard has and nothing against, or LEAST and hardly
    anything. Croatian and Bosnian share much: without two words of one alone the pair stays open."""
    ekavian, ijekavian, east = found["hbs.ekavian"], found["hbs.ijekavian"], found["hbs.east"]
    croatian, bosnian, serbian = found["hbs.hr"], found["hbs.bs"], found["hbs.sr"]
    spelt = ekavian + serbian
    least = LEAST if ijekavian + croatian + bosnian else 2
    if spelt >= 2 and spelt + east >= least and spelt > 3 * (ijekavian + bosnian) and spelt + east > 3 * croatian:
        return "sr"
    against = east + bosnian + serbian
    least = LEAST if ekavian + against else 2
    if croatian >= 2 and croatian + ijekavian >= least and croatian > 3 * against and ijekavian >= 3 * ekavian:
        return "hr"
    if bosnian >= 2 and ijekavian >= 2 and bosnian > 3 * croatian and ijekavian > 3 * ekavian:
        return "bs"
    return OPEN
