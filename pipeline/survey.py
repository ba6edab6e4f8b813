"""Survey: unit by unit, rights first, then the record stages. Facts and the verdict so far go to facts/, never text."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import commit, cuts, lists, plan
from pipeline.asking import Asking, blank, lengths
from pipeline.attempt import FAILED, Attempt
from pipeline.commit import HashingFile
from pipeline.extract import extract
from pipeline.job import Job
from pipeline.kernels.fingerprint import fingerprints
from pipeline.reader import INPUT_SCHEMA, Unit
from pipeline.record import as_frame
from pipeline.stage import Batch

CARRIED = (
    "row", "file", "id", "url", "title", "author", "published", "retrieved", "locale", "media", "provenance", "detail",
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
    run, attempt = Survey(job, unit, base), Attempt(facts.with_suffix(".failed"))
    rows = 0
    with commit.replacing(facts) as file, commit.replacing(spool) as kept, contextlib.ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        spooled = _Spool(kept)
        for batch in run.batches(limit):
            frame = attempt.frame(batch, lambda piece: run.frame(piece, spooled), run.left_out)
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
    plan.check_unchanged(unit, job.identify)  # what is written to while it is read is neither the old nor the new
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


class Survey:
    """The stages of one unit, made once, and the loop over its batches."""

    def __init__(self, job: Job, unit: Unit, base: int) -> None:
        self._source = job.sources[unit.source]
        self._unit, self._base = unit, base
        self._reader = job.reader(self._source)
        stages = job.record_stages(self._source)
        self._rights, self._rest = stages[:2], stages[2:]
        corpus = job.corpus_stages()
        self._sketched = [stage for _, stage in corpus if stage.facts]
        self._registry, self._uses = job.registry, job.config.policy.uses
        self._removals = lists.load(job.config.removals) if job.config.removals else None
        self.measured: dict[str, Counter[str]] = {}  # what stages count of their facts, for run.json
        self._offset = 0
        self._schema: dict[str, Any] = {
            **{name: {"row": pl.Int64, "malformed": pl.Boolean}.get(name, pl.String) for name in CARRIED},
            **MEASURED,
            **(cuts.FACTS if job.cutting else {}),
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
        batch, asking, alive = self._begun(read)
        pages = alive.frame.filter(pl.col("media").is_not_null()).select("index", *EXTRACTED)
        texts = _with_text(batch, alive)
        prints = _measures(texts)
        alive = Batch(alive.frame.join(prints, on="index", how="left", maintain_order="left"), alive.text, alive.raw)
        alive = asking.refuse(alive, blank(alive.text), "input.no-text", "input")
        alive = self._removed(alive, asking)
        alive = asking.ask(self._rest, alive)

        made = alive.frame.filter(pl.col("media").is_not_null())
        where = texts.frame.get_column("index").is_in(made.get_column("index").implode()).to_arrow()
        costly = texts.text.filter(where)  # as the source has it: what is cut is cut again by whoever reads it
        if asking.cut:
            texts, prints = _left(texts, prints, asking.cut)
            again = alive.frame.update(prints.select("index", *cuts.PRINT), on="index")
            self._removed(Batch(again, alive.text, alive.raw), asking)
        index = texts.frame.get_column("index")
        measured = [*asking.measured, prints]
        measured += [corpus.measure(texts).with_columns(index) for corpus in self._sketched]
        facts = batch.frame.select("index", *CARRIED).with_columns(pl.col("row") - self._base)
        if pages.height:  # what a page says of itself is looked up like what its source says
            facts = facts.join(pages, on="index", how="left", maintain_order="left", suffix="_page").with_columns(
                pl.coalesce(name, f"{name}_page").alias(name) for name in EXTRACTED
            )
        for part in measured:
            new = [name for name in part.columns if name == "index" or name not in facts.columns]
            if part.height == facts.height:  # all of them, and in order
                facts = facts.hstack(part.select(new).drop("index"))
            else:
                facts = facts.join(part.select(new), on="index", how="left", maintain_order="left")
        facts = facts.with_columns(
            pl.Series("verdict", asking.verdict.tolist(), pl.String),
            pl.Series("stage", asking.stage.tolist(), pl.String),
        ).select(_typed(facts, self._schema))
        # Last of all: a batch that fails leaves nothing behind.
        if made.height:
            spool.add(made.with_columns((pl.col("index") + self._offset).alias("position")), costly)
        self._offset += len(batch)
        for name, numbers in asking.tallies.items():
            self.measured.setdefault(name, Counter()).update(numbers)
        return facts

    def permitted(self, read: pa.RecordBatch) -> Batch:
        """The records of a batch whose rights are kept, with their texts."""
        _, _, alive = self._begun(read)
        return alive

    def _begun(self, read: pa.RecordBatch) -> tuple[Batch, Asking, Batch]:
        """All records of a batch, what is known of them, and those whose rights are kept, with the text of pages."""
        batch = _batch(read, self._source.locale, self._base)
        problem = batch.frame.get_column("problem")
        readable = problem.is_null().to_numpy()
        asking = Asking(len(batch), self._registry, self._uses)
        asking.verdict[~readable] = problem.filter(~pl.Series(readable)).to_numpy()
        asking.stage[~readable] = "input"
        alive = asking.ask(self._rights, batch.filter(readable))
        return batch, asking, self._extracted(alive, asking)

    def left_out(self, read: pa.RecordBatch, why: str) -> pl.DataFrame:
        """The facts of records on which our own code fails: refused, with the place of the failure."""
        frame = _batch(read, self._source.locale, self._base).frame
        self._offset += frame.height
        facts = frame.select(CARRIED).with_columns(
            pl.col("row") - self._base,
            pl.lit(why).alias("detail"),
            pl.lit(FAILED).alias("verdict"),
            pl.lit("internal").alias("stage"),
        )
        return facts.select(_typed(facts, self._schema))

    def _extracted(self, alive: Batch, asking: Asking) -> Batch:
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
            asking.verdict[rows[position]["index"]], asking.stage[rows[position]["index"]] = reason, "input"
        keep = np.ones(len(alive), bool)
        keep[list(failed)] = False
        return alive.filter(keep)

    def _removed(self, alive: Batch, asking: Asking) -> Batch:
        """Refuses what a removal list names, the same text under another name too."""
        if self._removals is None:
            return alive
        place = pl.concat_str("file", pl.lit("#"), pl.col("row").cast(pl.String))
        frame = alive.frame.with_columns(
            pl.lit(self._source.name).alias("source"), pl.coalesce("id", "url", place).alias("id")
        )
        listed = frame.select(self._removals.matches().alias("listed")).get_column("listed").to_numpy()
        return asking.refuse(alive, listed, "removal.listed", "removal")

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


def _measures(texts: Batch) -> pl.DataFrame:
    high, low = fingerprints(texts.text)
    return lengths(texts.text).with_columns(
        pl.Series("fingerprint_hi", high, pl.UInt64),
        pl.Series("fingerprint_lo", low, pl.UInt64),
        texts.frame.get_column("index"),
    )


def _left(texts: Batch, prints: pl.DataFrame, cut: Mapping[int, list[cuts.Cut]]) -> tuple[Batch, pl.DataFrame]:
    """Texts as they will stand, and what is measured of them: with `cuts`, and the fingerprint that was the whole's."""
    index = texts.frame.get_column("index")
    spans = [[{"start": a, "stop": b, "reason": why} for a, b, why in cut[at]] if at in cut else None for at in index]
    marks = pl.Series("cuts", spans, cuts.CUTS)
    texts = texts.with_text(cuts.standing(texts.text, marks))
    some = texts.filter(marks.is_not_null().to_numpy())
    whole = prints.filter(marks.is_not_null()).select(
        "index", pl.col("fingerprint_hi").alias("whole_hi"), pl.col("fingerprint_lo").alias("whole_lo")
    )
    prints = prints.update(_measures(some), on="index").with_columns(marks)
    return texts, prints.join(whole, on="index", how="left", maintain_order="left")


def _typed(facts: pl.DataFrame, schema: dict[str, Any]) -> list[pl.Expr]:
    present = {*facts.columns, "verdict", "stage"}
    return [(pl.col(name) if name in present else pl.lit(None)).cast(kind).alias(name) for name, kind in schema.items()]
