"""WARC and WET files (ISO 28500): web pages as they were crawled, with the response headers and where they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from licenses.model import Reason
from pipeline.reader import File, Unit, Wanted
from pipeline.readers import _http_message
from pipeline.readers._archives import units
from pipeline.readers._charset import as_utf8
from pipeline.readers._opening import opened
from pipeline.readers._reasons import reasons
from pipeline.readers._rows import Rows, problem
from pipeline.readers._values import iso_date
from pipeline.readers._warc_records import LARGEST, WarcRecord, digest_fits, records

_HTML = ("text/html", "application/xhtml+xml")
_XML = ("text/xml", "application/xml")
_SNIFF = re.compile(rb"\s*(?:<!--.{0,1024}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


class Reader:
    """Reads the pages of WARC files, .gz or .zst by record or plain: `response` and `resource` records as `raw` with
    `media`, the `conversion` records of WET files as text.

    Requests, revisits and metadata are no records. A page that is cut or damaged, an answer that is no page and a
    stretch that is no record are rows with a reason and their offset; what stands behind them is read.
    """

    class Options(BaseModel):
        """WARC files have no options."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    reasons: ClassVar[Sequence[Reason]] = (
        *reasons("input.corrupt", "input.truncated", "input.encoding", "input.no-text", "extract.unsupported"),
        Reason(
            "input.cut-page", "refuse", "The page was cut off: its licence or its reservation may stand in the rest."
        ),
        Reason("input.page-too-large", "refuse", f"The page is larger than {LARGEST >> 20} MiB."),
        Reason("input.http-status", "refuse", "The server answered with a redirect or an error, not with a document."),
    )

    def __init__(self, options: BaseModel, wanted: Wanted) -> None:
        self._wanted = wanted

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        return units(source, files, target, group=True)

    def lines(self) -> int:
        return 0

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        batch = Rows(self._wanted)
        for file in unit.files:
            with opened(file) as handle:
                number = 0
                for record in records(handle, _is_page, file.path):
                    number += 1
                    if rows is not None and not _among(number, rows):
                        continue
                    made = self._row(record, file.path, number)
                    size = sum(len(value) for value in made.values() if isinstance(value, str | bytes))
                    yield from batch.add(size, made)
        yield from batch.rest()

    def _row(self, record: WarcRecord, path: str, number: int) -> dict[str, Any]:
        url = record.headers.get("warc-target-uri", "").strip().strip("<>") or None
        date = iso_date(record.headers.get("warc-date"))
        place: dict[str, Any] = {
            "url": url,
            "retrieved": date,
            "provenance": json.dumps(_provenance(record)),
        }
        if record.problem:
            return place | problem(path, number, record.problem, f"byte {record.offset}: {record.detail}")
        content, headers, wrong = _content(record)
        if headers is not None:
            place["headers"] = json.dumps(headers)
        if wrong:
            return place | problem(path, number, wrong[0], f"byte {record.offset}: {wrong[1]}")
        if not self._wanted.text:
            content = {name: value for name, value in content.items() if name == "media"}
        return {**place, **content, "file": path, "row": number}


def _is_page(headers: Mapping[str, str]) -> bool:
    """Whether a record holds a document: what was answered to a request for an http address, or was made of it."""
    kind = headers.get("warc-type", "").lower()
    address = headers.get("warc-target-uri", "").strip().strip("<>").lower()
    if kind == "response":
        return not headers.get("content-type", "").lower().startswith("text/dns") and not address.startswith("dns:")
    return kind in ("resource", "conversion") and address.startswith(("http:", "https:"))


def _among(number: int, rows: NDArray[np.int64]) -> bool:
    at = int(np.searchsorted(rows, number))
    return at < len(rows) and int(rows[at]) == number


def _provenance(record: WarcRecord) -> dict[str, Any]:
    names = {
        "record_id": "warc-record-id",
        "digest": "warc-payload-digest",
        "block_digest": "warc-block-digest",
        "date": "warc-date",
        "type": "warc-type",
    }
    found = {name: record.headers[header] for name, header in names.items() if record.headers.get(header)}
    return {**found, "offset": record.offset}


def _content(record: WarcRecord) -> tuple[dict[str, Any], dict[str, list[str]] | None, tuple[str, str] | None]:
    """(columns, response headers, (reason, detail) where there is no document) of one whole record."""
    named = record.headers
    if named.get("warc-truncated"):
        return {}, None, ("input.cut-page", f"the crawler cut the page ({named['warc-truncated'][:40]})")
    if named.get("warc-segment-number") not in (None, "", "0"):
        return {}, None, ("input.cut-page", "the record is one segment of several")
    if digest_fits(named, record.body) is False:
        return {}, None, ("input.corrupt", "its bytes are not those of its block digest")
    kind, body, headers = named.get("content-type", ""), record.body, None
    if named.get("warc-type", "").lower() == "response" and not kind.lower().startswith("application/http"):
        return {}, None, ("extract.unsupported", f"a response over another protocol ({kind[:60]})")
    if kind.lower().startswith("application/http"):
        message = _http_message.parse(body)
        headers = {name: list(values) for name, values in message.headers.items()}
        if message.status and not 200 <= message.status <= 299:
            return {}, headers, ("input.http-status", f"HTTP {message.status}")
        if message.status == 206:
            return {}, headers, ("input.cut-page", "a part of the page was asked for (HTTP 206)")
        if message.problem:
            return {}, headers, (message.problem, message.detail)
        kind, body = headers.get("content-type", [""])[-1], message.body
    media = kind.partition(";")[0].strip().lower() or named.get("warc-identified-payload-type", "").lower()
    if not body.strip():
        return {}, headers, ("input.no-text", "an empty page")
    if media == "text/plain":
        text = as_utf8(body, kind)
        if text is None:
            return {}, headers, ("input.encoding", "no text in the encoding that it claims")
        return {"text": text.decode().removeprefix("\ufeff")}, headers, None
    if media in _HTML or (not media and _SNIFF.match(body[:4096])):
        page, name = as_utf8(body, kind), "html"
    elif media in _XML or media.endswith("+xml"):
        page, name = body, "xml"  # its own declaration says the encoding, and its parser reads that
    else:
        return {}, headers, ("extract.unsupported", f"no text in {media[:60] or 'an unknown kind of file'}")
    if page is None:
        return {}, headers, ("input.encoding", "no text in the encoding that it claims")
    return {"raw": page, "media": name}, headers, None
