"""A full disk, a read-only one, and jobs that change between a stop and the next try: the right bytes, or told so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import pipeline
from pipeline.engines import Inline
from pipeline.errors import WorkError
from tests.corpora import hashes
from tests.endurance.faults import small_disk
from tests.endurance.job import corpus

UNIT_BYTES = 30_000


def run(path: str, **given: object) -> dict[str, str]:
    """Hashes of the release, which is moved away."""
    pipeline.run(path, engine=Inline(), unit_bytes=UNIT_BYTES, **given)  # type: ignore[arg-type]
    out = Path(Path(path).read_text("utf-8").split('output: {path: "')[1].split('"')[0])
    found = hashes(out)
    out.rename(out.with_name(f"was-{len(list(out.parent.iterdir()))}"))
    return found


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    path = corpus(tmp_path_factory.mktemp("quiet"), 200)
    return path, run(path)


def elsewhere(path: str, folder: Path) -> str:
    """The same job with its output on the disk below `folder`."""
    there = folder / "config.yaml"
    text = Path(path).read_text("utf-8")
    there.write_text(text.replace(f'"{Path(path).parent}/out"', f'"{folder}/disk/out"'), "utf-8")
    return str(there)


def test_a_full_disk_is_told_and_the_run_goes_on_once_there_is_room(
    tmp_path: Path, quiet: tuple[str, dict[str, str]]
) -> None:
    path, want = quiet
    for size in ("50k", "200k"):
        folder = tmp_path / size
        with small_disk(folder, size) as again:
            there = elsewhere(path, folder)
            with pytest.raises(WorkError, match="no space left on the disk; free some, then run the same command"):
                run(there)
            assert not (folder / "disk/out").exists()
            again("size=50m")
            assert run(there) == want


def test_a_read_only_disk_is_told_and_the_run_goes_on_once_it_is_writable(
    tmp_path: Path, quiet: tuple[str, dict[str, str]]
) -> None:
    path, want = quiet
    with small_disk(tmp_path, "50m") as again:
        there = elsewhere(path, tmp_path)
        again("ro")
        with pytest.raises(WorkError, match=r"disk/out.*read-only; make it writable, then run the same command"):
            run(there)
        again("rw")
        assert run(there) == want


def stop(phase: str) -> Callable[[str, int, int, int], None]:
    """Ends a run at the second piece of a phase, as Ctrl-C does."""

    def progress(now: str, done: int, total: int, rows: int) -> None:
        if now == phase and done == min(2, total):
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("phase", ["survey", "verdicts", "release"])
@pytest.mark.parametrize("what", ["config", "input"])
def test_what_changed_after_a_stop_is_another_job(
    tmp_path: Path, quiet: tuple[str, dict[str, str]], what: str, phase: str
) -> None:
    path = corpus(tmp_path, 200)
    with pytest.raises(KeyboardInterrupt):
        run(path, progress=stop(phase))
    assert not (tmp_path / "out").exists() and list((tmp_path / "out.work").glob("*/plan.json"))
    config, source = tmp_path / "config.yaml", tmp_path / "in/b.jsonl"
    if what == "config":
        config.write_text(config.read_text("utf-8").replace("min_characters: 5", "min_characters: 340"), "utf-8")
    else:
        source.write_text(source.read_text("utf-8").replace("Haus", "Dach"), "utf-8")
    got = run(path)
    assert got == run(path) != quiet[1]  # as nobody had stopped it
    assert not (tmp_path / "out.work").exists()
