"""robots.txt read into groups as RFC 9309 forms them; records of other protocols are kept beside the rules.

Only grouping is done here. Which path a rule matches is `protego`'s to say: each group goes to it alone and without
unknown records, because it would end a group at a line that it does not know (RFC 9309, 2.2.1: such a line ends none).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from protego import Protego

# RFC 9309, 2.5 asks for at least 500 KiB; what stands behind this limit was not read, and the answer says so.
LIMIT = 1 << 20
_LINE_LIMIT = 16_384
_SHORT = 8_192  # characters of a file that is worth keeping in memory once it is read
_NAME_LIMIT = 200  # characters of a `User-agent` value in which a product token is looked for
_BOUNDARY = re.compile(r"[^\w.-]")  # RFC 9309's tokens have no digits and dots; the agents of today do

_USER_AGENT = {"user-agent", "useragent", "user agent", "user-agents"}
_DISALLOW = {"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"}  # a misspelt no is still a no
_ALLOW = {"allow"}
_USAGE = {"content-usage"}
_SIGNAL = {"content-signal", "content-signals"}
_LICENSE = {"license", "licence"}
_KNOWN_OTHERS = {
    "sitemap", "sitemaps", "site-map", "crawl-delay", "request-rate", "visit-time", "host", "clean-param", "noindex",
}  # fmt: skip
_BARE = {"user-agent", "disallow", "allow"}  # keys that common parsers also accept without the colon
_KEYS = _USER_AGENT | _DISALLOW | _ALLOW | _USAGE | _SIGNAL | _LICENSE | _KNOWN_OTHERS
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._-]*")
# Line ends to `str.splitlines`, which `protego` uses, but not to RFC 9309: they must not make two rules of one.
_ODD_ENDS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


# A line end that RFC 9309 does not know, with a ban behind it: to its writer the ban stood on a line of its own.
_HIDDEN_BAN = re.compile(
    r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029][ \t]*(?:disallow|content-usage|content-signal|license)[ \t]*:", re.IGNORECASE
)
_QUOTES = "\"'“”„"


@dataclass(slots=True)
class Group:
    """The lines that stand together for the agents named above them; `rules` are (`allow` or `disallow`, path)."""

    agents: list[str] = field(default_factory=list)
    rules: list[tuple[str, str]] = field(default_factory=list)
    usages: list[str] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """What one robots.txt says. `loose_*` are records before any group; `problem` says why it could not be read."""

    groups: tuple[Group, ...] = ()
    loose_usages: tuple[str, ...] = ()
    loose_signals: tuple[str, ...] = ()
    loose_rules: tuple[tuple[str, str], ...] = ()
    licenses: tuple[str, ...] = ()
    comments: str = ""
    problem: str = ""
    empty: bool = False
    by_name: Mapping[str, list[Group]] = field(default_factory=dict)

    def named(self, agent: str) -> list[Group]:
        """Every group that names this agent (RFC 9309, 2.2.1: they count as one). `*` is an agent like any other."""
        return self.by_name.get(agent.lower(), [])

    def applying(self, agent: str) -> list[Group]:
        """The groups an agent has to follow: its own, else those of `*`."""
        return self.named(agent) or self.named("*")


def _names(line: str) -> set[str]:
    """The agents that a `User-agent` value (lower case) names: all of it, and it up to a version or a second word."""
    short = line[:_NAME_LIMIT]
    names = {short[: found.start()] for found in _BOUNDARY.finditer(short)} - {"", "*"} | {line}
    return names | {"*"} if line[:1] == "*" and line[1:2].isspace() else names


def _by_name(groups: list[Group]) -> dict[str, list[Group]]:
    index: dict[str, list[Group]] = {}
    for group in groups:
        for name in {name for line in group.agents for name in _names(line)}:
            index.setdefault(name, []).append(group)
    return index


@dataclass(frozen=True, slots=True)
class Capture:
    """One well-known file as it was fetched. `state` is `file`, `absent`, `unreadable` or `not-looked-for`."""

    state: str
    body: str = ""
    status: str = ""
    seen: str | None = None
    locator: str = ""
    problem: str = ""


def capture(value: Any, name: str) -> Capture:
    """What a record says about a well-known file: a body, or `{"status": 503, "body": ""}`, or None (not looked for).

    A 4xx answer is «unavailable», a 5xx answer «unreachable» (RFC 9309, 2.3.1.3 and 2.3.1.4); 429 is a server that
    did not answer the question, so it counts as unreachable, as large crawlers treat it. Never raises.
    """
    if value is None:
        return Capture("not-looked-for", locator=name)
    if isinstance(value, str):
        return Capture("file", value, locator=name)
    if not isinstance(value, Mapping):
        return Capture("unreadable", locator=name, problem=f"neither a text nor a capture: {type(value).__name__}")
    seen = value.get("seen")
    seen = seen if isinstance(seen, str) else None
    locator = value.get("locator")
    locator = locator if isinstance(locator, str) and locator else name
    body, status = value.get("body"), value.get("status", 200)
    if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) == 3:
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        return Capture("unreadable", status=str(status)[:40], seen=seen, locator=locator, problem="no HTTP status")
    shown = f"HTTP {status}"
    if 200 <= status <= 299:
        if not isinstance(body, str):
            return Capture(
                "unreadable", status=shown, seen=seen, locator=locator, problem="fetched, but without a body"
            )
        return Capture("file", body, shown, seen, locator)
    if 400 <= status <= 499 and status != 429:
        return Capture("absent", status=shown, seen=seen, locator=locator)
    why = "redirected to where was not fetched" if 300 <= status <= 399 else "unreachable"
    return Capture("unreadable", status=shown, seen=seen, locator=locator, problem=why)


def _key_value(line: str) -> tuple[str, str] | None:
    key, colon, value = line.partition(":")
    name = key.strip().lower()
    if colon and name in _KEYS:
        return name, value.strip()
    words = line.split(None, 1)
    if len(words) == 2 and words[0].lower() in _BARE:
        return words[0].lower(), words[1].strip()
    return None


def read(body: str) -> RobotsFile:
    """Reads the text of a robots.txt. Never raises; what is no robots.txt (a page, bytes, prose) gets a `problem`.

    A line that is neither `User-agent` nor a rule ends no group (RFC 9309, 2.2.1). Rules that stand before any
    `User-agent` are kept in `loose_rules`: the RFC passes over them.
    """
    return _short(body) if len(body) <= _SHORT else _long(body)


def _read(body: str) -> RobotsFile:
    cut = len(body) > LIMIT
    text = body[:LIMIT].removeprefix("\ufeff")
    if "\x00" in text:
        return RobotsFile(problem="holds NUL bytes")
    groups: list[Group] = []
    loose_usages: list[str] = []
    loose_signals: list[str] = []
    loose_rules: list[tuple[str, str]] = []
    licenses: list[str] = []
    comments: list[str] = []
    group: Group | None = None
    open_agents = False  # the next User-agent joins the group
    content = known = 0
    for raw in re.split(r"\r\n|\r|\n", text):
        line, sharp, comment = raw.partition("#")
        if sharp:
            comments.append(comment.strip())
        line = line.strip()
        if not line:
            continue
        content += 1
        if len(line) > _LINE_LIMIT:
            cut = True
            continue
        pair = _key_value(line)
        if pair is None:
            continue
        key, value = pair
        if key in _USER_AGENT:
            if not open_agents or group is None:
                group = Group()
                groups.append(group)
                open_agents = True
            group.agents.append(value.lower().strip(_QUOTES))
        elif key in _ALLOW or key in _DISALLOW:
            rule = ("allow" if key in _ALLOW else "disallow", value)
            (loose_rules if group is None else group.rules).append(rule)
            open_agents = False
            if ":" not in line and group is None:
                continue  # a word of prose
        elif key in _USAGE:
            (loose_usages if group is None else group.usages).append(value)
        elif key in _SIGNAL:
            (loose_signals if group is None else group.signals).append(value)
        elif key in _LICENSE:
            licenses.append(value)
        known += 1
    if not groups and any(kind == "disallow" and path for kind, path in loose_rules):
        # The RFC passes over rules without an agent; a file of nothing else is a ban that was written badly.
        groups.append(Group(["*"], list(loose_rules)))
    problem = ""
    if _HIDDEN_BAN.search(text):
        problem = "a rule behind a line end that robots.txt does not have"
    elif content and not (groups or known):
        problem = "no line of a robots.txt in it"
    elif text.lstrip()[:1] == "<" and not groups:
        problem = "a page, not a robots.txt"
    elif cut:
        problem = "longer than what is read of it"
    return RobotsFile(
        tuple(groups),
        tuple(loose_usages),
        tuple(loose_signals),
        tuple(loose_rules),
        tuple(licenses),
        "\n".join(comments),
        problem,
        empty=not content,
        by_name=_by_name(groups),
    )


_short = lru_cache(maxsize=1024)(_read)  # a crawl comes back to its hosts, and most of their files are short
_long = lru_cache(maxsize=4)(_read)


@lru_cache(maxsize=1024)
def _matcher(rules: tuple[tuple[str, str], ...]) -> Protego:
    lines = ["User-agent: x"]
    for kind, path in rules:
        if kind == "disallow":
            path = _meant(path)
        lines.append(f"{kind}: {_ODD_ENDS.sub('', path)}")
    return Protego.parse("\n".join(lines))


def _meant(path: str) -> str:
    """The path of a ban that begins with neither a slash nor a star, and so matches nothing by the grammar: the will of
    a ban is plain. An allowance gets no such help."""
    if path[:1] in _QUOTES:
        path = path.strip(_QUOTES)
    if not path or path[0] in "/*$":
        return path
    parts = urlsplit(path) if path.lower().startswith(("http://", "https://")) else None
    return f"/{path}" if parts is None else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def may_fetch(groups: list[Group], url: str) -> bool:
    """Whether the rules of these groups, merged, let an address be fetched (RFC 9309, 2.2.2: longest match wins, allow
    at a tie).

    Raises ValueError where `url` is no address.
    """
    rules = [rule for group in groups for rule in group.rules]
    if rules and "/." in url and (plain := _resolved(url)) != url and not may_fetch(groups, plain):
        return False
    if rules and (path := _PLAIN_PATH.match(urlsplit(url).path)) is not None:
        rules = [rule for rule in rules if not _elsewhere(rule[1], path[0])]
    return not rules or bool(_matcher(tuple(rules)).can_fetch(url, "x"))


def _resolved(url: str) -> str:
    """The address without `.` and `..`, which is what a client asks for (RFC 3986, 5.2.4)."""
    return urljoin(url, urlsplit(url)._replace(scheme="", netloc="").geturl())


def ruling(groups: list[Group], url: str) -> str:
    """The rule that shuts an address out, as the receipt quotes it: of those that match, the longest; empty if none."""
    path = _PLAIN_PATH.match(urlsplit(url).path)
    banned = {rule[1] for group in groups for rule in group.rules if rule[0] == "disallow" and rule[1]}
    found = [rule for rule in banned if not (path and _elsewhere(rule, path[0])) and matches(_meant(rule), url)]
    return f"Disallow: {min(found, key=lambda rule: (-len(rule), rule))}"[:300] if found else ""


def _elsewhere(pattern: str, path: str) -> bool:
    """Whether a rule cannot match, because the plain letters that it begins with are others than those of the path.

    Only such letters are compared as mean themselves in every encoding; what is left goes to the matcher, for which a
    handful of rules is a parse that many files share.
    """
    own = _PLAIN_PATH.match(pattern)
    return own is not None and own[0][: len(path)] != path[: own.end()]


@lru_cache(maxsize=1024)
def _pattern(path: str) -> Protego:
    return Protego.parse(f"User-agent: x\ndisallow: {path}")


def matches(path: str, url: str) -> bool:
    """Whether a path pattern of RFC 9309 (`*`, `$`, prefix) matches an address; patterns with line ends match nothing.

    Raises ValueError where `url` is no address.
    """
    path = path.strip()
    if not path or len(path) > _LINE_LIMIT or _ODD_ENDS.search(path):
        return False
    if path[0] not in "/*":
        path = f"/{path}"
    return not _pattern(path.replace("#", "%23")).can_fetch(url, "x")
