"""The main job, end to end: what goes in has a decision, what is kept has its receipt, and the dataset opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline import plan
from pipeline.engines import Inline
from pipeline.errors import ReinschriftError, WorkError
from tests.corpora import POLICY, config, decisions, hashes, kept, reasons, texts, write_jsonl

MIXED = [
    "CC0-1.0",
    "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/3.0/de/",
    "CC-BY-NC-4.0",
    "CC BY",
    None,
    "",
    "unbekannt",
]


def rows(count: int = 80) -> list[dict[str, object]]:
    return [
        {"id": f"r{i}", "text": text, "license": MIXED[i % len(MIXED)], "title": f"Titel {i}", "author": "A. Muster"}
        for i, text in enumerate(texts(count))
    ]


def run(path: str, **options: object) -> pipeline.Outcome:  # type: ignore[name-defined]
    return pipeline.run(path, **{"engine": Inline(), **options})


def test_every_record_has_one_decision_and_every_kept_one_its_receipt(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", [*rows(), "{broken", "", '["no object"]'])
    outcome = run(config(tmp_path))
    out = tmp_path / "out"
    ledger = {row["id"]: row for row in decisions(out)}
    assert len(ledger) == 82 and outcome.run["records"]["read"] == 82
    assert {r["id"] for r in kept(out)} == {i for i, row in ledger.items() if row["decision"] == "keep"}
    assert {r["id"] for r in kept(out)} == {f"r{i}" for i in range(80) if i % len(MIXED) < 3}
    for row in kept(out):
        (receipt,) = [e for e in row["evidence"] if e["decided"]]
        assert receipt["statement"] == MIXED[int(row["id"][1:]) % len(MIXED)] and receipt["locator"] and receipt["seen"]
        assert row["license"] in receipt["members"] and row["rule"]
        assert "A. Muster" in row["credit"] or row["license"] == "CC0-1.0"
    broken = next(row for row in ledger.values() if row["reason"] == "input.not-json")
    assert broken["locator"].endswith("a.jsonl:81") and broken["id"].endswith("a.jsonl#81")
    counts = outcome.run["sources"]["s"]
    assert counts["read"] == counts["kept"] + sum(counts["review"].values()) + sum(counts["refused"].values())


def test_load_dataset_opens_all_configs_and_never_serves_an_older_release(tmp_path: Path) -> None:
    more = "licenses: []\n"
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    path = config(tmp_path, more=more)
    text = Path(path).read_text("utf-8").replace('out"}', 'out", partition: duties}')
    Path(path).write_text(text, "utf-8")
    run(path)
    first = _load(tmp_path)
    assert first["default"] == 30 and first["decisions"] == 80
    classes = [name for name in first if name not in ("default", "decisions", "reasons")]
    assert len(classes) >= 2 and sum(first[name] for name in classes) == 30
    write_jsonl(tmp_path / "in/a.jsonl", rows(40))
    run(path, fresh=True)
    assert _load(tmp_path)["default"] == 15


def _load(folder: Path) -> dict[str, int]:
    """Rows of every config of the card, opened offline in a process of its own, with a cache that stays."""
    code = (
        "import datasets, json, sys, yaml;"
        "head = yaml.safe_load(open(sys.argv[1] + '/README.md').read().split('---')[1]);"
        "print(json.dumps({c['config_name']: datasets.load_dataset(sys.argv[1], c['config_name'],"
        " split='train').num_rows for c in head['configs']}))"
    )
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "out")], env=env, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def test_a_run_that_keeps_nothing_offers_no_default(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", [{"id": "a", "text": "Ein Satz.", "license": "All rights reserved"}])
    assert run(config(tmp_path)).run["records"]["kept"] == 0
    assert set(_load(tmp_path)) == {"decisions", "reasons"}
    assert not (tmp_path / "out/data").exists() or not kept(tmp_path / "out")


def test_a_second_run_is_done_and_another_job_is_refused(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    path = config(tmp_path)
    run(path)
    before = hashes(tmp_path / "out")
    assert run(path).already
    Path(path).write_text(Path(path).read_text("utf-8").replace("commercial-use]", "making-available]"), "utf-8")
    with pytest.raises(WorkError, match="--fresh"):
        run(path)
    assert hashes(tmp_path / "out") == before
    run(path, fresh=True)
    assert hashes(tmp_path / "out.1") == before


def test_bytes_do_not_depend_on_units_or_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_jsonl(
        tmp_path / "in/a.jsonl", [*rows(60), *({**row, "id": f"copy-{row['id']}"} for row in rows(30)), "{broken"]
    )
    write_jsonl(tmp_path / "in/b.jsonl", [{**row, "id": f"b{row['id']}"} for row in rows(90)[60:]])
    path = config(tmp_path, stages="[{stage: length, min_characters: 5}, {stage: dedup}]")
    run(path)
    want = hashes(tmp_path / "out")
    assert reasons(tmp_path / "out")["duplicate.exact"] > 0
    for unit_bytes, batch_rows in ((2000, 1), (5000, 7), (3000, 8192)):
        monkeypatch.setattr("pipeline.reader.Wanted.__init__.__defaults__", pipeline_defaults(batch_rows))
        run(path, fresh=True, unit_bytes=unit_bytes)
        assert hashes(tmp_path / "out") == want, (unit_bytes, batch_rows)


def pipeline_defaults(batch_rows: int) -> tuple[object, ...]:
    from pipeline.reader import Wanted

    found = list(Wanted.__init__.__defaults__ or ())
    found[found.index(next(d for d in found if isinstance(d, int) and not isinstance(d, bool) and d < 1 << 20))] = (
        batch_rows
    )
    return tuple(found)


def test_split_sources_leave_the_records_bytes_alone(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows(40))
    path = config(tmp_path)
    run(path)
    whole = {k: v for k, v in hashes(tmp_path / "out").items() if k.startswith("data/")}
    write_jsonl(tmp_path / "in/a.jsonl", rows(40)[:13])
    write_jsonl(tmp_path / "in/b.jsonl", rows(40)[13:])
    run(path, fresh=True)
    assert {k: v for k, v in hashes(tmp_path / "out").items() if k.startswith("data/")} == whole


anything = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "\u00a0", "nan", "None", "null", "license", "unknown", "NOASSERTION", "CC BYC", "CC BY style"]
    ),
    st.text(max_size=20).filter(lambda t: not any(w in t.lower() for w in ("cc", "mit", "0", "pd", "isc"))),
    st.lists(st.nothing(), max_size=0),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.builds(
        lambda tail: f"CC BY {tail}", st.sampled_from(["-NC", "ish", "except on Sundays", "no AI training", "?"])
    ),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(anything, min_size=1, max_size=25))
def test_what_is_not_understood_is_never_kept(tmp_path: Path, values: list[object]) -> None:
    write_jsonl(
        tmp_path / "in/a.jsonl",
        [{"id": str(i), "text": f"Ein eigener Satz Nummer {i}.", "license": value} for i, value in enumerate(values)],
    )
    assert run(config(tmp_path), fresh=True).run["records"]["kept"] == 0


def test_a_config_without_a_block_never_keeps_more(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    path = config(tmp_path)
    full = run(path).run["records"]["kept"]
    lines = Path(path).read_text("utf-8").splitlines(keepends=True)
    starts = [i for i, line in enumerate(lines) if line[:1].isalpha()]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        Path(path).write_text("".join(lines[:start] + lines[stop:]), "utf-8")
        try:
            assert run(path, fresh=True).run["records"]["kept"] <= full
        except ReinschriftError as error:
            assert error.code == 2


def test_limit_reads_so_many_records_and_marks_a_sample(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    outcome = run(config(tmp_path), limit=25, unit_bytes=3000)
    assert outcome.run["records"]["read"] == 25 and outcome.run["sample"]
    assert [row["id"] for row in decisions(tmp_path / "out")] == [f"r{i}" for i in range(25)]


def test_a_changed_input_is_never_mixed_with_what_was_surveyed(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    path = config(tmp_path)

    def change(phase: str, done: int, total: int, count: int) -> None:
        if phase == "release" and done == 0:
            write_jsonl(tmp_path / "in/a.jsonl", rows(81))

    with pytest.raises(ReinschriftError, match=r"a\.jsonl"):
        run(path, progress=change)
    assert not (tmp_path / "out").exists()


def test_a_second_run_in_the_same_place_is_told_so(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    path = config(tmp_path)

    def again(phase: str, done: int, total: int, count: int) -> None:
        if phase == "survey" and done == 0:
            with pytest.raises(WorkError, match="another run"):
                run(path)

    run(path, progress=again)
    assert plan.load(tmp_path / "out.work") is None and not (tmp_path / "out.work").exists()


def test_second_of_a_key_is_refused_and_ids_stay_data(tmp_path: Path) -> None:
    ids = ["a", "../../etc/passwd", "\u202eabc", "a", 7, "7"]
    write_jsonl(
        tmp_path / "in/a.jsonl",
        [{"id": i, "text": t, "license": "CC0-1.0"} for i, t in zip(ids, texts(6), strict=True)],
    )
    run(config(tmp_path, policy=POLICY))
    found = [(row["id"], row["reason"]) for row in decisions(tmp_path / "out")]
    assert [r for _, r in found] == ["keep", "keep", "keep", "input.duplicate-id", "keep", "input.duplicate-id"]
    assert [i for i, _ in found] == ["a", "../../etc/passwd", "\u202eabc", "a", "7", "7"]


def test_an_engine_that_is_not_there_is_refused_not_replaced(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows(3))
    with pytest.raises(ReinschriftError, match=r"engine\.kind: ray"):
        pipeline.run(config(tmp_path, more="engine: {kind: ray, workers: 2}\n"))
    assert not (tmp_path / "out").exists()
