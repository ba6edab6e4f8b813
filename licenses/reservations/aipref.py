"""IETF AIPREF: `Content-Usage` as a header and in robots.txt (draft-ietf-aipref-vocab-08, -attach-05 and older)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from licenses.model import Document, Policy, Signal
from licenses.reservations._agents import counted
from licenses.reservations._answers import RANK, Answer, strictest
from licenses.reservations._headers import header
from licenses.reservations._robots_file import Group, capture, matches, read
from licenses.reservations._structured import Token, dictionary

VERSION = "draft-ietf-aipref-vocab-00..08, -attach-00..05"

# Labels of every draft that cover the training of a model on the text, or all automated processing of it.
TRAINING = (
    "train-ai",     # vocab-02 and later; since -07 generative models
    "train-genai",  # vocab-02
    "genai",        # vocab-01
    "ai",           # vocab-01, attach-00 and -01
    "tdm",          # vocab-01
    "all",          # vocab-02
    "bots",         # vocab-03 and -04
)  # fmt: skip
# Labels that concern what is done with a model or an index: recorded, no word about training.
_VALUES: dict[str, Answer] = {"y": "allowed", "n": "reserved"}
# A preference behind a semicolon is a parameter, which the drafts pass over; its writer meant a comma.
_MISPLACED = re.compile(rf";\s*(?:{'|'.join(TRAINING)})\s*=\s*(?!y\b)", re.IGNORECASE)
OTHERS = ("search", "ai-use", "ai-output", "inference")


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """One answer for the header, and one for each agent in robots.txt with a `Content-Usage` rule that matches.

    `n` on any label that covers training reserves, whatever the others say: the drafts' own rule for statements that
    differ is that the more restrictive holds. The drafts call a value that is neither y nor n unknown, and a field that
    does not parse no preference; here both are `unreadable`, and so is an `n` on a label that no draft has, or
    on one of these behind a semicolon.
    """
    return (*_header(document), *_robots(document, policy))


def interpret(text: str) -> tuple[Answer, str]:
    """(answer, what it was read as) of one statement of preference; answers as in Signal. Never raises."""
    try:
        members = dictionary(text.strip(" \t"))
    except ValueError as error:
        return "unreadable", f"no dictionary of RFC 9651: {error}"
    read_as: list[str] = []
    kinds: set[Answer] = {"unreadable"} if _MISPLACED.search(text) else set()
    for key, value in members.items():
        state = str(value) if isinstance(value, Token) and value in ("y", "n") else "unknown"
        read_as.append(f"{key}={state}")
        if key in TRAINING:
            kinds.add(_VALUES.get(state, "unreadable"))
        elif key in OTHERS or state != "n":
            kinds.add("beside-the-point")
        else:
            kinds.add("unreadable")
    shown = ", ".join(read_as)[:300]
    return (strictest(kinds), shown) if kinds else ("not-found", "an empty dictionary")


def _header(document: Document) -> tuple[Signal, ...]:
    values = header(document, "content-usage")
    if values is None:
        return (Signal("aipref", "not-looked-for", locator="header", version=VERSION),)
    if not values:
        return (Signal("aipref", "not-found", locator="header", seen=document.seen, version=VERSION),)
    raw = ", ".join(values)
    answers = {interpret(raw), *(interpret(value) for value in values)}  # one field in several lines, or several fields
    answer, parsed = min(answers, key=lambda pair: (RANK[pair[0]], pair[1]))
    return (Signal("aipref", answer, raw[:300], parsed, "", "header", document.seen, VERSION),)


def _robots(document: Document, policy: Policy) -> tuple[Signal, ...]:
    found = capture(document.robots, "/robots.txt")
    seen = found.seen or document.seen
    if found.state == "not-looked-for":
        return (Signal("aipref", "not-looked-for", locator=found.locator, version=VERSION),)
    if found.state == "absent":
        return (Signal("aipref", "not-found", found.status, locator=found.locator, seen=seen, version=VERSION),)
    robots = read(found.body) if found.state == "file" else None
    if robots is None or robots.problem:
        problem = found.problem if robots is None else robots.problem
        return (Signal("aipref", "unreadable", found.status, problem, "", found.locator, seen, VERSION),)
    if not robots.loose_usages and not any(group.usages for group in robots.groups):
        return (Signal("aipref", "not-found", locator=found.locator, seen=seen, version=VERSION),)
    signals: list[Signal] = []
    agents = [*counted(robots), ("star", "*", [Group(usages=list(robots.loose_usages))])]
    for kind, agent, groups in agents:
        usages = [usage for group in groups for usage in group.usages]
        if not usages or (kind == "own" and not robots.named(agent)):
            continue
        answer, parsed, raw = _in_force(usages, document.url)
        if answer == "not-found":
            continue
        if kind not in policy.robots_agents and answer in ("reserved", "unreadable"):
            answer, parsed = "beside-the-point", f"{parsed}; the policy does not count this agent"
        signal = Signal("aipref", answer, raw[:300], parsed, f"{kind}: {agent}", found.locator, seen, VERSION)
        if signal not in signals:
            signals.append(signal)
    return tuple(signals) or (Signal("aipref", "not-found", locator=found.locator, seen=seen, version=VERSION),)


def split(usage: str) -> tuple[str, str]:
    """(path pattern, statement) of a `Content-Usage` record in robots.txt: a path begins with `/` and ends before the
    first space or tab (attach-05, section 3.2); without one the rule holds for every address."""
    if not usage.startswith("/"):
        return "/", usage
    path, _, rest = usage.replace("\t", " ").partition(" ")
    return path, rest.strip()


def _in_force(usages: Iterable[str], url: str | None) -> tuple[Answer, str, str]:
    """The longest path that matches and says anything about training decides; equal paths that differ: the stricter.

    The drafts let the longest path decide even where it is silent about training; a silence lifts no reservation here.
    """
    best: list[tuple[int, int, Answer, str, str]] = []
    for usage in usages:
        path, statement = split(usage)
        if path != "/":
            if not url:
                return "unreadable", "a rule, but no address to hold against it", usage
            try:
                if not matches(path, url):
                    continue
            except ValueError:
                return "unreadable", "the record's address is none", usage
        answer, parsed = interpret(statement)
        silent = answer in ("beside-the-point", "not-found")
        best.append((1 if silent else 0, -len(path.encode("utf-8", "replace")), answer, parsed, usage))
    if not best:
        return "not-found", "", ""
    _, _, answer, parsed, usage = min(best, key=lambda rule: (rule[0], rule[1], RANK[rule[2]]))
    return answer, parsed, usage
