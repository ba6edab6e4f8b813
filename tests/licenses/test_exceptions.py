"""Statutory exceptions: only the curator names one, only a policy that names it accepts it, and nothing may reserve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses import registry
from licenses.conclude import conclude
from licenses.judge import judge, judge_signals
from licenses.model import EXCEPTIONS, Basis, Decision, Evidence, License, Policy, Signal
from licenses.reservations import PROTOCOLS

MINING = "LicenseRef-tdm-exception-DE-44b"
RESEARCH = "LicenseRef-research-exception-DE-60d"
CONTRACT = License(
    "LicenseRef-verlag", "Contract", dict.fromkeys(registry.load().licenses["MIT"].uses, "yes"), basis="contract",
    signed="2020-01-01", expires="2021-01-01",
)  # fmt: skip
REGISTRY = registry.load().with_own([CONTRACT])
DAY = "2026-11-24"
BASES: tuple[Basis, ...] = (*Policy().bases, "tdm-exception")
POLICY = Policy(uses=("reproduction", "commercial-use"), bases=BASES)


def word(id_: str = MINING) -> Evidence:
    return Evidence("curator", "curator", id_, "evidence", "source", because="On the open web.", license=id_)


def column(statement: str) -> Evidence:
    return Evidence("column", "value", statement, "license", "record")


def decide(*evidence: Evidence, policy: Policy = POLICY) -> Decision:
    return judge(conclude(evidence, REGISTRY, DAY), policy, REGISTRY, DAY)


def test_the_exception_stands_in_where_no_licence_lets_the_record_in() -> None:
    for evidence in ((), (column("CC-BY-NC-4.0"),), (column("All rights reserved"),), (column("CC BY-NC"),)):
        assert decide(*evidence).decision == "refuse"
        found = decide(word(), *evidence)
        assert (found.decision, found.license, found.basis, found.duties) == ("keep", MINING, "tdm-exception", ())
    licensed = decide(word(), column("CC-BY-4.0"))
    assert (licensed.decision, licensed.license, licensed.basis) == ("keep", "CC-BY-4.0", "license")


def test_only_a_policy_that_names_it_and_passes_nothing_on() -> None:
    assert decide(word(), policy=Policy(uses=POLICY.uses)).reason == "license.basis"
    assert decide(word(), policy=Policy(bases=BASES)).decision == "refuse"  # asks for distribution
    assert decide(word(RESEARCH)).reason == "license.basis"
    research = Policy(uses=("reproduction",), bases=("license", "research-exception"))
    assert decide(word(RESEARCH), policy=research).basis == "research-exception"
    assert (
        decide(word(RESEARCH), policy=Policy(uses=POLICY.uses, bases=research.bases)).reason == "license.non-commercial"
    )
    assert decide(
        word("LicenseRef-research-exception-CH-24d"), policy=Policy(uses=POLICY.uses, bases=research.bases)
    ).license


@pytest.mark.parametrize("use", ["distribution", "making-available", "derivative-works"])
def test_no_exception_lets_anything_be_passed_on(use: str) -> None:
    found = [row for row in REGISTRY.licenses.values() if row.basis in EXCEPTIONS]
    assert found and all(row.uses[use] == "no" for row in found)
    for row in found:
        policy = Policy(uses=("reproduction", use), bases=(*BASES, "research-exception"))  # type: ignore[arg-type]
        assert decide(word(row.id), policy=policy).decision == "refuse"


@pytest.mark.parametrize(
    "against",
    [
        column("nan"),
        column("Keine Nutzung für KI-Training"),  # not understood, so it may reserve
        column(MINING),  # no record can claim the exception for itself
        column("LicenseRef-verlag"),  # the contract says itself what may be done, and that it has ended
        Evidence("html", "words", "TDM vorbehalten", "footer", "text", claim="reservation"),
        Evidence("html", "words", "TDM vorbehalten", "comment", "part", claim="reservation"),
        Evidence("html", "words", "please ask first", "footer", "text", claim="preference"),
    ],
)
def test_what_stands_against_it(against: Evidence) -> None:
    assert decide(word(), against).decision == "refuse"
    assert decide(against).decision == "refuse"


def test_a_record_cannot_name_an_exception() -> None:
    for place in ("column", "html", "text"):
        assert decide(Evidence(place, "words", MINING, "", "record")).reason == "license.not-understood"
    assert decide(word(f"CC-BY-4.0 OR {MINING}")).decision == "refuse"


STATEMENTS = st.sampled_from(
    [
        "CC-BY-4.0",
        "CC-BY-NC-4.0",
        "CC BY",
        "CC BY-NC",
        "nan",
        "MIT",
        "All rights reserved",
        MINING,
        "LicenseRef-verlag",
        "",
    ]
)


@given(st.lists(STATEMENTS, max_size=4), STATEMENTS, st.sampled_from(["text", "site", "record", "joined"]))
def test_a_statement_that_would_not_be_kept_turns_no_refusal_into_a_keep(
    statements: list[str], more: str, scope: str
) -> None:
    evidence = [word(), *(column(statement) for statement in statements)]
    added = Evidence("html", "words", more, "", scope)  # type: ignore[arg-type]
    if decide(added, word()).decision != "keep" and decide(*evidence).decision != "keep":
        assert decide(*evidence, added).decision != "keep"


def signals(**answers: str) -> tuple[Signal, ...]:
    return tuple(Signal(name, answers.get(name, "not-found")) for name in PROTOCOLS)  # type: ignore[arg-type]


@pytest.mark.parametrize("reservations", ["honour", "record"])
@pytest.mark.parametrize("protocol", sorted(set(PROTOCOLS) - {"natural_language"}))
def test_mining_needs_every_protocol_looked_for_and_none_reserved(protocol: str, reservations: str) -> None:
    policy = Policy(bases=BASES, reservations=reservations)  # type: ignore[arg-type]
    assert judge_signals(signals(), policy, "tdm-exception") is None
    for answer, reason in (
        ("not-looked-for", "reservation.not-looked-for"),
        ("reserved", f"reservation.{protocol}"),
        ("unreadable", "reservation.unreadable"),
    ):
        found = judge_signals(signals(**{protocol: answer}), policy, "tdm-exception")
        assert found is not None and found.reason == reason
    half = (*signals(), Signal(protocol, "not-looked-for", locator="header"))  # one of the places where it can stand
    found = judge_signals(half, policy, "tdm-exception")
    assert found is not None and found.reason == "reservation.not-looked-for"
    lacking = tuple(signal for signal in signals() if signal.protocol != protocol)
    found = judge_signals(lacking, policy, "tdm-exception")
    assert found is not None and found.reason == "reservation.not-looked-for"


def test_research_knows_no_opt_out_and_the_policy_decides() -> None:
    for basis in ("research-exception", "license"):
        assert judge_signals(signals(robots="not-looked-for"), Policy(), basis) is None
        found = judge_signals(signals(robots="reserved"), Policy(), basis)
        assert found is not None and found.reason == "reservation.robots"
        assert judge_signals(signals(robots="reserved"), Policy(reservations="record"), basis) is None


def test_words_reserve_mining_where_the_policy_says_so() -> None:
    words = signals(natural_language="reserved")
    assert judge_signals(words, POLICY, "tdm-exception") is None
    policy = Policy(bases=BASES, natural_language="honour", reservations="record")
    found = judge_signals(words, policy, "tdm-exception")
    assert found is not None and found.reason == "reservation.natural_language"
