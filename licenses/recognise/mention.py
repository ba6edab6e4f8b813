"""What one place in a statement says about a licence, and how several such places are put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from licenses.recognise.cc_url import ELEMENTS, RETIRED, CcUrl, exists

OPEN = "?"  # port not spoken of, where an address would have told
_ORDER = ("by", "nc", "nd", "sa")
_GENERIC = ("1.0", "2.0", "2.5")
_SHORT = re.compile(r"[1-9]")


@dataclass(frozen=True, slots=True)
class CcMention:
    """Creative Commons as far as one place names it: what is not said is empty (`elements`), None or OPEN."""

    elements: frozenset[str] = frozenset()
    version: str | None = None
    port: str | None = OPEN
    scope: str | None = None  # international, unported, generic, universal
    marked: bool = False  # the words «Creative Commons» or an address, not the elements alone
    words: int = 0  # elements written out, which nobody uses but Creative Commons

    @classmethod
    def of(cls, url: CcUrl) -> CcMention:
        unit = "by-nc-nd" if url.unit == "by-nd-nc" else url.unit
        parts = frozenset([unit]) if unit in ("zero", "mark", "certification") else frozenset(unit.split("-"))
        return cls(parts, url.version, OPEN if url.version is None else url.port, None, True)


def unify(mentions: Iterable[CcMention]) -> CcMention | None:
    """All mentions as one; None where two of them differ."""
    result = CcMention()
    for each in mentions:
        if result.elements and each.elements and result.elements != each.elements:
            return None
        if result.version and each.version and result.version != each.version:
            return None
        if OPEN not in (result.port, each.port) and result.port != each.port:
            return None
        if result.scope and each.scope and result.scope != each.scope:
            return None
        result = CcMention(
            result.elements or each.elements,
            result.version or each.version,
            each.port if result.port == OPEN else result.port,
            result.scope or each.scope,
            result.marked or each.marked,
            result.words + each.words,
        )
    return result


def settle(cc: CcMention) -> tuple[str, str | None, str | None] | None:
    """(unit, version or None, port or OPEN or None) that the mention names; None where there is no such licence."""
    cc = _scope(cc)
    if cc.elements == {"zero"}:
        if cc.scope not in (None, "universal") or cc.port not in (OPEN, None) or cc.version not in (None, "1.0"):
            return None
        return "zero", "1.0", None
    if cc.elements == {"mark"}:
        return ("mark", "1.0", None) if cc.version in (None, "1.0") and cc.port in (OPEN, None) else None
    if cc.elements == {"certification"}:
        return "certification", "1.0", None
    unit = "-".join(part for part in _ORDER if part in cc.elements)
    if cc.scope == "impossible":
        return None
    if unit not in ELEMENTS or len(cc.elements) > unit.count("-") + 1:
        unit = "-".join(sorted(cc.elements))
        unit = {"nc-nd": "nd-nc"}.get(unit, unit)
        if unit not in RETIRED:
            return None
    if cc.version is None:
        return (unit, None, cc.port) if unit in ELEMENTS else None
    port = None if cc.port == OPEN else cc.port
    return (unit, cc.version, port) if exists(unit, cc.version, port) else None


def _scope(cc: CcMention) -> CcMention:
    """«International» is 4.0 and «Unported» 3.0 where no version stands; beside another version they contradict it."""
    ported = cc.port not in (OPEN, None)
    if cc.scope is None or cc.scope == "universal":
        return cc if cc.scope is None or cc.elements == {"zero"} else replace(cc, scope="impossible")
    if cc.scope == "international":
        fits = cc.version in (None, "4.0") and not ported
        return replace(cc, version="4.0", port=None) if fits else replace(cc, scope="impossible")
    if cc.scope == "unported":
        fits = cc.version not in ("4.0",) and not ported
        return replace(cc, version=cc.version or "3.0", port=None) if fits else replace(cc, scope="impossible")
    fits = (cc.version is None or cc.version in _GENERIC) and not ported
    return replace(cc, port=None) if fits else replace(cc, scope="impossible")


def version_of(number: str, known: Sequence[str] | None = None) -> str | None:
    """The version a number writes (`4`, `4.0`, `4,0`, `4_0`), among `known`; None where none or several fit.

    Without `known`: a version of Creative Commons, of which only 1, 3 and 4 are told apart by their first digit.
    """
    number = number.replace(",", ".").replace("_", ".")
    versions = ["1.0", "2.0", "2.1", "2.5", "3.0", "4.0"] if known is None else list(known)
    if number in versions:
        return number
    if known is not None and number.endswith(".0") and number[:-2] in versions:
        return number[:-2]
    if not _SHORT.fullmatch(number):
        return None
    fitting = [version for version in versions if version.split(".")[0] == number]
    return fitting[0] if len(fitting) == 1 else None
