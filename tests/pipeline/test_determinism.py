"""The same inputs give the same bytes, however they are cut, in whatever surroundings."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.engines import Inline, Local
from pipeline.reader import Wanted
from tests.corpora import config, hashes, texts, write_jsonl

LICENSES = ["CC0-1.0", "CC-BY-4.0", None, "CC-BY-NC-4.0"]
STAGES = "[{stage: length, min_characters: 5}, {stage: dedup, near: 0.8}]"


def rows() -> list[dict[str, object]]:
    """Distinct, equal and nearly equal texts."""
    made = texts(40, words=40)
    found: list[dict[str, object]] = [
        {"id": f"r{i}", "text": text, "license": LICENSES[i % 4]} for i, text in enumerate(made)
    ]
    found += [{"id": f"same{i}", "text": made[i], "license": "CC-BY-4.0"} for i in range(0, 40, 7)]
    found += [{"id": f"near{i}", "text": made[i] + " Ende", "license": "CC0-1.0"} for i in range(0, 40, 5)]
    random.Random(3).shuffle(found)
    return found


def data(found: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name.startswith("data/")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with one input file, and the hashes of its release."""
    folder = tmp_path_factory.mktemp("whole")
    write_jsonl(folder / "in/all.jsonl", rows())
    pipeline.run(config(folder, stages=STAGES), engine=Inline())
    found = hashes(folder / "out")
    return folder, found


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.sets(st.integers(1, 53), max_size=4),
    unit_bytes=st.integers(300, 30_000),
    batch_rows=st.sampled_from([1, 2, 7, 8192]),
    partition_rows=st.sampled_from([10, 50, 1_000_000]),
)
def test_no_cut_of_files_units_batches_or_keys_changes_a_byte(
    whole: tuple[Path, dict[str, str]], cuts: set[int], unit_bytes: int, batch_rows: int, partition_rows: int
) -> None:
    folder, want = whole
    wanted = lambda **given: Wanted(**given, batch_rows=batch_rows)  # noqa: E731
    path = config(folder, stages=STAGES)
    with patch("pipeline.job.Wanted", wanted), patch("pipeline.gather.PARTITION_ROWS", partition_rows):
        pipeline.run(path, engine=Inline(), unit_bytes=unit_bytes, fresh=True)
        assert hashes(folder / "out") == want
        edges = [0, *sorted(cuts), len(rows())]
        for number, (start, stop) in enumerate(itertools.pairwise(edges)):
            write_jsonl(folder / f"cut/{number}.jsonl", rows()[start:stop])
        path = config(folder, path="cut/*.jsonl", stages=STAGES, out="cut/out")
        pipeline.run(path, engine=Inline(), unit_bytes=unit_bytes)
    found = hashes(folder / "cut/out")
    shutil.rmtree(folder / "cut")
    assert data(found) == data(want)  # locators in decisions/ name the files


@pytest.mark.parametrize("workers", [1, 5])
def test_no_number_of_workers_changes_a_byte(whole: tuple[Path, dict[str, str]], workers: int) -> None:
    folder, want = whole
    path = config(folder, stages=STAGES, out=f"workers-{workers}")
    pipeline.run(path, engine=Local(workers), unit_bytes=4000)
    assert hashes(folder / f"workers-{workers}") == want


def test_the_order_in_which_a_pattern_finds_its_files_changes_nothing(tmp_path: Path) -> None:
    for number in range(6):
        write_jsonl(tmp_path / f"in/{number}.jsonl", rows()[number * 9 : number * 9 + 9])
    path = config(tmp_path, stages=STAGES)
    pipeline.run(path, engine=Inline())
    want, found = hashes(tmp_path / "out"), os.listdir
    for seed in range(2):

        def shuffled(*given: Any, seed: int = seed, **named: Any) -> list[str]:
            return random.Random(seed).sample(files := found(*given, **named), len(files))

        with patch("os.listdir", shuffled):
            pipeline.run(path, engine=Inline(), fresh=True)
        assert hashes(tmp_path / "out") == want


def test_time_zone_locale_hash_seed_and_workers_change_nothing(whole: tuple[Path, dict[str, str]]) -> None:
    folder, want = whole
    path = config(folder, stages=STAGES, out="elsewhere")
    env = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "C", "PYTHONHASHSEED": "7"}
    code = "import pipeline.plan as p; p.UNIT_BYTES = 9000; from pipeline.cli import main; main()"
    env["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    command = [sys.executable, "-c", code, "run", path, "--workers", "2"]
    subprocess.run(command, env=env, check=True, capture_output=True)
    assert hashes(folder / "elsewhere") == want
