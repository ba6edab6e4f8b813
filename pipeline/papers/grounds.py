"""What the card says of evidence: on what the records were kept, in which words, and which opt-outs were looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from licenses.model import STRENGTH
from licenses.registry import Registry
from pipeline.papers.figures import Figures, pairs
from pipeline.papers.markdown import code, escaped, line, table
from pipeline.papers.words import Words

SAID = 25  # statements that the card quotes
LONGEST = 160  # characters of a quoted statement


def evidence(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    """Where the statements stood that decided, and the curator's own."""
    yield f"## {words('evidence')}"
    yield words("evidence_text")
    rows = [
        (covers(scope, words), place_name(place, words), code(kind) or words("unknown"), words.number(records))
        for (place, kind, scope), records in strongest(made)
    ]
    yield table((words("scope"), words("place"), words("kind"), words("records")), rows, right=(3,))
    if said := list(dict.fromkeys(_curator(run, made, words))):
        yield words("curators_words") + "\n\n" + "\n".join(f"- {one}" for one in said)


def strongest(made: Figures) -> list[tuple[tuple[str, ...], int]]:
    """Place, kind and scope of what decided, with its records, the strongest evidence first."""
    return sorted(made.evidence.items(), key=lambda item: (-STRENGTH.get(item[0][2], 0), -item[1], item[0]))


def covers(scope: str, words: Words) -> str:
    """What a scope that granted covers; what a person let in has none."""
    return words(f"scope_{scope}" if scope in STRENGTH and scope != "collection" else "scope_person")


def place_name(place: str, words: Words) -> str:
    """What a place of evidence is called."""
    return words.tables["place"].get(place) or code(place) or words("unknown")


def _curator(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    """Each thing that the configuration itself says of rights in a source that is in here."""
    for source in run["config"]["sources"]:
        if not made.by["source"][source["name"]]:
            continue
        name = line(source["name"])
        for place in source["evidence"]:
            if place.get("because"):
                licence = escaped(place.get("license") or words.tables["place"].get(place["from_"], place["from_"]))
                url = f" (<{line(place['url'])}>)" if place.get("url") else ""
                yield words("curators_word", source=name, license=licence, because=escaped(place["because"]), url=url)
            for value, license_ in (place.get("values") or {}).items():
                because = words("because", because=escaped(place["because"])) if place.get("because") else ""
                yield words(
                    "curators_value",
                    source=name,
                    column=line(place["column"]),
                    value=escaped(value),
                    license=code(license_) if license_ else words("value_nothing"),
                    because=because,
                )


def said(made: Figures, registry: Registry, words: Words) -> Iterator[str]:
    """The words in which permission was given: the statements that decided, by number of records."""
    yield f"### {words('said')}"
    seen = made.seen
    days = "" if seen is None else f" {_days(*seen, words)}"
    yield words("said_text") + days
    found = pairs(made.granted)
    rows = [
        (f"«{escaped(quoted(statement))}»" if statement else words("unknown"), place_name(place, words),
         understood(license_, registry), words.number(records))
        for (license_, statement, place), records in found[:SAID]
    ]  # fmt: skip
    if rest := made.kept - sum(records for _, records in found[:SAID]):
        rows.append((words("said_more"), "", "", words.number(rest)))
    yield table((words("statement"), words("place"), words("understood"), words("records")), rows, right=(3,))


def _days(first: str, last: str, words: Words) -> str:
    if first == last:
        return words("seen_day", first=words.day(first))
    return words("seen_span", first=words.day(first), last=words.day(last))


def quoted(statement: str) -> str:
    """A statement on one line, cut where it is long."""
    text = line(statement)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def understood(license_: str, registry: Registry) -> str:
    """A licence's id, with its name where the id is one of ours and says little."""
    row = registry.get(license_)
    if row is None or not license_.startswith("LicenseRef-"):
        return code(license_)
    return f"{code(license_)} ({escaped(row.name)})"


def reservations(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    """Which opt-out protocols were looked for where, and what they answered."""
    yield f"## {words('reservations')}"
    sources = {s["name"]: s["reservations"] for s in run["config"]["sources"]}
    if not any(sources.values()):
        yield words("reservations_none")
    else:
        yield words("reservations_text")
        yield table(
            (words("source"), words("protocol")),
            [(code(name), ", ".join(map(code, looked))) for name, looked in sources.items() if looked],
        )
        if blind := [code(name) for name, looked in sources.items() if not looked]:
            yield words("reservations_blind", sources=", ".join(blind))
        rows = [
            (code(protocol), words.name("answer", answer), words.number(records))
            for (protocol, answer), records in sorted(made.protocols.items())
            if answer != "not-looked-for"
        ]
        if rows:
            yield table((words("protocol"), words("answer"), words("records")), rows, right=(2,))
    refused = sum(n for reason, n in made.reasons.items() if reason.startswith("reservation."))
    if refused:
        yield words("refused_by", records=refused)
