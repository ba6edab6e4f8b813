"""A finished release, read back: run.json, the ledger and the data, batch by batch, and its rights judged again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from licenses import registry as registries
from licenses.conclude import conclude
from licenses.judge import judge
from licenses.model import AcceptedRisk, Conclusion, Decision, Evidence, License, Policy
from licenses.registry import Registry
from pipeline.errors import InputError
from pipeline.record import as_frame

BATCH = 16_384
FAMILY = "LicenseRef-family-"
AGAIN = "take the release from where it was copied, or run the configuration again"
_EVIDENCE = frozenset(Evidence.__slots__)


class Released:
    """The folder of a release. Raises InputError where it is none, or not a finished one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / "run.json").is_file():
            raise InputError(f"{folder}: no finished release (there is no run.json); name the output.path of a run")

    @cached_property
    def run(self) -> Mapping[str, Any]:
        try:
            found = json.loads((self.folder / "run.json").read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{self.folder / 'run.json'}: damaged, it cannot be read as JSON; {AGAIN}") from error
        if not isinstance(found, dict):
            raise InputError(f"{self.folder / 'run.json'}: damaged, it is no mapping; {AGAIN}")
        return found

    @cached_property
    def policy(self) -> Policy:
        """The policy that the release was judged by."""
        return policy(self.run["config"]["policy"])

    @cached_property
    def registry(self) -> Registry:
        """The registry with the licences of the release's own configuration."""
        return registry(self.run)

    def files(self, part: str) -> list[Path]:
        """The Parquet files of `data` or `decisions`, in order."""
        return sorted((self.folder / part).rglob("*.parquet"))

    def batches(self, part: str, columns: Sequence[str] | None = None, rows: int = BATCH) -> Iterator[pl.DataFrame]:
        """Rows in order, page checksums checked. Raises InputError naming the file where one is damaged."""
        for path in self.files(part):
            yield from batches(path, columns, rows)

    def sentences(self) -> dict[str, str]:
        """What every reason code means."""
        table = pl.concat(list(self.batches("reasons", ["code", "sentence"])))
        return dict(table.iter_rows())


def batches(path: Path, columns: Sequence[str] | None = None, rows: int = BATCH) -> Iterator[pl.DataFrame]:
    """One file's rows in order, page checksums checked. Raises InputError naming the file where it is damaged, or has
    not the columns that are asked for."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False, buffer_size=1 << 20) as file:
            missing = {name.split(".")[0] for name in columns or ()} - set(file.schema_arrow.names)
            if missing:
                raise InputError(
                    f"{path}: has no column «{min(missing)}», so another version of Reinschrift wrote it, or no "
                    "release did; ask the version that run.json names, or run the configuration again"
                )
            for batch in file.iter_batches(rows, columns=None if columns is None else list(columns)):
                yield as_frame(batch)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: damaged, it cannot be read as Parquet; {AGAIN}") from error


def policy(block: Mapping[str, Any]) -> Policy:
    """A policy from run.json's words. Raises InputError where it is not one."""
    try:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in block.items()}
        values["accepted_risks"] = tuple(AcceptedRisk(**risk) for risk in block["accepted_risks"])
        return Policy(**values)
    except (KeyError, TypeError) as error:
        raise InputError(
            "run.json: the policy cannot be read; the file was changed or comes from another version"
        ) from error


def registry(run: Mapping[str, Any]) -> Registry:
    """The registry with the licences of run.json's configuration. Raises InputError where one cannot be read."""
    try:
        own = [
            License(**cast(dict[str, Any], {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}))
            for entry in run["config"]["licenses"]
        ]
        return registries.load().with_own(own)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "run.json: a licence cannot be read; the file was changed or comes from another version"
        ) from error


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What a receipt comes to when it is read anew; `license` as the release writes it, families too."""

    evidence: tuple[Evidence, ...]
    conclusion: Conclusion
    decision: Decision
    license: str | None


def rejudge(receipt: Sequence[Mapping[str, Any]], by: Policy, rows: Registry, as_of: str) -> Rejudged:
    """Recognises every statement of a receipt anew, concludes, and judges under a policy."""
    evidence = tuple(as_evidence(item) for item in receipt)
    conclusion = conclude(evidence, rows, as_of)
    decision = judge(conclusion, by, rows, as_of)
    name = decision.license
    if name is None and decision.family and decision.decision == "keep":
        name = FAMILY + decision.family.replace(" ", "-")
    return Rejudged(evidence, conclusion, decision, name)


def as_evidence(item: Mapping[str, Any]) -> Evidence:
    """One line of a receipt as the value that it was stored from."""
    given = {k: v for k, v in item.items() if k in _EVIDENCE and v is not None}
    return Evidence(**{"statement": "", "place": "", "kind": "", **given})
