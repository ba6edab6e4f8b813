"""The blocks of a configuration as they are written in YAML: names, types, defaults and what each key means.

Everything is strict (`"2"` is no number) and every unknown key is an error, because a key that is silently ignored is a
rule that somebody believes in and nobody applies. Blocks that narrow what is kept have no default: to leave one out
must never keep more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

import licenses.reservations
from licenses.model import BASES, DUTIES, AcceptedRisk, Answer, Basis, Duty, License, Policy, Use
from licenses.model import USES as ALL_USES

Column = Literal["id", "text", "url", "title", "author", "published", "retrieved", "locale"]
Credit = Literal[
    "author", "title", "copyright-notice", "license-link", "source-link", "provider-wording", "update-date"
]
Condition = Literal[
    "no-endorsement",
    "no-further-terms",
    "no-technical-measures",
    "no-distortion",
    "remove-on-request",
    "delete-after-use",
    "keep-secure",
]
Agents = Literal["own", "star", "training"]
GLOB = re.compile(r"[*?\[\]{}]")
WHOLE_DOCUMENT = ("column", "curator")  # the two places whose statement the config itself has to describe


def modules(package: Any) -> tuple[str, ...]:
    """The public modules of a package by file name, sorted: the file name is the YAML name, so nothing is imported."""
    found = [path for folder in package.__path__ for path in Path(folder).iterdir()]
    names = {path.stem for path in found if path.suffix == ".py" or (path / "__init__.py").exists()}
    return tuple(sorted(name for name in names if not name.startswith("_")))


# Each is a module of `licenses.evidence` with a `find`. Helpers stand there too, so they are written out.
PLACES = (
    "column",
    "curator",
    "front_matter",
    "html",
    "http_headers",
    "hub_card",
    "jats",
    "license_file",
    "spdx_tag",
    "tei",
    "text",
)
PROTOCOLS = tuple(licenses.reservations.PROTOCOLS)


def _one_of(allowed: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return AfterValidator(check)


def _day(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("must be a date like 2026-11-24")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day") from None
    return value


def _no_glob(value: str) -> str:
    if GLOB.search(value):
        raise ValueError(
            "may not contain brackets or other pattern characters (* ? [ ] { }): such a dataset cannot be loaded"
        )
    if "://" in value:
        raise ValueError("must be a local or shared folder; `reinschrift publish` copies it to a remote place")
    return value


def _tag(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", value, re.ASCII):
        raise ValueError("must be a language tag by BCP 47, like de-AT")
    return value


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Day = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]
Tag = Annotated[str, AfterValidator(_tag)]


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class DatasetBlock(Block):
    """What the dataset is called and who answers for it: the head of its card."""

    name: Text = Field(description="Name of the dataset, as its card shows it.")
    version: Text = Field(description="Version of the dataset, like 1.0.0.")
    summary: Text = Field(description="One sentence on what is in it.")
    curators: tuple[Text, ...] = Field(min_length=1, description="Who compiled it and answers for it.")
    contact: Text = Field(description="Where rightholders turn to: an address of mail or web.")
    language: tuple[Tag, ...] = Field(default=(), description="Languages for the card, if no stage says so.")


class LicenseBlock(Block):
    """A licence of one's own: a contract, a house licence, one's own work. What is not listed in `uses` is denied."""

    id: str = Field(pattern=r"^LicenseRef-[A-Za-z0-9.\-]+$", description="Its SPDX id; begins with LicenseRef-.")
    name: Text | None = Field(default=None, description="Its name as people write it; default: the id.")
    uses: tuple[Use, ...] = Field(min_length=1, description="Every use that it permits.")
    duties: tuple[Duty, ...] = Field(description="Everything that it asks of whoever passes the text on.")
    conditions: tuple[Condition, ...] = Field(default=(), description="What it asks of behaviour; shown on the card.")
    credit: tuple[Credit, ...] = Field(default=(), description="What an attribution consists of.")
    basis: Basis | None = Field(default=None, description="Default: contract where `signed` is given, else license.")
    url: Text | None = Field(default=None, description="Where its text stands on the web.")
    document: Text | None = Field(default=None, description="The file that holds the contract.")
    signed: Day | None = Field(default=None, description="The day from which it holds.")
    expires: Day | None = Field(default=None, description="The last day on which it holds.")
    provider_wording: Text | None = Field(default=None, description="The attribution as the provider words it.")

    @model_validator(mode="after")
    def _dates(self) -> Self:
        if self.signed and self.expires and self.expires < self.signed:
            raise ValueError("expires before it is signed")
        return self

    def license(self) -> License:
        """The same as a row of the registry."""
        uses: Mapping[str, Answer] = {use: "yes" if use in self.uses else "no" for use in ALL_USES}
        return License(
            id=self.id,
            name=self.name or self.id,
            uses=uses,
            duties=self.duties,
            conditions=self.conditions,
            credit=self.credit,
            basis=self.basis or ("contract" if self.signed else "license"),
            urls=(self.url,) if self.url else (),
            share_alike=self.id if "share-alike" in self.duties else None,
            provider_wording=self.provider_wording,
            sources={"config": self.document or self.url or "the configuration"},
            document=self.document,
            signed=self.signed,
            expires=self.expires,
        )


class PlaceBlock(Block):
    """One place where a statement about rights stands. A bare word, `html`, is short for `{from: html}`."""

    from_: Annotated[str, _one_of(PLACES)] = Field(
        alias="from", description="The place.", json_schema_extra={"enum": list(PLACES)}
    )
    column: Text | None = Field(default=None, description="With `column`: the source's column; dots for nesting.")
    values: Mapping[str, Text | None] | None = Field(
        default=None, description="With `column`: what a house's own codes mean; null grants nothing."
    )
    license: Text | None = Field(default=None, description="With `curator`: the licence of every record.")
    url: Text | None = Field(default=None, description="Where the statement can be read.")
    because: Text | None = Field(default=None, description="Why the curator may say so.")
    by: Text | None = Field(default=None, description="Who says so.")
    covers: Literal["contents"] | None = Field(
        default=None, description="A collection's statement counts for its records; needs `by` and `because`."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.from_ == "column" and self.column is None:
            raise ValueError("evidence from a column needs `column`")
        if self.from_ == "curator" and (self.license is None or self.because is None):
            raise ValueError("the curator's word needs `license` and `because`")
        if self.from_ != "column" and (self.column is not None or self.values is not None):
            raise ValueError("`column` and `values` belong to evidence from a column")
        if self.from_ != "curator" and self.license is not None:
            raise ValueError("`license` belongs to the curator's word")
        if self.covers and self.from_ in WHOLE_DOCUMENT:
            raise ValueError("`covers` belongs to a collection's statement")
        if self.covers and (self.by is None or self.because is None):
            raise ValueError("`covers: contents` needs `by` and `because`")
        return self

    def options(self) -> dict[str, Any]:
        """What the place's module is told: every key that was given, without `from`."""
        return {k: v for k, v in self.model_dump().items() if v is not None and k != "from_"}


class JoinBlock(Block):
    """Rights in another table, found by a key. A record without a row there has no statement from it."""

    path: Text = Field(description="Parquet or CSV.")
    on: dict[str, Text] = Field(min_length=1, max_length=1, description="The record's column: the table's column.")
    columns: tuple[Text, ...] = Field(min_length=1, description="The table's columns that are evidence.")


class SourceBlock(Block):
    """One source. Keys that are not named here are the reader's own."""

    name: str = Field(pattern=r"^\w[\w.\-]*$", description="How the source is called in ids and reports.")
    reader: Text = Field(description="Its format: the name of a reader.")
    path: Text = Field(description="A path, a pattern or an address; ${NAME} is an environment variable.")
    evidence: tuple[PlaceBlock, ...] = Field(min_length=1, description="Where its statements about rights stand.")
    reservations: tuple[Annotated[str, _one_of(PROTOCOLS)], ...] = Field(
        default=(),
        description="Opt-out protocols to look for.",
        json_schema_extra={"items": {"enum": list(PROTOCOLS)}},
    )
    columns: dict[Column, Text] = Field(default_factory=dict, description="Our name: the source's; dots for nesting.")
    join: JoinBlock | None = Field(default=None, description="Rights in another table, by key.")
    captures: Text | None = Field(
        default=None, description="robots.txt and the like of the time of the crawl: a WARC, or a folder by host."
    )
    locale: Tag | None = Field(default=None, description="The language and region of records that declare none.")
    origin: bool = Field(default=False, description="It is the publisher itself: third parties cannot contest it.")

    @model_validator(mode="after")
    def _places_once(self) -> Self:
        """Of two descriptions of one place one would be lost, perhaps the one that denies."""
        seen: set[tuple[str, str | None]] = set()
        for place in self.evidence:
            key = (place.from_, place.column)
            if key in seen and place.from_ != "curator":
                raise ValueError(f"the place {place.column or place.from_} stands twice among the evidence")
            seen.add(key)
        return self

    @model_validator(mode="after")
    def _joined_columns_count(self) -> Self:
        named = {place.column for place in self.evidence}
        for column in self.join.columns if self.join else ():
            if column not in named:
                raise ValueError(
                    f"the joined column {column} is named by no evidence: add {{from: column, column: {column}}}"
                )
        return self


class RiskBlock(Block):
    """A use that is unknown or disputed and is accepted all the same; printed on the card."""

    license: Text
    use: Use
    because: Text


class RobotsBlock(Block):
    """Whose groups in robots.txt count; each alone is enough to shut us out."""

    agents: tuple[Agents, ...] = Field(min_length=1)


class PolicyBlock(Block):
    """What a kept record must allow, and may ask. `uses` and `duties` have no default."""

    uses: tuple[Use, ...] = Field(min_length=1, description="Every use that each possible licence must permit.")
    duties: tuple[Duty, ...] = Field(description="Every duty that we are ready to fulfil; another one refuses.")
    families: Literal["review", "worst-member"] = Field(default="review", description="«CC BY» without a version.")
    accepted_risks: tuple[RiskBlock, ...] = Field(default=(), description="Printed on the card.")
    conflicts: Literal["review", "strictest"] = Field(default="review", description="Equal evidence disagrees.")
    contested: Literal["refuse", "review"] = Field(default="refuse", description="The same text elsewhere, denied.")
    reservations: Literal["honour", "record"] = Field(default="honour", description="What an opt-out does.")
    bases: tuple[Basis, ...] = Field(
        default=Policy().bases, min_length=1, description="The legal grounds that are accepted."
    )
    robots: RobotsBlock | None = Field(default=None, description="Default: own, star and training.")
    natural_language: Literal["honour", "record"] = Field(
        default="record", description="What an opt-out in running words does."
    )

    def policy(self, name: str) -> Policy:
        """The same as the value that judges."""
        return Policy(
            uses=self.uses,
            duties=self.duties,
            families=self.families,
            accepted_risks=tuple(AcceptedRisk(r.license, r.use, r.because) for r in self.accepted_risks),
            conflicts=self.conflicts,
            contested=self.contested,
            reservations=self.reservations,
            bases=self.bases,
            robots_agents=self.robots.agents if self.robots else Policy().robots_agents,
            natural_language=self.natural_language,
            name=name,
        )


class StageBlock(Block):
    """One stage. Every other key is the stage's own."""

    stage: Text = Field(description="The name of a stage.")


class GatesBlock(Block):
    """What makes a finished run fail, exit 1."""

    max_unrecognised: float | None = Field(
        default=None, ge=0, le=1, description="Greatest share of read records whose statement was not understood."
    )


class OutputBlock(Block):
    """Where the dataset goes and how it is cut into files."""

    path: Annotated[Text, AfterValidator(_no_glob)] = Field(description="A folder; ${NAME} is an environment variable.")
    partition: Literal["duties"] | None = Field(default=None, description="`duties`: a folder for every set of duties.")
    gates: GatesBlock = Field(default=GatesBlock())
    file_bytes: int = Field(default=1 << 30, ge=1 << 10, description="Bytes of text after which a file is full.")
    row_group_rows: int = Field(default=10_000, ge=1, description="Rows after which a row group is full.")
    row_group_bytes: int = Field(default=64 << 20, ge=1 << 10, description="Bytes after which a row group is full.")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class EngineBlock(Block):
    """Who runs the job. Nothing in it changes a byte of the result."""

    kind: Literal["local", "slurm", "ray"] = "local"
    workers: int = Field(default_factory=_cores, ge=1, description="Default: the cores of this machine.")
    cpus_per_worker: int = Field(default=1, ge=1)
    memory_gb: int = Field(default=2, ge=1, description="Memory of a worker in GiB, for slurm and ray.")
    partition: Text | None = Field(default=None, description="The Slurm partition.")
    time: Text | None = Field(default=None, description="The Slurm time limit, like 20:00:00.")

    @model_validator(mode="after")
    def _slurm(self) -> Self:
        if self.kind == "slurm" and (self.partition is None or self.time is None):
            raise ValueError("slurm needs `partition` and `time`")
        if self.kind != "slurm" and (self.partition is not None or self.time is not None):
            raise ValueError("`partition` and `time` belong to slurm")
        return self


class CardBlock(Block):
    language: Literal["en", "de"] = Field(default="en", description="The language in which the card is written.")


class FileBlock(Block):
    """A configuration of Reinschrift: which sources, under which policy, through which stages, into which dataset."""

    version: Literal[1]
    as_of: Day | None = Field(default=None, description="The day that every verdict is given for; default: today.")
    dataset: DatasetBlock
    licenses: tuple[LicenseBlock, ...] = Field(default=(), description="Contracts, house licences, one's own work.")
    sources: tuple[SourceBlock, ...] = Field(min_length=1)
    policy: PolicyBlock = Field(description="The policy, or the name of one that is shipped.")
    stages: tuple[StageBlock, ...] = Field(description="In this order; licence and reservation always come first.")
    output: OutputBlock
    engine: EngineBlock = Field(default_factory=EngineBlock)
    overrides: tuple[Text, ...] = Field(default=(), description="Files with what a person decided on review rows.")
    removals: tuple[Text, ...] = Field(default=(), description="Files with what has to stay out.")
    card: CardBlock = Field(default=CardBlock())


__all__ = ["BASES", "DUTIES", "PLACES", "PROTOCOLS", "FileBlock", "PolicyBlock", "SourceBlock", "modules"]
