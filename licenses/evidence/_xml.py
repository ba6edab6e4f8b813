"""What JATS and TEI share: bounded parsing, and the statements in one `<license>` or `<licence>` element."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from licenses import subject_words as sw
from licenses.clauses import restriction
from licenses.model import Document, Evidence, ScopeName
from licenses.name_words import NAME, read
from licenses.page_text import clip

MAX_BYTES = 64 << 20
XLINK = "{http://www.w3.org/1999/xlink}href"
_ADDRESS = re.compile(r"https?://[^\s<>\"')\]}]+", re.I)


def root_of(document: Document) -> etree._Element | None:
    """The root of an XML document, or None where it is none. No entity is resolved, no DTD loaded, no network used."""
    raw = document.xml
    if raw is None or len(raw) > MAX_BYTES:
        return None
    if isinstance(raw, str):
        raw = re.sub(r"^\s*<\?xml[^>]*\?>", "", raw, count=1).encode("utf-8", "replace")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        return etree.fromstring(raw.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).split())


def locator(element: etree._Element) -> str:
    """A path of local names from the root, with positions among equal names."""
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None and len(steps) < 60:
        same = list(node.itersiblings(node.tag, preceding=True)) if isinstance(node.tag, str) else []
        steps.append(local(node) + (f"[{len(same) + 1}]" if same else ""))
        node = node.getparent()
    return "/" + "/".join(reversed(steps))


def statements(
    element: etree._Element,
    place: str,
    document: Document,
    scope: ScopeName,
    rule: str,
    address: str | None,
    starts: str | None = None,
) -> Iterator[Evidence]:
    """The statements of one licence element: its addresses, else the names in its words, else its words as they are.

    An address that is no known licence beside one that is says nothing more (the paragraph decides); words that name
    another licence than the address, or take back what it grants, are statements of their own.
    """
    wording = text_of(element)
    where = locator(element)

    def evidence(kind: str, statement: str, scope_: ScopeName = scope, rule_: str = rule) -> Evidence:
        return Evidence(
            place,
            kind,
            statement[:1_000],
            where,
            scope_,
            rule_,
            context=clip(wording),
            seen=document.seen,
            starts=starts,
        )

    addresses = [address.strip()] if address and address.strip() else []
    for child in element.iter():
        if child is not element:
            found = (child.get(XLINK), child.get("target"))
            addresses += [value.strip() for value in found if value and _ADDRESS.match(value.strip())]
    addresses += [match.group().rstrip(".,;") for match in _ADDRESS.finditer(wording)]
    addresses = list(dict.fromkeys(addresses))
    understood = {a: r for a in addresses if (r := read(a)).understood}
    for known in understood:
        yield evidence("address", known)
    members = {member for reading in understood.values() for member in reading.members}
    named = []
    for match in list(NAME.finditer(_ADDRESS.sub(" ", wording)))[:10]:
        reading = read(match.group())
        if understood and reading.family == "public domain":
            continue  # of a source, or of «parts of the material», as the deeds say: no word against the licence
        if reading.understood and not any(
            f"{m}-".startswith(f"{reading.license}-") for m in members if reading.license
        ):
            named.append((match.group(), set(reading.members)))
    if understood:
        for name, own in named:
            if members.isdisjoint(own):
                yield evidence("words", name, rule_="words-against-address")
        for unknown in addresses:
            if unknown not in understood:
                yield evidence("address", unknown, "mention", "unknown-beside-a-licence")
    elif named:
        for name in dict.fromkeys(name for name, _ in named):
            yield evidence("words", name)
    elif addresses:
        for unknown in addresses:
            yield evidence("address", unknown)
    elif wording:
        yield evidence("words", wording)
    if (understood or named) and (limit := restriction(_ADDRESS.sub(" ", wording), any("-NC" in m for m in members))):
        statement, claim = limit
        yield Evidence(
            place,
            "words",
            statement,
            where,
            scope,
            "words-restrict",
            claim=claim,
            context=clip(wording),
            seen=document.seen,
        )


def denial(text: str) -> str | None:
    """The words by which a statement reserves everything, or None."""
    plain = text.lower()
    found = sw.DENIAL.search(plain)
    if found is None or sw.SOME_RIGHTS.search(plain, max(0, found.start() - 40), found.end()):
        return None
    return found.group()
