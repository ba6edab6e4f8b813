"""All evidence on a record drawn together, before any policy: the narrower scope speaks, equals must agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from licenses.model import COVERS, EXCEPTIONS, NO_ASSERTION, Conclusion, Evidence, Reading, ScopeName
from licenses.recognise import recognise
from licenses.registry import Registry

_MISSING = frozenset(["", "[]"])
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?", re.ASCII | re.DOTALL)
# More alternatives than this are no choice that anybody could have meant; all of them then apply together.
_MOST_ALTERNATIVES = 64
Alternatives = tuple[tuple[str, ...], ...]


def conclude(evidence: Sequence[Evidence], registry: Registry, as_of: str) -> Conclusion:
    """What the evidence on one record says together. Pure, never raises for what a statement holds.

    `as_of` is the run's day (ISO date): a statement that starts later is not yet one. Within the narrowest scope that
    says anything, one value that is not understood leaves the whole not understood; exact statements must be equal;
    one exact licence that is a member of every family stated decides; families alone mean all of their members;
    anything else is a conflict. A statutory exception that the curator names beside them grants nothing and is not
    weighed: `excepted` says what it would come to.
    """
    readings = [reading_of(item, registry) for item in evidence]
    named = [i for i, item in enumerate(evidence) if item.place == "curator" and _exception(readings[i], registry)]
    if not named:
        return _conclude(evidence, readings, registry, as_of)
    rest = [i for i in range(len(evidence)) if i not in named]
    found = _conclude([evidence[i] for i in rest], [readings[i] for i in rest], registry, as_of)
    found = _with(
        found,
        used=tuple(rest[i] for i in found.used),
        clues=tuple(rest[i] for i in found.clues),
        contrary=tuple(rest[i] for i in found.contrary),
    )
    if any(_bars_exception(evidence[i], readings[i], registry) for i in rest):
        return found
    alone = Conclusion(declared=found.declared, scope="source", clues=found.clues, contrary=found.contrary)
    return _with(
        found,
        excepted=tuple(
            _stated(_with(alone, used=(i,)), readings[i].license, None, readings[i].alternatives, registry)
            for i in named
        ),
    )


def _exception(reading: Reading, registry: Registry) -> bool:
    """Whether a statement names a statutory exception, and nothing else."""
    row = registry.get(reading.members[0]) if len(reading.members) == 1 else None
    return row is not None and row.basis in EXCEPTIONS


@lru_cache(maxsize=4096)
def _claims_exception(reading: Reading, registry: Registry) -> bool:
    return any((row := registry.get(member)) is not None and row.basis in EXCEPTIONS for member in reading.members)


def _bars_exception(item: Evidence, reading: Reading, registry: Registry) -> bool:
    """Whether a statement keeps an exception from holding: words that reserve, words of which nobody knows whether
    they do, and a contract, which says itself what may be done (Directive (EU) 2019/790, Art. 4(3) and 7(1))."""
    if item.claim != "grant":
        return True
    if item.scope not in COVERS or item.statement.strip() in _MISSING:
        return False
    rows = [registry.get(member) for member in reading.members]
    return not reading.understood or any(row is None or row.basis in ("contract", "own", *EXCEPTIONS) for row in rows)


def _conclude(evidence: Sequence[Evidence], readings: list[Reading], registry: Registry, as_of: str) -> Conclusion:
    """The statements that grant, reserve or deny, drawn together."""
    weighed: dict[ScopeName, list[int]] = {}
    clues: list[int] = []
    later: list[int] = []
    reserved: dict[ScopeName, list[int]] = {}
    for index, (item, reading) in enumerate(zip(evidence, readings, strict=True)):
        if item.claim == "reservation":
            if item.scope in COVERS:
                reserved.setdefault(item.scope, []).append(index)
                weighed.setdefault(item.scope, [])
            continue
        if item.claim != "grant" or item.statement.strip() in _MISSING:
            continue
        if item.scope not in COVERS or "badge" in reading.flags:
            clues.append(index)
        elif _starts_later(item.starts, as_of):
            later.append(index)
        else:
            weighed.setdefault(item.scope, []).append(index)
    declared = tuple(evidence[i].statement for group in weighed.values() for i in group)
    contrary = tuple(
        sorted(
            {i for group in reserved.values() for i in group}
            | {i for group in weighed.values() for i in group if _denies(readings[i], registry)}
        )
    )
    for scope in COVERS:
        if scope not in weighed:
            continue
        used = tuple(sorted((*weighed[scope], *reserved.get(scope, ()))))
        base = Conclusion(
            declared=declared, used=used, scope=scope, clues=tuple(sorted((*clues, *later))), contrary=contrary
        )
        if scope in reserved:
            return _with(base, state="reserved")
        return _agree([readings[i] for i in weighed[scope]], base, registry)
    weak = [i for i in clues if evidence[i].scope == "collection" or evidence[i].scope in COVERS]
    return Conclusion(
        declared=declared,
        clues=tuple(sorted((*clues, *later))),
        contrary=contrary,
        state="not-yet" if later else "clue" if any(readings[i].understood for i in weak) else "missing",
    )


def reading_of(item: Evidence, registry: Registry) -> Reading:
    """The reading of a statement: of the config's word for it where there is one, for both are the curator's then."""
    if item.license == NO_ASSERTION:
        return Reading(item.statement, why="the config says that this value grants nothing")
    return _recognised(item.statement if item.license is None else item.license, registry)


@lru_cache(maxsize=4096)  # records share few statements; at most 16 MB of the longest ones
def _recognised(statement: str, registry: Registry) -> Reading:
    return recognise(statement, registry)


def _agree(readings: Sequence[Reading], base: Conclusion, registry: Registry) -> Conclusion:
    """One scope's statements as one. A statutory exception in them is not understood: no text can claim one."""
    exceptions = tuple(dict.fromkeys(word for reading in readings for word in reading.exceptions))
    base = _with(base, exceptions=exceptions)
    if not all(reading.understood and not _claims_exception(reading, registry) for reading in readings):
        return _with(base, state="not-understood")
    exact = {_key(reading): reading for reading in readings if reading.family is None}
    families = {_key(reading): reading for reading in readings if reading.family is not None}
    if len(exact) == 1:
        one = next(iter(exact.values()))
        if not families or (len(one.members) == 1 and all(one.members[0] in f.members for f in families.values())):
            return _stated(base, one.license, None, one.alternatives, registry)
    elif not exact:
        name = " and ".join(sorted({reading.family or "" for reading in families.values()}))
        return _stated(base, None, name, _all(list(families.values())), registry)
    both = [*exact.values(), *families.values()]
    named = sorted({reading.family or reading.license or " ".join(reading.members) for reading in both})
    family = " and ".join(named) if families else None
    sides = tuple((reading.family, reading.alternatives) for reading in both)
    return _with(base, state="conflict", family=family, strictest=_all(both), sides=sides)


def _key(reading: Reading) -> tuple[Alternatives, str | None]:
    """Equal statements: the same alternatives, in whatever order and words."""
    return tuple(sorted({tuple(sorted(set(one))) for one in reading.alternatives})), reading.family


def _all(readings: Sequence[Reading]) -> Alternatives:
    """The meet of several readings: one alternative of each applies, and all those apply together."""
    count = 1
    for reading in readings:
        count *= len(reading.alternatives)
    if count > _MOST_ALTERNATIVES:
        return (tuple(sorted({member for reading in readings for member in reading.members})),)
    choices = product(*(reading.alternatives for reading in readings))
    return tuple(dict.fromkeys(tuple(sorted({m for alternative in choice for m in alternative})) for choice in choices))


def _stated(
    base: Conclusion, license_: str | None, family: str | None, alternatives: Alternatives, registry: Registry
) -> Conclusion:
    rows = [registry.get(member) for alternative in alternatives for member in alternative]
    bases = {row.basis for row in rows if row is not None}
    basis = next(iter(bases)) if len(bases) == 1 and None not in rows else None
    return _with(base, state="stated", license=license_, family=family, alternatives=alternatives, basis=basis)


def _with(base: Conclusion, **changes: object) -> Conclusion:
    fields = {name: getattr(base, name) for name in Conclusion.__slots__}
    return Conclusion(**(fields | changes))


@lru_cache(maxsize=4096)
def _denies(reading: Reading, registry: Registry) -> bool:
    """Whether the statement explicitly denies a use: every licence it may mean says no to one."""
    return reading.understood and all(
        (row := registry.get(member)) is not None and any(answer == "no" for answer in row.uses.values())
        for member in reading.members
    )


def _starts_later(starts: str | None, as_of: str) -> bool:
    """Whether a start date lies after `as_of`. A month or a year starts with its last day and a date that cannot be
    read starts never, since what is not known to have begun has not."""
    if starts is None or not starts.strip():
        return False
    found = _DAY.fullmatch(starts.strip())
    if found is None:
        return True
    year, month, day = found.groups()
    return f"{year}-{month or '12'}-{day or '31'}" > as_of[:10]
