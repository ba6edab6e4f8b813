"""The four phases in order, over whatever executor: plan, survey, gather, release; then the papers, and the swap."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.metadata
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loguru import logger

from licenses import registry
from licenses.model import digest
from pipeline import carried_index, commit, gather, gather_near, line_numbers, lists, place, plan, release, repeats
from pipeline.config import Config
from pipeline.engines import Engine, Local, Task
from pipeline.errors import ConfigError, QuarantineError
from pipeline.job import Job
from pipeline.kernels.signature import BANDS
from pipeline.ledger import check_sum, tally
from pipeline.papers import render
from pipeline.plan import Plan
from pipeline.steps import Step

DIGITS = 16
FOLDERS = (
    "lines", "repeats", "repeated", "facts", "spool", "pooled", "judged", "index", "ids", "wholes", "copies",
    "verdicts", "release", "written", "logs",
)  # fmt: skip
NAMED = 20  # failures that a message lists
UNRECOGNISED = ("license.missing", "license.not-understood")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: `run` is the content of run.json, `state` says whether it was already done."""

    run: Mapping[str, Any]
    out: Path
    already: bool = False


Progress = Callable[[str, int, int, int], None]  # phase, units done, units in all, rows


def run(
    config: Config,
    *,
    limit: int | None = None,
    fresh: bool = False,
    workers: int | None = None,
    engine: Engine | None = None,
    progress: Progress = lambda *_: None,
    unit_bytes: int = plan.UNIT_BYTES,
) -> Outcome:
    """Runs or resumes a job and leaves the release at `config.output.path`.

    Raises WorkError where the output or its work folder is in the way, InputError where an input cannot be listed or
    changed, QuarantineError where units failed twice, InternalError where a promise would be broken.
    """
    logger.disable("datatrove")
    out = place.folder(config.output.path)
    root = place.work(out)
    try:
        with commit.Lock(root) as lock:
            hands = engine or _hands(config, workers)
            if isinstance(hands, Local):
                hands.held = (lock.handle,)
            return _run(config, out, root, limit, fresh, hands, progress, unit_bytes)
    except OSError as error:
        raise commit.hopeless(error) or commit.failed(error) from error


def _run(
    config: Config,
    out: Path,
    root: Path,
    limit: int | None,
    fresh: bool,
    hands: Engine,
    progress: Progress,
    unit_bytes: int,
) -> Outcome:
    started = time.monotonic()
    job = _planned(config, root, limit, unit_bytes, fresh)
    for source in config.sources:
        job.record_stages(source)  # what a list or an answer of theirs lacks is said now, not by a unit that fails
    lists.load(config.removals)
    # Written by --fresh over an older release, so that the run can be resumed without --fresh.
    replaces = job.work / "replaces"
    if out.exists() and not replaces.exists():
        done = finished(out, job.plan.digest)
        if done is not None and not fresh:
            shutil.rmtree(root, ignore_errors=True)
            return Outcome(done, out, already=True)
        if not fresh:
            place.free(out)
        commit.write_bytes(replaces, b"")
    try:
        counts = _phases(job, hands, progress)
    finally:
        hands.close()
    staging = job.work / "release"
    written = described(job, counts, started)
    carried_index.write(job, staging)
    render(written, job.reasons, staging)
    if out.exists():
        commit.rename(out, place.aside(out))
    replaces.unlink(missing_ok=True)
    commit.swap_in(staging, out)
    # All of it: work of another configuration could only begin anew now that this release stands here.
    shutil.rmtree(root, ignore_errors=True)
    return Outcome(written, out)


def described(job: Job, counts: Mapping[str, Any], started: float) -> dict[str, Any]:
    """The content of run.json: all that the papers are functions of, timings apart."""
    config = job.config
    files = [{k: f[k] for k in ("path", "rows", "bytes", "sha256")} for f in counts["files"]]
    kept = sum(entry["kept"] for entry in counts["sources"].values())
    unrecognised = sum(
        n
        for entry in counts["sources"].values()
        for reason, n in (entry["refused"] | entry["review"]).items()
        if reason in UNRECOGNISED
    )
    share = unrecognised / counts["rows"] if counts["rows"] else 0.0
    gates = {}
    if config.output.gates.max_unrecognised is not None:
        most = config.output.gates.max_unrecognised
        gates["max_unrecognised"] = {"value": share, "limit": most, "passed": share <= most}
    return {
        "version": 1,
        "reinschrift": importlib.metadata.version("reinschrift"),
        "digest": job.plan.digest,
        "release": digest([[f["path"], f["sha256"]] for f in files]),
        "as_of": job.plan.as_of,
        "limit": job.plan.limit,
        "sample": job.plan.limit is not None,
        "config": config.deciding(),
        "dataset": config.dataset.model_dump(mode="json"),
        "card": config.card.model_dump(mode="json"),
        "rules": {"registry": job.registry.digest, "code": plan.code_digest()},
        "versions": plan.versions(),
        "records": {
            "read": counts["rows"],
            "kept": kept,
            "review": sum(sum(entry["review"].values()) for entry in counts["sources"].values()),
            "refused": sum(sum(entry["refused"].values()) for entry in counts["sources"].values()),
        },
        "sources": counts["sources"],
        "files": files,
        "measured": counts["measured"],
        "gates": gates,
        "timings": {"seconds": round(time.monotonic() - started, 1)},
    }


def _hands(config: Config, workers: int | None) -> Engine:
    """The local workers. Raises ConfigError for an engine that is not built yet, rather than work locally unasked."""
    if config.engine.kind != "local":
        raise ConfigError(
            [
                f"{config.path}: engine.kind: {config.engine.kind} is not built yet; use local ({config.engine.workers}"
                f" workers of {config.engine.cpus_per_worker} cores were asked for, this machine has {os.cpu_count()})"
            ]
        )
    return Local(workers or config.engine.workers)


def finished(out: Path, digest: str) -> dict[str, Any] | None:
    """The run.json of a finished release of this digest, else None."""
    try:
        found = json.loads((out / "run.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("digest") == digest else None


def _planned(config: Config, root: Path, limit: int | None, unit_bytes: int, fresh: bool) -> Job:
    """The job in its work folder: planned now, or as it was planned when it was interrupted."""
    listed = Job(config, root).inputs()
    place.apart(place.folder(config.output.path), (file for s in config.sources for file in listed[s.name]))
    rules = {"registry": registry.load().digest}
    wanted = plan.job_digest(config.deciding(), listed, rules, limit)
    work = root / wanted[:DIGITS]
    known = None if fresh else plan.load(work)
    if known is not None and known.digest == wanted:
        return Job(config, work)
    commit.remove(work)
    work.mkdir(parents=True)
    bare = Job(config, work)
    units = plan.cut(((s.name, bare.reader(s), listed[s.name]) for s in config.sources), unit_bytes)
    as_of = config.as_of or dt.datetime.now(dt.UTC).date().isoformat()
    plan.save(Plan(units, as_of, wanted, limit), work)
    plan.loaded.cache_clear()
    return Job(config, work)


def _phases(job: Job, hands: Engine, progress: Progress) -> dict[str, Any]:
    """Survey, gather and release; returns the counts by source and the totals."""
    for folder in FOLDERS:
        (job.work / folder).mkdir(exist_ok=True)
        for path in (job.work / folder).glob("*.tmp"):  # half-written by a killed run, whose lock is ours now
            path.unlink()
    units = _surveyed(job, hands, progress)
    manifests = {u: gather.manifest(job, "facts", f"{u:06d}") for u in units}
    rows = {u: int(m["rows"]) for u, m in manifests.items()}
    lines = {u: int(m["lines"]) for u, m in manifests.items()}
    bases = gather.bases(job.plan, {**dict.fromkeys((u.index for u in job.plan.units), 0), **lines})
    total = sum(rows.values())
    parts = gather.partitions(total)

    if gather.pooling(job):
        _phase(job, hands, "pool", range(parts), {"units": units, "parts": parts}, progress)
        _phase(job, hands, "judge", units, {"parts": parts}, progress, rows)
    _phase(job, hands, "index", units, {"bases": bases}, progress, rows)
    _phase(job, hands, "ids", range(parts), {"units": units, "parts": parts}, progress)
    if job.cutting:
        _phase(job, hands, "wholes", range(parts), {"units": units, "parts": parts}, progress)
    _phase(job, hands, "copies", range(parts), {"units": units, "parts": parts}, progress)
    _near(job, hands, units, parts, progress)
    _phase(job, hands, "verdicts", units, {"bases": bases, "parts": parts}, progress, rows)

    judged = [gather.manifest(job, "verdicts", f"{u:06d}") for u in units]
    counts = tally(
        ((m["source"], stage or "keep", verdict, n) for m in judged for stage, verdict, n in m["counts"]), job.reasons
    )
    read: dict[str, int] = {source.name: 0 for source in job.config.sources}
    for u, m in manifests.items():
        read[m["source"]] += rows[u]
    check_sum(counts, read)

    release.save_outputs(job, release.outputs(job, units, rows))
    release.load_outputs.cache_clear()
    outputs = release.load_outputs(job.work)
    _clear_strays(job.work / "release", {output.path for output in outputs})
    _phase(job, hands, "release", range(len(outputs)), {}, progress)
    _clear_strays(job.work / "release", {output.path for output in outputs})
    files = [gather.manifest(job, "written", f"{n:06d}") for n in range(len(outputs))]
    measured: dict[str, Counter[str]] = {}
    for m in manifests.values():
        for name, numbers in m.get("measured", {}).items():
            measured.setdefault(name, Counter()).update(numbers)
    return {
        "sources": {**{name: _none() for name in read}, **counts},
        "files": files,
        "rows": total,
        "measured": {name: dict(sorted(numbers.items())) for name, numbers in sorted(measured.items())},
    }


def _near(job: Job, hands: Engine, units: list[int], parts: int, progress: Progress) -> None:
    """The search for near copies, where the configuration asks for one."""
    search = gather_near.search(job)
    if search is None:
        return
    given = {"units": units, "parts": parts}
    _phase(job, hands, "near-rank", [0], given, progress)
    _phase(job, hands, "near-bands", range(BANDS), {}, progress)
    _phase(job, hands, "near-candidates", [0], {}, progress)
    _phase(job, hands, "near-texts", search.units(), {}, progress)
    checks = search.parts(getattr(hands, "count", 1))
    _phase(job, hands, "near-checks", checks, {"checks": len(checks)}, progress)
    _phase(job, hands, "near-changes", [0], {**given, "checks": len(checks)}, progress)


def _none() -> dict[str, Any]:
    return {"read": 0, "kept": 0, "review": {}, "refused": {}, "stages": {}}


def _surveyed(job: Job, hands: Engine, progress: Progress) -> list[int]:
    """Surveys all units, or under a limit as many as it takes; returns those that count, in order."""
    given = {"bases": _numbered(job, hands, progress)}
    if repeats.options(job) is not None:
        _repeats(job, hands, _read(job, hands, "repeats", "repeats", given, progress), progress)
    return _read(job, hands, "survey", "facts", given, progress)


def _read(job: Job, hands: Engine, phase: str, folder: str, given: Mapping[str, Any], progress: Progress) -> list[int]:
    """A phase over all units, or under a limit over as many as it takes; `folder` has its manifests."""
    limit, units = job.plan.limit, job.plan.units
    if limit is None:
        _phase(job, hands, phase, [u.index for u in units], given, progress)
        return [u.index for u in units]
    chosen: list[int] = []
    for source in job.config.sources:
        left = limit
        for unit in (u for u in units if u.source == source.name):
            if left <= 0:
                break
            _phase(job, hands, phase, [unit.index], {**given, "limit": left}, progress)
            left -= int(gather.manifest(job, folder, f"{unit.index:06d}")["rows"])
            chosen.append(unit.index)
    return chosen


def _repeats(job: Job, hands: Engine, units: list[int], progress: Progress) -> None:
    """Which lines repeat, by ranges of all lines."""
    lines = sum(int(gather.manifest(job, "repeats", f"{u:06d}")["lines"]) for u in units)
    parts = max(1, -(-lines // repeats.RANGE_ROWS))
    _phase(job, hands, "repeated", range(parts), {"units": units, "parts": parts}, progress)


def _numbered(job: Job, hands: Engine, progress: Progress) -> dict[int, int]:
    """Lines before each unit, where survey has to know them."""
    counted = line_numbers.wanted(job)
    if not counted:
        return {}
    _phase(job, hands, "lines", counted, {}, progress)
    newlines = {u: int(gather.manifest(job, "lines", f"{u:06d}")["newlines"]) for u in counted}
    return line_numbers.bases(job.plan, newlines)


def _phase(
    job: Job,
    hands: Engine,
    name: str,
    pieces: Sequence[int],
    given: Mapping[str, Any],
    progress: Progress,
    rows: Mapping[int, int] | None = None,
) -> None:
    """One datatrove pipeline of one columnar step; raises QuarantineError where pieces failed twice."""
    task = Task(Step(name, job, tuple(pieces), dict(given)), len(pieces), job.work / "logs" / name)
    done = count = 0
    progress(name, 0, len(pieces), 0)

    def finished_one(rank: int) -> None:
        nonlocal done, count
        done += 1
        count += rows[pieces[rank]] if rows else 0
        progress(name, done, len(pieces), count)

    failures = hands.run(task, range(len(pieces)), finished_one)
    if failures:
        said = [f"{name} {_describe(job, name, pieces[f.rank])}: {f.what}" for f in failures[:NAMED]]
        said += [f"… and {len(failures) - NAMED} more"] * (len(failures) > NAMED)
        raise QuarantineError(
            "\n".join(said) + f"\n{len(failures):,} of {len(pieces):,} pieces of this work failed twice and were put "
            "aside; the others are finished. Nothing was released. Mend the cause, then run the same command again: "
            f"what is finished and still true is not done again; it is kept in {job.work}"
        )


def _describe(job: Job, phase: str, piece: int) -> str:
    if phase in ("lines", "repeats", "survey", "judge", "index", "near-texts", "verdicts"):
        unit = job.plan.units[piece]
        span = f" [{unit.start}:{unit.stop}]" if unit.stop else ""
        more = f" and {len(unit.files) - 1:,} more files" if len(unit.files) > 1 else ""
        return f"{unit.source} {unit.files[0].path}{span}{more}"
    return release.load_outputs(job.work)[piece].path if phase == "release" else f"part {piece + 1}"


def _clear_strays(folder: Path, wanted: set[str]) -> None:
    """What a killed run left in the staging folder under names that this one does not write."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
        elif path.is_dir():
            with contextlib.suppress(OSError):
                path.rmdir()
