"""The front matter of a text file: keys at its head that speak for that file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from licenses.evidence import column
from licenses.model import Evidence

# `rights` is Dublin Core's and pandoc's key; `copyright` claims protection, grants nothing and is left out.
KEYS = ("license", "licence", "lizenz", "licencia", "licenza", "rights", "SPDX-License-Identifier", "license_url")


def find(front_matter: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """The statements of a file's front matter, of scope `record`; every key of KEYS that is there is one.

    Raises TypeError where a value is neither words, an entry, nor a list of them.
    """
    found: list[Evidence] = []
    for key, value in front_matter.items():
        if isinstance(key, str) and key.casefold() in _FOLDED:
            found += (
                replace(item, place="front_matter", rule="front matter of the file")
                for item in column.find(value, key, {})
            )
    return tuple(found)


_FOLDED = frozenset(key.casefold() for key in KEYS)
