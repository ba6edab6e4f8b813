"""Everything the papers count: one pass over the data without its texts, one over the ledger; bounded memory.

The numbers come from the rows themselves, not from run.json, so that a paper can never say what the files do not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from licenses.recognise import recognise
from pipeline.lists import host, site
from pipeline.papers.bands import EDGES
from pipeline.released import batches

ROWS = 65_536
CAPACITY = 20_000  # distinct values that a counter of free text holds
EXAMPLES = 3
LONGEST = 300  # characters of a statement
SHOWN = 400  # of the statements that were not understood, the most frequent: no paper shows more
DAY = r"^(\d{4}-\d{2}-\d{2})"
SIMPLE = ("license", "basis", "source", "language", "region")
Counts = Counter[str]


@dataclass
class Figures:
    """Counts of records unless said otherwise; keys are as they stand in the columns."""

    kept: int = 0
    characters: int = 0
    by: dict[str, Counts] = field(default_factory=lambda: {n: Counter() for n in (*SIMPLE, "year", "duties", "rule")})
    characters_by: dict[str, Counts] = field(default_factory=lambda: {n: Counter() for n in SIMPLE})
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)  # licence → members, of families too
    duties: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counter))  # licence → duty → records
    lengths: Counts = field(default_factory=Counter)  # lower edge → records
    evidence: Counter[tuple[str, ...]] = field(default_factory=Counter)  # place, kind, scope of what decided
    protocols: Counter[tuple[str, ...]] = field(default_factory=Counter)  # protocol, answer
    granted: Counter[tuple[str, ...]] = field(default_factory=Counter)  # licence, what decided, place
    seen: tuple[str, str] | None = None  # first and last day on which a statement that decided was seen
    unnamed: int = 0  # records that ask for attribution and have neither title nor author nor address
    media: Counts = field(default_factory=Counter)  # html or xml → records whose text was taken out of it
    cuts: Counts = field(default_factory=Counter)  # reason → records of which parts were left out
    cut_characters: Counts = field(default_factory=Counter)
    grounds: Counter[tuple[str, ...]] = field(default_factory=Counter)  # source, basis → characters
    hosts: Counter[tuple[str, ...]] = field(default_factory=Counter)  # source, host → characters
    retrieved: dict[str, tuple[str, str]] = field(default_factory=dict)  # source → first and last day
    published: tuple[str, str] | None = None
    read: int = 0
    ledger: Counter[tuple[str, ...]] = field(default_factory=Counter)  # source, decision, stage, reason
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))  # by reason
    not_understood: Counts = field(default_factory=Counter)  # statement → records
    contested: Counter[tuple[str, ...]] = field(default_factory=Counter)  # source, contrary source, reason
    copies: Counter[tuple[str, ...]] = field(default_factory=Counter)  # source, source of the kept one, reason
    unread: int = 0  # pages that were refused before their text was taken out of them
    estimated: int = 0  # copies whose similarity is an estimate
    repeated: Counts = field(default_factory=Counter)  # host → characters in lines that many of its records have
    repeated_in: Counts = field(default_factory=Counter)  # host → records with such lines

    @property
    def reasons(self) -> Counts:
        """Records by reason over all sources."""
        return _summed(self.ledger, 3)

    @property
    def decisions(self) -> Counts:
        return _summed(self.ledger, 1)

    def funnel(self, source: str) -> Counts:
        """Records of a source by reason."""
        return Counter({k[3]: n for k, n in self.ledger.items() if k[0] == source})


def _summed(counter: Mapping[tuple[str, ...], int], position: int) -> Counts:
    found: Counts = Counter()
    for key, number in counter.items():
        found[key[position]] += number
    return found


def figures(folder: Path) -> Figures:
    """The figures of a release or of its staging folder. Raises InputError where a file is damaged."""
    found = Figures()
    for path in sorted((folder / "data").rglob("*.parquet")):
        for frame in batches(path, DATA_COLUMNS, ROWS):
            _data(found, frame)
    for path in sorted((folder / "decisions").glob("*.parquet")):
        for frame in batches(path, LEDGER_COLUMNS, ROWS):
            _ledger(found, frame)
        if _counted(path):
            for frame in batches(path, ("url", "repeated"), ROWS):
                _repeated(found, frame)
    for statement, _ in found.not_understood.most_common(SHOWN):
        if recognise(statement).understood:  # it stood beside one that was not
            del found.not_understood[statement]
    return found


# Of lists of structs, which cost most to read, only the fields that are counted.
DATA_COLUMNS = (
    *SIMPLE, "characters", "published", "retrieved", "url", "title", "author", "duties", "members", "rule", "media",
    "cuts", *(f"evidence.list.element.{name}" for name in ("place", "kind", "scope", "statement", "seen", "decided")),
    *(f"reservations.list.element.{name}" for name in ("protocol", "answer")),
)  # fmt: skip


def _data(found: Figures, frame: pl.DataFrame) -> None:
    found.kept += frame.height
    found.characters += int(frame.get_column("characters").sum() or 0)
    for name in SIMPLE:
        part = frame.group_by(name).agg(pl.len().alias("n"), pl.col("characters").sum().alias("c"))
        for value, records, characters in part.iter_rows():
            found.by[name][value or ""] += records
            found.characters_by[name][value or ""] += characters or 0
    year = pl.col("published").str.extract(r"^(\d{4})").fill_null("")
    duties = pl.col("duties").list.sort().list.join("+")
    for column, expression in (("year", year), ("duties", duties), ("rule", pl.col("rule").fill_null(""))):
        _add(found.by[column], frame.group_by(expression.alias("v")).len())
    for license_, members, owed, records in frame.group_by("license", "members", "duties").len().iter_rows():
        known = found.members.get(license_ or "", ())
        found.members[license_ or ""] = tuple(sorted({*known, *(members or ())}))
        for duty in owed or ():
            found.duties[license_ or ""][duty] += records
    for *key, characters in frame.group_by("source", "basis").agg(pl.col("characters").sum()).iter_rows():
        found.grounds[tuple(word or "" for word in key)] += characters or 0
    positions = np.searchsorted(EDGES, frame.get_column("characters").fill_null(0).to_numpy(), side="right")
    for position, records in zip(*np.unique(positions, return_counts=True), strict=True):
        found.lengths[str((0, *EDGES)[position])] += int(records)
    _evidence(found, frame)
    _texts(found, frame)
    signals = frame.select(pl.col("reservations").explode(empty_as_null=False, keep_nulls=False).alias("s")).unnest("s")
    if signals.height:
        for protocol, answer, records in signals.group_by("protocol", "answer").len().iter_rows():
            found.protocols[protocol, answer] += records
    by_site = frame.group_by("source", site("url").alias("site")).agg(pl.col("characters").sum())
    for source, url, characters in by_site.iter_rows():
        if (site_name := host(url)) is not None:
            found.hosts[source or "", site_name] += characters or 0
    _bound(found.hosts)
    _spans(found, frame)


def _evidence(found: Figures, frame: pl.DataFrame) -> None:
    """Of each record the first statement that decided stands for it, so that the numbers add up to the records."""
    decided = pl.col("evidence").list.eval(pl.element().filter(pl.element().struct.field("decided"))).list.first()
    first = frame.select("license", decided.alias("e")).unnest("e")
    for place, kind, scope, records in first.group_by("place", "kind", "scope").len().iter_rows():
        found.evidence[place or "", kind or "", scope or ""] += records
    said = frame.select(
        pl.col("evidence")
        .list.eval(pl.element().filter(pl.element().struct.field("decided")).struct.field("statement"))
        .list.unique(maintain_order=True)
        .list.join(" · ")
        .str.slice(0, LONGEST)
        .alias("said")
    )
    for *key, records in first.hstack(said).group_by("license", "said", "place").len().iter_rows():
        found.granted[tuple(word or "" for word in key)] += records
    _bound(found.granted)
    days = first.get_column("seen").str.extract(DAY).drop_nulls()
    if len(days):
        low, high = str(days.min()), str(days.max())
        span = found.seen or (low, high)
        found.seen = min(span[0], low), max(span[1], high)


def _texts(found: Figures, frame: pl.DataFrame) -> None:
    """What was done to the texts, and what their credits lack."""
    _add(found.media, frame.filter(pl.col("media").is_not_null()).group_by("media").len())
    bare = pl.all_horizontal(pl.col(name).fill_null("") == "" for name in ("title", "author", "url"))
    found.unnamed += frame.filter(bare & pl.col("duties").list.contains("attribution")).height
    cuts = frame.select(pl.col("cuts").explode(empty_as_null=False, keep_nulls=False).alias("c")).unnest("c")
    for reason, records, characters in (
        cuts.group_by("reason").agg(pl.len(), pl.col("characters").sum().alias("c")).iter_rows()
    ):
        found.cuts[reason] += records
        found.cut_characters[reason] += characters


def _spans(found: Figures, frame: pl.DataFrame) -> None:
    retrieved = frame.select("source", pl.col("retrieved").str.extract(DAY).alias("day")).drop_nulls()
    for source, first, last in (
        retrieved.group_by("source").agg(pl.col("day").min().alias("a"), pl.col("day").max().alias("b")).iter_rows()
    ):
        known = found.retrieved.get(source, (first, last))
        found.retrieved[source] = min(known[0], first), max(known[1], last)
    published = frame.select(pl.col("published").str.extract(r"^(\d{4}(?:-\d{2}){0,2})").alias("d")).drop_nulls()
    if published.height:
        low, high = str(published["d"].min()), str(published["d"].max())
        span = found.published or (low, high)
        found.published = (min(span[0], low), max(span[1], high))


def _counted(path: Path) -> bool:
    """Whether repeated lines were counted for a record of the file, as its statistics tell."""
    about = pq.read_metadata(path)
    column = next(n for n in range(about.num_columns) if about.schema.column(n).path == "repeated")
    groups = [about.row_group(n).column(column) for n in range(about.num_row_groups)]
    return any(g.statistics is None or g.statistics.null_count < g.num_values for g in groups)


def _repeated(found: Figures, frame: pl.DataFrame) -> None:
    some = frame.filter(pl.col("repeated") > 0).group_by(site("url").alias("site"))
    for url, records, characters in some.agg(pl.len(), pl.col("repeated").sum()).iter_rows():
        name = host(url) or ""
        found.repeated[name] += characters
        found.repeated_in[name] += records
    _bound(found.repeated)


LEDGER_COLUMNS = (
    "source", "id", "decision", "stage", "reason", "license", "family", "duplicate_of", "estimated", "contested_by",
    "media", "characters",
    *(f"evidence.list.element.{name}" for name in ("statement", "decided")),
)  # fmt: skip


def _ledger(found: Figures, frame: pl.DataFrame) -> None:
    found.read += frame.height
    for *key, records in frame.group_by("source", "decision", "stage", "reason").len().iter_rows():
        found.ledger[tuple(key)] += records
    for (reason,), part in frame.group_by("reason", maintain_order=True):
        shown = found.examples[str(reason)]
        for row in part.head(EXAMPLES - len(shown)).iter_rows(named=True):
            shown.append(_example(row))
    vague = frame.filter(pl.col("reason") == "license.not-understood")
    if vague.height:
        statements = vague.select(
            pl.col("evidence")
            .list.eval(pl.element().filter(pl.element().struct.field("decided")).struct.field("statement"))
            .list.unique()
            .explode(empty_as_null=False, keep_nulls=False)
            .str.slice(0, LONGEST)
            .alias("v")
        )
        _add(found.not_understood, statements.group_by("v").len())
        _bound(found.not_understood)
    unread = pl.col("media").is_not_null() & pl.col("characters").is_null() & (pl.col("stage") != "input")
    found.unread += frame.filter(unread).height
    found.estimated += int(frame.get_column("estimated").sum())
    own = pl.col("source")
    for column, counter in (("contested_by", found.contested), ("duplicate_of", found.copies)):
        other = pl.col(column).str.extract(r"^([^:]*):").alias("o")
        for *key, records in (
            frame.filter(pl.col(column).is_not_null()).group_by(own, other, "reason").len().iter_rows()
        ):
            counter[tuple(key)] += records


def _example(row: Mapping[str, Any]) -> dict[str, Any]:
    """An id and its statements; never text."""
    said = [item["statement"] for item in row["evidence"] or () if item["statement"]]
    return {
        "source": row["source"], "id": row["id"], "license": row["license"], "family": row["family"],
        "statements": [s[:LONGEST] for s in said[:3]], "more": max(len(said) - 3, 0),
    }  # fmt: skip


def _add(counter: Counts, rows: pl.DataFrame) -> None:
    for value, records in rows.iter_rows():
        counter[value or ""] += records


def _bound(counter: Counter[Any]) -> None:
    """Keeps the most frequent values: free text of a crawl has no end, memory has."""
    if len(counter) > CAPACITY:
        kept = counter.most_common(CAPACITY // 2)
        counter.clear()
        counter.update(dict(kept))


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Largest first, equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def pairs(counter: Mapping[tuple[str, ...], int]) -> list[tuple[tuple[str, ...], int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))
