"""The ledger: every record's verdict with its reason, and the counts that must add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from licenses.model import Reason
from pipeline import cuts
from pipeline.errors import InternalError
from pipeline.stage import KEEP, NO_VERDICT

INPUT_REASONS: tuple[Reason, ...] = (
    Reason(KEEP, "keep", "Kept: the policy's uses are all granted and its duties cover what the licence asks."),
    Reason(NO_VERDICT, "refuse", "A stage gave no answer for this record; no answer is never a keep."),
    Reason(
        "internal.error", "refuse", "Our own code failed on this record; it is left out, and its detail says where."
    ),
    Reason("input.duplicate-id", "refuse", "Another record of the same source, earlier in the plan, has this id."),
    Reason(
        "removal.listed", "refuse", "A removal list names this record or its text: somebody asked for it to be out."
    ),
    Reason("input.no-text", "refuse", "The record has no text: null, empty or white space."),
    Reason("input.wrong-type", "refuse", "A value has a type that its column cannot have."),
    Reason("extract.unsupported", "refuse", "No text can be read from a document of this kind."),
    Reason("extract.empty", "refuse", "The page or document holds no running text."),
    Reason("extract.failed", "refuse", "The document could not be parsed."),
    *cuts.REASONS,
)


def merged(*tables: Iterable[Reason]) -> Mapping[str, Reason]:
    """One table of reasons. Raises InternalError where a code has two decisions."""
    table: dict[str, Reason] = {}
    for reason in (reason for reasons in tables for reason in reasons):
        known = table.setdefault(reason.code, reason)
        if known.decision != reason.decision:
            raise InternalError(f"{reason.code} is both {known.decision} and {reason.decision}")
    return table


def tally(counts: Iterable[tuple[str, str, str, int]], reasons: Mapping[str, Reason]) -> dict[str, dict[str, Any]]:
    """Counts by source from (source, stage, reason, records): read, kept, review, refused by reason, by stage.

    Raises InternalError for a reason that has no decision.
    """
    sources: dict[str, dict[str, Any]] = {}
    for source, stage, reason, records in counts:
        if reason not in reasons:
            raise InternalError(f"reason {reason!r} of stage {stage!r} stands in no table")
        entry = sources.setdefault(source, {"read": 0, "kept": 0, "review": {}, "refused": {}, "stages": {}})
        entry["read"] += records
        decision = reasons[reason].decision
        if decision == "keep":
            entry["kept"] += records
        else:
            part = entry["review" if decision == "review" else "refused"]
            part[reason] = part.get(reason, 0) + records
            by_stage = entry["stages"].setdefault(stage, {})
            by_stage[reason] = by_stage.get(reason, 0) + records
    return sources


def check_sum(counts: Mapping[str, Mapping[str, Any]], read: Mapping[str, int]) -> None:
    """Promise 2: read = kept + review + refused, per source. Raises InternalError naming the source."""
    for source, number in read.items():
        entry = counts.get(source, {"kept": 0, "review": {}, "refused": {}})
        total = entry["kept"] + sum(entry["review"].values()) + sum(entry["refused"].values())
        if total != number:
            raise InternalError(f"sources[{source}]: {number} records were read, {total} have a decision")
