"""Files beside the records that speak about them: licence files, REUSE.toml, sidecars, a dataset's card."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath

from pipeline.reader import File
from pipeline.readers._opening import identity, is_remote

_NAMES = re.compile(r"(?i)(licen[cs]e|copying|unlicen[cs]e)([.-].*)?|REUSE\.toml")
_MOST = 64  # files
_BYTES = 1 << 18  # of each; the longest licence texts in use have some 60 kB


def root(paths: Iterable[str]) -> str:
    """The folder that all these files share: nothing above it speaks about them."""
    parents = {PurePosixPath(path).parent for path in paths}
    if not parents:
        return ""
    shared = min(parents, key=lambda parent: len(parent.parts))
    while not all(parent.is_relative_to(shared) for parent in parents):
        shared = shared.parent
    return str(shared)


def license_files(file: File, top: str) -> dict[str, str]:
    """Path → text of the files that may speak about `file`: its sidecar `NAME.license` (REUSE 3.3), and in its folder
    and those above it up to `top` LICENSE*, COPYING*, UNLICENSE*, REUSE.toml, LICENSES/*. Local files only; at most 64,
    of each at most 256 KiB."""
    if is_remote(file.url):
        return {}
    found: dict[str, str] = {}
    shown, real = PurePosixPath(file.path), Path(file.url)
    sidecar = real.with_name(real.name + ".license")
    if sidecar.is_file():
        found[f"{file.path}.license"] = _read(str(sidecar))
    for depth, parent in enumerate(shown.parents):
        for name in _speaking(str(real.parents[depth])):
            if len(found) >= _MOST:
                return found
            path = real.parents[depth] / name
            if path != real:
                found.setdefault(str(parent / name), _read(str(path)))
        if str(parent) == top:
            break
    return found


def license_inputs(files: Iterable[File], top: str) -> list[File]:
    """Those files as inputs, so that a run knows when one of them changes."""
    found: dict[str, File] = {}
    for file in files:
        if not is_remote(file.url):
            for depth, parent in enumerate(PurePosixPath(file.path).parents):
                folder = Path(file.url).parents[depth]
                for name in (*_speaking(str(folder)), f"{Path(file.url).name}.license" if depth == 0 else ""):
                    path = folder / name
                    if name and path.is_file():
                        size, word = identity(str(path))
                        found.setdefault(str(parent / name), File(str(parent / name), str(path), size, word))
                if str(parent) == top:
                    break
    return [found[path] for path in sorted(found)]


@lru_cache(maxsize=4096)
def _speaking(folder: str) -> tuple[str, ...]:
    try:
        names = sorted(
            entry.name for entry in Path(folder).iterdir() if entry.is_file() and _NAMES.fullmatch(entry.name)
        )
        licenses = Path(folder) / "LICENSES"
        if licenses.is_dir():
            names += sorted(f"LICENSES/{entry.name}" for entry in licenses.iterdir() if entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return ()  # a folder that is there and cannot be read is no folder without a licence
    return tuple(names)


@lru_cache(maxsize=256)
def _read(path: str) -> str:
    with Path(path).open("rb") as file:
        return file.read(_BYTES).decode("utf-8", "replace")
