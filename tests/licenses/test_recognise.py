"""What holds of every statement, whoever wrote it."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses import registry
from licenses.model import USES, Reading
from licenses.recognise import cc_url, lexicon, recognise, vocabularies
from licenses.recognise.tokens import LONGEST

KNOWN = registry.load()
NAMES = (
    "CC BY 4.0",
    "CC BY",
    "CC0",
    "MIT License",
    "Creative Commons Namensnennung 4.0 International",
    "Apache License, Version 2.0",
    "GPL",
    "Datenlizenz Deutschland Zero 2.0",
    "MIT OR Apache-2.0",
    "https://creativecommons.org/licenses/by/4.0/",
    "CC BY 4.0 except logos",
)


def granted(reading: Reading) -> set[str]:
    """The uses that the best branch of a reading permits in all its members."""
    branches = [
        {
            use
            for use in USES
            if all((found := KNOWN.get(member)) is not None and found.uses[use] == "yes" for member in branch)
        }
        for branch in reading.alternatives
    ]
    return max(branches, key=len, default=set())


@pytest.mark.parametrize("id_", sorted(KNOWN.licenses))
def test_the_id_of_a_licence_means_that_licence(id_: str) -> None:
    reading = recognise(id_)
    assert (reading.license, reading.alternatives) == (id_, ((id_,),))


def test_every_address_of_a_cc_licence_means_that_licence() -> None:
    for id_, found in KNOWN.licenses.items():
        for url in found.urls:
            if url.startswith("creativecommons.org/"):
                assert recognise(f"https://{url}").license == id_


def test_the_registry_has_a_row_for_every_licence_of_creative_commons() -> None:
    assert {id_ for id_ in cc_url.all_ids() if KNOWN.get(id_) is None} == set()


def test_every_code_of_the_vocabularies_is_an_id_or_family_that_exists() -> None:
    for code, entry in vocabularies.load().items():
        meaning = entry.meaning.removeprefix("denied:")
        if meaning not in ("none", "reserved"):
            reading = recognise(code)
            assert reading.alternatives, (code, reading.why)


@pytest.mark.parametrize("name", ["GPL", "LGPL", "AGPL", "GFDL"])
def test_a_bare_gnu_name_is_a_choice_and_any_other_family_is_not(name: str) -> None:
    reading = recognise(name)
    assert reading.license is None
    assert reading.family == name
    assert all(len(branch) == 1 for branch in reading.alternatives)
    assert len(reading.alternatives) == len(KNOWN.families[name].members)
    assert len(recognise("CC BY").alternatives) == 1


def test_a_port_narrows_a_family() -> None:
    german = recognise("CC BY Deutschland")
    assert german.family == "CC BY"
    assert set(german.members) == {"LicenseRef-CC-BY-2.0-DE", "CC-BY-3.0-DE"}


def test_or_is_a_choice_and_and_is_not() -> None:
    assert recognise("MIT OR CC-BY-4.0").alternatives == (("MIT",), ("CC-BY-4.0",))
    assert recognise("MIT AND CC-BY-4.0").alternatives == (("CC-BY-4.0", "MIT"),)
    assert recognise("MIT AND (CC-BY-4.0 OR CC0-1.0)").alternatives == (("CC-BY-4.0", "MIT"), ("CC0-1.0", "MIT"))


def test_what_a_statement_excepts_is_kept_as_found() -> None:
    assert recognise("CC BY 4.0 except Logos").exceptions == ("except Logos",)


def test_all_rights_reserved_denies_every_use_and_is_no_licence() -> None:
    reading = recognise("Alle Rechte vorbehalten")
    assert reading.understood
    assert reading.license is None
    assert granted(reading) == set()


@pytest.mark.parametrize("name", NAMES)
@given(word=st.text(st.characters(categories=("Ll", "Lu", "Lo")), min_size=1, max_size=8), place=st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_a_name_beside_anything_unknown_is_never_more_than_the_name(name: str, word: str, place: int) -> None:
    parts = name.split(" ")
    at = place % (len(parts) + 1)
    longer = " ".join([*parts[:at], f"xq{word}qx", *parts[at:]])
    reading = recognise(longer)
    assert not reading.understood or "LicenseRef-all-rights-reserved" in reading.members


@given(
    st.lists(
        st.sampled_from([*NAMES, "NC", "SA", "ND", "not", "no", "oder", "und", "and", "(", ",", "4.0", "3.0", "DE"]),
        max_size=6,
    )
)
@settings(max_examples=500, deadline=None)
def test_pieces_of_names_never_grant_more_than_the_best_of_them(pieces: list[str]) -> None:
    reading = recognise(" ".join(pieces))
    best = [granted(recognise(piece)) for piece in [*pieces, "CC BY 4.0", "MIT"]]
    assert any(granted(reading) <= each for each in best)
    if "not" in pieces or "no" in pieces:
        assert not reading.understood


@given(st.text(max_size=200))
@settings(max_examples=500, deadline=None)
def test_any_text_has_an_answer_and_always_the_same(text: str) -> None:
    first = recognise(text)
    assert first == recognise(text)
    assert first.statement == text


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_have_an_answer(raw: bytes) -> None:
    recognise(raw.decode("latin-1"))
    recognise(raw.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    "piece", ["(", ")", "[", ",", "-", "CC BY ", "MIT OR ", "(MIT) AND ", "https://a.b/", "//", "4.", "© ", "{{", "!"]
)
@pytest.mark.parametrize("size", [LONGEST, 1_000_000])
def test_long_rows_of_anything_are_no_statement(piece: str, size: int) -> None:
    reading = recognise((piece * (size // len(piece) + 1))[:size])
    assert len(reading.alternatives) <= 1
    if size > LONGEST:
        assert not reading.understood


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\u202e", "\u2066", "\ue000", "\U000e0041"])
def test_hidden_characters_are_never_read_over(character: str) -> None:
    assert not recognise(f"CC BY{character} 4.0").understood


def test_no_phrase_means_two_things() -> None:
    assert lexicon.load().named  # the loader refuses a phrase with two meanings
    assert vocabularies.load()


class _Counted:
    """How many calls of Python functions a statement costs: a measure of work without a clock."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: object, event: str, argument: object) -> None:
        self.calls += event in ("call", "c_call")

    def of(self, statement: str) -> int:
        before, self.calls = sys.getprofile(), 0
        sys.setprofile(self)
        try:
            recognise(statement)
        finally:
            sys.setprofile(before)
        return self.calls


@pytest.mark.parametrize(
    "piece",
    ["CC BY 4.0 ", "MIT OR ", "(", ",", "[4] ", "https://a.b/ ", "<a ", "© 2020 ", "by ", "the ", "which permits "],
)
def test_the_work_grows_with_the_length_and_no_faster(piece: str) -> None:
    recognise(piece)  # tables are loaded once
    small, large = (_Counted().of((piece * 4000)[:size]) for size in (500, 4000))
    assert large <= 10 * small + 2000


def test_a_badge_narrows_what_words_name_and_grants_nothing_alone() -> None:
    badge = "https://licensebuttons.net/l/by/3.0/de/88x31.png"
    assert "badge" in recognise(f"Lizenz: {badge}").flags
    assert recognise(f"CC BY {badge}").license == "CC-BY-3.0-DE"
    assert not recognise(f"CC BY-SA {badge}").understood


@pytest.mark.parametrize("host", ["creativecommons.org", "www.creativecommons.org"])
@given(before=st.text(st.sampled_from("abcdefxyz-_.@/=%?&~"), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_tail_of_another_address_is_an_address(host: str, before: str) -> None:
    assert not recognise(f"x{before}{host}/licenses/by/4.0/").understood
    assert not recognise(f"https://x{before}{host}/licenses/by/4.0/").understood


@given(
    name=st.sampled_from(["CC BY", "CC BY-SA", "Creative Commons Attribution", "GPL", "Apache", "EUPL"]),
    thing=st.sampled_from(["dataset", "article", "corpus", "Daten", "contenu", "obra", "testo", "teksten"]),
    number=st.sampled_from(["1", "1.0", "2.0", "3", "3.0", "4", "4.0"]),
)
@settings(max_examples=150, deadline=None)
def test_a_number_of_something_else_is_no_version(name: str, thing: str, number: str) -> None:
    for statement in (
        f"{thing} {number}: {name}",
        f"{number}. {name}",
        f"{name}. {thing} {number}",
        f"[{number}] {name}",
    ):
        reading = recognise(statement)
        assert reading.license is None, statement
