"""A page's characters before any parse: which encoding, and whether reading them could cost more than their size."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

import numpy as np

MAX_BYTES = 8 << 20  # a longer page is not read: no statement is found in it, so nothing in it can grant
MAX_OPEN = 8_000  # elements left open: lexbor's time grows with their square
MAX_ATTRIBUTES = 2_000  # in one tag: likewise
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
_ATTRIBUTE_RUN = re.compile(rb"""(?:\s++[^\s"'<>=]++\s*+=\s*+(?:"[^"]*+"|'[^']*+')){2,}+""")
_VALUE = re.compile(rb"""\s[^\s"'<>=]++=(?:"[^"]*+"|'[^']*+')""")
_OPENING = re.compile(rb"<[A-Za-z]")
_VOID = tuple(b"<" + name for name in b"img br meta link input hr p li td tr th dd dt option ! source".split())
# Python knows encodings that no browser reads, some of them slow or able to hide text.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf_7", "undefined"})


def decode(raw: str | bytes, headers: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """A page's characters, by byte order mark, header, meta element, else UTF-8 and at last windows-1252 (WHATWG
    order).

    Never raises: a byte that the encoding does not know becomes U+FFFD.
    """
    return raw if isinstance(raw, str) else _decode(raw, headers)[0]


def utf8(raw: str | bytes, headers: Mapping[str, tuple[str, ...]] | None = None) -> bytes:
    """A page's characters as UTF-8, in the encoding order of `decode`: what is searched and parsed. Never raises."""
    if isinstance(raw, str):
        return raw.encode("utf-8", "replace")
    text, encoding = _decode(raw, headers)
    return raw if encoding == "utf-8" else text.encode("utf-8", "replace")


def _decode(raw: bytes, headers: Mapping[str, tuple[str, ...]] | None) -> tuple[str, str]:
    """The characters, and Python's name of the encoding if every byte is one of its own."""
    if raw.startswith(codecs.BOM_UTF8):
        return raw[3:].decode("utf-8", "replace"), ""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace"), ""
    declared = ""
    for value in (headers or {}).get("content-type", ()):
        if found := _HEADER_CHARSET.search(value):
            declared = found.group(1)
    if not declared and (meta := _META_CHARSET.search(raw[:4096])):
        declared = meta.group(1).decode("ascii")
        if declared.lower().startswith("utf-16"):
            declared = "utf-8"  # whoever could read that in bytes is not in UTF-16 (HTML Standard, 13.2.3.3)
    for name in (declared, "utf-8"):
        try:
            encoding = codecs.lookup(name).name
            if encoding.replace("-", "_") in _NO_CHARSETS:
                continue
            if name.lower() in ("iso-8859-1", "latin1", "us-ascii", "ascii"):
                encoding = "windows-1252"
            return raw.decode(encoding), encoding
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("windows-1252", "replace"), ""


def hostile(source: bytes) -> bool:
    """Whether a page is built to take quadratic time: very many unclosed elements, or attributes in one tag."""
    signs = np.frombuffer(source, np.uint8)
    if np.count_nonzero(signs == ord("<")) > MAX_OPEN:
        openings = source.count(b"<") - 2 * source.count(b"</")
        if openings > MAX_OPEN and openings - sum(source.count(tag) for tag in _VOID) > MAX_OPEN:
            return True
    end = 0
    for block in _without_end(signs):
        if block < end:
            continue
        start, end = source.rfind(b">", 0, block) + 1, source.find(b">", block)
        end = len(source) if end < 0 else end
        opening = _OPENING.search(source, start, end) if end - start > 2 * MAX_ATTRIBUTES else None
        if opening is None:
            continue
        tag = source[opening.start() : end]
        if len(tag.split(None, MAX_ATTRIBUTES)) <= MAX_ATTRIBUTES:
            continue
        names = _VALUE.sub(b" x", tag)  # the outline of a drawing is one long value
        if len(names.split(None, MAX_ATTRIBUTES)) > MAX_ATTRIBUTES:
            return True
    if np.count_nonzero(signs == ord("=")) > 10 * MAX_ATTRIBUTES:
        return any(run.group().count(b"=") > MAX_ATTRIBUTES for run in _ATTRIBUTE_RUN.finditer(source))
    return False


def _without_end(signs: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> list[int]:
    """Where blocks of MAX_ATTRIBUTES bytes without a tag's end begin: a tag twice as long holds one."""
    count = len(signs) // MAX_ATTRIBUTES
    blocks = signs[: count * MAX_ATTRIBUTES].reshape(count, MAX_ATTRIBUTES) == ord(">")
    begins: list[int] = (np.flatnonzero(~blocks.any(axis=1)) * MAX_ATTRIBUTES).tolist()
    return begins
