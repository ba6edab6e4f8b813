"""Creative Commons by address and by id: the URL grammar in full, and the one function that names a CC licence.

Source of grammar, units, versions and retirements: cc-licenses application and the cc-legal-tools-data table of
Creative Commons; source of the ids: SPDX licence list 3.27 to 3.29.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote


def _ports(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Version → jurisdictions that were ported; None is the unported text. 2.1 exists only as ports, 4.0 only unported.
PORTS: dict[str, frozenset[str | None]] = {
    "1.0": frozenset([None]) | _ports("fi il nl"),
    "2.0": frozenset([None]) | _ports("at au be br ca cl de es fr hr it jp kr nl pl tw uk za"),
    "2.1": frozenset(_ports("au ca es jp")),
    "2.5": frozenset([None])
    | _ports("ar au bg br ca ch cn co dk es hr hu il in it mk mt mx my nl pe pl pt scotland se si tw za"),
    "3.0": frozenset([None])
    | _ports("am at au az br ca ch cl cn cr cz de ec ee eg es fr ge gr gt hk hr ie igo it lu nl no nz ph pl pr pt ro")
    | _ports("rs sg th tw ug us ve vn za"),
    "4.0": frozenset([None]),
}
ELEMENTS: tuple[str, ...] = ("by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa")
# Retired units: a work that stands under one stays so, but it belongs to no family.
RETIRED: dict[str, frozenset[tuple[str, str | None]]] = {
    **{
        unit: frozenset([("1.0", None), ("1.0", "fi"), ("1.0", "nl"), ("2.0", "jp")])
        for unit in ("nc", "nc-sa", "nd", "nd-nc", "sa")
    },
    "devnations": frozenset([("2.0", None)]),
    "sampling": frozenset([("1.0", None), ("1.0", "br"), ("1.0", "tw")]),
    "sampling+": frozenset([("1.0", None), ("1.0", "br"), ("1.0", "de"), ("1.0", "tw")]),
    "nc-sampling+": frozenset([("1.0", None), ("1.0", "tw")]),
}
# Ports that SPDX lists under an id of their own; every other port is a LicenseRef.
SPDX_PORTS: frozenset[str] = _ports(
    "CC-BY-2.5-AU CC-BY-3.0-AT CC-BY-3.0-AU CC-BY-3.0-DE CC-BY-3.0-IGO CC-BY-3.0-NL CC-BY-3.0-US CC-BY-NC-3.0-DE "
    "CC-BY-NC-3.0-IGO CC-BY-NC-ND-3.0-DE CC-BY-NC-ND-3.0-IGO CC-BY-NC-SA-2.0-DE CC-BY-NC-SA-2.0-FR CC-BY-NC-SA-2.0-UK "
    "CC-BY-NC-SA-3.0-DE CC-BY-NC-SA-3.0-IGO CC-BY-ND-3.0-DE CC-BY-SA-2.0-UK CC-BY-SA-2.1-JP CC-BY-SA-3.0-AT "
    "CC-BY-SA-3.0-DE CC-BY-SA-3.0-IGO"
)
_SPDX_RETIRED = frozenset(["CC-SA-1.0"])

_HOSTS = frozenset(["creativecommons.org", "www.creativecommons.org"])
_BADGE_HOSTS = frozenset(["i.creativecommons.org", "licensebuttons.net", "www.licensebuttons.net"])
_URL = re.compile(r"(?:(?:https?:)?//)?([a-z0-9.-]+)(?::(?:80|443))?(/[^?#]*)?(?:[?#]\S*)?", re.IGNORECASE)
_LANGUAGE = r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*"
_DOCUMENT = re.compile(rf"(?:(?:deed|legalcode)(?:\.{_LANGUAGE})?|rdf|legalcode\.txt|legalcode-plain)", re.IGNORECASE)
_VERSION = re.compile(r"[0-9]\.[0-9]")


@dataclass(frozen=True, slots=True)
class CcUrl:
    """What an address of Creative Commons names: a family where `version` is None; a `badge` is a clue only."""

    unit: str
    version: str | None
    port: str | None
    kind: Literal["license", "badge"] = "license"

    @property
    def id(self) -> str | None:
        """The licence's id; None for a family."""
        return None if self.version is None else cc_id(self.unit, self.version, self.port)


def cc_id(unit: str, version: str, port: str | None = None) -> str:
    """The id of a CC licence: SPDX's where SPDX lists it, else a LicenseRef of the same pattern.

    `unit` as in CC's own addresses (`by-sa`, `zero`, `mark`, `certification`, `sampling+`; in 1.0 also `by-nd-nc`),
    `version` such as `3.0`, `port` CC's jurisdiction code or None. Pure naming: see `exists` for what was published.
    """
    unit = unit.lower()
    if unit == "zero":
        return "CC0-1.0" if version == "1.0" else f"LicenseRef-CC0-{version}"
    if unit == "mark":
        return f"CC-PDM-{version}" if version == "1.0" else f"LicenseRef-CC-PDM-{version}"
    if unit == "certification":
        return "CC-PDDC"
    if unit == "by-nd-nc":
        unit = "by-nc-nd"
    name = "-".join(["CC", unit.replace("+", "-plus"), version, *([port] if port else [])]).upper()
    listed = name in SPDX_PORTS if port else unit in ELEMENTS or name in _SPDX_RETIRED
    return name if listed else f"LicenseRef-{name}"


def exists(unit: str, version: str, port: str | None) -> bool:
    """Whether Creative Commons published this licence (for ports the table of CC BY stands for every unit)."""
    if unit in ELEMENTS:
        return port in PORTS.get(version, frozenset())
    if unit == "by-nd-nc":
        return version == "1.0" and port in PORTS["1.0"]
    if unit in ("zero", "mark"):
        return version == "1.0" and port is None
    if unit == "certification":
        return version == "1.0" and port in (None, "us")
    return (version, port) in RETIRED.get(unit, frozenset())


def all_ids() -> frozenset[str]:
    """The id of every licence that `exists`."""
    units = [(unit, version, port) for unit in ELEMENTS for version, ports in PORTS.items() for port in ports]
    retired = [(unit, version, port) for unit, pairs in RETIRED.items() for version, port in pairs]
    special = [("zero", "1.0", None), ("mark", "1.0", None), ("certification", "1.0", None)]
    return frozenset(cc_id(*each) for each in [*units, *retired, *special])


def parse(url: str) -> CcUrl | None:
    """The CC licence, family or badge that this one address names; None for everything else.

    Scheme http, https, relative or none; host exactly creativecommons.org (badges: i.creativecommons.org,
    licensebuttons.net). Query and fragment say nothing about the licence and are dropped; a share link, an archive's
    wrapper or an address within a query has another host and is None. So are combinations that were never published.
    """
    match = _URL.fullmatch(url.strip())
    if match is None:
        return None
    host, path = match[1].lower().rstrip("."), unquote(match[2] or "")
    if "%" in path or "\\" in path:
        return None
    parts = [part.lower() for part in path.strip("/").split("/")]
    if host in _BADGE_HOSTS:
        return _badge(parts)
    if host not in _HOSTS or not parts:
        return None
    if parts in (["licenses", "publicdomain"], ["licenses", "publicdomain", "deed"]):
        return CcUrl("certification", "1.0", None)
    if len(parts) > 2 and _DOCUMENT.fullmatch(parts[-1]):
        parts.pop()
    return _tool(parts)


def _tool(parts: list[str]) -> CcUrl | None:
    if not 2 <= len(parts) <= 4 or "" in parts:
        return None
    category, unit, *rest = parts
    if category == "publicdomain" and unit not in ("zero", "mark", "certification"):
        return None
    if category == "licenses" and unit not in ELEMENTS and unit not in RETIRED and unit != "by-nd-nc":
        return None
    if category not in ("licenses", "publicdomain"):
        return None
    if not rest:
        if unit in ("zero", "mark"):
            return CcUrl(unit, "1.0", None)
        return CcUrl(unit, None, None) if unit in ELEMENTS else None
    version, port = rest[0], rest[1] if len(rest) > 1 else None
    if not _VERSION.fullmatch(version) or not exists(unit, version, port):
        return None
    return CcUrl(unit, version, port)


def _badge(parts: list[str]) -> CcUrl | None:
    if len(parts) < 3 or parts[0] not in ("l", "p", "i"):
        return None
    kept = [part for part in parts[1:] if "." not in part or _VERSION.fullmatch(part)]
    category = "publicdomain" if kept and kept[0] in ("zero", "mark") else "licenses"
    found = _tool([category, *kept])
    return None if found is None else CcUrl(found.unit, found.version, found.port, "badge")
