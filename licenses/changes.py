"""What leaving parts out of a text is under its licence, and how its attribution has to say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from licenses.registry import Registry

# Texts of Creative Commons before 4.0, the retired ones too: they tell a work that is whole from one that is changed.
_BEFORE_4 = re.compile(r"^(?:LicenseRef-)?CC-(?:BY|SA|NC|ND|Sampling)\S*?-(1\.0|2\.0|2\.1|2\.5|3\.0)(?=-|$)")

_TAKEN = {
    "html": "only the text was taken, out of a web page",
    "xml": "only the text was taken, out of an XML document",
}


def permitted(members: Iterable[str], registry: Registry) -> bool:
    """Whether a shortened text may be passed on under every member: an excerpt is a change (derivative-works: yes).

    Unknown and disputed are no permission, and a text without members has none.
    """
    found = [registry.get(member) for member in members]
    return bool(found) and all(row is not None and row.uses.get("derivative-works") == "yes" for row in found)


def sentences(
    cuts: Sequence[tuple[str, int, int]], members: Iterable[str], media: str | None = None
) -> tuple[str, ...]:
    """What was left out, (reason, places, characters) each, as the attribution says it; then what that makes of it.

    `media`: `html` or `xml` where the text was taken out of such a document, whose pictures and layout are not passed
    on. That alone adapts nothing (CC BY 4.0 s. 2(a)(4): technical modifications), but who reads the credit should know.

    Before 4.0 a work is part of a «Collective Work» (3.0: «Collection») only in its entirety in unmodified form, and a
    shortened one is a «Derivative Work» («Adaptation»), which the credit has to say: CC BY 2.0 s. 1(a)-(b) and 4(b),
    3.0 s. 1(a)-(b), 3(b) and 4(b), and their kin. CC BY 4.0 s. 3(a)(1)(B) asks for the change alone.
    """
    taken = [_TAKEN[media]] if media in _TAKEN else []
    said = [
        f"{characters:,} characters left out in {places:,} place{'' if places == 1 else 's'} ({reason})"
        for reason, places, characters in cuts
    ]
    versions = {found[1] for member in members if (found := _BEFORE_4.match(member))} if said else set()
    if versions - {"3.0"}:
        said.append("this is a Derivative Work of the original, not the original in its entirety in a Collective Work")
    if "3.0" in versions:
        said.append("this is an Adaptation of the original, not the original in its entirety in a Collection")
    return (*taken, *said)
