"""What a statement about rights means: text in, values out. Knows no columns, no files and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# The function, not the package of the same name: whoever imports from `licenses.recognise` still finds the package.
from licenses.recognise import recognise

if TYPE_CHECKING:
    from licenses.inspection import inspect

__all__ = ["inspect", "recognise"]


def __getattr__(name: str) -> Any:
    """`inspect`, loaded when first asked for: it brings the parsers of pages, which a metadata job does not need."""
    if name == "inspect":
        from licenses.inspection import inspect

        return inspect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
