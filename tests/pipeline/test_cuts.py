"""What stages leave out of a text: spans of what they were shown become spans of what the source has."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

import pipeline
from licenses.model import Reason
from pipeline import cuts
from pipeline.engines import Inline
from pipeline.errors import InternalError
from pipeline.kernels.fingerprint import fingerprint
from pipeline.papers.proof import prove
from pipeline.stage import Batch, Context
from tests.corpora import POLICY, config, decisions, kept, texts, write_jsonl


@st.composite
def spans(draw: st.DrawFn, length: int) -> list[tuple[int, int]]:
    edges = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    return list(zip(edges[::2], edges[1::2], strict=False))


@given(st.data(), st.text(max_size=40))
def test_two_cuts_one_after_the_other_are_one_of_the_source(data: st.DataObject, text: str) -> None:
    first = data.draw(spans(len(text)))
    before = cuts.added([], first, "a", len(text))
    shown = cuts.without(text, before)
    assert shown == "".join(c for n, c in enumerate(text) if not any(a <= n < b for a, b in first))
    second = data.draw(spans(len(shown)))
    both = cuts.added(before, second, "b", len(text))
    wanted = "".join(c for n, c in enumerate(shown) if not any(a <= n < b for a, b in second))
    assert cuts.without(text, both) == wanted
    assert all(a < b <= c for (a, b, _), (c, _, _) in pairwise(both))
    assert sum(b - a for a, b, _ in both) == len(text) - len(wanted)


@pytest.mark.parametrize("wrong", [[(0, 0)], [(2, 1)], [(0, 3), (2, 4)], [(3, 4), (0, 1)], [(-1, 2)], [(4, 7)]])
def test_spans_that_are_none_are_refused(wrong: list[tuple[int, int]]) -> None:
    with pytest.raises(InternalError, match="cut «a»"):
        cuts.added([(0, 2, "b")], wrong, "a", 8)


def test_a_text_read_again_is_cut_as_it_was(tmp_path: Path) -> None:
    texts = [f"Text Nummer {n}" for n in range(20_000)]
    marks = [[{"start": 0, "stop": 5, "reason": "a"}] if n % 3 == 0 else None for n in range(20_000)]
    pl.DataFrame({"cuts": marks}, schema={"cuts": cuts.CUTS}).write_parquet(tmp_path / "facts.parquet")
    again = cuts.Again(tmp_path / "facts.parquet")
    for low, high, step in ((0, 10, 1), (17, 9_000, 7), (9_001, 20_000, 1000)):
        places = pl.arange(low, high, step, eager=True).to_numpy()
        found = again.standing(places, pa.array([texts[n] for n in places.tolist()], pa.large_string()))
        assert found.to_pylist() == [texts[n][5:] if n % 3 == 0 else texts[n] for n in places.tolist()]


class Stage:
    """Leaves out what stands in brackets: a stage with the interface that every stage has."""

    class Options(BaseModel):
        model_config = ConfigDict(frozen=True)

    reasons: ClassVar[Sequence[Reason]] = ()
    facts: ClassVar[dict[str, Any]] = {}
    corpus: ClassVar[bool] = False
    cuts = "remarks in brackets"

    def __init__(self, options: Options, context: Context) -> None:
        pass

    def measure(self, batch: Batch) -> pl.DataFrame:
        found = [
            [{"start": m.start(), "stop": m.end()} for m in re.finditer(r"\[[^\]]*\] ?", text or "")]
            for text in batch.text.to_pylist()
        ]
        return pl.DataFrame({cuts.SPAN: found}, schema={cuts.SPAN: cuts.SPANS})

    def judge(self) -> pl.Expr:
        return pl.lit("keep")


def run(folder: Path, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, **given: Any) -> dict[str, Any]:
    monkeypatch.setitem(sys.modules, "pipeline.stages.brackets", sys.modules[__name__])
    write_jsonl(folder / "in/a.jsonl", rows)
    given.setdefault("stages", "[{stage: brackets}, {stage: length, min_characters: 30}, {stage: dedup, near: 0.8}]")
    pipeline.run(config(folder, **given), engine=Inline())
    return {row["id"]: row for row in decisions(folder / "out")}


def row(id: str, text: str, license: str = "CC-BY-4.0") -> dict[str, Any]:
    return {"id": id, "text": text, "license": license, "author": "A. Muster"}


def test_a_shortened_text_stands_with_its_receipt_and_its_credit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c, d = texts(4, words=60)
    rows = [
        row("cut", f"[Anmerkung: äöü 1] {a} [Ende]"),
        row("old", f"[x] {b}", "CC-BY-2.0"),
        row("three", f"{c} [y]", "CC-BY-3.0-DE"),
        row("as it was", d),
        row("short", "[Ein langer Text, der ganz in Klammern steht, mehr als dreißig Zeichen.] Kurz."),
        row("nothing", "[Nur eine Anmerkung.] [Und noch eine.]"),
    ]
    found = run(tmp_path, rows, monkeypatch)
    data = {r["id"]: r for r in kept(tmp_path / "out")}
    assert set(data) == {"cut", "old", "three", "as it was"}
    assert data["cut"]["text"] == f"{a} " and data["cut"]["characters"] == len(a) + 1
    assert data["cut"]["cuts"] == [{"reason": "remarks in brackets", "places": 2, "characters": 25}]
    assert found["cut"]["cuts"] == data["cut"]["cuts"]
    assert "Changes: 25 characters left out in 2 places (remarks in brackets)." in data["cut"]["credit"]
    assert "Derivative Work" in data["old"]["credit"] and "Collective Work" in data["old"]["credit"]
    assert "Adaptation" in data["three"]["credit"]
    assert (data["as it was"]["changes"], data["as it was"]["cuts"], found["as it was"]["whole"]) == ([], [], None)
    high, low = fingerprint(data["cut"]["text"])
    assert data["cut"]["fingerprint"] == {"hi": high, "lo": low}
    assert tuple(found["cut"]["whole"].values()) == fingerprint(rows[0]["text"])
    assert (found["short"]["reason"], found["short"]["characters"]) == ("length.too-short", 5)
    assert found["nothing"]["reason"] == "changes.nothing-left"
    assert list(prove(tmp_path / "out")) == []


def test_copies_are_found_by_what_will_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (a,) = texts(1, words=80)
    longer = " ".join(f"[Zusatz {n} und noch einiges mehr]" for n in range(40))
    rows = [row("a", f"{a} {longer}"), row("b", a), row("c", f"{longer} {a} Ende.")]
    found = run(tmp_path, rows, monkeypatch)
    assert {id: r["reason"] for id, r in found.items()} == {"a": "duplicate.near", "b": "duplicate.near", "c": "keep"}
    assert found["a"]["similarity"] == found["b"]["similarity"] > 0.9


def test_a_licence_that_forbids_changes_keeps_the_text_whole_or_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = texts(2)
    policy = POLICY.replace("derivative-works, ", "")
    found = run(
        tmp_path, [row("cut", f"[x] {a}", "CC-BY-ND-4.0"), row("whole", b, "CC-BY-ND-4.0")], monkeypatch, policy=policy
    )
    assert {id: r["reason"] for id, r in found.items()} == {"cut": "changes.not-permitted", "whole": "keep"}


def test_verify_finds_a_change_that_is_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, [row("cut", f"[x] {texts(1)[0]}")], monkeypatch)
    (path,) = (tmp_path / "out/data").rglob("*.parquet")
    table = pq.read_table(path, partitioning=None)
    silent = table.set_column(
        table.schema.get_field_index("changes"), table.schema.field("changes"), pa.array([[]], pa.list_(pa.string()))
    )
    pq.write_table(silent, path)
    assert any("its changes are not those" in failure.what for failure in prove(tmp_path / "out"))


def test_a_page_is_spooled_whole_and_cut_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pipeline.stages.brackets", sys.modules[__name__])
    (a,) = texts(1, words=120)
    page = (
        f"<html><body><article><p>[Anmerkung] {a}</p></article>"
        '<p><a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p></body></html>'
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.html").write_text(page, "utf-8")
    path = config(tmp_path, path="in/*.html", stages="[{stage: brackets}, {stage: dedup, near: 0.8}]")
    file = Path(path)
    file.write_text(
        file.read_text("utf-8").replace("jsonl", "folder").replace("[{from: column, column: license}]", "[html]"),
        "utf-8",
    )
    pipeline.run(path, engine=Inline())
    (found,) = kept(tmp_path / "out")
    assert "[Anmerkung]" not in found["text"] and a[:40] in found["text"]
    assert found["cuts"][0]["characters"] == len("[Anmerkung] ")
    assert found["media"] == "html"
    assert (
        "Changes: only the text was taken, out of a web page; 12 characters left out in 1 place (remarks in brackets)."
        in found["credit"]
    )
    assert list(prove(tmp_path / "out")) == []


def test_a_refusal_on_the_whole_text_contests_the_shortened_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which of the two was shortened, or refused before that, plays no part; nor does a copy of what is contested."""
    a, b, c, d = texts(4, words=40)
    noise = "[" + "Beiwerk und Zierat " * 40 + "] "
    rows = [
        row("open", noise + a),
        row("shut", noise + a, "CC-BY-NC-4.0"),  # refused before anything is left out of it
        row("same", a),
        row("open2", noise + b),
        row("shut2", b, "CC-BY-NC-4.0"),
        row("open3", f"{noise}{c}"),
        row("free", d),
    ]
    for dedup in ("", ", {stage: dedup}"):
        folder = tmp_path / ("dedup" if dedup else "plain")
        folder.mkdir()
        found = run(folder, rows, monkeypatch, stages=f"[{{stage: brackets}}{dedup}]")
        contested = {id: r["contested_by"] for id, r in found.items() if r["reason"] == "contested.refused"}
        wanted = {"open": "s:shut", "open2": "s:shut2"}
        assert contested == (wanted | {"same": None} if dedup else wanted)
        assert {r["id"] for r in kept(folder / "out")} >= {"open3", "free"}
        assert list(prove(folder / "out")) == []
