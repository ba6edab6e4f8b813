"""The text of a page in the encoding that it declares, in the order of the WHATWG's HTML standard (13.2.3.2)."""

from __future__ import annotations

import codecs
import re

# Encodings of the web; Python knows others that are none (`unicode_escape`, `zip`), and a page must not choose those.
_ALLOWED = {
    "utf-8", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp1258", "cp866", "cp874", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7",
    "iso8859-8", "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "koi8-r", "koi8-u",
    "mac-roman", "big5", "gbk", "gb2312", "gb18030", "shift_jis", "euc_jp", "euc_kr", "iso2022_jp",
}  # fmt: skip
# What the web calls Latin-1 and ASCII is windows-1252 (WHATWG Encoding, 4.2).
_SAME = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "utf-16": "utf-16-le"}
_META = re.compile(rb"<meta[^>]{0,1024}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_PARAMETER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def as_utf8(body: bytes, content_type: str = "") -> bytes | None:
    """The page as UTF-8 bytes, or None where the bytes are no text in the encoding they claim.

    Byte order mark, then the response's charset, then the page's own `meta`, then UTF-8; a page that declares nothing
    and is no UTF-8 has no known encoding. A page that was in another encoding gets a UTF-8 mark, so that its own `meta`
    does not mislead whoever parses the bytes.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _converted(body[len(mark) :], name)
    stated = _PARAMETER.search(content_type)
    found = _META.search(body[:4096])
    label = stated[1] if stated else found[1].decode("ascii", "replace") if found else "utf-8"
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _SAME.get(name, name)
    if name.startswith("utf-16") and not stated:
        name = "utf-8"  # a meta that could be read as ASCII is no UTF-16
    return _converted(body, name) if name in _ALLOWED else None


def _converted(body: bytes, name: str) -> bytes | None:
    try:
        text = body.decode(name)
    except UnicodeDecodeError:
        if name != "cp1252":
            return None
        text = body.decode("latin-1")  # its five unassigned octets are controls (WHATWG Encoding, 9)
    return body if name == "utf-8" else codecs.BOM_UTF8 + text.encode()
