"""The words of a page's elements, as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

MAX_CONTEXT = 300  # characters quoted in a receipt
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "html",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
HIDDEN_TAGS = frozenset({"script", "style", "template", "noscript", "head", "title", "del", "s", "strike"})


def ancestors(node: LexborNode | None) -> Iterator[LexborNode]:
    """The element itself, then its parents up to the root."""
    while node is not None and node.tag is not None:
        yield node
        node = node.parent


def nearest_block(node: LexborNode) -> LexborNode:
    """The nearest ancestor that starts a new line."""
    for element in ancestors(node.parent):
        if element.tag in BLOCKS:
            return element
    return node.parent or node


def words(node: LexborNode) -> str:
    """An element's visible words, white space collapsed, script and style left out; at most 20,000 characters."""
    return " ".join("".join(pieces(node)).split())


def clip(text: str, length: int = MAX_CONTEXT) -> str:
    """White space collapsed, at most `length` characters."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def collapse(text: str) -> str:
    """White space collapsed, at the ends too, where one blank stays."""
    inner = " ".join(text.split())
    before = " " if text[:1].isspace() else ""
    return f"{before}{inner} " if inner and text[-1:].isspace() else before + inner


def pieces(node: LexborNode, mark: int = 0, limit: int = 20_000) -> Iterator[str]:
    """Text of a subtree in order, without recursion; the subtree with `mem_id` `mark` yields one U+0000 instead."""
    stack: list[tuple[LexborNode | None, bool]] = [(node, False)]
    length = seen = 0
    while stack:
        current, after = stack.pop()
        if current is None:
            continue
        if after:
            yield " ¶ "
            continue
        seen += 1
        if seen > 4_000 or length > limit:
            return
        if mark and current.mem_id == mark:
            yield "\x00"
            continue
        tag = current.tag
        if tag == "-text":
            text = current.text_content or ""
            length += len(text)
            yield text[:limit]
        elif tag == "br":
            yield " ¶ "
        elif tag in HIDDEN_TAGS or tag is None or tag == "-comment":
            continue
        else:
            if tag in BLOCKS and current.mem_id != node.mem_id:
                yield " ¶ "
                stack.append((current, True))
            children: list[LexborNode] = []
            child = current.first_child
            while child is not None and len(children) < 2_000:
                children.append(child)
                child = child.next
            stack.extend((c, False) for c in reversed(children))
