"""Does this statement cover this text? Structure decides, words help, and every decision names its rule.

Only a statement that says of itself that it is about this page (its place, its words, or an HTML element that means
it) can grant. Whatever is left over is a mention, and a mention grants nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from licenses import subject_words as sw
from licenses.clause_subject import (
    LABEL_END,
    SEPARATOR,
    about_this,
    last_clause,
    limit_of,
    says_only_terms,
    since_the_last_licence,
    subject,
    until_the_next_subject,
    without_exceptions,
    without_titles,
)
from licenses.model import ScopeName
from licenses.page import Page
from licenses.page_roles import PARTS
from licenses.page_structure import (
    articles,
    beside_credit,
    element_above,
    in_own_footer,
    is_dominant,
    is_license_link,
    is_near_end,
    is_titled,
    names_page,
    of_a_neighbour,
    other_owner,
    title_of,
)
from licenses.page_text import ancestors, nearest_block, words

_OTHERWISE = re.compile(
    r"otherwise|anders|anderweitig|abweichend|autrement|mention contraire|lo contrario|diversamente|annet|"
    r"annat|andet|indicaci[oó]n|inaczej|jinak|m[áa]sk[ée]pp|toisin|altfel|druga[čc]ije",
    re.I,
)
_SITE = re.compile(
    r"(?<!\w)(?:web)?(?:sites?|seiten|blogs?|weblogs?|siti|sitios?|wiki|homepage|portals?)(?!\w)|webseite|"
    r"all(?:e[rsn]?)?\s+(?:inhalt|content|beitr|texte|artikel|articles|posts)|tous|todos|tutti",
    re.I,
)
_QUOTED = re.compile(r"[„“\"«»][^„“”\"«»]{0,160}$")
_FILE_WORD = re.compile(
    r"(?<!\w)(?:files?|datei(?:en)?|fichiers?|archivos?|ficheros?|arquivos?|ficheiros?|pliki?|pliku|soubor\w*|bestand(?:en)?|"
    r"downloads?|herunterladen|télécharg\w*|descarg\w*|scaric\w*)(?!\w)"
)
_ALL = re.compile(r"^\W*(?:all|alle[rs]?|s[äa]mtliche|tous|toutes?|tout|todos?|todas?|tutt[ioae]|alla|wszystkie)\b")
_NOTICE = re.compile(r"^\W*(?:©|\(c\)|copyright)[^,.·|]{0,60}[,.·|]")
_COMMENTS = re.compile(r"(?:comments?|kommentare?)\b")  # the link to write one stands beside many a mark
_QUOTE_OPEN = re.compile(r"[„“\"«»‚‘]\s*$")
# What a noun may have between itself and the verb: where it stands, and what it is joined to.
_QUALIFIERS = re.compile(
    r"(?<!\w)(?:auf|in|on|of|at|from|von|der|des|dem|den|die|das|the|this|dieser?s?|dieses|unserer?|our|my|"
    r"meiner?s?|here|hier|"
    r"und|and|&|et|y|e|i|og|och|en|a|van|deze|het|dit|denna|denne|dette|på|w|tym|v|na|tohoto|t[ěe]chto|de|du|des|ce|"
    r"cet|cette|notre|"
    r"del|della|di|questo|questa|este|esta|neste|deste|nesta|desta|sur|sul|sull|en|el|la|les?|los|est|sont|ist|sind|"
    r"is|are|è|sono|está|"
    r"están|são|jest|są|je|jsou|är|er|ist|selbst|also|auch|seul|alone)(?!\w)"
)
# «The text alone is usable under … The other elements …, unless otherwise noted», as journals' platforms write it.
_TEXT_ALONE = re.compile(
    r"^\W*(?:le texte seul|der text(?: allein)?|the text(?: only| alone)?|il (?:solo )?testo|"
    r"el texto(?: solo)?)\s+(?:est|ist|is|è|est[áa])\b",
    re.I,
)
_OTHER_PARTS = re.compile(
    r"^\W*(?:les autres|alle anderen|die übrigen|all other|the other|gli altri|los (?:otros|dem[áa]s))\s+[ée]l[ée]ment",
    re.I,
)
# A label for a licence behind a title or a sentence: «Hedge at Ulm, Ann Bee, license:», «Six weeks. License:».
_MORE_IN_LINE = re.compile(r"[,;]\s*[^,;:]{1,40}:\s*$|[^\W\d_]{3}[.!?]\s+\S")
# «… or a similar licence»: which one is not said.
_OR_ANOTHER = re.compile(
    r"^\W*(?:or|oder|ou|o|of|lub|nebo|alebo|eller|tai|vagy|sau|ili|ali|või|vai|ar|или|ή)\s+(?:(?:an?|einer?|une?|een|en|ett?)\s+)?"
    r"(?:similar|equivalent|another|other|ähnlich|vergleichbar|ander|similaire|[ée]quivalent|autre|otr|simil|equivalen|altr|"
    r"outr|vergelijkbar|podobn|lignende|liknande|vastaav|hasonló|slič|podob)\w*",
    re.I,
)
_HOLDER = re.compile(r"(?:©|\(c\)|copyright)[^|¶]{0,160}$", re.I)
_BY = re.compile(r"\s(?:by|von|par|por|di|da|door|av|af)\s+([A-ZÄÖÜÀ-Ý][\w.&-]*(?:\s+[A-ZÄÖÜÀ-Ý][\w.&-]*){0,4})")
_TITLE_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Mark:
    """One statement on a page, as an element: `rel` where HTML itself says it licenses the main content (HTML Standard,
    link type `license`), `software` or `data` where its licence is one written for programs or for data, `own` the
    mark's own words."""

    node: LexborNode
    own: str = ""
    rel: bool = False
    software: bool = False
    data: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words around a mark: its clause before it and after it, what stands before and follows those, the heading
    above."""

    clause: str
    previous: str
    after: str
    following: str
    heading: str


def surroundings(page: Page, node: LexborNode, offset: tuple[str, str] | None = None) -> Surroundings:
    """The clause that a mark stands in. `offset`: words of the element itself before and after the mark, where the
    mark is no element but a phrase in it."""
    before, after, heading = page.text_before_after(node)
    if offset:
        before, after = before + offset[0], offset[1] + after
    clause, rest = last_clause(before)
    rest_after = SEPARATOR.split(
        "x" + after, maxsplit=4
    )  # «x» stands for the mark, so that its full stop ends its sentence
    following = next((piece.strip() for piece in rest_after[1:] if piece.strip(" ,.:()[]")), "")
    clause = since_the_last_licence(clause)
    behind = until_the_next_subject(rest_after[0][1:201])
    return Surroundings(clause.strip(), rest, behind.strip(" .,"), following[:200], heading)


def decide(page: Page, mark: Mark, offset: tuple[str, str] | None = None) -> tuple[ScopeName, str]:
    """The scope of a granting statement on a page and the rule that gave it."""
    place = page.place(mark.node)
    if place.role == "hidden":
        return "hidden", "hidden"
    if place.role in PARTS and place.role != "navigation":
        return "part", f"inside-{place.role}"
    if owner := other_owner(page, mark.node):
        return owner
    if page.cache.get("license-text"):
        return "license-text", "page-is-the-licence"
    around = surroundings(page, mark.node, offset)
    clause = around.clause
    if _QUOTE_OPEN.search(clause) and re.match(r"\s*[”“\"»«’‘]", around.after or mark.own[-1:]):
        clause = _QUOTE_OPEN.sub("", clause).strip()  # a name in quotation marks is a name, no quotation
    if not clause and not around.after and subject(around.following) and sw.GRANT.search(around.following.lower()):
        clause = around.following  # a badge above its sentence
    elif not clause and subject(around.after) == "part":
        clause = around.after
    what = subject(clause)
    this = what == "text" and about_this(clause)
    talk = sw.TALK.search(sw.EXCEPT.sub(" ", clause.lower()))
    zone = place.zone
    page_end = zone == "body" and not place.in_article and is_near_end(mark.node)
    if page_end:
        zone = "footer"
    prose = zone in ("article", "main", "body")
    if what == "software":
        return "software", "words-name-software"
    if what == "part":
        return "part", "words-name-a-part"
    if what == "" and mark.software:
        return "software", "licence-for-programs"
    if what == "" and mark.data:
        return "part", "licence-for-data"
    if _QUOTED.search(without_titles(clause)) and not re.search(r"[”\"»“]", clause[-1:]):
        return "mention", "quoted"
    if talk or around.after[:1] == "?" or around.after[-1:] == "?":
        return "mention", "spoken-of"
    if _OR_ANOTHER.match(around.after):
        return "mention", "or-another"
    if limit := limit_of(clause):
        return "mention", limit
    if what == "" and _FILE_WORD.search(clause.lower()):
        return "part", "words-name-a-file"
    if (
        this
        and place.in_article
        and len(articles(page)) > 1
        and not _SITE.search(clause)
        and not is_dominant(page, mark.node)
    ):
        return "part", "one-of-several-articles"
    if this and _is_shown(page, mark.node, around.heading):
        return "mention", "as-an-example"
    if this:
        # A footer speaks of the site, so that what else stands in it («all rights reserved») is weighed with it.
        of_site = bool(_SITE.search(clause))
        if prose and not (of_site and not place.in_article):
            return "text", "says-this-text"
        return "site", "says-this-site" if of_site else "says-this-text"
    if place.role == "navigation":
        return "mention", "in-navigation"
    if sw.CREDIT_HEADING.search(around.heading.lower()):
        return "part", "under-credit-heading"
    if page.cache.get("subject") not in (None, "text") and what == "":
        return "part", f"page-shows-{page.cache['subject']}"
    if prose:
        return _in_prose(page, mark, around, what)
    if what == "" and mark.rel and is_titled(page, mark.node):
        return "site", "names-this-page"
    if what == "" and beside_credit(mark.node, clause):
        return "part", "credit-of-another-work"
    if zone == "header" and not mark.rel:
        return "mention", "in-header"
    if (
        says_only_terms(clause)
        or (_OTHERWISE.search(clause) and not sw.ELSEWHERE.search(without_exceptions(clause).lower()))
        or (what == "text" and _opens_with_text(page, clause, page_end))
    ):
        return "site", f"in-{zone}"
    if what == "" and mark.rel and not page_end and sw.GRANT.search(clause.lower()) and names_page(page, clause):
        # «Name of the blog by its author is licensed under …», as Creative Commons' chooser writes it.
        return "site", f"named-in-{zone}"
    return "mention", "not-said-of-this"


def _opens_with_text(page: Page, clause: str, page_end: bool) -> bool:
    """Whether a footer's clause has the text for its subject: its noun is among the first words. At the end of a page
    without sectioning, where the last paragraph may be anybody's, it has to say «all»."""
    plain = _NOTICE.sub(" ", without_exceptions(clause).lower())
    noun = sw.TEXT.search(plain)
    if (
        noun is None
        or len(plain[: noun.start()].split()) > 2
        or not _unqualified(page, plain, noun.start(), noun.end())
    ):
        return False
    return not page_end or bool(_ALL.match(plain))


def _unqualified(page: Page, plain: str, start: int, end: int) -> bool:
    """Whether nothing says of a text that it is another one: a possessor, «more», a number, a title. The page's own
    name is no such thing."""
    if sw.ELSEWHERE.search(plain, 0, start):
        return False
    verb = sw.GRANT.search(plain, end)
    between = plain[end : verb.start() if verb else len(plain)]
    rest = sw.LITTLE.sub(" ", _QUALIFIERS.sub(" ", sw.TEXT.sub(" ", sw.PART.sub(" ", between))))
    if re.search(r"\d|[„“”\"«»]", rest):
        return False
    left = _TITLE_WORD.findall(rest)
    return not left or all(word in title_of(page) for word in left)


def _in_prose(page: Page, mark: Mark, around: Surroundings, what: str) -> tuple[ScopeName, str]:
    """Inside the running text a mark needs HTML's own word for it, alone in its line, with nothing else it could be
    about."""
    if what == "text" and _OTHERWISE.search(around.clause):
        if sw.ELSEWHERE.search(without_exceptions(around.clause).lower()):
            return "mention", "of-other-works"
        return "site", "says-unless-otherwise"
    if what == "text" and _TEXT_ALONE.match(around.clause) and _OTHER_PARTS.search(around.following):
        return "text", "text-against-its-parts"
    if what == "text" and _by_the_holder(around):
        return "text", "by-the-holder-of-the-notice"
    if not mark.rel:
        if (
            around.clause
            and says_only_terms(around.clause)
            and in_own_footer(page, mark.node)
            and not beside_credit(mark.node, around.clause)
        ):
            return "text", "in-the-articles-footer"
        return "mention", "in-prose"
    if what == "text" and _says_the_text(page, mark, around):
        return "text", "rel-license-says-the-text"
    if not says_only_terms(around.clause):
        return "mention", "in-prose"
    if (
        beside_credit(mark.node, around.clause + " " + around.previous)
        or subject(_COMMENTS.sub(" ", around.previous[-120:].lower())) == "part"
        or _FILE_WORD.search(around.previous[-60:].lower())
        or subject(around.after[:80]) == "part"
        or (subject(around.following[:80]) == "part" and LABEL_END.search(around.following[:20]))
    ):
        return "part", "credit-of-another-work"
    line = page.text_before_after(mark.node)[0].rpartition("¶")[2]
    if _MORE_IN_LINE.search(line) or of_a_neighbour(page, mark.node):
        return "part", "of-what-stands-beside-it"
    if len(articles(page)) > 1 and not is_dominant(page, mark.node):
        return "part", "one-of-several-articles"
    return "text", "rel-license-of-the-main-content"


def _is_shown(page: Page, node: LexborNode, heading: str) -> bool:
    """Whether «this text is …» is shown to be copied («write this sentence:») or is an entry of a bibliography."""
    block = nearest_block(node)
    above = element_above(block)
    said = words(above).lower()[-200:] if above is not None else ""
    if said.endswith(":") and sw.TALK.search(said):
        return True
    return any(up.tag == "li" for up in ancestors(block)) and bool(sw.CREDIT_HEADING.search(heading.lower()))


def _by_the_holder(around: Surroundings) -> bool:
    """«© 2024 A. Content by A is licensed under …»: the notice above tells whose page it is."""
    notice = _HOLDER.search(around.previous)
    by = _BY.search(around.clause)
    return bool(notice and by and sw.GRANT.search(around.clause.lower()) and by.group(1) in notice.group())


def _says_the_text(page: Page, mark: Mark, around: Surroundings) -> bool:
    """«The text of the handbook is licensed under …» with HTML's own word for this page's licence: nothing else may
    be linked there, or the text would be another address's, and one article alone may stand on the page."""
    plain = sw.EXCEPT.sub(" ", around.clause.lower())
    noun = sw.TEXT.search(plain)
    if noun is None or len(plain[: noun.start()].split()) > 1 or not sw.GRANT.search(plain, noun.end()):
        return False
    if not _unqualified(page, plain, noun.start(), noun.end()):
        return False
    if len(articles(page)) > 1 and not is_dominant(page, mark.node):
        return False
    links = nearest_block(mark.node).css("a[href]")[:20]
    return all(is_license_link(link) for link in links) and not sw.PICTURE_HOSTS.search(plain)


def decide_denial(page: Page, mark: Mark, offset: tuple[str, str] | None = None) -> tuple[ScopeName, str]:
    """The scope of «all rights reserved»: as a grant's, but where it is in doubt it counts."""
    place = page.place(mark.node)
    if place.role == "hidden":
        return "hidden", "hidden"
    if place.role in PARTS:
        return "part", f"inside-{place.role}"
    if page.cache.get("license-text"):
        return "license-text", "page-is-the-licence"
    around = surroundings(page, mark.node, offset)
    what = subject(around.clause + " " + mark.own)
    if what in ("software", "part"):
        return ("software", "words-name-software") if what == "software" else ("part", "words-name-a-part")
    if place.zone in ("article", "main"):
        said = f"{around.previous[-60:]} {around.clause} {mark.own}"
        if (
            about_this(around.clause)
            or "©" in said
            or "copyright" in said.lower()
            or len(around.clause) + len(around.after) < 120
        ):
            return "text", "denial-in-the-text"
        return "mention", "in-prose"
    return "site", f"denial-in-{place.zone}"
