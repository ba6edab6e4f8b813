"""Running text from JATS, TEI and XHTML: headings, paragraphs, verse, lists, tables and code, each block apart.

Left out: front and back matter, references, formulas, page furniture, figures with permissions of their own,
editorial notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from licenses.evidence._xml import local, root_of, text_of
from licenses.model import Document
from pipeline.extract import Extracted

_SKIP = frozenset(
    [
        "ref-list",
        "back",
        "front",
        "fig",
        "fig-group",
        "media",
        "graphic",
        "supplementary-material",
        "disp-formula",
        "inline-formula",
        "tex-math",
        "math",
        "fn-group",
        "fn",
        "object-id",
        "teiHeader",
        "fw",
        "pb",
        "cb",
        "gap",
        "del",
        "note",
        "figure",
        "facsimile",
        "standOff",
        "bibl",
        "listBibl",
        "index",
        "abbr",
        "sic",
        "orig",
        "floats-group",
        "sub-article",
        "response",
        "permissions",
        "table-wrap-foot",
    ]
)
_BLOCKS = frozenset(
    [
        "p",
        "title",
        "head",
        "sec",
        "list",
        "list-item",
        "item",
        "def-list",
        "def-item",
        "row",
        "tr",
        "table",
        "table-wrap",
        "caption",
        "disp-quote",
        "quote",
        "boxed-text",
        "verse-group",
        "verse-line",
        "lg",
        "l",
        "sp",
        "speaker",
        "stage",
        "div",
        "div1",
        "div2",
        "div3",
        "ab",
        "list",
        "code",
        "preformat",
        "eg",
        "castItem",
        "salute",
        "signed",
        "dateline",
        "closer",
        "opener",
        "trailer",
        "epigraph",
        "argument",
        "cit",
        "abstract",
        "label",
    ]
)
_CELLS = frozenset({"td", "th", "cell"})
_LINES = frozenset({"l", "verse-line", "row", "tr", "item", "list-item", "castItem"})
_KEPT_SPACE = frozenset({"code", "preformat", "eg"})


def extract(raw: bytes, url: str | None = None) -> Extracted:
    """Text, title, authors and date of an article or edition. Other XML is `extract.unsupported`, no XML
    `extract.failed`."""
    root = root_of(Document(xml=raw))
    if root is None:
        return Extracted(problem="extract.failed")
    kind = local(root)
    if kind == "html":
        from pipeline.extract import html

        return html.extract(raw, url)
    if kind == "article":
        return _jats(root)
    if kind in ("TEI", "TEI.2", "teiCorpus"):
        return _tei(root)
    return Extracted(problem="extract.unsupported")


def _jats(root: etree._Element) -> Extracted:
    meta = next(_named(root, "article-meta"), None)
    bodies = [e for e in root if local(e) == "body"]
    abstracts = [e for e in meta if local(e) == "abstract" and not e.get("abstract-type")] if meta is not None else []
    title = next(_named(meta, "article-title"), None) if meta is not None else None
    names = []
    for contrib in _named(meta, "contrib") if meta is not None else ():
        if contrib.get("contrib-type") not in (None, "author"):
            continue
        surname, given = next(_named(contrib, "surname"), None), next(_named(contrib, "given-names"), None)
        collab = next(_named(contrib, "collab"), None)
        if surname is not None:
            names.append(f"{text_of(given)} {text_of(surname)}".strip() if given is not None else text_of(surname))
        elif collab is not None:
            names.append(text_of(collab))
    dates = [_date(e) for e in _named(meta, "pub-date")] if meta is not None else []
    return Extracted(
        text=_text([*abstracts, *bodies]),
        title=text_of(title) if title is not None else None,
        author="; ".join(names) or None,
        published=min((d for d in dates if d), default=None),
        language=root.get("{http://www.w3.org/XML/1998/namespace}lang"),
    )


def _tei(root: etree._Element) -> Extracted:
    header = next(_named(root, "teiHeader"), None)
    statement = next(_named(header, "titleStmt"), None) if header is not None else None
    elements = [e for e in statement if local(e) == "title"] if statement is not None else []
    titles = [
        text_of(e) for e in sorted(elements, key=lambda e: e.get("level") != "a")
    ]  # a letter's own before its edition's
    authors = [text_of(e) for e in statement if local(e) == "author"] if statement is not None else []
    texts = [e for e in root.iter() if local(e) == "text" and not any(local(a) == "text" for a in e.iterancestors())]
    language = next((e.get("ident") for e in _named(header, "language")), None) if header is not None else None
    return Extracted(
        text=_text([child for text in texts for child in text if local(child) in ("body", "front", "group")], tei=True),
        title=titles[0] if titles and titles[0] else None,
        author="; ".join(a for a in authors if a) or None,
        language=root.get("{http://www.w3.org/XML/1998/namespace}lang") or language,
    )


def _named(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (e for e in root.iter() if local(e) == name)


def _date(element: etree._Element) -> str | None:
    parts = {local(child): text_of(child) for child in element}
    if not re.fullmatch(r"\d{4}", parts.get("year", "")):
        return None
    date = parts["year"]
    for name in ("month", "day"):
        if not re.fullmatch(r"\d{1,2}", parts.get(name, "")):
            break
        date += f"-{int(parts[name]):02d}"
    return date


def _text(roots: list[etree._Element], tei: bool = False) -> str | None:
    """The blocks of these elements in order, a blank line between paragraphs, one line break between lines of verse,
    rows and items."""
    pieces: list[str] = []
    for root in roots:
        _collect(root, pieces, tei)
    text = "".join(pieces)
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", re.sub(r"[ \t]+", " ", text))
    text = (
        re.sub(r" ?[\[(][ ,;–-]*[\])]", "", re.sub(r"\n{3,}", "\n\n", text))
        .replace("\x01", " ")
        .replace("\x02", "\n")
        .replace("\x03", "\t")
        .strip()
    )
    return text + "\n" if text else None


def _collect(root: etree._Element, pieces: list[str], tei: bool) -> None:
    """Walks a subtree without recursion. In code, spaces and line breaks travel as control signs until the end."""
    keep = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        if event == "start":
            if _left_out(element, name, root, tei):
                walk.skip_subtree()
                continue
            if name in _KEPT_SPACE:
                keep += 1
            if name in _BLOCKS:
                pieces.append("\n" if name in _LINES else "\n\n")
            if name in ("lb", "break") and element.get("break") != "no":
                pieces.append(" ")
            pieces.append(_words(element.text, keep))
        else:
            if _left_out(element, name, root, tei):
                pieces.append(_words(element.tail, keep))
                continue
            if name in _KEPT_SPACE:
                keep -= 1
            if name in _CELLS:
                pieces.append(" \x03 ")
            if name in _BLOCKS:
                pieces.append("\n" if name in _LINES else "\n\n")
            if element is not root:
                pieces.append(_words(element.tail, keep))


def _left_out(element: etree._Element, name: str, root: etree._Element, tei: bool) -> bool:
    if element is root:
        return False
    if name == "xref":  # «[12]» is no word of the text, «Smith et al.» is
        return bool(re.fullmatch(r"[\[\](){}\d\s,;–*-]*", text_of(element)))
    return not name or (name in _SKIP and not (name == "front" and tei))


def _words(text: str | None, keep: int) -> str:
    if not text:
        return ""
    return text.replace(" ", "\x01").replace("\n", "\x02").replace("\t", "\x03") if keep else re.sub(r"\s+", " ", text)
