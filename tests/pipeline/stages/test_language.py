"""Which languages a text is told to be in, and what the stage makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import pipeline
from licenses.model import Policy
from pipeline.engines import Inline
from pipeline.kernels import identify as kernel
from pipeline.papers.proof import prove
from pipeline.stage import KEEP, Batch, Context
from pipeline.stages.language import Stage, identify
from tests.corpora import config, decisions, kept, texts, write_jsonl

GERMAN = "Die Bücherei öffnet am Montag erst um zehn Uhr, weil die Heizung gewartet wird. Wir bitten um Verständnis."
FRENCH = "La bibliothèque n'ouvrira qu'à dix heures lundi, car le chauffage est en révision. Merci de votre patience."
ENGLISH = "The library will not open before ten on Monday because the heating is being serviced. We are sorry for this."
BOKMAAL = "Biblioteket åpner ikke før klokka ti på mandag fordi varmeanlegget skal sjekkes. Vi håper dere forstår det."
NYNORSK = "Biblioteket opnar ikkje før klokka ti på måndag fordi varmeanlegget skal sjekkast. Vi håpar de forstår det."
DANISH = "Biblioteket åbner først klokken ti på mandag, fordi varmeanlægget skal efterses. Vi håber, at I forstår det."

ALEMANNIC = "Zersch isch d Bibliothek zue gsi, will mer d Heizig het müesse flicke. Mir hei nid gwüsst, wenn si ufgaht."
LOW_GERMAN = (
    "De Bökeree is an'n Maandag eerst üm teihn Klock apen, denn de Heizung warrt maakt. "
    "Dat deit uns leed, un wi hoopt, dat ji dat verstaht."
)
LUXEMBOURGISH = (
    "D'Bibliothéik mécht e Méindeg eréischt um zéng Auer op, well d'Heizung nogekuckt gëtt. Mir soen Iech Merci."
)
CROATIAN = (
    "Knjižnica se u ponedjeljak otvara tek u deset sati, jer se tijekom jutra popravlja grijanje. "
    "Tko ima pitanja, neka nazove općinu prije podneva."
)


def verdicts(texts: list[str | None], source: str = "", **options: Any) -> list[str | None]:
    stage = Stage(Stage.Options(**options), Context(Policy(), "2026-11-24", source))
    frame = pl.DataFrame({"id": [str(n) for n in range(len(texts))]})
    batch = Batch(frame, pa.array(texts, pa.large_string()), pa.array([None] * len(texts), pa.large_binary()))
    facts = stage.measure(batch)
    assert facts.schema == pl.Schema(Stage.facts)
    return facts.select(stage.judge().alias("v"))["v"].to_list()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN, "de"),
        (GERMAN.upper(), "de"),
        (FRENCH, "fr"),
        (BOKMAAL, "nb"),
        (NYNORSK, "nn"),
        (DANISH, "da"),
        (ALEMANNIC, "gsw"),
        (LOW_GERMAN, "nds"),
        (LUXEMBOURGISH, "lb"),
        ("Библиотека се у понедељак отвара тек у десет часова, јер се поправља грејање.", "sr"),
        (CROATIAN, "hr"),
        ("圖書館週一因檢修暖氣，上午十時才開放，造成不便敬請見諒，謝謝您的配合。", "zh"),
    ],
)  # fmt: skip
def test_language(text: str, language: str) -> None:
    assert identify(text)[0] == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "ja",
        "犬",
        "12 345,67 € 2024-01-31",
        "https://example.org/a https://example.org/b",
        "--- *** !!!",
        "😀 👍🏽",
    ],
)
def test_no_language_is_an_answer(text: str) -> None:
    tag, score, _ = identify(text)
    assert tag in ("und", "zxx")
    assert score == 0
    assert verdicts([text], languages=["de", "en", "zh", "af"]) == ["language.undetermined"]


def test_program_source_is_no_english() -> None:
    source = (
        "def add(a, b):\n    return {'x': a[0] + b[1], 'y': a[2] * b[3]}\n\nfor i in range(10):\n    x[i] = {i: [i]}\n"
    )
    assert identify(source * 5)[0] in ("und", "zxx")


def test_a_script_the_language_is_not_written_in_refutes_it() -> None:
    tag, _, _ = identify("本市交通局表示，新的公車路線將於九月起試辦半年，票價維持不變，市民可透過網站提供意見。")
    assert tag == "zh"


def test_parts_of_a_bilingual_text() -> None:
    tag, _, parts = identify(f"{GERMAN}\n\n{FRENCH}\n\n{GERMAN}\n\n{FRENCH}")
    assert tag == "mul"
    assert {name for name, _ in parts} == {"de", "fr"}
    assert all(0.4 < share < 0.6 for _, share in parts)


def test_a_foreign_quotation_does_not_make_a_text_bilingual() -> None:
    tag, _, parts = identify("\n\n".join([GERMAN] * 4 + ["«We are sorry»"] + [GERMAN] * 4))
    assert tag == "de"
    assert [name for name, _ in parts] == ["de"]


def test_verdicts() -> None:
    bilingual = f"{GERMAN}\n\n{FRENCH}"
    texts = [GERMAN, FRENCH, bilingual, None, ""]
    assert verdicts(texts, languages=["de"]) == [
        KEEP,
        "language.other",
        "language.mixed",
        "language.undetermined",
        "language.undetermined",
    ]
    assert verdicts([bilingual], languages=["de", "fr"], min_confidence=0.5) == [KEEP]
    assert verdicts([bilingual], languages=["de"], min_share=0.4, min_confidence=0.5) == [KEEP]


def test_norwegian_is_both_standards_and_not_danish() -> None:
    assert verdicts([BOKMAAL, NYNORSK, DANISH], languages=["no"]) == [KEEP, KEEP, "language.other"]
    assert verdicts([BOKMAAL, NYNORSK], languages=["nn"]) == ["language.other", KEEP]


def test_what_is_open_among_close_languages_goes_to_review() -> None:
    short = "Knjiga je na stolu, a stolica je kraj prozora i vrata su otvorena."
    assert identify(short)[0] == "sh"
    assert verdicts([short], languages=["hr"]) == ["language.close"]
    assert verdicts([short], languages=["sh"], min_confidence=0.5) == [KEEP]
    assert verdicts([short], languages=["sl"]) == ["language.other"]


IJEKAVIAN = "Vidjeli smo rijeku i lijepo mjesto prije nego što je vrijeme promijenilo sve naše planove za nedjelju."
EKAVIAN = "Videli smo reku i lepo mesto pre nego što je vreme promenilo sve naše planove za nedelju."


def test_croatian_bosnian_and_serbian_by_spelling_and_words() -> None:
    assert identify(EKAVIAN)[0] == "sr"
    assert identify(IJEKAVIAN)[0] == "sh"  # Croatian or Bosnian: only a word of one alone would tell
    assert identify(f"{IJEKAVIAN} Tko čeka vlak, neka dođe u siječnju.")[0] == "hr"
    assert identify(f"Zagreb, Hrvatska: {EKAVIAN}")[0] == "sr"  # what it is about does not count
    assert identify(f"{IJEKAVIAN} {EKAVIAN}")[0] == "sh"


def test_strict_asks_both_detectors() -> None:
    assert verdicts([GERMAN, ENGLISH], languages=["de", "en"], mode="strict") == [KEEP, KEEP]


def test_a_source_may_want_other_languages() -> None:
    sources = {"paris": ["fr"]}
    assert verdicts([GERMAN, FRENCH], "wien", languages=["de"], sources=sources) == [KEEP, "language.other"]
    assert verdicts([GERMAN, FRENCH], "paris", languages=["de"], sources=sources) == ["language.other", KEEP]
    for wrong in ([], ["fr-FR"], ["xx"]):
        with pytest.raises(ValidationError):
            Stage.Options(languages=["de"], sources={"paris": wrong})


def test_the_second_detector_is_asked_about_a_sample_that_only_the_text_decides() -> None:
    texts = [f"{GERMAN} Der {n}. Termin steht im Kalender." for n in range(600)]
    column = pa.array(texts, pa.large_string())
    checked = kernel.identify(column).checked
    asked = [text for text, agreed in zip(texts, checked, strict=True) if agreed is not None]
    assert 3 <= len(asked) <= 30
    assert all(agreed for agreed in checked if agreed is not None)
    turned = kernel.identify(pa.array(texts[::-1], pa.large_string())[100:400]).checked
    assert turned == checked[::-1][100:400]
    facts = pl.DataFrame({"language_checked": [None, True, False, True]})
    assert Stage.tally(facts) == {"checked": 3, "disagreed": 1}
    assert None not in kernel.identify(column[:20], strict=True).checked


@pytest.mark.parametrize("languages", [[], ["xx"], ["de-AT"], ["und"], [""], ["deutsch!"], ["mul"]])
def test_options_refuse_what_is_no_language(languages: list[str]) -> None:
    with pytest.raises(ValidationError):
        Stage.Options(languages=languages)


TEXT = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.sampled_from([GERMAN, FRENCH, ENGLISH, BOKMAAL, DANISH, f"{GERMAN}\n\n{FRENCH}"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, max_size=6), st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_batch(texts: list[str | None], random: Any) -> None:
    together = verdicts(texts, languages=["de", "en"])
    assert together == [verdicts([text], languages=["de", "en"])[0] for text in texts]
    order = list(range(len(texts)))
    random.shuffle(order)
    assert verdicts([texts[n] for n in order], languages=["de", "en"]) == [together[n] for n in order]


def test_low_confidence() -> None:
    stage = Stage(Stage.Options(languages=["de"], min_confidence=0.9), Context(Policy(), "2026-11-24"))
    part = [{"language": "de", "share": 1.0}]
    facts = pl.DataFrame(
        {
            "language": ["de", "de"],
            "language_score": [0.89, 0.9],
            "language_parts": [part, part],
            "language_checked": [None, False],
        },
        schema=Stage.facts,
    )
    assert facts.select(stage.judge().alias("v"))["v"].to_list() == ["language.low-confidence", KEEP]


def test_missing_facts_are_never_a_keep() -> None:
    stage = Stage(Stage.Options(languages=["de"], min_confidence=0.0), Context(Policy(), "2026-11-24"))
    part = [{"language": "de", "share": 1.0}]
    facts = pl.DataFrame(
        {
            "language": [None, "de", "de", "de", "nan", ""],
            "language_score": [1.0, None, float("nan"), 1.0, 1.0, 1.0],
            "language_parts": [part, part, part, None, part, part],
            "language_checked": [None] * 6,
        },
        schema=Stage.facts,
    )
    assert KEEP not in facts.select(stage.judge().alias("v"))["v"].to_list()


def test_foreign_paragraphs_are_left_out_and_the_credit_says_so(tmp_path: Path) -> None:
    german = "\n".join(line + " Das gilt für alle Gemeinden des Landes, auch für die kleinen." for line in texts(6))
    french = (
        "Le gouvernement a décidé lundi que les nouvelles règles s'appliqueront à toutes les communes à partir de "
        "l'année prochaine, sans exception ni période de transition pour les petites communes rurales.\n"
    )
    rows = [
        {"id": "mixed", "text": f"{french * 2}\n{german}\n", "license": "CC-BY-4.0", "author": "A. Muster"},
        {"id": "german", "text": german, "license": "CC-BY-4.0", "author": "A. Muster"},
        {"id": "french", "text": f"{french * 9}{german[:200]}", "license": "CC-BY-4.0", "author": "A. Muster"},
    ]
    write_jsonl(tmp_path / "in/a.jsonl", rows)
    stages = "[{stage: language, languages: [de], min_share: 0.5, foreign: cut}]"
    pipeline.run(config(tmp_path, stages=stages), engine=Inline())
    found = {row["id"]: row for row in kept(tmp_path / "out")}
    assert set(found) == {"mixed", "german"}
    assert found["mixed"]["text"] == f"\n{german}\n" or found["mixed"]["text"] == f"{german}\n"
    assert found["mixed"]["language"] == "de"
    assert "characters left out in 1 place (paragraphs in other languages)" in found["mixed"]["credit"]
    assert found["german"]["text"] == german and found["german"]["cuts"] == []
    assert {row["reason"] for row in decisions(tmp_path / "out") if row["id"] == "french"} <= {
        "language.other",
        "language.mixed",
    }
    assert list(prove(tmp_path / "out")) == []
