"""Statements about rights on a web page, each with its place and what it covers.

Order of cost: a search for rights words in the characters; only a page that has one is parsed; only marks are looked
at. Sources of rules: HTML Standard, link type `license`; Creative Commons REL (2008); Dublin Core terms; schema.org.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborNode

from licenses import subject_words as sw
from licenses.clauses import restriction, restriction_of_use
from licenses.evidence import _structured as structured
from licenses.evidence._json_ld import page_subject
from licenses.model import Document, Evidence, Reading, ScopeName
from licenses.name_words import DATA_LICENSES, NAME, SOFTWARE_LICENSES, read
from licenses.page import Page, ancestors, clip, nearest_block, parse, utf8, words
from licenses.rights_words import ADDRESS_WORDS, DENIAL_WORDS, NAME_WORDS, PARTY_WORDS, RIGHTS_WORDS, places
from licenses.scope import Mark, decide, decide_denial, surroundings

PLACE = "html"
MAX_MARKS = 200  # more licence links than this: a list of works, and the rest adds nothing to a conclusion
_CC = re.compile(r"^(?:https?:)?//(?:[\w-]+\.)*creativecommons\.org/(?:licen[sc]es|publicdomain)/\S", re.I)
_OTHER_LICENCES = re.compile(
    r"gnu\.org/(?:licenses|copyleft)/\w|opensource\.org/licen[sc]es?/\w|"
    r"nationalarchives\.gov\.uk/doc/open-government|etalab\.gouv\.fr/.*licence|govdata\.de/dl-de|"
    r"apache\.org/licenses/|opendatacommons\.org/licenses/|unlicense\.org|wtfpl\.net|mozilla\.org/.*mpl|"
    r"data\.norge\.no/nlod|artlibre\.org|dati\.gov\.it/iodl|w3\.org/consortium/legal",
    re.I,
)
# Definitions that many licences meet: whoever links one names no licence.
_LABELS = re.compile(r"^https?://(?:www\.)?(?:opendefinition\.org|freedomdefined\.org|okfn\.org)(?:/|$)", re.I)
_SPACE = re.compile(r"\s+")
_LINES = re.compile(r"\s*¶[\s¶]*")
_ARCHIVED = re.compile(r"^(?:https?://web\.archive\.org)?/web/\d{4,14}[a-z_]*/(?=https?:|//)", re.I)


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """Every statement about rights on a page, machine-readable ones first. Never raises; a page that cannot be read
    within bounds yields one piece of evidence that is not understood."""
    if document.html is None:
        return ()
    source = utf8(document.html, document.headers)
    words_at = places(source)
    granting = not words_at.keys().isdisjoint(RIGHTS_WORDS)
    denying = not words_at.keys().isdisjoint(DENIAL_WORDS)
    if not granting and not denying:
        return ()
    page = parse(source, document.url, words_at)
    if page is None:
        return (Evidence(PLACE, "unreadable", "page beyond the bounds of reading", rule="bounds", seen=document.seen),)
    page.address = page.address or _own_address(page)
    found: list[Evidence] = []
    if granting:
        page.cache["subject"] = page_subject(page)
        page.cache["license-text"] = _is_license_text(page, document)
        found += structured.find(page, document)
        found += _links(page, document)
        if not page.cache["license-text"]:
            found += _names_in_words(page, document)
    if denying:
        found += _denials(page, document)
    return tuple(settle(_distinct(found)))


def _own_address(page: Page) -> str | None:
    """Where the page says that it stands, which tells its own data from those about other pages."""
    for link in page.tree.css('link[rel="canonical" i][href], meta[property="og:url"][content]')[:2]:
        address = (link.attributes.get("href") or link.attributes.get("content") or "").strip()
        if re.match(r"https?://", address, re.I):
            return address[:2_000]
    return None


def settle(found: list[Evidence]) -> list[Evidence]:
    """Statements about one text are weighed together wherever they stand on the page.

    A machine-readable mark that the visible page contradicts does not speak alone: where no visible statement is
    about this very text, it is weighed with those about the site, so that head against footer is a conflict."""
    if any(e.scope == "site" and e.rule == "says-this-text" for e in found):
        # «This document is …» above or below the text is about the same text as «this work is …» in it.
        return [
            _replace(e, "site", f"{e.rule}+page-says-too") if e.scope == "text" and e.claim == "grant" else e
            for e in found
        ]
    if any(e.scope == "text" and not e.kind.startswith(structured.KINDS) for e in found):
        return found
    if not any(e.scope == "site" for e in found):
        return found
    return [
        _replace(e, "site", e.rule + "+page-says-too")
        if e.scope == "text" and e.kind.startswith(structured.KINDS)
        else e
        for e in found
    ]


def _replace(evidence: Evidence, scope: ScopeName, rule: str) -> Evidence:
    return Evidence(**{**evidence.as_dict(), "scope": scope, "rule": rule})


def _distinct(found: list[Evidence]) -> list[Evidence]:
    seen: dict[tuple[str, str, str, str], Evidence] = {}
    for evidence in found:
        seen.setdefault((evidence.kind, evidence.statement, evidence.scope, evidence.rule), evidence)
    return list(seen.values())


def _evidence(
    page: Page,
    document: Document,
    node: LexborNode,
    kind: str,
    statement: str,
    scope: ScopeName,
    rule: str,
    context: str = "",
    **more: Any,
) -> Evidence:
    if not context:
        before, after, _ = page.text_before_after(node)
        own = words(node) if node.tag not in ("meta", "link") else ""
        context = f"{_end(before, 140)}{_start(own, 60)}{_start(after, 95)}"
    return Evidence(
        PLACE,
        kind,
        statement[:1_000],
        page.locator(node),
        scope,
        rule,
        context=clip(_LINES.sub(" | ", context).strip(" |")),
        seen=document.seen,
        **more,
    )


def _start(text: str, length: int) -> str:
    """The first words of a text; an ellipsis says that there were more."""
    return text if len(text) <= length else f"{text[:length].rpartition(' ')[0]}…"


def _end(text: str, length: int) -> str:
    """The last words of a text; an ellipsis says that there were more."""
    return text if len(text) <= length else f"…{text[-length:].partition(' ')[2]}"


def _links(page: Page, document: Document) -> Iterator[Evidence]:
    count = 0
    # The parser finds in C what can be one; most of a page's links never become Python values.
    addresses = [f'[href*="{part}" i]' for part in ADDRESS_WORDS if page.may_hold(part)]
    for link in page.tree.css(", ".join(['[href][rel~="license" i]', *addresses])):
        if link.tag not in ("a", "area"):
            continue
        attributes = link.attributes
        href = (attributes.get("href") or "").strip()
        rel = "license" in (attributes.get("rel") or "").lower().split()
        if not rel and len(href) > 1_000:
            continue
        target = _ARCHIVED.sub("", href)
        known = bool(_CC.match(target) or _OTHER_LICENCES.search(target))
        if not rel and not known:
            continue
        count += 1
        if count > MAX_MARKS:
            return
        own = words(link)
        if rel and _LABELS.match(target):
            yield _evidence(page, document, link, "rel-license", target, "metadata", "label-is-no-licence")
            continue
        reading = read(target) if known else None
        if reading is None or not reading.understood:
            if not rel:
                if NAME.search(own):
                    continue  # found again among the words
                if _CC.match(target):
                    yield _judged(page, document, link, "link", target, Mark(link, own), own)
                continue
            named = NAME.search(own)
            yield _judged(
                page,
                document,
                link,
                "rel-license",
                named.group() if named and not known else target,
                Mark(link, own, rel=True),
                own,
            )
            continue
        mark = Mark(link, own, rel, _all_are(reading, SOFTWARE_LICENSES), _all_are(reading, DATA_LICENSES))
        evidence = _judged(page, document, link, "rel-license" if rel else "link", target, mark, own)
        yield evidence
        if evidence.scope in ("text", "site"):
            yield from _beside(page, document, link, evidence, reading, own)


def _judged(
    page: Page, document: Document, node: LexborNode, kind: str, statement: str, mark: Mark, own: str
) -> Evidence:
    scope, rule = decide(page, mark)
    return _evidence(page, document, node, kind, statement, scope, rule)


def _all_are(reading: Reading, ids: tuple[str, ...]) -> bool:
    """Whether all licences that a statement may mean have ids that begin so."""
    return bool(reading.members) and all(
        member.removeprefix("LicenseRef-").upper().startswith(ids) for member in reading.members
    )


def _beside(
    page: Page, document: Document, node: LexborNode, evidence: Evidence, reading: Reading, own: str
) -> Iterator[Evidence]:
    """What the same sentence says otherwise: another licence by name, or words that take away what the address
    grants."""
    around = surroundings(page, node)
    members = set(reading.members)
    said = [own, around.clause, around.after]
    said += [image.attributes.get("alt") or "" for image in node.css("img[alt]")[:4]]  # a badge's words
    for text in said:
        for named in list(NAME.finditer(text))[:4]:
            other = read(named.group())
            same = other.license is not None and f"{reading.license}-".startswith(
                f"{other.license}-"
            )  # the port left out
            if other.understood and members.isdisjoint(other.members) and not same:
                yield _evidence(
                    page, document, node, "words", named.group(), evidence.scope, "same-sentence", " ".join(said)
                )
    yield from _restrictions(page, document, node, evidence, "-NC" in (reading.license or ""), own, own)
    yield from _wording(page, document, node, evidence)


def _wording(page: Page, document: Document, node: LexborNode, evidence: Evidence) -> Iterator[Evidence]:
    """The words that the page wants its users to credit it with: no grant, carried into the credit."""
    _, rest, _ = page.text_before_after(node)
    asked = sw.CREDIT_ASKED.search(rest.partition("¶")[0])
    if asked:
        yield _evidence(
            page, document, node, "credit-wording", asked.group(1).strip(), evidence.scope, "asked-beside-the-licence",
            claim="preference",
        )  # fmt: skip


def _restrictions(
    page: Page, document: Document, node: LexborNode, evidence: Evidence, non_commercial: bool, own: str, name: str
) -> Iterator[Evidence]:
    """What the line of a mark takes back. `own`: the words of the node itself, `name` the licence's among them."""
    before, rest, _ = page.text_before_after(node)
    line = f"{before.rpartition('¶')[2]} {own} {rest.partition('¶')[0]}"
    limit = restriction(line, non_commercial, name)
    if limit is None and not non_commercial:
        line = _next_line(node)
        limit = restriction_of_use(line)
    if limit:
        statement, claim = limit
        yield _evidence(
            page, document, node, "words", statement, evidence.scope, "restricted-beside", line, claim=claim
        )


def _next_line(node: LexborNode) -> str:
    """The paragraph behind the one in which a mark stands, which may go on with its terms."""
    later = nearest_block(node).next
    while later is not None and (later.tag or "-")[0] == "-":
        later = later.next
    return words(later)[:400] if later is not None and later.tag in ("p", "div", "li", "small", "span", "dd") else ""


def _with_text(page: Page, needles: tuple[str, ...]) -> list[LexborNode]:
    """Elements that hold one of these words in a text of their own."""
    wanted = [needle for needle in needles if page.may_hold(needle) and _outside_tags(page, needle)]
    if not wanted:  # most stand in addresses only
        return []
    page_subject(page)  # reads the scripts that hold data
    page.tree.strip_tags(["script", "style"])
    spellings = dict.fromkeys(spelling for needle in wanted for spelling in _spellings(needle))
    return page.tree.css(", ".join(f':lexbor-contains("{one}" i)' for one in spellings))[: 4 * MAX_MARKS]


def _outside_tags(page: Page, word: str) -> bool:
    """Whether a word may stand anywhere but in the attributes of a tag."""
    source, inside, seen = page.source, False, 0
    for at in (page.places or {}).get(word, ()):
        start, end = source.rfind(b"<", seen, at), source.rfind(b">", seen, at)
        if start >= 0 or end >= 0:
            inside = start > end and source[start + 1 : start + 2].isalpha()
        if not inside:
            return True
        seen = at
    return not seen


def _spellings(needle: str) -> tuple[str, ...]:
    """lexbor compares without case in ASCII only."""
    return (needle,) if needle.isascii() else (needle, needle.upper(), needle.capitalize())


def _texts(element: LexborNode) -> Iterator[tuple[LexborNode, str]]:
    child, seen = element.first_child, 0
    while child is not None and seen < 2_000:
        seen += 1
        if child.tag == "-text":
            yield child, _SPACE.sub(" ", child.text_content or "")
        child = child.next


def _names_in_words(page: Page, document: Document) -> Iterator[Evidence]:
    count = 0
    for element in _with_text(page, NAME_WORDS):
        if element.tag in ("script", "style", "title", "textarea", "option") or count > MAX_MARKS:
            continue
        link = _own_link(element)
        if (
            link is not None
            and (_CC.match(_ARCHIVED.sub("", link)) or _OTHER_LICENCES.search(link))
            and read(_ARCHIVED.sub("", link)).understood
        ):
            continue  # the link says it already
        for text, value in _texts(element):
            low = value.lower()
            if not any(word in low for word in NAME_WORDS):
                continue
            for named in list(NAME.finditer(value[:20_000]))[:20]:
                count += 1
                reading = read(named.group())
                if not reading.understood and "commons" not in named.group().lower():
                    continue
                mark = Mark(text, value, False, _all_are(reading, SOFTWARE_LICENSES), _all_are(reading, DATA_LICENSES))
                offset = (value[: named.start()], value[named.end() :])
                scope, rule = decide(page, mark, offset)
                if link is not None and scope == "site" and value.strip() != named.group() and _in_menu(page, element):
                    scope, rule = "mention", "entry-of-a-menu"
                if scope == "site" and rule.startswith("in-") and not _names_by_itself(page, text, offset):
                    scope, rule = "mention", "name-without-statement"
                if scope in ("text", "site") and _linked_in_line(page, element, reading, named.group()):
                    continue
                evidence = _evidence(page, document, text, "words", named.group(), scope, rule)
                yield evidence
                if scope in ("text", "site"):
                    non_commercial = "-NC" in (reading.license or reading.family or "")
                    yield from _restrictions(page, document, text, evidence, non_commercial, value, named.group())


def _in_menu(page: Page, element: LexborNode) -> bool:
    """Whether a link is one of a menu's: words beside the licence's name make it the title of another page."""
    return any(page.role(above) == "navigation" for above in ancestors(element))


def _names_by_itself(page: Page, text: LexborNode, offset: tuple[str, str]) -> bool:
    """In a footer a name counts where it stands alone, after a copyright line, a label or a verb of granting."""
    around = surroundings(page, text, offset)
    clause = around.clause.lower()
    granted = sw.LABEL.search(clause) or sw.GRANT.search(clause) or sw.GRANT.search(around.after[:40].lower())
    return not clause or "©" in clause or bool(granted) or len(clause) < 12


def _linked_in_line(page: Page, element: LexborNode, reading: Reading, name: str) -> bool:
    """Whether the same line links the licence that these words name: then the link is the statement. Words that name no
    licence but its house («Creative Commons licence 4.0») are introduced by it."""
    house = _HOUSE.fullmatch(name)
    for link in nearest_block(element).css("a[href]")[:12] if element.tag != "a" else ():
        target = _ARCHIVED.sub("", link.attributes.get("href") or "")
        if (
            _CC.match(target)
            and (
                not set(read(target).members).isdisjoint(reading.members)
                or (house is not None and (house.group(1) or "") in target)
            )
            and decide(page, Mark(link, words(link), "license" in (link.attributes.get("rel") or "").lower()))[0]
            in ("text", "site")
        ):
            return True
    return False


def _own_link(element: LexborNode) -> str | None:
    node: LexborNode | None = element
    for _ in range(3):
        if node is None:
            return None
        if node.tag == "a":
            return (node.attributes.get("href") or "").strip()
        node = node.parent
    return None


def _denials(page: Page, document: Document) -> Iterator[Evidence]:
    for element in _with_text(page, DENIAL_WORDS):
        if element.tag in ("script", "style", "title", "textarea", "option", "noscript"):
            continue
        for text, value in _texts(element):
            plain = value[:20_000].lower()
            if len(plain) != len(value[:20_000]):
                continue
            for denial in list(sw.DENIAL.finditer(plain))[:3]:
                if sw.SOME_RIGHTS.search(plain, max(0, denial.start() - 40), denial.end()):
                    continue
                offset = (value[: denial.start()], value[denial.end() :])
                scope, rule = decide_denial(page, Mark(text, denial.group()), offset)
                yield _evidence(
                    page, document, text, "words", " ".join(value[denial.start() : denial.end()].split()), scope, rule
                )


def _is_license_text(page: Page, document: Document) -> bool:
    """Whether the page is a deed or legal code: its address is the licence's, or its title names one and its words are
    those of a contract (licensor, licensee, warranty) far more often than any article's."""
    if document.url and (_CC.match(document.url) or "/legalcode" in document.url) and read(document.url).understood:
        return True
    body = page.tree.body
    if body is None:
        return False
    words_at = page.places or {}
    if sum(len(words_at.get(word, ())) for word in PARTY_WORDS) >= 6:
        return True
    # The disclaimer that opens every legal code names the corporation, in capitals in the older ones.
    disclaimed = "creative commons corporation" in words_at or any(
        page.source.endswith(b"CREATIVE COMMONS", 0, at + len("commons")) for at in words_at.get("commons", ())
    )
    if not disclaimed and "/deed" not in words_at:
        return False
    titles = [words(heading) for heading in page.tree.css("title, h1, h2")[:6]]
    versioned = "/deed" in words_at and any(_VERSION.search(title) for title in titles)
    for title in titles:
        named = sum(len(match.group()) for match in NAME.finditer(title))
        if named and len(title) <= 120 and named * 3 >= len(title) and (disclaimed or versioned):
            return True
    return False


_VERSION = re.compile(r"[1-4]\.[05]")
_HOUSE = re.compile(
    r"creative[ \u00a0-]commons(?:[ \u00a0-]*(?:licen\w+|lizenz\w*))?(?:[ \u00a0,-]*v?([1-4]\.\d))?", re.I
)
