"""Lines repeated over the records of a host go or are counted; what is written in the records stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline import boilerplate, sorted_file
from pipeline.cuts import without
from pipeline.engines import Inline
from pipeline.papers.figures import figures
from pipeline.papers.proof import prove
from tests.corpora import POLICY, config, decisions, kept, texts, write_jsonl

FOOTER = "Dieser Text steht unter CC BY 4.0, Autorin: A. Muster."
MENU = "Startseite · Über uns · Kontakt · Impressum"
LINE = "eine Zeile von mehr als zwanzig Bytes, Nummer "


def frequent(host: pl.Series, text: pl.Series, units: int = 1, least: int = 10, share: float = 0.2) -> pl.Series:
    number = boilerplate.hosts(host)
    found = pl.concat([boilerplate.lines(number[n::units], text[n::units]) for n in range(units)])
    records = pl.DataFrame({"host": number}).drop_nulls().group_by("host").agg(pl.len().cast(pl.Int64).alias("records"))
    return boilerplate.frequent(found, records, least, share)


def cut(folder: Path, host: pl.Series, text: pl.Series, lines: pl.Series) -> list[str]:
    sorted_file.write_sorted(folder / "a.arrow", lines.to_frame("line"), "line", ties=None)
    known = boilerplate.Known([folder / "a.arrow"])
    found = boilerplate.spans(boilerplate.repeated(boilerplate.hosts(host), text, known), len(text))
    return [
        without(one, [(span["start"], span["stop"], "") for span in spans or ()])
        for one, spans in zip(text.to_list(), found.to_list(), strict=True)
    ]


def pages(count: int, host: str | None, refrain: str = "") -> tuple[pl.Series, pl.Series]:
    bodies = [
        f"  {MENU}\n\nSeite {n} erzählt von etwas, das nur hier steht.\n{refrain}{refrain}\n{FOOTER}\n"
        for n in range(count)
    ]
    address = None if host is None else f"https://{host}/x"
    return pl.Series([address] * count, dtype=pl.String), pl.Series(bodies)


def both(*parts: tuple[pl.Series, pl.Series]) -> tuple[pl.Series, pl.Series]:
    hosts, bodies = zip(*parts, strict=True)
    return pl.concat(hosts), pl.concat(bodies)


def test_repeated_lines_are_found_and_the_rest_stays(tmp_path: Path) -> None:
    host, text = pages(30, "example.org")
    assert cut(tmp_path, host, text, frequent(host, text))[7] == "Seite 7 erzählt von etwas, das nur hier steht.\n\n"


def test_hosts_are_judged_alone_and_few_records_prove_nothing(tmp_path: Path) -> None:
    few = pages(9, "few.example")
    host, text = both(few, *(pages(1, f"h{n}.example") for n in range(30)), pages(30, None))
    assert frequent(host, text).is_empty()
    host, text = both(few, pages(30, "many.example"))
    found = cut(tmp_path, host, text, frequent(host, text))
    assert found[:9] == few[1].to_list() and all(MENU not in one for one in found[9:])


def test_a_refrain_within_few_records_is_no_boilerplate(tmp_path: Path) -> None:
    host, text = both(
        pages(3, "songs.example", refrain="Und der Haifisch, der hat Zähne, und die trägt er\n" * 20),
        pages(60, "songs.example"),
    )
    assert "Haifisch" in cut(tmp_path, host, text, frequent(host, text))[0]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_left_is_what_does_not_repeat(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    line = st.one_of(st.sampled_from(["", "  ", "äöü 𝄞", *(LINE + str(n) for n in range(3))]), st.text(max_size=30))
    bodies = data.draw(st.lists(st.lists(line, max_size=8).map("\n".join), min_size=1, max_size=12))
    host, text = pl.Series(["https://a.example/"] * len(bodies)), pl.Series(bodies)
    lines = frequent(host, text, units=data.draw(st.sampled_from([1, 3])), least=2, share=0.5)
    found = cut(tmp_path_factory.mktemp("known"), host, text, lines)
    stands = {one: sum(one in [p.strip() for p in body.split("\n")] for body in bodies) for one in (LINE + "0",)}
    for before, after in zip(bodies, found, strict=True):
        for one, count in stands.items():
            wanted = count >= max(2, 0.5 * len(bodies))
            assert (one in [p.strip() for p in after.split("\n")]) == (
                not wanted and one in [p.strip() for p in before.split("\n")]
            )
        rest = iter(before.split("\n"))
        assert all(piece in rest for piece in after.split("\n") if piece)  # in order, unchanged


def site(count: int, license: str = "CC-BY-4.0", host: str = "a.example") -> list[dict[str, Any]]:
    return [
        {"id": f"{host}-{n}", "url": f"https://{host}/{n}", "license": license, "author": "A. Muster",
         "text": f"{MENU}\n{one}\n© 2020 Beispielverlag, Ort am See\nDiese Seite verwendet Cookies, wie alle."}
        for n, one in enumerate(texts(count, words=60))
    ]  # fmt: skip


def run(folder: Path, rows: list[dict[str, Any]], lines: str, **given: Any) -> tuple[list[Any], dict[str, Any]]:
    write_jsonl(folder / "in/a.jsonl", rows)
    given.setdefault("stages", f"[{{stage: boilerplate, lines: {lines}}}, {{stage: dedup, near: 0.8}}]")
    pipeline.run(config(folder, **given), engine=Inline())
    return kept(folder / "out"), {row["id"]: row for row in decisions(folder / "out")}


def test_a_run_cuts_lines_and_says_it(tmp_path: Path) -> None:
    rows = [*site(12), *site(3, host="small.example")]
    for row in rows[12:]:
        row["text"] = row["text"].replace("a.example", "x") + f" {row['id']}"
    data, found = run(tmp_path, rows, "cut")
    by_id = {row["id"]: row for row in data}
    one, text = by_id["a.example-4"], rows[4]["text"].split("\n")
    # The notice is nowhere in the receipt, so it has to stay with the text.
    assert one["text"] == f"{text[1]}\n{text[2]}\n"
    assert one["cuts"] == [
        {"reason": "lines that stand in many records of the site", "places": 2,
         "characters": len(text[0]) + 1 + len(text[3])}
    ]  # fmt: skip
    assert "lines that stand in many records of the site" in one["credit"]
    assert one["repeated"] == len(text[0]) + len(text[2]) + len(text[3]) + 2
    assert found["a.example-4"]["repeated"] == one["repeated"]
    few = by_id["small.example-1"]
    assert (few["text"], few["repeated"], few["cuts"]) == (rows[13]["text"], 0, [])
    assert list(prove(tmp_path / "out")) == []


def test_counting_alone_changes_no_text(tmp_path: Path) -> None:
    rows = [*site(12), {"id": "bare", "text": site(1)[0]["text"], "license": "CC0-1.0", "author": None}]
    data, found = run(tmp_path, rows, "record", stages="[{stage: boilerplate}]")
    assert {row["id"]: row["text"] for row in data} == {row["id"]: row["text"] for row in rows}
    assert all(row["cuts"] == [] and row["repeated"] > 0 for row in data if row["id"] != "bare")
    assert found["bare"]["repeated"] is None  # without an address nobody can say what its host repeats


def test_a_licence_that_forbids_changes_is_refused_or_counted(tmp_path: Path) -> None:
    policy = POLICY.replace("derivative-works, ", "")
    rows = site(12, "CC-BY-ND-4.0")
    data, found = run(tmp_path / "cut", rows, "cut", policy=policy)
    assert not data and {row["reason"] for row in found.values()} == {"changes.not-permitted"}
    data, _ = run(tmp_path / "record", rows, "record", policy=policy)
    assert len(data) == 12


def test_refused_records_prove_nothing(tmp_path: Path) -> None:
    rows = [*site(4), *site(12, "All rights reserved")[4:]]
    data, _ = run(tmp_path, rows, "cut", stages="[{stage: boilerplate, lines: cut}]")
    assert [row["repeated"] for row in data] == [0] * 4


def test_the_report_shows_it_by_host(tmp_path: Path) -> None:
    rows = [*site(12), *site(14, host="b.example"), *site(3, host="small.example")]
    for row in rows[26:]:
        row["text"] = row["id"]
    run(tmp_path, rows, "record", stages="[{stage: boilerplate}]")
    made = figures(tmp_path / "out")
    assert made.repeated_in == {"a.example": 12, "b.example": 14}
    assert "b.example" in (tmp_path / "out/report.html").read_text("utf-8")
