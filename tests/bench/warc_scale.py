"""Crawls of several gigabytes: `python tests/bench/warc_scale.py [read|ask|run] [GB] [FILES] [WORKERS]`.

Writes FILES WARC files of GB each (default: one of 5 compressed gigabytes) from real pages and robots.txt files of the
trial data (REINSCHRIFT_TRIALS). `read` reads them; `ask` joins the captures too and asks every opt-out protocol of each
page; `run` is the whole pipeline, which asks for each page's licence too. Prints records and compressed megabytes a
second of CPU and of time, and the largest resident set of any process, which must not grow with the file. Pages come
again until a file is full: for `read` and `ask` the same bytes, for `run` under an address of their own. Scratch space:
a third more than the files.
"""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import polars as pl

from licenses.model import Policy
from licenses.reservations import PROTOCOLS
from pipeline.reader import Wanted
from pipeline.readers._captured import Captured
from pipeline.readers._listing import list_files
from pipeline.readers.warc import Reader
from pipeline.stage import Batch, Context
from pipeline.stages.reservation import Stage

ROOT = Path(__file__).parents[2]
CONFIG = """version: 1
as_of: 2026-11-24
dataset: {{name: Crawl, version: 1.0.0, summary: Made for a trial., curators: [Test], contact: test@example.org}}
sources:
  - name: crawl
    reader: warc
    path: "{folder}/in/*.warc.gz"
    evidence: [html]
    reservations: [robots, tdmrep, aipref, content_signals, rsl, noai]
    captures: "{folder}/robots.warc.gz"
policy: default
stages: [{{stage: length, min_characters: 200}}]
output: {{path: "{folder}/out"}}
"""
# The command, and at its end the largest resident set of itself and of its workers.
COMMAND = """
import sys
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from pipeline.cli import main
try:
    main()
finally:
    print("PEAK", *(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN)), file=sys.stderr)
"""


def record(number: int, url: str, body: bytes, media: str) -> bytes:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: " + media.encode() + b"\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032x}>\r\n"
        f"WARC-Date: 2026-05-01T10:00:00Z\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def make(trials: Path, folder: Path, gigabytes: float, files: int, anew: bool) -> tuple[int, int]:
    """Writes the crawl and the robots.txt captures beside it; (records, compressed bytes)."""
    robots = sorted((trials / "optout-dev/robots").iterdir())
    captures = (
        record(n, f"https://h{n}.example/robots.txt", p.read_bytes(), "text/plain") for n, p in enumerate(robots)
    )
    (folder / "robots.warc.gz").write_bytes(b"".join(map(gzip.compress, captures)))
    pages = [
        path.read_bytes()
        for name in ("html-pool-dev", "html-sites-dev", "html-news-dev")
        for path in sorted((trials / name).rglob("*"))
        if path.suffix in (".html", ".htm", ".xhtml")
    ]

    def packed(number: int) -> bytes:
        url = f"https://h{number % len(robots)}.example/artikel/{number}"
        return gzip.compress(record(number, url, pages[number % len(pages)], "text/html"), 6)

    ready = [] if anew else [packed(number) for number in range(len(pages))]
    (folder / "in").mkdir()
    count = total = 0
    for file in range(files):
        with (folder / f"in/{file}.warc.gz").open("wb") as out:
            while out.tell() < gigabytes * 1e9:
                out.write(packed(count) if anew else ready[count % len(ready)])
                count += 1
            total += out.tell()
    return count, total


def read(folder: Path, rank: int, workers: int, ask: bool) -> None:
    """One worker: every page of its files; with `ask` joined with its host's captures, and every protocol asked."""
    options = SimpleNamespace(reservations=PROTOCOLS)
    stage = Stage(Stage.Options(), Context(Policy(), "2026-11-24", "crawl", options))
    wanted = Wanted(evidence=("@robots",), captures=str(folder / "robots.warc.gz")) if ask else Wanted()
    reader = Captured(lambda own: Reader(Reader.Options(), own), wanted)
    files = list_files(str(folder / "in/*.warc.gz"), False)[rank::workers]
    count = reserved = 0
    for unit in reader.units("crawl", files, 1 << 26):
        for rows in reader.read(unit):
            count += rows.num_rows
            if ask:
                frame = pl.from_arrow(rows.drop_columns(["raw", "text"]))
                assert isinstance(frame, pl.DataFrame)
                facts = stage.measure(Batch(frame, rows.column("text"), rows.column("raw")))
                reserved += int((facts.get_column("reservation_verdict") != "keep").sum())
    print(count, reserved, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> int:
    trials = os.environ.get("REINSCHRIFT_TRIALS")
    if not trials:
        print("REINSCHRIFT_TRIALS is not set: the trial data is elsewhere", file=sys.stderr)
        return 1
    if sys.argv[1:2] == ["worker"]:
        read(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] == "ask")
        return 0
    mode, gigabytes, files, workers = (*sys.argv[1:], *("read", "5", "1", "1")[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        count, size = make(Path(trials), folder, float(gigabytes), int(files), mode == "run")
        (folder / "config.yaml").write_text(CONFIG.format(folder=folder), "utf-8")
        commands = (
            [[sys.executable, "-c", COMMAND, "run", str(folder / "config.yaml"), "--workers", workers]]
            if mode == "run"
            else [
                [sys.executable, __file__, "worker", scratch, str(rank), workers, mode] for rank in range(int(workers))
            ]
        )
        begun, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        running = [subprocess.Popen(c, stdout=-1, stderr=-1, text=True, cwd=ROOT) for c in commands]
        said = [process.communicate() for process in running]
        took, after = time.time() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if any(process.returncode not in (0, 1) for process in running):
            print(*(err[-2000:] for _, err in said))
            return 1
        if mode == "run":
            print(said[0][0][-2500:])
            peaks = [int(word) for word in said[0][1].rpartition("PEAK")[2].split()]
        else:
            answers = [list(map(int, out.split())) for out, _ in said]
            peaks = [answer[2] for answer in answers]
            print(f"{sum(a[0] for a in answers)} records read, {sum(a[1] for a in answers)} reserved or unreadable")
        print(f"{mode}: {files} file(s), {size / 1e9:.2f} GB, {count} records, {workers} worker(s)")
        print(f"{count / cpu:.0f} records and {size / cpu / 1e6:.1f} MB a second of CPU, {count / took:.0f} a second")
        print(f"largest process {max(peaks) / 1024:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
