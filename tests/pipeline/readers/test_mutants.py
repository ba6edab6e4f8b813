"""Small valid files, damaged at random: no reader fails, loses a place or puts a text beside another's words."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipeline.reader import Wanted
from tests.reading import read_rows

COUNT = 24
MARKS = [f"{random.Random(i).getrandbits(32):08x}" for i in range(COUNT)]  # no flipped bit makes one of another
ROWS = [
    {"id": f"id{mark}", "text": f"Text{mark} über {'Wort ' * (i % 7)}", "license": f"L{mark}", "author": "A"}
    for i, mark in enumerate(MARKS)
]
WANTED = Wanted(evidence=("license",), batch_rows=5)
# What parsers stumble over.
WORDS = [
    b'"', b"\n", b"\r", b"\0", b"\\", b"\\u", b"\\ud83d", b"{", b"}", b"[", b",", b":", b"\xff", b"\xef\xbb\xbf",
    b"\xc3", b"NaN", b"null", b'"text"', b'"id":1,', b"\xe2\x80\xa8", b"---\n", b"&a", b"*a", b"<!ENTITY", b"&#55296;",
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"PAR1", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\xed\xa0\x80", b"9" * 50,
]  # fmt: skip


def lines(ascii_only: bool = False) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in ROWS).encode()


def table(**options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), out, row_group_size=8, **options)
    return out.getvalue()


def rows_of_csv() -> bytes:
    values = (",".join(f'"{value}"' if i % 5 else value for value in row.values()) for i, row in enumerate(ROWS))
    return ("id,text,license,author\n" + "\n".join(values) + "\n").encode()


def members() -> list[tuple[str, bytes]]:
    edge = lines().index(b"\n", len(lines()) // 2) + 1
    return [("a.jsonl", lines()[:edge]), ("tief/ä.jsonl", lines()[edge:])]


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members():
            archive.writestr(name, data)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


HEAD = b"---\nid: x\nlicense: L\ntags: [a, &b 1, *b]\n---\n# Titel\n\nText\n"
PAGE = b"<!doctype html><html lang=de><meta name=author content=A><body><p>Text &auml;</p></body></html>"
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a.jsonl": ("jsonl", lines),
    "e.jsonl": ("jsonl", lambda: lines(ascii_only=True)),
    "a.jsonl.gz": ("jsonl", lambda: b"".join(map(gzip.compress, lines().splitlines(keepends=True)))),
    "a.jsonl.zst": ("jsonl", lambda: zstandard.ZstdCompressor(write_checksum=True).compress(lines())),
    "a.zip": ("jsonl", zipped),
    "a.tar": ("jsonl", tarred),
    "a.tar.gz": ("jsonl", lambda: gzip.compress(tarred())),
    "a.csv": ("csv", rows_of_csv),
    "a.csv.gz": ("csv", lambda: gzip.compress(rows_of_csv())),
    "a.parquet": ("parquet", lambda: table(compression="zstd", write_page_checksum=True)),
    "b.parquet": ("parquet", lambda: table(compression="snappy", data_page_version="2.0", data_page_size=64)),
    "a.md": ("folder", lambda: HEAD),
    "a.md.gz": ("folder", lambda: gzip.compress(HEAD)),
    "a.html": ("folder", lambda: PAGE),
}


def damaged(made: random.Random, whole: bytes) -> tuple[bytes, bool]:
    """The bytes with one to four changes; whether each is so small that it joins no two records."""
    data, small = bytearray(whole), True
    for _ in range(made.choice([1, 1, 1, 2, 4])):
        at = made.randrange(len(data) or 1)
        match made.randrange(8):
            case 0 | 1 if data:
                data[at] ^= 1 << made.randrange(8)
            case 2:
                data[at:at] = made.choice(WORDS)
            case 3:
                del data[at:]
            case 4:
                del data[at : at + made.randrange(1, 40)]
                small = False
            case 5:
                data[at:at] = data[at : at + made.randrange(1, 200)]
                small = False
            case 6:
                word = made.choice(WORDS)
                data[at : at + len(word)] = word
                small = small and len(word) < 4
            case _:
                size = made.choice([2, 4, 8])
                number = made.choice([0, 1, 255, 1 << 15, (1 << 31) - 1, (1 << 32) - 1, (1 << 63) - 1]) % 256**size
                data[at : at + size] = number.to_bytes(size, "little")
    return bytes(data), small


def places(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["file"], row["row"], row.get("problem"), row.get("text"), row.get("raw")) for row in rows]


@pytest.mark.parametrize("name", FILES)
def test_no_damage_breaks_a_reader_or_mixes_records(tmp_path: Path, name: str) -> None:
    """`read_rows` holds every row to the schema, to one of the reader's codes and to a detail that says why."""
    reader, make = FILES[name]
    whole, path = make(), tmp_path / name
    for seed in range(25):
        data, small = damaged(random.Random(f"{name} {seed}"), whole)
        path.write_bytes(data)
        rows = read_rows(reader, path, WANTED)
        found = places(rows)
        assert len({(file, row) for file, row, *_ in found}) == len(found), f"seed {seed}: one place twice"
        assert places(read_rows(reader, path, WANTED, target=300)) == found, f"seed {seed}: units change what is read"
        # As a release reads: the texts alone. What else is wrong with a row it need not see.
        again = {row[:2]: row[3:] for row in places(read_rows(reader, path, Wanted(only=("text",))))}
        for place in found:
            assert place[2] is not None or again[place[:2]] == place[3:], f"seed {seed}: another text at {place[1]}"
        for row in rows if small and reader != "folder" else []:
            words = " ".join(str(row.get(key)) for key in ("id", "text", "ev:license"))
            assert "problem" in row or len({*re.findall("[0-9a-f]{8}", words)} & {*MARKS}) < 2, f"seed {seed}: {words}"
