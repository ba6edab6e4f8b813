"""Receipts read anew: each distinct list of evidence is recognised, concluded and judged again, once.

What a person decided on a record in review is known by the words of its rule; it may let in what was in review, never
what was refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from licenses.changes import permitted
from licenses.compat import duty_class, exception
from licenses.judge import judge_signals
from licenses.model import Signal
from licenses.reasons import REASONS
from pipeline import cuts
from pipeline.credits import credits
from pipeline.released import FAMILY, Rejudged, Released, rejudge
from pipeline.stages.license import receipt

BY_PERSON = re.compile(r"decided by (.+) on (\d{4}-\d{2}-\d{2}): (.*)", re.DOTALL)
BUNDLE = ("evidence", "license", "members", "basis", "rule")
VERDICT = (
    "evidence", "signals", "license", "family", "members", "basis", "duties", "rule", "reason", "decision",
)  # fmt: skip
ANSWERS: dict[str, Any] = {"_own": pl.List(pl.String), "_family": pl.String, "_undated": pl.String, "_dated": pl.String}
CAPACITY = 50_000  # answers that are remembered
# Decided before or beside the rights, so that the rights say nothing of it.
BESIDE = ("input.", "removal.", "internal.", "extract.")
Found = Iterator[tuple[str, str]]


class Receipts:
    """Judges the receipts of one release again, under its policy, its day and its own licences."""

    def __init__(self, release: Released) -> None:
        self.policy, self.rows, self.as_of = release.policy, release.registry, release.run["as_of"]
        self.partition = release.run["config"]["output"]["partition"]
        self.partly = "published" in release.run
        self._known: dict[str, Rejudged] = {}

    def judged(self, evidence: Sequence[Mapping[str, Any]]) -> Rejudged:
        key = repr(evidence)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= CAPACITY:
                self._known.clear()
            found = self._known[key] = rejudge(evidence, self.policy, self.rows, self.as_of)
        return found

    def data(self, frame: pl.DataFrame, copies: pl.DataFrame, path: str) -> Found:
        """What is wrong with kept records: (where, what)."""
        frame = frame.drop("text").with_columns(
            pl.coalesce("retrieved", pl.lit(self.as_of)).alias("_day"),
            pl.concat_str("source", pl.lit(":"), "id").alias("key"),
        )
        keys = [*BUNDLE, "_day"]
        bundles = frame.group_by(keys, maintain_order=True).agg(pl.col("key").first())
        answers = []
        for row in bundles.to_dicts():
            wrong, duties = self._bundle(row)
            if wrong:
                yield row["key"], wrong
            answers.append(
                [None if wrong else sorted(duties), self._family(row), *_dated(row["evidence"] or (), row["_day"])]
            )
        told = pl.DataFrame(answers, schema=ANSWERS, orient="row")
        rows = frame.join(
            bundles.select(keys).hstack(told), on=keys, how="left", nulls_equal=True, maintain_order="left"
        )
        rows = rows.filter(pl.col("_own").is_not_null()).join(copies, on="key", how="left", maintain_order="left")
        folder = path.split("/")[1] if path.count("/") > 1 else ""
        alike = ["_own", "owed", "may", "duties", "members", "reservations", "basis"]
        for row in rows.group_by(alike, maintain_order=True).agg(pl.col("key").first()).to_dicts():
            for what in self._record(row, folder):
                yield row["key"], what
        for key, what in self._changed(frame):
            yield key, what
        for key in self._uncredited(rows):
            yield key, "its credit is not the one that its licence and its source give"

    def _record(self, row: Mapping[str, Any], folder: str) -> Iterator[str]:
        """Kept records that are alike: duties, folder and signals."""
        duties, own = row["duties"] or [], set(row["_own"])
        if not own | set(row["owed"] or ()) <= set(duties):
            yield "a duty of its licence or of a copy is missing"
        # Where only kept rows are published, what the copies brought is not there; the policy's limit still holds.
        may = set(self.policy.duties) if self.partly else own | set(row["may"] or ())
        if not set(duties) <= may:
            yield "a duty stands beside it that neither its licence nor a copy asks"
        group = duty_class(duties, row["members"] or [], self.rows)
        if folder != (group if self.partition == "duties" else exception(group) or ""):
            yield f"it stands in the folder of other duties than its own, «{folder or 'data'}»"
        refused = judge_signals(_signals(row["reservations"]), self.policy, row["basis"])
        if refused is not None:
            yield f"its opt-out signals refuse it: {refused.reason}"

    def _changed(self, frame: pl.DataFrame) -> Found:
        """What was left out is said as the licences ask, and each of them permits it."""
        left = pl.col("cuts").list.len() > 0
        some = frame.filter(left | (pl.col("changes").list.len() > 0) | pl.col("media").is_not_null())
        made = cuts.changes(some)
        for key in some.filter(pl.col("changes").ne_missing(made)).get_column("key"):
            yield key, "its changes are not those that follow from what it was taken out of and what was left out of it"
        if "derivative-works" not in self.policy.uses:
            for key, members in some.filter(left).select("key", "members").iter_rows():
                if not permitted(members or (), self.rows):
                    yield key, "something was left out of it, and its licence does not permit changed versions"

    def _uncredited(self, rows: pl.DataFrame) -> list[str]:
        """Records whose credit is not the one that the release makes of them. Whether a day in a receipt is the
        statement's own or the day on which the record was fetched is not told there, so both are right."""
        for evidence in ("_undated", "_dated"):
            if rows.height:
                asked = rows.drop("evidence").rename({evidence: "evidence", "_family": "family"})
                made = pl.Series(credits(asked, self.rows))
                rows = rows.filter(~rows.get_column("credit").eq_missing(made))
        return rows.get_column("key").to_list()

    def _family(self, row: Mapping[str, Any]) -> str | None:
        if not (row["license"] or "").startswith(FAMILY):
            return None
        return self.judged(row["evidence"] or ()).decision.family or str(row["license"]).removeprefix(FAMILY)

    def _bundle(self, row: Mapping[str, Any]) -> tuple[str, set[str]]:
        """What is wrong with a kept receipt (empty: nothing), and the duties that its licence asks."""
        evidence = row["evidence"] or ()
        found = self.judged(evidence)
        if wrong := self._readings(evidence, found):
            return wrong, set()
        if any(item["seen"] != row["_day"] for item in evidence):
            return "a statement was seen on another day than its record was fetched, or the release is of", set()
        license_, members = row["license"], row["members"] or []
        if BY_PERSON.fullmatch(row["rule"] or ""):
            if found.decision.decision not in ("review", "keep"):
                return f"a person's decision stands over a refusal: {found.decision.reason}", set()
            named = self.rows.get(license_)
            if named is not None:
                if members != [named.id] or row["basis"] != named.basis:
                    return "members or ground are not those of the licence that a person named", set()
                return "", set(named.duties)
            if license_ != FAMILY + (found.decision.family or "").replace(" ", "-"):
                return "the licence is not the family that its statement names", set()
            owed = {duty for m in members if (one := self.rows.get(m)) is not None for duty in one.duties}
            return "", {str(duty) for duty in owed}
        decision = found.decision
        if decision.decision != "keep":
            return f"its statements, judged again, are not kept: {decision.reason}", set()
        if license_ != found.license:
            return f"its statements, read again, mean {found.license}, not {license_}", set()
        if members != list(decision.members) or row["basis"] != decision.basis:
            return "members or ground are not those of its licence", set()
        if row["rule"] != (decision.rule or decision.why):
            return "the rule is not the one that let it pass", set()
        return "", set(decision.duties)

    def _readings(self, evidence: Sequence[Mapping[str, Any]], found: Rejudged) -> str:
        """Whether each line of a receipt says what its statement means, and which of them decided."""
        for told, again in zip(evidence, receipt(found.evidence, found.conclusion, self.rows), strict=True):
            if (told["members"] or []) != again["members"]:
                return f"«{told['statement'][:80]}» is not understood as the receipt says"
            if (
                found.decision.basis not in ("tdm-exception", "research-exception")
                and told["decided"] != again["decided"]
            ):
                return f"whether «{told['statement'][:80]}» decided is not as the receipt says"
        return ""

    def ledger(self, frame: pl.DataFrame) -> Found:
        """What is wrong with verdicts on rights in the ledger: (where, what), once a distinct receipt."""
        beside = pl.any_horizontal([pl.col("reason").str.starts_with(prefix) for prefix in BESIDE])
        rows = frame.filter(~beside).group_by(*VERDICT, maintain_order=True)
        for row in rows.agg(pl.col("source").first(), pl.col("id").first()).to_dicts():
            if what := self._verdict(row):
                yield f"{row['source']}:{row['id']}", what

    def _verdict(self, row: Mapping[str, Any]) -> str:
        found = self.judged(row["evidence"] or ())
        reason, decision = row["reason"], found.decision
        by_person = BY_PERSON.fullmatch(row["rule"] or "") is not None
        if reason == "license.override-refused":
            right = decision.decision in ("review", "keep") and by_person
        elif reason in REASONS and not reason.startswith(("contested.", "reservation.")):
            right = decision.reason == reason
        else:
            right = decision.decision == "keep" or (by_person and decision.decision == "review")
        if not right:
            return f"its statements, judged again, give {decision.reason}, not {reason}"
        if not by_person and reason != "keep":  # of kept rows the data is asked, and both have to say the same
            if wrong := self._readings(row["evidence"] or (), found):
                return wrong
            told = row["license"], row["family"], row["members"] or [], row["basis"], row["rule"]
            again = (
                found.license, decision.family, list(decision.members), decision.basis, decision.rule or decision.why
            )  # fmt: skip
            if told != again or not set(decision.duties) <= set(row["duties"] or ()):
                return "licence, family, members, ground, rule or duties are not those of its statements"
        if reason.startswith("reservation."):
            refused = judge_signals(_signals(row["signals"]), self.policy, row["basis"] or decision.basis)
            if refused is None or refused.reason != reason:
                return f"its opt-out signals, judged again, do not give {reason}"
        return ""


def _signals(stored: Sequence[Mapping[str, Any]] | None) -> list[Signal]:
    return [Signal(**{k: v for k, v in item.items() if v is not None}) for item in stored or ()]


def _dated(evidence: Sequence[Mapping[str, Any]], day: str) -> tuple[str, str]:
    """A receipt as JSON, without the day on which the record was fetched and with it."""
    full = [{k: v for k, v in item.items() if v is not None} for item in evidence]
    bare = [{k: v for k, v in item.items() if k != "seen" or v != day} for item in full]
    return json.dumps(bare), json.dumps(full)
