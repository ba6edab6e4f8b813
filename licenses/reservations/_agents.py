"""Whose groups in a robots.txt count: our own agent, `*`, and the dated list of training agents (`agents.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from licenses.reservations._robots_file import Group, RobotsFile

OWN = "reinschrift"  # our product token (RFC 9309, 2.2.1)


@dataclass(frozen=True, slots=True)
class AgentList:
    """The list of training agents; `digest` is the SHA-256 of its sorted lower-case names, one a line."""

    date: str
    digest: str
    agents: tuple[str, ...]

    @property
    def version(self) -> str:
        return f"RFC 9309; agents {self.date} {self.digest[:12]}"


@lru_cache(maxsize=1)
def training() -> AgentList:
    """The shipped list of training agents."""
    table = tomllib.loads(files("licenses.reservations").joinpath("agents.toml").read_text("utf-8"))
    return AgentList(table["date"], table["digest"], tuple(table["agents"]))


def counted(robots: RobotsFile) -> list[tuple[str, str, list[Group]]]:
    """(class, agent, groups it follows) for every agent that has a say: `own`, `star`, and each training agent named in
    the file; one that is not named follows `*`, which is there already."""
    found: list[tuple[str, str, list[Group]]] = [("own", OWN, robots.applying(OWN)), ("star", "*", robots.named("*"))]
    seen: set[str] = set()
    for agent in training().agents:
        groups = robots.named(agent)
        if groups and agent.lower() not in seen:
            seen.add(agent.lower())
            found.append(("training", agent, groups))
    return found
