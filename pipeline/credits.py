"""The attributions of many records at once: one template for each distinct bundle of rights, filled for its records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import polars as pl
import pyarrow as pa

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
_FIELDS = frozenset(Evidence.__slots__)


def credits(frame: pl.DataFrame, registry: Registry) -> pa.Array:
    """The attribution of every row (columns SUPPLIED and RIGHTS, `changes` where there is one): that of `credit`.

    A value's place in the sentence depends on whether it is there and ends like one, not on what it says. So `credit`
    writes one sentence a bundle with marks in the place of values; where a mark is not found exactly once, it is asked
    for every record.
    """
    given = {name: _words(frame.get_column(name)) for name in SUPPLIED}
    # 0: not there, 1: there, 2: there and ends a sentence
    kinds = [
        pl.when(values == "").then(0).otherwise(1 + _ends(values)).alias(f"_{name}") for name, values in given.items()
    ]
    rights = [name for name in RIGHTS if name in frame.columns]
    lists = [name for name in rights if frame.schema[name] == pl.List(pl.String)]
    flat = [pl.col(name).list.join("\0") if name in lists else pl.col(name) for name in rights]
    bundles = frame.select(*flat, *kinds)
    places = pl.int_range(frame.height, eager=True).alias("_at")
    groups = bundles.hstack([places]).group_by(bundles.columns).agg("_at").get_column("_at").to_list()
    number = [0] * frame.height
    templates: list[tuple[str, Any] | None] = []
    for key, rows in enumerate(groups):
        for at in rows:
            number[at] = key
        at = rows[0]
        kind = bundles.select(f"_{name}" for name in SUPPLIED).row(at)
        templates.append(_template(frame.select(rights).row(at, named=True), kind, registry) if len(rows) > 1 else None)
    made = []
    for at, (key, *values) in enumerate(zip(number, *(v.to_list() for v in given.values()), strict=True)):
        template = templates[key]
        if template is None:
            row = frame.row(at, named=True)
            made.append(_credit(row, {name: row[name] for name in SUPPLIED}, registry))
        else:
            made.append(template[0] % template[1](values))
    return pa.array(made, pa.string())


def _words(values: pl.Series) -> pl.Series:
    """Every value as `credit` writes it; empty where there is none. Few have to be looked at one by one."""
    values = values.fill_null("")
    rest = (values.str.contains(_UNPLAIN) | (values.str.len_chars() > _SHORT)).arg_true()
    return values.scatter(rest, [words(value) for value in values.gather(rest)]) if len(rest) else values


def _ends(values: pl.Series) -> pl.Series:
    return values.str.contains(r"[.!?]$").cast(pl.Int32)


def _template(rights: dict[str, Any], kinds: Sequence[int], registry: Registry) -> tuple[str, Any] | None:
    """The sentence as a format with what picks its values; None where a mark does not stand there exactly once."""
    marks = [("", f"{MARK}{place}\ue001", f"{MARK}{place}\ue001.")[kind] for place, kind in enumerate(kinds)]
    sentence = _credit(rights, dict(zip(SUPPLIED, marks, strict=True)), registry)
    used = [place for place, mark in enumerate(marks) if mark and mark in sentence]
    bare = _credit(rights, {}, registry)
    if MARK in bare or sentence.count(MARK) != len(used) or any(sentence.count(marks[place]) != 1 for place in used):
        return None
    used.sort(key=lambda place: sentence.index(marks[place]))
    text = sentence.replace("%", "%%")
    for place in used:
        text = text.replace(marks[place], "%s")
    if not used:
        return text, lambda _: ()
    return text, itemgetter(*used) if len(used) > 1 else lambda values, place=used[0]: (values[place],)


def _credit(rights: dict[str, Any], record: dict[str, str | None], registry: Registry) -> str:
    decision = Decision(
        "keep", KEEP, license=None if rights["family"] else rights["license"], family=rights["family"],
        members=tuple(rights["members"] or ()), duties=tuple(rights["duties"] or ()), basis=rights["basis"],
    )  # fmt: skip
    return credit(record, decision, _evidence(rights["evidence"]), registry, tuple(rights.get("changes") or ()))


@lru_cache(maxsize=4096)
def _evidence(text: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(**{k: v for k, v in item.items() if k in _FIELDS}) for item in json.loads(text))
