"""Release: output file by output file. The sources are read again through a mask, and what is kept is written.

Files are a function of the sequence of kept records, not of units or workers: within a duty class, file k holds the
records whose texts begin between k·B and (k+1)·B bytes of all texts of the class before them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline import commit, cuts, gather, plan
from pipeline.credits import credits
from pipeline.errors import InputError, InternalError
from pipeline.facts import BATCH_ROWS, Facts, Rows, chunks
from pipeline.job import Job
from pipeline.plan import Plan
from pipeline.reader import Unit
from pipeline.record import CUT, DATA, DECISIONS, RECEIPT, SIGNAL, as_frame
from pipeline.stage import KEEP
from pipeline.texts import MOST, Source, Spool
from pipeline.writer import write_parquet

DECISION_ROWS = 1_000_000
DECISION_GROUP = 65_536
OLDEST = pl.CompatLevel.oldest()
# What of the facts a file is made of; the rest (sketches and the like) is not read.
MADE_OF = [
    "row", "file", "evidence", "signals", "family", "verdict", "stage", "fingerprint_hi", "fingerprint_lo",
    *cuts.FACTS,
]  # fmt: skip
FOR_DATA = list(dict.fromkeys([*MADE_OF, *DATA.names]))
FOR_DECISIONS = list(dict.fromkeys([*MADE_OF, "retrieved", *DECISIONS.names]))
# Long values that stand in many records: each is decoded once a batch, and its place in the batch's dictionary spread.
CODED = ("evidence", "signals")
OVERLAID = ("title", "author", "published")  # what an extractor knows better than the reader


@dataclass(frozen=True, slots=True)
class Output:
    """One file of the release: its place, and the range of records (unit << 32 | position) it is filled from."""

    path: str
    part: str  # `data` or `decisions`
    group: str  # folder below `data`: duty class, or the exception alone; empty for decisions and where there is none
    first: int
    last: int
    rows: int


def outputs(job: Job, units: list[int], rows: Mapping[int, int]) -> list[Output]:
    """The files of the release, from the verdicts' counts and sizes alone."""
    size = job.config.output.file_bytes
    before: dict[str, int] = {}
    found: dict[str, list[list[int]]] = {}  # class → [bucket, first, last, rows]
    for unit in units:
        for _, read in chunks(_verdicts(job, unit, ["at", "verdict", "class", "bytes"])):
            frame = read.filter(pl.col("verdict") == KEEP)
            for (group,), part in frame.group_by("class", maintain_order=True):
                ends = np.cumsum(part.get_column("bytes").to_numpy()) + before.get(str(group), 0)
                begins = ends - part.get_column("bytes").to_numpy()
                at = part.get_column("at").to_numpy()
                buckets, starts = np.unique(begins // size, return_index=True)
                stops = np.append(starts[1:], len(at))
                before[str(group)] = int(ends[-1])
                files = found.setdefault(str(group), [])
                for bucket, start, stop in zip(buckets.tolist(), starts.tolist(), stops.tolist(), strict=True):
                    if files and files[-1][0] == bucket:
                        files[-1][2:] = [int(at[stop - 1]), files[-1][3] + stop - start]
                    else:
                        files.append([bucket, int(at[start]), int(at[stop - 1]), stop - start])
    made = []
    for group, files in sorted(found.items()):
        folder = f"data/{group}" if group else "data"
        for number, (_, first, last, count) in enumerate(files):
            made.append(
                Output(f"{folder}/train-{number:05d}-of-{len(files):05d}.parquet", "data", group, first, last, count)
            )
    return made + _decision_outputs(units, rows)


def _decision_outputs(units: list[int], rows: Mapping[int, int]) -> list[Output]:
    """Every record read, in order, a fixed number of rows a file."""
    edges: list[tuple[int, int]] = []  # (first, last) of each file
    count = 0
    for unit in units:
        position = 0
        while position < rows[unit]:
            take = min(rows[unit] - position, DECISION_ROWS - count % DECISION_ROWS)
            first, last = (unit << 32) + position, (unit << 32) + position + take - 1
            if count % DECISION_ROWS == 0:
                edges.append((first, last))
            else:
                edges[-1] = (edges[-1][0], last)
            count += take
            position += take
    return [
        Output(
            f"decisions/decisions-{number:05d}-of-{len(edges):05d}.parquet", "decisions", "", first, last,
            min(DECISION_ROWS, count - number * DECISION_ROWS),
        )
        for number, (first, last) in enumerate(edges)
    ]  # fmt: skip


def save_outputs(job: Job, made: list[Output]) -> None:
    commit.write_json(job.work / "outputs.json", [asdict(output) for output in made])


@lru_cache(maxsize=2)
def load_outputs(work: Path) -> tuple[Output, ...]:
    return tuple(Output(**output) for output in json.loads((work / "outputs.json").read_bytes()))


def release(job: Job, number: int) -> None:
    """Commits one output file under `release/`, with its manifest under `written/`."""
    output = load_outputs(job.work)[number]
    proof = job.work / "written" / f"{number:06d}.json"
    path = job.work / "release" / output.path
    done = commit.read_manifest(proof)
    if done is not None and path.exists() and commit.sha256(path) == done["sha256"]:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if output.part == "data":
        tables, schema = _data(job, output), DATA
        options = job.config.output
        written = write_parquet(path, tables, schema, rows=options.row_group_rows, size=options.row_group_bytes)
    else:
        written = write_parquet(path, _decisions(job, output), DECISIONS, rows=DECISION_GROUP)
    if written["rows"] != output.rows:
        raise InternalError(f"{output.path}: {output.rows} records were decided, {written['rows']} written")
    commit.write_manifest(proof, {}, {**written, "path": output.path})


def units(plan: Plan, output: Output) -> Iterator[tuple[Unit, int, int]]:
    """The units a file is filled from, each with its first and last position."""
    by_index = {unit.index: unit for unit in plan.units}
    for index in range(output.first >> 32, (output.last >> 32) + 1):
        if index in by_index:
            start = output.first & 0xFFFFFFFF if index == output.first >> 32 else 0
            stop = output.last & 0xFFFFFFFF if index == output.last >> 32 else 0xFFFFFFFF
            yield by_index[index], start, stop


# ---- data


def _verdicts(job: Job, unit: int, columns: list[str] | None = None) -> Rows:
    return Rows(job.work / "verdicts" / f"{unit:06d}.parquet", columns)


def _data(job: Job, output: Output) -> Iterator[pa.Table]:
    for unit, first, last in units(job.plan, output):
        wanted = (pl.col("verdict") == KEEP) & (pl.col("class") == output.group)
        yield from _kept(job, unit, wanted, first, last)


def _kept(job: Job, unit: Unit, wanted: pl.Expr, first: int, last: int) -> Iterator[pa.Table]:
    """The wanted records of a unit from position `first` to `last`, as many at a time as survey had in a batch."""
    found, last, chosen = _found(job, unit, wanted, first, last)
    if not found:
        return
    proof = gather.manifest(job, "facts", f"{unit.index:06d}")
    spool = Spool(job.work / "spool" / f"{unit.index:06d}.arrow", OVERLAID) if proof["spooled"] else None
    source: Source | None = None
    judged, known = _verdicts(job, unit.index), Facts(job.work, unit.index, FOR_DATA, CODED)
    position = done = 0
    for rows in _batches(job, unit):
        facts, verdicts = known.table(rows), judged.take(rows)
        here = pl.int_range(position, position + rows, eager=True).is_between(first, last)
        mask = verdicts.select(wanted.fill_null(False)).to_series() & here
        places = np.flatnonzero(mask.to_numpy())
        own = None
        text, overlay = spool.take(position, rows, places) if spool else (None, None)
        if len(places) and (text is None or text.null_count):
            source = source or Source(job, unit, None if spool else chosen)
            own = source.take(as_frame(facts.select(["file", "row"])).filter(mask))
            text = own if text is None else pc.coalesce(text, own)
        position += rows
        if text is not None and len(places):
            facts = facts.filter(mask.to_arrow())
            if "cuts" in facts.column_names:
                text = cuts.standing(text, pl.Series(facts.column("cuts")))
            verdicts = verdicts.filter(mask)
            if not np.array_equal(pc.binary_length(text).to_numpy(), verdicts.get_column("bytes").to_numpy()):
                raise InputError(plan.OTHER.format(unit.files[0].path))
            yield _records(job, unit, text, facts, overlay, verdicts)
            done += len(places)
        del text, facts  # a long text goes before the next one is read
        own = None
        if position > last:
            break
    if done != found:
        raise InternalError(f"{unit.files[0].path}: {found} records were kept, {done} written")


def _found(job: Job, unit: Unit, wanted: pl.Expr, first: int, last: int) -> tuple[int, int, NDArray[np.int64] | None]:
    """How many records of a unit a file takes, the position of the last of them, and all their positions if few."""
    found, end = 0, 0
    parts: list[NDArray[np.int64]] = []
    for position, frame in chunks(_verdicts(job, unit.index, ["verdict", "class"])):
        if position > last:
            break
        places = np.flatnonzero(frame.select(wanted.fill_null(False)).to_series().to_numpy()) + position
        places = places[(places >= first) & (places <= last)]
        if len(places):
            found, end = found + len(places), int(places[-1])
            parts = [*parts, places] if found <= MOST else []
    return found, end, np.concatenate(parts) if parts and found <= MOST else None


def _batches(job: Job, unit: Unit) -> Iterator[int]:
    """The numbers of rows in which survey met a unit: one batch a row group."""
    file = pq.ParquetFile(job.work / "facts" / f"{unit.index:06d}.parquet")
    for group in range(file.num_row_groups):
        yield file.metadata.row_group(group).num_rows


def _overlaid(facts: pl.DataFrame, overlay: pl.DataFrame | None) -> pl.DataFrame:
    """What the extractor knew, where the spool has the record; else what the source said."""
    if overlay is None:
        return facts
    return facts.with_columns(pl.coalesce(overlay.get_column(name), name).alias(name) for name in OVERLAID)


def _records(
    job: Job,
    unit: Unit,
    text: pa.LargeStringArray,
    facts: pa.Table,
    overlay: pl.DataFrame | None,
    verdicts: pl.DataFrame,
) -> pa.Table:
    """Kept records in the one schema."""
    frame = _overlaid(_frame(facts), overlay).with_columns(
        verdicts.get_column("id"), verdicts.get_column("duties"), verdicts.get_column("copies"),
        pl.lit(unit.source).alias("source"),
        pl.Series("evidence", facts.column("evidence").cast(pa.large_string())),
    )  # fmt: skip
    columns: dict[str, Any] = {
        "text": text,
        "evidence": receipts(facts, job.plan.as_of),
        "reservations": signals(facts),
        "fingerprint": _fingerprints(frame),
    }
    cutting = "cuts" in frame.columns
    if cutting or frame.get_column("media").null_count() < frame.height:
        left = cuts.counted(frame.get_column("cuts")) if cutting else [[]] * frame.height
        columns["cuts"] = pa.array(left, pa.list_(CUT))
        frame = frame.with_columns(as_frame(pa.table({"cuts": columns["cuts"]})))
        frame = frame.with_columns(cuts.changes(frame))
    columns["credit"] = credits(frame, job.registry)
    return _filled(frame, columns, DATA)


# ---- decisions


def _decisions(job: Job, output: Output) -> Iterator[pa.Table]:
    places = _places(job)
    reasons = job.reasons
    for unit, first, last in units(job.plan, output):
        known, judged, position = Facts(job.work, unit.index, FOR_DECISIONS, CODED), _verdicts(job, unit.index), 0
        while rows := (facts := known.table(BATCH_ROWS)).num_rows:
            verdict = judged.take(rows)
            low, high = max(first - position, 0), min(last - position + 1, rows)
            if low < high:
                yield _rows(job, unit, facts.slice(low, high - low), verdict[low:high], places, reasons)
            position += rows


def _rows(
    job: Job,
    unit: Unit,
    facts: pa.Table,
    verdicts: pl.DataFrame,
    places: Mapping[str, Any],
    reasons: Mapping[str, Any],
) -> pa.Table:
    names = {code: reason.decision for code, reason in reasons.items()}
    frame = _frame(facts).drop("verdict", "stage", "id", "duties", "row").with_columns(
        verdicts.select(
            "id", "duties", "stage", "duplicate_of", "similarity", "estimated", "contested_by", "copies", "row",
            pl.col("verdict").alias("reason"),
            pl.col("verdict").replace_strict(names, return_dtype=pl.String).alias("decision"),
        )
    )  # fmt: skip
    frame = frame.with_columns(
        pl.lit(unit.source).alias("source"),
        pl.concat_str("file", pl.lit(":"), pl.col("row").cast(pl.String)).alias("locator"),
        _file_of(verdicts, places),
        pl.col("stage").fill_null(KEEP),
    )
    columns = {
        "evidence": receipts(facts, job.plan.as_of),
        "signals": signals(facts),
        "fingerprint": _fingerprints(frame),
    }
    if "cuts" in frame.columns:
        columns["cuts"] = pa.array(cuts.counted(frame.get_column("cuts")), pa.list_(CUT))
        columns["whole"] = _fingerprints(frame, "whole")
    return _filled(frame, columns, DECISIONS)


def _places(job: Job) -> dict[str, tuple[NDArray[np.int64], list[str]]]:
    """For every duty class the first place of each file and its path."""
    by_group: dict[str, list[Output]] = {}
    for output in load_outputs(job.work):
        if output.part == "data":
            by_group.setdefault(output.group, []).append(output)
    return {g: (np.array([o.first for o in made], np.int64), [o.path for o in made]) for g, made in by_group.items()}


def _file_of(verdicts: pl.DataFrame, places: Mapping[str, Any]) -> pl.Series:
    """The path of the file that every kept record stands in; null for the others."""
    kept = verdicts.select(pl.when(pl.col("verdict") == KEEP).then("class")).to_series()
    at = verdicts.get_column("at").to_numpy()
    made = pl.Series("file", [None] * len(kept), pl.String)
    for group in kept.drop_nulls().unique():
        rows = (kept == group).fill_null(False).arg_true()
        firsts, paths = places[group]
        files = np.searchsorted(firsts, at[rows.to_numpy()], side="right") - 1
        made = made.scatter(rows, pl.Series(paths, dtype=pl.String).gather(files))
    return made


def receipts(facts: pa.Table, as_of: str) -> pa.Array:
    """JSON receipts → list<struct>, each with the day it was seen, `as_of` where its source says none."""
    return _spread(
        (facts.column("evidence"), facts.column("retrieved")),
        lambda value, day: [
            {"seen": as_of if day is None else day, **item, "context": (item.get("context") or None)}
            for item in json.loads(value or "[]")
        ],
        pa.list_(RECEIPT),
    )


def signals(facts: pa.Table) -> pa.Array:
    """JSON signals → list<struct>."""
    return _spread((facts.column("signals"),), lambda value: json.loads(value or "[]"), pa.list_(SIGNAL))


def _spread(columns: Sequence[pa.ChunkedArray], make: Callable[..., Any], kind: pa.DataType) -> pa.Array:
    """What `make` makes of the columns' values, row by row; every distinct combination is made once."""
    numbers = np.zeros(len(columns[0]), np.int64)
    known: list[list[Any]] = []
    for column in columns:
        array = pa.table([column], ["_"]).unify_dictionaries().column(0).combine_chunks()
        array = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        known.append([*array.dictionary.to_pylist(), None])
        codes = array.indices.fill_null(len(known[-1]) - 1).to_numpy()
        numbers = numbers * len(known[-1]) + codes
    distinct, places = np.unique(numbers, return_inverse=True)
    made = []
    for number in distinct.tolist():
        values = []
        for each in reversed(known):
            number, place = divmod(number, len(each))
            values.append(each[place])
        made.append(make(*reversed(values)))
    return pa.array(made, kind).take(pa.array(places))


def _frame(facts: pa.Table) -> pl.DataFrame:
    return as_frame(facts.drop_columns(list(CODED)))


def _fingerprints(frame: pl.DataFrame, name: str = "fingerprint") -> pa.Array:
    high, low = (frame.get_column(f"{name}_{part}").to_arrow() for part in ("hi", "lo"))
    return pa.StructArray.from_arrays([high, low], names=["hi", "lo"], mask=high.is_null())


def _filled(frame: pl.DataFrame, columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """A table of `schema`: given columns, else the frame's, else nulls of the right type."""
    arrays = []
    table = frame.select([n for n in schema.names if n in frame.columns and n not in columns]).to_arrow(
        compat_level=OLDEST
    )
    for field in schema:
        if field.name in columns:
            arrays.append(columns[field.name])
        elif field.name in table.column_names:
            arrays.append(table.column(field.name).combine_chunks().cast(field.type))
        elif pa.types.is_list(field.type):
            none = pa.array(np.zeros(frame.height + 1, np.int32))
            arrays.append(pa.ListArray.from_arrays(none, pa.array([], field.type.value_type), type=field.type))
        else:
            arrays.append(pa.nulls(frame.height, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
