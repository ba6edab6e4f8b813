"""ai.txt (Spawning, 2023): a file like robots.txt whose rules name kinds of files that data sets may not take."""

from __future__ import annotations

from licenses.model import Document, Policy, Signal
from licenses.reservations._answers import Answer
from licenses.reservations._robots_file import capture, matches, read

VERSION = "Spawning ai.txt, 2023"
# Its generator's kinds of text (one switch in it), and the spellings of the same on the web.
TEXT = (
    "txt",
    "pdf",
    "doc",
    "docx",
    "odt",
    "rtf",
    "tex",
    "wks",
    "wpd",
    "wps",
    "html",
    "htm",
    "xhtml",
    "xml",
    "md",
    "epub",
)


def look(document: Document, policy: Policy) -> tuple[Signal, ...]:
    """Reserved where a `Disallow` of any group matches the address or names a kind of text file (`*.html`), since every
    document here is text; an `Allow` lifts nothing. A file without rules is `unreadable`: other drafts use the name."""
    found = capture(document.ai_txt, "/ai.txt")
    seen = found.seen or document.seen

    def answer(kind: Answer, value: str = "", parsed: str = "", agent: str = "") -> tuple[Signal, ...]:
        return (Signal("ai_txt", kind, value[:300], parsed, agent, found.locator, seen, VERSION),)

    if found.state == "not-looked-for":
        return answer("not-looked-for")
    if found.state == "absent":
        return answer("not-found", found.status)
    if found.state == "unreadable":
        return answer("unreadable", found.status, found.problem)
    file = read(found.body)
    if file.empty:
        return answer("not-found", parsed="empty")
    rules = [(agent, rule) for group in file.groups for agent in group.agents[:1] for rule in group.rules]
    rules += [("*", rule) for rule in file.loose_rules]
    for agent, (kind, pattern) in rules:
        if kind == "disallow" and pattern and _covers(pattern, document.url):
            return answer("reserved", f"Disallow: {pattern}", "disallow", agent)
    if file.problem or not rules:
        return answer("unreadable", found.body[:120], file.problem or "no rule in it")
    return answer("allowed", parsed="no rule shuts out text or the address")


def _covers(pattern: str, url: str | None) -> bool:
    name = pattern.lower().lstrip("/").removesuffix("$")
    if name in ("", "*") or (name.startswith("*.") and name[2:] in TEXT):
        return True
    if not url:
        return True
    try:
        return matches(pattern, url)
    except ValueError:
        return True
