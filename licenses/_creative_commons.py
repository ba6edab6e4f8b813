"""The licences of Creative Commons from the compact block of the table: units × versions × ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from licenses.model import USES, Answer, Duty, License

_ADAPTED = ("1.0", "2.0", "2.1", "2.5")
_DEED = "https://creativecommons.org/licenses/"


def cc_id(block: Mapping[str, Any], unit: str, version: str, port: str) -> str:
    """The SPDX id of a unit, version and port (`""`: unported or international) where SPDX lists it, else a
    LicenseRef- of the same shape. `block` is the table's `cc`."""
    stem = block["units"][unit]["stem"]
    plain = f"{stem}-{version}-{port.upper()}" if port else f"{stem}-{version}"
    return plain if not port or plain in block["spdx"]["ports"] else f"LicenseRef-{plain}"


def cc_licenses(block: Mapping[str, Any]) -> Iterator[License]:
    """Every current and retired licence of the block, in its order."""
    flags: Mapping[str, Mapping[str, Any]] = block["flags"]
    for unit, about in block["units"].items():
        for version in about["versions"]:
            for port in block["ports"][version]:
                said = {name: flag["source"] for name, flag in flags.items() if f"{version}/{port}" in flag["ports"]}
                yield _current(cc_id(block, unit, version, port), unit, about["title"], version, port, said)
    for unit, about in block["retired"].items():
        for place in about["ports"]:
            version, port = place.split("/")
            yield _retired(unit, about["id"], about["title"], version, port)


def _current(id_: str, unit: str, title: str, version: str, port: str, said: Mapping[str, str]) -> License:
    letters = unit.split("-")
    newest = version == "4.0"
    uses: dict[str, Answer] = dict.fromkeys(USES, "yes")
    sources = {
        "*": "s. 2(a)(1) [LC]" if newest else "s. 3 [LC]",
        "attribution": "s. 3(a)(1) [LC]" if newest else "s. 4, credit clause [LC]",
        "notice": "s. 3(a)(1)(A)(ii)-(iv), (C) [LC]" if newest else "s. 4(a) [LC]",
        "termination": "s. 6 [LC]" if newest else "s. 7(a) [LC]",
    }
    if "nd" in letters:
        uses["derivative-works"] = "no"
        sources["derivative-works"] = (
            "s. 2(a)(1)(B): adapted material may be produced, not shared [LC]"
            if newest
            else "s. 3 does not grant adaptation [LC]"
        )
    if "nc" in letters:
        uses["commercial-use"] = "no"
        sources["commercial-use"] = (
            "s. 1, 2(a)(1) NonCommercial [LC]" if newest else "s. 4, restriction to non-commercial [LC]"
        )
    elif "fees-reserved" in said:
        uses["commercial-use"] = "disputed"
        sources["commercial-use"] = said["fees-reserved"]
    uses["database-extraction"] = (
        "yes" if newest or "database-licensed" in said or "database-waived" in said else "unknown"
    )
    sources["database-extraction"] = (
        "s. 4 [LC]"
        if newest
        else said.get("database-licensed") or said.get("database-waived") or "the text is silent [LC]"
    )
    if "nc" in letters and uses["database-extraction"] == "yes":
        sources["database-extraction"] += "; for non-commercial purposes only"
    duties: list[Duty] = ["attribution", "notice"]
    if newest or "nd" not in letters:
        duties.append("mark-changes")
        sources["mark-changes"] = (
            "s. 3(a)(1)(B) [LC]"
            if newest
            else "s. 4, credit of a derivative [LC]"
            if version in _ADAPTED
            else "s. 3(b) [LC]"
        )
    if "sa" in letters:
        duties.append("share-alike")
        sources["share-alike"] = (
            "s. 3(b) [LC]"
            if newest
            else "s. 4(b): this version only [LC]"
            if version == "1.0"
            else "s. 4(b): this or a later version, same elements [LC]"
        )
    conditions = ["no-further-terms", "no-technical-measures", "remove-on-request"]
    sources["no-further-terms"] = sources["no-technical-measures"] = "s. 2(a)(5)(B) [LC]" if newest else "s. 4(a) [LC]"
    sources["remove-on-request"] = "s. 3(a)(3) [LC]" if newest else "s. 4(a) [LC]"
    if version in ("3.0", "4.0"):
        conditions.append("no-endorsement")
        sources["no-endorsement"] = "s. 2(a)(6) [LC]" if newest else "s. 4, credit clause [LC]"
    if version == "3.0":
        conditions.append("no-distortion")
        sources["no-distortion"] = "s. 4, moral rights [LC]"
    for extra in ("known-uses-only", "duties-on-reproduction"):
        if extra in said:
            sources[extra] = said[extra]
    path = f"{'by-nd-nc' if unit == 'by-nc-nd' and version == '1.0' else unit}/{version}/{port + '/' if port else ''}"
    kind = port.upper() if port else {"4.0": "International", "3.0": "Unported"}.get(version, "Generic")
    return License(
        id=id_,
        name=f"Creative Commons {title} {version} {kind}",
        uses=MappingProxyType(uses),
        duties=tuple(duties),
        conditions=tuple(conditions),
        credit=("author", "title", "copyright-notice", "license-link", "source-link"),
        urls=(_DEED + path,),
        hub=_hub(id_),
        share_alike=f"cc-{unit}-{version}" if "sa" in letters else None,
        termination="automatic, reinstated if cured within 30 days" if newest or port == "igo" else "automatic",
        sources=MappingProxyType(sources),
    )


# Tags of the Hub (HF): only these versions of the unported texts have one.
_HUB = {
    "by": ("2.0", "2.5", "3.0", "4.0"),
    "by-sa": ("3.0", "4.0"),
    "by-nc": ("2.0", "3.0", "4.0"),
    "by-nd": ("4.0",),
    "by-nc-nd": ("3.0", "4.0"),
    "by-nc-sa": ("2.0", "3.0", "4.0"),
}
_HUB_TAGS = frozenset(f"cc-{unit}-{version}" for unit, versions in _HUB.items() for version in versions)


def _hub(id_: str) -> str | None:
    return id_.lower() if id_.lower() in _HUB_TAGS else None


def _retired(unit: str, stem: str, title: str, version: str, port: str) -> License:
    letters = unit.replace("+", "").split("-")
    uses: dict[str, Answer] = dict.fromkeys(USES, "yes")
    uses["database-extraction"] = "unknown"
    sources = {"*": "s. 3 [LC]", "database-extraction": "the text is silent [LC]"}
    duties: list[Duty] = ["notice"]
    sources["notice"] = "s. 4(a) [LC]"
    if "nc" in letters:
        uses["commercial-use"] = "no"
        sources["commercial-use"] = "s. 4, restriction to non-commercial [LC]"
    if "nd" in letters:
        uses["derivative-works"] = "no"
        sources["derivative-works"] = "s. 3 does not grant adaptation [LC]"
    if "sa" in letters:
        duties.append("share-alike")
        sources["share-alike"] = "s. 4(b) [LC]"
    if "sampling" in letters:
        # Sampling licenses extracts in new works; only the Plus variants allow the whole work to be passed on.
        whole: Answer = "disputed" if "+" in unit else "no"
        uses |= {"reproduction": whole, "distribution": whole, "making-available": whole}
        uses["commercial-use"] = "no" if "nc" in letters else "disputed"
        sources["*"] = (
            "s. 3: re-creation from parts; the whole work only non-commercially, in the Plus variants [CC-APP]"
        )
        sources["commercial-use"] = "s. 4: no advertising; the whole work non-commercially only [CC-APP]"
    if unit == "devnations":
        uses |= {
            "reproduction": "no",
            "distribution": "no",
            "making-available": "no",
            "derivative-works": "no",
            "commercial-use": "no",
        }
        sources["*"] = "grants nothing in high-income countries [CC-APP]"
    if "sampling" in letters or unit == "devnations":
        duties.append("attribution")
        sources["attribution"] = "s. 4, credit clause [CC-APP]"
    plain = f"{stem}-{version}{'-' + port.upper() if port else ''}"
    return License(
        id=plain.removeprefix("LicenseRef-") if plain == "LicenseRef-CC-SA-1.0" else plain,
        name=f"Creative Commons {title} {version}{' ' + port.upper() if port else ''} (retired)",
        uses=MappingProxyType(uses),
        duties=tuple(duties),
        conditions=("no-further-terms", "no-technical-measures"),
        credit=("author", "title", "copyright-notice", "license-link", "source-link"),
        urls=(f"{_DEED}{unit}/{version}/{port + '/' if port else ''}",),
        share_alike=f"cc-{unit}-{version}" if "sa" in letters else None,
        termination="automatic",
        sources=MappingProxyType(
            sources
            | {
                "no-further-terms": "s. 4(a) [LC]",
                "no-technical-measures": "s. 4(a) [LC]",
                "termination": "s. 7(a) [LC]",
            }
        ),
    )
