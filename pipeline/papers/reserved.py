"""What has been reserved since a release was built: a removal list for `retract`, from newer captures.

A release answers for the day it was built; an opt-out declared later acts on the next one (the practice of BigCode's
opt-out; Art. 4(3) of Directive (EU) 2019/790 speaks of uses to come).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from licenses.model import Document, Policy, Signal
from licenses.reservations import look
from pipeline.readers._captures import PATHS, Captures
from pipeline.readers._listing import list_files
from pipeline.released import batches

PROTOCOLS = ("robots", "tdmrep", "aipref", "content_signals", "rsl", "ai_txt")  # those that stand in well-known files


@dataclass(frozen=True, slots=True)
class Reserved:
    """A kept record that its host has reserved, with the signals that say so; `fingerprint` in 32 hex digits."""

    id: str
    source: str
    url: str
    fingerprint: str
    signals: tuple[Signal, ...]


def reserved(out: Path, captures: str, policy: Policy) -> Iterator[Reserved]:
    """The kept records of a release that the newest capture of their host reserves, in the order of the release.

    `captures` is what a source's `captures:` names: WARC files, or a folder by host and date. What cannot be read now
    is no opt-out and is not listed. Raises InputError where the captures cannot be read whole.
    """
    joined = Captures(tuple(list_files(captures, online=True)), tuple(PATHS))
    fields = {name.removeprefix("@"): f"ev:{name}" for name in PATHS}
    for path in sorted((out / "data").rglob("*.parquet")):
        for batch in batches(path, ["id", "source", "url", "fingerprint"], 4096):
            for row in batch.iter_rows(named=True):
                if not row["url"]:
                    continue
                columns = joined.columns(row["url"], None)
                found: dict[str, Any] = {
                    name: json.loads(value) for name, column in fields.items() if (value := columns[column])
                }
                signals = look(Document(url=row["url"], **found), PROTOCOLS, policy)
                said = tuple(signal for signal in signals if signal.answer == "reserved")
                if said:
                    own = "{hi:016x}{lo:016x}".format(**row["fingerprint"])
                    yield Reserved(row["id"], row["source"], row["url"], own, said)


def removal_list(found: Iterable[Reserved], day: str) -> Iterator[str]:
    """The lines of a list as `retract` takes it (`pipeline.lists`, CSV), each address once, with what reserves it.

    `day` is the list's own, an ISO date. An address that could be mistaken for something else in a list (it holds a
    line end, say) is named by its text's fingerprint.
    """
    yield f"# as of {day}: what has been reserved since the release was built\n"
    yield _line("kind", "value", "protocol", "said", "seen")
    listed: set[str] = set()
    for one in found:
        kind, value = ("url", one.url) if one.url.isprintable() else ("fingerprint", one.fingerprint)
        if value not in listed:
            listed.add(value)
            signal = one.signals[0]
            yield _line(
                kind, value, signal.protocol, " ".join((signal.value or signal.parsed).split()), signal.seen or ""
            )


def _line(*cells: str) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerow(cells)
    return made.getvalue()
