"""robots.txt: may this address be fetched (RFC 9309), asked for every agent whose exclusion is about training."""

from __future__ import annotations

from licenses.model import Document, Policy, Signal
from licenses.reservations._agents import counted, training
from licenses.reservations._answers import Answer
from licenses.reservations._robots_file import LIMIT, Group, RobotsFile, capture, may_fetch, read, ruling

_GROUPS = 50  # other agents' groups that are asked
_NAMES = 12  # agents named in one answer; the rest are counted


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """One answer for each class of agents (`own`, `star`, `training`) that is shut out, with the rule that shuts out
    the first of them, or one that says none is.

    A class that `policy.robots_agents` leaves out is `beside-the-point`. 4xx is `not-found`; 5xx, an unresolved
    redirect and a file that is no robots.txt are `unreadable` (RFC 9309, 2.3.1.4 assumes complete disallow).
    """
    version = training().version
    found = capture(document.robots, "/robots.txt")
    seen = found.seen or document.seen

    def answer(kind: Answer, agent: str = "", parsed: str = "", value: str = "") -> Signal:
        return Signal("robots", kind, value or found.status, parsed, agent, found.locator, seen, version)

    if found.state == "not-looked-for":
        return (answer("not-looked-for"),)
    if found.state == "unreadable":
        return (answer("unreadable", parsed=found.problem),)
    if found.state == "absent":
        return (answer("not-found", parsed="unavailable: no rules"),)
    robots = read(found.body)
    if robots.problem and len(found.body) <= LIMIT:
        return (answer("unreadable", parsed=robots.problem, value=found.body[:120]),)
    if robots.empty:
        return (answer("not-found", parsed="empty: no rules"),)

    out: dict[str, list[str]] = {}
    rules: dict[str, str] = {}
    asked = counted(robots)
    for kind, agent, groups in asked:
        try:
            allowed = may_fetch(groups, document.url) if document.url else not _any_ban(groups)
        except ValueError:
            return (answer("unreadable", parsed="the record's address is none"),)
        if allowed:
            continue
        if not document.url:
            return (answer("unreadable", agent, "rules, but no address to hold against them"),)
        if kind not in out:
            rules[kind] = ruling(groups, document.url)
        out.setdefault(kind, []).append(agent)
    signals = [
        answer(
            "reserved" if kind in policy.robots_agents else "beside-the-point",
            agent=f"{kind}: {', '.join(agents[:_NAMES])}"
            + (f" and {len(agents) - _NAMES} more" if agents[_NAMES:] else ""),
            parsed="disallow" if kind in policy.robots_agents else "disallow; the policy does not count these agents",
            value=rules[kind],
        )
        for kind, agents in out.items()
    ]
    if robots.problem and not any(signal.answer == "reserved" for signal in signals):
        signals.append(answer("unreadable", parsed=robots.problem))
    if not signals:
        signals.append(answer("allowed", parsed="no rule of a counted agent shuts the address out"))
        if others := _others(robots, asked, document.url):
            signals.append(answer("beside-the-point", f"others: {', '.join(others)}", "disallow; not about training"))
    return tuple(signals)


def _others(robots: RobotsFile, asked: list[tuple[str, str, list[Group]]], url: str | None) -> list[str]:
    """Agents whose exclusion says nothing about training, search engines say, and that are shut out."""
    counted_groups = [group for _, _, groups in asked for group in groups]
    found = []
    for group in robots.groups[:_GROUPS]:
        if url and not any(group is one for one in counted_groups) and not may_fetch([group], url):
            found += group.agents
    return found[:_NAMES]


def _any_ban(groups: list[Group]) -> bool:
    return any(kind == "disallow" and path for group in groups for kind, path in group.rules)
