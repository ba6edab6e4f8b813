"""Statements in a journal article's XML: the article's own permissions, apart from those of its figures and
sub-articles.

Sources of rules: JATS (ANSI/NISO Z39.96) `<permissions>`; NISO RP-22, Access and License Indicators
(`ali:license_ref` with `start_date`): a licence holds from its start on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from licenses.evidence._xml import XLINK, denial, local, locator, root_of, statements, text_of
from licenses.model import Document, Evidence, ScopeName
from licenses.page_text import clip

PLACE = "jats"
_ALI = "{http://www.niso.org/schemas/ali/1.0/}"


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """Every statement in `<permissions>`; empty where the document is no JATS article. Never raises."""
    root = root_of(document)
    if root is None:
        return ()
    articles = [root] if local(root) == "article" else [e for e in root.iter() if local(e) == "article"][:1]
    if not articles:
        return ()
    found: list[Evidence] = []
    for permissions in articles[0].iter():
        if local(permissions) == "permissions":
            found += _permissions(permissions, articles[0], document)
    return tuple(found)


def _permissions(permissions: etree._Element, article: etree._Element, document: Document) -> Iterator[Evidence]:
    scope, rule = _scope(permissions, article)
    for child in permissions:
        name = local(child)
        if name == "license":
            yield from _license(child, document, scope, rule)
        elif name == "license_ref":
            yield from _reference(child, document, scope, rule)
        elif name == "copyright-statement" and (said := denial(text_of(child))):
            yield Evidence(
                PLACE, "words", said, locator(child), scope, rule, context=clip(text_of(child)), seen=document.seen
            )


def _scope(permissions: etree._Element, article: etree._Element) -> tuple[ScopeName, str]:
    path = [local(a) for a in permissions.iterancestors()]
    if path[:3] == ["article-meta", "front", "article"] and permissions.getparent().getparent().getparent() is article:
        return "text", "article-meta-permissions"
    if any(name in ("sub-article", "response", "related-article", "related-object", "ref", "product") for name in path):
        return "other-work", f"permissions-of-{path[0] or 'another'}"
    return "part", f"permissions-of-{path[0] if path else 'a-part'}"


def _license(element: etree._Element, document: Document, scope: ScopeName, rule: str) -> Iterator[Evidence]:
    references = [child for child in element.iter() if local(child) == "license_ref"]
    for reference in references:
        yield from _reference(reference, document, scope, rule)
    found = list(statements(element, PLACE, document, scope, rule, element.get(XLINK)))
    if references:  # the same terms again, as an address with its start: words and attributes add only what disagrees
        said = {text_of(reference) for reference in references}
        starts = {reference.get("start_date") for reference in references}
        if starts == {None}:
            found = [e for e in found if e.statement not in said]
        else:
            found = [e for e in found if e.rule in ("words-against-address", "words-restrict")]
    yield from found


def _reference(reference: etree._Element, document: Document, scope: ScopeName, rule: str) -> Iterator[Evidence]:
    use = (reference.get("specific-use") or "").lower()
    if use and use not in ("vor", "am", "textmining-and-reading"):
        scope, rule = "metadata", f"licence-for-{use[:20]}"  # a publisher's licence for mining alone
    start = reference.get("start_date") or reference.get(f"{_ALI}start_date")
    statement = text_of(reference) or (reference.get(XLINK) or "")
    if statement:
        yield Evidence(
            PLACE,
            "ali-license-ref",
            statement[:1_000],
            locator(reference),
            scope,
            rule,
            context=clip(statement),
            seen=document.seen,
            starts=start,
        )
