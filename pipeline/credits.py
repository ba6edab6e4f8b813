"""The attributions of many records at once: one template for each distinct bundle of rights, filled for its records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from licenses.credit import credit, words
from licenses.model import Decision, Evidence
from licenses.registry import Registry
from pipeline.stage import KEEP

SUPPLIED = ("title", "author", "url", "published")  # what the source says of a record, each record for itself
RIGHTS = ("license", "family", "members", "basis", "duties", "evidence", "changes")  # shared by many records
MARK = "\ue000"  # for private use: Unicode gives it no meaning
# What `words` leaves as it is: printable, no entity, single spaces within.
_UNPLAIN = r"[&\x00-\x1f\x7f\u{2028}-\u{202e}\u{2066}-\u{2069}]|[^\S ]|  |^ | $"
_SHORT = 1_000
FEW = 3  # a template costs as much as the credits of two records
OLDEST = pl.CompatLevel.oldest()
_FIELDS = frozenset(Evidence.__slots__)


def credits(frame: pl.DataFrame, registry: Registry) -> pa.Array:
    """The attribution of every row (columns SUPPLIED and RIGHTS, `changes` where there is one): that of `credit`.

    A value's place in the sentence depends on whether it is there and ends like one, not on what it says. So `credit`
    writes one sentence a bundle with marks in the place of values; where a mark is not found exactly once, it is asked
    for every record.
    """
    given = _words(frame)
    # 0: not there, 1: there, 2: there and ends a sentence
    kinds = [
        pl.when(value == "").then(0).otherwise(1 + value.str.contains(r"[.!?]$").cast(pl.Int32)).alias(f"_{name}")
        for name, value in ((name, pl.lit(given.get_column(name))) for name in SUPPLIED)
    ]
    rights = [name for name in RIGHTS if name in frame.columns]
    lists = [name for name in rights if frame.schema[name] == pl.List(pl.String)]
    flat = [pl.col(name).list.join("\0") if name in lists else pl.col(name) for name in rights]
    bundles = frame.lazy().select(*flat, *kinds, pl.int_range(pl.len(), dtype=pl.Int64).alias("_at"))
    keys = [*rights, *(f"_{name}" for name in SUPPLIED)]
    groups = bundles.group_by(keys).agg("_at").select(*(f"_{name}" for name in SUPPLIED), "_at").collect()
    words_of = {name: given.get_column(name).to_arrow(compat_level=OLDEST) for name in SUPPLIED}
    alone: list[int] = []
    made: list[pa.Array] = []
    places: list[NDArray[Any]] = []
    for *kind, found in groups.rows():
        rows = np.array(found, np.int64)
        pieces = _template(frame.row(found[0], named=True), kind, registry) if len(found) >= FEW else None
        if pieces is None:
            alone += found
        else:
            taken = pa.array(rows)
            values = {name: words_of[name].take(taken) for name in pieces[1::2]}
            made.append(_filled(pieces, values, len(found)))
            places.append(rows)
    one_by_one = []
    for at in alone:
        row = frame.row(at, named=True)
        one_by_one.append(_credit(row, {name: row[name] for name in SUPPLIED}, registry))
    made.append(pa.array(one_by_one, pa.large_string()))
    places.append(np.array(alone, np.int64))
    back = np.empty(frame.height, np.int64)
    back[np.concatenate(places)] = np.arange(frame.height)
    return pa.concat_arrays(made).take(pa.array(back)).cast(pa.string())


def _words(frame: pl.DataFrame) -> pl.DataFrame:
    """SUPPLIED as `credit` writes it; empty where there is nothing. Few values have to be looked at one by one."""
    values = [pl.col(name).fill_null("") for name in SUPPLIED]
    odd = [(v.str.contains(_UNPLAIN) | (v.str.len_chars() > _SHORT)).alias(f"_{v.meta.output_name()}") for v in values]
    found = frame.select(*values, *odd)
    for name in SUPPLIED:
        rows = np.flatnonzero(found.get_column(f"_{name}").to_numpy())
        if len(rows):
            some = [words(value) for value in found.get_column(name).gather(rows)]
            found = found.with_columns(found.get_column(name).scatter(rows, some))
    return found.select(SUPPLIED)


def _template(rights: dict[str, Any], kinds: Sequence[int], registry: Registry) -> list[str] | None:
    """The sentence in pieces, every second one the name of the value that stands there; None where a mark does not
    stand there exactly once."""
    marks = [("", f"{MARK}{place}\ue001", f"{MARK}{place}\ue001.")[kind] for place, kind in enumerate(kinds)]
    sentence = _credit(rights, dict(zip(SUPPLIED, marks, strict=True)), registry)
    used = [place for place, mark in enumerate(marks) if mark and mark in sentence]
    bare = _credit(rights, {}, registry)
    if MARK in bare or sentence.count(MARK) != len(used) or any(sentence.count(marks[place]) != 1 for place in used):
        return None
    pieces = [sentence]
    for place in sorted(used, key=lambda place: sentence.index(marks[place])):
        before, _, after = pieces.pop().partition(marks[place])
        pieces += [before, SUPPLIED[place], after]
    return pieces


def _filled(pieces: Sequence[str], values: Mapping[str, pa.Array], rows: int) -> pa.Array:
    """The sentences of `rows` records."""
    parts = [values[piece] if n % 2 else pa.scalar(piece, pa.large_string()) for n, piece in enumerate(pieces)]
    if len(parts) == 1:
        return pa.repeat(parts[0], rows)
    return pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))


def _credit(rights: dict[str, Any], record: dict[str, str | None], registry: Registry) -> str:
    decision = Decision(
        "keep", KEEP, license=None if rights["family"] else rights["license"], family=rights["family"],
        members=tuple(rights["members"] or ()), duties=tuple(rights["duties"] or ()), basis=rights["basis"],
    )  # fmt: skip
    return credit(record, decision, _evidence(rights["evidence"]), registry, tuple(rights.get("changes") or ()))


@lru_cache(maxsize=4096)
def _evidence(text: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(**{k: v for k, v in item.items() if k in _FIELDS}) for item in json.loads(text))
