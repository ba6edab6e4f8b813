"""What the rows of a release say of each other: a copy of its kept one, a text that stands once, a removal that holds.

And what they say of the stages whose measures stand in the ledger: a kept record is one that those stages let pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.released import Released
from pipeline.stage import KEEP, Context, find

TOMBSTONES: Final = "tombstones.jsonl"
LISTED: Final = "removal.listed"
Found = Iterator[tuple[str, str]]
_KEY = pl.concat_str("source", pl.lit(":"), "id").alias("key")
_TEXT = pl.col("fingerprint").struct.field("hi")  # 64 bits of 128 tell texts apart well enough to name suspects


def related(release: Released) -> Found:
    """Copies name a kept record that has their text, kept texts differ where copies were looked for, and nothing that
    was taken out is back: (where, what). 16 bytes of memory a kept record."""
    stones = list(tombstones(release))
    keys, texts = [], []
    for frame in release.batches("data", ["source", "id", "fingerprint"]):
        rows = frame.select(_KEY, _TEXT.fill_null(0).alias("text"))
        for key in rows.filter(pl.col("key").is_in(stones)).get_column("key"):
            yield key, "was taken out, as its tombstone says, and is kept all the same"
        keys.append(rows.get_column("key").hash().to_numpy())
        texts.append(rows.get_column("text").to_numpy())
    kept, text = (np.concatenate(parts) if parts else np.zeros(0, np.uint64) for parts in (keys, texts))
    order = np.argsort(kept, kind="stable")
    kept, text = kept[order], text[order]
    if any(stage["stage"] == "dedup" for stage in release.run["config"]["stages"]):
        yield from _twice(release, text)
    columns = ["source", "id", "reason", "duplicate_of", "fingerprint"]
    for frame in release.batches("decisions", columns):
        copies = frame.filter(
            pl.col("duplicate_of").is_not_null() & pl.col("reason").is_in(["duplicate.exact", "duplicate.near"])
        )
        if copies.height:
            yield from _copies(copies, kept, text, stones)


def tombstones(release: Released) -> dict[str, dict[str, Any]]:
    """What was taken out of earlier versions, by `source:id`: source, id, reason and date of each."""
    path = release.folder / TOMBSTONES
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_bytes().decode("utf-8", "surrogatepass").split("\n") if line.strip()]
    return {f"{row['source']}:{row['id']}": row for row in rows}


def _twice(release: Released, text: NDArray[np.uint64]) -> Found:
    values, counts = np.unique(text[text != 0], return_counts=True)
    double = values[counts > 1]
    if not len(double):
        return
    for frame in release.batches("data", ["source", "id", "fingerprint"]):
        for key in frame.filter(_TEXT.is_in(double)).select(_KEY).to_series():
            yield key, "its text stands a second time among what is kept, though copies were looked for"


def _copies(copies: pl.DataFrame, kept: NDArray[np.uint64], text: NDArray[np.uint64], stones: list[str]) -> Found:
    rows = copies.select(_KEY, "duplicate_of", "reason", _TEXT.fill_null(0).alias("text"))
    wanted = rows.get_column("duplicate_of").hash().to_numpy()
    at = np.minimum(np.searchsorted(kept, wanted), max(len(kept) - 1, 0))
    there = kept[at] == wanted if len(kept) else np.zeros(len(wanted), bool)
    same = text[at] == rows.get_column("text").to_numpy() if len(kept) else there
    told = rows.with_columns(pl.Series("there", there), pl.Series("same", same))
    gone = told.filter(~pl.col("there") & ~pl.col("duplicate_of").is_in(stones))
    for key, other in gone.select("key", "duplicate_of").iter_rows():
        yield key, f"is called a copy of {other}, which is not kept"
    other_text = told.filter(pl.col("there") & ~pl.col("same") & (pl.col("reason") == "duplicate.exact"))
    for key, other in other_text.select("key", "duplicate_of").iter_rows():
        yield key, f"is called the same text as {other}, whose fingerprint is another"


def passed(release: Released) -> Found:
    """Kept records that a stage of the configuration, asked again about the measures in the ledger, does not let pass:
    (where, what). What the ledger does not hold (shares of languages, candidates for a region) is taken at its best."""
    stages = [s for s in release.run["config"]["stages"] if s["stage"] in _BEST]
    if not stages:
        return
    sources = {source["name"] for source in release.run["config"]["sources"]}
    context = {name: Context(release.policy, str(release.run["as_of"]), name) for name in sources}
    asked = {}
    for number, stage in enumerate(stages):
        kind, options = find(stage["stage"]), {k: v for k, v in stage.items() if k != "stage"}
        made = kind.Options(**options)
        asked.update({(number, name): kind(made, context[name]).judge() for name in sources})
    columns = ["source", "id", "decision", "characters", "language", "language_score", "region", "cuts"]
    for frame in release.batches("decisions", columns):
        kept = frame.filter((pl.col("decision") == KEEP) & (pl.col("cuts").list.len().fill_null(0) == 0))
        for (source,), part in kept.group_by("source", maintain_order=True):
            for number, stage in enumerate(stages):
                name = stage["stage"]
                if (number, str(source)) not in asked:
                    yield f"{source}:{part['id'][0]}", "is of a source that the configuration does not have"
                    break
                best, whose = _BEST[name]
                rows = part.filter(whose).with_columns(**best)
                answer = asked[number, str(source)].fill_null("no answer").alias("answer")
                for key, said in rows.select(_KEY, answer).filter(pl.col("answer") != KEEP).iter_rows():
                    yield key, f"is kept, though the stage «{name}», asked again, says {said}"


# What the stage asks for beside the ledger's columns, at the best that it can have been; and which rows are asked.
_WHOLE = pl.concat_list(pl.struct(pl.col("language"), pl.lit(1.0).alias("share")))
_BEST: Final[dict[str, tuple[dict[str, pl.Expr], pl.Expr]]] = {
    "length": ({}, pl.lit(True)),
    "language": ({"language_parts": _WHOLE}, pl.col("language").ne_missing("mul")),
    "region": ({"region_candidates": pl.concat_list("region")}, pl.col("region").str.contains("-").fill_null(False)),
}
