"""`reinschrift publish`: proves a release and copies it to a folder, to any fsspec address, or to the Hub.

The ledger of what was refused names internal paths and other people's pages; without --decisions only the kept rows go
out, and run.json and report say nothing of where the sources lay. What has gone out is not sent again.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import polars as pl
from rich.console import Console

from licenses.model import EXCEPTIONS
from pipeline import commit
from pipeline.commands._public import linked, named_by_place, public
from pipeline.errors import DONE, GateError, InputError, WorkError
from pipeline.papers.proof import check
from pipeline.released import Released

HUB = re.compile(r"[A-Za-z0-9][\w.\-]*/[A-Za-z0-9][\w.\-]*")
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


def publish(out: Path, target: str, *, decisions: bool = False, yes: bool = False) -> int:
    """Publishes a release after showing what will be public.

    Raises GateError for a sample, a failed gate or a release that keeps nothing, InputError where it does not prove or
    nobody agrees, WorkError where the target holds something else.
    """
    release = Released(out)
    refuse(release)
    check(out)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix=f"{out.name}.publish-", dir=out.parent) as work:
        folder = Path(work)
        if decisions:
            linked(out, folder, lambda _: True)
        else:
            public(release, folder)
        check(folder)
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        for line in _shown(Released(folder), folder, names, target, decisions):
            console.print(line)
        if not yes and not _agreed(console):
            raise InputError("nothing was published")
        if _is_hub(target):
            _to_hub(folder, target, str(release.run["dataset"]["version"]))
        else:
            copy(folder, names, target)
    console.print(f"published to {target}")
    return DONE


def refuse(release: Released) -> None:
    """Raises GateError for a release that may not be published."""
    run = release.run
    if run["sample"]:
        raise GateError(f"{release.folder}: a sample (--limit {run['limit']}) is not published; run without --limit")
    failed = sorted(name for name, gate in run["gates"].items() if not gate["passed"])
    if failed:
        raise GateError(f"{release.folder}: is not published: gate {', '.join(failed)} failed")
    if not run["records"]["kept"]:
        raise GateError(f"{release.folder}: is not published: nothing was kept")
    for frame in release.batches("data", ["source", "id", "basis"]):
        for source, id_, basis in frame.filter(pl.col("basis").is_in(EXCEPTIONS)).head(1).iter_rows():
            raise GateError(
                f"{release.folder}: is not published: {source}:{id_} and perhaps others are kept under an exception by "
                f"statute ({basis}), which permits analysis and no passing on; leave that basis out of the policy"
            )


def _is_hub(target: str) -> bool:
    return HUB.fullmatch(target) is not None and not Path(target).exists()


def _shown(release: Released, folder: Path, names: list[str], target: str, decisions: bool) -> Iterator[str]:
    size = sum((folder / name).stat().st_size for name in names)
    yield f"Public at {target} will be {len(names)} files, {size:,} bytes:"
    for part in sorted({name.split("/")[0] for name in names}):
        inside = [name for name in names if name.split("/")[0] == part]
        yield f"  {part}{'/' if inside[0] != part else ''}  {len(inside)} files"
    yield f"  {release.run['records']['kept']:,} records with text, url, title and author as their sources supply them"
    if decisions:
        yield "  the whole ledger: ids, paths, addresses, authors and statements of every record read, refused ones too"
    else:
        yield "  of the ledger the kept rows, without paths; of the refused records only their numbers"
    number, example = named_by_place(release)
    if number:
        yield f"  {number:,} records whose id is a path of yours, for instance {example}; relative paths make other ids"
    yield f"  contact: {release.run['dataset']['contact']}"


def _agreed(console: Console) -> bool:
    if not sys.stdin.isatty():
        raise InputError("say --yes where nobody can be asked; nothing was published")
    return console.input("Publish? [y/N] ").strip().lower() in ("y", "yes")


def _to_hub(folder: Path, repo: str, version: str) -> None:
    """Uploads in one commit; what an interrupted upload has sent already is not sent again (content addressing)."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    api = HfApi()
    try:
        api.create_repo(repo, repo_type="dataset", exist_ok=True)
        api.upload_folder(
            repo_id=repo,
            folder_path=folder,
            repo_type="dataset",
            commit_message=f"Version {version}",
            delete_patterns=["data/**", "decisions/**", "pictures/**", "reasons/**", "review/**", "audit/**"],
        )
    except (HfHubHTTPError, OfflineModeIsEnabled, OSError) as error:
        raise InputError(f"{repo}: could not be published: {type(error).__name__}: {str(error)[:300]}") from error


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
    ours = there & {"run.json", UNDER_WAY}
    strange = {name for name in there if not _hidden(name) and not (ours and _of_a_release(name))}
    if strange:
        raise WorkError(f"{target}: holds files that belong to no release, for instance {min(strange)}; take them away")
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
            if old not in (*names, UNDER_WAY) and not _hidden(old):
                system.rm_file(path)
        system.mv(f"{root}/{UNDER_WAY}", f"{root}/run.json")
    except Exception as error:
        raise _failed(target, error) from error


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
    said = " ".join(str(error).split())[:300]
    return InputError(f"{target}: could not be written: {type(error).__name__}: {said}; the same command goes on")


def _same(system: Any, place: str, path: Path) -> bool:
    """Whether a file is there already, by content."""
    if int(system.size(place) or -1) != path.stat().st_size:
        return False
    found = hashlib.sha256()
    with system.open(place, "rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest() == commit.sha256(path)
