"""Gather's part in the search for near copies: who takes part, their texts read again, and what the answer changes."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline import commit, cuts, gather, sorted_file
from pipeline.errors import InputError, InternalError
from pipeline.facts import Rows, chunks
from pipeline.index import Index, of_release, open_index
from pipeline.job import Job
from pipeline.near import INDEXES, MEMBERS, Search
from pipeline.reader import Unit
from pipeline.texts import Source

BATCH = 1024


def search(job: Job) -> Search | None:
    """The search that the configuration asks for, its files in `near/`; None where it asks for none."""
    options = _options(job)
    if options is None or options.near is None:
        return None
    folder = job.work / "near"
    folder.mkdir(exist_ok=True)
    known = indexes(job)

    def facts(unit: int) -> Path:
        return known[unit].file if unit >= INDEXES else job.work / "facts" / f"{unit:06d}.parquet"

    blind = frozenset(unit for unit, one in known.items() if one.data is None)
    return Search(folder, facts, options.near, options.prefer, unreadable=blind)


def indexes(job: Job) -> dict[int, Index]:
    """What the configuration compares against, numbered from INDEXES on; a release without an index is given one here.

    Raises InputError where a folder is neither, or where a name could be taken for a source's.
    """
    options, found = _options(job), {}
    for number, place in enumerate(options.against if options else ()):
        path, own = Path(place), job.work / "near" / f"against-{number:03d}"
        if not (path / "index.json").exists() and not (path / "index").exists() and (path / "data").is_dir():
            if commit.read_manifest(own / "index.json") is None:
                of_release(path, path.name, own)
            found[INDEXES + number] = open_index(own, path / "data")
        else:
            found[INDEXES + number] = open_index(path)
    names = [one.name for one in found.values()]
    if taken := sorted({name for name in names if name in job.sources or names.count(name) > 1}):
        raise InputError(f"dedup: against: the name {taken[0]!r} is that of a source or of another index too")
    return found


def _options(job: Job) -> Any:
    return next((stage.options for stage in job.config.stages if stage.stage == "dedup"), None)


def _search(job: Job) -> Search:
    found = search(job)
    if found is None:
        raise InternalError("no near copies were asked for")
    return found


def rank(job: Job, units: list[int], parts: int) -> None:
    """Step 1, once: orders the living that are no exact copies, and all that deny."""
    again = gather.doubled(job, parts)
    copies = _copies(job, parts)
    members = []
    for unit in units:
        keys = sorted_file.read(job.work / "index" / f"{unit:06d}.texts.arrow")
        alive = pl.col("alive") & ~pl.Series(np.isin(keys.get_column("at").to_numpy(), again))
        keys = keys.with_columns(alive.alias("alive")).join(copies, on="at", how="left", maintain_order="left")
        contested = pl.col("change").is_in(list(gather.CONTESTED.values())).fill_null(False)
        members.append(
            keys.filter((pl.col("alive") & (pl.col("change").is_null() | contested)) | pl.col("denies"))
            .with_columns(
                contested.alias("contested"),
                pl.col("copies").fill_null(1).cast(pl.UInt32).alias("copies"),
                pl.coalesce("united", "duties").alias("duties"),
                # An exact copy that denies is no living member any more.
                (pl.col("alive") & (pl.col("change").is_null() | contested)).alias("alive"),
                pl.lit(False).alias("released"),
            )
            .select(pl.col(name).cast(kind) for name, kind in MEMBERS.items())
        )
    members += [one.members(number) for number, one in indexes(job).items()]
    _search(job).rank(pl.concat(members) if members else pl.DataFrame(schema=MEMBERS))


def band(job: Job, number: int) -> None:
    """Step 2, for each of range(BANDS)."""
    _search(job).band(number)


def candidates(job: Job) -> None:
    """Step 3, once; texts of releases are read here, those of the corpus in step 4."""
    found, known = _search(job), indexes(job)
    found.candidates()
    for number in found.indexes():
        found.put(number, known[number].texts(found.wanted(number)))


def put(job: Job, unit: Unit) -> None:
    """Step 4, for each of the search's `units()`: reads the candidates' texts again and stores their window hashes."""
    found = _search(job)
    positions = found.wanted(unit.index)
    again = cuts.Again(job.work / "facts" / f"{unit.index:06d}.parquet")
    found.put(unit.index, ((at, again.standing(at, text)) for at, text in _texts(job, unit, positions)))


def check(job: Job, part: int, checks: int) -> None:
    """Step 5, for each of the search's `parts()`."""
    _search(job).check(part, checks)


def changes(job: Job, parts: int, checks: int) -> None:
    """Step 6, once: commits `near/changes.arrow`, rows as in `copies/`, which replace those of the same place.

    An exact copy of a text that turns out to be a near copy itself names what is kept in the end.
    """
    path = job.work / "near" / "changes.arrow"
    if commit.read_manifest(path.with_suffix(".json")) is not None:
        return
    found = _search(job)
    near = found.changes(checks)
    order = found.order().select("at", pl.col("name").alias("_name"))
    before = _copies(job, parts)
    made = (
        near.join(before.select("at", "change", "contested_by"), on="at", how="left", maintain_order="left")
        .join(order, on="at", how="left", maintain_order="left")
        .with_columns(pl.coalesce("contested_by", "contrary_by").alias("contested_by"))
    )
    contested = pl.lit(gather.CONTESTED[job.config.policy.contested])
    copy = pl.col("duplicate_of").is_not_null()
    protected = [one.name for one in indexes(job).values() if one.role == "protected"]
    made = made.filter(pl.col("at") < INDEXES << 32).select(
        "at",
        "_name",
        pl.when("contested")
        .then(contested)
        .when(copy & pl.col("released") & pl.col("duplicate_of").str.split(":").list.first().is_in(protected))
        .then(pl.lit("duplicate.protected"))
        .when(copy & pl.col("released"))
        .then(pl.lit("duplicate.released"))
        .when(copy)
        .then(pl.lit("duplicate.near"))
        .alias("change"),
        pl.when("contested").then(pl.lit("license")).when(copy).then(pl.lit("dedup")).alias("change_stage"),
        "duplicate_of",
        "similarity",
        pl.when(copy).then("estimated").alias("estimated"),
        "contested_by",
        pl.col("copies").cast(pl.Int64),
        pl.col("duties").alias("united"),
    )
    moved = made.filter(pl.col("change").is_not_null()).drop("at", "copies", "united")
    followers = (
        before.filter(pl.col("change") == "duplicate.exact")
        .select("at", pl.col("duplicate_of").alias("_name"), "copies", "united")
        .join(moved, on="_name", how="inner")
        .select(made.columns)
    )
    result = pl.concat([made, followers]).drop("_name").sort("at")
    sha = sorted_file.write_sorted(path, result, "at")
    commit.write_manifest(path.with_suffix(".json"), {path.name: sha}, {"rows": result.height})


def _copies(job: Job, parts: int) -> pl.DataFrame:
    """What equal texts change, of all key ranges."""
    paths = [job.work / "copies" / f"{part:06d}.arrow" for part in range(parts)]
    return pl.concat([sorted_file.read(path) for path in paths]).sort("at")


def _texts(
    job: Job, unit: Unit, positions: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], pa.LargeStringArray]]:
    """The texts at these positions, in order: from the unit's spool where they were costly to make, else read again."""
    if gather.manifest(job, "facts", f"{unit.index:06d}")["spooled"]:
        # A text of the source itself is not in the spool, and one in the spool is null or a page in the source.
        both = heapq.merge(_spooled(job, unit, positions), _read(job, unit, positions), key=lambda pair: pair[0])
        held: dict[int, str] = {}
        for position, text in both:
            if len(held) >= BATCH and position not in held:
                yield _batch(held)
                held = {}
            held.setdefault(position, text)
        yield _batch(held)
    else:
        yield from _batches(job, unit, positions)


def _batch(held: dict[int, str]) -> tuple[NDArray[np.int64], pa.LargeStringArray]:
    return np.fromiter(held, np.int64), pa.array(list(held.values()), pa.large_string())


def _spooled(job: Job, unit: Unit, positions: NDArray[np.int64]) -> Iterator[tuple[int, str]]:
    with pa.memory_map(str(job.work / "spool" / f"{unit.index:06d}.arrow")) as mapped:
        file = pa.ipc.open_file(mapped)
        for number in range(file.num_record_batches):
            batch = file.get_batch(number).select(["position", "text"])
            batch = batch.filter(pc.is_in(batch.column("position"), pa.array(positions)))
            yield from zip(batch.column("position").to_pylist(), batch.column("text").to_pylist(), strict=True)


def _read(job: Job, unit: Unit, positions: NDArray[np.int64]) -> Iterator[tuple[int, str]]:
    for some, texts in _batches(job, unit, positions):
        for position, text in zip(some.tolist(), texts.to_pylist(), strict=True):
            if text is not None:
                yield position, text


def _batches(
    job: Job, unit: Unit, positions: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], pa.LargeStringArray]]:
    source = Source(job, unit, positions)
    for seen, rows in chunks(Rows(job.work / "facts" / f"{unit.index:06d}.parquet", ["file", "row"])):
        low, high = np.searchsorted(positions, [seen, seen + rows.height])
        for part in source.parts(rows[positions[low:high] - seen]):
            yield positions[low : low + len(part)], part
            low += len(part)
        if high == len(positions):
            return
