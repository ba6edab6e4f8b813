"""Random sets of evidence for the promise that a statement which would not be kept alone never opens a door.

Shared by the property test (a few thousand sets) and by tests/bench/promise_four.py (300,000).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from licenses.conclude import conclude
from licenses.judge import judge
from licenses.model import COVERS, NO_ASSERTION, AcceptedRisk, Evidence, Policy, ScopeName
from licenses.reasons import KEEP
from licenses.registry import Registry

AS_OF = "2026-11-25"
STATEMENTS: tuple[str, ...] = (
    "CC-BY-4.0", "CC BY 4.0", "CC-BY-3.0", "CC-BY-3.0-DE", "https://creativecommons.org/licenses/by/2.0/es/",
    "CC-BY-SA-4.0", "CC-BY-SA-3.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC0-1.0", "MIT", "BSD-3-Clause", "Apache-2.0",
    "MIT OR GPL-3.0-only", "MIT AND Apache-2.0", "GPL-3.0-only", "GFDL-1.3-only", "ODbL-1.0", "DL-DE-BY-2.0",
    "CC BY", "CC BY-SA", "CC BY-NC", "CC", "BSD", "Apache", "GPL", "GFDL", "public domain",
    "All rights reserved", "LicenseRef-official-work-DE-5-1", "LicenseRef-official-work-DE-5-2",
    "nan", "unknown", "None", "license", "see website", "", "  ", "CC BY 4.0, except logos", "CC BY, no AI training",
)  # fmt: skip
SCOPES: tuple[ScopeName, ...] = (*COVERS, "collection", "part", "mention", "metadata")
RISK = (AcceptedRisk("CC-BY", "commercial-use", "counsel's memo"),)
EVERY_DUTY = ("attribution", "notice", "license-text", "mark-changes", "share-alike", "source-code", "bind-recipients")
POLICIES: tuple[Policy, ...] = (
    Policy(),
    Policy(families="worst-member", accepted_risks=RISK, conflicts="strictest"),
    Policy(families="worst-member", duties=EVERY_DUTY, accepted_risks=RISK, conflicts="strictest"),  # type: ignore[arg-type]
    Policy(uses=("reproduction",), families="worst-member", duties=EVERY_DUTY, conflicts="strictest"),  # type: ignore[arg-type]
    Policy(uses=("reproduction",), duties=("attribution", "notice"), bases=("license",)),
)


def statement(pick: random.Random) -> Evidence:
    """One piece of evidence of any scope and claim."""
    return Evidence(
        place="column",
        kind="value",
        statement=pick.choice(STATEMENTS),
        scope=pick.choice(SCOPES[:3]) if pick.random() < 0.8 else pick.choice(SCOPES),
        claim="grant" if pick.random() < 0.93 else pick.choice(("reservation", "preference")),
        starts=None if pick.random() < 0.95 else pick.choice(("2030-01-01", "2020-01-01", "2026", "soon")),
        license=None if pick.random() < 0.95 else pick.choice((NO_ASSERTION, "CC-BY-4.0", "CC BY-NC")),
    )


def kept(evidence: Sequence[Evidence], policy: Policy, registry: Registry) -> bool:
    return judge(conclude(evidence, registry, AS_OF), policy, registry, AS_OF).reason == KEEP


def opens_a_door(pick: random.Random, registry: Registry) -> tuple[list[Evidence], Evidence, Policy] | None:
    """A set that is refused and becomes a keep by a statement that is not kept alone; None: that did not happen."""
    policy = pick.choice(POLICIES)
    before = [statement(pick) for _ in range(pick.randint(0, 4))]
    added = statement(pick)
    if kept([added], policy, registry) or kept(before, policy, registry):
        return None
    after = [*before]
    after.insert(pick.randint(0, len(before)), added)
    return (before, added, policy) if kept(after, policy, registry) else None
