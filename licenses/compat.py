"""What can stand together: a record's duty class, the licence that a collection can carry, the cost of mixing.

A collection of separate works needs no compatibility: each record stays under its own licence. It is needed where
records are made into one new work, and share-alike is where that fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from licenses.model import EXCEPTIONS, Duty
from licenses.registry import Registry

NONE = "none"
MIXED = "mixed"

# A share-alike group → the groups under whose licence its adaptations may be shared, beside its own. One way only.
# CC: BY-SA 2.0 s. 4(b) and later (a later version with the same elements), 4.0 by the list of compatible licences
# (Free Art License 1.3 both ways, GPL 3.0 one way); LAL 1.3 s. 5; EUPL 1.2, appendix (CC BY-SA 3.0, not for software).
BECOMES: Mapping[str, tuple[str, ...]] = {
    **{
        f"{stem}-{version}": tuple(f"{stem}-{later}" for later in later_versions)
        for stem in ("cc-by-sa", "cc-by-nc-sa")
        for version, later_versions in {
            "2.0": ("2.1", "2.5", "3.0", "4.0"),
            "2.1": ("2.5", "3.0", "4.0"),
            "2.5": ("3.0", "4.0"),
            "3.0": ("4.0",),
        }.items()
    },
    "cc-by-sa-4.0": ("lal-1.3", "gpl-3.0"),
    "lal-1.3": ("cc-by-sa-4.0",),
    "eupl-1.2": ("cc-by-sa-3.0", "gpl-3.0", "agpl-3.0", "lal-1.3"),
}


@dataclass(frozen=True, slots=True)
class Collection:
    """What a collection as a whole can carry.

    `license`: the one licence, None where there is none and each record keeps its own; `groups`: the share-alike groups
    in it; `costs`: what mixing them asks or rules out, each a sentence for the card.
    """

    license: str | None
    groups: tuple[str, ...]
    costs: tuple[str, ...]


def duty_class(duties: Sequence[Duty] | Sequence[str], members: Sequence[str], registry: Registry) -> str:
    """The folder of a record in a partition by duties: its duties, sorted and joined by `+`; `none` without any.

    share-alike carries its group (`share-alike.cc-by-sa-4.0`), since two groups are two regimes: of members of several
    groups the common stem (`share-alike.cc-by-sa-any`), else `share-alike.mixed`. What is kept under a statutory
    exception has its own class, led by the ground (`tdm-exception`), since it may not be passed on.
    """
    ground = _exception(members, registry)
    if ground is not None:
        return "+".join([ground, *sorted(set(duties))])
    if not duties:
        return NONE
    group = _group(members, registry)
    return "+".join(f"share-alike.{group}" if duty == "share-alike" else duty for duty in sorted(set(duties)))


def exception(duty_class: str) -> str | None:
    """The statutory exception that a duty class stands under: such records are never published. None for all others."""
    ground = duty_class.partition("+")[0]
    return ground if ground in EXCEPTIONS else None


def collection(members: Iterable[str], registry: Registry) -> Collection:
    """The licence that a collection of records under `members` (licence ids) can carry, and what mixing costs."""
    rows = {row.id: row for member in members if (row := registry.get(member)) is not None}
    groups = tuple(sorted({row.share_alike for row in rows.values() if row.share_alike}))
    costs = [
        f"{group}: what is made from these records is shared under that licence"
        + (f" or under {', '.join(BECOMES[group])}" if group in BECOMES else "")
        for group in groups
    ]
    if len(rows) == 1:
        return Collection(next(iter(rows)), groups, tuple(costs))
    if rows and not any(row.duties for row in rows.values()):
        return Collection("CC0-1.0", (), ())
    if len(groups) > 1:
        shared = common(groups)
        costs.append(
            f"records of {' and '.join(groups)} can be made into one work only under {shared}"
            if shared
            else f"records of {' and '.join(groups)} cannot be made into one work: keep them in partitions of their own"
        )
    if any(row.uses["commercial-use"] == "no" for row in rows.values()) and groups:
        costs.append(
            "a record without commercial use cannot be made into one work with a share-alike record that permits it"
        )
    return Collection(None, groups, tuple(costs))


def common(groups: Sequence[str]) -> str | None:
    """The share-alike group under which works of all these groups can be made into one work; None where none is.

    The group that asks for the fewest changes: one of the given ones before any other.
    """
    reach = [{group, *BECOMES.get(group, ())} for group in groups]
    shared = set.intersection(*reach) if reach else set()
    return min(shared, key=lambda group: (group not in groups, group)) if shared else None


def _exception(members: Sequence[str], registry: Registry) -> str | None:
    """The first of the exceptions on which any member rests: the one for mining asks more than the one for research."""
    found = {row.basis for member in members if (row := registry.get(member)) is not None}
    return next((ground for ground in EXCEPTIONS if ground in found), None)


def _group(members: Sequence[str], registry: Registry) -> str:
    found = {row.share_alike for member in members if (row := registry.get(member)) is not None and row.share_alike}
    if len(found) == 1:
        return next(iter(found))
    stems = {re.sub(r"-\d+(?:\.\d+)*$", "", group) for group in found}
    return f"{next(iter(stems))}-any" if len(stems) == 1 else MIXED
