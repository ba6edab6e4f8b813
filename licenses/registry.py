"""Every licence that is known, by id, URL and family. Refuses duplicates and words that the model does not have."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, get_args

from licenses._creative_commons import cc_id, cc_licenses
from licenses.model import BASES, DUTIES, USES, Answer, License, digest

CONDITIONS = (
    "no-endorsement", "no-further-terms", "no-technical-measures", "no-distortion", "remove-on-request",
    "delete-after-use", "keep-secure",
)  # fmt: skip
CREDIT = ("author", "title", "copyright-notice", "license-link", "source-link", "provider-wording", "update-date")
_ID = re.compile(r"[A-Za-z0-9.\-]{1,100}", re.ASCII)
_ANSWERS: tuple[Answer, ...] = get_args(Answer)


@dataclass(frozen=True, slots=True)
class Family:
    """A name that several licences answer to.

    `choice`: the licence's own text lets the licensee take any published version (GPL-2.0 s. 9, GFDL-1.3 s. 10);
    otherwise exactly one member applies and nobody knows which.
    """

    name: str
    members: tuple[str, ...]
    choice: bool
    sources: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Registry:
    """The licences in the order of the table, with what finds them. Compared by identity; never changes.

    `licenses` maps an id to its licence, `families` a name to its Family; `explained` maps an id to the public tables
    that say otherwise and why; `publications` resolves the keys in square brackets of a licence's sources.
    """

    licenses: Mapping[str, License]
    families: Mapping[str, Family]
    explained: Mapping[str, Mapping[str, str]]
    publications: Mapping[str, str]
    version: str

    def get(self, id: str) -> License | None:
        """The licence of this id, None where there is none. Ids compare without case (SPDX specification, annex on
        licence expressions)."""
        return self._by_id.get(id.casefold())

    def by_url(self, url: str) -> str | None:
        """The id of the licence whose text or deed stands at this address, compared as `normalise` writes it."""
        return self._by_url.get(normalise(url))

    def cc_members(self, unit: str, version: str | None = None, port: str | None = None) -> tuple[str, ...]:
        """The ids of a Creative Commons unit (`by-sa`), of one version and one port where given; port `""` is the
        unported or international text. Empty where there are none."""
        return tuple(
            id_ for (u, v, p), id_ in self._cc.items() if u == unit and version in (None, v) and port in (None, p)
        )

    def with_own(self, licenses: Iterable[License]) -> Registry:
        """This registry and the config's own licences. Raises ValueError, naming the key, for an id that is taken and
        for uses, duties, conditions, credit elements or bases that do not exist, or an address that is another's."""
        own = tuple(licenses)
        if not own:
            return self
        table = dict(self.licenses)
        for license_ in own:
            _check(license_)
            if any(license_.id.casefold() == id_.casefold() for id_ in table):
                raise ValueError(f"{license_.id}: id: there is a licence of this id already")
            table[license_.id] = license_
            if taken := next((url for url in license_.urls if self.by_url(url) is not None), None):
                raise ValueError(f"{license_.id}: urls: {taken}: the address of another licence")
        return Registry(MappingProxyType(table), self.families, self.explained, self.publications, self.version)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every flag of every licence and every family's members, 64 hex digits."""
        return digest(
            [
                {id_: _plain(license_) for id_, license_ in self.licenses.items()},
                {name: [list(family.members), family.choice] for name, family in self.families.items()},
            ]
        )

    @cached_property
    def _by_id(self) -> Mapping[str, License]:
        return {id_.casefold(): license_ for id_, license_ in self.licenses.items()}

    @cached_property
    def _by_url(self) -> Mapping[str, str]:
        return {normalise(url): id_ for id_, license_ in self.licenses.items() for url in license_.urls}

    @cached_property
    def _cc(self) -> Mapping[tuple[str, str, str], str]:
        block = _table()["cc"]
        return {
            (unit, version, port): cc_id(block, unit, version, port)
            for unit, about in block["units"].items()
            for version in about["versions"]
            for port in block["ports"][version]
        }


def normalise(url: str) -> str:
    """An address as the registry compares it: without scheme, `www.`, final slash, and in lower case."""
    return re.sub(r"^(?:https?:)?//(?:www\.)?", "", url.strip().lower()).rstrip("/")


@lru_cache(maxsize=1)
def load() -> Registry:
    """The shipped registry. Raises ValueError, naming the key, where the table contradicts itself."""
    table = _table()
    licenses: dict[str, License] = {}
    taken: set[str] = set()
    explained: dict[str, Mapping[str, str]] = dict(table["cc"]["explained"])
    for license_ in cc_licenses(table["cc"]):
        _add(licenses, taken, license_)
    for id_, entry in table["licenses"].items():
        explained[id_] = entry.get("explained", {})
        _add(licenses, taken, _license(id_, {key: value for key, value in entry.items() if key != "explained"}))
    families = {}
    for name, entry in table["families"].items():
        members = list(entry.get("members", ()))
        for unit in entry.get("cc", ()):
            block = table["cc"]
            members += [
                cc_id(block, unit, version, port)
                for version in block["units"][unit]["versions"]
                for port in block["ports"][version]
            ]
        for member in members:
            if member not in licenses:
                raise ValueError(f"families.{name}: {member}: no such licence")
        families[name] = Family(
            name, tuple(dict.fromkeys(members)), entry.get("choice", False), tuple(entry["sources"])
        )
    registry = Registry(
        MappingProxyType(licenses),
        MappingProxyType(families),
        MappingProxyType({id_: MappingProxyType(why) for id_, why in explained.items() if why}),
        MappingProxyType(table["publications"]),
        table["version"],
    )
    urls = Counter(normalise(url) for license_ in licenses.values() for url in license_.urls)
    if doubled := sorted(url for url, times in urls.items() if times > 1):
        raise ValueError(f"urls: {doubled[0]}: two licences stand there")
    return registry


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("licenses").joinpath("registry.toml").read_text("utf-8"))


def _add(licenses: dict[str, License], taken: set[str], license_: License) -> None:
    """Adds a licence; `taken` are the ids that there are, without case."""
    _check(license_)
    if license_.id.casefold() in taken:
        raise ValueError(f"{license_.id}: id: stands twice")
    taken.add(license_.id.casefold())
    licenses[license_.id] = license_


def _license(id_: str, entry: Mapping[str, Any]) -> License:
    rest = dict(entry)
    uses: dict[str, Answer] = {use: rest.get("uses", "yes") for use in USES}
    uses["database-extraction"] = "no" if rest.pop("uses", "yes") == "no" else "unknown"
    for answer in _ANSWERS:
        for use in rest.pop(answer, ()):
            if use not in USES:
                raise ValueError(f"{id_}: {answer}: {use}: no such use")
            uses[use] = answer
    known = {field.name for field in fields(License)}
    if strange := set(rest) - known:
        raise ValueError(f"{id_}: {min(strange)}: no such key")
    for key, value in rest.items():
        if isinstance(value, list):
            rest[key] = tuple(value)
    sources = rest.pop("sources")
    return License(id=id_, uses=MappingProxyType(uses), sources=MappingProxyType(sources), **rest)


def _check(license_: License) -> None:
    """Raises ValueError for a licence with words that the model does not have."""
    if not _ID.fullmatch(license_.id):
        raise ValueError(f"{license_.id!r}: id: letters, digits, dots and hyphens only")
    for key, given, known in (
        ("uses", license_.uses, USES),
        ("duties", license_.duties, DUTIES),
        ("conditions", license_.conditions, CONDITIONS),
        ("credit", license_.credit, CREDIT),
        ("basis", (license_.basis,), BASES),
        ("uses", license_.uses.values(), _ANSWERS),
    ):
        for word in given:
            if word not in known:
                raise ValueError(f"{license_.id}: {key}: {word}: must be one of {', '.join(known)}")
    if missing := [use for use in USES if use not in license_.uses]:
        raise ValueError(f"{license_.id}: uses: {missing[0]}: no answer")


def _plain(license_: License) -> dict[str, Any]:
    return {
        field.name: dict(value) if isinstance(value := getattr(license_, field.name), Mapping) else value
        for field in fields(License)
    }
