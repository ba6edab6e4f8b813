"""Bad records and files that disagree, in a whole run: each has its reason and place, the others their verdicts."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline
from pipeline.engines import Inline
from pipeline.errors import QuarantineError
from pipeline.survey import Survey
from pipeline.texts import MOST
from tests import corpora
from tests.corpora import HEAD, POLICY, config, decisions, kept

GOOD = '{"id": "g%d", "text": "Ein guter Satz, der Nummer %d.", "license": "CC0-1.0"}'
BAD: list[tuple[bytes, str]] = [
    (b"Kein JSON", "input.not-json"),
    (b'{"text": "offen', "input.not-json"),
    (b"[1, 2]", "input.not-object"),
    (b'{"text": "x", "score": NaN}', "input.not-json"),
    (b'{"text": "x", "license": "CC-BY-NC-4.0", "license": "CC0-1.0"}', "input.duplicate-key"),
    (b'{"text": 5, "license": "CC0-1.0"}', "input.wrong-type"),
    (b'{"text": "x", "license": 5}', "input.wrong-type"),
    (b'{"text": null, "license": "CC0-1.0"}', "input.no-text"),
    (b'{"text": "Stra\xdfe", "license": "CC0-1.0"}', "input.encoding"),
    (b'{"text": "\\ud800", "license": "CC0-1.0"}', "input.lone-surrogate"),
    (b'{"text": "vor\x00nach", "license": "CC0-1.0"}', "input.not-json"),
    (b'{"text": "x", "y": ' + b"[" * 100_000, "input.too-deep"),
    (b'{"id": "g0", "text": "Noch einmal.", "license": "CC0-1.0"}', "input.duplicate-id"),
]


@pytest.mark.parametrize("unit_bytes", [1 << 20, 400])
def test_every_bad_line_is_a_row_with_its_line_and_nothing_around_it_is_lost(tmp_path: Path, unit_bytes: int) -> None:
    """Lines are counted from the file's start, blank ones too, wherever units begin; CRLF, no newline at the end."""
    lines, want = [b"\xef\xbb\xbf" + GOOD.encode() % (0, 0), b""], {}
    for number, (line, reason) in enumerate(BAD, 1):
        lines.append(line)
        want[len(lines)] = reason
        lines += [b"   ", GOOD.encode() % (number, number)]
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jsonl").write_bytes(b"\r\n".join(lines))
    outcome = pipeline.run(config(tmp_path), engine=Inline(), unit_bytes=unit_bytes)
    rows = decisions(tmp_path / "out")
    place = f"{tmp_path}/in/a.jsonl:"
    assert {int(r["locator"].removeprefix(place)): r["reason"] for r in rows if r["reason"] != "keep"} == want
    assert sorted(row["id"] for row in kept(tmp_path / "out")) == sorted(f"g{i}" for i in range(len(BAD) + 1))
    assert outcome.run["records"] == {"read": 2 * len(BAD) + 1, "kept": len(BAD) + 1, "review": 0, "refused": len(BAD)}


def test_files_that_disagree_about_their_columns_give_one_schema_and_drop_nobody(tmp_path: Path) -> None:
    """The licence is missing in one file, a list in another, a number in a third; authors appear late."""
    parts: list[dict[str, Any]] = [
        {"id": ["a"], "text": ["Satz der ersten Datei."]},
        {"id": ["b"], "text": ["Satz der zweiten Datei."], "license": ["CC-BY-4.0"], "author": pa.nulls(1)},
        {"license": [["CC0-1.0"]], "text": ["Satz der dritten Datei."], "id": ["c"], "author": ["N. Muster"]},
        {"id": [4], "text": [b"Satz der vierten Datei."], "license": ["CC0-1.0"], "extra": [1.5]},
        {"id": ["e"], "text": ["Satz der letzten Datei."], "license": [5]},
    ]
    for number, columns in enumerate(parts):
        pq.write_table(pa.table(columns), tmp_path / f"{number}.parquet")
    path = tmp_path / "config.yaml"
    path.write_text(
        f"""{HEAD}sources:
  - {{name: s, reader: parquet, path: "{tmp_path}/*.parquet", evidence: [{{from: column, column: license}}]}}
{POLICY}stages: []
output: {{path: "{tmp_path}/out", file_bytes: 1000000}}
""",
        "utf-8",
    )
    pipeline.run(str(path), engine=Inline())
    found = {row["id"]: (row["reason"], row["locator"].rpartition("/")[2]) for row in decisions(tmp_path / "out")}
    assert found == {
        "a": ("license.missing", "0.parquet:1"),
        "b": ("keep", "1.parquet:1"),
        "c": ("keep", "2.parquet:1"),
        "4": ("keep", "3.parquet:1"),
        "e": ("input.wrong-type", "4.parquet:1"),
    }
    assert {row["id"]: row["author"] for row in kept(tmp_path / "out")} == {"b": None, "c": "N. Muster", "4": None}
    schemas = {pq.read_schema(file) for part in ("data", "decisions") for file in (tmp_path / f"out/{part}").rglob("*")
               if file.suffix == ".parquet"}  # fmt: skip
    assert len(schemas) == 2 and not any(pa.types.is_null(field.type) for schema in schemas for field in schema)


def written_over(path: Path) -> None:
    """Other texts of other lengths, and not a byte more; as if nobody had touched the file since."""
    before, data = path.stat(), path.read_bytes()
    path.write_bytes(data.replace(b"guter Satz", b"Satz")[: len(data)].ljust(len(data), b"\n"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"id": "new", "text": "Neu.", "license": "CC0-1.0"}\n')


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (written_over, r"a\.jsonl: holds other texts than .* although size and time .* with --fresh"),
        (grown, r"a\.jsonl: changed while this run worked on it; run the same command again"),
        (Path.unlink, r"a\.jsonl: is gone since this run began; put it back and run the same command again"),
    ],
)
def test_no_text_goes_out_under_the_receipt_of_another(
    tmp_path: Path, change: Callable[[Path], None], told: str
) -> None:
    """The file is another one when its texts are read for the second time."""
    (tmp_path / "in").mkdir()
    source = tmp_path / "in/a.jsonl"
    source.write_bytes(b"".join(GOOD.encode() % (i, i) + b"\n" for i in range(20)))
    path = config(tmp_path)

    def progress(phase: str, done: int, total: int, rows: int) -> None:
        if phase == "survey" and done == total:
            change(source)

    with pytest.raises(QuarantineError, match=told):
        pipeline.run(path, engine=Inline(), progress=progress)
    assert not (tmp_path / "out").exists()
    if source.exists():
        pipeline.run(path, engine=Inline(), fresh=True)
        assert [row["text"] for row in kept(tmp_path / "out")] == [
            json.loads(line)["text"] for line in source.read_bytes().splitlines() if line
        ]


def test_a_file_that_grows_while_it_is_surveyed_is_not_taken_for_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    source = tmp_path / "in/a.jsonl"
    source.write_bytes(GOOD.replace("CC0-1.0", "CC-BY-NC-4.0").encode() % (1, 1) + b"\n")  # nothing to read again
    frame = Survey.frame

    def slow(self: Survey, *given: Any) -> Any:
        grown(source)
        return frame(self, *given)

    monkeypatch.setattr(Survey, "frame", slow)
    with pytest.raises(QuarantineError, match=r"a\.jsonl: changed"):
        pipeline.run(config(tmp_path), engine=Inline())


def test_a_part_that_was_lost_moves_no_text(tmp_path: Path) -> None:
    """Of a damaged licence column no row is believed, while the texts beside it could still be read: the texts of the
    rows after it stay with their receipts, in the release and where near copies are compared."""
    texts = corpora.texts(40, words=60)
    rows: dict[str, Any] = {
        "id": [f"r{i}" for i in range(40)],
        "text": texts,
        "license": [f"CC0-1.0{' ' * i}" for i in range(40)],
    }
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table(rows), path, row_group_size=10, compression="none", use_dictionary=False, write_page_checksum=True
    )
    column = pq.ParquetFile(path).metadata.row_group(1).column(2)
    data = bytearray(path.read_bytes())
    data[column.data_page_offset + column.total_compressed_size - 5] ^= 0xFF
    path.write_bytes(data)
    near = {"id": ["copy"], "text": [texts[35] + " Ende"], "license": ["CC0-1.0"]}
    pq.write_table(pa.table(near), tmp_path / "b.parquet")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("1.csv", "id,text,license,license\n" + "x,Niemand weiß es.,CC0-1.0,CC0-1.0\n" * 3)
        archive.writestr("2.csv", "id,text,license\nlast,Dies ist der letzte Text.,CC0-1.0\n")
    where = "evidence: [{from: column, column: license}]"
    config = tmp_path / "config.yaml"
    config.write_text(
        f"""{HEAD}sources:
  - {{name: p, reader: parquet, path: "{tmp_path}/*.parquet", {where}}}
  - {{name: c, reader: csv, path: "{tmp_path}/c.zip", {where}}}
{POLICY}stages: [{{stage: dedup, near: 0.8}}]
output: {{path: "{tmp_path}/out"}}
""",
        "utf-8",
    )
    for most in (MOST, 3):  # rows read by their numbers, and whole units
        with patch("pipeline.texts.MOST", most):
            pipeline.run(str(config), engine=Inline(), fresh=True)
        found = {row["id"]: row["text"] for row in kept(tmp_path / "out")}
        left = [i for i in range(40) if not 10 <= i < 20 and i != 35]
        others = {"copy": texts[35] + " Ende", "last": "Dies ist der letzte Text."}  # of near copies the longest stays
        assert found == {f"r{i}": texts[i] for i in left} | others
        dropped = {row["id"]: (row["reason"], row["duplicate_of"]) for row in decisions(tmp_path / "out")}
        assert dropped["r35"] == ("duplicate.near", "p:copy")
        lost = [row for row in decisions(tmp_path / "out") if row["stage"] == "input"]
        bad = {row["locator"].rpartition("/")[2]: row["reason"] for row in lost}
        assert bad == {"a.parquet:11": "input.corrupt", "c.zip!1.csv:1": "input.duplicate-key"}
