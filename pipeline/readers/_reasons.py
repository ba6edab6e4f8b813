"""Why a piece of input became no record: every `input.…` code with its sentence, in one table for all readers."""

from __future__ import annotations

from licenses.model import Reason

_SENTENCES = {
    "input.not-json": "The line is not JSON.",
    "input.not-object": "The line is JSON, but not an object with named fields.",
    "input.duplicate-key": "A field that the run uses stands twice, so it is not known which one counts.",
    "input.wrong-type": "A field that the run uses has a type it cannot have (a number as text, say).",
    "input.no-text": "The record has no text: the field is absent, null, empty or only white space.",
    "input.encoding": "The bytes are not text in the encoding they claim (UTF-8 where none is declared).",
    "input.lone-surrogate": "The text holds half of a surrogate pair, which no encoding can write.",
    "input.too-deep": "The value is nested deeper than any real record.",
    "input.too-large": "The record is larger than 1 GiB.",
    "input.truncated": "The file ends in the middle of its compressed data: what stood behind is missing.",
    "input.corrupt": "The file, or this part of it, is damaged and cannot be read.",
    "input.not-csv": "The row does not follow the rules of CSV: quotes that do not fit, or too few or too many fields.",
    "input.front-matter": "The front matter cannot be read, so what it says about rights is not known.",
    "input.bomb": "The archive unpacks to far more than its size allows, or holds too many members.",
    "extract.unsupported": "No text can be taken from this kind of file.",
}


def reasons(*codes: str) -> tuple[Reason, ...]:
    """The reasons of these codes, all of them refusals. Raises KeyError on an unknown code."""
    return tuple(Reason(code, "refuse", _SENTENCES[code]) for code in codes)
