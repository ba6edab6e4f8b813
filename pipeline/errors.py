"""What can go wrong and is said to the user: what is wrong, where, and what to do next."""

from __future__ import annotations

DONE = 0
GATE_FAILED = 1
ERROR = 2
INTERRUPTED = 130


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
