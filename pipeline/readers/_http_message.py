"""A captured HTTP response: status, headers, and the page as it was sent, or why there is none (RFC 9110, 9112)."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import zstandard
from fastwarc.stream_io import BrotliReader

from pipeline.readers._warc_records import LARGEST, named_fields

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?: |\r|$)")


@dataclass(frozen=True, slots=True)
class Message:
    """A response: `headers` by lower-case name with values in order, `body` with its codings undone.

    `problem` is a reason code where the page is cut, damaged or too large; body is empty then.
    """

    status: int = 0
    headers: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    problem: str | None = None
    detail: str = ""


class _CutError(Exception):
    """The body ends before its own end mark."""


class _LargeError(Exception):
    """The body unpacks to more than LARGEST bytes."""


def parse(block: bytes) -> Message:
    """Reads the block of a `response` record. Never raises."""
    head, separator, body = block.partition(b"\r\n\r\n")
    if not separator:
        head, separator, body = block.partition(b"\n\n")
    lines = head.split(b"\n")
    found = _STATUS.match(lines[0])
    if not separator or not found:
        return Message(problem="input.corrupt", detail="no HTTP response in the record")
    headers = named_fields(lines[1:], "latin-1")
    status = int(found[1])
    length = headers.get("content-length", [""])[-1]
    # A crawler that stores the body unpacked leaves the packed length; an unpacked body is hardly ever the shorter one.
    if re.fullmatch(r"[0-9]{1,15}", length) and len(body) < int(length) and status not in (204, 304):
        detail = f"the page was cut: {len(body)} bytes of the {length} that its Content-Length names"
        return Message(status, headers, problem="input.cut-page", detail=detail)
    try:
        if "chunked" in ", ".join(headers.get("transfer-encoding", [])).lower():
            body = _unchunked(body)
        for coding in reversed(re.split(r"[,\s]+", ", ".join(headers.get("content-encoding", [])).lower())):
            body = _decoded(body, coding)
    except _CutError as error:
        return Message(status, headers, problem="input.cut-page", detail=f"the page was cut: {error}")
    except _LargeError:
        return Message(status, headers, problem="input.page-too-large", detail=f"unpacks to over {LARGEST >> 20} MiB")
    except Exception as error:  # the decoders of four formats have their own exceptions
        detail = f"its content coding is damaged ({type(error).__name__})"
        return Message(status, headers, problem="input.corrupt", detail=detail)
    return Message(status, headers, body)


def _unchunked(body: bytes) -> bytes:
    """The body without its chunk marks (RFC 9112, 7.1); one that never had any was stored without them."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\n", at, at + 1024)
        size = re.fullmatch(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?", body[at:end]) if end >= 0 else None
        if size is None:
            if at == 0:
                return body
            raise _CutError("a chunk has no size")
        start, length = end + 1, int(size[1], 16)
        if length == 0:
            return b"".join(parts)
        if start + length > len(body):
            if at == 0 and body[:1] == b"<":
                return body
            raise _CutError("the last chunk is missing")
        parts.append(body[start : start + length])
        at = start + length
        if body[at : at + 2] == b"\r\n":
            at += 2
        elif body[at : at + 1] == b"\n":
            at += 1
        else:
            raise _CutError("a chunk has another length than it says")


def _decoded(body: bytes, coding: str) -> bytes:
    """The body with one content coding undone; one that was stored unpacked is left as it is."""
    if coding in ("", "identity") or not body:
        return body
    if coding in ("gzip", "x-gzip"):
        return _inflated(body, 31) if body[:2] == b"\x1f\x8b" else body
    plain = body.lstrip()[:1] in (b"<", b"{")
    if coding == "deflate":
        if plain:
            return body
        try:
            return _inflated(body, 15)
        except zlib.error:
            return _inflated(body, -15)  # many servers send it without the zlib wrapper
    if coding == "br":
        return body if plain else _bounded(BrotliReader(io.BytesIO(body)))
    if coding == "zstd":
        if body[:4] != b"\x28\xb5\x2f\xfd":
            return body
        return _bounded(zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body))
    if plain:
        return body
    raise ValueError(f"unknown content coding {coding[:40]}")


def _inflated(body: bytes, bits: int) -> bytes:
    inflate = zlib.decompressobj(bits)
    out = inflate.decompress(body, LARGEST + 1)
    if len(out) > LARGEST:
        raise _LargeError
    if not inflate.eof:
        raise _CutError("its compressed data ends early")
    return out


def _bounded(reader: object) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := reader.read(1 << 18):  # type: ignore[attr-defined]
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise _LargeError
    return b"".join(parts)
