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
