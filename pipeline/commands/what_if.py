"""`reinschrift what-if`: what another policy would make of a release, from its ledger, without reading a text.

Three answers: kept, not kept, and «passes the licence, the rest was not measured», because a record that was stopped by
its rights was never looked at by the stages behind.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from licenses.judge import judge_signals
from licenses.model import Policy, Signal
from licenses.reasons import REASONS
from licenses.registry import Registry
from pipeline.commands._bundles import Asked
from pipeline.config import load_policy
from pipeline.errors import DONE
from pipeline.papers.receipts import BESIDE, BY_PERSON
from pipeline.released import Released, rejudge
from pipeline.stages.license import denies

UNMEASURED = "passes the licence, the rest was not measured"
# What the judgement of rights depends on; what differs from page to page (context, locator, day) is left out.
RECEIPT = ("place", "kind", "statement", "scope", "rule", "claim", "starts", "license")
SIGNAL = ("protocol", "answer")
COLUMNS = ("stage", "reason", "basis", "rule")


def what_if(out: Path, policy: str, as_json: bool = False) -> int:
    """Prints the answers. Raises InputError where OUT is no release, ConfigError where there is no such policy."""
    release, asked = Released(out), load_policy(policy)
    changes = answers(release, asked)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    after: Counter[str] = Counter()
    for (_, new), records in changes.items():
        after[new] += records
    decisions = {"kept": after["keep"], "unmeasured": after[UNMEASURED]}
    for name, verdict in (("review", "review"), ("refused", "refuse")):
        decisions[name] = sum(n for reason, n in after.items() if _decision(reason, release) == verdict)
    ordered = sorted(changes.items(), key=lambda item: (-item[1], item[0]))
    if as_json:
        rows = [{"before": old, "after": new, "records": n} for (old, new), n in ordered]
        said = {"policy": asked.name, "as_of": release.run["as_of"], "before": release.run["records"]}
        console.print(json.dumps({**said, **decisions, "changes": rows}, ensure_ascii=False))
        return DONE
    table = Table("before", f"under «{asked.name}»", "records")
    for (old, new), records in ordered:
        if old != new:
            table.add_row(old, new, f"{records:,}")
    console.print(table if table.rows else "no verdict would change")
    console.print(
        f"kept {decisions['kept']:,} (now {release.run['records']['kept']:,}); {UNMEASURED}: "
        f"{decisions['unmeasured']:,}; in review {decisions['review']:,}; refused {decisions['refused']:,}"
    )
    if decisions["unmeasured"]:
        console.print("what was not measured is decided by a run with this policy")
    return DONE


def _decision(reason: str, release: Released) -> str:
    if reason in REASONS:
        return REASONS[reason].decision
    table = release.__dict__.setdefault(
        "_decisions", dict(pl.concat(list(release.batches("reasons", ["code", "decision"]))).iter_rows())
    )
    return str(table.get(reason, ""))


def answers(release: Released, policy: Policy) -> Counter[tuple[str, str]]:
    """Records by (reason in the ledger, answer under the policy): `keep`, a reason code, or UNMEASURED."""
    lists = {"evidence": RECEIPT, **({"signals": SIGNAL} if _anew(release.policy, policy) else {})}
    asked = Asked(release, COLUMNS, lists, _Judge(release, policy))
    found: Counter[tuple[str, str]] = Counter()
    for (reason, answer, _), records in zip(asked.answers, asked.records, strict=True):
        found[reason, answer] += records
    for reason, answer, moved in _moved(release, asked):
        found[reason, answer] -= moved
        found[reason, UNMEASURED] += moved
    return +found


def _anew(old: Policy, new: Policy) -> bool:
    """Whether opt-out signals have to be judged again: where nothing about them differs, they were judged already."""
    same = (old.reservations, old.natural_language) == (new.reservations, new.natural_language)
    return not same or "tdm-exception" in (*old.bases, *new.bases)


class _Judge:
    """The answer of a policy to one group of ledger rows, and whether its statement denies a use under it."""

    def __init__(self, release: Released, policy: Policy) -> None:
        self._policy = policy
        old = release.policy
        self._anew = _anew(old, policy)
        # Who denied a use that was needed denies it still where no less is needed.
        self._still_contested = set(old.uses) <= set(policy.uses) and old.reservations == policy.reservations
        self._registry: Registry = release.registry
        self._as_of = str(release.run["as_of"])

    def __call__(self, row: Mapping[str, Any]) -> tuple[str, str, bool]:
        return row["reason"], *self._answer(row)

    def _answer(self, row: Mapping[str, Any]) -> tuple[str, bool]:
        reason = row["reason"]
        if reason.startswith(BESIDE) and not reason.startswith("extract."):
            return reason, False
        found = rejudge(row["evidence"] or (), self._policy, self._registry, self._as_of)
        decision = found.decision
        denied = denies(found.conclusion, decision, self._registry, self._policy.uses)
        if BY_PERSON.fullmatch(row["rule"] or ""):
            if reason == "license.override-refused":
                return reason, denied
            owed = set(decision.duties) - set(self._policy.duties)
            passes = decision.decision in ("keep", "review") and not owed
        else:
            passes = decision.decision == "keep"
        if not passes:
            return decision.reason, denied
        if not self._anew and reason.startswith("reservation."):
            return reason, denied
        signals = [Signal(item["protocol"], item["answer"]) for item in row.get("signals") or ()]
        refused = judge_signals(signals, self._policy, decision.basis)
        if refused is not None:
            return refused.reason, denied
        if reason.startswith("contested.") and self._still_contested:
            return f"contested.{'refused' if self._policy.contested == 'refuse' else 'review'}", denied
        if reason in REASONS:  # stopped by its rights, now let through: no stage behind has seen it
            return UNMEASURED, denied
        return reason, denied


def _moved(release: Released, asked: Asked) -> Iterator[tuple[str, str, int]]:
    """Records whose answer hangs on another's: copies of one that would go, kept ones that would be contested."""
    key = pl.concat_str("source", pl.lit(":"), "id").hash().alias("key")
    gone = _values(asked.rows(release, ["source", "id"], lambda a: a[0] == "keep" and a[1] != "keep"), key)
    if len(gone):
        copy = pl.col("duplicate_of").hash().alias("key")
        rows = asked.rows(release, ["duplicate_of"], lambda a: a[0] == a[1] != "keep")
        yield from _counted(asked, rows, pl.col("duplicate_of").is_not_null(), copy, gone)
    text = pl.col("fingerprint").struct.field("hi").alias("key")
    there = pl.col("fingerprint").is_not_null()
    if any(a[0] == a[1] == "keep" for a in asked.answers):
        denying = asked.rows(release, ["fingerprint"], lambda a: a[2] and a[0] != "keep")
        texts = _values((frame.filter(there) for frame in denying), text)
        if len(texts):
            rows = asked.rows(release, ["fingerprint"], lambda a: a[0] == a[1] == "keep")
            yield from _counted(asked, rows, there, text, texts)


def _values(frames: Iterable[pl.DataFrame], value: pl.Expr) -> NDArray[np.uint64]:
    """The distinct values, ascending."""
    found = [frame.select(value).to_series().to_numpy() for frame in frames]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)


def _counted(
    asked: Asked, rows: Iterable[pl.DataFrame], there: pl.Expr, value: pl.Expr, wanted: NDArray[np.uint64]
) -> Iterator[tuple[str, str, int]]:
    """(reason, answer, records) of the rows whose value is wanted."""
    counts: Counter[int] = Counter()
    for frame in rows:
        some = frame.filter(there)
        values = some.select(value).to_series().to_numpy()
        at = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
        hit = wanted[at] == values
        for number, n in zip(*np.unique(some.get_column("answer").to_numpy()[hit], return_counts=True), strict=True):
            counts[int(number)] += int(n)
    for number, records in counts.items():
        reason, answer, _ = asked.answers[number]
        yield reason, answer, records
