"""The index that a release carries, made of what survey measured: no text is read again for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipeline import index, release
from pipeline.facts import Facts, Rows, chunks
from pipeline.job import Job
from pipeline.stage import KEEP

CHUNK = 65_536


def write(job: Job, out: Path) -> None:
    """Writes `out/index/` in the order of the release's data files, where near copies were searched for.

    Elsewhere nothing was measured that it could be made of; a later run that compares against such a release makes an
    index of it first.
    """
    if any(getattr(stage.options, "near", None) is not None for stage in job.config.stages):
        index.write(out / "index", Path(job.config.output.path).name, "released", _frames(job))


def _frames(job: Job) -> Iterator[pl.DataFrame]:
    data = [output for output in release.load_outputs(job.work) if output.part == "data"]
    kept = sorted(data, key=lambda output: Path(output.path))  # as files are sorted: `a/` before `a+b/`
    for output in kept:
        for unit, first, last in release.units(job.plan, output):
            facts = Facts(job.work, unit.index, [name for name in index.COLUMNS if name not in ("source", "id")])
            verdicts = Rows(job.work / "verdicts" / f"{unit.index:06d}.parquet", ["id", "verdict", "class"])
            for position, frame in chunks(facts, CHUNK):
                judged = verdicts.take(frame.height)
                here = pl.int_range(position, position + frame.height, eager=True).is_between(first, last)
                wanted = judged.select((pl.col("verdict") == KEEP) & (pl.col("class") == output.group)).to_series()
                found = frame.with_columns(judged.get_column("id"), pl.lit(unit.source).alias("source"))
                if (rows := found.filter(wanted.fill_null(False) & here)).height:
                    yield rows
