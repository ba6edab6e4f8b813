"""Machine-readable statements of a page: `link`, `meta`, JSON-LD, microdata, RDFa. Whose licence is it? The owner's.

Sources of rules: HTML Standard (link type `license`); DCMI, «Expressing Dublin Core in HTML»; schema.org (`license`, `sdLicense`,
`isPartOf`, `mainEntity`); RDFa 1.1 (`about`); Creative Commons REL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec
from selectolax.lexbor import LexborNode

from licenses.model import Document, Evidence, ScopeName
from licenses.name_words import NAME
from licenses.page import Page, ancestors, clip, words
from licenses.recognise import recognise
from licenses.scope import Mark, decide

PLACE = "html"
KINDS = ("link-", "meta-", "json-ld", "microdata")
MAX_NODES = 5_000
MAX_JSON = 2 << 20

TEXT_TYPES = frozenset(
    "Article AdvertiserContentArticle NewsArticle AnalysisNewsArticle OpinionNewsArticle ReportageNewsArticle ReviewNewsArticle BackgroundNewsArticle Report ScholarlyArticle "
    "MedicalScholarlyArticle SocialMediaPosting BlogPosting LiveBlogPosting TechArticle APIReference WebPage AboutPage FAQPage QAPage ItemPage ProfilePage "
    "MedicalWebPage CreativeWork Book Chapter Thesis Recipe HowTo LearningResource Course Guide DigitalDocument TextDigitalDocument WebContent WebPageElement "
    "Legislation Quiz Syllabus DefinedTerm Question".split()
)
SITE_TYPES = frozenset("WebSite Blog Periodical PublicationIssue PublicationVolume Newspaper CreativeWorkSeries BookSeries Wiki".split())
SOFTWARE_TYPES = frozenset("SoftwareApplication SoftwareSourceCode WebApplication MobileApplication VideoGame".split())
DATA_TYPES = frozenset("Dataset DataCatalog DataDownload DataFeed".split())
MEDIA_TYPES = frozenset(
    "ImageObject Photograph ImageGallery MediaGallery VideoObject VideoGallery Movie AudioObject MusicRecording MusicAlbum MusicComposition PodcastEpisode PodcastSeries Map Painting "
    "Drawing VisualArtwork Sculpture 3DModel MediaObject Clip Audiobook TVEpisode TVSeries Episode CollectionPage".split()
)
# Properties through which a page says of another node that it is the page's own content, or the page that holds it.
_INTO = frozenset({"@graph", "mainEntity", "mainEntityOfPage", "hasPart", "isPartOf"})
_LICENSE_KEYS = ("license", "schema:license", "http://schema.org/license", "https://schema.org/license", "dct:license", "dcterms:license", "dc:rights", "cc:license")
_META = re.compile(r"^(?:dc|dcterms|dct|dcterm|eprints|bepress_citation|citation|cc|xhv|og|article|prism|schema)?[.:_]?(?:license|licence|rights|rights\.license|rightsstatement|rights_url|rights\.uri|rights\.access|accessrights|licensedocument|copyright)$", re.I)
_RDFA = re.compile(r"^(?:https?://\S*[/#])?(?:(?:dct?|dcterms|cc|xhv|xhtml|schema|s|og)[.:])?(?:license|rights|licence)$", re.I)
_PICTURES = re.compile(r"\.(?:jpe?g|png|gif|svg|webp|tiff?|mp[34]|ogg|ogv|wav|webm|pdf|zip|csv|xlsx?|jsonl?)(?:[?#]|$)", re.I)
_ACCESS = re.compile(r"^(?:info:eu-repo/|open ?access$|openaccess$|http://purl\.org/coar/access_right|https?://purl\.org/coar/access)", re.I)


def page_subject(page: Page) -> str:
    """What the page shows by its own main type: `text`, `dataset`, `media` or `software`."""
    seen = set()
    for item in _json_ld(page):
        for node in _roots(item):
            seen.update(_types(node))
    for meta in page.tree.css('meta[property="og:type"]')[:2]:
        kind = (meta.attributes.get("content") or "").lower()
        if kind.startswith(("video", "music", "image")):
            return "media"
    for element in page.tree.css("body[itemtype], main[itemtype], body > [itemtype], main > [itemtype]")[:10]:
        seen.add((element.attributes.get("itemtype") or "").rstrip("/").rpartition("/")[2])
    if seen & TEXT_TYPES - {"WebPage", "CreativeWork", "ItemPage", "WebPageElement"}:
        return "text"
    for name, types in (("dataset", DATA_TYPES), ("software", SOFTWARE_TYPES), ("media", MEDIA_TYPES - {"MediaObject", "CollectionPage", "ImageObject"})):
        if seen & types:
            return name
    return "text"


def find(page: Page, document: Document) -> Iterator[Evidence]:
    """Every machine-readable statement, in document order within its kind."""
    yield from _head(page, document)
    yield from _linked_data(page, document)
    yield from _attributes(page, document)


def _evidence(page: Page, document: Document, kind: str, statement: str, locator: str, scope: ScopeName, rule: str, context: str = "") -> Evidence:
    if scope in ("text", "site") and page.cache.get("license-text"):
        scope, rule = "license-text", "page-is-the-licence"
    return Evidence(PLACE, kind, statement[:1_000], locator, scope, rule, context=clip(context), seen=document.seen)


def _head(page: Page, document: Document) -> Iterator[Evidence]:
    for link in page.tree.css("link[rel][href]")[:500]:
        attributes = link.attributes
        names = (attributes.get("rel") or "").lower().split()
        if not any(name in ("license", "licence", "copyright", "dcterms.license", "dc.rights", "dcterms.rights", "schema.license", "cc:license") for name in names):
            continue
        href = (attributes.get("href") or "").strip()
        if "rsl" in (attributes.get("type") or "").lower() or names == ["copyright"] and not recognise(href).understood:
            continue  # RSL terms are read by the reservations; a link to a notice is no licence
        yield _evidence(page, document, "link-license", href, page.locator(link), "text", "link-rel-license")
    for meta in page.tree.css("meta[content]")[:500]:
        attributes = meta.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        if not _META.match(name.strip()) or attributes.get("itemprop") and _inside_item(meta):
            continue
        value = (attributes.get("content") or "").strip()
        if not value or len(value) > 2_000:
            continue
        reading = recognise(value)
        named = None if reading.understood else NAME.search(value)
        if not reading.understood and (_ACCESS.match(value) or name.lower().endswith(("access", "accessrights"))):
            yield _evidence(page, document, "meta-access", value, page.locator(meta), "metadata", "label-is-no-licence", name)
        elif not reading.understood and named is None and (name.lower().endswith("copyright") or re.match(r"^\s*(?:©|\(c\)|copyright)", value, re.I)) and not re.search(r"licen|lizen", value, re.I):
            continue  # a copyright notice
        else:
            yield _evidence(page, document, "meta-rights", value, page.locator(meta), "text", "meta-about-the-document", name)


# JSON-LD


def _json_ld(page: Page) -> list[Any]:
    if "json-ld" not in page.cache:
        found = []
        for script in page.tree.css('script[type*="ld+json" i]')[:50]:
            raw = script.text(deep=True, strip=False)
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
        page.cache["json-ld"] = found
    values: list[Any] = page.cache["json-ld"]
    return values


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


def _linked_data(page: Page, document: Document) -> Iterator[Evidence]:
    budget = [MAX_NODES]
    for number, item in enumerate(_json_ld(page)):
        roots = _roots(item)
        texts = sum(1 for node in roots if set(_types(node)) & TEXT_TYPES - {"WebPage", "WebPageElement"})
        for root in roots:
            scope = _owner_scope(page, document, root, several=texts > 1)
            yield from _walk(page, document, root, f"json-ld[{number + 1}]", scope, budget, graph=root is roots[0] and "@graph" in root)


def _owner_scope(page: Page, document: Document, node: dict[str, Any], several: bool) -> tuple[ScopeName, str]:
    return of_type(_types(node), _address(node), document.url, several)


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
            return ("site", "licence-of-the-site") if _above(address, url) and kinds & {"WebPage", "CreativeWork"} else ("other-work", "licence-of-another-address")
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
    page: Page, document: Document, node: dict[str, Any], path: str, scope: tuple[ScopeName, str], budget: list[int], graph: bool = False, depth: int = 0
) -> Iterator[Evidence]:
    budget[0] -= 1
    if budget[0] < 0 or depth > 30:
        return
    for key in ("sdLicense", "sdPublisher"):
        for statement in _values(node.get(key)) if key == "sdLicense" else ():
            yield _evidence(page, document, "json-ld", statement, f"{path}.{key}", "metadata", "sdLicense")
    for key in _LICENSE_KEYS:
        for statement in _values(node.get(key)):
            yield _evidence(page, document, "json-ld", statement, f"{path}.{key}", *scope)
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


# Microdata and RDFa


def _inside_item(node: LexborNode) -> LexborNode | None:
    for element in ancestors(node.parent):
        if "itemscope" in element.attributes:
            return element
    return None


def _attributes(page: Page, document: Document) -> Iterator[Evidence]:
    for element in page.tree.css("[itemprop], [property], [rel][about], [rel][resource], [typeof] a[rel], [about] a[rel]")[:3_000]:
        attributes = element.attributes
        itemprop = (attributes.get("itemprop") or "").lower().split()
        properties = f"{attributes.get('property') or ''} {attributes.get('rel') or ''}".split()
        micro = any(_RDFA.match(name) for name in itemprop)
        rdfa = any(_RDFA.match(name) for name in properties)
        if "sdlicense" in itemprop:
            yield _evidence(page, document, "microdata", _value(element), page.locator(element), "metadata", "sdLicense")
        if not (micro or rdfa) or element.tag == "meta" and not itemprop and not _about(element):
            continue
        statement = _value(element)
        if not statement:
            continue
        if micro:
            scope, rule = _item_scope(page, document, element)
        else:
            scope, rule = _rdfa_scope(page, document, element)
        if scope == "text" and not statement.startswith(("http", "//")) and not recognise(statement).understood and not NAME.search(statement):
            continue  # `dc:rights` holding a copyright notice
        yield _evidence(page, document, "microdata", statement, page.locator(element), scope, rule)


def _value(element: LexborNode) -> str:
    attributes = element.attributes
    return (attributes.get("content") or attributes.get("resource") or attributes.get("href") or attributes.get("src") or words(element)).strip()


def _item_scope(page: Page, document: Document, element: LexborNode) -> tuple[ScopeName, str]:
    item = _inside_item(element)
    if element.tag in ("a", "span", "p", "div") and page.place(element).role in ("hidden", "comment", "related", "figure", "embed", "code", "quotation"):
        return "part", f"inside-{page.place(element).role}"
    if item is None:
        return decide(page, Mark(element, rel=True))
    outer = _inside_item(item)
    types = tuple(re.split(r"[/#]", t)[-1] for t in (item.attributes.get("itemtype") or "").split())
    address = item.attributes.get("itemid") or ""
    if outer is not None and not set(types) & (MEDIA_TYPES | DATA_TYPES | SOFTWARE_TYPES) and (item.attributes.get("itemprop") or "").lower() not in ("mainentity", "blogpost", "mainentityofpage"):
        return "other-work", "nested-item"
    return of_type(types, address, document.url, several=_several(page, types))


def _several(page: Page, types: tuple[str, ...]) -> bool:
    name = types[0] if types else ""
    return bool(re.fullmatch(r"\w+", name)) and len(page.tree.css(f'[itemtype$="/{name}"]')) > 1


def _about(element: LexborNode) -> str | None:
    for node in ancestors(element):
        attributes = node.attributes
        if "about" in attributes:
            return (attributes.get("about") or "").strip()
        if node.mem_id != element.mem_id and ("resource" in attributes or ("src" in attributes and "rel" in attributes)):
            return (attributes.get("resource") or attributes.get("src") or "").strip()
    return None


def _rdfa_scope(page: Page, document: Document, element: LexborNode) -> tuple[ScopeName, str]:
    about = _about(element)
    if about and not about.startswith("#") and not (document.url and same_page(about, document.url)):
        return "other-work", "rdfa-about-another-address"
    if about and about.startswith("#"):
        return "part", "rdfa-about-a-part"
    for node in ancestors(element):
        if kind := node.attributes.get("typeof"):
            types = tuple(re.split(r"[/#:]", t)[-1] for t in kind.split())
            if set(types) & (MEDIA_TYPES | DATA_TYPES | SOFTWARE_TYPES | {"Image", "StillImage", "MovingImage", "Sound", "Software"}):
                return "part", "rdfa-typeof"
            break
    return decide(page, Mark(element, words(element), rel=True))
