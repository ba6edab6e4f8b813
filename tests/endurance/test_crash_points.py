"""The n-th write, sync or rename fails: the same command then makes the same bytes; nothing half is visible."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import commit
from pipeline.engines import Engine, Inline, Local
from pipeline.errors import ReinschriftError
from tests.corpora import config, hashes, texts, write_jsonl

OPERATIONS = ("write", "sync", "rename")
SHORT = int(os.environ.get("REINSCHRIFT_CRASH_POINTS", "4"))  # points of each operation; 0: every one


@contextmanager
def failing(operation: str | None, number: int, code: int, forever: bool = False) -> Iterator[dict[str, int]]:
    """Lets the `number`-th call (from 0) of an operation fail, and with `forever` every call of any after it."""
    counts, real, dead = dict.fromkeys(OPERATIONS, 0), {name: getattr(commit, name) for name in OPERATIONS}, False

    def shim(name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            nonlocal dead
            at, counts[name] = counts[name], counts[name] + 1
            if dead or (name == operation and at == number):
                dead = forever
                if name == "write" and isinstance(arguments[1], bytes | memoryview):
                    real[name](arguments[0], arguments[1][: len(arguments[1]) // 2])  # torn
                raise OSError(code, os.strerror(code))
            return real[name](*arguments)

        return call

    for name in OPERATIONS:
        setattr(commit, name, shim(name))
    try:
        yield counts
    finally:
        for name in OPERATIONS:
            setattr(commit, name, real[name])


def corpus(folder: Path) -> str:
    rows = [
        {"id": f"r{i}", "text": t, "license": ["CC0-1.0", "CC-BY-NC-4.0", None][i % 3]} for i, t in enumerate(texts(30))
    ]
    write_jsonl(folder / "in/a.jsonl", rows[:20])
    write_jsonl(folder / "in/b.jsonl", [*rows[20:], {**rows[0], "id": "again"}, "{broken"])
    return config(folder, stages="[{stage: dedup}]")


def run(path: str, engine: Engine | None = None) -> None:
    pipeline.run(path, engine=engine or Inline(), unit_bytes=3000)


def points(count: int) -> list[int]:
    """All of them, or some that are spread over the run with the first and the last."""
    if not SHORT or count <= SHORT:
        return list(range(count))
    return sorted({round(i * (count - 1) / (SHORT - 1)) for i in range(SHORT)})


def test_the_same_bytes_after_any_failed_write_sync_or_rename(tmp_path: Path) -> None:
    path, out = corpus(tmp_path), tmp_path / "out"
    with failing(None, 0, 0) as counts:
        run(path)
    want = hashes(out)
    assert len(want) >= 2 and all(counts.values())
    out.rename(tmp_path / "quiet")
    tried = 0
    for operation, count in counts.items():
        for number in points(count):
            code, forever = (errno.EIO, errno.ENOSPC)[number % 2], number % 3 == 0
            told = None
            with failing(operation, number, code, forever=forever):
                try:
                    run(path)
                except (ReinschriftError, OSError) as error:
                    told = str(error)
            if told is None:  # what failed once was tried again, and the run went on to its end
                assert code == errno.EIO and not forever and out.exists(), (operation, number)
            if told is not None and code == errno.ENOSPC:
                assert "no space left" in told and "run the same command again" in told
            if out.exists():  # only the last step of all can fail after the release became visible: it is whole then
                assert hashes(out) == want, (operation, number)
            tried += 1
            run(path, Local(2) if tried % max(SHORT, 10) == 0 else None)
            assert hashes(out) == want, (operation, number)
            assert not (tmp_path / "out.work").exists(), (operation, number)
            assert {p.name for p in (tmp_path / "quiet").iterdir()} == {p.name for p in out.iterdir()}
            commit.remove(out)
    print(f"{tried} crash points")


def test_over_an_older_release_either_the_old_or_the_new_one_stands(tmp_path: Path) -> None:
    path, out = corpus(tmp_path), tmp_path / "out"
    run(path)
    old = hashes(out)
    Path(path).write_text(Path(path).read_text("utf-8").replace("commercial-use]", "making-available]"), "utf-8")
    with failing(None, 0, 0) as counts:
        pipeline.run(path, engine=Inline(), unit_bytes=3000, fresh=True)
    new = hashes(out)
    for number in range(counts["rename"] - 3, counts["rename"]):
        commit.remove(out)
        (tmp_path / "out.1").rename(out)
        with (
            failing("rename", number, errno.EIO),
            pytest.raises(ReinschriftError, match="input/output error; see to it, then run the same command again"),
        ):
            pipeline.run(path, engine=Inline(), unit_bytes=3000, fresh=True)
        assert not out.exists() or hashes(out) in (old, new)
        assert hashes(out if out.exists() else tmp_path / "out.1") == old
        run(path)  # without --fresh: it goes on where it stopped
        assert hashes(out) == new and hashes(tmp_path / "out.1") == old
