"""Lines repeated over the records of a host go; what is written in the records stays as it was."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import boilerplate

FOOTER = "Dieser Text steht unter CC BY 4.0, Autorin: A. Muster."
MENU = "Startseite · Über uns · Kontakt · Impressum"


def pages(count: int, host: str | None, refrain: str = "") -> pl.DataFrame:
    bodies = [
        f"  {MENU}\n\nSeite {n} erzählt von etwas, das nur hier steht.\n{refrain}{refrain}\n{FOOTER}\n"
        for n in range(count)
    ]
    return pl.DataFrame({"host": [host] * count, "text": bodies}, schema={"host": pl.String, "text": pl.String})


def known(texts: pl.DataFrame) -> pl.DataFrame:
    return boilerplate.frequent(boilerplate.lines(texts), boilerplate.hosts(texts))


def test_repeated_lines_are_cut_and_counted() -> None:
    texts = pages(30, "example.org")
    found = boilerplate.cut(texts, known(texts))
    assert found["text"][7] == "Seite 7 erzählt von etwas, das nur hier steht.\n"
    assert set(found["boilerplate_lines"]) == {2}
    assert set(found["boilerplate_bytes"]) == {len(f"  {MENU}".encode()) + len(FOOTER.encode())}


def test_hosts_are_judged_alone_and_few_records_prove_nothing() -> None:
    few = pages(9, "few.example")
    texts = pl.concat([few, *(pages(1, f"h{n}.example") for n in range(30)), pages(30, None)])
    assert known(texts).is_empty()
    both = pl.concat([few, pages(30, "many.example")])
    found = boilerplate.cut(both, known(both))
    assert found["boilerplate_lines"].to_list() == [0] * 9 + [2] * 30
    assert found["text"].to_list()[:9] == few["text"].to_list()


def test_a_refrain_within_few_records_is_no_boilerplate() -> None:
    songs = pages(3, "songs.example", refrain="Und der Haifisch, der hat Zähne, und die trägt er\n" * 20)
    texts = pl.concat([songs, pages(60, "songs.example")])
    found = boilerplate.cut(texts, known(texts))
    assert "Haifisch" in found["text"][0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.text(max_size=60)), max_size=20))
def test_without_frequent_lines_nothing_changes(rows: list[tuple[str | None, str]]) -> None:
    texts = pl.DataFrame(rows, schema={"host": pl.String, "text": pl.String}, orient="row")
    found = boilerplate.cut(texts, pl.DataFrame(schema={"host": pl.UInt64, "line": pl.UInt64}))
    assert found["text"].to_list() == texts["text"].to_list()
    assert found["boilerplate_lines"].sum() == 0


@pytest.mark.parametrize("units", [1, 3])
def test_units_are_summed(units: int) -> None:
    texts = pages(30, "example.org")
    parts = [texts[n::units] for n in range(units)]
    found = pl.concat([boilerplate.lines(p) for p in parts])
    records = pl.concat([boilerplate.hosts(p) for p in parts]).group_by("host").agg(pl.col("records").sum())
    assert boilerplate.frequent(found, records).equals(known(texts))
