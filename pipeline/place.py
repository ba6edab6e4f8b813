"""Where a release is to stand: a folder of its own that can be swapped in whole, apart from what the run reads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import InputError, WorkError
from pipeline.reader import File
from pipeline.readers._opening import is_remote

MOST = 10_000  # older releases beside one


def folder(path: str) -> Path:
    """The folder that `output.path` means; a link stands for what it leads to, whether that is there yet or not.

    Raises WorkError where it is none that could be swapped in.
    """
    out = Path(os.path.realpath(path) if Path(path).is_symlink() else path)
    if out.name in ("", ".."):
        raise WorkError(f"{path}: cannot be replaced as a whole; name a folder of its own in it as output.path")
    if os.path.ismount(out):
        raise WorkError(
            f"{path}: a file system is mounted here, so the folder cannot be replaced as a whole; name a folder in it "
            f"as output.path, such as {out / 'release'}"
        )
    return out


def work(out: Path) -> Path:
    """Where the work on this release is kept until it is finished."""
    return out.with_name(out.name + ".work")


def apart(out: Path, files: Iterable[File]) -> None:
    """Raises InputError where an input lies in the output or in its work folder: it would be moved, or read again."""
    ours = {os.path.realpath(out), os.path.realpath(work(out))}
    fine: set[str] = set()
    for file in files:
        parent = os.path.dirname(file.url)  # noqa: PTH120 (a name that exists, and a hundred thousand of them)
        if parent in fine or is_remote(file.url) or file.url.startswith("hub:"):
            continue
        real = Path(os.path.realpath(parent or "."))
        if ours & {str(real), *map(str, real.parents)}:
            raise InputError(
                f"{file.path}: lies in the output {out} or in its work folder; choose another output.path, or a path "
                "of the source that does not reach there"
            )
        fine.add(parent)


def free(out: Path) -> None:
    """Raises WorkError for an output that is there already and is not this run's; removes an empty folder."""
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()
        return
    what = "holds a release of another configuration or input" if (out / "run.json").exists() else "is no release"
    raise WorkError(f"{out}: {what}; choose another output.path, or run with --fresh, which moves it aside")


def aside(out: Path) -> Path:
    """A free name beside it for an older release."""
    for number in range(1, MOST):
        path = out.with_name(f"{out.name}.{number}")
        if not os.path.lexists(path):
            return path
    raise WorkError(f"{out}: {MOST - 1:,} older releases stand beside it; remove some, then run the same command again")
