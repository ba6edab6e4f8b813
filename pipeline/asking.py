"""The runner's loop over a batch: stage by stage measure, judge, write the verdict, pass the rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from licenses.changes import permitted
from licenses.model import Use
from licenses.registry import Registry
from pipeline import cuts
from pipeline.record import as_frame
from pipeline.stage import KEEP, NO_VERDICT, Batch, Stage


class Asking:
    """What is known so far of a batch's rows, which are named by the column `index`, 0 to `rows` − 1.

    `verdict` and `stage` (who gave it) by index; `measured`: the facts that stages found, each with its `index`; `cut`:
    what of a text is left out, by index, of the text as its source has it; `tallies`: what stages count, by stage.
    """

    def __init__(self, rows: int, registry: Registry, uses: Sequence[Use]) -> None:
        self.verdict: NDArray[Any] = np.full(rows, KEEP, object)
        self.stage: NDArray[Any] = np.full(rows, None, object)
        self.measured: list[pl.DataFrame] = []
        self.cut: dict[int, list[cuts.Cut]] = {}
        self.tallies: dict[str, Counter[str]] = {}
        self._registry, self._uses = registry, uses

    def ask(self, stages: Iterable[tuple[str, Stage]], alive: Batch) -> Batch:
        """The rows that every stage keeps, without what stages leave out of their texts."""
        for name, stage in stages:
            facts = stage.measure(alive)
            if facts.width and facts.height != len(alive):
                raise AssertionError(f"stage {name} measured {facts.height} of {len(alive)} rows")
            why = getattr(stage, "cuts", None)
            spans = None if why is None else facts.get_column(cuts.SPAN).cast(cuts.SPANS)
            facts = facts if spans is None else facts.drop(cuts.SPAN)
            if facts.width:
                known = [name for name in facts.columns if name in alive.frame.columns]
                alive = Batch(alive.frame.drop(known), alive.text, alive.raw).with_columns(facts)
                self.measured.append(facts.with_columns(alive.frame.get_column("index")))
            if hasattr(stage, "tally"):
                self.tallies.setdefault(name, Counter()).update(stage.tally(facts))
            if hasattr(stage, "pool"):
                continue  # gather judges: other records of the same publisher have a say
            answer = alive.frame.with_columns(stage.judge().alias("_verdict")).get_column("_verdict")
            answers = answer.cast(pl.String).fill_null(NO_VERDICT)
            refusing = answers != KEEP
            refused = refusing.to_numpy()
            index = alive.frame.get_column("index").to_numpy()[refused]
            self.verdict[index], self.stage[index] = answers.filter(refusing).to_numpy(), name
            alive = alive.filter(~refused)
            if spans is not None and why is not None:
                alive = self.shorten(alive, spans.filter(pl.Series(~refused)), why, name)
        return alive

    def refuse(self, alive: Batch, mask: NDArray[np.bool_], reason: str, stage: str) -> Batch:
        """The rows where `mask` is false; the others have their reason."""
        index = alive.frame.get_column("index").to_numpy()[mask]
        self.verdict[index], self.stage[index] = reason, stage
        return alive.filter(~mask)

    def shorten(self, alive: Batch, spans: pl.Series, why: str, stage: str) -> Batch:
        """The rows without their `spans` (cuts.SPANS), as far as their licences permit that and something is left."""
        some = (spans.list.len().fill_null(0) > 0).to_numpy()
        # Where the policy asks for derivative works, every licence that was kept permits them already.
        if some.any() and "derivative-works" not in self._uses:
            members = alive.frame.get_column("members").to_list()
            bound = np.array(
                [one and not permitted(own or (), self._registry) for one, own in zip(some, members, strict=True)]
            )
            alive, spans, some = (
                self.refuse(alive, bound, cuts.NOT_PERMITTED, stage),
                spans.filter(pl.Series(~bound)),
                some[~bound],
            )
        rows = np.flatnonzero(some)
        if not len(rows):
            return alive
        made = []
        shown = alive.text.take(pa.array(rows)).to_pylist()
        index = alive.frame.get_column("index").to_numpy()[rows].tolist()
        for at, text, value in zip(index, shown, spans.gather(rows).to_list(), strict=True):
            before = self.cut.get(at, [])
            here = [(span["start"], span["stop"]) for span in value]
            length = len(text) + sum(stop - start for start, stop, _ in before)
            self.cut[at] = cuts.added(before, here, why, length)
            made.append(cuts.without(text, [(start, stop, why) for start, stop in here]))
        text = cuts.replaced(alive.text, rows, made)
        alive = Batch(alive.frame.with_columns(lengths(text)), text, alive.raw)
        return self.refuse(alive, blank(text), cuts.NOTHING_LEFT, stage)


def lengths(text: pa.LargeStringArray) -> pl.DataFrame:
    """Columns characters (code points) and bytes (UTF-8)."""
    return as_frame(pa.table({"characters": pc.utf8_length(text), "bytes": pc.binary_length(text)})).cast(pl.Int64)


def blank(text: pa.LargeStringArray) -> NDArray[np.bool_]:
    """Null, empty or nothing but white space."""
    found = pc.or_(pc.equal(pc.binary_length(text), 0), pc.utf8_is_space(text))
    result: NDArray[np.bool_] = pc.fill_null(found, True).to_numpy(zero_copy_only=False)
    return result
