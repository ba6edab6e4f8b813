"""How anything reaches the disk: written beside, renamed; a manifest that proves it was whole; synced, then swapped in.

A file counts only once its manifest stands beside it and its SHA-256 agrees: what a loss of power tore is found by
that and done again, so only a finished release has to be forced to disk, as a whole. Every write goes through `write`,
`sync` and `rename` of this module, so that a test can make each of them fail.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pipeline.errors import WorkError

CHUNK = 1 << 18  # bytes
PATIENCE = 3.0  # seconds in which the last worker of a killed run gives its lock back
# What another try does not mend, and what a person can do about it.
NEXT = {
    errno.ENOSPC: "no space left on the disk; free some",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the file system is read-only; make it writable",
    errno.EACCES: "permission denied; make the folder writable",
    errno.EPERM: "not permitted; make the folder writable",
}


def write(file: IO[bytes], data: bytes | memoryview) -> int:
    """Writes all of `data`; returns the number of bytes."""
    return file.write(data)


def sync(path: Path) -> None:
    """Forces a file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename(old: Path, new: Path) -> None:
    """Replaces `new` by `old` in one step."""
    old.replace(new)


class HashingFile:
    """A file for writing whose SHA-256 and size are known when it is closed; pyarrow writes through it.

    Small pieces, of which pyarrow writes many, are gathered to CHUNK bytes before `write` is called.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._held = bytearray()
        self.size = 0

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self.size += view.nbytes
        if len(self._held) + view.nbytes < CHUNK:
            self._held += view
        else:
            self.flush()
            self._put(view)
        return view.nbytes

    def _put(self, view: memoryview) -> None:
        write(self._file, view)
        self._hash.update(view)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        if self._held:
            held, self._held = self._held, bytearray()
            self._put(memoryview(held))

    def close(self) -> None:
        self.flush()
        self._file.close()

    def abandon(self) -> None:
        """Closes it as it is."""
        self._held = bytearray()
        self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    @property
    def sha256(self) -> str:
        if self._held:
            raise ValueError("the file is not closed yet")
        return self._hash.hexdigest()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[HashingFile]:
    """A file that appears at `path` only when the block ends without an exception."""
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    file: HashingFile | None = None
    try:
        file = HashingFile(beside)
        yield file
        file.close()
        rename(beside, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename in (None, str(beside)):
            error.filename = str(path)  # «No space left on device» alone does not say which
        with contextlib.suppress(OSError):
            if file is not None:
                file.abandon()
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes) -> str:
    """Writes a whole file in one step; returns its SHA-256."""
    with replacing(path) as file:
        file.write(data)
    return file.sha256


def write_json(path: Path, value: Any) -> str:
    """Writes a value as JSON with sorted keys, in one step; returns the file's SHA-256."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    return write_bytes(path, text.encode("utf-8", "surrogatepass"))


def sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(path: Path, files: Mapping[str, str], facts: Mapping[str, Any]) -> None:
    """States that `files` (name beside the manifest → SHA-256) are whole; `facts` are counts that later phases need."""
    write_json(path, {"files": dict(files), **facts})


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest at `path` if it and every file it names are whole; None where the work has to be done (again)."""
    try:
        manifest = json.loads(path.read_bytes())
        files: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    for name, wanted in files.items():
        try:
            if sha256(path.parent / name) != wanted:
                return None
        except OSError:
            return None
    return dict(manifest)


class Lock:
    """An exclusive lock on a work folder, made where it is missing. Raises WorkError where another run holds it.

    `handle` is for the workers: a lock lives as long as anybody holds it, so nobody else works in this folder before
    the last worker of a killed run is gone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.handle = -1

    def __enter__(self) -> Lock:
        until = time.monotonic() + PATIENCE
        path = self._folder / "lock"
        while True:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                self.handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            except FileNotFoundError:  # the holder before us removed the folder
                continue
            try:
                fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self.handle)
                if time.monotonic() < until:
                    time.sleep(0.1)
                    continue
                raise WorkError(
                    f"{self._folder}: another run works here; wait until it ends, or choose another output.path"
                ) from None
            # The holder before us may have removed the file between our open and our lock.
            with contextlib.suppress(FileNotFoundError):
                if os.fstat(self.handle).st_ino == path.stat().st_ino:
                    return self
            os.close(self.handle)

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def hopeless(error: BaseException) -> WorkError | None:
    """What to tell the user of an error that stops the whole run, such as a full disk; None for any other."""
    if not isinstance(error, OSError) or error.errno not in NEXT:
        return None
    where = error.filename or "output.path"
    return WorkError(f"{where}: {NEXT[error.errno]}, then run the same command again: it goes on where it stopped")


def failed(error: OSError) -> WorkError:
    """What to tell the user of any other error of a disk that ended the run."""
    what = (error.strerror or type(error).__name__).lower()
    where = error.filename or "output.path"
    return WorkError(f"{where}: {what}; see to it, then run the same command again: it goes on where it stopped")


def remove(path: Path) -> None:
    """Removes a file or folder; nothing there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def swap_in(staging: Path, target: Path) -> None:
    """Forces a finished folder to disk and makes it visible at `target`, which must not exist, in one step."""
    for folder, _, names in os.walk(staging):
        for name in names:
            sync(Path(folder, name))
        sync(Path(folder))
    rename(staging, target)
    sync(target.parent)
