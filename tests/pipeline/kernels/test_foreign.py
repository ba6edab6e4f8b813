"""Which paragraphs are left out because they are in a language nobody asked for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.foreign import LEAST, spans

DE = "Die Regierung hat am Montag beschlossen, dass die neuen Regeln für alle Gemeinden gelten sollen, und zwar bald.\n"
FR = (
    "Le gouvernement a décidé lundi que les nouvelles règles s'appliqueront à toutes les communes à partir de "
    "l'année prochaine, sans exception.\n"
)
PL = (
    "Rząd postanowił w poniedziałek, że nowe przepisy będą obowiązywać we wszystkich gminach od przyszłego roku, "
    "bez żadnych wyjątków i okresów przejściowych.\n"
)


def left(text: str, *stay: str) -> str:
    for start, stop in reversed(spans(text, stay)):
        text = text[:start] + text[stop:]
    return text


def test_a_stretch_goes_with_the_blank_lines_in_it_and_its_neighbours_stay() -> None:
    assert left(f"{DE * 3}\n{FR}\n{FR}\n{DE}", "de") == f"{DE * 3}\n\n{DE}"


def test_two_foreign_languages_side_by_side_are_two_stretches() -> None:
    text = f"{DE * 2}{FR * 2}{PL * 2}{DE}"
    assert left(text, "de") == DE * 3
    assert left(text, "de", "pl") == f"{DE * 2}{PL * 2}{DE}"
    assert left(text, "de", "fr", "pl") == text


def test_a_title_a_quotation_a_table_stay() -> None:
    assert len(FR) < LEAST
    text = f"{DE}«{FR.strip()}»\n1 | 2 | 3\n{DE}La Tribune de Genève, Le Temps\n{DE}"
    assert left(text, "de") == text
    assert spans("", ["de"]) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([DE, FR, PL, "\n", "12 · 4\n", "Genève\n"]), max_size=12))
def test_what_is_wanted_is_never_touched(lines: list[str]) -> None:
    text = "".join(lines)
    assert left(text, "de").count(DE) == lines.count(DE)
    for start, stop in spans(text, ["de"]):
        gone = text[start:stop]
        assert DE not in gone and len(gone.strip()) >= LEAST
        assert not (FR in gone and PL in gone)
