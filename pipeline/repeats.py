"""What repeats over the records of a host, counted before survey: by unit first, then by ranges of all lines.

The records are read, their rights asked and their pages extracted as in survey, which does so again: no text is stored.
Everything goes through sorted files, so that memory is bounded by a run and a range, whatever a host's size.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline import boilerplate, commit, sorted_file
from pipeline.attempt import Attempt
from pipeline.job import Job
from pipeline.reader import Unit
from pipeline.sorted_file import SortedFile, between, write_sorted
from pipeline.stage import Batch
from pipeline.survey import Survey

RUN_ROWS = 1 << 20  # lines that one run holds
RANGE_ROWS = 1 << 22  # and one range


def options(job: Job) -> Any:
    """Those of the stage for which lines are counted; None where there is none."""
    return next((step.options for step in job.config.stages if step.stage == "boilerplate"), None)


def count(job: Job, unit: Unit, limit: int | None, base: int) -> None:
    """Commits `repeats/<unit>.lines.arrow` and `.hosts.arrow` (boilerplate.LINES and HOSTS) of the records whose rights
    are kept, and the manifest with the number of rows read and of lines."""
    folder, name = job.work / "repeats", f"{unit.index:06d}"
    proof = folder / f"{name}.json"
    if commit.read_manifest(proof) is not None:
        return
    run, attempt = Survey(job, unit, base), Attempt(folder / f"{name}.failed")
    empty, nothing = pl.DataFrame(schema=boilerplate.LINES), pl.DataFrame(schema={"host": pl.UInt64, "text": pl.String})
    rows, held, hosts = 0, [empty], [pl.DataFrame(schema=boilerplate.HOSTS)]
    with SortedFile(folder / f"{name}.lines.arrow", "line", ties="host") as file:
        for batch in run.batches(limit):
            found = attempt.frame(batch, lambda piece: _hosted(run.permitted(piece)), lambda *_: nothing)
            rows += batch.num_rows
            held.append(boilerplate.lines(found.get_column("host"), found.get_column("text")))
            hosts.append(_records(found.drop_nulls("host").select("host", pl.lit(1, pl.Int64).alias("records"))))
            if sum(frame.height for frame in held) > RUN_ROWS:
                file.add(_lines(held))
                held = [empty]
        file.add(_lines(held))
    sha = write_sorted(folder / f"{name}.hosts.arrow", _records(pl.concat(hosts)), "host", ties=None)
    files = {f"{name}.lines.arrow": file.sha256, f"{name}.hosts.arrow": sha}
    commit.write_manifest(proof, files, {"rows": rows, "lines": file.rows})


def find(job: Job, units: list[int], part: int, parts: int) -> None:
    """Commits the repeated lines of a range, ascending: `repeated/<part>.arrow`, with their number in the manifest."""
    path = job.work / "repeated" / f"{part:06d}.arrow"
    if commit.read_manifest(path.with_suffix(".json")) is not None:
        return
    chosen, start, stop = options(job), (part << 64) // parts, ((part + 1) << 64) // parts
    folder = job.work / "repeats"
    hosts = [sorted_file.read(folder / f"{u:06d}.hosts.arrow") for u in units]
    records = _records(pl.concat([pl.DataFrame(schema=boilerplate.HOSTS), *hosts]))
    records = records.filter(pl.col("records") >= chosen.min_records)
    tables = [pl.DataFrame(between(folder / f"{u:06d}.lines.arrow", "line", start, stop)) for u in units]
    found = pl.concat([pl.DataFrame(schema=boilerplate.LINES), *tables])
    lines = boilerplate.frequent(found, records, chosen.min_records, chosen.min_share).to_frame("line")
    sha = write_sorted(path, lines, "line", ties=None)
    commit.write_manifest(path.with_suffix(".json"), {path.name: sha}, {"rows": lines.height})


def _hosted(alive: Batch) -> pl.DataFrame:
    """Host and text of every record; those of pages that could not be read are none."""
    text = pl.Series("text", alive.text, dtype=pl.String)
    return pl.DataFrame([boilerplate.hosts(alive.frame.get_column("url")), text]).drop_nulls("text")


def _lines(held: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(held).group_by("line", "host").agg(pl.col("records").sum())


def _records(hosts: pl.DataFrame) -> pl.DataFrame:
    return hosts.group_by("host").agg(pl.col("records").sum())
