"""Who runs the ranks of a phase: our local workers, or datatrove's Slurm and Ray executors.

A phase is a datatrove pipeline of one columnar step. The local executor keeps one pipe per worker, so that the rank
and the exit code of a killed worker are known exactly; the rank is tried once more, alone, and then named. A worker
ends with its parent: it is asked by the kernel (Linux), and watches the pipe itself elsewhere.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, cast

from datatrove.executor.base import PipelineExecutor

from pipeline import commit
from pipeline.errors import MEMORY, STOPS, WorkError, where


@dataclass(frozen=True, slots=True)
class Failure:
    """A rank that was given up: what happened to it, without a word of any record."""

    rank: int
    what: str


class Task(PipelineExecutor):
    """One phase as datatrove sees it: a pipeline of one step, a number of ranks, a folder for its logs."""

    def __init__(self, step: Any, tasks: int, logs: Path) -> None:
        super().__init__([step], logging_dir=str(logs), skip_completed=False)
        self.tasks = tasks

    @property
    def world_size(self) -> int:
        return self.tasks

    def get_distributed_env(self, node_rank: int = -1) -> dict[str, str]:
        return {
            "datatrove_node_ips": "localhost",
            "datatrove_cpus_per_task": "1",
            "datatrove_mem_per_cpu": "2",
            "datatrove_gpus_on_node": "0",
            "datatrove_executor": "reinschrift",
        }

    def run(self) -> None:
        for rank in range(self.tasks):
            self.run_rank(rank)

    def run_rank(self, rank: int) -> None:
        """One rank on a copy of the pipeline: datatrove's counters add up over ranks otherwise.

        datatrove's own loop around this opens three loggers and three files a rank, 40 ms for what nobody reads.
        """
        data: Any = None
        for step in copy.deepcopy(self.pipeline):
            data = step(data, rank, self.world_size)
        deque(data or (), maxlen=0)


class Worker:
    """One child process and the pipe to it."""

    def __init__(self, held: Sequence[int] = ()) -> None:
        ours, theirs = socket.socketpair()
        code = f"from pipeline.engines import serve; serve({theirs.fileno()}, {os.getpid()})"
        # Our own interpreter rather than multiprocessing: the caller's main module is never imported again, nothing is
        # forked from a process that has threads.
        # Ctrl-C goes to the whole group and is the parent's to handle: the child starts with it blocked.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=[theirs.fileno(), *held],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self.pipe = Connection(ours.detach())
        self.task: Task | None = None
        self.rank, self.first = -1, True

    def start(self, task: Task, rank: int, first: bool) -> None:
        if self.task is not task:
            self.pipe.send_bytes(pickle.dumps(("task", task)))
            self.task = task
        self.pipe.send_bytes(pickle.dumps(("rank", rank)))
        self.rank, self.first = rank, first

    def end(self) -> int:
        """Kills the process and returns its exit code."""
        with contextlib.suppress(OSError):
            self.pipe.close()
        self.process.kill()
        return self.process.wait()


class Local:
    """Local workers that stay for all phases of a run; `held` are file handles that live as long as any of them."""

    def __init__(self, workers: int) -> None:
        self.count = max(1, workers)
        self.held: tuple[int, ...] = ()
        self._workers: list[Worker] = []

    def run(self, task: Task, ranks: Sequence[int], done: Callable[[int], None]) -> list[Failure]:
        """Runs the ranks, calls `done` for each that ends well, and returns those that failed twice.

        A rank that failed is tried again by a new worker when no other is at work: most often it was memory that two
        did not share.
        Raises WorkError at once where no rank can succeed, as on a full disk.
        """
        waiting, again = deque(ranks), deque[int]()
        failures: list[Failure] = []
        while len(self._workers) < min(self.count, len(ranks)):
            self._workers.append(Worker(self.held))
        idle = list(self._workers)
        busy: dict[Connection, Worker] = {}
        while waiting or again or busy:
            while idle and (waiting or (again and not busy)):
                worker = idle.pop()
                first = bool(waiting)
                rank = waiting.popleft() if first else again.popleft()
                try:
                    worker.start(task, rank, first)
                    busy[worker.pipe] = worker
                except OSError:  # died while idle: not this rank's fault
                    idle.append(self._instead(worker)[0])
                    (waiting if first else again).appendleft(rank)
            for pipe in wait(list(busy)):
                worker = busy.pop(cast(Connection, pipe))
                rank = worker.rank
                try:
                    answer: tuple[str, str] = pickle.loads(worker.pipe.recv_bytes())  # noqa: S301 (our own child)
                except (EOFError, OSError):
                    fresh, code = self._instead(worker)
                    answer = ("died", said(code))
                else:
                    if answer[0] == "hopeless":
                        raise WorkError(answer[1])
                    # Nobody knows what a process still holds, or lacks, in which something failed.
                    fresh = worker if answer[0] == "done" else self._instead(worker)[0]
                idle.append(fresh)
                if answer[0] == "done":
                    done(rank)
                elif worker.first:
                    again.append(rank)
                else:
                    failures.append(Failure(rank, answer[1]))
        return failures

    def _instead(self, worker: Worker) -> tuple[Worker, int]:
        """A new worker in place of this one, and the exit code of this one."""
        self._workers.remove(worker)
        code = worker.end()
        self._workers.append(fresh := Worker(self.held))
        return fresh, code

    def close(self) -> None:
        """Ends every worker at once; what they had not committed is not there."""
        for worker in self._workers:
            worker.end()
        self._workers = []


class Inline:
    """No workers: every rank in this process. For programs that bring their own processes, and for tests."""

    def run(self, task: Task, ranks: Sequence[int], done: Callable[[int], None]) -> list[Failure]:
        failures = []
        for rank in ranks:
            for again in (False, True):
                try:
                    task.run_rank(rank)
                except BaseException as error:
                    if isinstance(error, STOPS):
                        raise
                    if stop := commit.hopeless(error):
                        raise stop from error
                    if again:
                        failures.append(Failure(rank, where(error)))
                else:
                    done(rank)
                    break
        return failures

    def close(self) -> None:
        """Nothing to end."""


Engine = Local | Inline


def said(code: int) -> str:
    """What an exit code means to a person."""
    if code < 0:
        name = signal.Signals(-code).name
        hint = f", {MEMORY}" if -code in (signal.SIGKILL, signal.SIGABRT) else ""
        return f"its worker was ended by signal {-code} ({name}){hint}"
    return f"its worker ended with exit code {code}"


def serve(handle: int, parent: int) -> None:
    """A worker's whole life: takes a task and ranks from the pipe, answers each, ends when the pipe does."""
    die_with(parent)
    from loguru import logger

    logger.remove()
    logger.disable("datatrove")
    pipe = Connection(handle)
    task: Task | None = None
    while True:
        try:
            kind, value = pickle.loads(pipe.recv_bytes())  # noqa: S301 (our own parent)
        except (EOFError, OSError):
            os._exit(0)
        if kind == "task":
            task = value
            continue
        answer = ("done", "")
        try:
            cast(Task, task).run_rank(value)
        except BaseException as error:
            answer = ("hopeless", str(stop)) if (stop := commit.hopeless(error)) else ("failed", where(error))
        try:
            pipe.send_bytes(pickle.dumps(answer))
        except OSError:
            os._exit(0)


def die_with(parent: int) -> None:
    """Ends this process when its parent is gone, in the middle of a unit too."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG, prctl(2)

    def watch() -> None:
        while os.getppid() == parent:
            threading.Event().wait(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
