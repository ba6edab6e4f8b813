"""`reinschrift publish`: proves a release and copies it to a folder, to any fsspec address, or to the Hub.

The ledger of what was refused names internal paths and other people's pages; without --decisions only the kept rows go
out, and run.json and report say nothing of where the sources lay. What has gone out is not sent again.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from rich.console import Console

from licenses.model import EXCEPTIONS
from pipeline.commands._public import linked, named_by_place, public
from pipeline.commands._targets import copy, to_hub
from pipeline.errors import DONE, GateError, InputError
from pipeline.papers.proof import check
from pipeline.released import Released

HUB = re.compile(r"[A-Za-z0-9][\w.\-]*/[A-Za-z0-9][\w.\-]*")


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
            to_hub(folder, names, target, f"Version {release.run['dataset']['version']}")
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
