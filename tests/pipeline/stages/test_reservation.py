"""The reservation stage: what each protocol answered goes to the ledger, and the policy answers each bundle."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from licenses.model import Policy, Signal
from licenses.reservations import PROTOCOLS
from pipeline.stage import KEEP, Batch, Context
from pipeline.stages.reservation import Stage

URL = "https://zeitung.example/artikel/1"
ALL = tuple(PROTOCOLS)


def ask(
    rows: list[dict[str, Any]], protocols: tuple[str, ...] = ALL, policy: Policy | None = None, basis: str = "license"
) -> list[tuple[str, list[Signal]]]:
    """(verdict, signals) of records with `html`, `text` and columns."""
    columns = ["url", "headers", "retrieved", "ev:@robots", "ev:@tdmrep", "ev:@rsl", "ev:@ai_txt"]
    frame = pl.DataFrame(
        {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in columns}
        | {
            "media": pl.Series(["html" if "html" in row else None for row in rows], dtype=pl.String),
            "basis": pl.Series([basis] * len(rows), dtype=pl.String),
        }
    )
    batch = Batch(
        frame,
        pa.array([row.get("text") for row in rows], pa.large_string()),
        pa.array([row.get("html") for row in rows], pa.large_binary()),
    )
    context = Context(policy or Policy(), "2026-11-24", "s", SimpleNamespace(reservations=protocols))
    stage = Stage(Stage.Options(), context)
    facts = stage.measure(batch)
    assert facts.schema == pl.Schema(Stage.facts)
    verdicts = facts.select(stage.judge().alias("v")).get_column("v").to_list()
    signals = [[Signal(**item) for item in json.loads(text)] for text in facts.get_column("signals")]
    known = {reason.code for reason in Stage.reasons} | {KEEP}
    assert set(verdicts) <= known
    return list(zip(verdicts, signals, strict=True))


SHUT = json.dumps({"status": 200, "body": "User-agent: *\nDisallow: /", "seen": "2026-05-01", "locator": "r@1"})
OPEN = json.dumps({"status": 200, "body": "User-agent: *\nAllow: /", "seen": "2026-05-01", "locator": "r@1"})


RSL = '<rsl><content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content></rsl>'


def test_nothing_asked_for_is_said_and_kept() -> None:
    ((verdict, signals),) = ask([{"url": URL, "text": "Hafen", "ev:@robots": SHUT}], protocols=())
    assert verdict == KEEP
    assert {signal.protocol for signal in signals} == set(PROTOCOLS)
    assert {signal.answer for signal in signals} == {"not-looked-for"}


@pytest.mark.parametrize(
    ("row", "protocol"),
    [
        ({"ev:@robots": SHUT}, "robots"),
        ({"ev:@tdmrep": json.dumps({"status": 200, "body": '[{"location": "/", "tdm-reservation": 1}]'})}, "tdmrep"),
        ({"headers": json.dumps({"tdm-reservation": ["1"]})}, "tdmrep"),
        ({"headers": json.dumps({"content-usage": ["train-ai=n"]})}, "aipref"),
        ({"headers": json.dumps({"x-robots-tag": ["noindex", "noai"]})}, "noai"),
        ({"html": b'<meta name="robots" content="noai"><p>Text'}, "noai"),
        ({"ev:@ai_txt": json.dumps({"status": 200, "body": "User-agent: *\nDisallow: *.txt"})}, "ai_txt"),
        ({"ev:@rsl": json.dumps({"status": 200, "body": RSL})}, "rsl"),
    ],
)  # fmt: skip
def test_each_protocol_alone_refuses(row: dict[str, Any], protocol: str) -> None:
    ((verdict, signals), (free, _)) = ask([{"url": URL, **row}, {"url": URL, "text": "Hafen"}])
    assert verdict.startswith("reservation.") and verdict != KEEP
    assert protocol in {signal.protocol for signal in signals if signal.answer == "reserved"}
    assert free == KEEP
    ((recorded, signals),) = ask([{"url": URL, **row}], policy=Policy(reservations="record"))
    assert recorded == KEEP and "reserved" in {signal.answer for signal in signals}
    ((narrow, _),) = ask([{"url": URL, **row}], protocols=tuple(name for name in ALL if name != protocol))
    assert narrow == KEEP or not narrow.endswith(protocol)


def test_unreadable_is_no_keep() -> None:
    broken = json.dumps({"status": 503, "body": ""})
    ((verdict, _), (junk, _)) = ask(
        [{"url": URL, "ev:@robots": broken}, {"url": URL, "headers": '{"content-usage": ["%"]}'}]
    )
    assert verdict.startswith("reservation.") and junk.startswith("reservation.")


def test_the_exception_needs_every_protocol_looked_for() -> None:
    policy = Policy(bases=("license", "tdm-exception"))
    full = {
        "url": URL, "html": b"<p>Hafen", "headers": "{}",
        "ev:@robots": OPEN, "ev:@tdmrep": json.dumps({"status": 404}), "ev:@ai_txt": json.dumps({"status": 404}),
    }  # fmt: skip
    ((looked, _), (not_looked, _)) = ask([full, {**full, "ev:@tdmrep": None}], policy=policy, basis="tdm-exception")
    assert looked == KEEP
    assert not_looked.startswith("reservation.")
    ((licensed, _),) = ask([{**full, "ev:@tdmrep": None}], policy=policy)
    assert licensed == KEEP


def test_the_answer_does_not_depend_on_the_batch() -> None:
    rows = [
        {"url": URL, "ev:@robots": SHUT, "retrieved": "2026-05-02"},
        {"url": URL, "text": "Hafen"},
        {"url": URL, "ev:@robots": OPEN},
    ]
    together = ask(rows)
    assert together == [answer for row in rows for answer in ask([row])]
    (signal,) = (s for s in together[0][1] if s.protocol == "robots" and s.agent.startswith("star"))
    assert signal.seen == "2026-05-01"  # the day of the capture, not of the page


def test_words_are_recorded_unless_the_policy_honours_them() -> None:
    row = {"url": URL, "text": "Hafen. Die Nutzung zum Training von KI ist nicht gestattet."}
    ((verdict, signals),) = ask([row])
    assert verdict == KEEP
    assert any("Training von KI" in s.value for s in signals if s.protocol == "natural_language")
    ((verdict, _),) = ask([row], policy=Policy(natural_language="honour"))
    assert verdict.startswith("reservation.")
