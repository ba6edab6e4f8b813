"""Was it reserved? Reads every opt-out signal of a record, judges under the policy. Always the second stage.

A reservation limits an exception, a licence grants: they are two questions, so this stage asks its own of every record
that the first has let pass, and either alone can refuse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict

from licenses.judge import judge_signals
from licenses.model import Document, Reason, Signal
from licenses.reasons import REASONS
from licenses.reservations import PROTOCOLS, look
from pipeline.stage import KEEP, Batch, Context

FACTS: dict[str, Any] = {
    "signals": pl.String,  # JSON list of Signal: what each protocol answered, what was not looked for included
    "reservation_verdict": pl.String,
}
_CACHE = 20_000
_COLUMNS = ("id", "url", "file", "media", "headers", "retrieved", "basis")
_CAPTURES = {"robots": "ev:@robots", "tdmrep": "ev:@tdmrep", "rsl": "ev:@rsl", "ai_txt": "ev:@ai_txt"}


class Stage:
    """The reservation question. `Options` is empty: the policy and the sources' `reservations` configure it."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

    reasons: ClassVar[Sequence[Reason]] = tuple(
        reason for code, reason in REASONS.items() if code.startswith("reservation.")
    )
    facts: ClassVar[dict[str, Any]] = FACTS
    corpus: ClassVar[bool] = False

    def __init__(self, options: Any, context: Context) -> None:
        self._policy = context.policy
        self._protocols: tuple[str, ...] = tuple(getattr(context.source_options, "reservations", None) or ())
        self._verdicts: dict[tuple[object, ...], str] = {}
        self._nothing = tuple(Signal(name, "not-looked-for") for name in PROTOCOLS)

    def measure(self, batch: Batch) -> pl.DataFrame:
        if not self._protocols:
            return self._not_looked_for(batch)
        names = [name for name in (*_COLUMNS, *_CAPTURES.values()) if name in batch.frame.columns]
        signals: list[str] = []
        verdicts: list[str] = []
        for index, fields in enumerate(batch.frame.select(names).iter_rows(named=True)):
            found = look(_document(fields, batch, index), self._protocols, self._policy)
            signals.append(_json(found))
            verdicts.append(self._verdict(found, fields.get("basis")))
        return pl.DataFrame({"signals": signals, "reservation_verdict": verdicts}, schema=FACTS)

    def _not_looked_for(self, batch: Batch) -> pl.DataFrame:
        """The same answer for every record but for its basis, of which there are few."""
        known = "basis" in batch.frame.columns
        bases = batch.frame.get_column("basis").to_list() if known else [None] * len(batch)
        verdicts = {basis: self._verdict(self._nothing, basis) for basis in set(bases)}
        made = {"signals": [_json(self._nothing)] * len(bases), "reservation_verdict": [verdicts[b] for b in bases]}
        return pl.DataFrame(made, schema=FACTS)

    def judge(self) -> pl.Expr:
        return pl.col("reservation_verdict")

    def _verdict(self, signals: tuple[Signal, ...], basis: str | None) -> str:
        """The policy's answer, made once for each distinct bundle of answers."""
        key = (basis, *((signal.protocol, signal.answer) for signal in signals))
        verdict = self._verdicts.get(key)
        if verdict is None:
            decision = judge_signals(signals, self._policy, basis)
            verdict = KEEP if decision is None else decision.reason
            if len(self._verdicts) >= _CACHE:
                self._verdicts.clear()
            self._verdicts[key] = verdict
        return verdict


def _json(signals: Sequence[Signal]) -> str:
    """The signals as they are stored: without what is empty, in ASCII, since what they quote may be no valid text."""
    return f"[{', '.join(map(_signal, signals))}]"


@lru_cache(maxsize=4096)
def _signal(signal: Signal) -> str:
    return json.dumps({k: v for k, v in signal.as_dict().items() if v not in ("", None)})


@lru_cache(maxsize=64)  # neighbours in a crawl are often of one host, and its files are long
def _capture(text: str) -> Any:
    return json.loads(text)


def _document(fields: Mapping[str, Any], batch: Batch, index: int) -> Document:
    raw, text, media = batch.raw[index].as_py(), batch.text[index].as_py(), fields.get("media")
    headers = fields.get("headers")
    captures = {name: _capture(fields[column]) for name, column in _CAPTURES.items() if fields.get(column)}
    return Document(
        id=fields.get("id") or "",
        html=raw if media == "html" else None,
        xml=raw if media == "xml" else None,
        text=text,
        url=fields.get("url"),
        path=fields.get("file"),
        headers=None if headers is None else {name: tuple(values) for name, values in json.loads(headers).items()},
        seen=fields.get("retrieved"),
        **captures,
    )
