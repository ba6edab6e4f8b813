"""Files, and what lies in them, as streams: a plain or compressed file is one member, an archive has many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from pipeline.errors import InputError
from pipeline.reader import File, Unit
from pipeline.readers._opening import DamagedError, Stream, codec, is_remote, opened, unpacked
from pipeline.readers._rows import groups


class Member:
    """One stream of a unit. A context manager: the stream is open inside.

    `path` names it (`a.zip!member`), `first` is the number of its first row; of a byte range, `length` and `skip` are
    what `_lines.split` takes. `damage` is set where it cannot be opened.
    """

    def __init__(self, file: File, *, start: int = 0, stop: int | None = None) -> None:
        self.path = file.path
        self.first = 1
        self.damage: DamagedError | None = None
        self.length = None if stop is None else stop - start + (1 if start else 0)
        self.skip = start > 0
        self.file = file
        self._start = start
        self._stack = ExitStack()
        self.stream: Stream

    def __enter__(self) -> Member:
        handle = self._stack.enter_context(opened(self.file))
        if codec(self.path) and self.file.size == 0:
            self.damage = DamagedError("input.truncated", "the file is empty, which no compressed file is")
        if self._start:
            handle.seek(self._start - 1)
        self.stream = unpacked(handle, self.path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def members(unit: Unit) -> Iterator[Member]:
    """The streams of a unit, in order, each to be entered before the next is taken."""
    for file in unit.files:
        yield Member(file, start=unit.start, stop=unit.stop) if unit.kind == "bytes" else Member(file)


def is_archive(path: str) -> bool:
    """Whether a file of this name holds other files."""
    return False


def units(
    source: str, files: Sequence[File], target: int, *, split_lines: bool = False, group: bool = False
) -> Iterator[Unit]:
    """One unit a file. With `split_lines`, plain files larger than `target` bytes are cut into byte ranges; with
    `group`, smaller ones are put together. Raises InputError on a folder."""
    for file in files:
        if not is_remote(file.url) and Path(file.url).is_dir():
            raise InputError(
                f"{file.path}: a folder; name the files in it by a pattern, {file.path.rstrip('/')}/**/*.txt"
            )
    if group:
        for part in groups([file.size for file in files], target):
            yield Unit(0, source, tuple(files[part]), "files" if part.stop - part.start > 1 else "file")
        return
    for file in files:
        if not split_lines or codec(file.path) or file.size <= target:
            yield Unit(0, source, (file,))
            continue
        for start in range(0, file.size, target):
            yield Unit(0, source, (file,), "bytes", start=start, stop=min(start + target, file.size), relative=True)
