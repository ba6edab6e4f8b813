"""A finished release, read back: run.json, the ledger and the data, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from licenses.model import AcceptedRisk, Policy
from pipeline.errors import InputError
from pipeline.record import as_frame

BATCH = 16_384


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
        except (OSError, ValueError) as error:
            raise InputError(f"{self.folder / 'run.json'}: cannot be read: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise InputError(f"{self.folder / 'run.json'}: not a mapping")
        return found

    @cached_property
    def policy(self) -> Policy:
        """The policy that the release was judged by."""
        return policy(self.run["config"]["policy"])

    def files(self, part: str) -> list[Path]:
        """The Parquet files of `data` or `decisions`, in order."""
        return sorted((self.folder / part).rglob("*.parquet"))

    def batches(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Rows in order, page checksums checked. Raises InputError naming the file where one is damaged."""
        for path in self.files(part):
            try:
                file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False, buffer_size=1 << 20)
                for batch in file.iter_batches(BATCH, columns=None if columns is None else list(columns)):
                    frame = as_frame(batch)
                    yield frame
            except OSError as error:
                raise InputError(f"{path}: damaged: {type(error).__name__}; `reinschrift verify` says more") from error

    def sentences(self) -> dict[str, str]:
        """What every reason code means."""
        table = pl.concat(list(self.batches("reasons", ["code", "sentence"])))
        return dict(table.iter_rows())


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
