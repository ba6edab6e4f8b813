"""From a pattern of the config to the input files, once, in canonical order."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from licenses.model import digest
from pipeline.errors import InputError
from pipeline.reader import File
from pipeline.readers._opening import identity, is_remote, remote_identity, why

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


def list_files(pattern: str, online: bool, reader: str = "") -> list[File]:
    """The files of a pattern, sorted by path (code points); `*`, `?`, `[…]` within a name, `**` across folders.

    A path that exists is that path, whatever characters its name has, and so is every leading folder of a pattern. A
    folder stands for itself: `hub` reads it, the others refuse it. Any fsspec URL works the same (`s3://bucket/*.jsonl`)
    where `online` is true. For `reader` hub, a name of the Hub that is no local path is one File.
    Raises InputError where nothing matches, a folder cannot be read, or a remote place is asked offline.
    """
    pattern = pattern.removeprefix("file://")
    files = _remote(pattern, online) if is_remote(pattern) else _local(pattern)
    if not files and reader == "hub" and _HUB_ID.fullmatch(pattern):
        return [File(pattern, f"hub:{pattern}", 0, "hub")]
    if not files:
        check = (
            "check the address" if is_remote(pattern) else "check the path (it is relative to the working directory)"
        )
        raise InputError(f"{pattern}: no file matches; {check}")
    return sorted(files, key=lambda file: file.path)


def _local(pattern: str) -> list[File]:
    names: Iterable[str] = [pattern] if os.path.lexists(pattern) else _matches(*_literal(pattern))
    files = []
    for name in dict.fromkeys(names):
        try:
            status = Path(name).stat()
        except OSError as error:
            raise InputError(
                f"{name}: cannot be opened ({why(error)}); mend it, or leave it out of the path"
            ) from error
        if stat.S_ISREG(status.st_mode):
            size, word = identity(name)
            files.append(File(_shown(name), name, size, word))
        elif not stat.S_ISDIR(status.st_mode):
            raise InputError(f"{name}: a pipe, socket or device, which cannot be read twice; copy it into a file first")
        elif name == pattern:
            files.append(_folder(name))
    return files


def _literal(pattern: str) -> tuple[str, list[str]]:
    """The leading folders that exist under this very name (`korpus [2026]/*.txt`), and the parts that follow."""
    parts = pattern.split("/")
    exist = 0
    while exist < len(parts) - 1 and Path("/".join(parts[: exist + 1]) or "/").exists():
        exist += 1
    return "".join(f"{part}/" for part in parts[:exist]), parts[exist:]


def _matches(folder: str, parts: Sequence[str]) -> Iterator[str]:
    """What matches below a folder (empty, or with `/` at its end). Raises InputError where a folder cannot be read.

    The standard glob passes over such a folder in silence, and follows links in a circle until names grow too long.
    """
    first, *rest = parts
    if first == "**":
        for below in _below(folder, frozenset({os.path.realpath(folder or ".")})):
            yield from _matches(below, rest or ["*"])
        return
    for name in _entries(folder):
        hidden = name.startswith(".") and not first.startswith(".")
        if not hidden and fnmatch.fnmatchcase(name, first):
            if not rest:
                yield folder + name
            elif Path(folder + name).is_dir():
                yield from _matches(f"{folder}{name}/", rest)


def _below(folder: str, above: frozenset[str]) -> Iterator[str]:
    """The folder and all below it, links too, but for those that lead back to one of `above`."""
    yield folder
    for name in _entries(folder):
        if not name.startswith(".") and Path(folder + name).is_dir():
            real = os.path.realpath(folder + name)
            if real not in above:
                yield from _below(f"{folder}{name}/", above | {real})


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208 (names alone)
    except OSError as error:
        raise InputError(
            f"{folder}: the folder cannot be read ({why(error)}); make it readable, or leave it out"
        ) from error


def _folder(name: str) -> File:
    """A folder as one input: its identity covers names, sizes and times of everything in it."""
    found: list[tuple[str, int, str]] = []
    for parent, folders, files in os.walk(name):
        folders.sort()
        for file in sorted(files):
            path = f"{parent}/{file}"
            try:
                size, word = identity(path)
            except InputError:
                size, word = 0, "unreadable"
            found.append((_shown(path), size, word))
    total = sum(size for _, size, _ in found)
    return File(_shown(name), name, total, digest(found))


def _shown(name: str) -> str:
    """A path as text: names that are not UTF-8 are shown with escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def _remote(pattern: str, online: bool) -> list[File]:
    if not online:
        raise InputError(f"{pattern}: a remote place, which is only looked at with --online")
    import fsspec

    try:
        filesystem, path = fsspec.url_to_fs(pattern)
        if any(character in path for character in "*[?") and not filesystem.exists(path):
            found = filesystem.glob(path, detail=True)
        else:
            found = {path: filesystem.info(path)}
    except FileNotFoundError:
        return []
    except Exception as error:  # each filesystem has its own exceptions
        raise InputError(f"{pattern}: cannot be listed ({why(error)}); check the address and the network") from error
    files = []
    for name, info in found.items():
        if info.get("type") != "directory":
            url = filesystem.unstrip_protocol(name)
            files.append(File(url, url, *remote_identity(info)))
    return files
