"""What stands beside a licence on a page: another licence, words that take back what it grants, a credit line."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from licenses import subject_words as sw
from licenses.clauses import restriction, restriction_of_use
from licenses.evidence._page_receipt import receipt
from licenses.model import Document, Evidence, Reading
from licenses.name_words import NAME, read
from licenses.page import Page
from licenses.page_text import nearest_block, words
from licenses.scope import surroundings


def beside(
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
                yield receipt(
                    page, document, node, "words", named.group(), evidence.scope, "same-sentence", " ".join(said)
                )
    yield from restrictions(page, document, node, evidence, "-NC" in (reading.license or ""), own, own)
    yield from _wording(page, document, node, evidence)


def _wording(page: Page, document: Document, node: LexborNode, evidence: Evidence) -> Iterator[Evidence]:
    """The words that the page wants its users to credit it with: no grant, carried into the credit."""
    _, rest, _ = page.text_before_after(node)
    asked = sw.CREDIT_ASKED.search(rest.partition("¶")[0])
    if asked:
        yield receipt(
            page, document, node, "credit-wording", asked.group(1).strip(), evidence.scope, "asked-beside-the-licence",
            claim="preference",
        )  # fmt: skip


def restrictions(
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
        yield receipt(page, document, node, "words", statement, evidence.scope, "restricted-beside", line, claim=claim)


def _next_line(node: LexborNode) -> str:
    """The paragraph behind the one in which a mark stands, which may go on with its terms."""
    later = nearest_block(node).next
    while later is not None and (later.tag or "-")[0] == "-":
        later = later.next
    return words(later)[:400] if later is not None and later.tag in ("p", "div", "li", "small", "span", "dd") else ""
