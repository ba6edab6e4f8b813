"""The values that the whole project speaks in: readings, evidence, conclusions, policies, decisions. All frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Use = Literal[
    "reproduction", "derivative-works", "distribution", "making-available", "commercial-use", "database-extraction"
]
Answer = Literal["yes", "no", "unknown", "disputed"]
Duty = Literal[
    "attribution",
    "notice",
    "license-text",
    "mark-changes",
    "share-alike",
    "source-code",
    "bind-recipients",
    "advertising-line",
]
Basis = Literal["license", "official-work", "public-domain", "own", "contract", "tdm-exception", "research-exception"]
Verdict = Literal["keep", "refuse", "review"]
Claim = Literal["grant", "reservation", "preference"]

USES: tuple[Use, ...] = get_args(Use)
DUTIES: tuple[Duty, ...] = get_args(Duty)
BASES: tuple[Basis, ...] = get_args(Basis)
# Grounds by statute that permit copies for analysis and no passing on; they hold only where the policy names them.
EXCEPTIONS: tuple[Basis, ...] = ("tdm-exception", "research-exception")


@dataclass(frozen=True, slots=True)
class License:
    """One row of the registry: what one licence text grants and asks.

    `uses` answers every use in USES; `duties` and `conditions` are closed lists (README); `credit` names what an
    attribution consists of; `sources` points, flag by flag, at clause and publication.
    """

    id: str
    name: str
    uses: Mapping[str, Answer]
    duties: tuple[Duty, ...] = ()
    conditions: tuple[str, ...] = ()
    credit: tuple[str, ...] = ()
    basis: Basis = "license"
    urls: tuple[str, ...] = ()  # addresses by which a statement is recognised
    text_url: str | None = None  # where it can be read, if no statement is recognised by that address
    hub: str | None = None
    share_alike: str | None = None  # the group whose members can be shared together, `cc-by-sa-4.0`
    termination: str | None = None
    provider_wording: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    document: str | None = None  # a contract's own file
    signed: str | None = None  # ISO dates of a contract
    expires: str | None = None

    @property
    def address(self) -> str | None:
        """Where its text or provision can be read: its own address, else its page in SPDX's list of licences."""
        if self.urls:
            return self.urls[0]
        if self.text_url or self.id.startswith("LicenseRef-"):
            return self.text_url
        return f"https://spdx.org/licenses/{self.id}.html"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one statement means: alternatives (a choice given to us) of members (exactly one or all apply: meet).

    `alternatives` empty: not understood, judged as «anything, also nothing granted». `license` is set where the
    statement is exactly one licence (or one SPDX expression of exact ones); `family` where it names a family.
    `flags` keep what limits the statement («except logos») or describes it (`label`, `badge`, `deprecated-id`).
    """

    statement: str
    license: str | None = None
    family: str | None = None
    alternatives: tuple[tuple[str, ...], ...] = ()
    flags: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    via: str = "none"
    why: str = "not understood"

    @property
    def members(self) -> tuple[str, ...]:
        """Every licence id that the statement may mean, sorted."""
        return tuple(sorted({m for alternative in self.alternatives for m in alternative}))

    @property
    def understood(self) -> bool:
        return bool(self.alternatives)


# How far a piece of evidence reaches. The narrower speaks before the wider; only those in COVERS grant for the text.
ScopeName = Literal[
    "text",  # in the document, about this text
    "site",  # in the document, about the site, journal or repository it belongs to
    "record",  # the record's own metadata (a column)
    "joined",  # a joined table's row
    "source",  # the curator's word about the source
    "collection",  # a collection's card, repository file or portal: a clue, unless `covers: contents`
    "part",  # a figure, caption, embed, code, data, audio, comment, related list, quotation
    "metadata",  # the metadata's own licence
    "software",  # theme, widget, generator
    "other-work",  # another work
    "mention",  # prose about a licence
    "license-text",  # the licence's own deed or legal code
    "hidden",  # not shown: script, commented out
]
# `Evidence.license` where the config says that a value grants nothing; SPDX's word for «nothing is asserted».
NO_ASSERTION = "NOASSERTION"
COVERS: tuple[ScopeName, ...] = ("text", "record", "joined", "site", "source")  # narrow to wide
STRENGTH: Mapping[str, int] = {"text": 6, "site": 5, "record": 4, "joined": 3, "source": 2, "collection": 1}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement about rights with the place it stood: what the receipt of a record consists of.

    `place` is the evidence place of the config (`column`, `html` …), `kind` the way it was written there
    (`rel-license`, `meta`, `words` …), `locator` where within the record or source, `scope` what it covers and
    `rule` the rule that decided that. `context` quotes at most 300 characters. `seen` is an ISO date.
    """

    place: str
    kind: str
    statement: str
    locator: str = ""
    scope: ScopeName = "text"
    rule: str = ""
    claim: Claim = "grant"
    context: str = ""
    seen: str | None = None
    starts: str | None = None  # a statement that takes effect later (ALI, Crossref)
    by: str | None = None  # who said so, where it was a person
    because: str | None = None
    url: str | None = None
    license: str | None = None  # what the config says this value means (`values:`), or the curator's own licence id

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Signal:
    """One answer of one opt-out protocol.

    `answer`: `reserved`, `allowed`, `beside-the-point` (recorded, does not reserve), `unreadable`, `not-found`,
    `not-looked-for`. `value` is the raw value as found, `parsed` what it was read as, `agent` the group or use.
    """

    protocol: str
    answer: Literal["reserved", "allowed", "beside-the-point", "unreadable", "not-found", "not-looked-for"]
    value: str = ""
    parsed: str = ""
    agent: str = ""
    locator: str = ""
    seen: str | None = None
    version: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """All evidence on a record drawn together, before any policy; declared (what was said) and concluded kept apart."""

    license: str | None = None
    family: str | None = None
    alternatives: tuple[tuple[str, ...], ...] = ()
    basis: Basis | None = None
    declared: tuple[str, ...] = ()  # every statement that was weighed, as found
    used: tuple[int, ...] = ()  # indexes of the evidence that decided
    scope: ScopeName | None = None
    conflict: bool = False
    strictest: tuple[tuple[str, ...], ...] = ()  # under `conflicts: strictest`: the meet of all that disagree
    # in a conflict: each statement that disagrees, its family (None: exact) and its alternatives
    sides: tuple[tuple[str | None, tuple[tuple[str, ...], ...]], ...] = ()
    exceptions: tuple[str, ...] = ()
    clues: tuple[int, ...] = ()  # indexes of evidence that is too weak or covers something else
    contrary: tuple[int, ...] = ()  # indexes of evidence that explicitly denies
    # What the curator's word on a statutory exception would come to alone; empty where something stands against it.
    excepted: tuple[Conclusion, ...] = ()
    # `clue`: only evidence that is too weak to grant; `not-yet`: only statements that start later;
    # `reserved`: words beside the grant reserve training or mining
    state: Literal["stated", "missing", "not-understood", "conflict", "clue", "not-yet", "reserved"] = "missing"

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(sorted({m for alternative in self.alternatives for m in alternative}))


@dataclass(frozen=True, slots=True)
class AcceptedRisk:
    license: str
    use: str
    because: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What a kept record must allow and may ask. Mirrors the `policy:` block of a config."""

    uses: tuple[Use, ...] = ("reproduction", "derivative-works", "distribution", "commercial-use")
    duties: tuple[Duty, ...] = ("attribution", "notice", "license-text", "mark-changes")
    families: Literal["review", "worst-member"] = "review"
    accepted_risks: tuple[AcceptedRisk, ...] = ()
    conflicts: Literal["review", "strictest"] = "review"
    contested: Literal["refuse", "review"] = "refuse"
    reservations: Literal["honour", "record"] = "honour"
    bases: tuple[Basis, ...] = ("license", "official-work", "public-domain", "own", "contract")
    robots_agents: tuple[str, ...] = ("own", "star", "training")
    natural_language: Literal["honour", "record"] = "record"
    name: str = "default"


@dataclass(frozen=True, slots=True)
class Decision:
    """A policy's answer to one conclusion. `reason` is `keep` or a reason code; `license` is the branch taken."""

    decision: Verdict
    reason: str
    license: str | None = None
    family: str | None = None
    members: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()
    basis: Basis | None = None
    why: str = ""
    choice: str | None = None  # the `OR` this branch was taken from
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code with its sentence and its one decision."""

    code: str
    decision: Verdict
    sentence: str


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON, 64 hex digits. Raises TypeError on values that JSON has no word for."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """What the places of evidence and the opt-out protocols look at. Everything in it is untrusted data.

    One of `html`, `xml`, `text` is set; str is decoded already, bytes are as they came. `headers` are response headers,
    names lower-cased, each with its values in order. `path` is the file's place in its source, `/`-separated;
    `files` are other files that speak about it (LICENSE, REUSE.toml …), path → text. `robots` is a body, or a
    mapping `{"status": 503, "body": ""}`; None where it was not looked for. `metadata` is whatever else the record has.
    """

    id: str = ""
    html: str | bytes | None = None
    xml: str | bytes | None = None
    text: str | None = None
    url: str | None = None
    path: str | None = None
    headers: Mapping[str, tuple[str, ...]] | None = None
    robots: str | Mapping[str, Any] | None = None
    tdmrep: Any = None
    rsl: str | None = None
    ai_txt: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    seen: str | None = None  # when it was fetched, ISO 8601
