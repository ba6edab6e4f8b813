"""What can stand together: duty classes, the licence of a collection, the cost of mixing."""

from __future__ import annotations

import re

from licenses import registry as registry_module
from licenses.compat import collection, common, duty_class, exception

REGISTRY = registry_module.load()


def of(*members: str) -> str:
    duties = {duty for member in members for duty in REGISTRY.licenses[member].duties}
    return duty_class(sorted(duties), members, REGISTRY)


def test_duty_classes() -> None:
    assert of("CC0-1.0") == "none"
    assert of("MIT") == "license-text+notice"
    assert of("CC-BY-4.0") == "attribution+mark-changes+notice"
    assert of("CC-BY-SA-4.0") == "attribution+mark-changes+notice+share-alike.cc-by-sa-4.0"
    assert duty_class(["notice", "attribution"], ["CC-BY-4.0"], REGISTRY) == "attribution+notice"


def test_what_only_an_exception_lets_us_keep_stands_apart() -> None:
    for id_, license_ in REGISTRY.licenses.items():
        assert exception(of(id_)) == (license_.basis if license_.basis.endswith("-exception") else None), id_
    assert exception(of("CC-BY-4.0", "LicenseRef-tdm-exception-DE-44b")) == "tdm-exception"
    assert exception(of("CC-BY-SA-4.0")) is None


def test_share_alike_groups_are_kept_apart() -> None:
    groups = {of(member) for member in ("CC-BY-SA-1.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-SA-4.0")}
    assert len(groups) == 4
    assert of("CC-BY-SA-3.0") == of("CC-BY-SA-3.0-DE")
    assert of(*REGISTRY.families["CC BY-SA"].members).endswith("share-alike.cc-by-sa-any")
    assert "share-alike.mixed" in of("CC-BY-SA-4.0", "GFDL-1.3-only").split("+")


def test_duty_classes_are_names_of_folders() -> None:
    for id_, license_ in REGISTRY.licenses.items():
        assert re.fullmatch(r"[A-Za-z0-9.+\-]+", duty_class(license_.duties, [id_], REGISTRY)), id_


def test_adaptations_go_to_later_versions_and_never_back() -> None:
    assert common(["cc-by-sa-3.0", "cc-by-sa-4.0"]) == "cc-by-sa-4.0"
    assert common(["cc-by-sa-2.0", "cc-by-sa-3.0"]) == "cc-by-sa-3.0"
    assert common(["cc-by-sa-1.0", "cc-by-sa-4.0"]) is None
    assert common(["cc-by-sa-4.0", "cc-by-nc-sa-4.0"]) is None
    assert common(["cc-by-sa-4.0", "gpl-3.0"]) == "gpl-3.0"
    assert common(["gfdl-1.3", "cc-by-sa-4.0"]) is None


def test_the_licence_of_a_whole_collection() -> None:
    assert collection(["CC-BY-4.0"], REGISTRY).license == "CC-BY-4.0"
    assert collection(["CC0-1.0", "Unlicense", "LicenseRef-official-work-DE-5-1"], REGISTRY).license == "CC0-1.0"
    mixed = collection(["CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0"], REGISTRY)
    assert mixed.license is None
    assert mixed.groups == ("cc-by-sa-3.0", "cc-by-sa-4.0")
    assert any("only under cc-by-sa-4.0" in cost for cost in mixed.costs)
    apart = collection(["CC-BY-SA-1.0", "CC-BY-SA-4.0"], REGISTRY)
    assert any("cannot be made into one work" in cost for cost in apart.costs)
    assert collection([], REGISTRY).license is None
