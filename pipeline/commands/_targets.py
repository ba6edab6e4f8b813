"""Where a release is published to: a file system of fsspec's, or the Hub. What has gone out is not sent again."""

from __future__ import annotations

import hashlib
import posixpath
from pathlib import Path
from typing import Any

import fsspec

from pipeline import commit
from pipeline.errors import InputError, WorkError

PIECE = 1 << 22
UNDER_WAY = "run.json.part"
# What a release consists of; anything else at the target is somebody else's and stays.
FOLDERS = frozenset({"data", "decisions", "reasons", "review", "pictures", "audit", "index"})
PAPERS = frozenset(
    {
        "run.json", "README.md", "LICENSE.md", "ATTRIBUTION.md", "ATTRIBUTION.parquet", "croissant.json", "report.html",
        "eu-training-summary.json", "eu-training-summary.md", "tombstones.jsonl",
    }
)  # fmt: skip


def copy(folder: Path, names: list[str], target: str) -> None:
    """Copies files to an fsspec address and removes what an older release left there; run.json comes last.

    While files are under way the new run.json stands there as run.json.part and no run.json does, so nobody takes the
    place for a release, and the next call knows that it may go on. Raises WorkError where the target holds files that
    are no part of a release, InputError where it cannot be written.
    """
    try:
        system, root = fsspec.core.url_to_fs(target)
        system.invalidate_cache()
        bucket, _, _ = root.partition("/")  # none where the path begins with the root of a file system
        if bucket and not system.exists(bucket):
            raise FileNotFoundError(f"there is no {bucket}")
        there = {posixpath.relpath(path, root) for path in system.find(root)} if system.exists(root) else set()
    except (ImportError, ValueError) as error:  # an unknown protocol, or one whose package is not here
        raise InputError(f"{target}: cannot be published to: {error}") from error
    except Exception as error:  # each file system has errors of its own: no credentials, no such bucket …
        raise _failed(target, error) from error
    _only_a_release(there, target)
    try:
        if "run.json" in there and _same(system, f"{root}/run.json", folder / "run.json"):
            return
        _put(system, folder / "run.json", f"{root}/{UNDER_WAY}")
        if "run.json" in there:
            system.rm_file(f"{root}/run.json")
        for name in names:
            place = f"{root}/{name}"
            if name == "run.json" or (name in there and _same(system, place, folder / name)):
                continue
            if bucket:  # an object is there whole or not at all
                _put(system, folder / name, place)
            else:
                _put(system, folder / name, f"{place}.part")
                system.mv(f"{place}.part", place)
        system.invalidate_cache()
        for path in sorted(system.find(root)):
            old = posixpath.relpath(path, root)
            if old not in {*names, UNDER_WAY} and not _hidden(old):
                system.rm_file(path)
        system.mv(f"{root}/{UNDER_WAY}", f"{root}/run.json")
    except Exception as error:
        raise _failed(target, error) from error


def to_hub(folder: Path, names: list[str], repo: str, message: str) -> None:
    """Makes a dataset repository hold exactly these files, in one commit: nobody ever sees half of a release.

    `upload_folder` would cut many files into several commits. What an interrupted call has uploaded is not uploaded
    again: the Hub knows it by its content. Raises WorkError where the repository holds files that are no part of a
    release, InputError where it cannot be written.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi()
    try:
        api.create_repo(repo, repo_type="dataset", exist_ok=True)
        there = set(api.list_repo_files(repo, repo_type="dataset"))
    except Exception as error:
        raise _failed(repo, error) from error
    _only_a_release(there, repo)
    gone = [CommitOperationDelete(name) for name in sorted(there - set(names)) if not _hidden(name)]
    sent = [CommitOperationAdd(name, folder / name) for name in names]
    try:
        api.create_commit(repo, [*gone, *sent], commit_message=message, repo_type="dataset")
    except Exception as error:
        raise _failed(repo, error) from error


def _only_a_release(there: set[str], target: str) -> None:
    """Raises WorkError where files stand at the target that are no part of a release, finished or under way."""
    ours = there & {"run.json", UNDER_WAY}
    strange = {name for name in there if not _hidden(name) and not (ours and _of_a_release(name))}
    if strange:
        raise WorkError(f"{target}: holds files that belong to no release, for instance {min(strange)}; take them away")


def _hidden(name: str) -> bool:
    """Whether it is no part of a release but of how it is kept: what git and the Hub's client put beside it."""
    return name.startswith(".")


def _of_a_release(name: str) -> bool:
    first = name.split("/")[0]
    return first in FOLDERS if "/" in name else first.removesuffix(".part") in PAPERS


def _put(system: Any, path: Path, place: str) -> None:
    if place.startswith("/"):  # object stores have no folders, and what makes one there makes buckets
        system.makedirs(posixpath.dirname(place), exist_ok=True)
    system.put_file(str(path), place)


def _failed(target: str, error: Exception) -> InputError:
    causes = [error, *([error.__cause__] if error.__cause__ else [])]
    said = ": ".join(f"{type(cause).__name__}: {' '.join(str(cause).split())[:300]}" for cause in causes)
    return InputError(f"{target}: could not be written: {said}; the same command goes on")


def _same(system: Any, place: str, path: Path) -> bool:
    """Whether a file is there already, by content."""
    if int(system.size(place) or -1) != path.stat().st_size:
        return False
    found = hashlib.sha256()
    with system.open(place, "rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest() == commit.sha256(path)
