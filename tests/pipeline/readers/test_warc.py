"""WARC: pages with where they stand; what is cut, damaged or no page is counted, and what stands behind it is read."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import tracemalloc
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses.model import Document, Policy
from licenses.reservations import look
from pipeline.errors import InputError
from pipeline.reader import Unit, Wanted
from pipeline.readers._captured import Captured
from pipeline.readers._listing import list_files
from pipeline.readers._warc_records import LARGEST, records
from pipeline.readers.warc import Reader

TRIALS = os.environ.get("REINSCHRIFT_TRIALS")
EVERYTHING = Wanted()
HTML = "Content-Type: text/html; charset=utf-8"


def page(number: int) -> bytes:
    return (
        f'<!doctype html><html lang="de"><body><main>Seite {number}: der Hafen am Morgen.</main></body></html>'.encode()
    )


def warc(
    number: int,
    body: bytes | None = None,
    *,
    kind: str = "response",
    http: str | None = f"HTTP/1.1 200 OK\r\n{HTML}",
    extra: str = "",
    url: str | None = None,
    date: str = "2026-05-01T10:00:00Z",
    off: int = 0,
    content_type: str = "application/http; msgtype=response",
) -> bytes:
    """One record, bytes as ISO 28500 has them; `off` falsifies its length."""
    body = page(number) if body is None else body
    block = body if http is None else http.encode("latin-1") + b"\r\n\r\n" + body
    digest = base64.b32encode(hashlib.sha1(block).digest()).decode()
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number:032d}>\r\nWARC-Date: {date}\r\n"
        f"WARC-Target-URI: {url or f'https://example.org/{number}'}\r\nWARC-Block-Digest: sha1:{digest}\r\n"
        f"Content-Type: {content_type}\r\n{extra}Content-Length: {len(block) + off}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def read(
    folder: Path, data: bytes, name: str = "a.warc.gz", wanted: Wanted = EVERYTHING, rows: Any = None
) -> list[dict[str, Any]]:
    path = folder / name
    path.write_bytes(data)
    reader = Reader(Reader.Options(), wanted)
    found: list[dict[str, Any]] = []
    for unit in reader.units("s", list_files(str(path), False), 1 << 26):
        for batch in reader.read(unit, rows):
            found += batch.to_pylist()
    return found


def packed(*parts: bytes) -> bytes:
    return b"".join(map(gzip.compress, parts))


def urls(rows: Sequence[dict[str, Any]], whole: bool = True) -> list[int]:
    return [int(row["url"].rpartition("/")[2]) for row in rows if row["url"] and (row["problem"] is None) == whole]


@pytest.mark.parametrize("compressed", [True, False])
def test_a_page_comes_with_where_it_stands(tmp_path: Path, compressed: bool) -> None:
    info = warc(9, b"software: x", kind="warcinfo", http=None, content_type="application/warc-fields")
    first = warc(1, http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nX-Robots-Tag: noai\r\nx-robots-tag: noindex\r\nFold: a\r\n b")
    pieces = [gzip.compress(part) if compressed else part for part in (info, first, warc(2))]
    rows = read(tmp_path, b"".join(pieces), "a.warc.gz" if compressed else "a.warc")
    assert [row["raw"] for row in rows] == [page(1), page(2)]
    assert [row["row"] for row in rows] == [1, 2]
    assert {row["media"] for row in rows} == {"html"}
    assert rows[0]["url"] == "https://example.org/1" and rows[0]["id"] is None
    assert rows[0]["retrieved"] == "2026-05-01T10:00:00Z"
    headers = json.loads(rows[0]["headers"])
    assert headers["x-robots-tag"] == ["noai", "noindex"] and headers["fold"] == ["a b"]
    provenance = json.loads(rows[1]["provenance"])
    assert provenance["offset"] == len(pieces[0]) + len(pieces[1])
    assert provenance["record_id"] == f"<urn:uuid:{2:032d}>"
    assert provenance["date"] == "2026-05-01T10:00:00Z" and provenance["block_digest"].startswith("sha1:")


def test_what_is_no_document_is_no_record(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        packed(
            warc(1, kind="request", http="GET / HTTP/1.1"),
            warc(2, kind="revisit"),
            warc(3, b"x: y", kind="metadata", http=None, content_type="application/warc-fields"),
            warc(4, b"list", kind="resource", http=None, content_type="text/plain", url="metadata://wget/MANIFEST.txt"),
            warc(5),
        ),
    )
    assert urls(rows) == [5]


def test_answers_that_are_no_page_are_counted(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        packed(
            warc(1, http=f"HTTP/1.1 404 Not Found\r\n{HTML}"),
            warc(2, http=f"HTTP/1.1 301 Moved\r\n{HTML}\r\nLocation: /x"),
            warc(3, b"\x89PNG", http="HTTP/1.1 200 OK\r\nContent-Type: image/png"),
            warc(4, b"  \n", http=f"HTTP/1.1 200 OK\r\n{HTML}"),
            warc(5, b"\xff\xfe\xfa", http=f"HTTP/1.1 200 OK\r\n{HTML}"),
            warc(6, b"no http at all", http=None),
            warc(7, http=f"HTTP/1.1 206 Partial Content\r\n{HTML}"),
        ),
    )
    assert [row["problem"] for row in rows] == [
        "input.http-status", "input.http-status", "extract.unsupported", "input.no-text", "input.encoding",
        "input.corrupt", "input.cut-page",
    ]  # fmt: skip
    assert all(row["raw"] is None and row["text"] is None for row in rows)
    assert all(row["detail"].startswith("byte ") for row in rows)


def test_wet_and_plain_text(tmp_path: Path) -> None:
    words = "Grüße aus dem Hafen"
    rows = read(
        tmp_path,
        packed(
            warc(1, words.encode(), kind="conversion", http=None, content_type="text/plain"),
            warc(2, words.encode("latin-1"), http="HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1"),
            warc(3, b"<article/>", http="HTTP/1.1 200 OK\r\nContent-Type: application/xml"),
            warc(4, words.encode("latin-1"), kind="conversion", http=None, content_type="text/plain"),
        ),
    )
    assert [row["text"] for row in rows] == [words, words, None, None]
    assert rows[0]["headers"] is None and rows[1]["headers"] is not None  # no headers were recorded: not looked for
    assert (rows[2]["media"], rows[2]["raw"]) == ("xml", b"<article/>")
    assert rows[3]["problem"] == "input.encoding"


CHARSETS = [
    ("utf-8", "utf-8", ""), ("iso-8859-1", "cp1252", ""), ("windows-1251", "cp1251", ""), ("", "utf-8", ""),
    ("Shift_JIS", "shift_jis", ""), ("utf-16le", "utf-16-le", ""), ("", "utf-16", ""),
    ("", "cp1252", '<meta charset="windows-1252">'),
    ("", "cp1252", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">'),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "real", "meta"), CHARSETS)
def test_charset(tmp_path: Path, stated: str, real: str, meta: str) -> None:
    words = {"cp1251": "Гавань", "shift_jis": "港の朝"}.get(real, "Größe, Äpfel")
    body = f"<html><head>{meta}</head><body>{words}</body></html>".encode(real)
    kind = "Content-Type: text/html" + (f"; charset={stated}" if stated else "")
    (row,) = read(tmp_path, packed(warc(1, body, http=f"HTTP/1.1 200 OK\r\n{kind}")))
    assert words in row["raw"].decode("utf-8")


@pytest.mark.parametrize("label", ["unicode_escape", "zip", "rot13", "utf-7", "idna", "nonsense", "utf-8"])
def test_charset_that_is_none(tmp_path: Path, label: str) -> None:
    (row,) = read(
        tmp_path,
        packed(warc(1, b"<html>\xff\\u0041", http=f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={label}")),
    )
    assert row["problem"] == "input.encoding"


def chunked(body: bytes, size: int = 40) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_transfer_and_content_codings(tmp_path: Path) -> None:
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = raw.compress(page(3)) + raw.flush()
    rows = read(
        tmp_path,
        packed(
            warc(1, chunked(page(1)), http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding: chunked"),
            warc(2, gzip.compress(page(2)), http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: gzip"),
            warc(3, deflated, http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: deflate"),
            warc(4, page(4), http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked"),
            warc(
                5,
                chunked(gzip.compress(page(5))),
                http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked",
            ),
            warc(6, page(6), http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: br"),
        ),
    )
    assert [row["raw"] for row in rows] == [page(number) for number in range(1, 7)]


def test_a_page_known_to_be_cut_is_no_page(tmp_path: Path) -> None:
    whole = page(2)
    rows = read(
        tmp_path,
        packed(
            warc(1, whole[:-30], extra="WARC-Truncated: length\r\n"),
            warc(2, whole[:-30], http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Length: {len(whole)}"),
            warc(3, chunked(whole)[:-20], http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding: chunked"),
            warc(4, gzip.compress(whole)[:-20], http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: gzip"),
            warc(5, extra="WARC-Segment-Number: 1\r\n"),
            warc(6),
        ),
    )
    assert [row["problem"] for row in rows] == ["input.cut-page"] * 5 + [None]


def test_bombs_and_giants(tmp_path: Path) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    blow = b"".join(bomb.compress(bytes(1 << 20)) for _ in range((LARGEST >> 20) + 2)) + bomb.flush()
    giant = warc(2, bytes(LARGEST + 1))
    rows = read(
        tmp_path,
        packed(warc(1, blow, http=f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: gzip"), giant, warc(3)),
    )
    assert [row["problem"] for row in rows] == ["input.page-too-large", "input.page-too-large", None]


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("off", [-2, -1, 1, 2, 7, 60, 10_000])
def test_a_false_length_costs_one_record(tmp_path: Path, compressed: bool, off: int) -> None:
    parts = [warc(1), warc(2, off=off), warc(3), warc(4)]
    rows = read(tmp_path, packed(*parts) if compressed else b"".join(parts), "a.warc.gz" if compressed else "a.warc")
    assert urls(rows) == [1, 3, 4]
    assert [row["raw"] for row in rows if row["problem"] is None] == [page(1), page(3), page(4)]
    assert len([row for row in rows if row["problem"]]) == 1


def test_one_bad_record_among_good_ones(tmp_path: Path) -> None:
    bad = warc(2).replace(b"WARC/1.0", b"WRC/1.0", 1)
    rows = read(tmp_path, packed(warc(1), bad, warc(3), bytes(range(256)), warc(5)))
    assert urls(rows) == [1, 3, 5] and len(rows) == 5
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5]
    plain = read(tmp_path, warc(1) + bad + warc(3) + b"junk \xff\r\n" * 50 + warc(5), "a.warc")
    assert urls(plain) == [1, 3, 5]
    no_length = warc(2).replace(b"Content-Length", b"Content-Lenght")
    assert urls(read(tmp_path, packed(warc(1), no_length, warc(3)))) == [1, 3]
    assert urls(read(tmp_path, warc(1) + no_length + warc(3), "a.warc")) == [1, 3]


def test_damaged_members_and_bytes_between_them(tmp_path: Path) -> None:
    members = [gzip.compress(warc(number)) for number in range(1, 5)]
    broken = bytearray(members[1])
    broken[len(broken) // 2] ^= 0xFF
    assert urls(read(tmp_path, members[0] + bytes(broken) + members[2] + members[3])) == [1, 3, 4]
    assert urls(read(tmp_path, members[0] + b"between" * 99 + members[2])) == [1, 3]
    assert urls(read(tmp_path, members[0] + members[1][:-40] + members[2])) == [1, 3]  # two files put together, one cut
    padded = read(tmp_path, members[0] + bytes(512))
    assert urls(padded) == [1] and len(padded) == 1


def test_one_gzip_stream_for_all_records(tmp_path: Path) -> None:
    whole = gzip.compress(warc(1) + warc(2) + warc(3))
    assert urls(read(tmp_path, whole)) == [1, 2, 3]
    cut = read(tmp_path, gzip.compress(warc(1) + warc(2) + warc(3, os.urandom(4000).hex().encode()))[:-900])
    assert urls(cut) == [1, 2] and cut[-1]["problem"] == "input.truncated"


def test_a_block_that_is_not_what_the_crawler_took(tmp_path: Path) -> None:
    rows = read(tmp_path, packed(warc(1).replace(b"Hafen", b"Hofen"), warc(2)))
    assert [row["problem"] for row in rows] == ["input.corrupt", None]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 a zip", b"filedesc://x.arc 0.0.0.0 20120430 text/plain 68\n", b"\x1f\x8b", b"\x00" * 99]
)
def test_files_that_are_no_warc(tmp_path: Path, data: bytes) -> None:
    rows = read(tmp_path, data)
    assert len(rows) == 1 and rows[0]["problem"] in ("input.corrupt", "input.truncated")


PARTS = [warc(number) for number in range(1, 5)]
PAGES = {page(number) for number in range(1, 5)}


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(min_value=0), compressed=st.booleans())
def test_a_file_cut_anywhere_gives_no_cut_page(
    tmp_path_factory: pytest.TempPathFactory, cut: int, compressed: bool
) -> None:
    data = packed(*PARTS) if compressed else b"".join(PARTS)
    data = data[: cut % len(data)]
    rows = read(tmp_path_factory.mktemp("cut"), data, "a.warc.gz" if compressed else "a.warc")
    whole = [row["raw"] for row in rows if row["problem"] is None]
    assert whole == [page(number + 1) for number in range(len(whole))]
    assert len(rows) - len(whole) <= 1
    assert (
        data == b""
        or len(whole) == 4
        or len(rows) > len(whole)
        or sum(map(len, PARTS[: len(whole)])) >= len(data) - 4
        or compressed
    )


@settings(max_examples=150, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(min_value=0), st.integers(0, 255)), min_size=1, max_size=6),
    compressed=st.booleans(),
)
def test_damage_anywhere_gives_no_changed_page(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], compressed: bool
) -> None:
    data = bytearray(packed(*PARTS) if compressed else b"".join(PARTS))
    for position, value in flips:
        data[position % len(data)] = value
    rows = read(tmp_path_factory.mktemp("flip"), bytes(data), "a.warc.gz" if compressed else "a.warc")
    for row in rows:
        # In a plain file nothing but its digest protects a record; one whose digest was hit is protected by nothing.
        protected = compressed or json.loads(row["provenance"]).get("block_digest", "").startswith("sha1:")
        assert row["problem"] or not protected or row["raw"] in PAGES


@settings(max_examples=150, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=200).map(lambda b: b"WARC/1.0\r\n" + b),
        st.binary(max_size=300).map(gzip.compress),
    )
)
def test_noise_never_raises_and_is_never_a_page(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    rows = read(tmp_path_factory.mktemp("noise"), data)
    assert all(row["problem"] for row in rows)


def test_rows_can_be_read_again_by_number(tmp_path: Path) -> None:
    data = packed(warc(1), warc(2, http="HTTP/1.1 500 No"), warc(3), warc(4, off=3), warc(5))
    everything = read(tmp_path, data)
    some = read(tmp_path, data, rows=np.array([1, 3, 5], dtype=np.int64))
    assert [row["row"] for row in some] == [1, 3, 5]
    assert some == [row for row in everything if row["row"] in (1, 3, 5)]


def test_batches_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed(*(warc(number) for number in range(50))))
    for wanted, least in ((Wanted(batch_rows=7), 8), (Wanted(batch_bytes=2000), 5)):
        reader = Reader(Reader.Options(), wanted)
        (unit,) = reader.units("s", list_files(str(path), False), 1 << 26)
        batches = list(reader.read(unit))
        assert len(batches) >= least and sum(batch.num_rows for batch in batches) == 50
        assert max(batch.num_rows for batch in batches) <= wanted.batch_rows


class Endless:
    """A file of one record of `size` zero bytes between two pages, made while it is read."""

    def __init__(self, size: int, kind: str) -> None:
        head = warc(2, b"", kind=kind).split(b"Content-Length")[0] + b"Content-Length: %d\r\n\r\n" % size
        self.parts = [(warc(1) + head, 1), (bytes(1 << 16), size >> 16), (b"\r\n\r\n" + warc(3), 1)]
        self.left = b""

    def read(self, size: int) -> bytes:
        while len(self.left) < size and self.parts:
            part, count = self.parts[0]
            self.left += part
            self.parts[0:1] = [(part, count - 1)] if count > 1 else []
        data, self.left = self.left[:size], self.left[size:]
        return data

    def seek(self, position: int) -> None:
        assert position == 0
        self.left = b"WARC" + self.left


@pytest.mark.parametrize("kind", ["response", "request"])
def test_memory_is_bounded_by_a_page_and_not_by_a_record(kind: str) -> None:
    tracemalloc.start()
    found = list(records(Endless(2 << 30, kind), lambda headers: headers["warc-type"] == "response"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.problem for record in found] == (
        [None, "input.page-too-large", None] if kind == "response" else [None, None]
    )
    assert peak < 16 << 20


# Captures: robots.txt and its kin, joined by host and time.

ALL = ("@robots", "@tdmrep", "@rsl", "@ai_txt")


def robots(host: str, body: str, date: str, status: str = "200 OK", extra: str = "") -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: text/plain{extra}"
    return warc(900, body.encode(), http=http, url=f"https://{host}/robots.txt", date=date)


def joined(folder: Path, pages: bytes, captures: Path) -> list[dict[str, Any]]:
    path = folder / "pages.warc.gz"
    path.write_bytes(pages)
    reader = Captured(lambda wanted: Reader(Reader.Options(), wanted), Wanted(evidence=ALL, captures=str(captures)))
    units = reader.units("s", list_files(str(path), False), 1 << 30)
    return [row for unit in units for batch in reader.read(unit) for row in batch.to_pylist()]


def test_captures_are_joined_by_host_and_time(tmp_path: Path) -> None:
    captures = tmp_path / "robots.warc.gz"
    captures.write_bytes(
        packed(
            robots("a.example", "first", "2026-04-01T00:00:00Z"),
            robots("a.example", "second", "2026-04-30T00:00:00Z"),
            robots("a.example", "third", "2026-06-01T00:00:00Z"),
            robots("a.example", "", "2026-07-01T00:00:00Z", "503 Unavailable"),
            robots("b.example", "", "2026-04-30T00:00:00Z", "404 Not Found"),
            robots(
                "c.example", "", "2026-04-30T00:00:00Z", "301 Moved", "\r\nLocation: https://www.c.example/robots.txt"
            ),
            robots("www.c.example", "target", "2026-04-30T00:00:01Z"),
            robots("d.example:8080", "port", "2026-04-30T00:00:00Z"),
        )
    )
    names = ["a.example", "b.example", "c.example", "d.example:8080", "d.example", "e.example"]
    pages = packed(*(warc(n, url=f"https://{host}/{n}") for n, host in enumerate(names)))
    found = [json.loads(row["ev:@robots"] or "null") for row in joined(tmp_path, pages, captures)]
    assert [capture["body"] for capture in found[0]["captures"]] == ["second", "third"]  # at the fetch, and since
    assert found[0]["captures"][0]["seen"] == "2026-04-30T00:00:00Z"
    assert "robots.warc.gz@" in found[0]["captures"][0]["locator"]
    assert found[1]["status"] == 404
    assert found[2]["body"] == "target"
    assert found[3]["body"] == "port"
    assert found[4] is None and found[5] is None  # never looked at


def test_captures_in_a_folder_by_host(tmp_path: Path) -> None:
    root = tmp_path / "captures"
    for name, content in {
        "a.example/2026-04-01/robots.txt": "User-agent: *\nLicense: https://a.example/license.xml\n",
        "a.example/2026-04-01/tdmrep.json": '[{"location": "/", "tdm-reservation": 1}]',
        "a.example/2026-04-01/license.xml": "<rsl/>",
        "a.example/2026-04-01/ai.txt.status": "404\n",
        "b.example/2026-04-01/robots.txt.status": "503",
        "b.example/2026-04-01/notes.txt": "no capture",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    rows = joined(tmp_path, packed(warc(1, url="https://a.example/1"), warc(2, url="https://b.example/2")), root)
    document = Document(
        url=rows[0]["url"],
        robots=json.loads(rows[0]["ev:@robots"]),
        tdmrep=json.loads(rows[0]["ev:@tdmrep"]),
        ai_txt=json.loads(rows[0]["ev:@ai_txt"]),
        rsl=json.loads(rows[0]["ev:@rsl"]),
    )
    answers = {(s.protocol, s.answer) for s in look(document, ("robots", "tdmrep", "ai_txt", "rsl"), Policy())}
    assert {("tdmrep", "reserved"), ("ai_txt", "not-found"), ("robots", "allowed")} <= answers
    assert json.loads(rows[1]["ev:@robots"])["status"] == 503
    assert rows[1]["ev:@tdmrep"] is None


def test_terms_that_robots_points_at(tmp_path: Path) -> None:
    captures = tmp_path / "r.warc.gz"
    terms = warc(
        901,
        b"<rsl>terms</rsl>",
        http="HTTP/1.1 200 OK\r\nContent-Type: application/rsl+xml",
        url="https://l.example/x/rsl.xml",
    )
    captures.write_bytes(
        packed(robots("a.example", "License: https://l.example/x/rsl.xml\n", "2026-04-01T00:00:00Z"), terms)
    )
    (row,) = joined(tmp_path, packed(warc(1, url="https://a.example/1")), captures)
    assert json.loads(row["ev:@rsl"])["body"] == "<rsl>terms</rsl>"


def test_damaged_captures_stop_the_run(tmp_path: Path) -> None:
    captures = tmp_path / "r.warc.gz"
    captures.write_bytes(packed(robots("a.example", "x", "2026-04-01T00:00:00Z"), b"junk"))
    with pytest.raises(InputError, match=r"byte \d+"):
        joined(tmp_path, packed(warc(1)), captures)
    cut = packed(robots("a.example", "User-agent: *\nDisallow: /" + "x" * 999, "2026-04-01T00:00:00Z"))[:-20]
    captures.write_bytes(cut)
    (row,) = joined(tmp_path, packed(warc(1, url="https://a.example/1")), captures)
    assert json.loads(row["ev:@robots"])["status"] == 0  # looked for, and not readable


def test_no_captures_no_columns(tmp_path: Path) -> None:
    (row,) = read(tmp_path, packed(warc(1)), wanted=Wanted(evidence=("@robots",)))
    assert row["ev:@robots"] is None


@pytest.mark.trials
@pytest.mark.skipif(not TRIALS, reason="REINSCHRIFT_TRIALS is not set: the trial data is elsewhere")
def test_real_files() -> None:
    """Every record that a common reader finds is found; where it gives up, the rest is read or said to be lost."""
    folder = Path(str(TRIALS), "warc-dev")
    seen = 0
    for line in (folder / "labels.jsonl").read_text("utf-8").splitlines():
        label = json.loads(line)
        seen += 1
        with (folder / label["file"]).open("rb") as handle:
            found = list(records(handle, lambda headers: True))
        kinds: dict[str, int] = {}
        for record in found:
            if record.problem is None:
                kind = record.headers["warc-type"]
                kinds[kind] = kinds.get(kind, 0) + 1
        damaged = [record for record in found if record.problem]
        other = label["file"].endswith((".arc", ".arc.gz", ".wacz"))
        if label["label"] == "reads" and not other and not damaged:
            assert kinds == label["records"], label["file"]
        elif other:
            assert damaged and not kinds, label["file"]
        elif label["label"] == "reads":  # cut on purpose, or its line ends were mangled
            assert "trunc" in label["file"] or "missing-status" in label["file"]
        reader = Reader(Reader.Options(), Wanted())
        unit = Unit(0, "s", tuple(list_files(str(folder / label["file"]), False)))
        rows = [row for batch in reader.read(unit) for row in batch.to_pylist()]
        assert all(row["problem"] or row["raw"] or row["text"] for row in rows)
    assert seen == 33
