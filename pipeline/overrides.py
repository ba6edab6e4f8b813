"""What a person decided on records in review: the review file, filled in, comes back as an override.

Keyed by source, id and the digest of the evidence: an answer lapses when a statement, its place or its scope changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from licenses.model import digest
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Override:
    """One answer: `keep` or `refuse`, by whom, when and why; `license` where the evidence alone names no single one."""

    source: str
    id: str
    evidence_digest: str
    answer: str
    by: str
    date: str
    because: str
    license: str | None = None
    reason: str | None = None  # what the record was in review for, when the person looked

    @property
    def rule(self) -> str:
        return f"decided by {self.by} on {self.date}: {self.because}"


def evidence_digest(evidence: Iterable[Mapping[str, Any]]) -> str:
    """32 hex digits over statement, kind, place, locator and scope of every piece of evidence, in order."""
    names = ("place", "kind", "statement", "locator", "scope")
    return digest([[item.get(name) or None for name in names] for item in evidence])[:32]


def load(paths: Iterable[str]) -> dict[tuple[str, str, str], Override]:
    """Answers by (source, id, evidence digest); lines without an answer are passed over.

    Raises InputError naming file and line where an answer is not complete.
    """
    found: dict[tuple[str, str, str], Override] = {}
    for path in paths:
        try:
            lines = Path(path).read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: cannot be read as UTF-8 text: {error}") from error
        for number, line in enumerate(lines, 1):
            if line.strip() and (override := _parsed(line, f"{path}:{number}")) is not None:
                found[override.source, override.id, override.evidence_digest] = override
    return found


def _parsed(line: str, where: str) -> Override | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(f"{where}: not a JSON object") from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: not a JSON object")
    if value.get("answer") in (None, ""):
        return None
    if value["answer"] not in ("keep", "refuse"):
        raise InputError(f'{where}: answer: must be "keep" or "refuse"')
    for name in ("source", "id", "evidence_digest", "by", "date", "because"):
        if not isinstance(value.get(name), str) or not value[name].strip():
            raise InputError(f"{where}: {name}: an answer needs who gave it, on which day and why")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value["date"]):
        raise InputError(f"{where}: date: must be a day like 2026-11-24")
    named = value.get("license")
    return Override(
        source=value["source"],
        id=value["id"],
        evidence_digest=value["evidence_digest"],
        answer=value["answer"],
        by=value["by"],
        date=value["date"],
        because=value["because"],
        license=named if isinstance(named, str) and named else None,
        reason=value["reason"] if isinstance(value.get("reason"), str) else None,
    )
