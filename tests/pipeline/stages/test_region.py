"""Which country's usage a text is told to follow, with evidence, and what stays open."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from licenses.model import Policy
from pipeline.kernels import varieties
from pipeline.stage import KEEP, Batch, Context
from pipeline.stages.region import FACTS, Stage, declared_in, judge, matches, place, pool, ranges_of

PLAIN = "Der Kurs beginnt um neun Uhr und endet am Mittag. Der Raum liegt im zweiten Stock neben dem Haupteingang."
AUSTRIAN = (
    "Ab Jänner sperren wir heuer erst um neun Uhr auf. Das Ansuchen bringen Sie bitte am Magistrat "
    "ein, weiters ist der Voranschlag für die Straße beschlossen."
)
SWISS = (
    "Die Strasse ist gemäss Beschluss gesperrt. Velos können Sie innert zehn Tagen am Bahnhof "
    "parkieren, die Massnahme dauert länger."
)
GERMAN = (
    "Der Landkreis zahlt Rentnern einen Zuschuss für die Straßenbahn. Den Antrag mit Kopie des "
    "Personalausweises nimmt der Ministerpräsident nicht entgegen."
)
BRITISH = (
    "The council will organise the works at the town centre next fortnight. Residents whose "
    "favourite car park is closed may park by the motorway, whilst the colour scheme is chosen."
)
AMERICAN = (
    "The program will be organized by the attorney. Neighbors whose favorite parking lot is closed "
    "may use the center of the sidewalk while the color is chosen."
)
CATALAN = (
    "El curs comença a les nou del matí i acaba al migdia. La sala és al segon pis, al costat de la porta principal."
)


def facts(texts: list[str | None], stage: Stage | None = None, **columns: Any) -> pl.DataFrame:
    stage = stage or Stage(Stage.Options(regions=["de-AT"]), Context(Policy(), "2026-11-24"))
    frame = pl.DataFrame({"id": [str(n) for n in range(len(texts))], **columns})
    raw = columns.pop("raw", [None] * len(texts))
    return stage.measure(Batch(frame, pa.array(texts, pa.large_string()), pa.array(raw, pa.large_binary())))


def verdicts(
    texts: list[str | None], regions: list[str], columns: dict[str, Any] | None = None, **options: Any
) -> list[str]:
    stage = Stage(Stage.Options(regions=regions, **options), Context(Policy(), "2026-11-24"))
    found = facts(texts, stage, **(columns or {}))
    assert found.schema == pl.Schema(FACTS)
    return found.select(stage.judge().alias("v"))["v"].to_list()


@pytest.mark.parametrize(
    ("text", "region"),
    [
        (AUSTRIAN, "de-AT"),
        (SWISS, "de-CH"),
        (GERMAN, "de-DE"),
        (BRITISH, "en-GB"),
        (AMERICAN, "en-US"),
        (
            "O autocarro está a chegar e o motorista está a telefonar com o telemóvel; a equipa do comboio espera.",
            "pt-PT",
        ),
        ("O ônibus está chegando e o motorista está telefonando com o celular; a equipe do trem espera.", "pt-BR"),
        (PLAIN, None),
        (
            "Die Führung zeigt Wien, Graz, Linz und Salzburg: Österreich in vier Tagen, vom Burgenland bis nach Tirol.",
            None,
        ),
        ("", None),
        ("12 34 56", None),
    ],
)
def test_what_the_text_shows_of_itself(text: str, region: str | None) -> None:
    found, evidence = place(text)
    assert found == region
    assert bool(evidence) or region is None


def test_one_word_decides_nothing() -> None:
    assert place(PLAIN + " Sie sagte: heuer.")[0] is None


def test_a_repeated_word_is_one_word() -> None:
    assert place(PLAIN + " Heuer, heuer, heuer und nochmals heuer; heuer ist heuer." * 3)[0] is None


@pytest.mark.parametrize("language", sorted(varieties.languages()))
def test_no_entry_of_a_table_is_counted_twice(language: str) -> None:
    t = varieties.table(language)
    stems = [(e[:-1], n) for n, e in enumerate(t.lexicon.entries) if e.endswith("*")]
    for n, entry in enumerate(t.lexicon.entries):
        for stem, other in stems:
            if n != other and " " not in entry and entry.rstrip("*").startswith(stem):
                assert not ((t.weight[n] > 0) & (t.weight[other] > 0)).any(), (entry, stem)


def test_two_words_with_ss_are_a_habit_of_many_writers() -> None:
    assert place(PLAIN + " Für die Gäste war der Spass die grosse Überraschung.")[0] is None
    assert (
        place(PLAIN + " Für die Hauptstrasse gilt eine unverhältnismässige «Massnahme» gemäss Beschluss.")[0] == "de-CH"
    )


def test_ss_throughout_tells_more_than_two_words() -> None:
    text = PLAIN + " Für die Gäste war der Spass die grosse Überraschung, und die Grüsse hielten lang."
    assert place(text)[0] == "de-CH"
    assert place(text.replace("Grüsse", "Grüße"))[0] is None


@pytest.mark.parametrize(
    ("words", "region"),
    [
        ("Musterstraße 12/3/4, 1070 Wien, Telefon 0664 1234567.", "de-AT"),
        ("Musterstraße 12, 10115 Berlin, Telefon 0171 1234567, Freunde des Baums e. V.", "de-DE"),
        ("Musterstrasse 12, 8001 Zürich, Telefon 044 123 45 67.", "de-CH"),
        ("Offenlegung gemäß § 25 MedienG. Medieninhaberin ist Mag. Eva Berger.", "de-AT"),
        ("Gemäss Exekutionsordnung und im Ausserstreitverfahren hebt der Landtag in Vaduz nichts ein.", "de-LI"),
        # What every country writes, although it looks like one's own word.
        ("Die Preise stiegen, wir verdanken das den Klubs; der Estrich ist trocken, der Lenker des Rads auch.", None),
        ("Anrainerstaaten des Meers verhandeln, gestützt auf Artikel 5 der Richtlinie.", None),
    ],
)
def test_formats_and_terms_of_one_country(words: str, region: str | None) -> None:
    assert place(f"{PLAIN} {words}")[0] == region


def test_who_writes_of_a_country_from_outside_is_not_taken_for_one_of_it() -> None:
    inside = f"{PLAIN} Die Kommunen in Bayern und in ganz Deutschland sind sich einig."
    assert place(inside)[0] == "de-DE"
    assert place(inside + " So ist es im deutschen Bundesland, sagt der deutsche Innenminister.")[0] is None


def test_what_switzerland_and_liechtenstein_share_does_not_hide_what_tells_them_apart() -> None:
    shared = "Die Massnahme gilt gemäss Gesuch innert zehn Tagen, ausserdem ist die Einsprache zu verdanken. Für Velos "
    assert place(shared + "gilt der Ständerat und der Kantonsrat.")[0] == "de-CH"
    assert place(shared + "gilt die Fürstliche Regierung; die Landtagskommission tagt in Vaduz.")[0] != "de-CH"


def test_transcribed_german_is_not_swiss() -> None:
    assert (
        place("Die Strasse ist gesperrt, die Massnahme dauert. Gemaess Beschluss muessen alle weiter aussen gehen.")[0]
        is None
    )


def test_a_quotation_with_eszett_does_not_hide_swiss_spelling() -> None:
    text = SWISS + " Ausserdem heisst es grosse Regelmässigkeit. In Berlin steht «Straße» auf dem Schild."
    assert place(text)[0] == "de-CH"


def test_what_is_declared() -> None:
    assert place(PLAIN, declared=[("record", "de-CH")])[0] == "de-CH"
    assert place(PLAIN, declared=[("record", "de")])[0] is None
    assert place(PLAIN, declared=[("html lang", "en-US")])[0] is None  # of another language than the text's
    assert place(AUSTRIAN, declared=[("record", "de-DE")])[0] == "de-AT"  # the text outweighs its tag
    assert place(PLAIN + " Die Straße ist breit.", declared=[("record", "de-CH")])[0] is None
    assert place(PLAIN, declared=[("record", "not a tag"), ("record", "")])[0] is None


def test_a_country_ending_is_weak_and_a_state_s_own_domain_is_not() -> None:
    assert place(PLAIN, url="https://lern.example.ch/")[0] is None
    assert place(PLAIN, url="https://www.bag.admin.ch/x")[0] == "de-CH"
    assert place(PLAIN, url="https://admin.ch.example.com/")[0] is None
    assert place(PLAIN, url="http://[bad")[0] is None
    assert place(CATALAN, url="https://knjige.example.me/")[0] is None


def test_declarations_of_a_page() -> None:
    page = b'<!doctype html><html class="x" lang="de-AT"><head><meta property="og:locale" content="de_AT">'
    assert declared_in(page, {"content-language": ["de-CH"]}) == [
        ("html lang", "de-AT"),
        ("og:locale", "de_AT"),
        ("content-language", "de-CH"),
    ]
    assert declared_in(b"<p>no</p>", {"content-language": ["de, en"]}) == []


def test_verdicts_have_three_values() -> None:
    texts = [AUSTRIAN, SWISS, PLAIN, BRITISH, "", None]
    assert verdicts(texts, ["de-AT"]) == [
        KEEP,
        "region.other",
        "region.undecided",
        "region.other",
        "region.no-language",
        "region.no-language",
    ]
    assert verdicts([PLAIN], ["de-AT"], undecided="refuse") == ["region.unproven"]
    assert verdicts([PLAIN, BRITISH], ["de-AT"], undecided="keep") == [KEEP, "region.other"]


def test_a_source_may_want_another_region() -> None:
    sources = {"bern": {"regions": ["de-CH"]}, "open": {"undecided": "keep"}}
    for source, wanted in (("", "region.other"), ("bern", KEEP), ("open", "region.other")):
        stage = Stage(Stage.Options(regions=["de-AT"], sources=sources), Context(Policy(), "2026-11-24", source))  # type: ignore[arg-type]
        answers = facts([SWISS, PLAIN], stage).select(stage.judge().alias("v"))["v"].to_list()
        assert answers == [wanted, KEEP if source == "open" else "region.undecided"]
    with pytest.raises(ValidationError):
        Stage.Options(regions=["de-AT"], sources={"bern": {"regions": ["Atlantis"]}})  # type: ignore[dict-item]


def test_no_region_has_to_be_decided_where_all_candidates_are_wanted() -> None:
    assert verdicts([PLAIN, SWISS, AUSTRIAN, BRITISH], ["DACH"]) == [KEEP, KEEP, KEEP, "region.other"]
    assert verdicts([PLAIN, BRITISH], ["EU-24"]) == [KEEP, KEEP]
    assert verdicts([SWISS, AUSTRIAN, PLAIN], ["EU-27"]) == ["region.other", KEEP, "region.undecided"]
    assert verdicts([PLAIN], ["*-AT"], {"locale": ["de-AT"]}) == [KEEP]


def test_a_language_without_table_is_its_own_candidate() -> None:
    finnish = "Kirjasto avataan maanantaina vasta kello kymmenen, koska lämmitystä huolletaan. Pahoittelemme tätä."
    assert verdicts([finnish], ["Nordics"]) == [KEEP]
    assert verdicts([finnish], ["fi-FI"]) == ["region.undecided"]
    assert verdicts([finnish], ["de-AT"]) == ["region.other"]


@pytest.mark.parametrize(
    ("range_", "tag", "expected"),
    [
        ("de", "de-AT", True),
        ("de-AT", "de", False),
        ("*-AT", "de-AT", True),
        ("de-*-AT", "de-Latn-AT", True),
        ("de-AT", "de-Latn-AT", True),
        ("de-AT", "de-x-AT", False),
        ("d", "de-AT", False),
        ("DE-at", "de-AT", True),
    ],
)
def test_ranges_as_in_rfc_4647(range_: str, tag: str, expected: bool) -> None:
    assert matches(range_, tag) is expected


@pytest.mark.parametrize("regions", [[], ["Atlantis"], ["xx-AT"], ["und"], [""]])
def test_options_refuse_what_is_no_region(regions: list[str]) -> None:
    with pytest.raises(ValidationError):
        Stage.Options(regions=regions)


def test_every_named_set_and_table_is_readable() -> None:
    assert all(ranges_of([name]) for name in varieties.read("sets")["sets"])
    for language in varieties.languages():
        assert varieties.table(language).weight.shape[1] == len(varieties.table(language).regions)


# Pooling: records of one host, most of which show little.


def _host(texts: list[str], host: str = "blatt.example.org") -> pl.DataFrame:
    return facts(list(texts), url=[f"https://{host}/{n}" for n in range(len(texts))])


WEAK = [
    f"{PLAIN} {tail}"
    for tail in ("Sie kommt heuer.", "Ab Jänner öfter.", "Das Ansuchen liegt auf.", "Weiters gilt das.")
]


def test_pooling_decides_what_no_record_decides_alone() -> None:
    alone = _host([*WEAK, PLAIN])
    assert alone["region"].to_list() == [None] * 5
    pooled = pool(alone)
    assert pooled["region"].to_list() == ["de-AT"] * 5
    assert all("records of" in evidence[0] for evidence in pooled["region_evidence"].to_list())
    expression = judge(ranges_of(["de-AT"]), "review")
    assert pooled.select(expression.alias("v"))["v"].to_list() == [KEEP] * 5


def test_pooling_leaves_alone_what_it_should() -> None:
    assert pool(_host([WEAK[0], PLAIN]))["region"].to_list() == [None] * 2  # one voice
    guest = pool(_host([*WEAK, SWISS]))
    assert guest["region"].to_list() == [None, None, None, None, "de-CH"]  # the decided ones do not agree
    two = pl.concat([_host(WEAK), _host([PLAIN], "other.example.org")])
    assert pool(two)["region"].to_list() == ["de-AT"] * 4 + [None]
    about = "Die Führung zeigt Wien, Graz und Linz."  # many records about a country, one word of its usage
    assert pool(_host([f"{PLAIN} {about}"] * 20 + [WEAK[0]]))["region"].to_list() == [None] * 21
    ending = pool(_host([PLAIN] * 20, "blatt.example.at"))
    assert ending["region"].to_list() == [None] * 20  # one ending is one voice, however many records
    assert pool(_host([])).height == 0


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(7)))
def test_pooling_does_not_depend_on_the_order(order: list[int]) -> None:
    known = _host([*WEAK, PLAIN, AUSTRIAN, CATALAN])
    assert pool(known[order]).equals(pool(known)[order])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([PLAIN, AUSTRIAN, SWISS, BRITISH, "", None, "x"]), max_size=5))
def test_the_answer_does_not_depend_on_the_batch(texts: list[str | None]) -> None:
    together = facts(texts)
    for index, text in enumerate(texts):
        assert facts([text]).row(0) == together.row(index)


def test_the_language_stage_s_answer_is_used() -> None:
    assert facts([AUSTRIAN, AUSTRIAN], language=["de", "und"])["region"].to_list() == ["de-AT", None]


def test_missing_facts_are_never_a_keep() -> None:
    empty = pl.DataFrame({"region_candidates": [None, []]}, schema={"region_candidates": pl.List(pl.String)})
    for undecided in ("keep", "refuse", "review"):
        answers = empty.select(judge(ranges_of(["de"]), undecided).alias("v"))["v"].to_list()  # type: ignore[arg-type]
        assert KEEP not in answers
