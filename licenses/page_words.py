"""Class and id words that tell what a part of a page is, in the languages that web sites name their parts in."""

from __future__ import annotations

from collections.abc import Mapping


def _table(**roles: str) -> dict[str, str]:
    return {word: role for role, line in roles.items() for word in line.split()}


CLASS_ROLES: Mapping[str, str] = _table(
    comment="comment comments commentlist commentarea kommentar kommentare kommentarer comentario comentarios "
    "commentaire commentaires "
    "commento commenti reacties reactie respond disqus replies guestbook gaestebuch leserbriefe komentarz komentarze "
    "komentarzy komentari komentar komentarji komentare komentarju komentář komentáře komentáre kommentti "
    "kommentit kommentaarid kommentaar hozzaszolas hozzaszolasok hozzászólás hozzászólások komentarai "
    "comentarii comentariu comentaris comentari opmerkingen diskuze diskusia signature signatur",
    related="related similar recommended recommendation recommendations teaser teasers blogroll outbrain taboola "
    "verwandt verwandte "
    "aehnliche relacionados articoli-correlati apparentes readmore morenews mehrzumthema",
    figure="caption captions credit credits bildnachweis bildnachweise bildquelle bildquellen bildunterschrift "
    "bildrechte fotocredit "
    "photo photos foto fotos image images img bild bilder gallery galerie galeria thumbnail thumb "
    "thumbcaption thumbinner lightbox "
    "slideshow slider carousel picture pictures legende attachment imagecredit photocredit",
    embed="embed embeds embedded oembed tweet video videos audio player leaflet map karte mapbox maps "
    "soundcloud youtube flickr instagram "
    "infogram datawrapper",
    code="highlight codehilite sourcecode source-code listing prettyprint codeblock",
    quotation="quote quotation zitat pullquote blockquote",
    tags="tagcloud tags taglist categories kategorien schlagwoerter schlagworte keywords etiquetas",
    navigation="nav navbar navigation menu menue breadcrumb breadcrumbs pagination toc paging",
    form="cookie cookies consent modal popup newsletter login search suche tooltip",
    footer="footer foot fuss fusszeile fussbereich colophon siteinfo copyright pie pied bottom stopka voettekst sidfot",
    imprint="impressum imprint legal legalnotice rechtliches mentions",
    sidebar="sidebar sidebars widget widgets aside secondary seitenleiste randspalte barra",
    header="masthead kopf kopfzeile banner header",
    main="main content inhalt contenu contenido conteudo contenuto maincontent hauptinhalt",
    article="article post entry artikel beitrag story",
)
# Too common as words for a whole page's mood (`has images`): they count only on a small element.
SHORT_ROLES = frozenset({"figure", "embed", "quotation", "form", "related", "tags"})
# A last part that makes the word a link to the thing, a state of it, or a wrapper around everything.
MODIFIERS = frozenset(
    {
        "open",
        "closed",
        "link",
        "links",
        "count",
        "number",
        "off",
        "none",
        "enabled",
        "disabled",
        "wrapper",
        "wrap",
        "page",
        "template",
    }
)
