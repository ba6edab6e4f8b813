"""A crawl of which some pages are kept under the exception for text and data mining: apart, and said on the card."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipeline
from pipeline.engines import Inline
from tests.corpora import HEAD, decisions, kept
from tests.pipeline.test_crawl import page, record

MINING = "LicenseRef-tdm-exception-DE-44b"
FREE = '<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0 1.0</a>'
ALL = "[robots, tdmrep, aipref, content_signals, rsl, noai, ai_txt]"


def run(folder: Path, partition: str = "", reservations: str = ALL, bases: str = "license, tdm-exception") -> Path:
    path = folder / "config.yaml"
    path.write_text(
        f"""{HEAD}sources:
  - name: crawl
    reader: warc
    path: "{folder}/pages.warc.gz"
    captures: "{folder}/captures"
    evidence: [html, {{from: curator, license: {MINING}, because: "Open on the web, no login, no lock."}}]
    reservations: {reservations}
policy: {{uses: [reproduction, commercial-use], duties: [], bases: [{bases}], reservations: record}}
stages: []
output: {{path: "{folder}/out"{partition}}}
card: {{language: de}}
""",
        "utf-8",
    )
    pipeline.run(str(path), engine=Inline(), fresh=True)
    return folder / "out"


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    for host in ("offen", "zu", "halb"):
        folder = tmp_path / "captures" / f"{host}.example" / "2026-04-30"
        folder.mkdir(parents=True)
        rules = "User-agent: *\nDisallow: /\n" if host == "zu" else "User-agent: *\nAllow: /\n"
        (folder / "robots.txt").write_text(rules, "utf-8")
        if host != "halb":
            (folder / "tdmrep.json.status").write_text("404", "utf-8")
            (folder / "ai.txt.status").write_text("404", "utf-8")

    def unfree(number: int) -> bytes:
        return page(number).replace(
            b'<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0 1.0</a>', b"uns"
        )

    assert FREE.encode() in page(1) and FREE.encode() not in unfree(1)
    pages = {
        "https://offen.example/frei": page(1), "https://offen.example/1": unfree(2),
        "https://offen.example/2": unfree(3), "https://zu.example/1": unfree(4),
        "https://halb.example/1": unfree(5), "https://halb.example/frei": page(6),
    }  # fmt: skip
    body = b"".join(record(n, url, html) for n, (url, html) in enumerate(pages.items()))
    (tmp_path / "pages.warc.gz").write_bytes(body)
    return tmp_path


def test_kept_apart_and_said_on_the_card(crawl: Path) -> None:
    out = run(crawl)
    ledger = {row["url"].removeprefix("https://"): row for row in decisions(out)}
    assert {url: row["reason"] for url, row in ledger.items()} == {
        "offen.example/frei": "keep", "halb.example/frei": "keep", "offen.example/1": "keep", "offen.example/2": "keep",
        "zu.example/1": "reservation.robots", "halb.example/1": "reservation.not-looked-for",
    }  # fmt: skip
    for url, row in ledger.items():
        if row["decision"] == "keep":
            assert row["basis"] == ("license" if url.endswith("frei") else "tdm-exception")
            assert row["file"].startswith("data/train-" if url.endswith("frei") else "data/tdm-exception/train-")
    apart = {row["url"]: row for row in kept(out) if row["basis"] == "tdm-exception"}
    assert set(apart) == {"https://offen.example/1", "https://offen.example/2"}
    for row in apart.values():
        assert row["license"] == MINING and row["members"] == [MINING]
        (decided,) = [item for item in row["evidence"] if item["decided"]]
        assert (decided["place"], decided["because"]) == ("curator", "Open on the web, no login, no lock.")
        assert {s["answer"] for s in row["reservations"] if s["protocol"] != "natural_language"} <= {
            "allowed",
            "not-found",
            "beside-the-point",
        }
    card = (out / "README.md").read_text("utf-8")
    assert "§ 44b UrhG" in card and "2 Dokumente" in card and "zu löschen" in card and "nicht weitergegeben" in card


def test_the_partition_by_duties_keeps_them_apart_too(crawl: Path) -> None:
    out = run(crawl, ", partition: duties")
    assert {path.name for path in (out / "data").iterdir()} == {"none", "tdm-exception"}


def test_a_protocol_that_nobody_looked_for_or_a_policy_that_does_not_name_it(crawl: Path) -> None:
    without = {row["url"]: row["reason"] for row in decisions(run(crawl, reservations="[robots, tdmrep]"))}
    assert without["https://offen.example/1"] == "reservation.not-looked-for"
    assert without["https://offen.example/frei"] == "keep"
    out = run(crawl, bases="license")
    plain = {row["url"]: row["reason"] for row in decisions(out)}
    assert plain["https://offen.example/1"] == "license.basis"
    assert "Schranke" not in (out / "README.md").read_text("utf-8")
