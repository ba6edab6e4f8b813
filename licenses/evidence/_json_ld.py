"""JSON-LD on a page: every `license`, with whose it is by schema.org type, address and nesting.

Source of rules: schema.org (`license` of its owner, `sdLicense` of the metadata alone, `mainEntity`, `isPartOf`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from licenses.model import Document, Evidence, ScopeName
from licenses.page import Page
from licenses.page_marks import Marks
from licenses.page_text import clip

PLACE = "html"
MAX_NODES = 5_000
MAX_JSON = 2 << 20

TEXT_TYPES = frozenset(
    [
        "Article",
        "AdvertiserContentArticle",
        "NewsArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "ReportageNewsArticle",
        "ReviewNewsArticle",
        "BackgroundNewsArticle",
        "Report",
        "ScholarlyArticle",
        "MedicalScholarlyArticle",
        "SocialMediaPosting",
        "BlogPosting",
        "LiveBlogPosting",
        "TechArticle",
        "APIReference",
        "WebPage",
        "AboutPage",
        "FAQPage",
        "QAPage",
        "ItemPage",
        "ProfilePage",
        "MedicalWebPage",
        "CreativeWork",
        "Book",
        "Chapter",
        "Thesis",
        "Recipe",
        "HowTo",
        "LearningResource",
        "Course",
        "Guide",
        "DigitalDocument",
        "TextDigitalDocument",
        "WebContent",
        "WebPageElement",
        "Legislation",
        "Quiz",
        "Syllabus",
        "DefinedTerm",
        "Question",
    ]
)
SITE_TYPES = frozenset(
    [
        "WebSite",
        "Blog",
        "Periodical",
        "PublicationIssue",
        "PublicationVolume",
        "Newspaper",
        "CreativeWorkSeries",
        "BookSeries",
        "Wiki",
    ]
)
SOFTWARE_TYPES = frozenset(
    ["SoftwareApplication", "SoftwareSourceCode", "WebApplication", "MobileApplication", "VideoGame"]
)
DATA_TYPES = frozenset(["Dataset", "DataCatalog", "DataDownload", "DataFeed"])
MEDIA_TYPES = frozenset(
    [
        "ImageObject",
        "Photograph",
        "ImageGallery",
        "MediaGallery",
        "VideoObject",
        "VideoGallery",
        "Movie",
        "AudioObject",
        "MusicRecording",
        "MusicAlbum",
        "MusicComposition",
        "PodcastEpisode",
        "PodcastSeries",
        "Map",
        "Painting",
        "Drawing",
        "VisualArtwork",
        "Sculpture",
        "3DModel",
        "MediaObject",
        "Clip",
        "Audiobook",
        "TVEpisode",
        "TVSeries",
        "Episode",
        "CollectionPage",
    ]
)
_LICENSE_KEYS = (
    "license",
    "schema:license",
    "http://schema.org/license",
    "https://schema.org/license",
    "dct:license",
    "dcterms:license",
    "dc:rights",
    "cc:license",
)
_PICTURES = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|tiff?|mp[34]|ogg|ogv|wav|webm|pdf|zip|csv|xlsx?|jsonl?)(?:[?#]|$)", re.I
)


def page_subject(items: list[Any], marks: Marks) -> str:
    """What the page shows by its own main type: `text`, `dataset`, `media` or `software`. `items`: its JSON-LD."""
    seen: set[str] = set()
    for item in items:
        for node in _roots(item):
            seen.update(_types(node))
    for kind in [attributes["content"] for _, attributes in marks.meta if attributes.get("property") == "og:type"][:2]:
        if (kind or "").lower().startswith(("video", "music", "image")):
            return "media"
    for _, attributes in marks.items[:10]:
        seen.add((attributes["itemtype"] or "").rstrip("/").rpartition("/")[2])
    if seen & TEXT_TYPES - {"WebPage", "CreativeWork", "ItemPage", "WebPageElement"}:
        return "text"
    for name, types in (
        ("dataset", DATA_TYPES),
        ("software", SOFTWARE_TYPES),
        ("media", MEDIA_TYPES - {"MediaObject", "CollectionPage", "ImageObject"}),
    ):
        if seen & types:
            return name
    return "text"


def read_items(scripts: list[str]) -> list[Any]:
    """The values of JSON-LD scripts; what is no JSON is left out."""
    found = []
    for raw in scripts[:50]:
        if len(raw) > MAX_JSON:
            continue
        raw = re.sub(r"^\s*(?:<!--|//<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?:-->|//\]\]>|/\*\]\]>\*/)\s*$", "", raw)
        try:
            found.append(msgspec.json.decode(raw))
        except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
            try:  # raw line breaks inside strings are common and unambiguous
                found.append(msgspec.json.decode(re.sub(r"[\x00-\x1f]", " ", raw)))
            except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
                continue
    return found


def _roots(item: Any) -> list[dict[str, Any]]:
    if isinstance(item, list):
        return [node for entry in item[:200] for node in _roots(entry) if isinstance(entry, dict)]
    if not isinstance(item, dict):
        return []
    graph = item.get("@graph")
    return [item, *_roots(graph)] if isinstance(graph, list) else [item]


def _types(node: dict[str, Any]) -> tuple[str, ...]:
    value = node.get("@type")
    values = value if isinstance(value, list) else [value]
    return tuple(re.split(r"[/#:]", v)[-1] for v in values if isinstance(v, str))


def find(page: Page, document: Document, items: list[Any]) -> Iterator[Evidence]:
    budget = [MAX_NODES]
    for number, item in enumerate(items):
        roots = _roots(item)
        texts = sum(1 for node in roots if set(_types(node)) & TEXT_TYPES - {"WebPage", "WebPageElement"})
        for root in roots:
            scope = _owner_scope(page, document, root, several=texts > 1)
            yield from _walk(
                page,
                document,
                root,
                f"json-ld[{number + 1}]",
                scope,
                budget,
                graph=root is roots[0] and "@graph" in root,
            )


def _owner_scope(page: Page, document: Document, node: dict[str, Any], several: bool) -> tuple[ScopeName, str]:
    return of_type(_types(node), _address(node), page.address, several)


def of_type(types: tuple[str, ...], address: str, url: str | None, several: bool = False) -> tuple[ScopeName, str]:
    """Whose licence it is, by schema.org type and the address the item gives itself."""
    kinds = set(types)
    for scope, names in (("software", SOFTWARE_TYPES), ("part", DATA_TYPES), ("part", MEDIA_TYPES)):
        if kinds & names:
            return scope, f"licence-of-{min(kinds & names)}"  # type: ignore[return-value]
    if address and _PICTURES.search(address):
        return "part", "licence-of-a-file"
    if kinds & SITE_TYPES:
        return "site", f"licence-of-{min(kinds & SITE_TYPES)}"
    if kinds & TEXT_TYPES:
        if address and url and not same_page(address, url):
            return (
                ("site", "licence-of-the-site")
                if _above(address, url) and kinds & {"WebPage", "CreativeWork"}
                else ("other-work", "licence-of-another-address")
            )
        if several and not (address and url):
            return "other-work", "one-of-several-items"
        return "text", f"licence-of-{min(kinds & TEXT_TYPES)}"
    return "other-work", "licence-of-an-unknown-type"


def _address(node: dict[str, Any]) -> str:
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and re.match(r"^(?:https?:)?//|^/", value.strip()):
            return value.strip()
    return ""


def same_page(address: str, url: str) -> bool:
    """Whether two addresses name one page: scheme, `www.`, fragment, query and a last slash apart."""
    try:
        a, b = urlsplit(urljoin(url, address)), urlsplit(url)
    except ValueError:
        return False
    return _host(a.netloc) == _host(b.netloc) and a.path.rstrip("/") == b.path.rstrip("/")


def _above(address: str, url: str) -> bool:
    try:
        a, b = urlsplit(urljoin(url, address)), urlsplit(url)
    except ValueError:
        return False
    return _host(a.netloc) == _host(b.netloc) and a.path.rstrip("/") == ""


def _host(name: str) -> str:
    return name.lower().removeprefix("www.")


def _walk(
    page: Page,
    document: Document,
    node: dict[str, Any],
    path: str,
    scope: tuple[ScopeName, str],
    budget: list[int],
    graph: bool = False,
    depth: int = 0,
) -> Iterator[Evidence]:
    budget[0] -= 1
    if budget[0] < 0 or depth > 30:
        return
    for key in ("sdLicense", "sdPublisher"):
        for statement in _values(node.get(key)) if key == "sdLicense" else ():
            yield _evidence(page, document, statement, f"{path}.{key}", "metadata", "sdLicense")
    for key in _LICENSE_KEYS:
        for statement in _values(node.get(key)):
            yield _evidence(page, document, statement, f"{path}.{key}", *scope)
    for key, value in node.items():
        if key in _LICENSE_KEYS or key in ("sdLicense", "@context", "@graph"):
            continue
        for number, child in enumerate(value if isinstance(value, list) else [value]):
            if number > 500:
                break
            if isinstance(child, dict):
                inner: tuple[ScopeName, str] = ("other-work", f"nested-under-{key[:40]}")
                if key in ("mainEntity", "mainEntityOfPage") and scope[0] == "text":
                    inner = _owner_scope(page, document, child, False)
                elif key == "isPartOf" and scope[0] == "text" and set(_types(child)) & SITE_TYPES:
                    inner = ("site", "licence-of-the-whole")
                elif set(_types(child)) & (MEDIA_TYPES | DATA_TYPES | SOFTWARE_TYPES):
                    inner = _owner_scope(page, document, child, False)
                yield from _walk(page, document, child, f"{path}.{key}", inner, budget, depth=depth + 1)


def _values(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, list):
        return [statement for entry in value[:50] for statement in _values(entry) if not isinstance(entry, list)]
    if isinstance(value, dict):
        for key in ("url", "@id", "@value", "identifier", "name"):
            if isinstance(value.get(key), str) and value[key].strip():
                return [str(value[key]).strip()]
        return [msgspec.json.encode(value).decode()[:500]]
    return []


def _evidence(page: Page, document: Document, statement: str, locator: str, scope: ScopeName, rule: str) -> Evidence:
    if scope in ("text", "site") and page.cache.get("license-text"):
        scope, rule = "license-text", "page-is-the-licence"
    return Evidence(
        PLACE, "json-ld", statement[:1_000], locator, scope, rule, context=clip(statement), seen=document.seen
    )
