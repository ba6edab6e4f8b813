"""Files, and what lies in them, as streams: a plain or compressed file is one member, an archive has many."""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.reader import File, Unit
from pipeline.readers._opening import BLOCK, DamagedError, Stream, codec, is_remote, opened, unpacked, without_codec
from pipeline.readers._rows import groups

MEMBERS = 1_000_000  # of one archive
HEADER = 1 << 20  # bytes of one header of a tar: names, not data
# Deflate cannot exceed 1,032 : 1; what unpacks to more than this is nested, overlapping or made to be a bomb.
RATIO = 1100
FLOOR = 16 << 30  # bytes that every archive may unpack to
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(slots=True)
class Member:
    """One stream of a unit, open until the next one is asked for.

    `path` names it (`a.zip!member`); of a byte range, `length` and `skip` are what `_lines.split` takes. `damage` is
    set where there is nothing to read; `unsupported` where its name is not one of the reader's.
    """

    path: str
    stream: Stream
    file: File
    length: int | None = None
    skip: bool = False
    damage: DamagedError | None = None
    unsupported: bool = False


class _Nothing:
    def read(self, size: int) -> bytes:
        return b""


class _Budget:
    """Counts what comes out of one archive or compressed file; more than any real one holds is a bomb."""

    def __init__(self, file: File) -> None:
        self.left = max(FLOOR, RATIO * file.size)

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise DamagedError("input.bomb", f"unpacks to more than {RATIO} times its size")


class _Counted:
    def __init__(self, stream: Any, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        self._budget.spend(len(data))
        return data


def is_archive(path: str) -> bool:
    """Whether a file of this name holds other files: .zip, or .tar, also compressed."""
    name = path.lower()
    return name.endswith((".zip", ".tgz")) or without_codec(name).endswith(".tar")


def members(unit: Unit, suffixes: tuple[str, ...] = ()) -> Iterator[Member]:
    """The streams of a unit, in order; of archives only members with these suffixes are opened.

    Reading a stream raises DamagedError where its data is broken. Raises InputError where a file cannot be opened.
    """
    for file in unit.files:
        with opened(file) as handle:
            budget = _Budget(file)
            if file.size == 0 and (codec(file.path) or is_archive(file.path)):
                empty = DamagedError("input.truncated", "the file is empty, which no compressed file is")
                yield Member(file.path, _Nothing(), file, damage=empty)
            elif file.path.lower().endswith(".zip"):
                yield from _zip(file, handle, budget, suffixes)
            elif is_archive(file.path):
                yield from _tar(file, _Counted(unpacked(handle, file.path), budget), suffixes)
            elif unit.kind == "bytes":
                # One byte early: a newline there ends the line of the range before.
                early = 1 if unit.start else 0
                handle.seek(unit.start - early)
                yield Member(file.path, handle, file, unit.stop - unit.start + early, bool(early))
            else:
                yield Member(file.path, _Counted(unpacked(handle, file.path), budget), file)


def _zip(file: File, handle: Any, budget: _Budget, suffixes: tuple[str, ...]) -> Iterator[Member]:
    def lost(name: str, code: str, detail: str) -> Member:
        return Member(name, _Nothing(), file, damage=DamagedError(code, detail))

    stated, room = _directory(handle, file.size)
    # zipfile makes an object of every member before it can be asked how many there are.
    if room > MEMBERS:
        yield lost(file.path, "input.bomb", f"more than {MEMBERS} members")
        return
    try:
        archive = zipfile.ZipFile(handle)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        yield lost(file.path, "input.corrupt", f"no readable ZIP archive ({str(error)[:120]})")
        return
    with archive:
        if stated != 65_535 and len(archive.infolist()) % 65_536 != stated:  # that number stands for Zip64
            yield lost(
                file.path, "input.corrupt", f"its directory lists {len(archive.infolist())} members, not {stated}"
            )
        for info in archive.infolist():
            if not info.filename:  # which zipfile itself stumbles over
                yield lost(f"{file.path}!", "input.corrupt", "a member without a name")
                continue
            if info.is_dir() or _hidden(info.filename):
                continue
            path = f"{file.path}!{_shown(info.filename)}"
            if not _named(info.filename, suffixes):
                yield Member(path, _Nothing(), file, unsupported=True)
                continue
            if info.compress_type not in _METHODS or info.flag_bits & 0x1:
                yield lost(path, "input.corrupt", "encrypted, or packed by another method than Deflate")
                continue
            try:
                with archive.open(info) as stream:
                    yield Member(path, _Counted(unpacked(_ZipStream(stream), info.filename), budget), file)
            except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
                yield lost(path, "input.corrupt", f"the member cannot be opened ({str(error)[:120]})")


class _ZipStream:
    """A member of a ZIP whose faults are ours."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        try:
            data: bytes = self._stream.read(size)
            return data
        except EOFError:
            raise DamagedError("input.truncated", "the archive ends within this member") from None
        except (InputError, DamagedError, MemoryError):
            raise
        except Exception as error:  # zlib, zipfile and the checksum have an exception each
            raise DamagedError("input.corrupt", f"the member is damaged ({str(error)[:120]})") from None

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._stream.seek(offset, whence))

    def tell(self) -> int:
        return int(self._stream.tell())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


def _directory(handle: Any, size: int) -> tuple[int, int]:
    """Number of members as the end of a ZIP states it (modulo 2^16), and the most that its directory has room for."""
    handle.seek(max(0, size - 65_557))  # the end record and its longest comment
    tail = handle.read(65_557)
    handle.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or end + 16 > len(tail):
        return 0, 0
    length = min(int.from_bytes(tail[end + 12 : end + 16], "little"), size)
    return int.from_bytes(tail[end + 10 : end + 12], "little"), length // 46  # bytes of the smallest entry


class _Info(tarfile.TarInfo):
    """Headers of a tar. tarfile takes a damaged one, and a missing one, for the end, and reads one of any size."""

    @classmethod
    def frombuf(cls, buf: Any, encoding: Any, errors: Any) -> Any:
        if len(buf) < tarfile.BLOCKSIZE:
            raise DamagedError("input.truncated", "the archive ends without its end mark")
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError:
            if any(buf):
                raise DamagedError("input.corrupt", "a damaged header: the members behind it are lost") from None
            raise  # the end mark

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        headers = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if self.type in (*headers, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK) and self.size > HEADER:
            raise DamagedError("input.bomb", f"a header of {self.size} bytes")
        return super()._proc_member(archive)  # type: ignore[misc]


def _tar(file: File, stream: Stream, suffixes: tuple[str, ...]) -> Iterator[Member]:
    count = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Info) as archive:  # type: ignore[call-overload]
            for info in archive:
                archive.members = []  # it would remember every header
                count += 1
                if count > MEMBERS:
                    raise DamagedError("input.bomb", f"more than {MEMBERS} members")
                if not info.isfile() or _hidden(info.name):
                    continue
                path = f"{file.path}!{_shown(info.name)}"
                if info.issparse():
                    yield Member(path, _Nothing(), file, damage=DamagedError("input.corrupt", "a sparse member"))
                elif not _named(info.name, suffixes):
                    yield Member(path, _Nothing(), file, unsupported=True)
                else:
                    yield Member(path, unpacked(_TarStream(archive.extractfile(info)), info.name), file)
            while rest := archive.fileobj.read(BLOCK):
                if any(rest):
                    raise DamagedError("input.corrupt", "data behind the end mark, which is not read")
    except (tarfile.TarError, EOFError) as error:
        code = "input.truncated" if "unexpected end" in str(error) else "input.corrupt"
        damage = DamagedError(code, f"the archive cannot be read on ({str(error)[:120]})")
        yield Member(file.path, _Nothing(), file, damage=damage)
    except DamagedError as error:
        yield Member(file.path, _Nothing(), file, damage=error)


class _TarStream(_ZipStream):
    """A member of a tar, which is read forwards only."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        if (offset, whence) != (0, 0) or self._stream.tell():
            raise DamagedError("input.corrupt", "a tar is read forwards only")
        return 0


def _hidden(name: str) -> bool:
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in name.split("/"))


def _named(name: str, suffixes: tuple[str, ...]) -> bool:
    return not suffixes or without_codec(name.lower()).endswith(suffixes)


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace") if not name.isascii() else name


def units(
    source: str, files: Sequence[File], target: int, *, split_lines: bool = False, group: bool = False
) -> Iterator[Unit]:
    """One unit a file. With `split_lines`, plain files larger than `target` bytes are cut into byte ranges; with
    `group`, smaller ones are put together. Raises InputError on a folder."""
    for file in files:
        if not is_remote(file.url) and Path(file.url).is_dir():
            raise InputError(
                f"{file.path}: a folder; name the files in it by a pattern, such as {file.path.rstrip('/')}/**/*"
            )
    if group:
        for part in groups([file.size for file in files], target):
            yield Unit(0, source, tuple(files[part]), "files" if part.stop - part.start > 1 else "file")
        return
    for file in files:
        if not split_lines or codec(file.path) or is_archive(file.path) or file.size <= target:
            yield Unit(0, source, (file,))
            continue
        for start in range(0, file.size, target):
            yield Unit(0, source, (file,), "bytes", start=start, stop=min(start + target, file.size), relative=True)
