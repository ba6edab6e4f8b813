"""Evidence drawn together: what speaks first, what agrees, and that nothing opens a door it could not open alone."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses import registry as registry_module
from licenses.conclude import conclude
from licenses.judge import judge
from licenses.model import NO_ASSERTION, USES, Conclusion, Decision, Evidence, License, Policy
from tests.licenses.statement_sets import AS_OF, opens_a_door

REGISTRY = registry_module.load()
STRICTEST = Policy(conflicts="strictest")


def said(statement: str, scope: str = "record", **more: Any) -> Evidence:
    return Evidence("column", "value", statement, scope=scope, **more)  # type: ignore[arg-type]


def conclusion(*evidence: Evidence) -> Conclusion:
    return conclude(evidence, REGISTRY, AS_OF)


def decide(*evidence: Evidence, policy: Policy = STRICTEST) -> Decision:
    return judge(conclusion(*evidence), policy, REGISTRY, AS_OF)


def test_the_narrower_scope_speaks_before_the_wider() -> None:
    found = conclusion(said("CC0-1.0", "source"), said("CC-BY-NC-4.0", "record"), said("CC-BY-4.0", "text"))
    assert (found.license, found.scope, found.used) == ("CC-BY-4.0", "text", (2,))
    assert found.contrary == (1,)
    assert decide(said("CC-BY-NC-4.0", "text"), said("CC-BY-4.0", "source")).reason == "license.non-commercial"


@pytest.mark.parametrize("missing", ["", "  ", "\t\n", "[]"])
def test_a_missing_value_is_no_statement_and_the_wider_one_speaks(missing: str) -> None:
    assert conclusion(said(missing), said("CC0-1.0", "source")).license == "CC0-1.0"
    assert conclusion(said(missing)).state == "missing"


@pytest.mark.parametrize("word", ["nan", "None", "unknown", "license", "null", "n/a", "CC BY 9.9", "see website"])
def test_a_value_that_is_not_understood_refuses_whatever_the_wider_scope_says(word: str) -> None:
    assert decide(said(word), said("CC0-1.0", "source")).reason == "license.not-understood"
    assert decide(said(word), said("CC0-1.0")).decision == "refuse"


def test_equal_statements_in_different_words_agree() -> None:
    found = conclusion(said("CC BY 4.0"), said("https://creativecommons.org/licenses/by/4.0/deed.de"))
    assert (found.state, found.license) == ("stated", "CC-BY-4.0")


def test_one_exact_member_of_every_family_stated_decides() -> None:
    assert conclusion(said("CC BY"), said("CC-BY-3.0-DE")).license == "CC-BY-3.0-DE"
    assert conclusion(said("CC BY-SA"), said("CC-BY-3.0-DE")).state == "conflict"
    assert conclusion(said("CC BY"), said("CC BY-SA"), said("CC-BY-3.0-DE")).state == "conflict"


def test_families_alone_mean_all_of_their_members() -> None:
    found = conclusion(said("CC BY"), said("CC BY-SA"))
    assert found.family == "CC BY and CC BY-SA"
    assert len(found.members) == 202
    assert found.license is None


def test_exact_statements_that_differ_are_a_conflict() -> None:
    found = conclusion(said("CC-BY-4.0"), said("CC0-1.0"))
    assert (found.state, found.license) == ("conflict", None)
    assert decide(said("CC-BY-4.0"), said("CC0-1.0"), policy=Policy()).reason == "license.conflict"
    kept = decide(said("CC-BY-4.0"), said("CC0-1.0"))
    assert (kept.reason, kept.license) == ("keep", "CC-BY-4.0 AND CC0-1.0")
    assert set(kept.duties) == {"attribution", "notice", "mark-changes"}
    assert decide(said("CC-BY-4.0"), said("CC-BY-NC-4.0")).reason == "license.non-commercial"


def test_a_conflict_in_which_every_side_is_refused_needs_nobody_to_decide() -> None:
    assert decide(said("CC-BY-NC-4.0"), said("CC-BY-ND-4.0"), policy=Policy()).decision == "refuse"


@pytest.mark.parametrize("scope", ["collection"])
def test_a_collections_statement_is_a_clue(scope: str) -> None:
    assert decide(said("CC0-1.0", scope)).reason == "evidence.clue"
    assert conclusion(said("CC0-1.0", scope), said("CC-BY-4.0", "source")).license == "CC-BY-4.0"


@pytest.mark.parametrize("scope", ["part", "metadata", "software", "other-work", "mention", "license-text", "hidden"])
def test_what_covers_something_else_grants_nothing(scope: str) -> None:
    found = conclusion(said("CC0-1.0", scope))
    assert (found.state, found.clues) == ("missing", (0,))


@pytest.mark.parametrize(
    ("starts", "granted"),
    [
        ("2026-11-25", True), ("2026-11-25T00:00:00Z", True), ("2026-11-26", False), ("2020", True), ("2026", False),
        ("2026-10", True), ("2026-12", False), ("soon", False), ("", True), (None, True), ("12.05.2020", False),
    ],
)  # fmt: skip
def test_a_start_date_after_the_day_of_the_run_is_not_yet_one(starts: str | None, granted: bool) -> None:
    assert (conclusion(said("CC0-1.0", starts=starts)).license == "CC0-1.0") is granted
    if not granted:
        assert decide(said("CC0-1.0", starts=starts)).reason == "license.not-yet"


def test_a_words_reservation_beside_a_grant_refuses_and_a_preference_does_not() -> None:
    reserved = said("No training of models.", "text", claim="reservation")
    assert decide(said("CC-BY-4.0", "text"), reserved).reason == "license.reserved"
    assert decide(said("CC-BY-4.0", "text"), said("Please cite us.", "text", claim="preference")).reason == "keep"
    assert decide(said("CC-BY-4.0", "text"), said("No training.", "part", claim="reservation")).reason == "keep"


def test_a_houses_code_means_what_the_config_says() -> None:
    assert conclusion(said("oa-gold", license="CC-BY-4.0")).license == "CC-BY-4.0"
    assert conclusion(said("CC-BY-4.0", license=NO_ASSERTION)).state == "not-understood"


def test_an_exception_stays_with_the_conclusion() -> None:
    found = conclusion(said("CC BY 4.0, except logos"), said("CC BY 4.0"))
    assert found.license == "CC-BY-4.0"
    assert found.exceptions
    assert decide(said("CC BY 4.0, except logos")).reason == "license.exception"


def test_a_choice_that_the_text_gives_is_taken_and_recorded() -> None:
    kept = decide(said("MIT OR GPL-3.0-only"))
    assert (kept.license, kept.choice, kept.members) == ("MIT", "MIT OR GPL-3.0-only", ("MIT",))
    assert decide(said("MIT AND GPL-3.0-only")).reason == "license.share-alike"


def test_the_base_is_that_of_all_members_or_of_none() -> None:
    assert conclusion(said("LicenseRef-official-work-DE-5-1")).basis == "official-work"
    assert conclusion(said("LicenseRef-official-work-DE-5-1 OR MIT")).basis is None


@settings(max_examples=3000, deadline=None, derandomize=True)
@given(st.integers(min_value=0, max_value=2**63))
def test_a_statement_that_is_not_kept_alone_never_turns_a_refusal_into_a_keep(seed: int) -> None:
    assert opens_a_door(random.Random(seed), REGISTRY) is None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("xyzqäß€ -/.:,;()[]0\x00\u00a0\U0001f600", max_size=40), max_size=3))
def test_no_random_words_are_ever_kept_nor_raise(words: list[str]) -> None:
    assert decide(*(said(word) for word in words)).decision != "keep"


def test_order_changes_nothing() -> None:
    items = [said("CC BY"), said("CC-BY-4.0"), said("CC0-1.0", "source"), said("nan", "site")]
    answers = {decide(*pick.sample(items, len(items))).reason for pick in (random.Random(i) for i in range(12))}
    assert len(answers) == 1


def test_a_statement_read_with_one_registry_is_not_answered_from_another() -> None:
    plain = registry_module.load()
    said = [Evidence("column", "value", "LicenseRef-house")]
    for answer in ("yes", "no"):
        house = License("LicenseRef-house", "House", dict.fromkeys(USES, answer))  # type: ignore[arg-type]
        own = plain.with_own([house])
        decision = judge(conclude(said, own, AS_OF), Policy(), own, AS_OF)
        assert decision.decision == ("keep" if answer == "yes" else "refuse")
        assert conclude(said, plain, AS_OF).state == "not-understood"
