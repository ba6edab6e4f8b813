"""Response headers as the protocols read them."""

from __future__ import annotations

from licenses.model import Document


def header(document: Document, name: str) -> tuple[str, ...] | None:
    """The values of one header (lower-case name), in order; None where no headers were recorded."""
    if document.headers is None:
        return None
    values = document.headers.get(name, ())
    return (values,) if isinstance(values, str) else tuple(str(value) for value in values)
