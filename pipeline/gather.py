"""Gather: the whole corpus, keys and facts only. Duplicate ids, equal texts, contested texts; then one verdict a row.

Units write their keys in sorted runs; a partition takes its range of every unit's file (memory-mapped), so that memory
is bounded by the run and the partition. A record's place in the corpus is one integer: unit << 32 | position in unit.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from licenses import compat
from licenses.reasons import REASONS
from pipeline import commit, cuts, duplicates, sorted_file
from pipeline.errors import WorkError
from pipeline.facts import Facts, Rows, chunks, written
from pipeline.job import Job
from pipeline.plan import Plan
from pipeline.reader import Unit
from pipeline.record import as_frame
from pipeline.sorted_file import SortedFile, between, within, write_sorted
from pipeline.stage import KEEP, NO_VERDICT

PARTITION_ROWS = 1_000_000  # about 200 bytes each while ids are compared
KEY = {"ids": "hi", "texts": "fingerprint_hi", "wholes": "fingerprint_hi"}
CONTESTED = {"refuse": "contested.refused", "review": "contested.review"}
RESERVED = [
    code
    for code in REASONS
    if code.startswith("reservation.") and not code.endswith((".unreadable", ".not-looked-for"))
]
DUPLICATE_ID = "input.duplicate-id"
NAMED = ["row", "file", "id", "url", "malformed"]


def manifest(job: Job, part: str, name: str) -> dict[str, Any]:
    """The manifest of a finished piece. Raises WorkError where it is not there."""
    found = commit.read_manifest(job.work / part / f"{name}.json")
    if found is None:
        raise WorkError(f"{job.work / part / name}: damaged or missing; remove {job.work} and run again")
    return found


def bases(plan: Plan, lines: dict[int, int]) -> dict[int, int]:
    """Lines before each relative unit, from the newline counts of the units of the same file before it."""
    sums: dict[tuple[str, str], int] = {}
    result = {}
    for unit in plan.units:
        if unit.relative:
            key = (unit.source, unit.files[0].url)
            result[unit.index] = sums.get(key, 0)
            sums[key] = sums.get(key, 0) + lines[unit.index]
    return result


def named(job: Job, unit: Unit, base: int, frame: pl.DataFrame) -> pl.DataFrame:
    """`row` counted from the file's start and the record's final `id`: its own, else its URL, else path#row."""
    frame = frame.with_columns((pl.col("row") + (base if unit.relative else 0)).alias("row"))
    place = pl.concat_str("file", pl.lit("#"), pl.col("row").cast(pl.String))
    return frame.with_columns(pl.when("malformed").then(place).otherwise(pl.coalesce("id", "url", place)).alias("id"))


def index(job: Job, unit: Unit, base: int) -> None:
    """Commits the unit's keys, sorted: `index/<unit>.ids.arrow` and `index/<unit>.texts.arrow`.

    Where stages leave something out of texts, `index/<unit>.wholes.arrow` too: keys by the text as it was before.
    """
    folder, name = job.work / "index", f"{unit.index:06d}"
    if commit.read_manifest(folder / f"{name}.json") is not None:
        return
    source = job.sources[unit.source]
    carried = [name for name in duplicates.KEYS if name not in ("source", "id", "alive", "denies", "origin")]
    facts = Facts(job.work, unit.index, [*NAMED, "verdict", "denies", "settled", *carried, *cuts.WHOLE])
    key = pl.concat_str("source", pl.lit("\0"), "id")
    rows = 0
    with (
        SortedFile(folder / f"{name}.ids.arrow", KEY["ids"]) as ids,
        SortedFile(folder / f"{name}.texts.arrow", KEY["texts"]) as texts,
        contextlib.ExitStack() as stack,
    ):
        wholes: SortedFile | None = None
        if job.cutting:
            wholes = stack.enter_context(SortedFile(folder / f"{name}.wholes.arrow", KEY["wholes"]))
        for position, read in chunks(facts):
            frame = placed(named(job, unit, base, read), unit, position).with_columns(
                pl.lit(unit.source).alias("source"),
                # What a person settled is contested no more, like the words of the publisher itself.
                (pl.lit(bool(source.origin)) | pl.col("settled").fill_null(False)).alias("origin"),
                (pl.col("verdict") == KEEP).alias("alive"),
                (pl.col("denies").fill_null(False) | pl.col("verdict").is_in(RESERVED)).alias("denies"),
            )
            ids.add(
                frame.filter(~pl.col("malformed")).select(
                    key.hash(seed=1).alias("hi"), key.hash(seed=2).alias("lo"), "at"
                )
            )
            texts.add(frame.filter(pl.col("fingerprint_hi").is_not_null()).select("at", *duplicates.KEYS))
            if wholes is not None:
                told = frame.filter(pl.col("fingerprint_hi").is_not_null() & (pl.col("alive") | pl.col("denies")))
                before = [pl.coalesce(w, f).alias(f) for w, f in zip(cuts.WHOLE, duplicates.TEXT, strict=True)]
                wholes.add(told.with_columns(before).select("at", *duplicates.KEYS))
            rows += frame.height
    files = {file.path.name: file.sha256 for file in (ids, texts, wholes) if file is not None}
    commit.write_manifest(folder / f"{name}.json", files, {"rows": rows})


def placed(frame: pl.DataFrame, unit: Unit, position: int) -> pl.DataFrame:
    """With the place in the corpus of every row, `at`."""
    return frame.with_columns(pl.Series("at", np.arange(frame.height, dtype=np.int64) + (unit.index << 32) + position))


def pooling(job: Job) -> list[tuple[str, Any]]:
    """The stages that look at the records of a publisher together."""
    first = job.config.sources[0]
    return [(name, stage) for name, stage in job.record_stages(first) if hasattr(stage, "pool")]


def pool(job: Job, units: list[int], part: int, parts: int) -> None:
    """Commits the pooled facts of living records whose publisher falls to this part: `pooled/<part>.<stage>.arrow`."""
    folder, names = job.work / "pooled", [name for name, _ in pooling(job)]
    if commit.read_manifest(folder / f"{part:06d}.json") is not None:
        return
    files = {}
    for name, stage in pooling(job):
        publisher, frames = pl.col(f"{name}_publisher"), []
        for unit in units:
            for position, facts in chunks(Rows(job.work / "facts" / f"{unit:06d}.parquet", [*stage.facts, "verdict"])):
                at = pl.Series("at", np.arange(facts.height, dtype=np.int64) + (unit << 32) + position)
                frames.append(
                    facts.with_columns(at).filter(
                        (pl.col("verdict") == KEEP) & publisher.is_not_null() & (publisher.hash(seed=3) % parts == part)
                    )
                )
        facts = pl.concat(frames)
        found = facts.select("at").hstack(stage.pool(facts.select(list(stage.facts))))
        path = folder / f"{part:06d}.{name}.arrow"
        files[path.name] = write_sorted(path, found, "at")
    commit.write_manifest(folder / f"{part:06d}.json", files, {"stages": names})


def judge(job: Job, unit: Unit, parts: int) -> None:
    """Commits what pooling makes of the unit's living records: `judged/<unit>.parquet`: verdict, stage, facts."""
    path = job.work / "judged" / f"{unit.index:06d}.parquet"
    if commit.read_manifest(path.with_suffix(".json")) is not None:
        return
    source = job.sources[unit.source]
    stages = [(name, stage) for name, stage in job.record_stages(source) if hasattr(stage, "pool")]
    columns = list(dict.fromkeys(["verdict", "stage", *(n for _, s in stages for n in s.facts)]))
    rows = 0
    with written(path) as (file, add):
        for position, read in chunks(Rows(job.work / "facts" / f"{unit.index:06d}.parquet", columns)):
            facts = placed(read, unit, position)
            start = (unit.index << 32) + position
            for name, stage in stages:
                places = [job.work / "pooled" / f"{p:06d}.{name}.arrow" for p in range(parts)]
                pooled = pl.concat([within(place, start, start + facts.height) for place in places])
                facts = facts.update(pooled, on="at", how="left") if pooled.height else facts
                answer = facts.with_columns(stage.judge().alias("_answer")).get_column("_answer")
                answer = answer.cast(pl.String).fill_null(NO_VERDICT)
                refused = (facts.get_column("verdict") == KEEP) & (answer != KEEP)
                facts = facts.with_columns(
                    pl.when(refused).then(answer).otherwise("verdict").alias("verdict"),
                    pl.when(refused).then(pl.lit(name)).otherwise("stage").alias("stage"),
                )
            add(facts.drop("at"))
            rows += facts.height
    commit.write_manifest(path.with_suffix(".json"), {path.name: file.sha256}, {"rows": rows})


def partitions(rows: int) -> int:
    """How many key ranges keep one partition at about PARTITION_ROWS rows."""
    return max(1, math.ceil(rows / PARTITION_ROWS))


def duplicate_ids(job: Job, units: list[int], part: int, parts: int) -> None:
    """Commits the places of every second record of a key, sorted: `ids/<part>.arrow`."""
    path = job.work / "ids" / f"{part:06d}.arrow"
    if commit.read_manifest(path.with_suffix(".json")) is not None:
        return
    keys = as_frame(_range(job, units, "ids", part, parts))
    again = (
        keys.filter(pl.struct("hi", "lo").is_duplicated())
        .sort("at")
        .filter(~pl.struct("hi", "lo").is_first_distinct())
        .select("at")
        if keys.height
        else pl.DataFrame(schema={"at": pl.Int64})
    )
    commit.write_manifest(
        path.with_suffix(".json"), {path.name: write_sorted(path, again, "at")}, {"rows": again.height}
    )


def wholes(job: Job, units: list[int], part: int, parts: int) -> None:
    """Commits which living records have a contrary statement on their text as it was before something was left out.

    `wholes/<part>.arrow`: at, denied (it contests), contrary_by. The same words under a refusal elsewhere are found
    although one of the two texts was shortened.
    """
    path = job.work / "wholes" / f"{part:06d}.arrow"
    if commit.read_manifest(path.with_suffix(".json")) is not None:
        return
    keys = _doubles(job, units, "wholes", part, parts)
    again = doubled(job, parts)
    keys = keys.with_columns(pl.col("alive") & ~pl.Series(np.isin(keys.get_column("at").to_numpy(), again)))
    found = duplicates.exact(keys, dedup=False).filter(pl.col("alive") & pl.col("contrary_by").is_not_null())
    found = found.select("at", pl.col("contested").alias("denied"), "contrary_by")
    commit.write_manifest(
        path.with_suffix(".json"), {path.name: write_sorted(path, found, "at")}, {"rows": found.height}
    )


def _doubles(
    job: Job, units: list[int], kind: str, part: int, parts: int, more: NDArray[np.int64] | None = None
) -> pl.DataFrame:
    """The keys of a range that stand in it more than once, and those at the places `more`."""
    table = _range(job, units, kind, part, parts)
    if table.num_rows:
        prints = as_frame(table.select(duplicates.TEXT))
        some = prints.select(pl.struct(duplicates.TEXT).is_duplicated()).to_series()
        if more is not None:
            some |= pl.Series(np.isin(table.column("at").to_numpy(), more))
        table = table.filter(some.to_arrow())
    return as_frame(table).cast(dict(duplicates.KEYS.items()))


def copies(job: Job, units: list[int], part: int, parts: int) -> None:
    """Commits what equal texts change, only for texts that stand more than once: `copies/<part>.arrow`."""
    path = job.work / "copies" / f"{part:06d}.arrow"
    if commit.read_manifest(path.with_suffix(".json")) is not None:
        return
    before = _before(job, parts)
    keys = _doubles(job, units, "texts", part, parts, before.get_column("at").to_numpy())
    again = doubled(job, parts)
    keys = keys.with_columns(pl.col("alive") & ~pl.Series(np.isin(keys.get_column("at").to_numpy(), again)))
    keys = keys.join(before.rename({"contrary_by": "before"}), on="at", how="left", maintain_order="left")
    dedup = _dedup(job)
    decided = duplicates.exact(keys, tuple(dedup.prefer) if dedup else duplicates.PREFER, dedup is not None)
    found = decided.select(
        "at",
        pl.when("contested").then(pl.lit(CONTESTED[job.config.policy.contested]))
        .when(pl.col("duplicate_of").is_not_null()).then(pl.lit("duplicate.exact")).alias("change"),
        pl.when("contested").then(pl.lit("license")).when(pl.col("duplicate_of").is_not_null())
        .then(pl.lit("dedup")).alias("change_stage"),
        pl.when(~pl.col("contested")).then("duplicate_of").alias("duplicate_of"),
        pl.when(pl.col("duplicate_of").is_not_null()).then(1.0).alias("similarity"),
        pl.when(pl.col("duplicate_of").is_not_null()).then(False).alias("estimated"),
        pl.coalesce("contrary_by", "before").alias("contested_by"),
        pl.col("copies").cast(pl.Int64),
        pl.col("duties").alias("united"),
    )  # fmt: skip
    commit.write_manifest(
        path.with_suffix(".json"), {path.name: write_sorted(path, found, "at")}, {"rows": found.height}
    )


def _before(job: Job, parts: int) -> pl.DataFrame:
    """What `wholes` found, of all ranges; no rows where nothing is left out of texts."""
    paths = [job.work / "wholes" / f"{part:06d}.arrow" for part in range(parts)] if job.cutting else []
    empty = pl.DataFrame(schema={"at": pl.Int64, "denied": pl.Boolean, "contrary_by": pl.String})
    return pl.concat([empty, *(sorted_file.read(path) for path in paths)])


def doubled(job: Job, parts: int, start: int = 0, stop: int = 1 << 62) -> NDArray[np.int64]:
    """Places of the second records of a key, of start <= at < stop, sorted."""
    found = [
        between(job.work / "ids" / f"{part:06d}.arrow", "at", start, stop).column("at").to_numpy()
        for part in range(parts)
    ]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def verdicts(job: Job, unit: Unit, base: int, parts: int) -> None:
    """Commits every row's final verdict: `verdicts/<unit>.parquet`, with the counts in its manifest."""
    path = job.work / "verdicts" / f"{unit.index:06d}.parquet"
    if commit.read_manifest(path.with_suffix(".json")) is not None:
        return
    rows, counts = 0, Counter[tuple[str | None, str]]()
    facts = Facts(job.work, unit.index, [*NAMED, "verdict", "stage", "duties", "members", "bytes"])
    with written(path) as (file, add):
        for position, read in chunks(facts):
            frame = _judged(job, placed(named(job, unit, base, read), unit, position), parts)
            add(frame)
            rows += frame.height
            counts.update(
                {(stage, verdict): n for stage, verdict, n in frame.group_by("stage", "verdict").len().rows()}
            )
    commit.write_manifest(
        path.with_suffix(".json"),
        {path.name: file.sha256},
        {
            "rows": rows,
            "counts": sorted(([*pair, n] for pair, n in counts.items()), key=lambda c: (c[0] is None, c[0], c[1])),
            "source": unit.source,
        },
    )


def _judged(job: Job, frame: pl.DataFrame, parts: int) -> pl.DataFrame:
    """The final verdicts of neighbouring rows, with what equal and near texts change."""
    start = int(frame.get_column("at").min() or 0)  # type: ignore[arg-type]
    stop = start + frame.height
    changes = pl.concat([within(job.work / "copies" / f"{p:06d}.arrow", start, stop) for p in range(parts)])
    near = job.work / "near" / "changes.arrow"
    if near.exists():  # rows about near copies replace those about equal texts
        later = within(near, start, stop)
        changes = pl.concat([changes.join(later, on="at", how="anti"), later.select(changes.columns)])
    again = np.isin(frame.get_column("at").to_numpy(), doubled(job, parts, start, stop))
    frame = frame.join(changes, on="at", how="left", maintain_order="left").with_columns(pl.Series("again", again))
    alive = pl.col("verdict") == KEEP
    frame = frame.with_columns(
        pl.when("again").then(pl.lit(DUPLICATE_ID)).when(alive).then(pl.coalesce("change", "verdict"))
        .otherwise("verdict").alias("verdict"),
        pl.when("again").then(pl.lit("input")).when(alive & pl.col("change").is_not_null()).then("change_stage")
        .otherwise("stage").alias("stage"),
        pl.coalesce("united", "duties").alias("duties"),
    )  # fmt: skip
    kept = pl.col("verdict") == KEEP
    frame = frame.with_columns(
        _classes(job, frame).alias("class"),
        pl.when(kept).then(pl.col("copies").fill_null(1)).otherwise(0).alias("copies"),
    )
    return frame.select(
        "at", "row", "file", "id", "verdict", "stage", "duties", "duplicate_of", "similarity", "estimated",
        "contested_by", "copies",
        pl.when(kept).then("class").alias("class"),
        pl.when(kept).then("bytes").alias("bytes"),
    )  # fmt: skip


def _classes(job: Job, frame: pl.DataFrame) -> pl.Series:
    """The folder of every row below `data`, worked out once per distinct pair of duties and members.

    Its duty class where the config asks for a partition; else none, but for what is kept under a statutory exception.
    """
    pairs = frame.select(pl.col("duties").list.join("+"), pl.col("members").list.join(" "))
    distinct = pairs.unique(maintain_order=True)
    names = [
        compat.duty_class([d for d in (duties or "").split("+") if d], (members or "").split(), job.registry)
        for duties, members in distinct.rows()
    ]
    if job.config.output.partition is None:
        names = [compat.exception(name) or "" for name in names]
    table = distinct.with_columns(pl.Series("class", names, pl.String))
    return pairs.join(table, on=["duties", "members"], how="left", nulls_equal=True, maintain_order="left").get_column(
        "class"
    )


def _dedup(job: Job) -> Any:
    return next((stage.options for stage in job.config.stages if stage.stage == "dedup"), None)


def _range(job: Job, units: list[int], kind: str, part: int, parts: int) -> pa.Table:
    start, stop = (part << 64) // parts, ((part + 1) << 64) // parts
    return pa.concat_tables(
        [between(job.work / "index" / f"{u:06d}.{kind}.arrow", KEY[kind], start, stop) for u in units]
    )
