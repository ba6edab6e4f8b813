"""The registry: every flag has its source, nothing stands twice, and every public table that differs is answered."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import license_expression
import pytest

from licenses import registry as module
from licenses.model import USES, License
from licenses.recognise import recognise
from licenses.recognise.cc_url import cc_id

REGISTRY = module.load()
CORE = [use for use in USES if use != "database-extraction"]
TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("public_tables.toml").read_text("utf-8"))
OWN = License("LicenseRef-house", "House licence", dict.fromkeys(USES, "yes"))


def every(license_: License, answer: str) -> bool:
    return all(license_.uses[use] == answer for use in CORE)


def copyleft(license_: License) -> bool:
    return bool({"share-alike", "source-code"} & set(license_.duties))


def scancode() -> Iterator[tuple[str, str, str]]:
    index = Path(license_expression.__file__).parent / "data/scancode-licensedb-index.json"
    for entry in json.loads(index.read_text("utf-8")):
        for id_ in [entry.get("spdx_license_key"), *entry.get("other_spdx_license_keys", ())]:
            license_ = REGISTRY.licenses.get(id_ or "")
            if license_ is None:
                continue
            category = entry["category"]
            if category == "Permissive" and (copyleft(license_) or not every(license_, "yes")):
                yield "scancode", license_.id, "Permissive; ours owes share-alike or source, or does not grant all"
            if category.startswith("Copyleft") and not copyleft(license_):
                yield "scancode", license_.id, f"{category}; ours owes neither share-alike nor source"
            grants_all = every(license_, "yes") and "bind-recipients" not in license_.duties
            if category in ("Source-available", "Free Restricted") and grants_all:
                yield "scancode", license_.id, f"{category}; ours grants every use"
            if category == "Public Domain" and (license_.duties or not every(license_, "yes")):
                yield "scancode", license_.id, "Public Domain; ours asks something or does not grant all"


def choosealicense() -> Iterator[tuple[str, str, str]]:
    ours = {"include-copyright": "notice", "document-changes": "mark-changes", "disclose-source": "source-code"}
    for id_, conditions in TABLES["choosealicense"].items():
        license_ = REGISTRY.licenses[id_]
        if not every(license_, "yes"):
            yield "choosealicense", id_, "permits every use; ours does not"
        for condition, duty in {**ours, "same-license": "share-alike"}.items():
            if (condition in conditions) != (duty in license_.duties):
                yield "choosealicense", id_, f"{condition}: {condition in conditions}; ours {duty in license_.duties}"


def okfn_and_edp() -> Iterator[tuple[str, str, str]]:
    for id_ in TABLES["okfn"]["conformant"]:
        if not every(REGISTRY.licenses[id_], "yes"):
            yield "okfn", id_, "conformant; ours does not grant every use"
    for id_ in TABLES["okfn"]["rejected"]:
        if "no" not in REGISTRY.licenses[id_].uses.values():
            yield "okfn", id_, "rejected; ours denies nothing"
    for id_ in TABLES["edp"]["share-alike"]:
        if "share-alike" not in REGISTRY.licenses[id_].duties:
            yield "edp", id_, "share-alike; ours does not ask it"
    for id_ in TABLES["edp"]["no-mark-changes"]:
        if "mark-changes" in REGISTRY.licenses[id_].duties:
            yield "edp", id_, "asks no marking of changes; ours does"


def test_every_disagreement_with_a_public_table_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    found = [*scancode(), *choosealicense(), *okfn_and_edp()]
    with capsys.disabled():
        for table, id_, what in found:
            why = REGISTRY.explained.get(id_, {}).get(table)
            print(f"\n  {table}: {id_}: {what} – {why or 'NOT EXPLAINED'}", end="")
    assert not [(t, i, w) for t, i, w in found if not REGISTRY.explained.get(i, {}).get(t)]


def test_no_explanation_outlives_its_disagreement() -> None:
    found = {(table, id_) for table, id_, _ in [*scancode(), *choosealicense(), *okfn_and_edp()]}
    stale = [(t, i) for i, why in REGISTRY.explained.items() for t in why if (t, i) not in found]
    assert stale == []


def test_every_flag_has_a_source_that_can_be_resolved() -> None:
    for license_ in REGISTRY.licenses.values():
        flags = {*USES, *license_.duties, *license_.conditions}
        assert "*" in license_.sources or flags <= set(license_.sources), license_.id
        assert all(text.strip() for text in license_.sources.values()), license_.id
        for text in license_.sources.values():
            for key in (part.split("]")[0] for part in text.split("[")[1:]):
                assert key in REGISTRY.publications, f"{license_.id}: {key}"


def test_the_ports_are_those_of_the_member_table_and_both_name_them_alike() -> None:
    assert len(REGISTRY.families["CC BY"].members) == 101
    for unit in ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"):
        for version in ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0"):
            for port in ("", "at", "de", "ch", "it", "uk", "igo", "scotland", "jp"):
                for id_ in REGISTRY.cc_members(unit, version, port):
                    assert id_ == cc_id(unit, version, port or None)
                    assert id_ in REGISTRY.licenses


@pytest.mark.parametrize(
    ("id_", "use", "answer"),
    [
        ("LicenseRef-CC-BY-2.0-ES", "commercial-use", "disputed"),
        ("LicenseRef-CC-BY-3.0-CR", "commercial-use", "disputed"),
        ("CC-BY-SA-2.0-UK", "commercial-use", "disputed"),
        ("CC-BY-3.0", "commercial-use", "yes"),
        ("CC-BY-NC-3.0-DE", "commercial-use", "no"),
        ("CC-BY-ND-4.0", "derivative-works", "no"),
        ("CC-BY-4.0", "database-extraction", "yes"),
        ("CC-BY-3.0-DE", "database-extraction", "yes"),
        ("CC-BY-3.0", "database-extraction", "unknown"),
        ("ODbL-1.0", "reproduction", "unknown"),
        ("LicenseRef-official-work-DE-5-2", "derivative-works", "no"),
        ("LicenseRef-opendata-swiss-by-ask", "commercial-use", "no"),
        ("LicenseRef-rightsstatements-InC", "reproduction", "no"),
        ("LicenseRef-rightsstatements-NoC-US", "reproduction", "unknown"),
    ],
)
def test_flags_that_decide_cases(id_: str, use: str, answer: str) -> None:
    found = REGISTRY.get(id_)
    assert found is not None
    assert found.uses[use] == answer  # type: ignore[index]


def test_nothing_that_reserves_all_rights_grants_a_use() -> None:
    assert set(REGISTRY.licenses["LicenseRef-all-rights-reserved"].uses.values()) == {"no"}


def test_ids_compare_without_case_and_addresses_without_scheme() -> None:
    assert REGISTRY.get("cc-by-sa-3.0-at") is REGISTRY.licenses["CC-BY-SA-3.0-AT"]
    for url in ("http://creativecommons.org/licenses/by/3.0/de", "//www.creativecommons.org/licenses/BY/3.0/de/"):
        assert REGISTRY.by_url(url) == "CC-BY-3.0-DE"
    assert REGISTRY.by_url("https://creativecommons.org.example/licenses/by/3.0/de/") is None


def test_every_address_leads_to_its_licence() -> None:
    for license_ in REGISTRY.licenses.values():
        for url in license_.urls:
            assert REGISTRY.by_url(url) == license_.id


def test_own_licences_are_found_like_any_other_and_change_the_digest() -> None:
    mine = REGISTRY.with_own([OWN])
    assert mine.get("licenseref-HOUSE") is OWN
    assert mine.digest != REGISTRY.digest
    assert len(mine.digest) == 64
    assert REGISTRY.get(OWN.id) is None
    assert REGISTRY.with_own([]).digest == REGISTRY.digest


@pytest.mark.parametrize(
    ("own", "key"),
    [
        (replace(OWN, id="CC-by-4.0"), "id"),
        (replace(OWN, id="LicenseRef-a/b"), "id"),
        (replace(OWN, uses={**OWN.uses, "training": "yes"}), "uses"),  # type: ignore[dict-item]
        (replace(OWN, uses={"reproduction": "yes"}), "uses"),
        (replace(OWN, duties=("atribution",)), "duties"),  # type: ignore[arg-type]
        (replace(OWN, conditions=("be-kind",)), "conditions"),
        (replace(OWN, basis="hope"), "basis"),  # type: ignore[arg-type]
        (replace(OWN, urls=("http://www.opendatacommons.org/licenses/pddl/1.0",)), "urls"),
    ],
)
def test_words_that_the_model_does_not_have_are_refused_by_key(own: License, key: str) -> None:
    with pytest.raises(ValueError, match=rf": {key}: "):
        REGISTRY.with_own([own])


def test_two_own_licences_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="LicenseRef-house: id"):
        REGISTRY.with_own([OWN, OWN])


def test_the_text_of_whatever_may_be_kept_can_be_read_somewhere() -> None:
    nowhere = {row.id for row in REGISTRY.licenses.values() if row.uses["reproduction"] == "yes" and not row.address}
    # No official edition with an address of its own has been looked up for these.
    assert nowhere <= {f"LicenseRef-official-work-{place}" for place in ("RO-9", "GR-2-5", "BG-4")}
    for id_ in ("EUPL-1.1", "MPL-1.1", "GPL-3.0-or-later"):
        row = REGISTRY.get(id_)
        assert row is not None and row.address == f"https://spdx.org/licenses/{id_}.html"


def test_a_statute_is_not_recognised_by_its_address() -> None:
    """A page that links to § 5 UrhG speaks of it; it does not say that it is an official work."""
    linked = [row.text_url for row in REGISTRY.licenses.values() if row.text_url]
    assert linked
    for address in linked:
        assert not recognise(address).understood
