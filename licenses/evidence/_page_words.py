"""Licences by name in a page's words, and words that reserve everything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from licenses import subject_words as sw
from licenses.evidence._page_beside import restrictions
from licenses.evidence._page_links import ARCHIVED, CC, MAX_MARKS, OTHER_LICENCES, all_are
from licenses.evidence._page_receipt import receipt
from licenses.model import Document, Evidence, Reading
from licenses.name_words import DATA_LICENSES, NAME, SOFTWARE_LICENSES, lower, read
from licenses.page import Page
from licenses.page_text import ancestors, collapse, nearest_block, words
from licenses.rights_words import DENIAL_WORDS, NAME_WORDS
from licenses.scope import Mark, decide, decide_denial, surroundings

_HOUSE = re.compile(
    r"creative[ \u00a0-]commons(?:[ \u00a0-]*(?:licen\w+|lizenz\w*))?(?:[ \u00a0,-]*v?([1-4]\.\d))?", re.I
)


def _with_text(page: Page, needles: tuple[str, ...]) -> list[LexborNode]:
    """Elements that hold one of these words in a text of their own."""
    wanted = [needle for needle in needles if page.may_hold(needle) and _outside_tags(page, needle)]
    if not wanted:  # most stand in addresses only
        return []
    if "stripped" not in page.cache:
        page.tree.strip_tags(["script", "style"])
        page.cache["stripped"] = True
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
            yield child, collapse(child.text_content or "")
        child = child.next


def names(page: Page, document: Document) -> Iterator[Evidence]:
    count = 0
    for element in _with_text(page, NAME_WORDS):
        if element.tag in ("script", "style", "title", "textarea", "option") or count > MAX_MARKS:
            continue
        link = _own_link(element)
        if (
            link is not None
            and (CC.match(ARCHIVED.sub("", link)) or OTHER_LICENCES.search(link))
            and read(ARCHIVED.sub("", link)).understood
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
                mark = Mark(text, value, False, all_are(reading, SOFTWARE_LICENSES), all_are(reading, DATA_LICENSES))
                offset = (value[: named.start()], value[named.end() :])
                scope, rule = decide(page, mark, offset)
                if link is not None and scope == "site" and value.strip() != named.group() and _in_menu(page, element):
                    scope, rule = "mention", "entry-of-a-menu"
                if scope == "site" and rule.startswith("in-") and not _names_by_itself(page, text, offset):
                    scope, rule = "mention", "name-without-statement"
                if scope in ("text", "site") and _linked_in_line(page, element, reading, named.group()):
                    continue
                evidence = receipt(page, document, text, "words", named.group(), scope, rule)
                yield evidence
                if scope in ("text", "site"):
                    non_commercial = "-NC" in (reading.license or reading.family or "")
                    yield from restrictions(page, document, text, evidence, non_commercial, value, named.group())


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
        target = ARCHIVED.sub("", link.attributes.get("href") or "")
        if (
            CC.match(target)
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


_SPLIT = 200  # characters on each side, and of the element itself, in which a denial over several elements stands


def denials(page: Page, document: Document) -> Iterator[Evidence]:
    for element in _with_text(page, DENIAL_WORDS):
        if element.tag in ("script", "style", "title", "textarea", "option", "noscript"):
            continue
        for text, value in _texts(element):
            plain = lower(value[:20_000])
            found = list(sw.DENIAL.finditer(plain))[:3]
            if not found and any(word in plain for word in DENIAL_WORDS):
                yield from _over_elements(page, document, text, value)
            for denial in found:
                if sw.SOME_RIGHTS.search(plain, max(0, denial.start() - 40), denial.end()):
                    continue
                offset = (value[: denial.start()], value[denial.end() :])
                scope, rule = decide_denial(page, Mark(text, denial.group()), offset)
                yield receipt(
                    page, document, text, "words", " ".join(value[denial.start() : denial.end()].split()), scope, rule
                )


def _over_elements(page: Page, document: Document, text: LexborNode, value: str) -> Iterator[Evidence]:
    """A denial of which an element holds only some words: «Alle Rechte <strong>vorbehalten</strong>»."""
    before, after, _ = page.text_before_after(text)
    before, after = before.rpartition("¶")[2][-_SPLIT:], after.partition("¶")[0][:_SPLIT]
    own = value[:_SPLIT]
    line = before + own + after
    for denial in sw.DENIAL.finditer(lower(line)):
        inside = denial.start() < len(before) + len(own) and denial.end() > len(before)
        if not inside or sw.SOME_RIGHTS.search(lower(line), max(0, denial.start() - 40), denial.end()):
            continue
        offset = (own[: max(0, denial.start() - len(before))], own[max(0, denial.end() - len(before)) :])
        scope, rule = decide_denial(page, Mark(text, denial.group()), offset)
        statement = " ".join(line[denial.start() : denial.end()].split())
        yield receipt(page, document, text, "words", statement, scope, rule)
        return
