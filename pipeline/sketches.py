"""Sketch files: what one unit's texts look like to the search for near copies, without the texts. See SIGNATURES.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.errors import WorkError
from pipeline.kernels.fingerprint import of_normalised
from pipeline.kernels.normalise import PROFILE, pieces
from pipeline.kernels.signature import BANDS, PERMUTATIONS, SCHEME, Sketches, sketches

SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("windows", pa.int64(), nullable=False),
        *(pa.field(f"band_{band:02}", pa.uint64(), nullable=False) for band in range(BANDS)),
        pa.field("sketch", pa.binary(PERMUTATIONS), nullable=False),
    ],
    metadata={"profile": PROFILE, "scheme": SCHEME},
)


def keys(text: pa.LargeStringArray) -> tuple[NDArray[np.uint64], NDArray[np.uint64], Sketches]:
    """Fingerprints (high, low) and sketches of a batch, normalised once."""
    rows = len(text)
    high, low = np.zeros(rows, np.uint64), np.zeros(rows, np.uint64)
    found = Sketches(
        np.zeros((BANDS, rows), np.uint64), np.zeros((rows, PERMUTATIONS), np.uint8), np.zeros(rows, np.int64)
    )
    for row, piece in pieces(text):
        where = slice(row, row + len(piece))
        high[where], low[where] = of_normalised(piece)
        part = sketches(piece)
        found.bands[:, where], found.sketch[where], found.windows[where] = part.bands, part.sketch, part.windows
    return high, low, found


class Writer:
    """Writes one unit's sketch file: an uncompressed Arrow file, so that it is read back by mapping, without a copy."""

    def __init__(self, path: Path) -> None:
        self._sink = pa.OSFile(str(path), "wb")
        self._file = pa.ipc.new_file(self._sink, SCHEMA)

    def write(self, rows: NDArray[np.int64], found: Sketches) -> None:
        """Adds rows (their numbers in the unit, ascending) with their sketches; texts without words are left out."""
        worded = np.flatnonzero(found.windows > 0)
        if not len(worded):
            return
        flat = np.ascontiguousarray(found.sketch[worded]).reshape(-1)
        column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(PERMUTATIONS), len(worded), [None, pa.py_buffer(flat)])
        arrays = [pa.array(rows[worded]), pa.array(found.windows[worded])]
        arrays += [pa.array(found.bands[band, worded]) for band in range(BANDS)]
        self._file.write_batch(pa.record_batch([*arrays, column], schema=SCHEMA))

    def close(self) -> None:
        self._file.close()
        self._sink.close()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Chunk:
    """One stretch of a sketch file, mapped."""

    row: NDArray[np.int64]
    windows: NDArray[np.int64]
    bands: tuple[NDArray[np.uint64], ...]
    sketch: NDArray[np.uint8]


def read(path: Path) -> Iterator[Chunk]:
    """The stretches of a sketch file, in order. Raises WorkError on a damaged file or one of another scheme."""
    try:
        file = pa.ipc.open_file(pa.memory_map(str(path)))
        if file.schema.metadata != SCHEMA.metadata or not file.schema.equals(SCHEMA):
            raise WorkError(f"{path}: sketches of another scheme than {SCHEME} over {PROFILE}")
        for index in range(file.num_record_batches):
            batch = file.get_batch(index)
            sketch = np.frombuffer(batch["sketch"].buffers()[1], np.uint8)
            yield Chunk(
                batch["row"].to_numpy(),
                batch["windows"].to_numpy(),
                tuple(batch[f"band_{band:02}"].to_numpy() for band in range(BANDS)),
                sketch[: len(batch) * PERMUTATIONS].reshape(-1, PERMUTATIONS),
            )
    except pa.ArrowInvalid as damaged:
        raise WorkError(f"{path}: damaged sketch file ({damaged})") from damaged
