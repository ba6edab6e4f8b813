"""Opt-outs: what rightholders reserved in machine-readable form (Directive (EU) 2019/790, Art. 4(3); § 44b(3) UrhG).

One file a protocol. Each answers for itself, by its own rules of precedence; nothing here decides what a policy makes
of the answers. «No reservation» and «not looked for» are different answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from licenses.model import Document, Policy, Signal
from licenses.reservations import ai_txt, aipref, content_signals, natural_language, noai, robots, rsl, tdmrep

_CAPTURES = 16  # more than any join delivers
Look = Callable[[Document, Policy], tuple[Signal, ...]]

PROTOCOLS: Mapping[str, Look] = {
    "robots": robots.look,
    "tdmrep": tdmrep.look,
    "aipref": aipref.look,
    "content_signals": content_signals.look,
    "rsl": rsl.look,
    "noai": noai.look,
    "ai_txt": ai_txt.look,
    "natural_language": natural_language.look,
}


def look(document: Document, protocols: Sequence[str], policy: Policy) -> tuple[Signal, ...]:
    """Every protocol's answers for one document, in the order of PROTOCOLS: those that are not in `protocols` answer
    `not-looked-for`. Never raises for what a document holds: a protocol that fails answers `unreadable`.

    Raises KeyError for a protocol that does not exist.
    """
    for name in protocols:
        if name not in PROTOCOLS:
            raise KeyError(name)
    captured = _captured(document)
    signals: list[Signal] = []
    for name, ask in PROTOCOLS.items():
        if name not in protocols:
            signals.append(Signal(name, "not-looked-for"))
            continue
        found: list[Signal] = []
        for one in captured:
            try:
                found.extend(ask(one, policy))
            except Exception as error:  # what could not be read is no permission
                found.append(Signal(name, "unreadable", parsed=f"failed: {type(error).__name__}", seen=document.seen))
        signals.extend(dict.fromkeys(found))
    return tuple(signals)


def _captured(document: Document) -> list[Document]:
    """The document with each capture of its host's files that counts: `{"captures": [at the fetch, newest]}`."""
    fields = ("robots", "tdmrep", "rsl", "ai_txt")
    lists: dict[str, list[Any]] = {}
    for name in fields:
        value = getattr(document, name)
        if isinstance(value, Mapping) and "captures" in value:
            several = value["captures"]
            # An empty or odd list is a capture that cannot be read, not one that was not looked for.
            lists[name] = several[:_CAPTURES] if isinstance(several, list) and several else [{"status": None}]
    count = max((len(several) for several in lists.values()), default=1)
    return [
        replace(document, **{name: several[min(index, len(several) - 1)] for name, several in lists.items()})
        for index in range(count)
    ]
