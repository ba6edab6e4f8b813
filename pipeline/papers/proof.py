"""A release proved again from its own files: every digest, fingerprint, statement, verdict, credit and count.

Nothing but the folder is needed. What is proved is that the release says nothing its statements do not bear out under
its policy and day; not that the statements were found where the receipts say, for the sources are not here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from licenses.model import Reason, digest
from pipeline import commit
from pipeline.errors import InputError, ReinschriftError
from pipeline.kernels.fingerprint import fingerprints
from pipeline.ledger import tally
from pipeline.papers import PARTS, digests, papers
from pipeline.papers.attribution import COLUMNS as CREDITED
from pipeline.papers.figures import Figures, figures
from pipeline.papers.receipts import Receipts
from pipeline.papers.relations import passed, related
from pipeline.plan import code_digest
from pipeline.record import DATA, DECISIONS
from pipeline.released import Released, batches

TEXTS = 1_024  # records whose texts are in memory at once
COMPARED = (
    "id", "source", "url", "license", "members", "basis", "evidence", "rule", "duties", "language", "language_score",
    "region", "region_evidence", "fingerprint", "media", "cuts", "copies",
    "characters",
)  # fmt: skip
INDEXED = ("source", "id", "fingerprint_hi", "fingerprint_lo")
UNRECOGNISED = ("license.missing", "license.not-understood")


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that does not hold: what kind, where, and what is wrong."""

    kind: str
    where: str
    what: str


def prove(folder: Path) -> Iterator[Failure]:
    """Everything that does not hold, as it is found. Raises InputError where there is no run.json to go by."""
    release = Released(folder)
    try:
        parts = [
            _files(release), _papers(release), _data(release), _ledger(release), _related(release), _counts(release),
        ]  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        yield Failure("run", "run.json", f"cannot be understood: {type(error).__name__}: {error}")
        return
    told = set[Failure]()  # a file that cannot be read is in the way of several parts
    for part in parts:
        try:
            yield from part
            continue
        except (ReinschriftError, OSError, pa.ArrowException, pl.exceptions.PolarsError) as error:
            failure = Failure("damaged", folder.name, str(error))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            failure = Failure("run", "run.json", f"cannot be understood: {type(error).__name__}: {error}")
        if failure not in told:
            told.add(failure)
            yield failure


# ---- digests


def _files(release: Released) -> Iterator[Failure]:
    """Data and ledger are the files that run.json lists, byte by byte, with the columns that every release has."""
    if not (release.folder / "run.json").is_symlink():  # the Hub's cache keeps a whole release as links
        for link in sorted(path for path in release.folder.rglob("*") if path.is_symlink()):
            name = link.relative_to(release.folder).as_posix()
            yield Failure("file", name, "is a symbolic link: what it leads to can change behind the release's back")
    listed = {entry["path"]: entry for entry in release.run["files"]}
    found = [path for part in PARTS for path in (release.folder / part).rglob("*") if path.is_file()]
    there = {path.relative_to(release.folder).as_posix() for path in found}
    for path in sorted(there - set(listed)):
        yield Failure("file", path, "is not listed in run.json")
    for path, entry in sorted(listed.items()):
        if path not in there:
            yield Failure("file", path, "is missing")
        elif commit.sha256(release.folder / path) != entry["sha256"]:
            yield Failure("digest", path, "its SHA-256 is not the one in run.json")
        elif pq.read_metadata(release.folder / path).num_rows != entry["rows"]:
            yield Failure("rows", path, "its number of rows is not the one in run.json")
        elif not pq.read_schema(release.folder / path).equals(DATA if path.startswith("data/") else DECISIONS):
            yield Failure("columns", path, "has other columns, or columns of other types, than this version writes")
    if digest([[entry["path"], entry["sha256"]] for entry in release.run["files"]]) != release.run["release"]:
        yield Failure("digest", "run.json", "the release digest is not that of the files listed")


def _papers(release: Released) -> Iterator[Failure]:
    """The papers are those that were written, and say what run.json, ledger and data give now."""
    written, there = release.run["papers"], digests(release.folder)
    for path in sorted({*written, *there}):
        if path not in there:
            yield Failure("file", path, "is missing")
        elif path not in written:
            yield Failure("file", path, "is not listed in run.json")
        elif written[path] != there[path]:
            yield Failure("digest", path, "its SHA-256 is not the one in run.json")
    if release.run["rules"].get("code") != code_digest() or _partly(release):
        return  # another version words its papers otherwise, a part does not give them; their digests were compared
    for name, content in papers(release.run, reason_table(release.folder), release.folder, figures(release.folder)):
        path = release.folder / name
        if not path.is_file() or path.read_bytes() != content:
            yield Failure("paper", name, "does not say what run.json, ledger and data give")


def reason_table(folder: Path) -> dict[str, Reason]:
    """The reasons of a release. Raises InputError where the table is damaged."""
    path = folder / "reasons/reasons.parquet"
    return {
        row["code"]: Reason(row["code"], row["decision"], row["sentence"])
        for frame in batches(path)
        for row in frame.to_dicts()
    }


# ---- data


def _data(release: Released) -> Iterator[Failure]:
    """Every kept record: its text gives its fingerprint, its receipt gives its licence, duties, rule and credit."""
    receipts = Receipts(release)
    owed = _copies(release)
    seen: list[np.ndarray[Any, Any]] = []
    credited = _Rows(release.folder / "ATTRIBUTION.parquet", CREDITED)
    index = release.folder / "index/index.parquet"
    indexed = _Rows(index, INDEXED) if index.is_file() else None
    for path in release.files("data"):
        name = path.relative_to(release.folder).as_posix()
        for frame in batches(path, rows=TEXTS):
            yield from _texts(name, frame)
            for where, what in receipts.data(frame, owed, name):
                yield Failure("receipt", where, what)
            seen.append(frame.select(pl.struct("source", "id").hash()).to_series().to_numpy())
            if not frame.select(CREDITED).equals(credited.take(frame.height), null_equal=True):
                yield Failure("credit", "ATTRIBUTION.parquet", f"does not repeat the credits of {name} in order")
            if indexed and not _indexed(frame).equals(indexed.take(frame.height), null_equal=True):
                yield Failure("index", "index/index.parquet", f"has other records or texts than {name}, in order")
    if indexed and indexed.left():
        yield Failure("index", "index/index.parquet", "has more rows than there are records")
    if credited.left():
        yield Failure("credit", "ATTRIBUTION.parquet", "has more rows than there are records")
    keys = np.concatenate(seen) if seen else np.zeros(0, np.uint64)
    if len(np.unique(keys)) != len(keys):
        yield Failure("key", "data", "a record stands twice")


def _indexed(frame: pl.DataFrame) -> pl.DataFrame:
    halves = [pl.col("fingerprint").struct.field(part).alias(f"fingerprint_{part}") for part in ("hi", "lo")]
    return frame.select("source", "id", *halves)


def _texts(name: str, frame: pl.DataFrame) -> Iterator[Failure]:
    text = frame.get_column("text")
    high, low = fingerprints(text.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string()))
    told = frame.get_column("fingerprint").struct.unnest()
    wrong = (told["hi"].fill_null(0).to_numpy() != high) | (told["lo"].fill_null(0).to_numpy() != low)
    long = frame.get_column("characters").fill_null(-1).to_numpy() != text.str.len_chars().fill_null(0).to_numpy()
    for flags, kind, what in (
        (wrong, "fingerprint", "the text does not give the fingerprint that stands beside it"),
        (long, "text", "the text has another length than stands beside it"),
    ):
        for at in np.flatnonzero(flags).tolist():
            yield Failure(kind, f"{name}: {frame['source'][at]}:{frame['id'][at]}", what)


def _copies(release: Released) -> pl.DataFrame:
    """For every kept record with copies the duties that they brought; columns key, owed (exact) and may (near too)."""
    found = []
    for frame in release.batches("decisions", ["duplicate_of", "reason", "duties"]):
        copies = frame.filter(pl.col("duplicate_of").is_not_null() & (pl.col("duties").list.len() > 0))
        found.append(copies.unique())
    if not found:
        return pl.DataFrame(schema={"key": pl.String, "owed": pl.List(pl.String), "may": pl.List(pl.String)})
    rows = pl.concat(found).explode("duties", empty_as_null=False, keep_nulls=False)
    exact = pl.col("reason") == "duplicate.exact"
    return rows.group_by(pl.col("duplicate_of").alias("key")).agg(
        pl.col("duties").filter(exact).unique().alias("owed"), pl.col("duties").unique().alias("may")
    )


class _Rows:
    """Rows of a Parquet file in order, as many as asked for at a time; fewer where it ends."""

    def __init__(self, path: Path, columns: tuple[str, ...] = ()) -> None:
        self._batches = batches(path, columns, TEXTS * 8) if path.is_file() else iter(())
        self._held: list[pl.DataFrame] = []
        self._empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))

    def take(self, rows: int) -> pl.DataFrame:
        while sum(frame.height for frame in self._held) < rows:
            more = next(self._batches, None)
            if more is None:
                break
            self._held.append(more)
        whole = pl.concat(self._held) if self._held else self._empty
        self._held = [whole[rows:]] if whole.height > rows else []
        return whole[:rows]

    def left(self) -> bool:
        return self.take(1).height > 0


# ---- ledger


def _ledger(release: Released) -> Iterator[Failure]:
    """Every row judged again; every kept row stands in the file it names, in the ledger's order, and says the same."""
    receipts, table = Receipts(release), reason_table(release.folder)
    names = {code: reason.decision for code, reason in table.items()}
    streams: dict[str, _Rows] = {}
    listed = {p.relative_to(release.folder).as_posix() for p in release.files("data")}
    for frame in release.batches("decisions"):
        decided = pl.col("reason").replace_strict(names, default=None, return_dtype=pl.String)
        for row in frame.filter(~pl.col("decision").eq_missing(decided)).head(3).to_dicts():
            yield Failure("ledger", _key(row), f"{row['reason']} is not a reason for «{row['decision']}»")
        for where, what in receipts.ledger(frame):
            yield Failure("verdict", where, what)
        kept = frame.filter(pl.col("decision") == "keep")
        for (path,), part in kept.group_by("file", maintain_order=True):
            if path not in listed:
                yield Failure("ledger", _key(part.row(0, named=True)), f"is kept in {path}, which is not there")
                continue
            stream = streams.setdefault(str(path), _Rows(release.folder / str(path), (*COMPARED, "reservations")))
            yield from _same(str(path), part, stream.take(part.height))
    for path in sorted(listed):
        if path not in streams or streams[path].left():
            yield Failure("ledger", path, "has records that the ledger does not keep there")


def _key(row: Mapping[str, Any]) -> str:
    return f"{row['source']}:{row['id']}"


def _same(path: str, told: pl.DataFrame, data: pl.DataFrame) -> Iterator[Failure]:
    """Ledger rows and data rows, one by one."""
    if told.height != data.height:
        yield Failure("ledger", path, f"the ledger keeps {told.height - data.height} records more than the file has")
        return
    for column, other in (*((c, c) for c in COMPARED), ("signals", "reservations")):
        if told.get_column(column).equals(data.get_column(other), null_equal=True):
            continue
        pairs = zip(told.get_column(column).to_list(), data.get_column(other).to_list(), strict=True)
        at = next((i for i, (a, b) in enumerate(pairs) if a != b), None)
        if at is not None:
            row = told.row(at, named=True)
            yield Failure("ledger", f"{path}: {_key(row)}", f"`{column}` is another in the data than in the ledger")
            if column in ("id", "source"):
                return


def _related(release: Released) -> Iterator[Failure]:
    """What rows say of each other and of the stages that they passed."""
    for where, what in related(release):
        yield Failure("relation", where, what)
    for where, what in passed(release):
        yield Failure("stage", where, what)


# ---- counts


def _counts(release: Released) -> Iterator[Failure]:
    """run.json and the table of reasons count what the ledger holds."""
    run, made = release.run, figures(release.folder)
    if _partly(release):
        kept = {name: entry["kept"] for name, entry in run["sources"].items() if entry["kept"]}
        if (
            kept != dict(made.by["source"])
            or run["records"]["kept"] != made.kept
            or made.decisions["keep"] != made.kept
        ):
            yield Failure("count", "run.json: sources", "does not count the kept records that data and ledger hold")
        return
    table = reason_table(release.folder)
    told = {name: _plain(entry) for name, entry in run["sources"].items()}
    rows = ((source, stage, reason, n) for (source, _, stage, reason), n in made.ledger.items() if reason in table)
    counted = {name: _plain(entry) for name, entry in tally(rows, table).items()}
    for name in sorted({*told, *counted}):
        if told.get(name, _plain({})) != counted.get(name, _plain({})):
            yield Failure("count", f"run.json: sources.{name}", "does not count what the ledger holds")
    records = {"read": made.read, "kept": made.kept, **{k: made.decisions[d] for k, d in DECIDED}}
    if run["records"] != records or made.decisions["keep"] != made.kept:
        yield Failure("count", "run.json: records", f"says {run['records']}, ledger and data hold {records}")
    for code, number in _reasons(release).items():
        if number != made.reasons[code]:
            yield Failure(
                "count", "reasons/reasons.parquet", f"{code}: says {number}, the ledger has {made.reasons[code]}"
            )
    yield from _gates(run, made)


def _partly(release: Released) -> bool:
    """Whether this is what `publish` sends: of the ledger the kept rows alone."""
    return "published" in release.run


DECIDED = (("review", "review"), ("refused", "refuse"))


def _plain(entry: Mapping[str, Any]) -> str:
    empty: dict[str, Any] = {"read": 0, "kept": 0, "review": {}, "refused": {}, "stages": {}}
    return json.dumps({**empty, **entry}, sort_keys=True)


def _reasons(release: Released) -> Counter[str]:
    found: Counter[str] = Counter()
    for frame in release.batches("reasons", ["code", "records"]):
        found.update(dict(frame.iter_rows()))
    return found


def _gates(run: Mapping[str, Any], made: Figures) -> Iterator[Failure]:
    """The gates' values and verdicts follow from the counts and the configuration."""
    limit = run["config"]["output"]["gates"]["max_unrecognised"]
    unrecognised = sum(made.reasons[reason] for reason in UNRECOGNISED)
    value = unrecognised / made.read if made.read else 0.0
    wanted = {} if limit is None else {"max_unrecognised": {"value": value, "limit": limit, "passed": value <= limit}}
    if run["gates"] != wanted:
        yield Failure("gate", "run.json: gates", "do not follow from the counts and the configuration")
    if run["sample"] is not (run["limit"] is not None):
        yield Failure("gate", "run.json: sample", "does not follow from the limit")
    config = run["config"]
    if config["as_of"] not in (None, run["as_of"]):
        yield Failure("run", "run.json: as_of", "is another day than the configuration names")
    if any(run["dataset"][name] != config["dataset"][name] for name in config["dataset"]):
        yield Failure("run", "run.json: dataset", "has another name or version than the configuration")


def check(folder: Path) -> None:
    """Raises InputError naming the first failures where a release does not prove."""
    found = []
    for failure in prove(folder):
        found.append(f"{failure.where}: {failure.what}")
        if len(found) == 5:
            break
    if found:
        raise InputError("the release does not prove:\n" + "\n".join(found))
