"""`reinschrift retract`: a new release without some records, beside the old one, and the list that keeps them out.

What is taken out is what the list names, and every kept record with the same text. The list of removals that is
written holds the fingerprints too, of near copies as well, so that a later build does not let a copy in instead; the
new release has nothing left that was made of those texts: no fingerprint, no words around a statement, no index row.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from rich.console import Console

from licenses.model import digest
from pipeline import commit, index, lists
from pipeline.errors import DONE, InputError, WorkError
from pipeline.ledger import tally
from pipeline.papers import audited, render
from pipeline.papers.figures import figures
from pipeline.papers.proof import UNRECOGNISED, check, reason_table
from pipeline.record import DATA, DECISIONS
from pipeline.released import Released, batches
from pipeline.writer import write_parquet

LISTED = "removal.listed"
TOMBSTONES = "tombstones.jsonl"
KEYS = ("source", "id", "url", "author", "decision", "duplicate_of", "fingerprint", "whole")
DECISION_GROUP = 65_536
DEFAULT = "on request"
HISTORY = (
    "Where the earlier version was published, publish this one over it. A repository on the Hub keeps the earlier "
    "files in its history until it is squashed: huggingface_hub.HfApi().super_squash_history(REPO, "
    'repo_type="dataset"). Copies that others made stay where they are.'
)


def retract(out: Path, list_: Path, to: Path | None = None) -> int:
    """Writes the new release and the list. Raises InputError where the release does not prove or nothing is to remove,
    WorkError where the new folder is there already."""
    release, listed = Released(out), lists.load([str(list_)])
    check(out)
    version = _next(str(release.run["dataset"]["version"]))
    target = to or out.with_name(f"{out.name.removesuffix('-' + release.run['dataset']['version'])}-{version}")
    if target.exists():
        raise WorkError(f"{target}: is there already; name another folder with --to")
    gone, prints = _matched(release, listed)
    if not gone:
        raise InputError(f"{list_}: names no record that {out} keeps")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    removals = target.with_name(f"{target.name}.removals.txt")
    staging = target.with_name(f"{target.name}.retract")
    commit.remove(staging)
    try:
        staging.mkdir(parents=True)
        files = _data(release, gone, staging)
        files += _ledger(release, listed, gone, prints, {entry["was"]: entry["path"] for entry in files}, staging)
        _index(release, gone, staging)
        _tombstones(release, gone, _reasons(list_), today, staging)
        _answers(release, gone, staging)
        table = reason_table(out)
        known = _described(release, files, staging, version, today, len(gone), commit.sha256(list_), table)
        render(known, table, staging)
        commit.write_bytes(removals, "".join(_removals(listed, gone, prints, today)).encode())
        commit.swap_in(staging, target)
    except BaseException:
        commit.remove(staging)
        raise
    check(target)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{target}: version {version} without {len(gone):,} records; {out} is as it was")
    console.print(f"{removals}: name it under `removals:` in the configuration, and later builds leave them out")
    console.print(HISTORY)
    return DONE


def _next(version: str) -> str:
    """The next patch version."""
    found = re.fullmatch(r"(.*?)(\d+)", version)
    return f"{found[1]}{int(found[2]) + 1}" if found and found[1] else f"{version}.1"


def _matched(release: Released, listed: lists.Listed) -> tuple[dict[tuple[str, str], str], set[str]]:
    """Kept records to take out, with the entry that named them, and every fingerprint that has to stay out."""
    halves = [pl.col("fingerprint").struct.field(part).alias(f"fingerprint_{part}") for part in ("hi", "lo")]
    name = pl.concat_str("source", pl.lit(":"), "id")
    rows = []
    for frame in release.batches("decisions", KEYS):
        frame = frame.with_columns(*halves, name.alias("key"))
        rows.append(frame.filter(listed.matches()).select("key", *(f"fingerprint_{p}" for p in ("hi", "lo"))))
    found = pl.concat(rows)
    texts = found.filter((pl.col("fingerprint_hi") != 0) | (pl.col("fingerprint_lo") != 0)).unique()
    gone: dict[tuple[str, str], str] = {}
    prints: set[str] = set()
    for second in (False, True):  # near copies are known only when all that goes is known
        names = pl.Series([f"{source}:{id_}" for source, id_ in gone])
        for frame in release.batches("decisions", KEYS):
            frame = frame.with_columns(*halves, name.alias("key"))
            same = frame.join(texts, on=["fingerprint_hi", "fingerprint_lo"], how="semi")
            if second:
                same = pl.concat([same, frame.filter(pl.col("duplicate_of").is_in(names.implode()))])
            else:
                direct = frame.filter(listed.matches() & (pl.col("decision") == "keep"))
                for row in pl.concat([direct, same.filter(pl.col("decision") == "keep")]).iter_rows(named=True):
                    gone.setdefault((row["source"], row["id"]), _entry(row, listed))
            for text in ("fingerprint", "whole"):  # of a text that something was left out of, builds know both
                both = same.get_column(text).struct.unnest().drop_nulls()
                prints |= {f"{high:016x}{low:016x}" for high, low in both.iter_rows() if high or low}
    return gone, prints


def _entry(row: Mapping[str, Any], listed: lists.Listed) -> str:
    """The kind of entry that named a record: `id`, `url`, `host`, `author`, `fingerprint`, or `text` for a copy."""
    one = pl.DataFrame(
        [{k: row[k] for k in ("id", "source", "url", "author", "fingerprint_hi", "fingerprint_lo")}],
        schema={"id": pl.String, "source": pl.String, "url": pl.String, "author": pl.String,
                "fingerprint_hi": pl.UInt64, "fingerprint_lo": pl.UInt64},
    )  # fmt: skip
    for kind, values in listed.entries.items():
        if values and one.select(lists.Listed({kind: values}).matches()).item():
            return kind
    return "text"


def _data(release: Released, gone: Mapping[tuple[str, str], str], staging: Path) -> list[dict[str, Any]]:
    """The kept files without what goes, numbered anew within each folder; `was` is the file that each was."""
    options = release.run["config"]["output"]
    keys = _frame(gone)
    made: dict[Path, list[dict[str, Any]]] = {}
    for path in release.files("data"):
        folder = path.parent.relative_to(release.folder)
        (staging / folder).mkdir(parents=True, exist_ok=True)
        new = staging / folder / path.name

        def tables(path: Path = path) -> Iterator[pa.Table]:
            for frame in batches(path, rows=1_024):
                left = frame.join(keys, on=["source", "id"], how="anti", maintain_order="left")
                yield left.to_arrow(compat_level=pl.CompatLevel.oldest()).select(DATA.names).cast(DATA)

        written = write_parquet(new, tables(), DATA, rows=options["row_group_rows"], size=options["row_group_bytes"])
        if not written["rows"]:
            new.unlink()
            continue
        made.setdefault(folder, []).append({**written, "path": new, "was": path.relative_to(release.folder).as_posix()})
    files = []
    for folder, found in sorted(made.items()):
        for number, entry in enumerate(found):
            name = f"train-{number:05d}-of-{len(found):05d}.parquet"
            commit.rename(entry["path"], staging / folder / f"{name}.new")
            files.append({**entry, "path": (folder / name).as_posix()})
    for entry in files:
        commit.rename(staging / f"{entry['path']}.new", staging / entry["path"])
    for path in sorted((staging / "data").rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return files


def _frame(gone: Mapping[tuple[str, str], str]) -> pl.DataFrame:
    return pl.DataFrame(list(gone), schema={"source": pl.String, "id": pl.String}, orient="row")


def _ledger(
    release: Released,
    listed: lists.Listed,
    gone: Mapping[tuple[str, str], str],
    prints: set[str],
    names: Mapping[str, str],
    staging: Path,
) -> list[dict[str, Any]]:
    """The ledger with every file under its new name. What goes, and what the list names among what waits for a person,
    is refused as `removal.listed`; of all that the list names and of all copies of it nothing is left of the text."""
    (staging / "decisions").mkdir(parents=True)
    keys = _frame(gone).with_columns(pl.lit(True).alias("_gone"))
    halves = [pl.col("fingerprint").struct.field(part).alias(f"fingerprint_{part}") for part in ("hi", "lo")]
    same = lists.Listed({"fingerprint": frozenset(prints)}).matches()
    out = pl.col("_gone").fill_null(False) & (pl.col("decision") == "keep")
    out = out | (pl.col("_listed") & (pl.col("decision") == "review"))
    bare = pl.col("evidence").list.eval(pl.element().struct.with_fields(pl.lit(None, pl.String).alias("context")))
    files = []
    for path in release.files("decisions"):

        def tables(path: Path = path) -> Iterator[pa.Table]:
            for frame in batches(path):
                rows = frame.join(keys, on=["source", "id"], how="left", maintain_order="left").with_columns(*halves)
                rows = rows.with_columns(listed.matches().alias("_listed"), same.alias("_same"))
                rows = rows.with_columns(out.alias("_out"))
                rows = rows.with_columns(
                    pl.when("_out").then(pl.lit("refuse")).otherwise("decision").alias("decision"),
                    pl.when("_out").then(pl.lit("removal")).otherwise("stage").alias("stage"),
                    pl.when("_out").then(pl.lit(LISTED)).otherwise("reason").alias("reason"),
                    pl.when("_out").then(None).otherwise(pl.col("file").replace(dict(names))).alias("file"),
                )
                left = ~(pl.col("_listed") | pl.col("_same") | pl.col("_out"))
                rows = rows.with_columns(
                    *(pl.when(left).then(name).alias(name) for name in ("fingerprint", "whole")),
                    pl.when(left).then("evidence").otherwise(bare).alias("evidence"),
                )
                yield rows.to_arrow(compat_level=pl.CompatLevel.oldest()).select(DECISIONS.names).cast(DECISIONS)

        written = write_parquet(staging / "decisions" / path.name, tables(), DECISIONS, rows=DECISION_GROUP)
        files.append({**written, "path": f"decisions/{path.name}"})
    return files


def _index(release: Released, gone: Mapping[tuple[str, str], str], staging: Path) -> None:
    """The index without what goes, where the release has one."""
    old = release.folder / "index"
    if not (old / "index.json").is_file():
        return
    opened, keys = index.open_index(old), _frame(gone)
    rows = batches(opened.file)
    left = (frame.join(keys, on=["source", "id"], how="anti", maintain_order="left") for frame in rows)
    index.write(staging / "index", opened.name, opened.role, left)


def _described(
    release: Released,
    files: list[dict[str, Any]],
    staging: Path,
    version: str,
    today: str,
    records: int,
    list_digest: str,
    table: Mapping[str, Any],
) -> dict[str, Any]:
    """run.json of the new release: what the ledger counts now, and where it comes from."""
    run, made = dict(release.run), figures(staging)
    rows = ((source, stage, reason, n) for (source, _, stage, reason), n in made.ledger.items())
    listed = [{k: entry[k] for k in ("path", "rows", "bytes", "sha256")} for entry in files]
    config = json.loads(json.dumps(run["config"]))
    config["dataset"]["version"] = version
    config["removals"] = [*config["removals"], list_digest]
    limit = config["output"]["gates"]["max_unrecognised"]
    value = sum(made.reasons[reason] for reason in UNRECOGNISED) / made.read if made.read else 0.0
    return {
        **{key: entry for key, entry in run.items() if key != "papers"},
        "config": config,
        "dataset": {**run["dataset"], "version": version},
        "digest": digest([run["digest"], list_digest]),
        "release": digest([[entry["path"], entry["sha256"]] for entry in listed]),
        "files": listed,
        "sources": {**run["sources"], **tally(rows, table)},
        "records": {
            "read": made.read,
            "kept": made.kept,
            "review": made.decisions["review"],
            "refused": made.decisions["refuse"],
        },
        "gates": {} if limit is None else {
            "max_unrecognised": {"value": value, "limit": limit, "passed": value <= limit}
        },
        "retracted": {
            "version": run["dataset"]["version"], "release": run["release"], "records": records, "date": today,
        },
    }  # fmt: skip


def _tombstones(
    release: Released,
    gone: Mapping[tuple[str, str], str],
    reasons: Mapping[str, str],
    today: str,
    staging: Path,
) -> None:
    """One line a record that is no longer here: source, id, reason, date; no text, no name. Earlier ones stay."""
    with commit.replacing(staging / TOMBSTONES) as file:
        earlier = release.folder / TOMBSTONES
        if earlier.exists():
            file.write(earlier.read_bytes())
        for (source, id_), kind in gone.items():
            row = {"source": source, "id": id_, "named by": kind, "reason": reasons.get(kind, DEFAULT), "date": today}
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass"))


def _reasons(list_: Path) -> dict[str, str]:
    """The reason that a list in CSV gives for each kind of entry, where it is one and the same."""
    lines = [line for line in list_.read_text("utf-8-sig").splitlines() if line.strip() and not line.startswith("#")]
    if not lines or lines[0].split(",")[:2] != ["kind", "value"]:
        return {}
    found: dict[str, set[str]] = {}
    for row in csv.DictReader(lines):
        if (row.get("reason") or "").strip():
            found.setdefault(row["kind"], set()).add(row["reason"].strip())
    return {kind: next(iter(given)) for kind, given in found.items() if len(given) == 1}


def _answers(release: Released, gone: Mapping[tuple[str, str], str], staging: Path) -> None:
    """An audit's answers stay, but for records that are no longer here."""
    kept = [one for key, one in audited.answers(release.folder).items() if key not in gone]
    if kept:
        (staging / "audit").mkdir()
        lines = "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in kept)
        commit.write_bytes(staging / audited.ANSWERS, lines.encode())


def _removals(listed: lists.Listed, gone: Mapping[tuple[str, str], str], prints: set[str], today: str) -> Iterator[str]:
    """The list for later builds: what was asked, the records, and their texts by fingerprint."""
    yield f"# as of {today}\n"
    for kind in lists.KINDS:
        values = set(listed.entries.get(kind, ()))
        if kind == "id":
            values |= {f"{source}:{id_}" for source, id_ in gone}
        if kind == "fingerprint":
            values |= prints
        yield from (f"{kind}:{value}\n" for value in sorted(values) if "\n" not in value)
