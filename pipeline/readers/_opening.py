"""Opening one input file, plain or compressed, and holding it to what the plan saw of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.reader import File

BLOCK = 1 << 20
CODECS = {".gz": "gzip", ".tgz": "gzip", ".zst": "zstd", ".zstd": "zstd"}


class DamagedError(Exception):
    """Data that ends early (`input.truncated`), is damaged (`input.corrupt`) or never ends (`input.bomb`)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def why(error: BaseException) -> str:
    """What happened, in the system's words, or in those of a library."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)[:200] or type(error).__name__


class Stream(Protocol):
    """Bytes in order; an empty answer is the end."""

    def read(self, size: int) -> bytes: ...


def codec(path: str) -> str | None:
    """How a file of this name is compressed: `gzip`, `zstd` or not at all."""
    return next((name for suffix, name in CODECS.items() if path.lower().endswith(suffix)), None)


def without_codec(path: str) -> str:
    """The name a file has once it is unpacked."""
    return next((path[: -len(suffix)] for suffix in CODECS if path.lower().endswith(suffix)), path)


def is_remote(url: str) -> bool:
    """Whether fsspec, not the operating system, opens it."""
    return "://" in url


def identity(url: str) -> tuple[int, str]:
    """Size in bytes and a word that changes with the content. Raises InputError where there is no such file."""
    if is_remote(url):
        import fsspec

        try:
            filesystem, path = fsspec.url_to_fs(url)
            filesystem.invalidate_cache(path)  # it would answer from the listing, however old
            info = filesystem.info(path)
        except Exception as error:  # each filesystem has its own exceptions
            raise InputError(f"{url}: cannot be reached ({why(error)}); check the address and the network") from error
        return remote_identity(info)
    try:
        status = Path(url).stat()
    except OSError as error:
        raise InputError(f"{url}: cannot be opened ({why(error)}); check the path and its permissions") from error
    return status.st_size, f"{status.st_size}:{status.st_mtime_ns}"


def remote_identity(info: dict[str, Any]) -> tuple[int, str]:
    """Size and identity from what fsspec says about an object: its ETag or the like, else size and time."""
    size = int(info.get("size") or 0)
    for key in (
        "ETag",
        "etag",
        "md5Hash",
        "checksum",
        "blob_id",
        "version_id",
        "LastModified",
        "last_modified",
        "mtime",
        "created",
    ):
        if (value := info.get(key)) is not None:
            # A listing and a question about one object may write the same time differently.
            return size, f"{size}:{value.timestamp() if isinstance(value, dt.datetime) else value}"
    return size, str(size)


@contextmanager
def opened(file: File) -> Iterator[Any]:
    """The file's own bytes, seekable, as a file object for reading.

    Raises InputError where it cannot be opened, or is another file than the plan saw.
    """
    if identity(file.url) != (file.size, file.identity):
        raise InputError(f"{file.path}: changed since this run was planned; run the same command again")
    try:
        if is_remote(file.url):
            import fsspec

            handle: Any = fsspec.open(file.url, "rb").open()
        else:
            handle = Path(file.url).open("rb", buffering=0)  # noqa: SIM115 (closed below)
    except Exception as error:
        raise InputError(
            f"{file.path}: cannot be opened ({why(error)}); check that it can be read, then run the same command again"
        ) from error
    try:
        yield _Whole(handle, file)
    finally:
        handle.close()


class _Whole:
    """A file object that raises InputError where bytes are missing: a short answer is never taken for the end."""

    def __init__(self, handle: Any, file: File) -> None:
        self._handle = handle
        self._file = file
        self._position = 0
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        left = self._file.size - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        parts: list[bytes] = []
        while wanted > 0:
            try:
                part = self._handle.read(wanted)
            except Exception as error:
                raise InputError(
                    f"{self._file.path}: reading failed at byte {self._position} ({why(error)}); check the disk or the "
                    "network, then run the same command again"
                ) from error
            if not part:
                raise InputError(
                    f"{self._file.path}: ended at byte {self._position} of {self._file.size}: "
                    "the file was cut or the transfer broke off; run the same command again"
                )
            parts.append(part)
            self._position += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = (offset, self._position + offset, self._file.size + offset)[whence]
        self._handle.seek(self._position)
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


class _Unpacked:
    """Decompressed bytes. Members and frames that follow each other are joined; the output of one call is bounded.

    Raises DamagedError, once every byte before it was given out, where the data ends early or is broken.
    """

    def __init__(self, handle: Any, name: str) -> None:
        self._handle = handle
        self._codec = name
        self._offset = 0
        self._damage: DamagedError | None = None
        self._start()

    def _start(self) -> None:
        self._handle.seek(0)
        self._stream = pa.CompressedInputStream(pa.PythonFile(self._handle, mode="r"), self._codec)

    def read(self, size: int) -> bytes:
        if self._damage:
            raise self._damage
        try:
            data: bytes = self._stream.read(size)
        except OSError as error:
            self._damage = _damage(error)
        except DamagedError as error:
            self._damage = error
        else:
            self._offset += len(data)
            return data
        rest = self._salvage() if self._handle.seekable() else b""
        if not rest:
            raise self._damage
        return rest

    def _salvage(self) -> bytes:
        """What comes out before the break: Arrow drops the part of a read that fails, so it is read again in bytes."""
        rest = bytearray()
        try:
            self._start()
            left = self._offset
            while left > 0:
                left -= len(self._stream.read(min(left, BLOCK)))
            while byte := self._stream.read(1):
                rest += byte
        except (OSError, DamagedError):
            pass
        return bytes(rest)


def _damage(error: OSError) -> DamagedError:
    if "truncated" in str(error).lower():
        return DamagedError("input.truncated", "the compressed data ends before its end mark")
    return DamagedError("input.corrupt", f"the compressed data is damaged ({str(error)[:120]})")


def unpacked(handle: Any, path: str) -> Stream:
    """The bytes of an opened file, decompressed if its name says so. Reads raise DamagedError."""
    name = codec(path)
    stream: Stream = handle if name is None else _Unpacked(handle, name)
    return stream
