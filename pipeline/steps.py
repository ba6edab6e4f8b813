"""The one columnar step of a phase, as datatrove schedules it: a rank commits `pieces[rank::world_size]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datatrove.pipeline.base import PipelineStep

from pipeline import gather, gather_near, line_numbers, release, repeats, survey
from pipeline.job import Job


class Step(PipelineStep):  # type: ignore[misc]
    """Does its pieces of a phase; a piece whose manifest is valid is skipped. Yields no documents."""

    type = "Reinschrift"

    def __init__(self, phase: str, job: Job, pieces: tuple[int, ...], given: Mapping[str, Any]) -> None:
        super().__init__()
        self.name = phase
        self.phase, self.job, self.pieces, self.given = phase, job, pieces, given

    def __deepcopy__(self, memo: Any) -> Step:
        """datatrove copies its pipeline for every rank; only the counters have to be new."""
        return Step(self.phase, self.job, self.pieces, self.given)

    def run(self, data: Any = None, rank: int = 0, world_size: int = 1) -> Any:
        for piece in self.pieces[rank::world_size]:
            self._do(piece)
            self.stat_update("pieces")
        return
        yield  # a generator, as datatrove wants it

    def _do(self, piece: int) -> None:
        job, given = self.job, self.given
        units = job.plan.units
        match self.phase:
            case "lines":
                line_numbers.count(job, units[piece])
            case "repeats":
                repeats.count(job, units[piece], given.get("limit"), given.get("bases", {}).get(piece, 0))
            case "repeated":
                repeats.find(job, given["units"], piece, given["parts"])
            case "survey":
                survey.survey(job, units[piece], given.get("limit"), given.get("bases", {}).get(piece, 0))
            case "pool":
                gather.pool(job, given["units"], piece, given["parts"])
            case "judge":
                gather.judge(job, units[piece], given["parts"])
            case "index":
                gather.index(job, units[piece], given["bases"].get(piece, 0))
            case "ids":
                gather.duplicate_ids(job, given["units"], piece, given["parts"])
            case "wholes":
                gather.wholes(job, given["units"], piece, given["parts"])
            case "copies":
                gather.copies(job, given["units"], piece, given["parts"])
            case "near-rank":
                gather_near.rank(job, given["units"], given["parts"])
            case "near-bands":
                gather_near.band(job, piece)
            case "near-candidates":
                gather_near.candidates(job)
            case "near-texts":
                gather_near.put(job, units[piece])
            case "near-checks":
                gather_near.check(job, piece, given["checks"])
            case "near-changes":
                gather_near.changes(job, given["parts"], given["checks"])
            case "verdicts":
                gather.verdicts(job, units[piece], given["bases"].get(piece, 0), given["parts"])
            case "release":
                release.release(job, piece)
            case _:
                raise ValueError(self.phase)
