"""Content Signals: `Content-Signal: ai-train=no` in robots.txt or as a header (draft-romm-aipref-contentsignals-00).

Cloudflare's block of 24 September 2025 calls a `no` an express reservation under Art. 4 of Directive (EU) 2019/790.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from licenses.model import Document, Policy, Signal
from licenses.reservations._agents import counted
from licenses.reservations._answers import RANK, Answer, strictest
from licenses.reservations._headers import header
from licenses.reservations._robots_file import Group, capture, matches, read
from licenses.reservations.aipref import split

VERSION = "draft-romm-aipref-contentsignals-00"
_OTHERS = ("search", "ai-input")  # building an index, and answers with the page as input: no word about training
_ABOUT_AI = re.compile(r"\b(?:ai|train|training|tdm|ml|llm|genai)\b")
_VALUES: dict[str, Answer] = {"no": "reserved", "n": "reserved", "yes": "allowed"}


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """One answer for the header, and one for each agent in robots.txt with a signal; signals outside any group, where
    sites often misplace them, hold for all agents. What is not said is no permission and no reservation."""
    return (*_header(document), *_robots(document, policy))


def interpret(text: str) -> tuple[Answer, str]:
    """(answer, what it was read as) of one `Content-Signal` value: pairs of a signal with `yes` or `no`. Never raises.

    `ai-train=no` reserves. A value of `ai-train` that is neither, and any other signal about AI or training with
    anything but a yes, is `unreadable`.
    """
    kinds: set[Answer] = set()
    read_as: list[str] = []
    for part in re.split(r"[,;]|\s+(?=[A-Za-z_-]+\s*=)", text[:4096]):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        name, value = name.strip().lower(), value.strip().strip("\"'").lower()
        read_as.append(f"{name}={value}" if equals else name)
        if name == "ai-train":
            kinds.add(_VALUES.get(value, "unreadable"))
        elif name in _OTHERS or value in ("yes", "y"):
            kinds.add("beside-the-point")
        else:
            kinds.add("unreadable" if _ABOUT_AI.search(name.replace("_", "-")) or not equals else "beside-the-point")
    if len(text) > 4096:
        kinds.add("unreadable")
    return (strictest(kinds), ", ".join(read_as)[:300]) if kinds else ("not-found", "an empty signal")


def _header(document: Document) -> tuple[Signal, ...]:
    values = header(document, "content-signal")
    if values is None:
        return (Signal("content_signals", "not-looked-for", locator="header", version=VERSION),)
    if not values:
        return (Signal("content_signals", "not-found", locator="header", seen=document.seen, version=VERSION),)
    answer, parsed, raw = _strictest(values, document.url)
    return (Signal("content_signals", answer, raw[:300], parsed, "", "header", document.seen, VERSION),)


def _robots(document: Document, policy: Policy) -> tuple[Signal, ...]:
    found = capture(document.robots, "/robots.txt")
    seen = found.seen or document.seen
    if found.state == "not-looked-for":
        return (Signal("content_signals", "not-looked-for", locator=found.locator, version=VERSION),)
    if found.state == "absent":
        return (
            Signal("content_signals", "not-found", found.status, locator=found.locator, seen=seen, version=VERSION),
        )
    robots = read(found.body) if found.state == "file" else None
    if robots is None or robots.problem:
        problem = found.problem if robots is None else robots.problem
        return (Signal("content_signals", "unreadable", found.status, problem, "", found.locator, seen, VERSION),)
    if not robots.loose_signals and not any(group.signals for group in robots.groups):
        return (Signal("content_signals", "not-found", locator=found.locator, seen=seen, version=VERSION),)
    signals: list[Signal] = []
    for kind, agent, groups in [*counted(robots), ("star", "*", [Group(signals=list(robots.loose_signals))])]:
        lines = [line for group in groups for line in group.signals]
        if not lines or (kind == "own" and not robots.named(agent)):
            continue
        answer, parsed, raw = _strictest(lines, document.url)
        if answer == "not-found":
            continue
        if kind not in policy.robots_agents and answer in ("reserved", "unreadable"):
            answer, parsed = "beside-the-point", f"{parsed}; the policy does not count this agent"
        signal = Signal("content_signals", answer, raw[:300], parsed, f"{kind}: {agent}", found.locator, seen, VERSION)
        if signal not in signals:
            signals.append(signal)
    return tuple(signals) or (
        Signal("content_signals", "not-found", locator=found.locator, seen=seen, version=VERSION),
    )


def _strictest(lines: Iterable[str], url: str | None) -> tuple[Answer, str, str]:
    said: list[tuple[Answer, str, str]] = []
    for line in lines:
        path, signals = split(line)
        try:
            if path != "/" and url and not matches(path, url):
                continue
        except ValueError:
            return "unreadable", "the record's address is none", line
        answer, parsed = interpret(signals)
        said.append((answer, parsed, line))
    return min(said, key=lambda one: RANK[one[0]]) if said else ("not-found", "", "")
