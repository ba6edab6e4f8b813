"""The WARC path beside warcio + lxml + urllib.robotparser doing the same, in one run.

    REINSCHRIFT_TRIALS=… python tests/bench/warc.py [TIMES]

A crawl is made of the real pages and robots.txt files of the trial data, TIMES times over (default 4). Both sides read
each page, its headers, its `meta` and `link` elements and the robots.txt of its host, and answer whether that, a header
or a meta element reserves it. Also printed: FastWARC reading the bodies alone (the floor), ours without protocols, and
what each side does with a crawl that was cut and has a damaged record.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import lxml.html
import polars as pl
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from licenses.model import Document, Policy
from licenses.reservations import look
from pipeline.reader import Wanted
from pipeline.readers._captured import Captured
from pipeline.readers._listing import list_files
from pipeline.readers.warc import Reader

PROTOCOLS = ("robots", "tdmrep", "aipref", "content_signals", "rsl", "noai")


def record(number: int, url: str, body: bytes, kind: str) -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nX-Robots-Tag: noarchive\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032d}>\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2026-05-01T10:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n", 6)


def crawl(trials: Path, folder: Path, times: int) -> tuple[Path, Path]:
    """(pages, captures) as two WARC files."""
    robots = sorted((trials / "optout-dev/robots").iterdir())
    pages = [
        path
        for name in ("html-pool-dev", "html-sites-dev", "html-news-dev")
        for path in sorted((trials / name).rglob("*"))
        if path.is_file() and path.suffix in (".html", ".htm", ".xhtml")
    ]
    captures = b"".join(
        record(n, f"https://h{n}.example/robots.txt", p.read_bytes(), "text/plain") for n, p in enumerate(robots)
    )
    (folder / "robots.warc.gz").write_bytes(captures)
    with (folder / "pages.warc.gz").open("wb") as out:
        for number, path in enumerate(pages * times):
            url = f"https://h{number % len(robots)}.example/artikel/{number}"
            out.write(record(number, url, path.read_bytes(), "text/html"))
    return folder / "pages.warc.gz", folder / "robots.warc.gz"


def by_floor(pages: Path, captures: Path) -> tuple[int, int, int]:
    count = size = 0
    for item in ArchiveIterator(pages.open("rb"), record_types=WarcRecordType.response):
        size += len(item.reader.read())
        count += 1
    return count, size, 0


def by_reader(pages: Path, captures: Path) -> tuple[int, int, int]:
    reader = Reader(Reader.Options(), Wanted())
    count = size = 0
    for unit in reader.units("s", list_files(str(pages), False), 1 << 30):
        for batch in reader.read(unit):
            count += batch.num_rows
            size += batch.column("raw").nbytes
    return count, size, 0


def by_ours(pages: Path, captures: Path) -> tuple[int, int, int]:
    reader = Captured(
        lambda wanted: Reader(Reader.Options(), wanted), Wanted(evidence=("@robots",), captures=str(captures))
    )
    policy = Policy()
    count = size = reserved = 0
    for unit in reader.units("s", list_files(str(pages), False), 1 << 30):
        for batch in reader.read(unit):
            raw = batch.column("raw")
            frame = pl.from_arrow(batch.select(["url", "headers", "retrieved", "ev:@robots", "problem"]))
            assert isinstance(frame, pl.DataFrame)
            for index, (url, headers, seen, robots, problem) in enumerate(frame.iter_rows()):
                count += 1
                if problem:
                    continue
                page = raw[index].as_py()
                size += len(page)
                document = Document(
                    url=url,
                    html=page,
                    headers={name: tuple(values) for name, values in json.loads(headers).items()},
                    robots=json.loads(robots) if robots else None,
                    seen=seen,
                )
                reserved += any(signal.answer == "reserved" for signal in look(document, PROTOCOLS, policy))
    return count, size, reserved


def by_warcio(pages: Path, captures: Path) -> tuple[int, int, int]:
    parsers: dict[str, RobotFileParser] = {}
    for item in WarcioIterator(captures.open("rb")):
        parser = RobotFileParser()
        parser.parse(item.content_stream().read().decode("utf-8", "replace").splitlines())
        parsers[urlsplit(item.rec_headers.get_header("WARC-Target-URI")).netloc] = parser
    count = size = reserved = 0
    for item in WarcioIterator(pages.open("rb")):
        url = item.rec_headers.get_header("WARC-Target-URI")
        page = item.content_stream().read()
        count += 1
        size += len(page)
        parser = parsers[urlsplit(url).netloc]
        shut = not all(
            parser.can_fetch(agent, url) for agent in ("*", "CCBot", "GPTBot", "ClaudeBot", "Google-Extended")
        )
        tag = item.http_headers.get_header("X-Robots-Tag") or ""
        tree = lxml.html.fromstring(page) if page.strip() else None
        metas = [] if tree is None else tree.xpath("//meta[@name='robots' or @name='tdm-reservation']/@content")
        reserved += shut or "noai" in tag or any("noai" in meta or meta == "1" for meta in metas)
    return count, size, reserved


def harmed(pages: Path, folder: Path) -> None:
    """The first twenty pages, the fifth with an unreadable header, the last one cut: how many each side brings home."""
    parts: list[bytes] = []
    for number, item in enumerate(ArchiveIterator(pages.open("rb"))):
        if number == 20:
            break
        parts.append(record(number, f"https://x.example/{number}", item.reader.read(), "text/html"))
    parts[4] = gzip.compress(gzip.decompress(parts[4]).replace(b"WARC/1.0", b"WRC/1.0", 1))
    harm = folder / "harmed.warc.gz"
    harm.write_bytes(b"".join(parts)[:-200])

    def ours() -> str:
        reader = Reader(Reader.Options(), Wanted())
        rows = [
            r
            for u in reader.units("s", list_files(str(harm), False), 1 << 30)
            for b in reader.read(u)
            for r in b.to_pylist()
        ]
        good = [row for row in rows if row["problem"] is None]
        return f"{len(good)} whole, {len(rows) - len(good)} reported"

    def theirs(iterate: Callable[[], Any], read: Callable[[Any], bytes]) -> str:
        whole = cut = 0
        ended = "to the end"
        try:
            for number, item in enumerate(iterate()):
                page = read(item)
                good = page == gzip.decompress(parts[number]).partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2][:-4]
                whole += good
                cut += not good
        except Exception as error:
            ended = f"stopped by {type(error).__name__}"
        return f"{whole} whole, {cut} cut or changed but handed out, {ended}"

    print("\n20 pages, one header unreadable, the last page cut (18 could be read):")
    print("  ours    ", ours())
    print("  warcio  ", theirs(lambda: WarcioIterator(harm.open("rb")), lambda item: item.content_stream().read()))
    print("  FastWARC", theirs(lambda: ArchiveIterator(harm.open("rb")), lambda item: item.reader.read()))
    good = folder / "cut.warc.gz"
    parts[4] = record(4, "https://x.example/4", b"<p>x", "text/html")
    good.write_bytes(b"".join(parts)[:-200])
    print("the same with only the cut:")
    for name, text in (
        ("  warcio  ", theirs(lambda: WarcioIterator(good.open("rb")), lambda item: item.content_stream().read())),
        ("  FastWARC", theirs(lambda: ArchiveIterator(good.open("rb")), lambda item: item.reader.read())),
    ):
        print(name, text)


SIDES: dict[str, Callable[[Path, Path], tuple[int, int, int]]] = {
    "FastWARC, bodies alone": by_floor,
    "ours, reading alone": by_reader,
    "ours, all protocols": by_ours,
    "warcio + lxml + urllib": by_warcio,
}


def main() -> int:
    trials = os.environ.get("REINSCHRIFT_TRIALS")
    if not trials:
        print("REINSCHRIFT_TRIALS is not set: the trial data is elsewhere", file=sys.stderr)
        return 1
    if len(sys.argv) == 4:  # one side in a process of its own, so that its memory is its own
        name, pages, captures = sys.argv[1:]
        start = time.process_time()
        count, size, reserved = SIDES[name](Path(pages), Path(captures))
        spent = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([count, size, reserved, spent, peak]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        pages, captures = crawl(Path(trials), Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 4)
        print(f"{pages.stat().st_size / 1e6:.0f} MB of WARC")
        print(f"{'':<26}{'pages':>8}{'reserved':>10}{'pages/s':>10}{'MB/s':>8}{'peak MB':>9}")
        for name in SIDES:
            run = subprocess.run(
                [sys.executable, __file__, name, pages, captures], capture_output=True, text=True, check=True
            )
            count, size, reserved, spent, peak = json.load(io.StringIO(run.stdout))
            print(f"{name:<26}{count:>8}{reserved:>10}{count / spent:>10.0f}{size / spent / 1e6:>8.0f}{peak:>9.0f}")
        harmed(pages, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
