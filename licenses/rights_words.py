"""Which words about rights a page holds: one search over its bytes for all of them, before any parse.

Every word is looked for by four of its bytes at once: all windows of four are hashed into a table of the wanted ones
(Rabin and Karp's search for many patterns), and only what the table has is looked for itself. The cost does not grow
with the number of words; looking for them one after the other costs more than the parse that it is meant to save.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

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
MARKUP_WORDS = ("ld+json", "og:type", "itemtype", "itemprop", "property", "about=", "typeof", "resource")
# Letters beyond ASCII are also written as entities and in capitals: then a part of the word stands for it, with the
# last byte of the letter before it, small or capital, or an entity's end.
_PARTS: Mapping[str, tuple[bytes, ...]] = {
    "réserv": (b"\xa9serv", b"\x89serv", b";serv"),
    "pidätet": (b"\xa4tet", b"\x84tet", b";tet"),
    "förbehåll": (b"rbeh",),
    "pridrž": (b"pridr",),
    "zadrža": (b"zadr",),
    "llicènci": (b"llic",),
    "concédant": (b"dant",),
    "άδεια": ("δεια".encode(), "ΔΕΙΑ".encode()),
    "лиценз": ("иценз".encode(), "ИЦЕНЗ".encode()),
    "õigused": (b"igused",),
    "επιφύλαξη": ("πιφύλαξη".encode(), "ΠΙΦΥΛΑΞΗ".encode()),
    "δικαιώματα": ("ικαιώματα".encode(), "ΙΚΑΙΩΜΑΤΑ".encode()),
    "запазени": ("апазени".encode(), "АПАЗЕНИ".encode()),
    "cc\u00a0by": ("cc\u00a0by".encode(), b"cc&nbsp;by", b"cc&#160;by", b"cc&#xa0;by"),
}
_ALL = tuple(dict.fromkeys((*RIGHTS_WORDS, *DENIAL_WORDS, *NAME_WORDS, *PARTY_WORDS, *ADDRESS_WORDS, *MARKUP_WORDS)))
_WIDTH = 4  # bytes of a window
_SHORT = ("cc0",)  # shorter than a window
_RARE = {letter: rank for rank, letter in enumerate(b"etaoinsrhldcumfpgwybvkxjqz")}
_ENTITIES = 1_000  # numeric entities: a page that spells everything with them is looked at whatever its bytes say
_HASH = np.uint32(0x9E3779B1)


def _rarest(part: bytes) -> int:
    """The window of a word that other words have least."""
    windows = [part[i : i + _WIDTH] for i in range(len(part) - _WIDTH + 1)]
    rarest = max(windows, key=lambda window: sum(_RARE.get(letter, 15) for letter in window))
    return int.from_bytes(rarest, "little")


def _slots(windows: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    """A hash of each window, of 16 bits: the upper half of the product."""
    return (windows * _HASH).astype("<u4", copy=False).view("<u2")[1::2]


_WANTED: dict[int, list[str]] = {}
for _word in _ALL:
    for _part in _PARTS.get(_word, (_word.encode(),)):
        if _word not in _SHORT:
            _WANTED.setdefault(_rarest(_part), []).append(_word)
_TABLE = np.zeros(1 << 16, bool)
_TABLE[_slots(np.fromiter(_WANTED, "<u4"))] = True


def present(low: bytes) -> frozenset[str]:
    """The words of these lists that may stand in a page's lower-cased UTF-8 bytes. None that stands there is
    missing; of some only a part may stand there (see `stands`)."""
    if low.count(b"&#") > _ENTITIES:
        return frozenset(_ALL)
    windows: set[int] = set()
    for shift in range(_WIDTH):
        view = np.frombuffer(low[shift:] if shift else low, "<u4", count=max(0, len(low) - shift) // _WIDTH)
        windows.update(view[_TABLE.take(_slots(view))].tolist())
    found = {word for window in windows for word in _WANTED.get(window, ())}
    return frozenset(found | {word for word in _SHORT if word.encode() in low})


def stands(low: bytes, words: Iterable[str]) -> bool:
    """Whether one of these words stands in a page's lower-cased UTF-8 bytes."""
    return low.count(b"&#") > _ENTITIES or any(
        part in low for word in words for part in _PARTS.get(word, (word.encode(),))
    )
