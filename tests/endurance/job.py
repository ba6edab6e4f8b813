"""A job with several units, copies and output files, run as the command that users type, and what it leaves behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM

from tests.corpora import config, hashes, texts, write_jsonl

LICENSES = ["CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC BY", None, "https://creativecommons.org/licenses/by/3.0/de/"]
UNIT_BYTES = 60_000
# The command with small units, so that a small corpus has many.
COMMAND = (
    "import pipeline.plan, sys; pipeline.plan.UNIT_BYTES = int(sys.argv.pop(1)); from pipeline.cli import main; main()"
)
HANDOVER = 10.0  # seconds in which whatever a killed run left must be gone


def corpus(folder: Path, records: int = 1200) -> str:
    """Three files with equal texts across them and a broken line; returns the configuration's path."""
    made = texts(records)
    rows = [
        {"id": f"r{i}", "text": text, "license": LICENSES[i % 6], "author": "A. Muster"} for i, text in enumerate(made)
    ]
    third = records // 3
    write_jsonl(folder / "in/a.jsonl", [*rows[:third], "{broken"])
    write_jsonl(folder / "in/b.jsonl", rows[third : 2 * third])
    write_jsonl(
        folder / "in/c.jsonl", [*rows[2 * third :], *({**row, "id": f"again-{row['id']}"} for row in rows[:50])]
    )
    path = config(folder, stages="[{stage: length, min_characters: 5}, {stage: dedup}]")
    text = Path(path).read_text("utf-8").replace('/out"}', '/out", file_bytes: 20000, row_group_rows: 100}')
    Path(path).write_text(text, "utf-8")
    return path


@dataclass
class Ended:
    """How a command ended."""

    code: int
    said: str


class Command:
    """`reinschrift run` in a group of its own."""

    def __init__(self, path: str, *options: str, unit_bytes: int = UNIT_BYTES) -> None:
        self._said = Path(path).with_name(f"said-{time.monotonic_ns()}")
        with self._said.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, str(unit_bytes), "run", path, *options],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            )

    def members(self) -> list[int]:
        """Living processes of its session, the driver first."""
        return session(self.process.pid)

    def workers(self) -> list[int]:
        return [pid for pid in self.members() if pid != self.process.pid]

    def end(self, timeout: float = 300) -> Ended:
        """Waits for the end. Raises AssertionError where anything of its session lives on."""
        code = self.process.wait(timeout)
        until = time.monotonic() + HANDOVER
        while self.members() and time.monotonic() < until:
            time.sleep(0.02)
        assert not self.members(), "processes were left behind"
        said = self._said.read_text("utf-8", "replace")
        self._said.unlink()
        assert "Traceback" not in said, said
        return Ended(code, said)

    def signal_at(self, folder: Path, number: int, whom: str, number_of_signal: int, delay: float = 0.0) -> bool:
        """Sends a signal once `number` files stand in OUT.work/…/`folder`; False where the run ended before."""
        work = folder.parent
        while work.name != "out.work":
            work = work.parent
        pattern = f"*/{folder.relative_to(work).as_posix()}/*"
        while self.process.poll() is None:
            if self._handles(number_of_signal) and sum(1 for _ in work.glob(pattern)) >= number:
                time.sleep(delay)
                return self.signal(whom, number_of_signal)
            time.sleep(0.005)
        return False

    def _handles(self, number: int) -> bool:
        """Whether the driver is so far that it handles the signal: Python itself has to start before."""
        if number == SIGKILL:
            return True
        caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return caught is not None and bool(int(caught[1], 16) >> (SIGTERM - 1) & 1)

    def signal(self, whom: str, number: int) -> bool:
        """To one `worker`, all `workers`, the `driver`, or the whole `group`; False where nobody was there."""
        targets = {
            "worker": self.workers()[:1],
            "workers": self.workers(),
            "driver": [self.process.pid],
            "group": self.members(),
        }[whom]
        for pid in targets:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        return bool(targets)


def session(leader: int) -> list[int]:
    """Living processes of a session, its leader first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, own = stat.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(own) == leader and state != "Z":
            found.append(int(stat.parent.name))
    return sorted(found, key=lambda pid: (pid != leader, pid))


def quiet(folder: Path, records: int = 1200) -> tuple[str, dict[str, str]]:
    """A corpus and the hashes of a run that nobody disturbs, its release removed again."""
    path = corpus(folder, records)
    ended = Command(path, "--workers", "1").end()
    assert ended.code == 0, ended.said
    want = hashes(folder / "out")
    (folder / "out").rename(folder / "quiet")
    return path, want


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
