"""The attribution of one record: what its licence asks to be said, as the source supplied it, and nothing invented."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from licenses.conclude import reading_of
from licenses.model import COVERS, Decision, Evidence, License
from licenses.registry import Registry

# From its sign to the end of its sentence or line. A quotation that was cut («…») before that end has no whole notice.
_NOTICE = re.compile(
    r"(?:copyright\s+)?(?:©|\(c\)\s*(?=(?:19|20)\d\d|[A-Z])|copyright\s+(?=(?:19|20)\d\d|by\s))"
    r"[^\n|¶·•]{0,200}?(?=\s*(?:[\n|¶·•]|$|(?<=\w\w\w)\.(?:\s|$)))",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LONGEST = 1_000  # characters of one element: an author list is kept whole, a text that got in by mistake is not
_NAME = 60  # characters; a longer statement is a notice in words, a shorter one the name or address given already
_KINDS = {
    "official-work": "Basis", "contract": "Contract", "own": "Own work", "tdm-exception": "Basis",
    "research-exception": "Basis",
}  # fmt: skip
_CC_LIST = "https://creativecommons.org/licenses/"


def file_name(place: str) -> str:
    """A contract's file as others may know it: a web address whole, else without the folder in which it is kept."""
    return place if place.lower().startswith(("https://", "http://")) else place.rstrip("/").rpartition("/")[2]


def credit(
    record: Mapping[str, str | None],
    decision: Decision,
    evidence: Sequence[Evidence],
    registry: Registry,
    changes: Sequence[str] = (),
) -> str:
    """One paragraph that names author, title, source, notice, licence with its link, and changes.

    `record` holds what the source supplied: `title`, `author`, `url`, and where there are any `source`, `id`,
    `copyright`, `attribution` (the provider's own wording), `updated`, `published` (ISO dates). HTML entities in it are
    decoded once. `changes` says what was done to the text. An element that was not supplied is left out; a family's
    version is never added. Elements by licence: CC BY 4.0 s. 3(a)(1), DL-DE-BY-2.0 s. 2, Licence Ouverte 2.0.
    """
    licenses = [row for member in decision.members if (row := registry.get(member)) is not None]
    parts = [
        _work(record),
        *_provider(record, licenses, evidence),
        *_updated(record, licenses),
        _source(record),
        *_copyright(record, evidence),
    ]
    grant = _granting(evidence, decision, registry)
    parts += _family(decision, licenses, grant) if _uncertain(decision) else _licenses(decision, licenses)
    if "notice" in decision.duties and grant is not None and not _uncertain(decision) and len(grant.statement) > _NAME:
        parts.append(f"Notice as found: «{words(grant.statement)}».")
    if changes:
        parts.append(f"Changes: {'; '.join(changes)}.")
    return " ".join(part for part in parts if part)


def _uncertain(decision: Decision) -> bool:
    return decision.family is not None and decision.license is None


def words(value: str | None) -> str:
    """What was supplied, on one line: entities decoded once, since double decoding could make markup of words."""
    return " ".join(_CONTROL.sub(" ", html.unescape(value or "")).split())[:_LONGEST]


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _work(record: Mapping[str, str | None]) -> str:
    title, author = words(record.get("title")), words(record.get("author"))
    if title and author:
        return _stop(f"«{title}» by {author}")
    return _stop(f"«{title}»" if title else f"By {author}") if title or author else ""


def _provider(
    record: Mapping[str, str | None], licenses: Sequence[License], evidence: Sequence[Evidence]
) -> Iterator[str]:
    """The wording that the provider asks for: the record's own, else the one that stands beside the licence, else the
    one that the licence or contract gives."""
    if own := words(record.get("attribution")):
        yield _stop(own)
        return
    for item in evidence:
        if item.kind == "credit-wording" and item.scope in COVERS:
            yield _stop(words(item.statement))
            return
    for wording in dict.fromkeys(row.provider_wording for row in licenses if row.provider_wording):
        yield _stop(words(wording))


def _updated(record: Mapping[str, str | None], licenses: Sequence[License]) -> Iterator[str]:
    if any("update-date" in row.credit for row in licenses):
        day = words(record.get("updated")) or words(record.get("published"))
        yield f"Last update: {day or 'not stated by the source'}."


def _source(record: Mapping[str, str | None]) -> str:
    """Where the text was taken from. A text that asks for nothing has this line too, or nobody could check it."""
    url = words(record.get("url"))
    place = url or ":".join(word for word in (words(record.get("source")), words(record.get("id"))) if word)
    return f"Source: {place}." if place else ""


def _copyright(record: Mapping[str, str | None], evidence: Sequence[Evidence]) -> Iterator[str]:
    """The copyright notice, where one was found with the text."""
    if own := words(record.get("copyright")):
        yield _stop(own)
        return
    for item in evidence:
        found = _NOTICE.search(words(item.context)) if item.scope in COVERS else None
        if found and "…" not in found.group():
            yield _stop(found.group().strip(" ,;:–-"))
            return


def _licenses(decision: Decision, licenses: Sequence[License]) -> Iterator[str]:
    for row in licenses:
        kind = _KINDS.get(row.basis, "Licence")
        place = row.address or (file_name(row.document) if row.document else "")
        link = f", {place}" if place else ""
        yield f"{kind}: {row.name} ({row.id}){link}."
    if decision.choice:
        yield f"Chosen from: {decision.choice}."


def _family(decision: Decision, licenses: Sequence[License], grant: Evidence | None) -> Iterator[str]:
    """The wording for a licence whose version nobody stated: the statement itself, and the list of what it may mean."""
    said = ""
    if grant is not None:
        where = " ".join(word for word in (grant.place, grant.locator) if word)
        said = f"; stated as «{words(grant.statement)}» ({where}{f', seen {grant.seen}' if grant.seen else ''})"
    yield f"Licence: {decision.family}, version not stated by the source{said}."
    creative_commons = all(row.urls and row.urls[0].startswith(_CC_LIST) for row in licenses)
    listed = f", {_CC_LIST}" if licenses and creative_commons else ""
    count = len(decision.members)
    yield f"It is one of the {count} licences in the column «members», whose addresses ATTRIBUTION.md lists{listed}."


def _granting(evidence: Sequence[Evidence], decision: Decision, registry: Registry) -> Evidence | None:
    """The statement that granted: the narrowest that may mean one of the members."""
    members = frozenset(decision.members)
    for scope in COVERS:
        for item in evidence:
            if (
                item.scope == scope
                and item.claim == "grant"
                and members.intersection(reading_of(item, registry).members)
            ):
                return item
    return None
