"""What every reader takes and yields: files, units, and batches of one fixed Arrow schema.

A reader never raises for a bad record: it yields a row whose `problem` is an `input.…` reason code, with `row` and
`detail`, and goes on. It raises InputError where a file cannot be opened at all.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel

from licenses.model import Reason

# One row a record. `row` counts from 1 within the file (Unit.relative: within the unit; blank lines count, they are
# no records). Evidence columns follow, named `ev:<column>`, each large_string holding the value's JSON, null where
# the value is missing (absent, null, empty, white space, `[]`).
INPUT_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("file", pa.large_string(), nullable=False),  # path as the pattern yields it, with `/`; `a.zip!member`
        pa.field("id", pa.large_string()),
        pa.field("text", pa.large_string()),
        pa.field("raw", pa.large_binary()),  # bytes of a page or XML that has to be extracted first
        pa.field("media", pa.large_string()),  # html, xml, text: what `raw` is
        pa.field("url", pa.large_string()),
        pa.field("title", pa.large_string()),
        pa.field("author", pa.large_string()),
        pa.field("published", pa.large_string()),  # ISO 8601
        pa.field("retrieved", pa.large_string()),  # ISO 8601
        pa.field("locale", pa.large_string()),  # declared BCP 47 tag
        pa.field("headers", pa.large_string()),  # JSON: response headers, lower-cased names → list of values
        pa.field("provenance", pa.large_string()),  # JSON: record id, offset, digest … of the container
        pa.field("problem", pa.large_string()),  # reason code `input.…`; null: the record is readable
        pa.field("detail", pa.large_string()),  # what was wrong, at most 300 characters, never the text itself
    ]
)
MAPPED: tuple[str, ...] = ("id", "text", "url", "title", "author", "published", "retrieved", "locale")


@dataclass(frozen=True, slots=True)
class File:
    """One input file: `path` as ids and locators write it, `url` as it is opened, `identity` changes with content."""

    path: str
    url: str
    size: int
    identity: str  # local: size and mtime_ns; remote: etag or the like


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of one source that is surveyed, committed and re-read as a whole.

    kind `file`: a whole file; `row-groups`: Parquet row groups [start, stop), `base` rows stand before them;
    `bytes`: the lines that begin in [start, stop) of a plain file; `files`: several small files.
    `relative`: rows count from 1 within the unit, and gather adds the lines of the units before it.
    """

    index: int
    source: str
    files: tuple[File, ...]
    kind: Literal["file", "row-groups", "bytes", "files"] = "file"
    start: int = 0
    stop: int = 0
    base: int = 0
    relative: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a record the run needs: `columns` maps our names (MAPPED) to the source's, dots for nesting; a name that
    is not mapped is looked for under itself. `evidence` names source columns that are delivered as `ev:<column>`."""

    columns: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    batch_rows: int = 8192
    batch_bytes: int = 16 << 20
    text: bool = True  # False: without text and raw, for runs that need metadata alone
    only: tuple[str, ...] = MAPPED  # of our names, those that are delivered; the others are null
    captures: str | None = None  # where the well-known files of the crawl lie, for `@robots` and its kin in `evidence`


class Reader(Protocol):
    """One file format. The module name is the YAML name; the class is called `Reader`."""

    Options: ClassVar[type[BaseModel]]
    reasons: ClassVar[Sequence[Reason]]

    def __init__(self, options: Any, wanted: Wanted) -> None: ...

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        """Cuts files into units of about `target` bytes; reads footers only. `index` is set by the plan."""
        ...

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        """Yields batches of INPUT_SCHEMA plus `ev:…`, in order, of at most batch_rows rows and about batch_bytes of
        text; with `rows` (sorted `row` numbers) only those rows. Memory is bounded by the batch."""
        ...

    def lines(self) -> int:
        """Newlines seen by the last complete `read` of a relative unit (0 elsewhere)."""
        ...


def find(name: str) -> type[Reader]:
    """The reader of this YAML name. Raises KeyError for a name that is not a module of `pipeline.readers`."""
    if not name.isidentifier() or name.startswith("_"):
        raise KeyError(name)
    try:
        module = importlib.import_module(f"pipeline.readers.{name}")
    except ModuleNotFoundError as missing:
        if missing.name == f"pipeline.readers.{name}":
            raise KeyError(name) from None
        raise
    reader: type[Reader] = module.Reader
    return reader


def schema(wanted: Wanted) -> pa.Schema:
    """INPUT_SCHEMA with the wanted evidence columns."""
    extra: Iterable[pa.Field] = (pa.field(f"ev:{name}", pa.large_string()) for name in wanted.evidence)
    return pa.schema([*INPUT_SCHEMA, *extra])
