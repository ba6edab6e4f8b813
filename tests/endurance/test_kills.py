"""The short form of the endurance trial; `python -m tests.endurance.long` is the long one."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

import pipeline
from pipeline.engines import Inline, Local
from pipeline.errors import QuarantineError
from tests.corpora import hashes
from tests.endurance.faults import nothing_goes_on
from tests.endurance.job import Command, corpus

UNIT_BYTES = 30_000


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    path = corpus(tmp_path_factory.mktemp("quiet"), 300)
    pipeline.run(path, engine=Inline(), unit_bytes=UNIT_BYTES)
    out = Path(path).with_name("out")
    want = hashes(out)
    assert len(want) > 2
    out.rename(out.with_name("done"))
    return path, want


def resumed(path: str) -> dict[str, str]:
    """Hashes after the same command in this process."""
    pipeline.run(path, engine=Inline(), unit_bytes=UNIT_BYTES)
    return taken(path)


def taken(path: str) -> dict[str, str]:
    """Hashes of the release, which is moved away; nothing of the work is left."""
    out = Path(path).with_name("out")
    found = hashes(out)
    assert not out.with_name("out.work").exists()
    out.rename(out.with_name(f"out-{len(list(out.parent.iterdir()))}"))
    return found


def workers() -> list[int]:
    """The workers of this process."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    found = [int(pid) for task in tasks for pid in task.read_text().split()]
    return [pid for pid in found if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_killed_worker_costs_nothing_but_time(quiet: tuple[str, dict[str, str]]) -> None:
    path, want = quiet
    killed: list[int] = []

    def kill(phase: str, done: int, total: int, rows: int) -> None:
        if phase == "survey" and done == 2 and not killed:
            killed.extend(workers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    pipeline.run(path, engine=Local(1), unit_bytes=UNIT_BYTES, progress=kill)
    assert killed and taken(path) == want


def test_a_worker_that_gets_no_more_memory_costs_nothing_but_time(quiet: tuple[str, dict[str, str]]) -> None:
    path, want = quiet
    limited: list[int] = []
    later: list[int] = []

    def limit(phase: str, done: int, total: int, rows: int) -> None:
        if phase == "survey" and done == 2 and not limited:
            limited.extend(workers())
            for pid in limited:
                held = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
                resource.prlimit(pid, resource.RLIMIT_AS, (held, held))
        if phase == "verdicts":
            later.extend(workers())

    pipeline.run(path, engine=Local(1), unit_bytes=UNIT_BYTES, progress=limit)
    assert limited and later and not set(limited) & set(later)  # it did fail, and another one took over
    assert taken(path) == want


def test_a_killed_driver_takes_its_workers_along_and_is_resumed_and_so_is_a_killed_group(
    quiet: tuple[str, dict[str, str]],
) -> None:
    path, want = quiet
    command = Command(path, "--workers", "1", unit_bytes=UNIT_BYTES)
    work = Path(path).with_name("out.work")
    assert command.signal_at(work / "facts", 2, "driver", signal.SIGKILL)
    nothing_goes_on(command, work)
    assert command.end().code == -signal.SIGKILL
    command = Command(path, "--workers", "1", unit_bytes=UNIT_BYTES)
    assert command.signal_at(work / "verdicts", 1, "group", signal.SIGKILL)
    assert command.end().code == -signal.SIGKILL
    assert not Path(path).with_name("out").exists() and resumed(path) == want


def test_sigterm_and_ctrl_c_end_with_130_and_say_how_to_go_on(quiet: tuple[str, dict[str, str]]) -> None:
    path, want = quiet
    work = Path(path).with_name("out.work")
    for options, place, files, whom, number in (
        (["--fresh"], "facts", 2, "driver", signal.SIGTERM),
        ([], "verdicts", 1, "group", signal.SIGINT),
    ):
        command = Command(path, "--workers", "1", *options, unit_bytes=UNIT_BYTES)
        assert command.signal_at(work / place, files, whom, number)
        ended = command.end()
        assert ended.code == 130 and f"to go on, run: reinschrift run {path} --workers 1\n" in ended.said
    assert resumed(path) == want


def test_a_vanished_input_is_named_and_nothing_is_released(quiet: tuple[str, dict[str, str]]) -> None:
    path, want = quiet
    source, aside = Path(path).with_name("in") / "c.jsonl", Path(path).with_name("c.jsonl")

    def vanish(phase: str, done: int, total: int, rows: int) -> None:
        if phase == "survey" and done == 1:
            source.rename(aside)

    with pytest.raises(QuarantineError, match=r"in/c\.jsonl.*") as told:
        pipeline.run(path, engine=Inline(), unit_bytes=UNIT_BYTES, progress=vanish)
    assert "put aside" in str(told.value) and "Nothing was released" in str(told.value)
    assert not Path(path).with_name("out").exists()
    aside.rename(source)
    assert resumed(path) == want
