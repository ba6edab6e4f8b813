"""Workers that die, run out of memory or meet a full disk: what is tried again, what is named, what stops the run."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from datatrove.pipeline.base import PipelineStep

from pipeline.engines import Failure, Inline, Local, Task
from pipeline.errors import WorkError


class Fault(PipelineStep):  # type: ignore[misc]
    """Every rank leaves a line in a file; rank 1 then meets its fate, always or the first time."""

    def __init__(self, place: Path, fate: str, always: bool) -> None:
        super().__init__()
        self.place, self.fate, self.always = place, fate, always

    def run(self, data: Any = None, rank: int = 0, world_size: int = 1) -> Any:
        with (self.place / str(rank)).open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
        if rank == 1 and (self.always or len(seen(self.place, 1)) == 1):
            match self.fate:
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "exit":
                    os._exit(3)
                case "memory":
                    raise MemoryError
                case "disk":
                    raise OSError(errno.ENOSPC, "full", "facts/000001.parquet")
                case "record":
                    raise ValueError("the text of a record")
        return
        yield


def seen(place: Path, rank: int) -> list[str]:
    return (place / str(rank)).read_text("utf-8").split()


def ran(engine: Local | Inline, place: Path, fate: str, always: bool) -> tuple[list[Failure], list[int]]:
    done: list[int] = []
    try:
        failures = engine.run(Task(Fault(place, fate, always), 4, place / "logs"), range(4), done.append)
    finally:
        engine.close()
    return failures, sorted(done)


@pytest.mark.parametrize("fate", ["kill", "memory"])
def test_a_piece_that_failed_once_is_done_by_another_process(tmp_path: Path, fate: str) -> None:
    assert ran(Local(1), tmp_path, fate, always=False) == ([], [0, 1, 2, 3])
    first, second = seen(tmp_path, 1)
    assert first != second
    # Alone, after all others: what two could not share, one may have.
    assert (tmp_path / "1").stat().st_mtime_ns >= max((tmp_path / str(n)).stat().st_mtime_ns for n in (0, 2, 3))


@pytest.mark.parametrize(("fate", "words"), [("kill", "signal 9"), ("exit", "exit code 3")])
def test_a_piece_that_kills_every_worker_is_named_and_the_others_are_done(
    tmp_path: Path, fate: str, words: str
) -> None:
    ((failure,), done) = ran(Local(1), tmp_path, fate, always=True)
    assert failure.rank == 1 and words in failure.what and done == [0, 2, 3]
    assert len(seen(tmp_path, 1)) == 2


def test_what_failed_is_told_without_a_word_of_the_record(tmp_path: Path) -> None:
    for engine in (Inline(), Local(1)):
        ((failure,), done) = ran(engine, tmp_path, "record", always=True)
        assert "ValueError" in failure.what and "text of" not in failure.what and done == [0, 2, 3]


def test_a_full_disk_stops_everything_and_says_which_file(tmp_path: Path) -> None:
    for engine in (Inline(), Local(1)):
        with pytest.raises(WorkError, match=r"facts/000001\.parquet: no space left on the disk; free some, then run"):
            ran(engine, tmp_path, "disk", always=True)
        assert not (tmp_path / "3").exists() or isinstance(engine, Local)
