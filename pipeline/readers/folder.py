"""A folder of documents: one record a file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_validator

from pipeline.reader import File, Unit, Wanted
from pipeline.readers import _beside, _front_matter, _values
from pipeline.readers._archives import Member, is_archive, members, units
from pipeline.readers._lines import LIMIT
from pipeline.readers._opening import BLOCK, DamagedError, without_codec
from pipeline.readers._reasons import reasons
from pipeline.readers._rows import Rows

_MEDIA = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".xht": "html",
    ".xml": "xml",
    ".nxml": "xml",
    ".tei": "xml",
}
_MARKDOWN = {".md", ".markdown", ".mdx", ".qmd", ".rmd"}
_TEXT = {".txt", ".text", *_MARKDOWN}
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Reader:
    """Reads files as one record each: text and Markdown as text, HTML and XML as `raw` with `media`.

    Also .gz, .zst and members of .tar and .zip. The id is the path unless `columns` maps it to a field of the front
    matter; other mapped names and evidence columns are looked for there too. Each is row 1 of its file.
    """

    class Options(BaseModel):
        """`encoding`: what text that is not UTF-8 is written in (`iso-8859-1`); without it such a file is refused."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        encoding: str | None = None

        @field_validator("encoding")
        @classmethod
        def _known(cls, name: str | None) -> str | None:
            if name is not None:
                try:
                    "ä".encode(name)
                    known = codecs.lookup(name).name.replace("-", "_")
                except (LookupError, UnicodeError):
                    known = ""
                if not known or known in ("unicode_escape", "raw_unicode_escape", "utf_7", "punycode", "idna"):
                    raise ValueError("not the name of a character encoding that can write German")
            return name

    reasons = reasons(
        "input.no-text",
        "input.encoding",
        "input.front-matter",
        "input.too-large",
        "input.truncated",
        "input.corrupt",
        "input.bomb",
        "input.wrong-type",
        "extract.unsupported",
    )

    def __init__(self, options: Any, wanted: Wanted) -> None:
        self._wanted = wanted
        self._encoding: str | None = options.encoding
        self._mapped = {name: path for name, path in _values.sources(wanted).items() if name != "text"}
        if "id" not in wanted.columns:
            self._mapped.pop("id", None)  # not there where only the texts are read again
        self._evidence = _values.evidence_columns(wanted)

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        top = _beside.root(file.path for file in files)
        for unit in units(source, files, target, group=True):
            yield Unit(unit.index, source, unit.files, unit.kind, extra={"top": top})

    def beside(self, files: Sequence[File]) -> list[File]:
        """Licence files that speak about these inputs: they count as inputs where `@license_file` is wanted."""
        if "@license_file" not in self._wanted.evidence:
            return []
        return _beside.license_inputs(files, _beside.root(file.path for file in files))

    def lines(self) -> int:
        return 0

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        batches = Rows(self._wanted)
        if rows is not None and 1 not in rows:
            return
        for member in members(unit):
            record: dict[str, Any] = {"row": 1, "file": member.path, "id": member.path}
            try:
                record |= self._record(member, unit)
            except _ProblemError as problem:
                record |= {"problem": problem.code, "detail": problem.detail}
            yield from batches.add(len(record.get("text") or "") + len(record.get("raw") or b""), record)
        yield from batches.rest()

    def _record(self, member: Member, unit: Unit) -> dict[str, Any]:
        data = _whole(member)
        kind = PurePosixPath(without_codec(member.path)).suffix.lower()
        media = _MEDIA.get(kind)
        if media is None and kind not in _TEXT and (data[:64].lstrip(codecs.BOM_UTF8).lstrip().startswith(b"<?xml")):
            media = "xml"
        record: dict[str, Any] = {}
        if "@license_file" in self._wanted.evidence:
            files = (
                {} if is_archive(unit.files[0].path) else _beside.license_files(member.file, unit.extra.get("top", ""))
            )
            record["ev:@license_file"] = _values.to_json(files) if files else None
        if media is not None:
            if not data.strip():
                raise _ProblemError("input.no-text", "the file is empty")
            return record | ({"raw": data, "media": media} if self._wanted.text else {"media": media})
        text = self._decoded(data, kind)
        del data
        if kind in _MARKDOWN:
            try:
                fields, text = _front_matter.split(text)
            except _front_matter.FrontMatterError as error:
                raise _ProblemError("input.front-matter", str(error)) from None
            if fields:
                record |= self._fields(fields)
        if not text or text.isspace():
            raise _ProblemError("input.no-text", "the file is empty, or only white space below its front matter")
        return record | ({"text": text} if self._wanted.text else {})

    def _fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        try:
            for name, path in self._mapped.items():
                value = _look(fields, path)
                if value is None:
                    continue
                record[name] = (
                    _values.present(_values.strict(name, value))
                    if name in _values.STRICT
                    else _values.described(name, value)
                )
            for path in self._evidence:
                record[f"ev:{path}"] = _values.evidence(_look(fields, path))
        except _values.WrongTypeError as error:
            raise _ProblemError("input.wrong-type", str(error)) from None
        if "@front_matter" in self._wanted.evidence:
            record["ev:@front_matter"] = _values.to_json(fields)
        return record

    def _decoded(self, data: bytes, kind: str) -> str:
        if data.startswith(_UTF16):
            names = ["utf-16"]  # the mark declares it
        elif _BINARY.search(data, 0, 8192) and kind not in _TEXT:
            raise _ProblemError("extract.unsupported", f"{kind or 'a file without suffix'}: binary content")
        else:
            names = ["utf-8-sig", *([self._encoding] if self._encoding else [])]
        for name in names:
            try:
                return data.decode(name)
            except UnicodeDecodeError as error:
                place = error.start
        if kind not in _TEXT:
            raise _ProblemError(
                "extract.unsupported", f"{kind or 'a file without suffix'}: neither UTF-8 text nor a page"
            )
        raise _ProblemError("input.encoding", f"no {' or '.join(names).replace('-sig', '')} at byte {place}")


class _ProblemError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail[: _values.DETAIL]


def _whole(member: Member) -> bytes:
    """All bytes of a member, at most 1 GiB."""
    if member.damage:
        raise _ProblemError(member.damage.code, member.damage.detail)
    data = bytearray()
    try:
        while block := member.stream.read(BLOCK):
            data += block
            if len(data) > LIMIT:
                raise _ProblemError("input.too-large", "a file of more than 1 GiB")
    except DamagedError as error:
        raise _ProblemError(error.code, error.detail) from None
    return bytes(data)


def _look(fields: dict[str, Any], path: str) -> Any:
    return fields[path] if path in fields else _values.walk(fields.get(path.split(".")[0]), path)
