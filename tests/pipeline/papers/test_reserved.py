"""What was reserved since: newer captures name the records to take out, and only those."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from licenses.model import Policy
from pipeline import lists
from pipeline.errors import InputError
from pipeline.papers.reserved import removal_list, reserved
from pipeline.record import FINGERPRINT


def release(folder: Path) -> Path:
    rows = {
        "a": "https://offen.example/1", "b": "https://zu.example/1", "c": "https://zu.example/frei/1",
        "d": "https://weg.example/1", "e": None, "f": "https://wieder.example/1", "g": "https://zu.example/1",
        "h": "https://zu.example/\nhost:offen.example",
    }  # fmt: skip
    (folder / "out/data").mkdir(parents=True)
    table = pa.table(
        {
            "id": list(rows),
            "source": ["s"] * len(rows),
            "url": list(rows.values()),
            "fingerprint": pa.array([{"hi": n, "lo": 2**64 - 1 - n} for n in range(len(rows))], FINGERPRINT),
        }
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
    assert [one.id for one in found] == ["b", "g", "h"]
    assert {signal.seen for one in found for signal in one.signals} == {"2026-10-01"}
    listed = tmp_path / "list.csv"
    listed.write_text("".join(removal_list(found, "2026-11-24")), "utf-8")
    read = lists.load([str(listed)])
    assert read.dated == ("2026-11-24",)
    assert read.entries["url"] == {"https://zu.example/1"}
    assert read.entries["fingerprint"] == {f"{7:016x}fffffffffffffff8"}  # the address would have been two entries
    assert not read.entries["host"] and not read.entries["id"]
    assert listed.read_text("utf-8").count("https://zu.example/1,robots,") == 1
    narrow = Policy(robots_agents=("own", "star"))
    assert not list(reserved(out, str(tmp_path / "captures"), narrow))


def test_missing_captures_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        list(reserved(release(tmp_path), str(tmp_path / "nothing"), Policy()))
