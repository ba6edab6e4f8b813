"""Near copies over the whole corpus: candidates by bands, checked exactly, the best copy kept. See SIGNATURES.md.

Everything goes through files below one folder, so that bands, units and parts are tasks of their own, on any worker and
in any order; none of them sees a text except `put`. A row is named by `at`: unit << 32 | position in the unit's facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline import commit
from pipeline.duplicates import KEYS, PREFER, UNCONTESTED, Preference, order, width
from pipeline.errors import InternalError, WorkError
from pipeline.greedy import decide
from pipeline.kernels import pairs as kernel
from pipeline.kernels.signature import BANDS, PERMUTATIONS, shingles

BAND_COLUMNS: Final = tuple(f"near_{band:02}" for band in range(BANDS))
# What a unit's facts hold of every text; `near_windows` is 0 where there are no words to compare.
FACTS: Final[dict[str, Any]] = {
    "near_windows": pl.Int64,
    **dict.fromkeys(BAND_COLUMNS, pl.UInt64),
    "near_sketch": pl.Binary,
}
# Who takes part: the living that are no exact copies, and all that deny; one row each, with what `exact` found.
MEMBERS: Final[dict[str, Any]] = {
    "at": pl.Int64,
    **KEYS,
    "contested": pl.Boolean,
    "copies": pl.UInt32,
    "released": pl.Boolean,  # stands in a release or an index already: kept first, whatever `prefer` says
}
# A pair at the threshold falls below an estimate this many standard deviations lower once in about 3.5 million.
_DEVIATIONS: Final = 5.0
# Units from here on are indexes of releases, so that a place in one is named like a place in a unit.
INDEXES: Final = 1 << 30
_HALF, _LOW, _POSITION = np.uint64(32), np.uint64(0xFFFFFFFF), 0xFFFFFFFF


@dataclass(frozen=True)
class Search:
    """One search for near copies in `folder`. `facts` gives the Parquet file of a unit, with the columns FACTS.

    In this order: `rank` once; `band` for each of range(BANDS); `candidates` once; `put` for each of `units()`;
    `check` for each part of `parts()`; `changes` once. The answer depends on none of the divisions. `memory` is about
    the bytes that one `band`, `candidates` or `check` holds; `rank` and `changes` hold one line a row that takes part.
    """

    folder: Path
    facts: Callable[[int], Path]
    threshold: float
    prefer: Sequence[Preference] = PREFER
    memory: int = 1 << 29
    unreadable: frozenset[int] = frozenset()  # units (indexes) whose texts are not at hand: their pairs are estimated

    def rank(self, members: pl.DataFrame) -> None:
        """Puts the members (columns MEMBERS) in order: released, then the living, best first, then who only denies.

        Of living rows with one fingerprint the first takes part. Raises InternalError for a member without a name.
        """
        if self._done("order") and self._done("places"):
            return
        if members.select("at", "source", "id", "alive", "denies").null_count().sum_horizontal().item():
            raise InternalError("near: a member without place, name or state")
        by, descending = order(self.prefer)
        by, descending = [pl.col("released"), *by], [True, *descending]
        living = (
            members.filter("alive")
            .sort(by, descending=descending)
            .unique(["released", "fingerprint_hi", "fingerprint_lo"], keep="first", maintain_order=True)
        )
        contrary = members.filter(~pl.col("alive") & pl.col("denies")).sort(width().fill_null(0), "source", "id", "at")
        ranked = pl.concat([living, contrary]).with_columns(
            pl.concat_str("source", pl.lit(":"), "id").alias("name"),
            # A grant without a scope counts as widest, a denial without one as narrowest.
            width().fill_null(pl.when("alive").then(127).otherwise(0)).cast(pl.Int8).alias("width"),
            (pl.col("released") | pl.col("origin") | pl.col("basis").is_in(UNCONTESTED)).fill_null(False).alias("safe"),
        )
        if ranked.height >= 1 << 32:
            raise InternalError("near: more than 4,294,967,295 records take part")
        columns = [
            "at",
            "source",
            "name",
            "alive",
            "denies",
            "width",
            "safe",
            "contested",
            "copies",
            "duties",
            "released",
        ]
        self._save("order.arrow", ranked.select(columns))
        places = ranked.select("at").with_row_index("rank").sort("at")
        self._save("places.arrow", places.select(pl.col("at"), pl.col("rank").cast(pl.UInt64)))

    def band(self, band: int) -> None:
        """Writes the pairs of rows that share this band's key."""
        if self._done(f"band-{band:02}"):
            return
        places = self._load("places.arrow")
        at, rank = places["at"].to_numpy(), places["rank"].to_numpy()
        living = int(self.order()["alive"].sum())
        slices = max(1, -(-len(at) * 48 // self.memory))
        found = [np.zeros(0, np.uint64)]
        for part in range(slices):
            low, high = (part << 64) // slices, (((part + 1) << 64) // slices) - 1
            keys, ranks = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
            for unit, start, stop in _units(at):
                column = self._column(unit, BAND_COLUMNS[band])[at[start:stop] & _POSITION]
                inside = (column >= np.uint64(low)) & (column <= np.uint64(high)) & (column != 0)  # 0: no words
                keys.append(column[inside])
                ranks.append(rank[start:stop][inside])
            found.append(kernel.pairs(np.concatenate(keys), np.concatenate(ranks), living))
        self._save_array(f"band-{band:02}", np.unique(np.concatenate(found)))

    def candidates(self) -> None:
        """Joins the bands' pairs, drops those whose sketches are clearly unlike, and notes which texts must be read."""
        if self._done("candidates") and self._done("wanted"):
            return
        bands = [self._array(f"band-{band:02}") for band in range(BANDS)]
        total = sum(len(pairs) for pairs in bands)
        rows = self.order().height
        slices = max(1, -(-total * (24 + 2 * PERMUTATIONS) // self.memory))
        edges = [np.uint64((rows * part // slices) << 32) for part in range(slices)] + [np.uint64(1 << 63)]
        least = self.threshold - _DEVIATIONS * (self.threshold * (1 - self.threshold) / PERMUTATIONS) ** 0.5
        kept = [np.zeros(0, np.uint64)]
        for low, high in pairwise(edges):
            cut = [pairs[np.searchsorted(pairs, low) : np.searchsorted(pairs, high)] for pairs in bands]
            pairs = np.unique(np.concatenate(cut))
            stretches = np.array_split(pairs, max(1, -(-len(pairs) // (1 << 20))))
            kept.extend(some[self._estimates(some) >= least] for some in stretches)
        pairs = np.concatenate(kept)
        self._save_array("candidates", pairs)
        ranks = np.unique(np.concatenate([side[~self._blind(pairs)] for side in (pairs >> _HALF, pairs & _LOW)]))
        self._save_array("wanted", np.sort(self.order()["at"].to_numpy()[ranks.astype(np.int64)]))

    def units(self) -> list[int]:
        """Units of which texts must be read again."""
        return [unit for unit, _, _ in _units(self._array("wanted")) if unit < INDEXES]

    def indexes(self) -> list[int]:
        """Indexes of which texts must be read again, numbered like units, from INDEXES on."""
        return [unit for unit, _, _ in _units(self._array("wanted")) if unit >= INDEXES]

    def wanted(self, unit: int) -> NDArray[np.int64]:
        """Positions in the unit's facts of the texts that must be read again, ascending."""
        at = self._array("wanted")
        start, stop = np.searchsorted(at, [unit << 32, (unit + 1) << 32])
        return (at[start:stop] & _POSITION).astype(np.int64)

    def put(self, unit: int, texts: Iterable[tuple[NDArray[np.int64], pa.LargeStringArray]]) -> None:
        """Takes the texts of `wanted(unit)`, in batches of (positions, texts), and stores their window hashes, no text.

        Raises InternalError if a position is missing, doubled or out of order.
        """
        if self._done(f"shingles-{unit:06d}"):
            return
        expected, at = self.wanted(unit), 0
        path = self.folder / f"shingles-{unit:06d}.bin"
        sizes = [np.zeros(1, np.int64)]
        with commit.replacing(path) as file:
            for positions, text in texts:
                if not np.array_equal(positions, expected[at : at + len(positions)]) or len(positions) != len(text):
                    raise InternalError(f"near: unit {unit} was read again in another order")
                values, edges = shingles(text)
                file.write(values.view(np.uint8).data if len(values) else b"")
                sizes.append(np.diff(edges))
                at += len(positions)
        if at != len(expected):
            raise InternalError(f"near: {len(expected) - at} texts of unit {unit} were not read again")
        edges = np.cumsum(np.concatenate(sizes))
        commit.write_manifest(path.with_suffix(".json"), {path.name: file.sha256}, {"edges": edges.tolist()})

    def parts(self, parallel: int = 1) -> list[int]:
        """Numbers of the parts of `check`; at least `parallel` where there is so much to do."""
        pairs = len(self._array("candidates"))
        return list(range(max(1, min(-(-pairs // 50_000), max(parallel, -(-pairs // 1_000_000))))))

    def check(self, part: int, parts: int) -> None:
        """Writes the exact similarity of this part's candidates: those at the threshold or above."""
        name = f"near-{part:04}-of-{parts:04}"
        if self._done(name):
            return
        pairs = self._array("candidates")
        pairs = pairs[len(pairs) * part // parts : len(pairs) * (part + 1) // parts]
        at = self.order()["at"].to_numpy()
        blind = self._blind(pairs)
        likeness = self._estimates(pairs[blind])
        alike = likeness >= self.threshold
        found = [_pairs_frame(pairs[blind][alike], likeness[alike], True)]
        for some, rows, values, edges in self._batches(pairs[~blind], at):
            left, right = at[(some >> _HALF).astype(np.int64)], at[(some & _LOW).astype(np.int64)]
            a, b = np.searchsorted(rows, left), np.searchsorted(rows, right)
            common = kernel.common(values, edges[:-1].copy(), edges[1:].copy(), a, b, self.threshold)
            size = np.diff(edges)
            likeness = common / (size[a] + size[b] - common)
            alike = (common > 0) & (likeness >= self.threshold)
            found.append(_pairs_frame(some[alike], likeness[alike], False))
        self._save(f"{name}.arrow", pl.concat(found))

    def changes(self, parts: int) -> pl.DataFrame:
        """Decides, best copy first, and returns the rows that change (columns CHANGES), by `at`.

        Each row that is a copy names a kept row at or above the threshold. A row is contested where a near text is
        denied in a scope no wider than its own, or where the text it is a copy of is itself contested.
        """
        rows = self.order().with_row_index("rank").with_columns(pl.col("rank").cast(pl.Int64))
        found = pl.concat([self._load(f"near-{part:04}-of-{parts:04}.arrow") for part in range(parts)])
        return decide(rows, found)

    def _blind(self, pairs: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Pairs of which one text cannot be read."""
        unit = self.order()["at"].to_numpy() >> 32
        blind = np.isin(unit, list(self.unreadable))
        both: NDArray[np.bool_] = blind[(pairs >> _HALF).astype(np.int64)] | blind[(pairs & _LOW).astype(np.int64)]
        return both

    def order(self) -> pl.DataFrame:
        """All that take part, in order: at, source, name (`source:id`), and what decides."""
        return self._load("order.arrow")

    def _column(self, unit: int, name: str) -> NDArray[Any]:
        column = pq.read_table(self.facts(unit), columns=[name])[name].combine_chunks()
        if name != "near_sketch":
            numbers: NDArray[Any] = column.fill_null(0).to_numpy()
            return numbers
        found = np.zeros((len(column), PERMUTATIONS), np.uint8)
        valid = column.is_valid().to_numpy(zero_copy_only=False)
        fixed = column.drop_null().cast(pa.binary(PERMUTATIONS))
        found[valid] = np.frombuffer(fixed.buffers()[1], np.uint8)[: len(fixed) * PERMUTATIONS].reshape(
            -1, PERMUTATIONS
        )
        return found

    def _estimates(self, pairs: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Estimated similarity of each pair: equal sketch bytes, less those that are equal by chance (1 in 256)."""
        at = self.order()["at"].to_numpy()
        left, right = at[(pairs >> _HALF).astype(np.int64)], at[(pairs & _LOW).astype(np.int64)]
        needed = np.unique(np.concatenate([left, right]))
        sketches = [np.zeros((0, PERMUTATIONS), np.uint8)]
        for unit, start, stop in _units(needed):
            sketches.append(self._column(unit, "near_sketch")[needed[start:stop] & _POSITION])
        sketch = np.concatenate(sketches)
        equal = kernel.matches(sketch[np.searchsorted(needed, left)], sketch[np.searchsorted(needed, right)])
        return (equal / PERMUTATIONS - 1 / 256) / (255 / 256)

    def _batches(
        self, pairs: NDArray[np.uint64], at: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]]:
        """The pairs in stretches whose window hashes fit into memory: pairs, rows (sorted `at`), values, edges."""
        wanted = self._array("wanted")
        starts, sizes, files = np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.int64), {}
        for unit, start, stop in _units(wanted):
            edges = np.array(self._manifest(f"shingles-{unit:06d}")["edges"], np.int64)
            starts[start:stop], sizes[start:stop] = edges[:-1], np.diff(edges)
            path = self.folder / f"shingles-{unit:06d}.bin"
            files[unit] = np.memmap(path, np.uint64, "r") if edges[-1] else np.zeros(0, np.uint64)
        begin = 0
        while begin < len(pairs):
            end = len(pairs)
            while True:
                some = pairs[begin:end]
                rows = np.unique(at[np.concatenate([some >> _HALF, some & _LOW]).astype(np.int64)])
                places = np.searchsorted(wanted, rows)
                if end - begin == 1 or 8 * int(sizes[places].sum()) <= self.memory:
                    break
                end = begin + max(1, (end - begin) // 2)
            parts = [np.zeros(0, np.uint64)]
            for row, place in zip(rows.tolist(), places.tolist(), strict=True):
                parts.append(files[row >> 32][starts[place] : starts[place] + sizes[place]])
            yield some, rows, np.concatenate(parts), np.concatenate(([0], np.cumsum(sizes[places])))
            begin = end

    # Files: each with a manifest, so that a damaged or half-written one is made again and never used.

    def _done(self, name: str) -> bool:
        return commit.read_manifest(self.folder / f"{name}.json") is not None

    def _manifest(self, name: str) -> dict[str, Any]:
        found = commit.read_manifest(self.folder / f"{name}.json")
        if found is None:
            raise WorkError(f"{self.folder / name}: damaged or missing; remove {self.folder} and run again")
        return found

    def _save(self, name: str, frame: pl.DataFrame) -> None:
        table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
        path = self.folder / name
        with commit.replacing(path) as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        commit.write_manifest(path.with_suffix(".json"), {path.name: file.sha256}, {"rows": frame.height})

    def _load(self, name: str) -> pl.DataFrame:
        path = self.folder / name
        if not path.exists():
            self._manifest(path.stem)
        with pa.memory_map(str(path)) as mapped:
            return pl.DataFrame(pa.ipc.open_file(mapped).read_all())

    def _save_array(self, name: str, array: NDArray[Any]) -> None:
        path = self.folder / f"{name}.npy"
        with commit.replacing(path) as file:
            np.lib.format.write_array(file, array, allow_pickle=False)
        commit.write_manifest(path.with_suffix(".json"), {path.name: file.sha256}, {"rows": len(array)})

    def _array(self, name: str) -> NDArray[Any]:
        path = self.folder / f"{name}.npy"
        if not path.exists():
            self._manifest(name)
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def _units(at: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Of sorted places: each unit with the range of its rows."""
    units, starts = np.unique(at >> 32, return_index=True)
    return list(zip(units.tolist(), starts.tolist(), [*starts[1:].tolist(), len(at)], strict=False))


def _pairs_frame(pairs: NDArray[np.uint64], similarity: NDArray[np.float64], estimated: bool) -> pl.DataFrame:
    sides = {"later": (pairs >> _HALF).astype(np.int64), "earlier": (pairs & _LOW).astype(np.int64)}
    frame = pl.DataFrame({**sides, "similarity": similarity.astype(np.float64)})
    return frame.with_columns(pl.lit(estimated).alias("estimated"))
