"""Bad input is a counted reason with file and line or row; what stands around it is read. One test a kind of it."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipeline.errors import InputError
from pipeline.reader import Wanted
from pipeline.readers import _archives, _lines
from tests.reading import faults, read_rows, texts

GOOD = b'{"id": "good", "text": "Ein guter Satz."}\n'


def jsonl(folder: Path, *lines: bytes, name: str = "a.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def one_bad_line(folder: Path, line: bytes, wanted: Wanted | None = None) -> tuple[str, str]:
    """Reason and detail of a line between two good ones, which must be read."""
    rows = read_rows("jsonl", jsonl(folder, GOOD.strip(), line, GOOD.strip()), wanted)
    assert len(texts(rows)) == 2
    [(name, row, code)] = faults(rows)
    assert (name, row) == ("a.jsonl", 2)
    return code, next(row["detail"] for row in rows if "problem" in row)


@pytest.mark.parametrize(
    "line", [b"Kein JSON", b"{'id': 1}", b'{"text": "offen', b'{"text": "a"} {"text": "b"}', b'{"text": "a",}', b"\x00"]
)
def test_not_json(tmp_path: Path, line: bytes) -> None:
    assert one_bad_line(tmp_path, line)[0] == "input.not-json"


@pytest.mark.parametrize("line", [b"[1, 2]", b"5", b'"Text"', b"null", b"true"])
def test_json_that_is_no_object(tmp_path: Path, line: bytes) -> None:
    assert one_bad_line(tmp_path, line)[0] == "input.not-object"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_nan_costs_one_record_and_is_named(tmp_path: Path, word: str) -> None:
    code, detail = one_bad_line(tmp_path, b'{"text": "x", "score": ' + word.encode() + b"}")
    assert code == "input.not-json"
    assert word in detail


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": "a", "license": "NC", "license": "CC0"}',
        b'{"text": "a", "license": "NC", "license": null}',
        b'{"text": "a", "license": "NC", "licens\\u0065": "CC0"}',
        b'{"text": "a", "meta": {"license": "NC", "license": "CC0"}}',
        b'{"text": "a", "meta": {"license": "NC"}, "meta": {}}',
        b'{"text": "a", "text": "b"}',
        b'{"te\\u0078t": "a", "text": "b"}',
    ],
)
def test_a_field_of_ours_that_stands_twice(tmp_path: Path, line: bytes) -> None:
    assert one_bad_line(tmp_path, line, Wanted(evidence=("license", "meta.license")))[0] == "input.duplicate-key"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"id": 1, "id": 2, "text": "vor\x00nach"}', "input.not-json"),
        (b'{"id": 1, "text": "a\x1f", "x": "id", "y": "\\u0069d"}', "input.not-json"),
        (b'{"id": 1, "id": 2, "text": "a", "x": "\xff"}', "input.duplicate-key"),
        (b'{"id": 1, "id": 2, "text": "a", "x": ' + b"9" * 5000 + b"}", "input.duplicate-key"),
    ],
)
def test_a_field_that_stands_twice_beside_another_fault(tmp_path: Path, line: bytes, code: str) -> None:
    assert one_bad_line(tmp_path, line)[0] == code


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": "a", "x": 1, "x": 2}',
        b'{"text": "a", "other": {"text": 1, "license": 2}, "license": "CC0"}',
        b'{"text": "sagt \\"text\\": \\"license\\"", "license": "text"}',
    ],
)
def test_names_that_only_look_doubled_are_read(tmp_path: Path, line: bytes) -> None:
    assert faults(read_rows("jsonl", jsonl(tmp_path, line), Wanted(evidence=("license",)))) == []


@pytest.mark.parametrize(
    "line",
    [b'{"text": 5}', b'{"text": ["a"]}', b'{"text": true}', b'{"text": "a", "id": 1.5}', b'{"text": "a", "id": {}}',
     b'{"text": "a", "url": 7}', b'{"text": "a", "id": true}', b'{"text": "a", "meta": "CC0"}'],
)  # fmt: skip
def test_wrong_types(tmp_path: Path, line: bytes) -> None:
    assert one_bad_line(tmp_path, line, Wanted(evidence=("meta.license",)))[0] == "input.wrong-type"


@pytest.mark.parametrize("line", [b'{"text": null}', b"{}", b'{"text": ""}', b'{"text": " \\t\\n\\u00a0"}'])
def test_null_text(tmp_path: Path, line: bytes) -> None:
    assert one_bad_line(tmp_path, line)[0] == "input.no-text"


def test_invalid_utf8(tmp_path: Path) -> None:
    assert one_bad_line(tmp_path, '{"text": "Straße"}'.encode("latin-1"))[0] == "input.encoding"


@pytest.mark.parametrize("text", [b"\\ud800", b"\\udc00 x", b"a \\ud83d b", b"\\udc00\\ud800"])
def test_lone_surrogates(tmp_path: Path, text: bytes) -> None:
    assert one_bad_line(tmp_path, b'{"text": "' + text + b'"}')[0] == "input.lone-surrogate"


def test_nul_bytes_are_text_and_end_nothing(tmp_path: Path) -> None:
    rows = read_rows(
        "jsonl",
        jsonl(tmp_path, b'{"text": "vor\\u0000nach", "license": "CC0\\u0000-NC"}'),
        Wanted(evidence=("license",)),
    )
    assert rows[0]["text"] == "vor\x00nach"
    assert json.loads(rows[0]["ev:license"]) == "CC0\x00-NC"
    assert one_bad_line(tmp_path, b'{"text": "vor\x00nach"}')[0] == "input.not-json"  # RFC 8259: must be escaped


def test_byte_order_mark_is_no_character_of_the_first_name(tmp_path: Path) -> None:
    assert texts(read_rows("jsonl", jsonl(tmp_path, b'\xef\xbb\xbf{"text": "eins"}', b'{"text": "zwei"}'))) == [
        "eins",
        "zwei",
    ]
    (tmp_path / "a.csv").write_bytes("\ufefftext\neins\n".encode())
    assert texts(read_rows("csv", tmp_path / "a.csv")) == ["eins"]
    (tmp_path / "a.txt").write_bytes("\ufeffeins".encode())
    assert texts(read_rows("folder", tmp_path / "a.txt")) == ["eins"]


def test_crlf_missing_last_newline_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "eins"}\r\n\r\n   \n\n{"text": "f\xfcnf"}\r\n{"text": "sechs"}')
    rows = read_rows("jsonl", path)
    assert [(row["row"], row.get("text")) for row in rows] == [(1, "eins"), (5, None), (6, "sechs")]
    assert faults(rows) == [("a.jsonl", 5, "input.encoding")]


def test_only_lf_ends_a_line(tmp_path: Path) -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    assert texts(
        read_rows(
            "jsonl",
            jsonl(
                tmp_path,
                json.dumps({"text": text}, ensure_ascii=False)
                .replace("\x0b", "\\u000b")
                .replace("\x0c", "\\f")
                .replace("\x1c", "\\u001c")
                .encode(),
            ),
        )
    ) == [text]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_truncated_compression_is_never_taken_as_complete(tmp_path: Path, suffix: str, pack: Any) -> None:
    lines = b"".join(json.dumps({"text": f"Satz {i} {i * 7919 % 1000}"}).encode() + b"\n" for i in range(3000))
    packed = pack(lines)
    for cut in (len(packed) - 1, len(packed) // 2, 5):
        path = tmp_path / f"a.jsonl{suffix}"
        path.write_bytes(packed[:cut])
        rows = read_rows("jsonl", path)
        assert texts(rows) == [f"Satz {i} {i * 7919 % 1000}" for i in range(len(rows) - 1)]
        assert faults(rows) == [(path.name, len(rows), "input.truncated")]
    path.write_bytes(b"")
    assert faults(read_rows("jsonl", path)) == [(path.name, 1, "input.truncated")]


def test_damaged_compression_is_said(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(GOOD * 1000))
    packed[-6] ^= 0xFF  # the checksum
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    rows = read_rows("jsonl", tmp_path / "a.jsonl.gz")
    # What a checksum speaks against is not delivered, but for what was read before the end was seen.
    assert [code for _, _, code in faults(rows)] == ["input.corrupt"]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_concatenated_members_are_read_to_the_end_and_joined_as_bytes(tmp_path: Path, suffix: str, pack: Any) -> None:
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip" if suffix == ".zst" else b""
    raw = GOOD * 3
    (tmp_path / f"a.jsonl{suffix}").write_bytes(pack(raw[:50]) + skippable + pack(raw[50:70]) + pack(raw[70:]))
    assert len(texts(read_rows("jsonl", tmp_path / f"a.jsonl{suffix}"))) == 3


def table(count: int = 300) -> pa.Table:
    return pa.table({"id": [f"r{i}" for i in range(count)], "text": [f"Satz Nummer {i}." for i in range(count)]})


def test_corrupt_row_group(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(table(), path, row_group_size=100, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(1).column(1)
    data[column.dictionary_page_offset + column.total_compressed_size // 2] ^= 0xFF
    path.write_bytes(data)
    rows = read_rows("parquet", path)
    assert [row["id"] for row in rows if "problem" not in row] == [f"r{i}" for i in [*range(100), *range(200, 300)]]
    assert faults(rows) == [("a.parquet", 101, "input.corrupt")]
    assert "rows 101 to 200" in next(row["detail"] for row in rows if "problem" in row)


@pytest.mark.parametrize(
    ("fault", "blamed"),
    [
        (OSError(errno.EIO, "Input/output error"), False),
        (pa.lib.ArrowMemoryError("malloc of size 99 failed"), False),
        (OSError("Couldn't deserialize thrift"), True),
        (OSError(errno.EINVAL, "Invalid argument"), True),
    ],
)
def test_a_failing_disk_is_no_damage_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, blamed: bool
) -> None:
    """Else rows would be refused for good because one machine was short of memory for a moment."""
    pq.write_table(table(), tmp_path / "a.parquet")

    def fails(*_: Any, **__: Any) -> Any:
        raise fault

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", fails)
    if blamed:
        assert faults(read_rows("parquet", tmp_path / "a.parquet")) == [("a.parquet", 1, "input.corrupt")]
    else:
        with pytest.raises(type(fault)):
            read_rows("parquet", tmp_path / "a.parquet")


def test_lying_footer(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(table(), path)
    data = path.read_bytes()
    path.write_bytes(data[:-8] + (len(data) * 2).to_bytes(4, "little") + b"PAR1")
    pq.write_table(table(), tmp_path / "b.parquet")
    rows = read_rows("parquet", tmp_path / "*.parquet")
    assert faults(rows) == [("a.parquet", 1, "input.corrupt")]
    assert len(texts(rows)) == 300
    path.write_bytes(data[: len(data) // 2])  # half uploaded: no footer at all
    assert faults(read_rows("parquet", path)) == [("a.parquet", 1, "input.corrupt")]


def test_empty_files(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        (tmp_path / name).write_bytes(b"")
    assert read_rows("jsonl", tmp_path / "a.jsonl") == []
    assert read_rows("csv", tmp_path / "a.csv") == []
    assert faults(read_rows("parquet", tmp_path / "a.parquet")) == [("a.parquet", 1, "input.corrupt")]


def test_zero_row_parquet_gives_nothing(tmp_path: Path) -> None:
    pq.write_table(table(0), tmp_path / "a.parquet")
    assert read_rows("parquet", tmp_path / "a.parquet") == []


def test_binary_text_columns_are_text_if_they_are_utf8(tmp_path: Path) -> None:
    binary = pa.array([b"Stra\xc3\x9fe", b"Stra\xdfe", None, "Öl".encode()], pa.binary())
    pq.write_table(pa.table({"text": binary, "license": pa.array([b"CC0-1.0"] * 4)}), tmp_path / "a.parquet")
    rows = read_rows("parquet", tmp_path / "a.parquet", Wanted(evidence=("license",)))
    assert texts(rows) == ["Straße", "Öl"]
    assert rows[0]["ev:license"] == '"CC0-1.0"'
    assert faults(rows) == [("a.parquet", 2, "input.encoding"), ("a.parquet", 3, "input.no-text")]


def test_text_that_is_marked_utf8_and_is_not(tmp_path: Path) -> None:
    lying = pa.array([b"gut", b"Stra\xdfe"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": lying}), tmp_path / "a.parquet")
    rows = read_rows("parquet", tmp_path / "a.parquet")
    assert (texts(rows), faults(rows)) == (["gut"], [("a.parquet", 2, "input.encoding")])


@pytest.mark.parametrize("int96", [False, True])
def test_dates_out_of_range_keep_their_date(tmp_path: Path, int96: bool) -> None:
    dates = [dt.datetime(9999, 12, 31, 23, 59, 59), dt.datetime(1000, 1, 1), dt.datetime(2024, 6, 1, 12)]
    columns = {"text": ["a", "b", "c"], "published": pa.array(dates, pa.timestamp("us"))}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", use_deprecated_int96_timestamps=int96, store_schema=False)
    rows = read_rows("parquet", tmp_path / "a.parquet")
    assert [row["published"] for row in rows] == ["9999-12-31T23:59:59", "1000-01-01T00:00:00", "2024-06-01T12:00:00"]


def test_csv_with_stray_quotes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,gut\n2,"offen\n3,"zu"viel\n4,5" Rohr\n5,gut\n6,"nie zu\n7,gut\n')
    rows = read_rows("csv", tmp_path / "a.csv")
    assert texts(rows) == ["gut", '5" Rohr', "gut", "gut"]
    assert faults(rows) == [("a.csv", line, "input.not-csv") for line in (3, 4, 7)]


def test_csv_rows_of_another_width(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,gut\n2\n3,zu,viel\n"4","x,y\n9,CC0\n",z\n5,gut\n')
    rows = read_rows("csv", tmp_path / "a.csv")
    assert texts(rows) == ["gut", "gut"]  # what looks like a row within quotes is text
    assert faults(rows) == [("a.csv", line, "input.not-csv") for line in (3, 4, 5)]


def test_csv_formulas_stay_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n=1+1,=cmd|' /C calc'!A0\n+1,@SUM(A1)\n")
    rows = read_rows("csv", tmp_path / "a.csv")
    assert [(row["id"], row["text"]) for row in rows] == [("=1+1", "=cmd|' /C calc'!A0"), ("+1", "@SUM(A1)")]


def test_csv_nul_encoding_and_multiline(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'id,text\r\n1,vor\x00nach\r\n2,"eins\r\n\r\nzwei, ""drei"""\r\n3,Stra\xdfe\r\n')
    rows = read_rows("csv", tmp_path / "a.csv")
    assert texts(rows) == ["vor\x00nach", 'eins\r\n\r\nzwei, "drei"']
    assert faults(rows) == [("a.csv", 6, "input.encoding")]


def test_csv_without_a_readable_header_gives_no_records(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('"id"x,text\nCC0,Text\n1,gut\n')
    rows = read_rows("csv", tmp_path / "a.csv")
    assert (texts(rows), faults(rows)) == ([], [("a.csv", 1, "input.not-csv")])
    (tmp_path / "a.csv").write_text("id,text,text\n1,a,b\n")
    assert faults(read_rows("csv", tmp_path / "a.csv")) == [("a.csv", 1, "input.duplicate-key")]


def test_a_line_over_the_limit_is_skipped_and_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The limit is a gigabyte; the way past it is the same for a smaller one.
    monkeypatch.setattr(_lines.split, "__kwdefaults__", {"skip": False, "limit": 3 << 20})
    path = jsonl(tmp_path, GOOD.strip(), b'{"text": "' + b"x" * (5 << 20) + b'"}', GOOD.strip())
    for target in (1 << 30, 1 << 20):
        rows = read_rows("jsonl", path, target=target)
        assert (len(texts(rows)), faults(rows)) == (2, [("a.jsonl", 2, "input.too-large")])


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_of_100000_levels(tmp_path: Path, opening: bytes) -> None:
    assert one_bad_line(tmp_path, b'{"text": "a", "x": ' + opening * 100_000)[0] == "input.too-deep"
    assert one_bad_line(tmp_path, b'{"text": "a", "x": ' + b"[" * 300 + b"]" * 300 + b"}")[0] == "input.too-deep"


def test_brackets_within_text_are_no_levels(tmp_path: Path) -> None:
    text = "[" * 1000 + '{"' * 1000
    assert texts(read_rows("jsonl", jsonl(tmp_path, json.dumps({"text": text, "x": text}).encode()))) == [text]


def test_duplicate_ids_are_delivered_as_they_are(tmp_path: Path) -> None:
    """Which of them is a duplicate is only known over the whole corpus; no reader hides one."""
    path = jsonl(
        tmp_path,
        b'{"id": "x", "text": "a"}',
        b'{"id": "x", "text": "b"}',
        b'{"id": 12345678901234567890123, "text": "c"}',
    )
    assert [row["id"] for row in read_rows("jsonl", path)] == ["x", "x", "12345678901234567890123"]


def test_a_column_that_appears_late_or_changes_type_between_files(tmp_path: Path) -> None:
    wanted = Wanted(evidence=("license",), columns={"author": "who"})
    parts: list[dict[str, Any]] = [
        {"text": ["a"]},
        {"text": ["b"], "license": ["CC0-1.0"], "who": pa.nulls(1)},
        {"license": [["CC0-1.0", "MIT"]], "text": ["c"], "who": ["N."]},
        {"text": ["d"], "license": [5], "who": [["X", "Y"]]},
    ]
    for number, columns in enumerate(parts):
        pq.write_table(pa.table(columns), tmp_path / f"{number}.parquet")
    rows = read_rows("parquet", tmp_path / "*.parquet", wanted)
    assert [row.get("ev:license") for row in rows] == [None, '"CC0-1.0"', '["CC0-1.0","MIT"]', "5"]
    assert [row.get("author") for row in rows] == [None, None, "N.", "X; Y"]
    lines = jsonl(
        tmp_path,
        b'{"text": "a"}',
        b'{"text": "b", "license": "CC0-1.0"}',
        b'{"text": "c", "license": ["CC0-1.0", "MIT"]}',
        b'{"text": "d", "license": 5}',
    )
    assert [row.get("ev:license") for row in read_rows("jsonl", lines, wanted)] == [
        row.get("ev:license") for row in rows
    ]


def test_doubled_column_in_parquet(tmp_path: Path) -> None:
    doubled = pa.table([pa.array(["a"]), pa.array(["NC"]), pa.array(["CC0"])], names=["text", "license", "license"])
    pq.write_table(doubled, tmp_path / "a.parquet")
    rows = read_rows("parquet", tmp_path / "a.parquet", Wanted(evidence=("license",)))
    assert faults(rows) == [("a.parquet", 1, "input.duplicate-key")]


@pytest.mark.parametrize("pack", ["gz", "zst", "tar.gz"])
def test_bombs_end_in_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str) -> None:
    monkeypatch.setattr(_archives, "FLOOR", 4 << 20)
    monkeypatch.setattr(_archives, "RATIO", 20)
    lines = GOOD + (b'{"text": "' + b"x" * 1000 + b'"}\n') * 20_000
    if pack == "tar.gz":
        with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
            member = tarfile.TarInfo("a.jsonl")
            member.size = len(lines)
            archive.addfile(member, io.BytesIO(lines))
    else:
        packed = gzip.compress(lines) if pack == "gz" else zstandard.compress(lines)
        (tmp_path / f"a.jsonl.{pack}").write_bytes(packed)
    rows = read_rows("jsonl", tmp_path / f"a*.{pack}")
    assert texts(rows)[0] == "Ein guter Satz."
    assert len(rows) < 5000
    assert {row["problem"] for row in rows if "problem" in row} == {"input.bomb"}


def test_zip_bombs_end_in_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_archives, "FLOOR", 4 << 20)
    monkeypatch.setattr(_archives, "RATIO", 20)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", GOOD)
        archive.writestr("b.jsonl", (b'{"text": "' + b"x" * 1000 + b'"}\n') * 20_000)
    rows = read_rows("jsonl", path)
    assert texts(rows)[0] == "Ein guter Satz."
    assert faults(rows)[-1][2] == "input.bomb"
    monkeypatch.setattr(_archives, "MEMBERS", 1)
    assert faults(read_rows("jsonl", path)) == [("a.zip", 1, "input.bomb")]


def test_yaml_bomb_in_front_matter(tmp_path: Path) -> None:
    levels = "".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    (tmp_path / "a.md").write_text(f"---\na: &a [x, x, x]\n{levels}license: CC0-1.0\n---\nText\n")
    (tmp_path / "b.md").write_text(f"---\na: {'[' * 100_000}\n---\nText\n")
    (tmp_path / "c.md").write_text("---\nlicense: CC0-1.0\n---\nText\n")
    rows = read_rows("folder", tmp_path / "*.md")
    assert faults(rows) == [("a.md", 1, "input.front-matter"), ("b.md", 1, "input.front-matter")]
    assert texts(rows) == ["Text\n"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "\u202egpj.exe", "a\u0000b", "..", "C:\\x", "'; --"]
)
def test_ids_stay_data(tmp_path: Path, name: str) -> None:
    rows = read_rows("jsonl", jsonl(tmp_path, json.dumps({"id": name, "text": "a"}).encode()))
    assert rows[0]["id"] == name


def test_member_names_stay_data(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("../../etc/passwd.jsonl", "/abs.jsonl", "\u202efdp.jsonl"):
            archive.writestr(name, GOOD)
    before = sorted(tmp_path.rglob("*"))
    rows = read_rows("jsonl", tmp_path / "a.zip")
    assert [row["file"].split("!")[1] for row in rows] == ["../../etc/passwd.jsonl", "/abs.jsonl", "\u202efdp.jsonl"]
    assert sorted(tmp_path.rglob("*")) == before


def test_tar_that_breaks_off_or_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("a.jsonl", "b.jsonl"):
            member = tarfile.TarInfo(name)
            member.size = len(GOOD)
            archive.addfile(member, io.BytesIO(GOOD))
    whole = path.read_bytes()
    path.write_bytes(whole[:1024])  # exactly behind the first member: nothing but the end mark is missing
    rows = read_rows("jsonl", path)
    assert (len(texts(rows)), faults(rows)) == (1, [("a.tar", 1, "input.truncated")])
    damaged = bytearray(whole)
    damaged[1024 + 3] ^= 0xFF  # in the second header
    path.write_bytes(damaged)
    rows = read_rows("jsonl", path)
    assert (len(texts(rows)), faults(rows)) == (1, [("a.tar", 1, "input.corrupt")])


def test_a_file_that_changed_since_the_plan_is_named(tmp_path: Path) -> None:
    from pipeline.reader import find
    from pipeline.readers._listing import list_files

    path = jsonl(tmp_path, GOOD.strip())
    reader = find("jsonl")(find("jsonl").Options(), Wanted())
    [unit] = reader.units("s", list_files(str(path), False), 1 << 20)
    path.write_bytes(GOOD * 2)
    with pytest.raises(InputError, match=r"a\.jsonl: changed"):
        list(reader.read(unit))
