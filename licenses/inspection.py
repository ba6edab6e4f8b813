"""One document, all its statements and opt-outs, one decision: rights only, no language, no region."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from licenses.conclude import conclude
from licenses.evidence import column, front_matter, html, http_headers, jats, license_file, spdx_tag, tei, text
from licenses.judge import judge, judge_signals
from licenses.model import Conclusion, Decision, Document, Evidence, Policy, Signal
from licenses.registry import Registry, load
from licenses.reservations import PROTOCOLS, look

PLACES: Sequence[Callable[[Document], tuple[Evidence, ...]]] = tuple(
    module.find for module in (html, jats, tei, http_headers, spdx_tag, license_file, text)
)
# Fields of a record's own metadata that are statements about its licence.
COLUMNS = ("license", "licence", "license_url", "licence_url", "rights", "dc:rights", "dcterms:license")
MAX_MATTER = 64 << 10
_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S)


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything found in one document, what it was drawn together to, and what a policy makes of it."""

    id: str
    evidence: tuple[Evidence, ...]
    signals: tuple[Signal, ...]
    conclusion: Conclusion
    decision: Decision

    @property
    def license(self) -> str | None:
        """The one licence that was concluded, under any decision; None where it is not one or not understood."""
        return self.decision.license or self.conclusion.license

    @property
    def family(self) -> str | None:
        return self.decision.family or self.conclusion.family

    def as_dict(self) -> dict[str, Any]:
        """The contract's answer, without language and region."""
        return {
            "id": self.id,
            "evidence": [
                {key: value for key, value in item.as_dict().items() if value not in (None, "")}
                for item in self.evidence
            ],
            "signals": [
                {key: value for key, value in signal.as_dict().items() if value not in (None, "")}
                for signal in self.signals
                if signal.answer not in ("not-found", "not-looked-for")
            ],
            "license": self.license,
            "family": self.family,
            "members": list(self.decision.members or self.conclusion.members),
            "basis": self.decision.basis,
            "duties": sorted(self.decision.duties),
            "decision": self.decision.decision,
            "reason": self.decision.reason,
            "why": self.decision.why,
        }


def inspect(
    document: Document, policy: Policy, registry: Registry | None = None, as_of: str | None = None
) -> Inspection:
    """All evidence in a document and its metadata, the conclusion, the decision. Never raises for what the document
    holds.

    `as_of` is an ISO date (default: today), the one clock of start dates and contracts. A reservation refuses what the
    licence would keep, never the other way round.
    """
    registry = registry or load()
    as_of = as_of or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    evidence = find(document)
    conclusion = conclude(evidence, registry, as_of)
    decision = judge(conclusion, policy, registry, as_of)
    signals = look(document, list(PROTOCOLS), policy)
    if decision.decision == "keep":
        decision = judge_signals(signals, policy, decision.basis) or decision
    return Inspection(document.id, evidence, signals, conclusion, decision)


def find(document: Document) -> tuple[Evidence, ...]:
    """The evidence of every place where a document itself can hold a statement, and of its metadata."""
    found: list[Evidence] = []
    for place in PLACES:
        found += place(document)
    found += _matter(document.text)
    found += _metadata(document.metadata)
    return tuple(dict.fromkeys(found))


def _matter(text_: str | None) -> tuple[Evidence, ...]:
    """What YAML front matter says; one that cannot be read is no statement but the text goes on to be looked at."""
    match = _MATTER.match(text_[:MAX_MATTER]) if text_ else None
    if match is None:
        return ()
    try:
        value = yaml.load(match.group(1), Loader=yaml.CSafeLoader)  # a safe loader, in C
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()
    return front_matter.find(value, {}) if isinstance(value, dict) else ()


def _metadata(metadata: Mapping[str, Any]) -> list[Evidence]:
    found: list[Evidence] = []
    for name in COLUMNS:
        value = metadata.get(name)
        if value is None:
            continue
        try:
            found += column.find(value, name, {})
        except TypeError:  # a number or a truth value is a statement that nobody can read
            found.append(Evidence("column", "wrong-type", str(value)[:300], name, "record", "wrong-type"))
    return found
