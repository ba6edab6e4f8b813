"""What of a release is public: the kept rows, and nothing that names what is not published.

A ledger row says where the publisher read a record, which record elsewhere has the same text, and what the refused ones
were. Only what is said of kept records by their own sources goes out.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from licenses.credit import file_name
from licenses.model import digest
from pipeline.papers import render
from pipeline.papers.figures import Figures, figures
from pipeline.papers.proof import reason_table
from pipeline.record import DECISIONS
from pipeline.released import Released, batches
from pipeline.writer import write_parquet

DECISION_GROUP = 65_536
# Columns of a kept row that say where the publisher read it, or name another record, which mostly is not published.
UNSAID = ("locator", "provenance", "duplicate_of", "contested_by")
PLACE = re.compile(r"^(?:[a-z][a-z0-9+.\-]*://|/|~|\.\.?/|[A-Za-z]:[\\/])", re.IGNORECASE)


def linked(out: Path, folder: Path, wanted: Callable[[Path], bool]) -> None:
    """The wanted files of a release without copying them, where the file system can."""
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        if path.is_file() and wanted(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, folder / name)
            except OSError:
                shutil.copyfile(path, folder / name)


def public(release: Released, folder: Path) -> None:
    """Writes into `folder` a release whose ledger has the kept rows alone; its figures are those of the whole."""
    linked(release.folder, folder, lambda n: n.parts[0] in ("data", "audit") or n.name == "tombstones.jsonl")
    files = [entry for entry in release.run["files"] if entry["path"].startswith("data/")]
    (folder / "decisions").mkdir()

    def tables() -> Iterator[pa.Table]:
        unsaid = [pl.lit(None, pl.String).alias(name) for name in UNSAID]
        for path in release.files("decisions"):
            for frame in batches(path):
                kept = frame.filter(pl.col("decision") == "keep").with_columns(*unsaid)
                yield kept.to_arrow(compat_level=pl.CompatLevel.oldest()).select(DECISIONS.names).cast(DECISIONS)

    name = "decisions/decisions-00000-of-00001.parquet"
    files.append({"path": name, **write_parquet(folder / name, tables(), DECISIONS, rows=DECISION_GROUP)})
    made = figures(release.folder)
    made.examples = Figures().examples
    run = {key: value for key, value in release.run.items() if key != "papers"}
    run["config"] = without_folders(run["config"])
    run |= {
        "files": files,
        "release": digest([[entry["path"], entry["sha256"]] for entry in files]),
        "published": {"decisions": "kept", "release": release.run["release"]},
    }
    render(run, reason_table(release.folder), folder, made)


def without_folders(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration whose files are named without the folders, buckets or queries (which may hold keys) around them.

    A dataset of the Hub, which a source names by id and revision, keeps its id: it is public, and owed to the reader.
    """
    made: dict[str, Any] = json.loads(json.dumps(config))
    for source in made["sources"]:
        if not source["options"].get("revision"):
            source["path"] = _name(source["path"])
        source["captures"] = _name(source["captures"])
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
        if "arguments" in stage:  # of stage `datatrove`: whatever its filters take, file names among them
            stage["arguments"] = _named(stage["arguments"])
    return made


def _named(value: Any) -> Any:
    """A value in which every string that looks like a place, or is one here, is a name."""
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item) for item in value]
    if isinstance(value, str) and ("/" in value or "\\" in value) and (PLACE.match(value) or _exists(value)):
        return _name(value)
    return value


def _exists(place: str) -> bool:
    try:
        return Path(place).exists()
    except (OSError, ValueError):
        return False


def _name(place: str | None) -> str | None:
    if not place:
        return place
    path = place.split("?")[0].split("#")[0] if "://" in place else place
    return posixpath.basename(path.replace("\\", "/").rstrip("/"))


def named_by_place(release: Released) -> tuple[int, str]:
    """How many kept records have an id that is an absolute path or an address other than of the web, and one of them:
    such an id says how its publisher keeps files, and it stands in the data."""
    number, example = 0, ""
    for frame in release.batches("data", ["id"]):
        ids = frame.get_column("id")
        inside = ids.filter(
            ids.str.contains(r"^(?:/|~/|[A-Za-z]:[\\/]|[a-z0-9+.\-]+://)") & ~ids.str.contains("^https?://")
        )
        if inside.len() and not number:
            example = str(inside[0])
        number += inside.len()
    return number, example
