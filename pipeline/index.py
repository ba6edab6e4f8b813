"""The index of a release: fingerprints and sketches of its texts, by which later corpora are compared without them.

A folder with `index.parquet`, one row a text, and `index.json`: version, profile, scheme, role, name, rows, SHA-256.
Role `released` is what a release carries (in the order of its data files); `protected` is a rightholder's list of works
to be left out, handed in without the works. About 330 bytes a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline import commit
from pipeline.errors import InputError
from pipeline.kernels.fingerprint import of_normalised
from pipeline.kernels.normalise import PROFILE, pieces
from pipeline.kernels.signature import SCHEME, sketches
from pipeline.near import BAND_COLUMNS, FACTS, MEMBERS

VERSION: Final = 1
Role = Literal["released", "protected"]
COLUMNS: Final[dict[str, Any]] = {
    "source": pl.String,
    "id": pl.String,
    "fingerprint_hi": pl.UInt64,
    "fingerprint_lo": pl.UInt64,
    **FACTS,
}


def rows(source: str, ids: Sequence[str], text: pa.LargeStringArray) -> pl.DataFrame:
    """Index rows (COLUMNS) of texts: what a rightholder computes at home."""
    frames = []
    for row, piece in pieces(text):
        found, (high, low) = sketches(piece), of_normalised(piece)
        frames.append(
            pl.DataFrame(
                {
                    "source": [source] * len(piece),
                    "id": list(ids[row : row + len(piece)]),
                    "fingerprint_hi": high,
                    "fingerprint_lo": low,
                    "near_windows": found.windows,
                    **{name: found.bands[band] for band, name in enumerate(BAND_COLUMNS)},
                    "near_sketch": [sketch.tobytes() for sketch in found.sketch],
                },
                schema=COLUMNS,
            )
        )
    return pl.concat(frames) if frames else pl.DataFrame(schema=COLUMNS)


def write(folder: Path, name: str, role: Role, frames: Iterable[pl.DataFrame]) -> None:
    """Writes an index of frames with the columns COLUMNS, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    schema = pl.DataFrame(schema=COLUMNS).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    count = 0
    # Band keys and sketches are random: dictionaries and compression would only cost time.
    packed = {"source": "zstd", "id": "zstd"}
    with commit.replacing(folder / "index.parquet") as file:
        made = pq.ParquetWriter(file, schema, compression=packed, use_dictionary=["source"])
        for frame in frames:
            table = frame.select(pl.col(n).cast(k) for n, k in COLUMNS.items())
            made.write_table(table.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema))
            count += frame.height
        made.close()
    facts = {"version": VERSION, "profile": PROFILE, "scheme": SCHEME, "role": role, "name": name, "rows": count}
    commit.write_manifest(folder / "index.json", {"index.parquet": file.sha256}, facts)


@dataclass(frozen=True, slots=True)
class Index:
    """An opened index. `data` holds the released texts in the index's order; None where they are not at hand."""

    folder: Path
    name: str
    role: Role
    count: int
    data: Path | None

    @property
    def file(self) -> Path:
        return self.folder / "index.parquet"

    def members(self, unit: int) -> pl.DataFrame:
        """The texts as members of a search (columns near.MEMBERS): released, so they come first and stay."""
        frame = pl.read_parquet(self.file, columns=["source", "id", "fingerprint_hi", "fingerprint_lo"])
        fixed: dict[str, Any] = {
            "source": pl.concat_str(pl.lit(f"{self.name}:"), "source"),
            "at": pl.int_range(pl.len(), dtype=pl.Int64) + (unit << 32),
            "alive": True, "denies": False, "origin": False, "exact": False, "contested": False, "copies": 1,
            "released": True, "duties": pl.lit([], pl.List(pl.String)),
        }  # fmt: skip
        made = frame.with_columns(
            value.alias(key) if isinstance(value, pl.Expr) else pl.lit(value).alias(key) for key, value in fixed.items()
        )
        return made.select(
            (pl.col(key) if key in made.columns else pl.lit(None)).cast(kind).alias(key)
            for key, kind in MEMBERS.items()
        )

    def texts(self, positions: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], pa.LargeStringArray]]:
        """The released texts at these ascending positions. Raises InputError where the index is of other data."""
        assert self.data is not None  # noqa: S101
        marks = pl.read_parquet(self.file, columns=["fingerprint_hi", "fingerprint_lo"])
        seen = 0
        for path in sorted(self.data.rglob("*.parquet")):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=4096, columns=["text"]):
                low, high = np.searchsorted(positions, [seen, seen + batch.num_rows])
                if high > low:
                    some = positions[low:high]
                    text = batch.column("text").cast(pa.large_string()).take(pa.array(some - seen))
                    for row, piece in pieces(text):
                        found = np.stack(of_normalised(piece), axis=1)
                        if not np.array_equal(found, marks[some[row : row + len(piece)]].to_numpy()):
                            raise InputError(f"{path}: is not what {self.folder} was made from")
                    yield some, text
                seen += batch.num_rows


def open_index(path: Path, data: Path | None = None) -> Index:
    """The index at `path`, or in its folder `index/` if it is a release; `data`: where its texts lie, if not there.

    Raises InputError where there is none, or a damaged one.
    """
    for folder, beside in ((path, data), (path / "index", path / "data")):
        if not (folder / "index.json").is_file():
            continue
        found = commit.read_manifest(folder / "index.json")
        if found is None:
            raise InputError(f"{folder}: the index is damaged; its SHA-256 is not the one in index.json")
        wanted = {"version": VERSION, "profile": PROFILE, "scheme": SCHEME}
        if any(found.get(key) != value for key, value in wanted.items()) or found.get("role") not in get_args(Role):
            raise InputError(f"{folder}: an index of another kind than {json.dumps(wanted)}")
        return Index(
            folder,
            str(found["name"]),
            found["role"],
            int(found["rows"]),
            beside if beside and beside.is_dir() else None,
        )
    raise InputError(f"{path}: holds no index (index.json)")


def of_release(out: Path, name: str, folder: Path | None = None) -> None:
    """Writes the index of a release, in the order of its data files: into its own folder `index/`, or elsewhere."""

    def frames() -> Iterator[pl.DataFrame]:
        for path in sorted((out / "data").rglob("*.parquet")):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=4096, columns=["source", "id", "text"]):
                text = batch.column("text").cast(pa.large_string())
                source = pl.Series(batch.column("source"), dtype=pl.String)
                yield rows("", batch.column("id").to_pylist(), text).with_columns(source.alias("source"))

    write(folder or out / "index", name, "released", frames())


def merge(indexes: Sequence[Index], folder: Path, name: str, role: Role) -> None:
    """One index of several; a text that stands in more than one is entered once. Its texts cannot be read with it."""
    marks = pl.concat([pl.read_parquet(i.file, columns=["fingerprint_hi", "fingerprint_lo"]) for i in indexes])
    new = marks.select(pl.struct(pl.all()).is_first_distinct()).to_series()

    def frames() -> Iterator[pl.DataFrame]:
        at = 0
        for index in indexes:
            for batch in pq.ParquetFile(index.file).iter_batches(batch_size=65_536):
                frame = pl.DataFrame(batch)
                yield frame.filter(new[at : at + frame.height]).with_columns(
                    pl.concat_str(pl.lit(f"{index.name}:"), "source").alias("source")
                )
                at += frame.height

    write(folder, name, role, frames())
