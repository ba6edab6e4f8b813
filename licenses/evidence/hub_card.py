"""A dataset card of the Hub: what it says of the collection, which is not yet what holds for each of its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from licenses.evidence import column
from licenses.model import Evidence, ScopeName


def find(front_matter: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """The statements of a card's front matter: `license`, or for `license: other` its link, else its name.

    Scope `collection`, a clue; with `covers: contents`, `by` and `because` in `options` it is a statement about the
    source. Raises TypeError where `license` is neither words nor a list of words.
    """
    stated = front_matter.get("license")
    key = "license"
    if isinstance(stated, list) and len(stated) == 1:
        stated = stated[0]
    if isinstance(stated, str) and stated.strip().casefold() == "other":
        key = next((k for k in ("license_link", "license_name") if front_matter.get(k)), "license")
        stated = front_matter[key]
    covers = options.get("covers") == "contents" and bool(options.get("by")) and bool(options.get("because"))
    scope: ScopeName = "source" if covers else "collection"
    return tuple(
        replace(
            item,
            place="hub_card",
            kind=key,
            scope=scope,
            rule="the card covers the contents" if covers else "a collection's card",
            by=options.get("by"),
            because=options.get("because"),
            url=options.get("url"),
        )
        for item in column.find(stated, key, {})
    )
