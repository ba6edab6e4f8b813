"""`reinschrift publish`: proves a release and copies it to a folder, to any fsspec address, or to the Hub.

The ledger of what was refused names internal paths and other people's pages; without --decisions only the kept rows go
out, and run.json and report say nothing of where the sources lay. What has gone out is not sent again.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import fsspec
import polars as pl
import pyarrow as pa
from rich.console import Console

from licenses.credit import file_name
from licenses.model import EXCEPTIONS, digest
from pipeline import commit
from pipeline.errors import DONE, GateError, InputError, WorkError
from pipeline.papers import render
from pipeline.papers.figures import Figures, figures
from pipeline.papers.proof import check, reason_table
from pipeline.record import DECISIONS
from pipeline.released import Released, batches
from pipeline.writer import write_parquet

HUB = re.compile(r"[A-Za-z0-9][\w.\-]*/[A-Za-z0-9][\w.\-]*")
DECISION_GROUP = 65_536
PIECE = 1 << 22


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
            _linked(out, folder, lambda _: True)
        else:
            _public(release, folder)
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


def _linked(out: Path, folder: Path, wanted: Any) -> None:
    """The files of a release without copying them, where the file system can."""
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        if path.is_file() and wanted(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, folder / name)
            except OSError:
                shutil.copyfile(path, folder / name)


def _without_folders(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration whose files are named without the folders, or buckets, in which they stand."""
    made: dict[str, Any] = json.loads(json.dumps(config))
    for source in made["sources"]:
        source["path"], source["captures"] = _name(source["path"]), _name(source["captures"])
        if source["join"]:
            source["join"]["path"] = _name(source["join"]["path"])
    for license_ in made["licenses"]:
        license_["sources"] = {
            flag: place and file_name(place) if place == license_["document"] else place
            for flag, place in license_["sources"].items()
        }
        license_["document"] = license_["document"] and file_name(license_["document"])
    for stage in made["stages"]:
        for key in ("allow", "deny"):  # of stage `list`
            if key in stage:
                stage[key] = _name(stage[key])
        if "against" in stage:
            stage["against"] = [_name(place) for place in stage["against"]]
    return made


def _name(place: str | None) -> str | None:
    return place and posixpath.basename(place.rstrip("/"))


def _public(release: Released, folder: Path) -> None:
    """A release whose ledger has the kept rows alone; its figures are those of the whole."""
    _linked(release.folder, folder, lambda n: n.parts[0] in ("data", "audit") or n.name == "tombstones.jsonl")
    files = [entry for entry in release.run["files"] if entry["path"].startswith("data/")]
    (folder / "decisions").mkdir()

    def tables() -> Iterator[pa.Table]:
        for path in release.files("decisions"):
            for frame in batches(path):
                kept = frame.filter(pl.col("decision") == "keep").with_columns(pl.lit(None, pl.String).alias("locator"))
                yield kept.to_arrow(compat_level=pl.CompatLevel.oldest()).select(DECISIONS.names).cast(DECISIONS)

    name = "decisions/decisions-00000-of-00001.parquet"
    files.append({"path": name, **write_parquet(folder / name, tables(), DECISIONS, rows=DECISION_GROUP)})
    made = figures(release.folder)
    made.examples = Figures().examples
    run = {key: value for key, value in release.run.items() if key != "papers"}
    run["config"] = _without_folders(run["config"])
    run |= {
        "files": files,
        "release": digest([[entry["path"], entry["sha256"]] for entry in files]),
        "published": {"decisions": "kept", "release": release.run["release"]},
    }
    render(run, reason_table(release.folder), folder, made)


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
    """Copies files to an fsspec address, run.json last, and removes what an older release left there.

    Raises WorkError where the target holds files that belong to no release.
    """
    system, root = fsspec.core.url_to_fs(target)
    try:
        there = {posixpath.relpath(path, root) for path in system.find(root)} if system.exists(root) else set()
        strange = {name for name in there - set(names) if not name.endswith(".part")}
        if strange and "run.json" not in there:
            raise WorkError(f"{target}: holds files that belong to no release, for instance {min(strange)}")
        if "run.json" in there and _same(system, f"{root}/run.json", folder / "run.json"):
            return
        if "run.json" in there:
            system.rm(f"{root}/run.json")  # until it is whole again, nobody takes it for a release
        for name in [*(name for name in names if name != "run.json"), "run.json"]:
            place = f"{root}/{name}"
            if name == "run.json":
                for old in sorted(there - set(names)):
                    system.rm(f"{root}/{old}")
            if name in there and name != "run.json" and _same(system, place, folder / name):
                continue
            system.makedirs(posixpath.dirname(place), exist_ok=True)
            system.put_file(str(folder / name), f"{place}.part")
            system.mv(f"{place}.part", place)
    except OSError as error:
        raise InputError(f"{target}: could not be written: {type(error).__name__}: {error}") from error


def _same(system: Any, place: str, path: Path) -> bool:
    """Whether a file is there already, by content."""
    if int(system.size(place) or -1) != path.stat().st_size:
        return False
    found = hashlib.sha256()
    with system.open(place, "rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest() == commit.sha256(path)
