"""Every answer that rights alone can give: one code, one decision, one sentence that a lawyer understands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from licenses.model import Reason, Verdict

KEEP = "keep"

_TABLE: tuple[tuple[str, Verdict, str], ...] = (
    # ---- no grant
    ("license.missing", "refuse", "Nothing in or about the document grants any right to it."),
    (
        "license.not-understood",
        "refuse",
        "There is a statement about rights, and it is not known what it grants; so it may grant nothing.",
    ),
    (
        "license.no-flags",
        "refuse",
        "The statement names a licence of which the registry does not say what it grants and asks.",
    ),
    ("license.all-rights-reserved", "refuse", "The statement grants nothing: all rights are reserved."),
    (
        "license.reserved",
        "refuse",
        "Words beside the licence reserve training or text and data mining, so the grant is not what it names.",
    ),
    (
        "license.not-yet",
        "refuse",
        "The only statement takes effect after the day for which this run decides.",
    ),
    ("license.expired", "refuse", "The contract had ended on the day for which this run decides."),
    ("license.not-signed-yet", "refuse", "The contract was not yet signed on the day for which this run decides."),
    ("license.basis", "refuse", "The legal ground on which the text is free is not one that the policy accepts."),
    # ---- denied uses
    ("license.no-reproduction", "refuse", "Copying is not permitted, and the policy needs it."),
    ("license.no-derivatives", "refuse", "Changed versions may not be shared, and the policy needs derivative works."),
    ("license.no-distribution", "refuse", "Copies may not be passed on, and the policy needs that."),
    ("license.no-making-available", "refuse", "The text may not be put online, and the policy needs that."),
    ("license.non-commercial", "refuse", "Commercial use is not permitted, and the policy needs it."),
    (
        "license.no-database-extraction",
        "refuse",
        "The maker of the database has not permitted extraction, and the policy needs it.",
    ),
    # ---- duties that nobody will fulfil
    ("license.attribution", "refuse", "The licence asks for attribution, and the policy does not list that duty."),
    ("license.notice", "refuse", "The licence asks that notices are kept, and the policy does not list that duty."),
    (
        "license.license-text",
        "refuse",
        "The licence asks that its own text goes along, and the policy does not list that duty.",
    ),
    (
        "license.mark-changes",
        "refuse",
        "The licence asks that changes are marked, and the policy does not list that duty.",
    ),
    (
        "license.share-alike",
        "refuse",
        "What is made from the text must be shared under the same licence, and the policy does not list that duty.",
    ),
    (
        "license.source-code",
        "refuse",
        "The licence asks that the source form is offered, and the policy does not list that duty.",
    ),
    (
        "license.bind-recipients",
        "refuse",
        "Whoever receives the text must be bound to its terms, and the policy does not list that duty.",
    ),
    (
        "license.advertising-line",
        "refuse",
        "The licence asks for a line in all advertising, and the policy does not list that duty.",
    ),
    # ---- for a person to decide
    (
        "license.family",
        "review",
        "The statement names a family of licences without the version; the policy leaves that to a person.",
    ),
    (
        "license.members-differ",
        "review",
        "Several licences may be meant, and some of them would be kept and others not.",
    ),
    ("license.unknown-use", "review", "Whether a use that the policy needs is permitted is not known."),
    (
        "license.disputed-use",
        "review",
        "Whether a use that the policy needs is permitted is disputed, and the policy does not accept that risk.",
    ),
    (
        "license.exception",
        "review",
        "The statement leaves something out, and a person must see whether that is the text.",
    ),
    ("license.conflict", "review", "Statements of equal weight disagree about the same text."),
    (
        "evidence.clue",
        "review",
        "A licence stands only where it is too weak to speak for the text, as on a collection's card or a badge.",
    ),
    # ---- the same text elsewhere
    (
        "contested.refused",
        "refuse",
        "The same text stands elsewhere under a statement that denies a use which the policy needs.",
    ),
    (
        "contested.review",
        "review",
        "The same text stands elsewhere under a statement that denies a needed use; a person must decide.",
    ),
    # ---- reservations
    (
        "reservation.robots",
        "refuse",
        "The site's robots.txt shuts out this agent, all agents, or one that collects for training.",
    ),
    ("reservation.tdmrep", "refuse", "Text and data mining is reserved by the TDM Reservation Protocol."),
    ("reservation.aipref", "refuse", "Training is disallowed by an AI preference (Content-Usage)."),
    ("reservation.content_signals", "refuse", "Training is refused by a content signal in robots.txt or a header."),
    ("reservation.rsl", "refuse", "Training is not licensed, or not without payment, by Really Simple Licensing."),
    ("reservation.noai", "refuse", "The page or its header says noai."),
    ("reservation.ai_txt", "refuse", "The site's ai.txt shuts out training."),
    ("reservation.natural_language", "refuse", "Words on the page or site reserve text and data mining."),
    (
        "reservation.unreadable",
        "refuse",
        "A reservation was looked for and what was found cannot be read, so it may reserve.",
    ),
    (
        "reservation.not-looked-for",
        "refuse",
        "The text would be used under the exception for text and data mining, and nobody looked for a reservation.",
    ),
)

REASONS: Mapping[str, Reason] = MappingProxyType(
    {code: Reason(code, decision, text) for code, decision, text in _TABLE}
)

DENIED: Mapping[str, str] = MappingProxyType(
    {
        "reproduction": "license.no-reproduction",
        "derivative-works": "license.no-derivatives",
        "distribution": "license.no-distribution",
        "making-available": "license.no-making-available",
        "commercial-use": "license.non-commercial",
        "database-extraction": "license.no-database-extraction",
    }
)
