"""What has been reserved since a release was built: a removal list for `retract`, from newer captures.

A release answers for the day it was built; an opt-out declared later acts on the next one (the practice of BigCode's
opt-out; Art. 4(3) of Directive (EU) 2019/790 speaks of uses to come).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from licenses.model import Document, Policy, Signal
from licenses.reservations import look
from pipeline.readers._captures import PATHS, Captures
from pipeline.readers._listing import list_files

PROTOCOLS = ("robots", "tdmrep", "aipref", "content_signals", "rsl", "ai_txt")  # those that stand in well-known files


@dataclass(frozen=True, slots=True)
class Reserved:
    """A kept record that its host has reserved, with the signals that say so."""

    id: str
    source: str
    url: str
    signals: tuple[Signal, ...]


def reserved(out: Path, captures: str, policy: Policy) -> Iterator[Reserved]:
    """The kept records of a release that the newest capture of their host reserves, in the order of the release.

    `captures` is what a source's `captures:` names: WARC files, or a folder by host and date. What cannot be read now
    is no opt-out and is not listed. Raises InputError where the captures cannot be read whole.
    """
    joined = Captures(tuple(list_files(captures, online=True)), tuple(PATHS))
    fields = {name.removeprefix("@"): f"ev:{name}" for name in PATHS}
    for path in sorted((out / "data").rglob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(4096, columns=["id", "source", "url"]):
                for row in batch.to_pylist():
                    if not row["url"]:
                        continue
                    columns = joined.columns(row["url"], None)
                    found: dict[str, Any] = {
                        name: json.loads(value) for name, column in fields.items() if (value := columns[column])
                    }
                    signals = look(Document(url=row["url"], **found), PROTOCOLS, policy)
                    said = tuple(signal for signal in signals if signal.answer == "reserved")
                    if said:
                        yield Reserved(row["id"], row["source"], row["url"], said)


def removal_list(found: Iterator[Reserved]) -> Iterator[str]:
    """The addresses to remove, one a line, each once: a list as `retract` takes it."""
    seen: set[str] = set()
    for one in found:
        if one.url not in seen:
            seen.add(one.url)
            yield f"{one.url}\n"
