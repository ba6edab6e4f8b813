"""Conclusion and policy → keep, refuse or review, with the reason and the duties: by the worst member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from licenses.model import DUTIES, Basis, Conclusion, Decision, Duty, License, Policy, Signal, Verdict
from licenses.reasons import DENIED, KEEP, REASONS
from licenses.registry import Registry
from licenses.reservations import PROTOCOLS

_ORDER: tuple[Verdict, ...] = ("keep", "review", "refuse")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a policy says to one licence or one alternative: a reason code, and why."""

    reason: str
    why: str
    rule: str = ""

    @property
    def verdict(self) -> Verdict:
        return "keep" if self.reason == KEEP else REASONS[self.reason].decision


def judge(conclusion: Conclusion, policy: Policy, registry: Registry, as_of: str) -> Decision:
    """The policy's answer to a conclusion. Never raises; whatever is not known refuses.

    A use counts only if every member permits it and a duty is owed if any member asks it. Where the text gives a choice
    (SPDX `OR`, any published version) the best branch is taken and recorded. `as_of` is the run's day (ISO date).
    What the statements do not let in may still be kept under a statutory exception, if the curator names it, the policy
    accepts it, and it permits every use that the policy asks for.
    """
    decision = _judge(conclusion, policy, registry, as_of)
    if decision.decision == "keep":
        return decision
    answers = [_judge(excepted, policy, registry, as_of) for excepted in conclusion.excepted]
    for answer in answers:
        if answer.decision == "keep":
            return replace(answer, rule=_rule(policy, "exception"), why=f"without it: {decision.reason}")
    return answers[0] if answers and conclusion.state == "missing" else decision


def _judge(conclusion: Conclusion, policy: Policy, registry: Registry, as_of: str) -> Decision:
    """One conclusion alone."""
    state = conclusion.state
    if state in ("missing", "not-understood", "not-yet", "reserved"):
        return _stop(f"license.{state}", conclusion)
    if state == "clue":
        return _stop("evidence.clue", conclusion)
    if state == "conflict":
        return _conflict(conclusion, policy, registry, as_of)
    if state != "stated" or not conclusion.alternatives:
        return _stop("license.not-understood", conclusion)
    certain = conclusion.family is None
    answers = [
        _alternative(members, conclusion.family, policy, registry, as_of, certain)
        for members in conclusion.alternatives
    ]
    best = min(range(len(answers)), key=lambda i: _preference(answers[i], conclusion.alternatives[i], i, registry))
    answer, members = answers[best], conclusion.alternatives[best]
    if answer.verdict != "refuse" and conclusion.exceptions:
        answer = _Answer("license.exception", f"except: {'; '.join(conclusion.exceptions)}"[:300])
    choice = conclusion.license or conclusion.family if len(conclusion.alternatives) > 1 else None
    if answer.reason != KEEP:
        return Decision(
            answer.verdict, answer.reason, conclusion.license, conclusion.family, conclusion.members, why=answer.why
        )
    chosen = len(members) == 1 and (certain or choice is not None)
    license_ = members[0] if chosen else " AND ".join(members) if certain else None
    return Decision(
        "keep",
        KEEP,
        license=license_,
        family=None if license_ else conclusion.family,
        members=members,
        duties=_duties(members, registry),
        basis=_basis(members, registry),
        why=answer.why,
        choice=choice,
        rule=answer.rule or _rule(policy, "choice" if choice else "family" if not license_ else "license"),
    )


def judge_signals(signals: Sequence[Signal], policy: Policy, basis: Basis | str | None) -> Decision | None:
    """What the opt-out signals of a record do under the policy: a refusal, or None where nothing stands against it.

    Reserved by any protocol refuses, unreadable refuses, not looked for keeps; `reservations: record` lets all of it
    pass, since a licence needs no exception. The exception for text and data mining holds only where nothing is
    reserved (Directive (EU) 2019/790, Art. 4(3); § 44b(3) UrhG; § 42h(6) öUrhG): under that basis every protocol must
    have been looked for wherever it can stand, whatever the policy says. The exception for research knows no opt-out
    (Art. 3 of the Directive; § 60d UrhG; Art. 24d URG): under it signals do what the policy says, as under a licence.
    A reservation in natural language counts where the policy says so.
    """
    mining = basis == "tdm-exception"
    if policy.reservations == "record" and not mining:
        return None
    counted = [s for s in signals if s.protocol != "natural_language" or policy.natural_language == "honour"]
    for signal in counted:
        if signal.answer == "reserved":
            code = f"reservation.{signal.protocol}"
            return Decision("refuse", code if code in REASONS else "reservation.unreadable", why=_said(signal))
    for signal in counted:
        if signal.answer not in ("allowed", "beside-the-point", "not-found", "not-looked-for"):
            return Decision("refuse", "reservation.unreadable", why=_said(signal))
    if mining:
        missing = {name for name in PROTOCOLS if all(signal.protocol != name for signal in counted)}
        missing |= {signal.protocol for signal in counted if signal.answer == "not-looked-for"}
        if policy.natural_language != "honour":
            missing.discard("natural_language")
        if missing:
            return Decision("refuse", "reservation.not-looked-for", why=f"not looked for: {', '.join(sorted(missing))}")
    return None


def _conflict(conclusion: Conclusion, policy: Policy, registry: Registry, as_of: str) -> Decision:
    """Statements that disagree: refused where each side is refused, else the policy's `conflicts` answers."""
    members = tuple(sorted({m for alternative in conclusion.strictest for m in alternative}))
    sides = conclusion.sides or tuple((None, ((member,),)) for member in members)
    answers = [
        min(
            (_alternative(one, family, policy, registry, as_of, family is None) for one in alternatives),
            key=lambda answer: _ORDER.index(answer.verdict),
        )
        for family, alternatives in sides
    ]
    if not answers or all(answer.verdict == "refuse" for answer in answers):
        worst = answers[0] if answers else _Answer("license.not-understood", "nothing that could be weighed")
        return Decision("refuse", worst.reason, None, conclusion.family, members, why=f"every side: {worst.why}")
    if policy.conflicts != "strictest" or conclusion.family is not None or len(conclusion.strictest) != 1:
        return Decision("review", "license.conflict", None, conclusion.family, members, why="statements disagree")
    answer = _alternative(members, conclusion.family, policy, registry, as_of, True)
    if answer.verdict == "keep" and conclusion.exceptions:
        answer = _Answer("license.exception", f"except: {'; '.join(conclusion.exceptions)}"[:300])
    if answer.verdict != "keep":
        return Decision(answer.verdict, answer.reason, None, None, members, why=answer.why)
    return Decision(
        "keep", KEEP, " AND ".join(members), None, members, _duties(members, registry), _basis(members, registry),
        why="each of the statements that disagree would be kept; the terms of all are owed",
        rule=_rule(policy, "conflict"),
    )  # fmt: skip


@lru_cache(maxsize=4096)  # a bare family is judged through a hundred members, and most bundles name the same few
def _alternative(
    members: tuple[str, ...], family: str | None, policy: Policy, registry: Registry, as_of: str, certain: bool
) -> _Answer:
    """One alternative: `certain` that all members apply; otherwise exactly one does and nobody knows which."""
    if not members:
        return _Answer("license.not-understood", "no licence in it")
    answers = [_member(registry.get(member), member, policy, as_of, family) for member in members]
    refused = [answer for answer in answers if answer.verdict == "refuse"]
    if certain or len(members) == 1:
        return refused[0] if refused else max(answers, key=lambda answer: _ORDER.index(answer.verdict))
    if len(refused) == len(answers):
        shared = {answer.reason for answer in refused}
        return _Answer(refused[0].reason, refused[0].why if len(shared) == 1 else "no member would be kept")
    if refused:
        return _Answer("license.members-differ", refused[0].why)
    if policy.families != "worst-member":
        return _Answer("license.family", f"{len(members)} members")
    worst = max(answers, key=lambda answer: _ORDER.index(answer.verdict))
    return (
        worst
        if worst.verdict != "keep"
        else _Answer(KEEP, f"every one of {len(members)} members would be kept", _risky(answers))
    )


def _preference(answer: _Answer, members: tuple[str, ...], position: int, registry: Registry) -> tuple[int, int, int]:
    """Of branches that are judged alike the one that asks least; of those the last, which of versions is the newest."""
    return _ORDER.index(answer.verdict), len(_duties(members, registry)), -position


def _risky(answers: Sequence[_Answer]) -> str:
    """The rule to record for a family: an accepted risk, if any member needed one."""
    return next((answer.rule for answer in answers if answer.rule), "")


def _member(license_: License | None, id_: str, policy: Policy, as_of: str, family: str | None = None) -> _Answer:
    """One licence alone under the policy, which may have accepted a risk by its id or by the family's name."""
    if license_ is None:
        return _Answer("license.no-flags", id_)
    if license_.signed is not None and license_.signed[:10] > as_of[:10]:
        return _Answer("license.not-signed-yet", f"{id_}: signed {license_.signed}")
    if license_.expires is not None and license_.expires[:10] < as_of[:10]:
        return _Answer("license.expired", f"{id_}: expired {license_.expires}")
    if all(answer == "no" for answer in license_.uses.values()):
        return _Answer("license.all-rights-reserved", id_)
    if license_.basis not in policy.bases:
        return _Answer("license.basis", f"{id_}: {license_.basis}")
    for use in policy.uses:
        if license_.uses.get(use) == "no":
            return _Answer(DENIED[use], f"{id_}: {license_.sources.get(use) or license_.sources.get('*', '')}")
    for duty in DUTIES:
        if duty in license_.duties and duty not in policy.duties:
            return _Answer(f"license.{duty}", id_)
    names = {_plain(id_), _plain(family or id_)}
    accepted = {risk.use for risk in policy.accepted_risks if _plain(risk.license) in names}
    taken = []
    for use in policy.uses:
        answer = license_.uses.get(use, "unknown")
        if answer == "yes":
            continue
        if use not in accepted:
            code = "license.disputed-use" if answer == "disputed" else "license.unknown-use"
            return _Answer(code, f"{id_}: {use}: {license_.sources.get(use) or license_.sources.get('*', '')}")
        taken.append(use)
    rule = f"policy {policy.name}: accepted risk: {', '.join(taken)}" if taken else ""
    return _Answer(KEEP, id_, rule)


def _plain(name: str) -> str:
    """A name as accepted risks compare it: `CC BY`, `CC-BY` and `LicenseRef-family-CC-BY` are one."""
    return name.replace(" ", "-").removeprefix("LicenseRef-family-").casefold()


def _duties(members: Sequence[str], registry: Registry) -> tuple[Duty, ...]:
    owed = {duty for member in members if (row := registry.get(member)) is not None for duty in row.duties}
    return tuple(sorted(owed))


def _basis(members: Sequence[str], registry: Registry) -> Basis | None:
    """The members' common basis; of several, the licence, since its terms are the ones that have to be kept."""
    found = {row.basis for member in members if (row := registry.get(member)) is not None}
    return next(iter(found)) if len(found) == 1 else "license" if found else None


_RULES = {
    "license": "what its statement means grants every use asked for and asks for no duty beyond those listed",
    "choice": "a licence that its statement offers grants every use asked for and asks for no duty beyond those listed",
    "family": "each licence that it can mean grants every use asked for and asks for no duty beyond those listed",
    "conflict": "its statements disagree, and each of them alone would let it in",
    "exception": "its statements do not let it in, but the statutory exception that the curator names does",
}


def _rule(policy: Policy, what: str) -> str:
    """The sentence of the receipt that says why the policy let a record in."""
    return f"policy {policy.name}: {_RULES[what]}"


def _stop(code: str, conclusion: Conclusion) -> Decision:
    return Decision(REASONS[code].decision, code, conclusion.license, conclusion.family, why=REASONS[code].sentence)


def _said(signal: Signal) -> str:
    return f"{signal.protocol}: {signal.value or signal.parsed or signal.answer}"[:300]
