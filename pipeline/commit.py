"""How anything reaches the disk: written beside, synced, renamed; and a manifest that proves it was whole.

A file counts only once its manifest stands beside it and its SHA-256 agrees. Every write goes through `write`,
`sync` and `rename` of this module, so that a test can make each of them fail.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pipeline.errors import WorkError

CHUNK = 1 << 20


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
    """A file for writing whose SHA-256 and size are known when it is closed; pyarrow writes through it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        write(self._file, view)
        self._hash.update(view)
        self.size += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
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
        return self._hash.hexdigest()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[HashingFile]:
    """A file that appears at `path` only when the block ends without an exception."""
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    file = HashingFile(beside)
    try:
        yield file
        file.close()
        sync(beside)
        rename(beside, path)
        sync(path.parent)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # «No space left on device» alone does not say which
        with contextlib.suppress(OSError):
            file.close()
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
    """An exclusive lock on a work folder. Raises WorkError where another run holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1

    def __enter__(self) -> Lock:
        while True:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._handle)
                raise WorkError(
                    f"{self._path.parent}: another run works here; wait for it, or use another output.path"
                ) from None
            # The holder before us may have removed the file between our open and our lock.
            with contextlib.suppress(FileNotFoundError):
                if os.fstat(self._handle).st_ino == self._path.stat().st_ino:
                    return self
            os.close(self._handle)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def remove(path: Path) -> None:
    """Removes a file or folder; nothing there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def swap_in(staging: Path, target: Path) -> None:
    """Makes a finished folder visible at `target`, which must not exist, in one step."""
    rename(staging, target)
    sync(target.parent)
