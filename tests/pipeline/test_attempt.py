"""A record on which our own code fails is refused and named; its neighbours get what they would have got."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline import attempt
from pipeline.attempt import Attempt
from pipeline.engines import Inline
from pipeline.errors import QuarantineError
from pipeline.stage import Batch
from pipeline.stages import length
from tests.corpora import config, decisions, hashes, kept, texts, write_jsonl

MEASURE = length.Stage.measure
EVIL = "Unsagbares"
STAGES = "[{stage: length, min_characters: 5}, {stage: dedup}]"


def failing(error: Callable[[str], BaseException]) -> Any:
    """The stage `length` with a fault in it: it fails on every batch that has a certain word in a text."""

    def measure(stage: length.Stage, batch: Batch) -> pl.DataFrame:
        for text in batch.text.to_pylist():
            if EVIL in text:
                raise error(text)
        return MEASURE(stage, batch)

    return patch.object(length.Stage, "measure", measure)


def rows(evil: range) -> list[dict[str, object]]:
    made = texts(60)
    return [
        {"id": f"r{i}", "text": f"{EVIL} {text}" if i in evil else text, "license": "CC0-1.0"}
        for i, text in enumerate(made)
    ]


def run(folder: Path, fault: Any, unit_bytes: int = 1 << 20, **given: Any) -> Path:
    with fault:
        pipeline.run(config(folder, stages=STAGES, **given), engine=Inline(), unit_bytes=unit_bytes)
    return folder / "out"


def test_the_record_is_refused_with_the_place_of_the_failure_and_nobody_else_is(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows(range(31, 32)))
    out = run(tmp_path, failing(ValueError))
    rows_ = {row["id"]: row for row in decisions(out)}
    bad = rows_.pop("r31")
    assert (bad["decision"], bad["reason"], bad["locator"]) == ("refuse", "internal.error", f"{tmp_path}/in/a.jsonl:32")
    assert "ValueError at test_attempt.py" in bad["detail"] and EVIL not in str(bad)
    assert {row["reason"] for row in rows_.values()} == {"keep"} and len(rows_) == 59
    # The bytes of the others are those of a corpus that never had it.
    whole = hashes(out)
    write_jsonl(tmp_path / "without/in/a.jsonl", [row for row in rows(range(31, 32)) if row["id"] != "r31"])
    quiet = run(tmp_path / "without", failing(ValueError))
    assert kept(quiet) == kept(out)
    for unit_bytes in (700, 3000):
        out.rename(tmp_path / f"was-{unit_bytes}")
        assert hashes(run(tmp_path, failing(ValueError), unit_bytes)) == whole


def test_extracted_texts_stay_with_their_pages(tmp_path: Path) -> None:
    for i, text in enumerate(texts(9)):
        word = EVIL if i == 4 else "Gutes"
        page = f"<html><body><main><h1>Seite {i}</h1><p>{word} {text}</p><p>{text}</p></main></body></html>"
        (tmp_path / f"{i}.html").write_text(page, "utf-8")
    path = config(tmp_path, path="*.html", stages=STAGES)
    text = Path(path).read_text("utf-8").replace("reader: jsonl", "reader: folder")
    text = text.replace("{from: column, column: license}", "{from: curator, license: CC0-1.0, because: Made by us.}")
    Path(path).write_text(text, "utf-8")
    with failing(ValueError):
        pipeline.run(path, engine=Inline())
    found = kept(tmp_path / "out")
    assert len(found) == 8
    for row in found:
        number = Path(row["id"].partition("#")[0]).stem
        assert f"Nummer {number}:" in row["text"] and EVIL not in row["text"]


def test_want_of_memory_is_no_records_doing(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows(range(3, 4)))
    with pytest.raises(QuarantineError, match=r"survey s .*a\.jsonl.*: out of memory; .*--workers 1"):
        run(tmp_path, failing(lambda _: MemoryError()))
    assert not (tmp_path / "out").exists()


def test_where_many_records_fail_the_unit_is_put_aside_and_the_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "MOST", 5)
    write_jsonl(tmp_path / "in/a.jsonl", rows(range(10, 16)))
    with pytest.raises(QuarantineError, match=r"ValueError at test_attempt\.py") as told:
        run(tmp_path, failing(ValueError))
    assert EVIL not in str(told.value) and not (tmp_path / "out").exists()


def test_a_batch_of_no_rows_that_fails_is_nobodys_doing(tmp_path: Path) -> None:
    mark = tmp_path / "000000.failed"
    mark.touch()

    def make(piece: pa.RecordBatch) -> pl.DataFrame:
        raise ValueError("a fault")

    def leave_out(piece: pa.RecordBatch, why: str) -> pl.DataFrame:
        raise AssertionError

    with pytest.raises(ValueError, match="a fault"):
        Attempt(mark).frame(pa.record_batch({"at": pa.array([], pa.int64())}), make, leave_out)


@settings(max_examples=50)
@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_every_row_is_answered_once_and_in_order(tmp_path_factory: pytest.TempPathFactory, bad: list[bool]) -> None:
    mark = tmp_path_factory.mktemp("mark") / "000000.failed"
    batch = pa.record_batch({"at": list(range(len(bad)))})

    def make(piece: pa.RecordBatch) -> pl.DataFrame:
        rows = piece.column("at").to_pylist()
        if any(bad[row] for row in rows):
            raise ValueError("made up")
        return pl.DataFrame({"at": rows, "fine": [True] * len(rows)})

    def leave_out(piece: pa.RecordBatch, why: str) -> pl.DataFrame:
        assert why.startswith("ValueError at")
        return pl.DataFrame({"at": piece.column("at").to_pylist(), "fine": [False]})

    if any(bad):
        with pytest.raises(ValueError, match="made up"):
            Attempt(mark).frame(batch, make, leave_out)
    found = Attempt(mark).frame(batch, make, leave_out)
    assert found.rows() == [(row, not one) for row, one in enumerate(bad)]
    assert not mark.exists()
