"""May we? Gathers every statement about a record, concludes, judges under the policy. Always the first stage."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict

from licenses.conclude import conclude
from licenses.evidence import column as column_place
from licenses.evidence import curator, front_matter, hub_card
from licenses.judge import judge
from licenses.model import (
    EXCEPTIONS,
    NO_ASSERTION,
    STRENGTH,
    Conclusion,
    Decision,
    Document,
    Evidence,
    Reason,
    ScopeName,
)
from licenses.reasons import REASONS
from licenses.recognise import recognise
from licenses.registry import Registry
from pipeline.overrides import evidence_digest
from pipeline.stage import KEEP, Batch, Context

WRONG_TYPE = Reason(
    "input.wrong-type",
    "refuse",
    "A value has a type that its column cannot have, for instance a number where words belong.",
)
CACHE = 50_000
CONTESTED = "contested.review"

FACTS: dict[str, Any] = {
    "license_verdict": pl.String,
    "evidence": pl.String,  # JSON list: the receipt, without dates, so that equal bundles are equal strings
    "license": pl.String,
    "family": pl.String,
    "members": pl.List(pl.String),
    "basis": pl.String,
    "duties": pl.List(pl.String),
    "rule": pl.String,
    "scope": pl.String,  # of the statement that decided, null without any
    "strength": pl.Int32,  # of that scope
    "exact": pl.Boolean,  # one licence, not a family
    "denies": pl.Boolean,  # an explicit denial of a use that the policy asks for
    "settled": pl.Boolean,  # a person looked at the contrary statement elsewhere, and keeps the record
}


class Stage:
    """The licence question. `Options` is empty: the policy and the sources' `evidence` are the configuration."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

    reasons: ClassVar[Sequence[Reason]] = (
        *(reason for reason in REASONS.values() if not reason.code.startswith("reservation.")),
        WRONG_TYPE,
        Reason("license.override-refused", "refuse", "A person looked at the evidence and decided against the record."),
    )
    facts: ClassVar[dict[str, Any]] = FACTS
    corpus: ClassVar[bool] = False

    def __init__(self, options: Any, context: Context) -> None:
        self._policy, self._as_of = context.policy, context.as_of
        self._source, self._overrides = context.source, context.overrides or {}
        self._registry: Registry = context.licenses
        places = context.source_options.evidence
        self._fixed: tuple[Evidence, ...] = tuple(
            evidence for place in places if place.from_ == "curator" for evidence in curator.find(place.options())
        )
        self._columns: dict[str, Callable[[Any], tuple[Evidence, ...]]] = {}
        self._documents: list[tuple[Any, Mapping[str, Any]]] = []
        self._wants_files = False
        for place in places:
            options_ = place.options()
            if place.from_ == "column":
                join = context.source_options.join
                scope: ScopeName = "joined" if join is not None and place.column in join.columns else "record"
                self._columns[f"ev:{place.column}"] = _column(place.column, dict(place.values or {}), scope)
            elif place.from_ == "hub_card":
                self._columns["ev:@hub_card"] = _matter(hub_card.find, options_)
            elif place.from_ == "front_matter":
                self._columns["ev:@front_matter"] = _matter(front_matter.find, options_)
            elif place.from_ != "curator":
                self._documents.append((importlib.import_module(f"licenses.evidence.{place.from_}"), options_))
                self._wants_files |= place.from_ == "license_file"
        self._cache: dict[Any, dict[str, Any]] = {}

    def measure(self, batch: Batch) -> pl.DataFrame:
        facts = self._by_document(batch) if self._documents else self._by_columns(batch)
        return self._overridden(batch, facts) if self._overrides else facts

    def _overridden(self, batch: Batch, facts: pl.DataFrame) -> pl.DataFrame:
        """Lets a person's answer stand in for a verdict of review; never for a refusal. A person may refuse anything.

        Whether a text is contested is found later, in gather: here the answer to that is only noted.
        """
        ids = batch.frame.select(
            pl.coalesce("id", "url", pl.concat_str("file", pl.lit("#"), pl.col("row").cast(pl.String)))
        )
        rows = facts.to_dicts()
        for row, id_ in zip(rows, ids.to_series(), strict=True):
            verdict = row["license_verdict"]
            review = verdict in REASONS and REASONS[verdict].decision == "review"
            if not review and verdict != KEEP:
                continue
            answer = self._overrides.get((self._source, id_, evidence_digest(json.loads(row["evidence"]))))
            if answer is None:
                continue
            if review or answer.answer == "refuse":
                row |= self._answered(row, answer)
            elif answer.reason == CONTESTED and self._policy.contested == "review" and not answer.license:
                row |= {"settled": True, "rule": answer.rule}
        return pl.DataFrame(rows, schema=FACTS)

    def _answered(self, row: Mapping[str, Any], answer: Any) -> dict[str, Any]:
        """What a person's answer comes to: what they name is judged as the curator's word would be; without a name the
        evidence has to name the terms, and the duties of all its members are owed. Nothing where it lets nothing in."""
        if answer.answer == "refuse":
            return {"license_verdict": "license.override-refused", "rule": answer.rule}
        if answer.license:
            word = {"license": answer.license, "by": answer.by, "because": answer.because}
            terms = self._answer(curator.find(word))
            if terms["license_verdict"] != KEEP or len(terms["members"]) != 1:
                return {}
        else:
            terms = self._terms(row)
        if not terms["license"] or terms["basis"] not in self._policy.bases:
            return {}
        if set(terms["duties"]) - set(self._policy.duties):
            return {}
        taken = {name: terms[name] for name in ("license", "family", "members", "basis", "duties")}
        return {**taken, "exact": terms["family"] is None, "license_verdict": KEEP, "rule": answer.rule}

    def _terms(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the evidence itself names: under review the judge has worked out neither duties nor basis."""
        members, family = row["members"] or [], row["family"]
        found = [self._registry.get(member) for member in members]
        known = [license_ for license_ in found if license_ is not None]
        bases = {license_.basis for license_ in known}
        named = family_id(family) if family else row["license"] if len(members) == 1 else None
        return {
            "license": named if members and len(known) == len(members) else None,
            "family": family,
            "members": members,
            "basis": next(iter(bases)) if len(bases) == 1 else "license",
            "duties": sorted({duty for license_ in known for duty in license_.duties}),
        }

    def _by_columns(self, batch: Batch) -> pl.DataFrame:
        names = list(self._columns)
        if not names:
            row = self._answer(self._fixed)
            return pl.DataFrame([row], schema=FACTS).select(pl.all().gather([0] * len(batch)))
        keys = batch.frame.select(names)
        distinct = keys.unique(maintain_order=True)
        answers = pl.DataFrame([self._row(values) for values in distinct.iter_rows()], schema=FACTS)
        table = distinct.hstack(answers)
        spread = keys.join(table, on=names, how="left", nulls_equal=True, maintain_order="left")
        return spread.select(list(FACTS))

    def judge(self) -> pl.Expr:
        return pl.col("license_verdict")

    def _row(self, values: tuple[str | None, ...]) -> dict[str, Any]:
        """The answer to one distinct bundle of column values."""
        found = list(self._fixed)
        for name, value in zip(self._columns, values, strict=True):
            if value is None:
                continue
            try:
                found += self._columns[name](json.loads(value))
            except (TypeError, ValueError, RecursionError):
                return _refused(WRONG_TYPE.code)
        return self._answer(tuple(found))

    def _by_document(self, batch: Batch) -> pl.DataFrame:
        """Row by row, for places that stand in the document itself."""
        wanted = [
            c for c in ("id", "url", "file", "media", "headers", "retrieved", "ev:@license_file") if c in batch.frame
        ]
        names = list(self._columns)
        rows = []
        for index, (fields, values) in enumerate(
            zip(
                batch.frame.select(wanted).iter_rows(named=True),
                batch.frame.select(names).iter_rows() if names else ((),) * len(batch),
                strict=True,
            )
        ):
            document = _document(fields, batch, index)
            found = list(self._fixed)
            try:
                for name, value in zip(self._columns, values, strict=True):
                    if value is not None:
                        found += self._columns[name](json.loads(value))
            except (TypeError, ValueError, RecursionError):
                rows.append(_refused(WRONG_TYPE.code))
                continue
            for module, options in self._documents:
                found += module.find(document, options)
            rows.append(self._answer(tuple(found)))
        return pl.DataFrame(rows, schema=FACTS)

    def _answer(self, evidence: tuple[Evidence, ...]) -> dict[str, Any]:
        row = self._cache.get(evidence)
        if row is None:
            if len(self._cache) >= CACHE:
                self._cache.clear()
            row = self._cache[evidence] = self._decide(evidence)
        return row

    def _decide(self, evidence: tuple[Evidence, ...]) -> dict[str, Any]:
        conclusion = conclude(evidence, self._registry, self._as_of)
        decision = judge(conclusion, self._policy, self._registry, self._as_of)
        excepted = decision.reason == KEEP and decision.basis in EXCEPTIONS
        if excepted:
            conclusion = next(one for one in conclusion.excepted if one.license == decision.license)
        license_ = decision.license
        if license_ is None and decision.family and decision.reason == KEEP:
            license_ = family_id(decision.family)
        return {
            "license_verdict": decision.reason,
            "evidence": json.dumps(receipt(evidence, conclusion, self._registry), ensure_ascii=False, sort_keys=True),
            "license": license_,
            "family": decision.family,
            "members": list(decision.members),
            "basis": decision.basis,
            "duties": sorted(decision.duties),
            "rule": decision.rule or decision.why,
            "scope": conclusion.scope,
            # A copy that somebody licensed is always preferred to one that only an exception lets us keep.
            "strength": 0 if excepted else STRENGTH.get(conclusion.scope, 0) if conclusion.scope else None,
            "exact": decision.family is None,
            "denies": denies(conclusion, decision, self._registry, self._policy.uses),
            "settled": False,
        }


def family_id(family: str) -> str:
    """How a kept family is written where a licence's id stands."""
    return "LicenseRef-family-" + family.replace(" ", "-")


def receipt(evidence: Sequence[Evidence], conclusion: Conclusion, registry: Registry) -> list[dict[str, Any]]:
    """The evidence as it is stored: as found, with what it was understood as and whether it decided."""
    return [
        {
            **{key: value for key, value in item.as_dict().items() if value not in (None, "")},
            "members": [NO_ASSERTION]
            if item.license == NO_ASSERTION
            else list(_members(item.license or item.statement, registry)),
            "decided": index in conclusion.used,
        }
        for index, item in enumerate(evidence)
    ]


def denies(conclusion: Conclusion, decision: Decision, registry: Registry, uses: Sequence[str]) -> bool:
    """Whether the record's own statement explicitly denies a use that is asked for: every member says no to one.

    A duty that is not wanted, and a statement that is not understood, deny nothing.
    """
    if decision.reason == KEEP or not conclusion.alternatives:
        return False
    for members in conclusion.alternatives:
        for member in members:
            license_ = registry.get(member)
            if license_ is None or all(license_.uses.get(use) != "no" for use in uses):
                return False
    return True


@lru_cache(maxsize=65_536)
def _members(statement: str, registry: Registry) -> tuple[str, ...]:
    return recognise(statement, registry).members


def _refused(reason: str) -> dict[str, Any]:
    return {**dict.fromkeys(FACTS), "license_verdict": reason, "evidence": "[]", "denies": False, "settled": False}


def _column(name: str, values: Mapping[str, str | None], scope: ScopeName) -> Callable[[Any], tuple[Evidence, ...]]:
    return lambda value: tuple(replace(found, scope=scope) for found in column_place.find(value, name, values))


def _matter(
    find: Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Evidence, ...]], options: Mapping[str, Any]
) -> Callable[[Any], tuple[Evidence, ...]]:
    def place(value: Any) -> tuple[Evidence, ...]:
        if not isinstance(value, dict):
            raise TypeError("front matter is a mapping")
        return find(value, options)

    return place


def _document(fields: Mapping[str, Any], batch: Batch, index: int) -> Document:
    raw, text, media = batch.raw[index].as_py(), batch.text[index].as_py(), fields.get("media")
    headers = json.loads(fields["headers"]) if fields.get("headers") else None
    files = json.loads(fields["ev:@license_file"]) if fields.get("ev:@license_file") else {}
    return Document(
        id=fields.get("id") or "",
        html=raw if media == "html" else None,
        xml=raw if media == "xml" else None,
        text=text,
        url=fields.get("url"),
        path=fields.get("file"),
        headers={name: tuple(values) for name, values in headers.items()} if headers else None,
        files=files,
        seen=fields.get("retrieved"),
    )
