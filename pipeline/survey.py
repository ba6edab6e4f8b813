"""Survey: unit by unit, rights first, then the record stages. Facts and the verdict so far go to facts/, never text."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline import commit, lists
from pipeline.commit import HashingFile
from pipeline.extract import extract
from pipeline.job import Job
from pipeline.kernels.fingerprint import fingerprints
from pipeline.reader import INPUT_SCHEMA, Unit
from pipeline.record import as_frame
from pipeline.stage import KEEP, NO_VERDICT, Batch, Stage

CARRIED = (
    "row", "file", "id", "url", "title", "author", "published", "retrieved", "locale", "provenance", "detail",
    "malformed",
)  # fmt: skip
EXTRACTED = ("title", "author", "published")
MEASURED: dict[str, Any] = {
    "characters": pl.Int64,
    "bytes": pl.Int64,
    "fingerprint_hi": pl.UInt64,
    "fingerprint_lo": pl.UInt64,
}
OLDEST = pl.CompatLevel.oldest()
SPOOL = pa.schema([pa.field("position", pa.int64()), *(INPUT_SCHEMA.field(n) for n in ("text", *EXTRACTED))])


def survey(job: Job, unit: Unit, limit: int | None = None, base: int = 0) -> None:
    """Commits `facts/<unit>.parquet`, its spool where text was costly to make, and the manifest, last.

    `base`: the lines before a relative unit, where a list or an answer may name a record by its line.
    """
    name = f"{unit.index:06d}"
    facts, spool = job.work / "facts" / f"{name}.parquet", job.work / "spool" / f"{name}.arrow"
    if commit.read_manifest(facts.with_suffix(".json")) is not None:
        return
    run = _Survey(job, unit, base)
    rows = 0
    with commit.replacing(facts) as file, commit.replacing(spool) as kept, contextlib.ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        spooled = _Spool(kept)
        for batch in run.batches(limit):
            frame = run.frame(batch, spooled)
            rows += frame.height
            table = frame.to_arrow(compat_level=OLDEST)
            if writer is None:
                writer = pq.ParquetWriter(file, table.schema, compression="zstd", write_page_checksum=True)
                stack.callback(writer.close)
            writer.write_table(table)
        if writer is None:
            table = run.empty().to_arrow(compat_level=OLDEST)
            writer = pq.ParquetWriter(file, table.schema, compression="zstd", write_page_checksum=True)
        writer.close()
        spooled.close()
    commit.write_manifest(
        facts.with_suffix(".json"),
        {facts.name: file.sha256, f"../spool/{spool.name}": kept.sha256},
        {
            "rows": rows,
            "lines": run.lines(),
            "spooled": spooled.rows,
            "source": unit.source,
            "measured": {name: dict(sorted(counts.items())) for name, counts in sorted(run.measured.items())},
        },
    )


class _Spool:
    """Text that was costly to make, for living records, until the release is committed."""

    def __init__(self, file: HashingFile) -> None:
        self._writer = pa.ipc.new_file(file, SPOOL, options=pa.ipc.IpcWriteOptions(compression="zstd"))
        self.rows = 0

    def add(self, frame: pl.DataFrame, text: pa.LargeStringArray) -> None:
        columns = frame.select([name for name in SPOOL.names if name != "text"]).to_arrow(compat_level=OLDEST)
        self._writer.write_table(columns.append_column("text", text).select(SPOOL.names).cast(SPOOL))
        self.rows += len(text)

    def close(self) -> None:
        self._writer.close()


class _Survey:
    """The stages of one unit, made once, and the loop over its batches."""

    def __init__(self, job: Job, unit: Unit, base: int) -> None:
        self._source = job.sources[unit.source]
        self._unit, self._base = unit, base
        self._reader = job.reader(self._source)
        stages = job.record_stages(self._source)
        self._rights, self._rest = stages[:2], stages[2:]
        corpus = job.corpus_stages()
        self._sketched = [stage for _, stage in corpus if stage.facts]
        self._removals = lists.load(job.config.removals) if job.config.removals else None
        self.measured: dict[str, Counter[str]] = {}  # what stages count of their facts, for run.json
        self._offset = 0
        self._schema: dict[str, Any] = {
            **{name: {"row": pl.Int64, "malformed": pl.Boolean}.get(name, pl.String) for name in CARRIED},
            **MEASURED,
            **{name: kind for _, stage in (*stages, *corpus) for name, kind in stage.facts.items()},
            "verdict": pl.String,
            "stage": pl.String,
        }

    def lines(self) -> int:
        return self._reader.lines() if self._unit.relative else 0

    def batches(self, limit: int | None) -> Iterator[pa.RecordBatch]:
        left = limit
        for batch in self._reader.read(self._unit):
            if left is not None:
                batch = batch.slice(0, left)
                left -= batch.num_rows
            if batch.num_rows:
                yield batch
            if left is not None and left <= 0:
                return

    def frame(self, read: pa.RecordBatch, spool: _Spool) -> pl.DataFrame:
        """All facts of one batch, in its order, with `verdict` and the `stage` that gave it."""
        batch = _batch(read, self._source.locale, self._base)
        problem = batch.frame.get_column("problem")
        readable = problem.is_null().to_numpy()
        verdict = problem.fill_null(KEEP).to_numpy().astype(object)
        stage = np.full(len(batch), "input", object)
        stage[readable] = None
        measured: list[pl.DataFrame] = []

        alive = self._ask(self._rights, batch.filter(readable), verdict, stage, measured)
        alive = self._extracted(alive, verdict, stage)
        pages = alive.frame.filter(pl.col("media").is_not_null()).select("index", *EXTRACTED)
        texts = _with_text(batch, alive)
        prints = _measures(texts)
        measured.append(prints)
        index = texts.frame.get_column("index")
        measured += [corpus.measure(texts).with_columns(index) for corpus in self._sketched]
        alive = Batch(alive.frame.join(prints, on="index", how="left", maintain_order="left"), alive.text, alive.raw)
        alive = _refuse(alive, _blank(alive.text), "input.no-text", "input", verdict, stage)
        alive = self._removed(alive, verdict, stage)
        alive = self._ask(self._rest, alive, verdict, stage, measured)

        made = alive.filter(alive.frame.get_column("media").is_not_null().to_numpy())
        if len(made):
            spool.add(made.frame.with_columns((pl.col("index") + self._offset).alias("position")), made.text)
        self._offset += len(batch)
        facts = batch.frame.select("index", *CARRIED).with_columns(pl.col("row") - self._base)
        if pages.height:  # what a page says of itself is looked up like what its source says
            facts = facts.join(pages, on="index", how="left", maintain_order="left", suffix="_page").with_columns(
                pl.coalesce(name, f"{name}_page").alias(name) for name in EXTRACTED
            )
        for part in measured:
            new = [name for name in part.columns if name == "index" or name not in facts.columns]
            facts = facts.join(part.select(new), on="index", how="left", maintain_order="left")
        return facts.with_columns(
            pl.Series("verdict", verdict.tolist(), pl.String), pl.Series("stage", stage.tolist(), pl.String)
        ).select(_typed(facts, self._schema))

    def _ask(
        self, stages: list[tuple[str, Stage]], alive: Batch, verdict: Any, by: Any, measured: list[pl.DataFrame]
    ) -> Batch:
        """The runner's loop: measure, judge, write the verdict, pass the rest on."""
        for name, stage in stages:
            facts = stage.measure(alive)
            if facts.width and facts.height != len(alive):
                raise AssertionError(f"stage {name} measured {facts.height} of {len(alive)} rows")
            if facts.width:
                known = [name for name in facts.columns if name in alive.frame.columns]
                alive = Batch(alive.frame.drop(known), alive.text, alive.raw).with_columns(facts)
                measured.append(facts.with_columns(alive.frame.get_column("index")))
            if hasattr(stage, "tally"):
                self.measured.setdefault(name, Counter()).update(stage.tally(facts))
            if hasattr(stage, "pool"):
                continue  # gather judges: other records of the same publisher have a say
            answer = alive.frame.with_columns(stage.judge().alias("_verdict")).get_column("_verdict")
            answers = answer.cast(pl.String).fill_null(NO_VERDICT).to_numpy()
            index = alive.frame.get_column("index").to_numpy()
            refused = answers != KEEP
            verdict[index[refused]] = answers[refused]
            by[index[refused]] = name
            alive = alive.filter(~refused)
        return alive

    def _extracted(self, alive: Batch, verdict: Any, by: Any) -> Batch:
        """Running text of the living pages; what cannot be read is refused with its reason."""
        raw = pc.is_valid(alive.raw).to_numpy(zero_copy_only=False)
        if not raw.any():
            return alive
        rows = alive.frame.select("index", "media", "url", *EXTRACTED).to_dicts()
        texts: list[str | None] = alive.text.to_pylist()
        failed: dict[int, str] = {}
        for position in np.flatnonzero(raw).tolist():
            row = rows[position]
            found = extract(alive.raw[position].as_py(), row["media"], row["url"])
            texts[position] = found.text
            if found.problem is not None:
                failed[position] = found.problem
            for name in EXTRACTED:
                row[name] = row[name] or getattr(found, name, None)
        made = pl.DataFrame({name: pl.Series([row[name] for row in rows], dtype=pl.String) for name in EXTRACTED})
        alive = Batch(alive.frame.with_columns(made), pa.array(texts, pa.large_string()), alive.raw)
        for position, reason in failed.items():
            verdict[rows[position]["index"]], by[rows[position]["index"]] = reason, "input"
        keep = np.ones(len(alive), bool)
        keep[list(failed)] = False
        return alive.filter(keep)

    def _removed(self, alive: Batch, verdict: Any, by: Any) -> Batch:
        """Refuses what a removal list names, the same text under another name too."""
        if self._removals is None:
            return alive
        place = pl.concat_str("file", pl.lit("#"), pl.col("row").cast(pl.String))
        frame = alive.frame.with_columns(
            pl.lit(self._source.name).alias("source"), pl.coalesce("id", "url", place).alias("id")
        )
        listed = frame.select(self._removals.matches().alias("listed")).get_column("listed").to_numpy()
        return _refuse(alive, listed, "removal.listed", "removal", verdict, by)

    def empty(self) -> pl.DataFrame:
        """Facts of no record, in the one schema."""
        return pl.DataFrame(schema=self._schema)


def _batch(read: pa.RecordBatch, locale: str | None, base: int) -> Batch:
    frame = as_frame(read.drop_columns(["text", "raw"])).with_columns(pl.col("row") + base)
    if locale is not None:
        frame = frame.with_columns(pl.col("locale").fill_null(locale))
    frame = frame.with_columns(pl.col("problem").is_not_null().alias("malformed"))
    return Batch(frame.with_row_index("index"), read.column("text"), read.column("raw"))


def _with_text(batch: Batch, alive: Batch) -> Batch:
    """All rows that have a text, refused ones too: their keys tell where else the same words stand."""
    text = batch.text
    if alive.text.null_count < len(alive) and pc.any(pc.is_valid(alive.raw)).as_py():
        extracted: list[str | None] = [None] * len(batch)
        for index, value in zip(alive.frame.get_column("index"), alive.text.to_pylist(), strict=True):
            extracted[index] = value
        text = pc.coalesce(text, pa.array(extracted, pa.large_string()))
    mask = pc.is_valid(text).to_numpy(zero_copy_only=False)
    return Batch(batch.frame, text, batch.raw).filter(mask)


def _lengths(text: pa.LargeStringArray) -> pl.DataFrame:
    lengths = {"characters": pc.utf8_length(text), "bytes": pc.binary_length(text)}
    frame = as_frame(pa.table(lengths))
    return frame.cast(pl.Int64)


def _measures(texts: Batch) -> pl.DataFrame:
    high, low = fingerprints(texts.text)
    return _lengths(texts.text).with_columns(
        pl.Series("fingerprint_hi", high, pl.UInt64),
        pl.Series("fingerprint_lo", low, pl.UInt64),
        texts.frame.get_column("index"),
    )


def _blank(text: pa.LargeStringArray) -> NDArray[np.bool_]:
    """Null, empty or nothing but white space."""
    blank = pc.or_(pc.equal(pc.binary_length(text), 0), pc.utf8_is_space(text))
    result: NDArray[np.bool_] = pc.fill_null(blank, True).to_numpy(zero_copy_only=False)
    return result


def _refuse(alive: Batch, mask: NDArray[np.bool_], reason: str, stage: str, verdict: Any, by: Any) -> Batch:
    index = alive.frame.get_column("index").to_numpy()[mask]
    verdict[index], by[index] = reason, stage
    return alive.filter(~mask)


def _typed(facts: pl.DataFrame, schema: dict[str, Any]) -> list[pl.Expr]:
    present = {*facts.columns, "verdict", "stage"}
    return [(pl.col(name) if name in present else pl.lit(None)).cast(kind).alias(name) for name, kind in schema.items()]
