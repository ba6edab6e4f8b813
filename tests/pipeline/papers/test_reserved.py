"""What was reserved since: newer captures name the records to take out, and only those."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from licenses.model import Policy
from pipeline.errors import InputError
from pipeline.papers.reserved import removal_list, reserved


def release(folder: Path) -> Path:
    rows = {
        "a": "https://offen.example/1", "b": "https://zu.example/1", "c": "https://zu.example/frei/1",
        "d": "https://weg.example/1", "e": None, "f": "https://wieder.example/1", "g": "https://zu.example/1",
    }  # fmt: skip
    (folder / "out/data").mkdir(parents=True)
    table = pa.table(
        {"id": list(rows), "source": ["s"] * len(rows), "url": list(rows.values()), "text": ["x"] * len(rows)}
    )
    pq.write_table(table, folder / "out/data/train-00000-of-00001.parquet")
    return folder / "out"


def capture(folder: Path, name: str, content: str) -> None:
    path = folder / "captures" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")


def test_newest_capture_decides(tmp_path: Path) -> None:
    out = release(tmp_path)
    shut = "User-agent: CCBot\nDisallow: /\nAllow: /frei/\n"
    capture(tmp_path, "offen.example/2026-10-01/robots.txt", "User-agent: *\nAllow: /\n")
    capture(tmp_path, "zu.example/2024-01-01/robots.txt", "User-agent: *\nAllow: /\n")
    capture(tmp_path, "zu.example/2026-10-01/robots.txt", shut)
    capture(tmp_path, "weg.example/2026-10-01/robots.txt.status", "503")  # down today: no opt-out
    capture(tmp_path, "wieder.example/2024-01-01/robots.txt", shut)
    capture(tmp_path, "wieder.example/2026-10-01/robots.txt", "User-agent: *\nAllow: /\n")
    found = list(reserved(out, str(tmp_path / "captures"), Policy()))
    assert [one.id for one in found] == ["b", "g"]
    assert {signal.seen for one in found for signal in one.signals} == {"2026-10-01"}
    assert list(removal_list(iter(found))) == ["https://zu.example/1\n"]
    narrow = Policy(robots_agents=("own", "star"))
    assert not list(reserved(out, str(tmp_path / "captures"), narrow))


def test_missing_captures_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        list(reserved(release(tmp_path), str(tmp_path / "nothing"), Policy()))
