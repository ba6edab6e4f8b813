"""Opt-outs: what rightholders reserved in machine-readable form (Directive (EU) 2019/790, Art. 4(3); § 44b(3) UrhG).

One file a protocol. Each answers for itself, by its own rules of precedence; nothing here decides what a policy makes
of the answers. «No reservation» and «not looked for» are different answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from licenses.model import Document, Policy, Signal
from licenses.reservations import ai_txt, aipref, content_signals, natural_language, noai, robots, rsl, tdmrep

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
    signals: list[Signal] = []
    for name, ask in PROTOCOLS.items():
        if name not in protocols:
            signals.append(Signal(name, "not-looked-for"))
            continue
        try:
            signals.extend(ask(document, policy))
        except Exception as error:  # what could not be read is no permission
            signals.append(Signal(name, "unreadable", parsed=f"failed: {type(error).__name__}", seen=document.seen))
    return tuple(signals)
