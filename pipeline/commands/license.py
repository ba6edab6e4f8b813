"""`reinschrift license`: what a statement means, one or many at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from licenses import registry
from licenses.model import DUTIES, USES, Answer, Reading
from licenses.recognise import recognise
from pipeline.errors import DONE

_WORST: tuple[Answer, ...] = ("no", "disputed", "unknown", "yes")  # the worse answer of two members speaks for both


def license(statements: Sequence[str], as_json: bool) -> int:
    """Prints what each statement means, in order; `-` stands for the lines of stdin, an empty one too. Returns 0.

    As JSON, one object a line: `statement`, `license`, `family`, `members`, `uses` (use → yes, no, unknown, disputed),
    `duties`, `why`. Where the statement gives a choice, uses and duties are those of its best branch.
    """
    for statement in _each(statements):
        answer = explain(statement)
        if as_json:
            print(msgspec.json.encode(answer).decode("utf-8"))  # noqa: T201 (the answer itself)
        else:
            _show(answer)
    return DONE


def explain(statement: str) -> dict[str, Any]:
    """The contract's answer on one statement."""
    known = registry.load()
    reading = recognise(statement, known)
    branches = [_meet(alternative, known) for alternative in reading.alternatives]
    uses, duties = min(branches, key=_cost) if branches else (dict.fromkeys(USES, "unknown"), [])
    return {
        "statement": statement.encode("utf-8", "replace").decode("utf-8"),
        "license": reading.license,
        "family": reading.family,
        "members": list(reading.members),
        "uses": uses,
        "duties": duties,
        "why": _why(reading),
    }


def _each(statements: Iterable[str]) -> Iterator[str]:
    for statement in statements:
        if statement == "-":
            # bytes, so that no locale and no undecodable line ends the answers
            for line in sys.stdin.buffer:
                yield line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
        else:
            yield statement


def _meet(members: Sequence[str], known: registry.Registry) -> tuple[dict[str, Answer], list[str]]:
    """What every one of the members grants, and what any of them asks."""
    licenses = [known.get(member) for member in members]
    uses: dict[str, Answer] = {}
    for use in USES:
        answers = {found.uses[use] if found is not None else "unknown" for found in licenses}
        uses[use] = next(answer for answer in _WORST if answer in answers)
    owed = {duty for found in licenses if found is not None for duty in found.duties}
    return uses, [duty for duty in DUTIES if duty in owed]


def _cost(branch: tuple[dict[str, Answer], list[str]]) -> tuple[int, int]:
    uses, duties = branch
    return sum(answer != "yes" for answer in uses.values()), len(duties)


def _why(reading: Reading) -> str:
    notes = [reading.why]
    if reading.exceptions:
        notes.append("limited by the statement itself: " + "; ".join(reading.exceptions))
    if reading.flags:
        notes.append("marked " + ", ".join(reading.flags))
    if len(reading.alternatives) > 1:
        notes.append("a choice between " + " or ".join(" and ".join(branch) for branch in reading.alternatives))
    return "; ".join(notes)


def _show(answer: dict[str, Any]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    name = answer["license"] or (f"family {answer['family']}" if answer["family"] else "no licence understood")
    console.print(Text(f"{answer['statement']}\n  {name}"))
    members = answer["members"]
    if len(members) > 1:
        shown = ", ".join(members[:8]) + (f" … {len(members)} in all" if len(members) > 8 else "")
        console.print(Text(f"  members: {shown}"))
    if members:
        console.print(Text("  uses: " + ", ".join(f"{use} {word}" for use, word in answer["uses"].items())))
        console.print(Text("  duties: " + (", ".join(answer["duties"]) or "none")))
    console.print(Text(f"  why: {answer['why']}"))
