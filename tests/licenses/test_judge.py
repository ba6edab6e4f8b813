"""A policy's answers: by the worst member, the best branch, and never by what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from licenses import registry as registry_module
from licenses.conclude import conclude
from licenses.judge import judge, judge_signals
from licenses.model import USES, AcceptedRisk, Conclusion, Decision, Evidence, License, Policy, Signal
from licenses.reasons import REASONS
from licenses.recognise import recognise

REGISTRY = registry_module.load()
AS_OF = "2026-11-25"
CONTRACT = License(
    "LicenseRef-verlag",
    "Contract",
    {
        use: "yes" if use in ("reproduction", "derivative-works", "distribution", "commercial-use") else "no"
        for use in USES
    },
    duties=("attribution",),
    basis="contract",
    signed="2026-03-01",
    expires="2031-03-01",
)


def stated(statement: str, **more: Any) -> Conclusion:
    reading = recognise(statement, REGISTRY)
    assert reading.understood, reading
    return Conclusion(reading.license, reading.family, reading.alternatives, state="stated", **more)


def decide(statement: str, policy: Policy | None = None) -> Decision:
    return judge(stated(statement), policy or Policy(), REGISTRY, AS_OF)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CC-BY-4.0", "keep"),
        ("CC0-1.0", "keep"),
        ("MIT", "keep"),
        ("CC-BY-SA-4.0", "license.share-alike"),
        ("CC-BY-NC-4.0", "license.non-commercial"),
        ("CC-BY-ND-4.0", "license.no-derivatives"),
        ("CC BY-NC", "license.non-commercial"),
        ("CC BY-ND", "license.no-derivatives"),
        ("CC BY", "license.family"),
        ("BSD", "license.members-differ"),
        ("CC", "license.members-differ"),
        ("DL-DE", "license.members-differ"),
        ("ODbL-1.0", "license.share-alike"),
        ("ODC-By-1.0", "license.unknown-use"),
        ("LicenseRef-CC-BY-3.0-CR", "license.disputed-use"),
        ("LicenseRef-official-work-DE-5-1", "keep"),
        ("LicenseRef-official-work-DE-5-2", "license.no-derivatives"),
        ("LicenseRef-all-rights-reserved", "license.all-rights-reserved"),
        ("GPL-3.0-only", "license.share-alike"),
        ("C-UDA-1.0", "license.bind-recipients"),
        ("BSD-4-Clause", "license.advertising-line"),
    ],
)
def test_the_default_policy(statement: str, reason: str) -> None:
    found = decide(statement)
    assert found.reason == reason
    assert found.decision == ("keep" if reason == "keep" else REASONS[reason].decision)


def test_a_family_is_kept_by_its_worst_member_and_only_with_the_risk_accepted() -> None:
    policy = Policy(families="worst-member")
    assert decide("CC BY", policy).reason == "license.disputed-use"
    risk = AcceptedRisk("CC-BY", "commercial-use", "counsel's memo of 2026")
    kept = decide("CC BY", replace(policy, accepted_risks=(risk,)))
    assert (kept.reason, kept.license, kept.family) == ("keep", None, "CC BY")
    assert len(kept.members) == 101
    assert "accepted risk" in kept.rule
    assert set(kept.duties) == {"attribution", "notice", "mark-changes"}
    # A risk accepted for one use or one family covers no other.
    for other in (
        replace(risk, use="distribution"),
        replace(risk, license="CC-BY-SA"),
        replace(risk, license="CC-BY-4.0"),
    ):
        assert decide("CC BY", replace(policy, accepted_risks=(other,))).decision == "review"


def test_a_denial_cannot_be_accepted_as_a_risk() -> None:
    risk = AcceptedRisk("CC-BY-NC-4.0", "commercial-use", "no")
    assert decide("CC-BY-NC-4.0", Policy(accepted_risks=(risk,))).reason == "license.non-commercial"


def test_what_every_published_version_allows_is_a_choice() -> None:
    duties = ("attribution", "notice", "license-text", "mark-changes", "share-alike", "source-code")
    kept = decide("GPL", Policy(duties=duties))  # type: ignore[arg-type]
    assert (kept.reason, kept.license, kept.choice) == ("keep", "GPL-3.0-only", "GPL")


def test_a_basis_that_the_policy_does_not_name_refuses() -> None:
    assert decide("LicenseRef-official-work-AT-7", Policy(bases=("license",))).reason == "license.basis"


def test_a_contract_grants_between_its_days_only() -> None:
    registry = REGISTRY.with_own([CONTRACT])
    conclusion = Conclusion(CONTRACT.id, None, ((CONTRACT.id,),), state="stated")
    answers = {
        day: judge(conclusion, Policy(), registry, day).reason
        for day in ("2026-02-28", "2026-03-01", "2031-03-01", "2031-03-02")
    }
    assert list(answers.values()) == ["license.not-signed-yet", "keep", "keep", "license.expired"]
    assert (
        judge(conclusion, Policy(uses=("making-available",)), registry, AS_OF).reason == "license.no-making-available"
    )


def test_an_id_without_flags_refuses() -> None:
    conclusion = Conclusion("LicenseRef-nobody", None, (("LicenseRef-nobody",),), state="stated")
    assert judge(conclusion, Policy(), REGISTRY, AS_OF).reason == "license.no-flags"


@pytest.mark.parametrize("state", ["missing", "not-understood", "not-yet", "reserved", "conflict", "stated", "clue"])
def test_no_state_without_members_is_kept(state: Any) -> None:
    assert judge(Conclusion(state=state), Policy(conflicts="strictest"), REGISTRY, AS_OF).decision != "keep"


def test_fewer_uses_or_more_duties_never_keep_less() -> None:
    wide = Policy(duties=("attribution", "notice", "license-text", "mark-changes", "share-alike", "source-code"))
    for id_ in REGISTRY.licenses:
        conclusion = Conclusion(id_, None, ((id_,),), state="stated")
        if judge(conclusion, Policy(), REGISTRY, AS_OF).reason == "keep":
            for easier in (wide, Policy(uses=("reproduction",))):
                assert judge(conclusion, easier, REGISTRY, AS_OF).reason == "keep", id_


def test_every_reason_has_one_decision_and_a_sentence() -> None:
    for code, reason in REASONS.items():
        assert reason.code == code
        assert reason.decision in ("refuse", "review")
        assert reason.sentence.endswith(".")
        assert len(reason.sentence) > 30
    assert len({reason.sentence for reason in REASONS.values()}) == len(REASONS)


RESERVED = Signal("tdmrep", "reserved", "1")


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        ((), None),
        ((Signal("robots", "not-found"), Signal("rsl", "not-looked-for"), Signal("aipref", "allowed")), None),
        ((Signal("robots", "beside-the-point"),), None),
        ((Signal("robots", "allowed"), RESERVED), "reservation.tdmrep"),
        ((Signal("robots", "unreadable"),), "reservation.unreadable"),
        ((Signal("robots", "unreadable"), RESERVED), "reservation.tdmrep"),
        ((Signal("robots", "new-word"),), "reservation.unreadable"),  # type: ignore[arg-type]
        ((Signal("natural_language", "reserved"),), None),
    ],
)
def test_signals(signals: tuple[Signal, ...], reason: str | None) -> None:
    found = judge_signals(signals, Policy(), "license")
    assert (found.reason if found else None) == reason
    assert judge_signals(signals, Policy(reservations="record"), "license") is None


def test_words_reserve_where_the_policy_says_so() -> None:
    found = judge_signals((Signal("natural_language", "reserved"),), Policy(natural_language="honour"), "license")
    assert found is not None
    assert found.reason == "reservation.natural_language"


def test_a_conflict_in_which_every_side_is_refused_is_refused() -> None:
    both = conclude(
        [Evidence("column", "v", "MIT AND GPL-3.0-only"), Evidence("column", "v", "CC-BY-NC-4.0")], REGISTRY, AS_OF
    )
    assert both.state == "conflict"
    for conflicts in ("review", "strictest"):
        assert judge(both, Policy(conflicts=conflicts), REGISTRY, AS_OF).decision == "refuse"  # type: ignore[arg-type]
    one = conclude([Evidence("column", "v", "MIT"), Evidence("column", "v", "CC-BY-NC-4.0")], REGISTRY, AS_OF)
    assert judge(one, Policy(), REGISTRY, AS_OF).reason == "license.conflict"


def test_a_label_for_the_public_domain_grants_nothing_until_the_risk_is_accepted() -> None:
    mark = "https://creativecommons.org/publicdomain/mark/1.0/"
    assert decide(mark).reason == "license.unknown-use"
    risks = tuple(AcceptedRisk("CC-PDM-1.0", use, "the library's own search") for use in Policy().uses)
    kept = decide(mark, Policy(accepted_risks=risks))
    assert (kept.reason, kept.basis) == ("keep", "public-domain")
    assert "accepted risk" in kept.rule
