"""`reinschrift what-if`: what another policy would make of a release, from its ledger, without reading a text.

Three answers: kept, not kept, and «passes the licence, the rest was not measured», because a record that was stopped by
its rights was never looked at by the stages behind.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from licenses.judge import judge_signals
from licenses.model import Policy, Signal
from licenses.reasons import REASONS
from licenses.registry import Registry
from pipeline.config import load_policy
from pipeline.errors import DONE
from pipeline.papers.receipts import BESIDE
from pipeline.released import Released, rejudge
from pipeline.stages.license import denies

UNMEASURED = "passes the licence, the rest was not measured"
# What the judgement of rights depends on; what differs from page to page (context, locator, day) is left out.
RECEIPT = ("place", "kind", "statement", "scope", "rule", "claim", "starts", "license")
SIGNAL = ("protocol", "answer")
KEYS = ("e", "s", "stage", "reason", "basis", "person")


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
    ledger = _ledger(release, _anew(release.policy, policy))
    groups = ledger.group_by(KEYS).agg(pl.len().alias("records")).collect(engine="streaming")
    judge = _Judge(release, policy)
    judged = [judge(row) for row in groups.iter_rows(named=True)]
    groups = groups.with_columns(
        pl.Series("answer", [answer for answer, _ in judged], pl.String),
        pl.Series("denies", [denied for _, denied in judged], pl.Boolean),
    )
    found: Counter[tuple[str, str]] = Counter()
    for reason, answer, records in groups.select("reason", "answer", "records").iter_rows():
        found[reason, answer] += records
    for reason, answer, moved in _moved(ledger, groups):
        found[reason, answer] -= moved
        found[reason, UNMEASURED] += moved
    return +found


def _anew(old: Policy, new: Policy) -> bool:
    """Whether opt-out signals have to be judged again: where nothing about them differs, they were judged already."""
    same = (old.reservations, old.natural_language) == (new.reservations, new.natural_language)
    return not same or "tdm-exception" in (*old.bases, *new.bases)


def _ledger(release: Released, signals: bool) -> pl.LazyFrame:
    """The ledger with KEYS; opt-out signals are wide, and are read only where they are judged."""
    element = pl.element()
    rows = pl.scan_parquet(release.files("decisions"), hive_partitioning=False)
    return rows.with_columns(
        pl.col("evidence").list.eval(pl.struct(element.struct.field(name) for name in RECEIPT)).alias("e"),
        (
            pl.col("signals").list.eval(pl.struct(element.struct.field(name) for name in SIGNAL))
            if signals
            else pl.lit(None, pl.Null)
        ).alias("s"),
        # A person's decision is known by the words of its rule.
        pl.col("rule").str.contains(r"^decided by .+ on \d{4}-\d{2}-\d{2}: ").fill_null(False).alias("person"),
        pl.concat_str("source", pl.lit(":"), "id").alias("key"),
    )


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

    def __call__(self, row: Mapping[str, Any]) -> tuple[str, bool]:
        reason = row["reason"]
        if reason.startswith(BESIDE) and not reason.startswith("extract."):
            return reason, False
        found = rejudge(row["e"] or (), self._policy, self._registry, self._as_of)
        decision = found.decision
        denied = denies(found.conclusion, decision, self._registry, self._policy.uses)
        if row["person"]:
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
        signals = [Signal(item["protocol"], item["answer"]) for item in row["s"] or ()]
        refused = judge_signals(signals, self._policy, decision.basis)
        if refused is not None:
            return refused.reason, denied
        if reason.startswith("contested.") and self._still_contested:
            return f"contested.{'refused' if self._policy.contested == 'refuse' else 'review'}", denied
        if reason in REASONS:  # stopped by its rights, now let through: no stage behind has seen it
            return UNMEASURED, denied
        return reason, denied


def _moved(ledger: pl.LazyFrame, groups: pl.DataFrame) -> Iterator[tuple[str, str, int]]:
    """Records whose answer hangs on another's: copies of one that would go, kept ones that would be contested."""
    joined = ledger.join(
        groups.lazy().select(*KEYS, "answer", "denies"),
        on=list(KEYS),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    stood = pl.col("reason") == "keep"
    if groups.filter(stood & (pl.col("answer") != "keep")).height:
        gone = joined.filter(stood & (pl.col("answer") != "keep")).select(pl.col("key").alias("duplicate_of"))
        copies = joined.filter(pl.col("reason") == pl.col("answer")).join(gone, on="duplicate_of", how="semi")
        yield from _counted(copies)
    if groups.filter(pl.col("denies") & ~stood).height and groups.filter(stood & (pl.col("answer") == "keep")).height:
        denying = joined.filter(pl.col("denies")).select("fingerprint").filter(pl.col("fingerprint").is_not_null())
        yield from _counted(
            joined.filter(stood & (pl.col("answer") == "keep")).join(denying.unique(), on="fingerprint", how="semi")
        )


def _counted(rows: pl.LazyFrame) -> Iterator[tuple[str, str, int]]:
    yield from rows.group_by("reason", "answer").agg(pl.len()).collect(engine="streaming").iter_rows()
