"""Raw page or XML → running text and what the credit needs, one module a kind of document."""

from __future__ import annotations

import importlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a document gave: its text, or the reason code of why there is none; credit fields as the document has."""

    text: str | None = None
    title: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    problem: str | None = None


def extract(raw: bytes, media: str | None, url: str | None = None) -> Extracted:
    """Text of a raw document; `media` is `html` or `xml`, anything else is `extract.unsupported`.

    Raises only for want of memory.
    """
    if media not in ("html", "xml"):
        return Extracted(problem="extract.unsupported")
    try:
        found: Extracted = importlib.import_module(f"pipeline.extract.{media}").extract(raw, url)
    except MemoryError:
        raise
    except Exception:  # a parser's failure costs this record, not the run
        return Extracted(problem="extract.failed")
    if found.problem is None and not (found.text and found.text.strip()):
        return Extracted(problem="extract.empty")
    return found
