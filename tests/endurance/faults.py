"""What real machines do to a run, fault by fault; each ends in the bytes of the quiet run or in a clear refusal.

Every function takes a folder of its own and returns how often the fault struck. An assertion fails where the outcome
is neither.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.corpora import hashes
from tests.endurance.job import Command, listing, quiet

# Where a run can be met: a folder of the work folder, and how many files have to stand in it.
MOMENTS = [
    ("facts", 1), ("facts", 5), ("facts", 9), ("index", 2), ("ids", 1), ("copies", 1), ("verdicts", 1), ("verdicts", 7),
    ("written", 1), ("written", 4), ("release/data", 3), ("release/decisions", 1),
]  # fmt: skip

# Kills of workers that one run survives: phases apart, so that none meets the second try of the same piece.
SERIES = [("facts", "copies", "written"), ("index", "verdicts"), ("facts", "verdicts")]


def killed(folder: Path, whom: str, times: int, seed: int = 1) -> int:
    """SIGKILL of `worker`, `workers`, `driver` or `group` at moments all over the run, resumed with 1 to 3 workers."""
    return _struck(folder, whom, signal.SIGKILL, times, seed)


def terminated(folder: Path, times: int, seed: int = 2) -> int:
    """SIGTERM of the driver: exit 130, how to resume, and the same bytes after it."""
    return _struck(folder, "driver", signal.SIGTERM, times, seed)


def interrupted(folder: Path, times: int, seed: int = 3) -> int:
    """Ctrl-C, which the whole group gets."""
    return _struck(folder, "group", signal.SIGINT, times, seed)


def _struck(folder: Path, whom: str, number: int, times: int, seed: int) -> int:
    path, want = quiet(folder)
    made, struck = random.Random(seed), 0
    while struck < times:
        command = Command(path, "--workers", str(made.randint(1, 3)))
        moments = [made.choice(MOMENTS)]
        if whom.startswith("worker"):
            moments = [made.choice([m for m in MOMENTS if m[0] == place]) for place in made.choice(SERIES)]
        hit = False
        for place, files in moments:
            hit = command.signal_at(folder / "out.work" / place, files, whom, number, made.random() * 0.05)
            struck += hit
        if hit and whom == "driver" and number == signal.SIGKILL:
            nothing_goes_on(command, folder / "out.work")
        ended = command.end()
        if whom.startswith("worker"):
            assert ended.code == 0, ended.said  # a killed worker costs a unit's time, never the run
        elif hit and ended.code != 0:
            assert ended.code == (-number if number == signal.SIGKILL else 130), ended.said
            assert number == signal.SIGKILL or "to go on, run: reinschrift run" in ended.said, ended.said
        out = folder / "out"
        if out.exists():  # visible means whole, also after a kill in the last moment
            assert hashes(out) == want, f"other bytes after {ended.said}"
            again = Command(path).end()
            assert again.code == 0 and not (folder / "out.work").exists(), f"{ended.said}\nthen {again.said}"
            shutil.rmtree(out)
    ended = Command(path, "--workers", "2").end()
    assert ended.code == 0 and hashes(folder / "out") == want, ended.said
    return struck


def nothing_goes_on(command: Command, work: Path) -> None:
    """A moment after its driver was killed nothing writes any more."""
    command.process.wait()
    until = time.monotonic() + 5
    while command.members() and time.monotonic() < until:
        time.sleep(0.01)
    assert not command.members(), "workers outlived their driver"
    before = listing(work) if work.exists() else {}
    time.sleep(0.3)
    assert (listing(work) if work.exists() else {}) == before


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A file system of its own at `folder`/disk, in memory; yields what mounts it again with other options."""
    place = folder / "disk"
    place.mkdir(parents=True)
    if (
        os.geteuid()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True
        ).returncode
    ):
        pytest.skip("a small file system can be mounted by root alone")

    def again(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)

    try:
        yield again
    finally:
        subprocess.run(["umount", place], check=True)


def disk_full(folder: Path, sizes: tuple[str, ...] = ("100k", "400k", "700k", "900k")) -> int:
    """The disk of the output fills up: exit 2, which file and what to do; the same bytes once there is room."""
    path, want = quiet(folder)
    for number, size in enumerate(sizes):
        with small_disk(folder / str(number), size) as again:
            there = _elsewhere(path, folder / str(number))
            ended = Command(there, "--workers", "2").end()
            assert ended.code == 2 and "no space left" in ended.said and "run the same command again" in ended.said, (
                ended.said
            )
            assert not (folder / str(number) / "disk/out").exists()
            again("size=100m")
            ended = Command(there, "--workers", "1").end()
            assert ended.code == 0 and hashes(folder / str(number) / "disk/out") == want, ended.said
    return len(sizes)


def read_only(folder: Path) -> int:
    """The file system of the output is read-only: exit 2, said so, and the same bytes once it is not."""
    path, want = quiet(folder)
    with small_disk(folder / "ro", "100m") as again:
        there = _elsewhere(path, folder / "ro")
        again("ro")
        ended = Command(there).end()
        assert ended.code == 2 and "read-only" in ended.said and "disk" in ended.said, ended.said
        again("rw")
        assert Command(there).end().code == 0 and hashes(folder / "ro/disk/out") == want
    return 1


def _elsewhere(path: str, folder: Path) -> str:
    """The same job with its output on the small disk."""
    text = Path(path).read_text("utf-8")
    there = folder / "config.yaml"
    there.write_text(text.replace(f'"{Path(path).parent}/out"', f'"{folder}/disk/out"'), "utf-8")
    return str(there)


def out_of_memory(folder: Path, times: int = 3) -> int:
    """A worker may not have any more memory: its piece is done by another one, alone; the same bytes."""
    path, want = quiet(folder)
    struck = 0
    while struck < times:
        command = Command(path, "--workers", "2")
        while command.process.poll() is None and not list(folder.glob("out.work/*/facts/*")):
            time.sleep(0.005)
        for pid in command.workers()[:1]:
            held = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
            resource.prlimit(pid, resource.RLIMIT_AS, (held + (1 << 20), held + (1 << 20)))
            struck += 1
        ended = command.end()
        assert ended.code == 0 and hashes(folder / "out") == want, ended.said
        shutil.rmtree(folder / "out")
    return struck


def two_at_once(folder: Path) -> int:
    """A second run on the same output is refused and told so; the first is not disturbed."""
    path, want = quiet(folder)
    first = Command(path, "--workers", "2")
    while first.process.poll() is None and not list(folder.glob("out.work/*/facts/*")):
        time.sleep(0.005)
    first.signal("driver", signal.SIGSTOP)
    second = Command(path).end()
    first.signal("driver", signal.SIGCONT)
    assert second.code == 2 and "another run works here" in second.said, second.said
    assert first.end().code == 0 and hashes(folder / "out") == want
    return 1


def changed_between(folder: Path, what: str) -> int:
    """Between kill and resume the `config` or the `input` changes: the bytes of a quiet run of the new job."""
    path, old = quiet(folder)
    for place, files in (("facts", 5), ("verdicts", 3), ("written", 2)):
        command = Command(path, "--workers", "2")
        hit = command.signal_at(folder / "out.work" / place, files, "group", signal.SIGKILL)
        command.end()
        if hit and not (folder / "out").exists():
            break
        shutil.rmtree(folder / "out", ignore_errors=True)  # it was faster than the signal
    if what == "config":
        text = Path(path).read_text("utf-8")
        Path(path).write_text(text.replace("min_characters: 5", "min_characters: 340"), "utf-8")
    else:
        source = folder / "in/b.jsonl"
        source.write_text(source.read_text("utf-8").replace("Haus", "Dach"), "utf-8")
    ended = Command(path, "--workers", "1").end()
    assert ended.code == 0, ended.said
    got = hashes(folder / "out")
    shutil.rmtree(folder / "out")
    ended = Command(path, "--workers", "2").end()
    assert ended.code == 0 and got == hashes(folder / "out") != old, ended.said
    return 1


def never_works(folder: Path) -> int:
    """An input vanishes during the run: named and put aside, the others are finished, nothing is released."""
    path, want = quiet(folder)
    source = folder / "in/c.jsonl"
    command = Command(path, "--workers", "1")
    while command.process.poll() is None and not list(folder.glob("out.work/*/plan.json")):
        time.sleep(0.001)
    source.rename(folder / "c.jsonl")
    ended = command.end()
    assert ended.code == 2 and "in/c.jsonl" in ended.said and "put aside" in ended.said, ended.said
    assert "Nothing was released" in ended.said and not (folder / "out").exists()
    (folder / "c.jsonl").rename(source)
    ended = Command(path, "--workers", "2").end()
    assert ended.code == 0 and hashes(folder / "out") == want, ended.said
    return 1
