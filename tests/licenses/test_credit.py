"""The attribution: what the licence asks for, as the source supplied it, and no version that nobody stated."""

from __future__ import annotations

from typing import Any

import pytest

from licenses import registry as registry_module
from licenses.conclude import conclude
from licenses.credit import credit
from licenses.evidence import column
from licenses.judge import judge
from licenses.model import USES, AcceptedRisk, Evidence, License, Policy

REGISTRY = registry_module.load()
AS_OF = "2026-11-25"
EVERY = Policy(
    duties=("attribution", "notice", "license-text", "mark-changes", "share-alike", "source-code"),
    families="worst-member",
    accepted_risks=(AcceptedRisk("CC-BY", "commercial-use", "memo"),),
)
RECORD = {"title": "Bäume &amp; Sträucher", "author": "A. B&ouml;hm", "url": "https://example.org/1?a=1&amp;b=2"}


def made(
    value: Any, record: dict[str, str | None] | None = None, registry: Any = REGISTRY, changes: tuple[str, ...] = ()
) -> str:
    evidence = value if isinstance(value, tuple) else column.find(value, "license", {})
    decision = judge(conclude(evidence, registry, AS_OF), EVERY, registry, AS_OF)
    assert decision.reason == "keep", decision
    return credit(RECORD if record is None else record, decision, evidence, registry, changes)


def test_creative_commons() -> None:
    text = made("CC BY 3.0 DE", changes=("menus removed", "white space collapsed"))
    for part in (
        "«Bäume & Sträucher» by A. Böhm.",
        "https://example.org/1?a=1&b=2",
        "(CC-BY-3.0-DE), https://creativecommons.org/licenses/by/3.0/de/",
        "Changes: menus removed; white space collapsed.",
    ):
        assert part in text


def test_entities_are_decoded_once() -> None:
    assert "«&lt;b&gt;»" in made("CC0-1.0", {"title": "&amp;lt;b&amp;gt;"})


def test_a_family_is_never_given_a_version() -> None:
    text = made("CC BY")
    assert "version not stated by the source" in text
    assert "«CC BY»" in text
    assert "https://creativecommons.org/licenses/." in text
    for version in ("1.0", "2.0", "2.5", "3.0", "4.0"):
        assert version not in text


def test_what_asks_for_nothing_has_a_source_line_too() -> None:
    for value in ("CC0-1.0", "LicenseRef-official-work-DE-5-1"):
        assert "Source: https://example.org/1" in made(value)
    assert "Source: laws:bgb/1.md." in made("CC0-1.0", {"source": "laws", "id": "bgb/1.md"})


def test_what_was_not_supplied_is_left_out() -> None:
    assert (
        made("MIT", {"url": None, "title": "", "author": None})
        == "Licence: MIT License (MIT), https://opensource.org/license/mit."
    )


def test_the_providers_own_wording() -> None:
    text = made("DL-DE-BY-2.0", {**RECORD, "attribution": "© Landesamt für Vermessung"})
    assert "© Landesamt für Vermessung." in text
    assert "Datenlizenz Deutschland – Namensnennung – Version 2.0" in text
    assert "https://www.govdata.de/dl-de/by-2-0" in text
    house = License("LicenseRef-verlag", "Vertrag", dict.fromkeys(USES, "yes"), ("attribution",), basis="contract",
                    provider_wording="Mit Genehmigung des Verlags X", document="contracts/x.pdf")  # fmt: skip
    own = made("LicenseRef-verlag", registry=REGISTRY.with_own([house]))
    assert "Mit Genehmigung des Verlags X." in own
    assert "Contract: Vertrag (LicenseRef-verlag), x.pdf." in own


def test_the_day_of_update_that_etalab_asks_for() -> None:
    assert "Last update: 2024-05-01." in made("etalab-2.0", {**RECORD, "updated": "2024-05-01"})
    assert "Last update: not stated by the source." in made("etalab-2.0")
    assert "Last update" not in made("CC-BY-4.0", {**RECORD, "updated": "2024-05-01"})


def test_the_copyright_notice_where_one_was_found() -> None:
    evidence = (Evidence("html", "words", "CC BY 4.0", scope="text", context="© 2021 Verein Auenwald | CC BY 4.0"),)
    assert "© 2021 Verein Auenwald." in made(evidence)
    about_a_picture = (
        *evidence[:0],
        Evidence("html", "words", "CC BY 4.0"),
        Evidence("html", "w", "x", scope="part", context="© Foto AG"),
    )
    assert "Foto AG" not in made(about_a_picture)


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ("© 2021 Verein Auenwald. Alle Texte: CC BY 4.0", "© 2021 Verein Auenwald."),
        ("Copyright (c) 2021 Ann B. Bee | This work is licensed", "Copyright (c) 2021 Ann B. Bee."),
        (
            "Inhalte: CC BY 4.0 © 2021 Verein zur Pflege der Auen und…",
            None,
        ),  # the quotation ends before the notice does
        ("Hinweise zum Copyright stehen im Impressum", None),  # the word alone is no notice
        (f"© 2021 Verein {'sehr ' * 60}langer Name", None),
    ],
)
def test_a_copyright_notice_is_quoted_whole_or_not_at_all(context: str, said: str | None) -> None:
    text = made((Evidence("html", "words", "CC BY 4.0", scope="text", context=context),))
    assert said in text if said else ("©" not in text and "opyright" not in text)


def test_a_choice_and_terms_that_all_apply_are_said() -> None:
    assert "Chosen from: MIT OR GPL-3.0-only." in made("MIT OR GPL-3.0-only")
    both = made("MIT AND Apache-2.0")
    assert "(MIT)" in both
    assert "(Apache-2.0)" in both


def test_metadata_cannot_break_the_line() -> None:
    text = made("CC0-1.0", {"title": "a\n# b\u2028c\u202ed\x00", "url": "https://example.org/\nx"})
    assert not any(mark in text for mark in "\n\r\u2028\u202e\x00")
