"""A crawl end to end: WARC and robots captures in; reservation reasons and receipts that say where and when, out."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.commands.reserved import reserved
from pipeline.engines import Inline
from tests.corpora import HEAD, POLICY, decisions, kept

TRIALS = os.environ.get("REINSCHRIFT_TRIALS")
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
PROTOCOLS = "[robots, tdmrep, aipref, content_signals, rsl, noai]"


def record(
    number: int,
    url: str,
    body: bytes,
    kind: str = "text/html; charset=utf-8",
    headers: str = "",
    status: str = "200 OK",
) -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032d}>\r\n"
        f"WARC-Date: 2026-05-01T10:00:00Z\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n")


def page(number: int, head: str = "") -> bytes:
    words = " ".join(f"Wort{number}x{i}" for i in range(40))
    return (
        f'<!doctype html><html lang="de"><head><title>Seite {number}</title>{head}</head><body><main><article>'
        f'<h1>Seite {number}</h1><p>Am Hafen liegen die Boote, {words}.</p>'
        f'<p>Dieser Text steht unter <a rel="license" href="{CC0}">CC0 1.0</a>.</p></article></main></body></html>'
    ).encode()  # fmt: skip


def run(folder: Path, more: str = "", evidence: str = "[html]") -> Path:
    """Runs a job over FOLDER/pages*.warc.gz with the captures FOLDER/robots.warc.gz; returns the release."""
    path = folder / "config.yaml"
    path.write_text(
        f"""{HEAD}sources:
  - name: crawl
    reader: warc
    path: "{folder}/pages*.warc.gz"
    captures: "{folder}/robots.warc.gz"
    evidence: {evidence}
    reservations: {PROTOCOLS}
{POLICY}{more}stages: []
output: {{path: "{folder}/out"}}
""",
        "utf-8",
    )
    pipeline.run(str(path), engine=Inline())
    return folder / "out"


def test_a_crawl_from_end_to_end(tmp_path: Path) -> None:
    shut = b"User-agent: GPTBot\nDisallow: /privat/\n"
    captures = [
        record(1, "https://a.example/robots.txt", shut, "text/plain"),
        record(2, "https://b.example/robots.txt", b"", "text/plain", status="503 Unavailable"),
        record(
            3,
            "https://a.example/.well-known/tdmrep.json",
            b'[{"location": "/zeitung/", "tdm-reservation": 1}]',
            "application/json",
        ),
    ]
    pages = [
        record(11, "https://a.example/frei/1", page(11)),
        record(12, "https://a.example/privat/1", page(12)),
        record(13, "https://a.example/zeitung/1", page(13)),
        record(14, "https://b.example/1", page(14)),
        record(15, "https://a.example/frei/2", page(15, '<meta name="robots" content="noai">')),
        record(16, "https://a.example/frei/3", page(16), headers="Content-Usage: train-ai=n\r\n"),
        record(17, "https://c.example/1", page(17)),  # its robots.txt was never fetched
        record(18, "https://a.example/frei/4", page(18)),
    ]
    (tmp_path / "robots.warc.gz").write_bytes(b"".join(captures))
    (tmp_path / "pages.warc.gz").write_bytes(b"".join(pages)[:-50])
    out = run(tmp_path)
    ledger = {row["url"]: row for row in decisions(out)}
    assert len(decisions(out)) == len(pages)
    reasons = {url.removeprefix("https://"): row["reason"] for url, row in ledger.items() if url}
    assert reasons.pop("a.example/frei/1") == reasons.pop("c.example/1") == "keep"
    assert reasons.pop("a.example/privat/1") == "reservation.robots"
    assert reasons.pop("a.example/zeitung/1") == "reservation.tdmrep"
    assert reasons.pop("b.example/1").startswith("reservation.")
    assert reasons.pop("a.example/frei/2") == "reservation.noai"
    assert reasons.pop("a.example/frei/3") == "reservation.aipref"
    assert [
        row["reason"] for row in ledger.values() if row["decision"] != "keep" and row["reason"].startswith("input.")
    ] == ["input.truncated"]
    found = {row["url"]: row for row in kept(out)}
    assert set(found) == {"https://a.example/frei/1", "https://c.example/1"}
    for url, row in found.items():
        assert "Am Hafen" in row["text"] and row["license"] == "CC0-1.0" and row["retrieved"].startswith("2026-05-01")
        answers = {(s["protocol"], s["answer"]) for s in row["reservations"]}
        assert ("robots", "allowed" if "a.example" in url else "not-looked-for") in answers
        assert ("ai_txt", "not-looked-for") in answers and ("noai", "not-found") in answers
    for number, url in enumerate(url for url in ledger if url):
        place = json.loads(ledger[url]["provenance"])
        assert place["record_id"] == f"<urn:uuid:{11 + number:032d}>" and place["date"].startswith("2026-05-01")
        assert place["offset"] == len(b"".join(pages[:number]))
    robots = next(s for s in found["https://a.example/frei/1"]["reservations"] if s["protocol"] == "robots")
    assert "robots.warc.gz@0" in robots["locator"] and robots["seen"].startswith("2026-05-01")


def test_opt_outs_as_servers_send_them(tmp_path: Path) -> None:
    """Folded and doubled header lines, odd case and spaces; robots.txt in UTF-16, packed, or a page in its place."""
    ban = "User-agent: *\nDisallow: /\n"
    robots = {
        "utf16": (ban.encode("utf-16"), "", "text/plain"),
        "packed": (gzip.compress(ban.encode()), "Content-Encoding: gzip\r\n", "text/plain"),
        "page": (b"<!doctype html><p>Not found</p>", "", "text/html"),
        "mac": (ban.replace("\n", "\r").encode(), "", "text/plain"),
        "latin": ("# Grüße\nUser-agent: *\nDisallow: /\n".encode("latin-1"), "", "text/plain"),
        "open": (b"", "", "text/plain"),
    }
    captures = [
        record(n, f"https://{host}.example/robots.txt", body, kind, headers)
        for n, (host, (body, headers, kind)) in enumerate(robots.items())
    ]
    sent = {
        "folded": "Content-Usage: search=y,\r\n train-ai=n\r\n",
        "doubled": "TDM-Reservation: 0\r\nTDM-Reservation: 1\r\n",
        "spaced": "tdm-reservation : 1\r\n",
        "capitals": "X-ROBOTS-TAG: NOAI\r\n",
        "silent": "X-Robots-Tag: noarchive\r\n",
    }
    pages = [record(50 + n, f"https://{host}.example/1", page(n)) for n, host in enumerate(robots)]
    pages += [
        record(70 + n, f"https://open.example/{name}", page(20 + n), headers=line)
        for n, (name, line) in enumerate(sent.items())
    ]
    (tmp_path / "robots.warc.gz").write_bytes(b"".join(captures))
    (tmp_path / "pages.warc.gz").write_bytes(b"".join(pages))
    assert {row["url"] for row in kept(run(tmp_path))} == {"https://open.example/1", "https://open.example/silent"}


def test_a_later_capture_acts_on_a_later_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = record(1, "https://a.example/robots.txt", b"User-agent: *\nAllow: /\n", "text/plain")
    after = record(2, "https://a.example/robots.txt", b"User-agent: *\nDisallow: /\n", "text/plain")
    after = gzip.compress(gzip.decompress(after).replace(b"2026-05-01", b"2026-10-01"))
    (tmp_path / "pages.warc.gz").write_bytes(record(11, "https://a.example/1", page(11)))
    (tmp_path / "robots.warc.gz").write_bytes(before)
    assert [row["decision"] for row in decisions(run(tmp_path))] == ["keep"]
    (tmp_path / "newer.warc.gz").write_bytes(after)
    capsys.readouterr()
    assert reserved(tmp_path / "out", str(tmp_path / "newer.warc.gz")) == 0
    first, _, *listed = capsys.readouterr().out.splitlines()
    assert first.startswith("# as of ") and [line.split(",")[:3] for line in listed] == [
        ["url", "https://a.example/1", "robots"]
    ]
    (tmp_path / "out").rename(tmp_path / "old")
    (tmp_path / "robots.warc.gz").write_bytes(before + after)
    (row,) = decisions(run(tmp_path))
    assert (row["reason"], row["id"]) == ("reservation.robots", "https://a.example/1")


@pytest.mark.trials
@pytest.mark.skipif(not TRIALS, reason="REINSCHRIFT_TRIALS is not set: the trial data is elsewhere")
def test_real_pages_and_real_robots_files(tmp_path: Path) -> None:
    folder = Path(str(TRIALS))
    labels: list[dict[str, Any]] = [
        json.loads(line) for line in (folder / "optout-dev/labels.jsonl").read_text("utf-8").splitlines()
    ]
    named = [label for label in labels if label["file"].startswith("robots/") and "/" not in label["host"]]
    shut = [label for label in named if not (label["root_allowed"]["CCBot"] and label["root_allowed"]["*"])]
    hosts = [*shut, *(label for label in named if label not in shut)][: len(shut) + 20]
    files = sorted((folder / "html-sites-dev").rglob("*.html"), key=lambda path: (path.stat().st_size, path))[20:60]
    with (tmp_path / "robots.warc.gz").open("wb") as out:
        for number, label in enumerate(hosts):
            body = (folder / "optout-dev" / label["file"]).read_bytes()
            out.write(record(number, f"https://{label['host']}/robots.txt", body, "text/plain"))
    with (tmp_path / "pages.warc.gz").open("wb") as out:
        for number, label in enumerate(hosts):
            body = files[number % len(files)].read_bytes()
            out.write(record(1000 + number, f"https://{label['host']}/", body, "text/html"))
    out = run(tmp_path, evidence=f'[{{from: curator, license: CC0-1.0, url: "{CC0}", because: "A trial."}}]')
    ledger = {row["url"]: row for row in decisions(out)}
    assert len(ledger) == len({label["host"] for label in hosts})
    assert all(row["reason"] for row in ledger.values())
    assert len(shut) > 20
    for label in shut:
        row = ledger[f"https://{label['host']}/"]
        assert row["decision"] == "refuse", label["host"]
        assert row["reason"].startswith(("reservation.", "input.", "extract.")), row["reason"]
    assert all(s["answer"] for row in ledger.values() for s in row["signals"])
