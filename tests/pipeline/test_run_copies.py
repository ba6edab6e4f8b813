"""Copies and contested texts in whole runs: what the ledger says of them, and what stands in `data/`."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import pipeline
from pipeline import index
from pipeline.commands.explain import said
from pipeline.engines import Inline
from pipeline.errors import WorkError
from tests.corpora import config, decisions, kept, texts, write_jsonl

Row = dict[str, Any]


def run(folder: Path, rows: list[Row], stages: str = "[{stage: dedup, near: 0.8}]", **given: Any) -> dict[str, Row]:
    """Runs the rows from one file and returns the decisions by id."""
    out = given.get("out", "out")
    write_jsonl(folder / f"in-{out}/a.jsonl", rows)
    pipeline.run(config(folder, path=f"in-{out}/*.jsonl", stages=stages, **given), engine=Inline())  # type: ignore[attr-defined]
    return {row["id"]: row for row in decisions(folder / out)}


def row(id: str, text: str, license: str = "CC0-1.0") -> Row:
    return {"id": id, "text": text, "license": license}


def edited(text: str, *words: int) -> str:
    made = text.split()
    for n in words:
        made[n % len(made)] = f"geändert{n}"
    return " ".join(made)


def test_an_exact_copy_of_a_near_copy_names_what_is_kept(tmp_path: Path) -> None:
    (base,) = texts(1, words=200)
    longer = base + " und noch ein paar Worte mehr am Ende"
    rows = [row("best", longer), row("near", base), row("same", base.upper()), row("own", "Ein Text für sich allein.")]
    found = run(tmp_path, rows)
    assert {r["id"]: r["copies"] for r in kept(tmp_path / "out")} == {"best": 3, "own": 1}
    assert {found[id]["duplicate_of"] for id in ("near", "same")} == {"s:best"}
    assert {found[id]["reason"] for id in ("near", "same")} == {"duplicate.near"}
    assert 0.8 <= found["near"]["similarity"] == found["same"]["similarity"] < 1


def test_a_near_copy_under_a_refusal_contests(tmp_path: Path) -> None:
    base, other = texts(2, words=200)
    rows = [row("open", base), row("shut", edited(base, 50), "CC-BY-NC-4.0"), row("free", other)]
    found = run(tmp_path, rows)
    assert (found["open"]["reason"], found["open"]["contested_by"]) == ("contested.refused", "s:shut")
    assert [r["id"] for r in kept(tmp_path / "out")] == ["free"]
    duties = run(tmp_path, [row("open", base), row("share", edited(base, 50), "CC-BY-SA-4.0")], out="duties")
    assert duties["open"]["decision"] == "keep"  # a duty that the policy does not list denies nothing


def test_new_data_against_a_release_and_against_protected_works(tmp_path: Path) -> None:
    old, new, work = texts(3, words=200)
    run(tmp_path, [row("old", old)], out="first")
    frame = index.rows("verlag", ["isbn"], pa.array([work], pa.large_string()))
    index.write(tmp_path / "works", "werke", "protected", [frame])
    rows = [row("again", old), row("nearly", edited(old, 9)), row("new", new), row("taken", edited(work, 3))]
    places = f"['{tmp_path / 'first'}', '{tmp_path / 'works'}']"
    found = run(tmp_path, rows, stages=f"[{{stage: dedup, near: 0.8, against: {places}}}]")
    assert [r["id"] for r in kept(tmp_path / "out")] == ["new"]
    assert {id: (found[id]["reason"], found[id]["duplicate_of"]) for id in ("again", "nearly", "taken")} == {
        "again": ("duplicate.released", "first:s:old"),
        "nearly": ("duplicate.released", "first:s:old"),
        "taken": ("duplicate.protected", "werke:verlag:isbn"),
    }
    # The protected work was not at hand, the released text was; papers and `explain` tell them apart.
    assert {id: found[id]["estimated"] for id in found} == {"again": False, "nearly": False, "new": None, "taken": True}
    assert "How similar exactly 1 record is to the text of an index" in (tmp_path / "out/README.md").read_text("utf-8")
    sentences = "\n".join(said(found["taken"], {}, json.loads((tmp_path / "out/run.json").read_bytes())))
    assert f"estimated at {found['taken']['similarity']:.2f}, standard error 0.0" in sentences


def test_a_release_carries_the_index_that_would_be_made_of_its_texts(tmp_path: Path) -> None:
    bases = texts(4, words=120)
    rows = [
        row(f"r{n}", text, "CC-BY-4.0" if n % 2 else "CC0-1.0") for n, text in enumerate([*bases, bases[0], "Kurz."])
    ]
    run(tmp_path, [*rows, row("no", "Ein verwehrter Text.", "CC-BY-NC-4.0")])
    index.of_release(tmp_path / "out", "out", tmp_path / "made")
    carried, made = (pl.read_parquet(index.open_index(tmp_path / place).file) for place in ("out", "made"))
    assert carried.height == 5 and carried.equals(made)


def test_another_index_at_the_same_place_is_another_job(tmp_path: Path) -> None:
    old, new = texts(2, words=120)
    for listed in (old, new):
        index.write(
            tmp_path / "works", "werke", "protected", [index.rows("v", ["1"], pa.array([listed], pa.large_string()))]
        )
        rows = [row("old", old), row("new", new)]
        stages = f"[{{stage: dedup, near: 0.8, against: ['{tmp_path / 'works'}']}}]"
        if listed is new:
            with pytest.raises(WorkError, match="another configuration or input"):
                run(tmp_path, rows, stages=stages)
        else:
            run(tmp_path, rows, stages=stages)
    assert [r["id"] for r in kept(tmp_path / "out")] == ["new"]


@pytest.mark.trials
def test_planted_laundering_is_found_in_real_text(tmp_path: Path) -> None:
    """A third of real texts stands elsewhere under a refusal, equal or edited: each is contested, and no other is."""
    trials = os.environ.get("REINSCHRIFT_TRIALS")
    if not trials:
        pytest.skip("REINSCHRIFT_TRIALS is not set")
    rng = random.Random(3)
    pages = []
    for path in sorted((Path(trials) / "law-dev").rglob("*.md"))[:120]:
        text = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
        pages.append(text[len(text) // 3 :][:4000])
    pages = [page for page in dict.fromkeys(pages) if len(page) > 1500]
    rows, planted = [], set()
    for n, page in enumerate(pages):
        rows.append(row(f"r{n}", page))
        if n % 3 == 0:
            planted.add(f"r{n}")
            shape = [
                page,
                page.replace(" ", "\u00a0"),
                edited(page, rng.randrange(10**4)),
                page + " Alle Rechte vorbehalten.",
            ]
            rows.append(row(f"shut{n}", shape[n // 3 % 4], rng.choice(["CC-BY-NC-4.0", "CC-BY-ND-4.0"])))
    rng.shuffle(rows)
    found = run(tmp_path, rows)
    contested = {id for id, r in found.items() if r["reason"] == "contested.refused"}
    assert len(planted) > 20
    assert planted <= contested
    assert all(found[id]["contested_by"].startswith("s:shut") for id in contested)
    assert {id for id in contested - planted if found[id]["contested_by"] is None} == set()
