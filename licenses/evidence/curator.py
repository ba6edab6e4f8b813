"""The curator's word about a whole source: which licence, and why the curator may say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from licenses.model import Evidence


def find(options: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """One statement of scope `source`. `options`: `license`, `because`, and where given `url` and `by`.

    Raises KeyError without `license` or `because`: a word without a reason is no evidence.
    """
    license_ = str(options["license"])
    return (
        Evidence(
            "curator",
            "curator",
            license_,
            "evidence",
            "source",
            "the curator's word about the source",
            by=options.get("by"),
            because=str(options["because"]),
            url=options.get("url"),
            license=license_,
        ),
    )
