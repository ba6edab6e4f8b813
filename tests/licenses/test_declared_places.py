"""The places where rights are declared: a record's column, the curator's word, front matter, a card of the Hub."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses import registry as registry_module
from licenses.conclude import conclude
from licenses.evidence import column, curator, front_matter, hub_card
from licenses.judge import judge
from licenses.model import Decision, Evidence, Policy

REGISTRY = registry_module.load()
AS_OF = "2026-11-25"


def decide(evidence: tuple[Evidence, ...]) -> Decision:
    return judge(conclude(evidence, REGISTRY, AS_OF), Policy(), REGISTRY, AS_OF)


@pytest.mark.parametrize("value", [None, "", " \n", [], [""], ["", "  "]])
def test_a_missing_value_is_no_evidence(value: Any) -> None:
    assert column.find(value, "license", {}) == ()


@pytest.mark.parametrize(
    "value",
    [3, 3.5, True, {}, {"URL": 3}, {"name": ["x"]}, [[]], [None], [3], ["CC0-1.0", 3], {"start": "2020"}, ["x"] * 101],
)
def test_any_other_type_is_a_wrong_type(value: Any) -> None:
    with pytest.raises(TypeError):
        column.find(value, "license", {})


def test_a_list_is_several_statements_that_must_agree() -> None:
    assert decide(column.find(["CC BY 4.0", "CC-BY-4.0"], "license", {})).license == "CC-BY-4.0"
    assert decide(column.find(["CC-BY-4.0", "CC-BY-NC-4.0"], "license", {})).decision != "keep"
    found = column.find(["CC0-1.0", "MIT"], "meta.license", {})
    assert [item.locator for item in found] == ["meta.license[0]", "meta.license[1]"]


CC = "http://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        # Crossref, as its REST interface writes it
        ([{"URL": CC, "content-version": "vor", "delay-in-days": 0, "start": {"date-parts": [[2020, 1, 5]]}}], "keep"),
        ([{"URL": CC, "content-version": "unspecified", "start": {"date-time": "2020-01-05T00:00:00Z"}}], "keep"),
        ([{"URL": CC, "content-version": "vor", "start": {"date-parts": [[2031, 1, 5]]}}], "license.not-yet"),
        ([{"URL": CC, "content-version": "vor", "start": {"date-parts": [["x"]]}}], "license.not-yet"),
        ([{"URL": CC, "content-version": "am"}], "license.missing"),
        ([{"URL": "https://www.publisher.example/tdm", "content-version": "tdm"}], "license.missing"),
        ([{"URL": "https://www.publisher.example/terms", "content-version": "vor"}], "license.not-understood"),
        # DataCite
        ([{"rights": "Creative Commons Attribution 4.0 International", "rightsUri": CC}], "keep"),
        ([{"rights": "CC0 1.0 Universal", "rightsIdentifier": "CC0-1.0"}], "keep"),
        ([{"rights": "Open Access", "rightsUri": "info:eu-repo/semantics/openAccess"}], "license.not-understood"),
        ([{"rights": "All rights reserved", "rightsUri": CC}], "license.conflict"),
        ([{"rights": "CC BY-NC 4.0", "rightsUri": CC}], "license.conflict"),
        ([{"rights": "Attribution, not for training AI models", "rightsUri": CC}], "license.reserved"),
        ([{"rights": "Open Access", "rightsUri": CC}], "keep"),
        # schema.org
        ({"@type": "CreativeWork", "url": CC}, "keep"),
        ({"@id": CC}, "keep"),
        ({"@type": "CreativeWork", "name": "Various licences"}, "license.not-understood"),
    ],
)
def test_entries_of_metadata_services(value: Any, reason: str) -> None:
    assert decide(column.find(value, "license", {})).reason == reason


def test_house_codes_are_the_curators_word_and_null_grants_nothing() -> None:
    values = {"oa-gold": "CC-BY-4.0", "cc-by": None}
    found = column.find("oa-gold", "license", values)
    assert found[0].statement == "oa-gold"
    assert found[0].rule == "values: CC-BY-4.0"
    assert decide(found).license == "CC-BY-4.0"
    assert decide(column.find("cc-by", "license", values)).decision == "refuse"
    assert decide(column.find("OA-GOLD", "license", values)).decision == "refuse"


def test_what_is_too_long_for_a_statement_is_not_read_in_part() -> None:
    found = column.find("CC-BY-4.0" + " " * 5000 + "for members only", "license", {})
    assert len(found[0].statement) <= column.LONGEST
    assert decide(found).reason == "license.not-understood"


def test_the_curators_word_needs_a_reason() -> None:
    found = curator.find(
        {"license": "LicenseRef-official-work-DE-5-1", "because": "§ 5 UrhG", "url": "https://example.org"}
    )
    assert (found[0].scope, found[0].because) == ("source", "§ 5 UrhG")
    assert decide(found).basis == "official-work"
    with pytest.raises(KeyError):
        curator.find({"license": "CC0-1.0"})


def test_the_curators_word_does_not_speak_over_the_record() -> None:
    both = (*curator.find({"license": "CC0-1.0", "because": "x"}), *column.find("CC-BY-NC-4.0", "license", {}))
    assert decide(both).reason == "license.non-commercial"


def test_front_matter_speaks_for_its_file() -> None:
    found = front_matter.find({"title": "x", "License": "CC-BY-4.0", "draft": True}, {})
    assert [(item.place, item.scope, item.locator) for item in found] == [("front_matter", "record", "License")]
    assert decide(found).license == "CC-BY-4.0"
    assert decide(front_matter.find({"license": "CC0-1.0", "rights": "All rights reserved"}, {})).decision != "keep"
    assert front_matter.find({"title": "CC0-1.0", "copyright": "© 2024"}, {}) == ()
    with pytest.raises(TypeError):
        front_matter.find({"license": True}, {})


COVERS = {"covers": "contents", "by": "Institute", "because": "the card says so of every file"}


def test_a_card_is_a_clue_until_somebody_says_that_it_covers_the_contents() -> None:
    assert decide(hub_card.find({"license": "cc-by-4.0"}, {})).reason == "evidence.clue"
    assert decide(hub_card.find({"license": "cc-by-4.0"}, COVERS)).license == "CC-BY-4.0"
    for missing in ("by", "because", "covers"):
        less = {key: value for key, value in COVERS.items() if key != missing}
        assert decide(hub_card.find({"license": "cc-by-4.0"}, less)).decision != "keep"


@pytest.mark.parametrize(
    ("card", "keeps"),
    [
        ({"license": ["cc0-1.0"]}, True),
        ({"license": ["cc0-1.0", "cc-by-nc-4.0"]}, False),
        ({"license": "other", "license_link": "https://creativecommons.org/licenses/by/4.0/"}, True),
        ({"license": "other", "license_name": "house-licence"}, False),
        ({"license": "other"}, False),
        ({"license": "unknown"}, False),
        ({"license": "cc"}, False),
        ({}, False),
    ],
)
def test_tags_of_the_hub(card: dict[str, Any], keeps: bool) -> None:
    assert (decide(hub_card.find(card, COVERS)).decision == "keep") is keeps


# No licence has a name in these letters: hypothesis also draws on the constants of the code that it tests.
WORDS = st.text("xyzqäß€ -/.:,;()[]0\x00\u00a0", max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["URL", "start", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_no_json_value_is_kept_by_accident_or_ends_a_run(value: Any) -> None:
    try:
        found = column.find(json.loads(json.dumps(value)), "license", {})
    except TypeError:
        return
    assert decide(found).decision != "keep"
