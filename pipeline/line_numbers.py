"""Line numbers before survey: a list or a person's answer may name a record that has no id by its line, `path#17`.

Only for jobs that have lists or answers, and only for plain files that are cut into byte ranges: their newlines are
counted once, unit by unit, before any record is read. Elsewhere gather adds up the lines that survey saw.
"""

from __future__ import annotations

from itertools import pairwise

from pipeline import commit
from pipeline import stage as stages
from pipeline.job import Job
from pipeline.plan import Plan
from pipeline.reader import Unit
from pipeline.readers._opening import BLOCK, opened


def wanted(job: Job) -> list[int]:
    """The units whose newlines have to be counted: those with another unit of the same file after them."""
    config = job.config
    named = (
        config.overrides or config.removals or any(getattr(stages.find(s.stage), "names", False) for s in config.stages)
    )
    if not named:
        return []
    units = job.plan.units
    return [a.index for a, b in pairwise(units) if a.relative and b.relative and _file(a) == _file(b)]


def count(job: Job, unit: Unit) -> None:
    """Commits the number of newlines among the bytes [start - 1, stop - 1) of the unit's file: `lines/<unit>.json`.

    A unit has the lines that begin in [start, stop), so its first line ends the newline at or after start - 1.
    """
    path = job.work / "lines" / f"{unit.index:06d}.json"
    if commit.read_manifest(path) is not None:
        return
    newlines, left = 0, unit.stop - 1 - max(unit.start - 1, 0)
    with opened(unit.files[0]) as file:
        file.seek(max(unit.start - 1, 0))
        while left > 0 and (block := file.read(min(BLOCK, left))):
            newlines += block.count(b"\n")
            left -= len(block)
    commit.write_manifest(path, {}, {"newlines": newlines})


def bases(plan: Plan, newlines: dict[int, int]) -> dict[int, int]:
    """Lines before the first line of each unit that is not the first of its file, from the counts of those before."""
    found: dict[int, int] = {}
    before = 0
    for unit, after in pairwise(plan.units):
        before = before + newlines[unit.index] if unit.index in newlines else 0
        if unit.index in newlines:
            found[after.index] = before + 1
    return found


def _file(unit: Unit) -> tuple[str, str]:
    return unit.source, unit.files[0].url
