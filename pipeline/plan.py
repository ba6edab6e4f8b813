"""What there is to do: inputs in canonical order, cut into units; and the digest that tells one job from another."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from licenses.model import digest
from pipeline.commit import write_bytes, write_json
from pipeline.errors import InputError
from pipeline.reader import File, Reader, Unit

UNIT_BYTES = 64 << 20
CHANGED = "{}: changed while this run worked on it; run the same command again, it takes what is there now"
OTHER = (
    "{}: holds other texts than when this run surveyed it, although size and time of the file are the same; run the "
    "same command again with --fresh"
)
# What computes facts: another version of one of these may give other facts, so it is another job.
COMPUTING = (
    "datasets", "datatrove", "fastwarc", "langcodes", "langdetect", "license-expression", "lxml", "msgspec", "numba",
    "numpy", "polars", "protego", "py3langid", "pyarrow", "selectolax", "trafilatura", "xxhash", "zstandard",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The units of a job in canonical order (source, file, place), the day it was planned, and its digest."""

    units: tuple[Unit, ...]
    as_of: str
    digest: str
    limit: int | None = None


def cut(sources: Iterable[tuple[str, Reader, Sequence[File]]], target: int = UNIT_BYTES) -> tuple[Unit, ...]:
    """Cuts every source's files into units. Raises InputError where a source has no files."""
    units: list[Unit] = []
    for name, reader, files in sources:
        if not files:
            raise InputError(f"sources[{name}]: no file matches its path; correct the pattern or remove the source")
        for unit in reader.units(name, files, target):
            units.append(_numbered(unit, len(units)))
    return tuple(units)


def job_digest(
    config: Mapping[str, Any],
    files: Mapping[str, Sequence[File]],
    rules: Mapping[str, str],
    limit: int | None,
) -> str:
    """SHA-256 of all that decides on a job's outcome: config, inputs' identities, rule data, our code, versions."""
    inputs = {name: [(f.path, f.size, f.identity) for f in listed] for name, listed in files.items()}
    return digest([config, inputs, dict(rules), code_digest(), versions(), limit])


@lru_cache
def versions() -> dict[str, str]:
    """The versions of what computes facts."""
    return {name: importlib.metadata.version(name) for name in COMPUTING}


@lru_cache
def code_digest() -> str:
    """SHA-256 of every source and data file of our own packages."""
    found = hashlib.sha256()
    here = Path(__file__).parent
    for root in (here, here.parent / "licenses"):
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".toml", ".tsv", ".json", ".txt", ".npz") and "__pycache__" not in path.parts:
                found.update(f"{path.relative_to(root.parent).as_posix()}\0".encode())
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def save(plan: Plan, folder: Path) -> None:
    """Writes units.jsonl first and plan.json last, so that a plan that is there is whole."""
    lines = (json.dumps(asdict(unit), ensure_ascii=False, sort_keys=True) for unit in plan.units)
    checksum = write_bytes(
        folder / "units.jsonl", "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    )
    write_json(
        folder / "plan.json",
        {"as_of": plan.as_of, "digest": plan.digest, "limit": plan.limit, "units": len(plan.units), "sha256": checksum},
    )


def load(folder: Path) -> Plan | None:
    """The plan of a work folder, or None where there is none that is whole."""
    try:
        head = json.loads((folder / "plan.json").read_bytes())
        data = (folder / "units.jsonl").read_bytes()
    except (OSError, ValueError):
        return None
    if hashlib.sha256(data).hexdigest() != head.get("sha256"):
        return None
    units = tuple(_unit(json.loads(line)) for line in data.splitlines())
    return Plan(units, head["as_of"], head["digest"], head["limit"])


@lru_cache(maxsize=2)
def loaded(folder: Path) -> Plan:
    """The plan of a work folder, read once per process. Raises InputError where it is gone."""
    plan = load(folder)
    if plan is None:
        raise InputError(f"{folder}: the plan is gone or damaged; remove this folder and run again")
    return plan


def check_unchanged(unit: Unit, identify: Callable[[File], str]) -> None:
    """Raises InputError where a file of the unit is not what it was when the job was planned."""
    for file in unit.files:
        if identify(file) != file.identity:
            raise InputError(CHANGED.format(file.path))


def _numbered(unit: Unit, index: int) -> Unit:
    return Unit(**{**{name: getattr(unit, name) for name in Unit.__slots__}, "index": index})


def _unit(value: dict[str, Any]) -> Unit:
    return Unit(**{**value, "files": tuple(File(**file) for file in value["files"])})
