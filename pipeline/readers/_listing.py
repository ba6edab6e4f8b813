"""From a pattern of the config to the input files, once, in canonical order."""

from __future__ import annotations

import glob
import os
import re
import stat
from pathlib import Path

from licenses.model import digest
from pipeline.errors import InputError
from pipeline.reader import File
from pipeline.readers._opening import identity, is_remote, remote_identity

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
        raise InputError(f"{pattern}: no file matches; check the path (it is relative to the working directory)")
    return sorted(files, key=lambda file: file.path)


def _local(pattern: str) -> list[File]:
    names = [pattern]
    if not os.path.lexists(pattern):
        names = glob.glob(_escaped(pattern), recursive=True)  # noqa: PTH207 (Path.glob takes hidden files too)
    files = []
    for name in dict.fromkeys(names):
        try:
            status = Path(name).stat()
        except OSError as error:
            raise InputError(f"{name}: {error.strerror or error}") from error
        if stat.S_ISREG(status.st_mode):
            size, word = identity(name)
            files.append(File(_shown(name), name, size, word))
        elif stat.S_ISDIR(status.st_mode) and name == pattern:
            files.append(_folder(name))
    return files


def _escaped(pattern: str) -> str:
    """The pattern with those leading folders escaped that exist under this very name: `korpus [2026]/*.txt`."""
    parts = pattern.split("/")
    exist = 0
    while exist < len(parts) - 1 and Path("/".join(parts[: exist + 1]) or "/").exists():
        exist += 1
    return "/".join([*(glob.escape(part) for part in parts[:exist]), *parts[exist:]])


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
        raise InputError(f"{pattern}: cannot be listed ({type(error).__name__}: {str(error)[:200]})") from error
    files = []
    for name, info in found.items():
        if info.get("type") != "directory":
            url = filesystem.unstrip_protocol(name)
            files.append(File(url, url, *remote_identity(info)))
    return files
