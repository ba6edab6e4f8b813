"""What the structure of a page tells of a mark: which article, whose item, what beside it, how near to the end."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from licenses import subject_words as sw
from licenses.model import ScopeName
from licenses.page import Page
from licenses.page_roles import PARTS
from licenses.page_text import ancestors, nearest_block, words

_TITLE_WORD = re.compile(r"[^\W\d_]{3,}")
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|tiff?|mp[34]|ogg|ogv|wav|webm|pdf|zip|csv|xlsx?|jsonl?)(?:[?#]|$)", re.I
)
_SHOWN = ("img", "picture", "iframe", "video", "audio", "object", "embed", "canvas", "svg")
_NOT_TEXT = re.compile(
    r"ImageObject|Photograph|VideoObject|AudioObject|Music\w+|MediaObject|Dataset|Software\w+|StillImage|"
    r"MovingImage|Painting|Movie|Podcast\w+|(?:User)?Comments?\b",
    re.I,
)


def title_of(page: Page) -> str:
    """What the page calls itself and where it says it stands."""
    if "title" not in page.cache:
        named = [node.text(strip=True) for node in page.tree.css("title")[:1]]
        named += [node.attributes.get("content") or "" for node in page.tree.css('meta[property="og:site_name"]')[:1]]
        page.cache["title"] = " ".join([*named, page.address or ""]).lower()
    title: str = page.cache["title"]
    return title


def names_page(page: Page, clause: str) -> bool:
    """Whether a clause has a word of what the page or its site calls itself, and credits no part in it."""
    named = _TITLE_WORD.findall(clause.lower())
    return not sw.CREDIT_HEADING.search(clause.lower()) and any(len(w) > 3 and w in title_of(page) for w in named)


def is_titled(page: Page, node: LexborNode) -> bool:
    """Whether the work that a mark's line names by `dct:title` has the name of the page or of its site."""
    named = nearest_block(node).css_first('[property~="dct:title"], [property~="dc:title"]')
    name = words(named).lower() if named is not None else ""
    return len(name) > 3 and name in title_of(page) + " " + " ".join(words(h).lower() for h in page.tree.css("h1")[:4])


def other_owner(page: Page, node: LexborNode) -> tuple[ScopeName, str] | None:
    """RDFa `about` and microdata types above a mark say whose licence it is, whatever the words are."""
    for element in ancestors(node):
        if element.tag in ("body", "html"):
            return None
        attributes = element.attributes
        about = (attributes.get("about") or "").strip()
        if about:
            same = (
                page.address is not None
                and urlsplit(urljoin(page.address, about)).netloc == urlsplit(page.address).netloc
            )
            if not same or _FILE.search(about) or about.startswith("#"):
                return "other-work", "rdfa-about"
        kind = f"{attributes.get('itemtype') or ''} {attributes.get('typeof') or ''}"
        if kind.strip() and _NOT_TEXT.search(kind):
            return "part", "typed-item"
    return None


def in_own_footer(page: Page, node: LexborNode) -> bool:
    """Whether a mark stands in the footer of the one article of a page."""
    for element in ancestors(node):
        if element.tag == "footer":
            return len(articles(page)) <= 1 or is_dominant(page, node)
        if element.tag in ("article", "main"):
            return False
    return False


def beside_credit(node: LexborNode, said: str) -> bool:
    block = nearest_block(node)
    badge = node.css_first("img") is not None  # then a picture beside it is another one
    for picture in () if badge else block.css("img")[:6]:
        if not any(a.tag == "a" and is_license_link(a) for a in ancestors(picture)):
            return True
    for link in block.css("a[href]")[:20]:
        if sw.PICTURE_HOSTS.search(link.attributes.get("href") or ""):
            return True
    return (
        bool(sw.CREDIT.search(said))
        and not sw.GRANT.search(said.lower().split("©")[0][-60:])
        and not said.lstrip().startswith("©")
    )


def of_a_neighbour(page: Page, node: LexborNode) -> bool:
    """Whether a licence alone in its line may be that of what stands beside it: another cell of its row, a folded
    list, an embed or picture right above, a card whose heading links elsewhere."""
    block = nearest_block(node)
    above = element_above(block)
    if above is not None and len(words(above)) < 80 and _shows_something(above):
        return True
    for element in ancestors(block):
        if element.tag in ("article", "main", "body", "html"):
            return False
        label = element_above(element) if element.tag == "td" else None
        if element.tag == "details":
            label = element.css_first("summary")
        if label is not None and words(label) and not sw.LABEL.search(words(label).lower()):
            return True
        earlier = element.prev
        for _ in range(40):
            if earlier is None:
                break
            link = earlier.css_first("a[href]") if earlier.tag in ("h3", "h4", "h5", "h6") else None
            if link is not None and not (link.attributes.get("href") or "#").startswith("#"):
                return True
            earlier = earlier.prev
    return False


def element_above(element: LexborNode) -> LexborNode | None:
    """The nearest earlier sibling that is an element."""
    earlier = element.prev
    while earlier is not None and (earlier.tag or "-").startswith("-"):
        earlier = earlier.prev
    return earlier


def _shows_something(element: LexborNode) -> bool:
    shown = [element] if element.tag in _SHOWN else element.css(", ".join(_SHOWN))[:6]
    return any(not any(up.tag == "a" and is_license_link(up) for up in ancestors(one)) for one in shown)


def is_license_link(link: LexborNode) -> bool:
    attributes = link.attributes
    return (
        "license" in (attributes.get("rel") or "").lower()
        or "creativecommons.org" in (attributes.get("href") or "").lower()
    )


def articles(page: Page) -> list[LexborNode]:
    if "articles" not in page.cache:
        found = [a for a in page.tree.css("article")[:200] if page.place(a).role not in PARTS]
        if not found:  # threads and blogs without sectioning: posts in a row
            posts = page.tree.css(
                "div.post, div.hentry, div.message, li.post, li.message, tr.post, div.postbody, div.post-body"
            )
            ids = {a.mem_id for a in posts}
            posts = [a for a in posts[:200] if not any(up.mem_id in ids for up in ancestors(a.parent))]
            found = posts if len(posts) > 1 else []
        page.cache["articles"] = found
    articles: list[LexborNode] = page.cache["articles"]
    return articles


def is_dominant(page: Page, node: LexborNode) -> bool:
    """Whether the article that holds a mark is nearly all of what the page's articles say: beside it there are teasers
    and no second article."""
    ids = {a.mem_id for a in ancestors(node)}
    sizes = [(len(words(a)), a.mem_id in ids) for a in articles(page)[:40]]
    return sum(size for size, own in sizes if own) * 4 > sum(size for size, _ in sizes) * 3


def is_near_end(node: LexborNode) -> bool:
    """Whether little text follows: a page without sectioning keeps its terms at its end."""
    length = 0
    for element in ancestors(node):
        later, seen = element.next, 0
        while later is not None and seen < 200:
            seen += 1
            if later.tag == "-text":
                length += len((later.text_content or "").strip())
            elif later.tag and not later.tag.startswith("-"):
                length += len(words(later))
            if length > 500:
                return False
            later = later.next
    return True
