"""Which words about rights a page holds, and where in its bytes: what tells, before any parse, what to look for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from licenses.byte_search import ByteSearch

# Lower-cased. Without one of these there is no statement that could grant.
RIGHTS_WORDS = (
    "licen",
    "lizen",
    "creativecommons",
    "creative commons",
    "lisens",
    "litsents",
    "llicènci",
    "public domain",
    "publicdomain",
    "gemeinfrei",
    "cc by",
    "cc-by",
    "cc\u00a0by",
    "cc0",
    "by-sa",
    "by-nc",
    "άδεια",
    "лиценз",
    "domaine public",
    "dominio p",
    "gfdl",
)
DENIAL_WORDS = (
    "reserved",
    "vorbehalten",
    "réserv",
    "reservad",
    "riservat",
    "voorbehouden",
    "forbehold",
    "förbehåll",
    "reserverat",
    "zastrze",
    "vyhrazen",
    "fenntart",
    "rezervat",
    "pridrž",
    "zadrža",
    "запазени",
    "saugomos",
    "pidätet",
    "reservats",
    "nachdruck",
    "may not be re",
    "genehmigung",
    "prohibid",
    "vietat",
    "untersagt",
    "reservert",
    "vyhraden",
    "zadrza",
    "pridrz",
    "aizsarg",
    "õigused",
    "επιφύλαξη",
    "δικαιώματα",
    "no part of",
    "not under",
    "not licensed",
    "nicht unter",
    "pas sous",
    "bajo esta",
    "bajo la",
    "questa licen",
    "zustimmung",
    "einwilligung",
)
# Parts of licences' names, as they stand in running words.
NAME_WORDS = (
    "commons",
    "cc by",
    "cc-by",
    "cc\u00a0by",
    "by-sa",
    "by-nc",
    "by-nd",
    "cc0",
    "cc-0",
    "cc 0",
    "public domain",
    "gemeinfrei",
    "domaine public",
    "government licen",
    "licence ouverte",
    "etalab",
    "public licen",
    "documentation licen",
    "gfdl",
    "mit licen",
    "mit-licen",
    "apache licen",
    "bsd licen",
    "isc licen",
    "datenlizenz",
    "dominio p",
    "attribution-",
    "namensnennung",
)
# The party that gives: the word of every legal code, seldom of anything else.
PARTY_WORDS = (
    "licensor",
    "lizenzgeber",
    "licenciante",
    "licenciador",
    "licenziante",
    "concédant",
    "licentiegever",
    "licensgiver",
    "lisensgiver",
)
# Parts of the addresses of licences, beside Creative Commons' own.
ADDRESS_WORDS = (
    "creativecommons.org",
    "gnu.org/",
    "opensource.org/",
    "nationalarchives.gov.uk",
    "etalab.gouv.fr",
    "govdata.de",
    "apache.org/",
    "opendatacommons.org",
    "unlicense.org",
    "wtfpl.net",
    "mozilla.org/",
    "data.norge.no",
    "artlibre.org",
    "dati.gov.it",
    "w3.org/consortium",
)
# Attributes without which a page has no data of some kind.
MARKUP_WORDS = (
    "ld+json",
    "og:type",
    "og:url",
    "canonical",
    "itemtype",
    "itemprop",
    "property",
    "about=",
    "typeof",
    "resource",
)
# What a deed or a legal code says of itself.
CODE_WORDS = ("creative commons corporation", "/deed")
# Letters beyond ASCII are also written as entities and in capitals: then a part of the word stands for it, with the
# last byte of the letter before it, small or capital, or an entity's end.
_PARTS: Mapping[str, tuple[bytes, ...]] = {
    "réserv": (b"\xa9serv", b"\x89serv", b";serv"),
    "pidätet": (b"\xa4tet", b"\x84tet", b";tet"),
    "förbehåll": (b"rbeh",),
    "pridrž": (b"pridr",),
    "zadrža": (b"zadr",),
    "llicènci": (b"llic",),
    "concédant": ("concédant".encode(), b"conc&eacute;dant"),
    "άδεια": ("δεια".encode(), "ΔΕΙΑ".encode()),
    "лиценз": ("иценз".encode(), "ИЦЕНЗ".encode()),
    "õigused": (b"igused",),
    "επιφύλαξη": ("πιφύλαξη".encode(), "ΠΙΦΥΛΑΞΗ".encode(), "ΠΙΦΎΛΑΞΗ".encode()),
    "δικαιώματα": ("ικαιώματα".encode(), "ΙΚΑΙΩΜΑΤΑ".encode(), "ΙΚΑΙΏΜΑΤΑ".encode()),
    "запазени": ("апазени".encode(), "АПАЗЕНИ".encode()),
    "cc\u00a0by": ("cc\u00a0by".encode(), b"cc&nbsp;by", b"cc&#160;by", b"cc&#xa0;by"),
}
_ALL = tuple(
    dict.fromkeys((*RIGHTS_WORDS, *DENIAL_WORDS, *NAME_WORDS, *PARTY_WORDS, *ADDRESS_WORDS, *MARKUP_WORDS, *CODE_WORDS))
)
_ENTITIES = 1_000  # numeric entities: a page that spells everything with them is looked at whatever its bytes say
_SEARCH = ByteSearch({word: _PARTS.get(word, (word.encode(),)) for word in _ALL})


def places(source: bytes) -> Mapping[str, Sequence[int]]:
    """The words of these lists that stand in a page's UTF-8, ASCII letters in any case, each with its offsets; no
    offsets where it may only stand there, spelled in numeric entities or on a page too full of words to compare."""
    found = _SEARCH.find(source)
    if np.count_nonzero(np.frombuffer(source, np.uint8) == ord("&")) > _ENTITIES and source.count(b"&#") > _ENTITIES:
        return dict.fromkeys(_ALL, ()) | found
    return found
