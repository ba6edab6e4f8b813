"""What the card says of duties: what whoever passes the texts on owes, what was changed, what mixing costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from licenses.compat import BECOMES, collection, common
from licenses.model import DUTIES, EXCEPTIONS
from licenses.registry import Registry
from pipeline.papers.figures import Figures, ranked
from pipeline.papers.markdown import code, escaped, table
from pipeline.papers.words import Words

GROUPS = 10  # share-alike groups of which every combination is tried


def changes(made: Figures, words: Words) -> Iterator[str]:
    """What was done to the texts, since licences ask to say so."""
    yield f"## {words('changes')}"
    said = [words(f"taken_{media}", records=records) for media, records in ranked(made.media)]
    said += [
        words("cut", records=records, characters=made.cut_characters[reason], reason=reason.replace("`", "'"))
        for reason, records in ranked(made.cuts)
    ]
    if not said:
        yield words("changes_none")
        return
    yield "\n".join(f"- {sentence}" for sentence in said)
    yield words("changes_text")


def duties(made: Figures, registry: Registry, words: Words) -> Iterator[str]:
    """What whoever passes the texts on owes."""
    yield f"## {words('duties')}"
    yield words("duties_text")
    owed: dict[str, int] = {}
    for group, records in made.by["duties"].items():
        for duty in filter(None, group.split("+")):
            owed[duty] = owed.get(duty, 0) + records
    if not owed:
        yield words("duties_none")
        return
    rows = [
        (words.name("duty", duty), words(f"duty_{duty}"), words.number(owed[duty])) for duty in DUTIES if duty in owed
    ]
    yield table((words("duty"), words("asks"), words("records")), rows, right=(2,))
    if made.unnamed:
        yield words("unnamed", records=made.unnamed)
    members = sorted({member for found in made.members.values() for member in found})
    if groups := collection(members, registry).groups:
        yield words("mixing") + "\n\n" + "\n".join(f"- {cost}" for cost in mixing(groups, words))
    conditions = {c for member in members if (row := registry.get(member)) is not None for c in row.conditions}
    if conditions:
        yield words("conditions") + "\n\n" + "\n".join(f"- {words(f'condition_{c}')}" for c in sorted(conditions))


def mixing(groups: Sequence[str], words: Words) -> Iterator[str]:
    """What share-alike groups ask of a work that is made from several records (licenses.compat has the sources)."""
    for group in groups:
        others = ", ".join(map(code, BECOMES.get(group, ())))
        yield (
            words("mix_becomes", group=code(group), others=others) if others else words("mix_group", group=code(group))
        )
    if len(groups) < 2:
        return
    if common(groups) is None:
        yield words("mix_never", groups=", ".join(map(code, groups)))
    for some in together(groups):
        yield words("mix_under", groups=", ".join(map(code, some)), shared=code(common(some)))


def together(groups: Sequence[str]) -> list[tuple[str, ...]]:
    """The largest sets of two and more groups of which one work can be made; of many groups only all together."""
    if len(groups) > GROUPS:
        return [tuple(groups)] if common(groups) else []
    found: list[tuple[str, ...]] = []
    for size in range(len(groups), 1, -1):
        for some in combinations(groups, size):
            if common(some) and not any(set(some) <= set(larger) for larger in found):
                found.append(some)
    return found


def excepted(made: Figures, registry: Registry, words: Words) -> Iterator[str]:
    """What only a statutory exception lets us keep: a paragraph for each ground, since nobody may pass it on."""
    for basis in EXCEPTIONS:
        rows = [row for name in sorted(made.by["license"]) if (row := registry.get(name)) and row.basis == basis]
        if not rows:
            continue
        yield f"## {words(f'excepted_{basis}')}"
        records = sum(made.by["license"][row.id] for row in rows)
        yield words(f"excepted_{basis}_text", records=records, grounds="; ".join(escaped(row.name) for row in rows))
