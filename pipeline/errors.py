"""What can go wrong and is said to the user: what is wrong, where, and what to do next."""

from __future__ import annotations

import errno
from pathlib import Path

DONE = 0
GATE_FAILED = 1
ERROR = 2
INTERRUPTED = 130
STOPS = (KeyboardInterrupt, SystemExit, GeneratorExit)  # no failures, but somebody's will; panics of Rust code are not
MEMORY = "most often for want of memory: --workers 1 needs less"


class ReinschriftError(Exception):
    """Anything the user is told without a traceback; `code` is the exit code (README lists them)."""

    code = ERROR


class ConfigError(ReinschriftError):
    """Every mistake of a configuration at once, each `file:line:column: key: what is wrong`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class InputError(ReinschriftError):
    """An input that cannot be listed or opened at all (a record that cannot be read is a reason, not an error)."""


class WorkError(ReinschriftError):
    """The work folder or the output is in the way: locked, of another digest, damaged, or not writable."""


class QuarantineError(ReinschriftError):
    """Units that failed twice; the others are finished and the work folder stays."""


class InternalError(ReinschriftError):
    """A promise was about to be broken: counts that do not add up, a verdict that is missing."""


class GateError(ReinschriftError):
    """A gate of the config failed, or nothing was kept."""

    code = GATE_FAILED


def of_machine(error: BaseException) -> bool:
    """Whether memory, a disk or a network failed, not what was read: another try may help, and no record is to blame.

    Arrow tells them by their number: what it cannot make sense of has none, a place that no file has is EINVAL.
    """
    if isinstance(error, OSError):
        return error.errno not in (None, errno.EINVAL) or isinstance(error, ConnectionError | TimeoutError)
    return isinstance(error, MemoryError)


def where(error: BaseException) -> str:
    """Type and place of an exception; the message only of our own errors: another's may hold a record's text."""
    if isinstance(error, ReinschriftError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"out of memory; {MEMORY}"
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    detail = f" (errno {error.errno}: {error.strerror}, {error.filename})" if isinstance(error, OSError) else ""
    return f"{type(error).__name__}{detail} at {' ← '.join(frames[:-6:-1])}"
