"""Where in running words a licence's name stands: bounded phrases, to be read by `licenses.recognise`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from licenses.model import Reading
from licenses.recognise import recognise
from licenses.recognise.lexicon import spellings


def _phrases(section: str) -> str:
    """The phrases of all languages as an alternation; white space is any, a sign of exclamation may end one."""
    return "|".join(re.escape(phrase.lower()).replace(r"\ ", r"[ \u00a0]") + "!?" for phrase in spellings(section))


def _by_letter(alternation: str) -> str:
    """An alternation by first letters: the matcher tries those that can begin there alone. All begin with one."""
    letters: dict[str, list[str]] = {}
    for phrase in alternation.split("|"):
        first = 2 if phrase.startswith("\\") else 1  # an escaped sign
        letters.setdefault(phrase[:first], []).append(phrase[first:])
    return "|".join(f"{letter}(?:{'|'.join(tails)})" for letter, tails in letters.items())


_ELEMENT = _by_letter(
    rf"{_phrases('elements')}|"
    r"attribution|namensnennung|reconocimiento|atribuci[oó]n|paternit[ée]|attribuzione|atribui[cç][aã]o|"
    r"naamsvermelding|navngivelse|navngiving|erk[äa]nnande|nime[äa]|nimeä|uznanie|uveďte|uveden[íi]|"
    r"reconeixement|nevezd|atribuire|imenovanje|autorstvo|priznanje|non-?commercial|nicht-?kommerziell|"
    r"nicht kommerziell|keine kommerzielle nutzung|no ?comercial|pas d.utilisation commerciale|"
    r"non commerciale|niet-?commercieel|ikke-?kommersiell|ikke-?kommerciel|ickekommersiell|share ?-?alike|"
    r"weitergabe unter gleichen bedingungen|compartir ?igual|compartirigual|partage dans les mêmes "
    r"conditions|partage à l.identique|partage des conditions initiales à l.identique|"
    r"condividi allo stesso modo|gelijk ?delen|del på samme vilkår|del på samme måte|dela "
    r"?lika|no ?-?derivat(?:iv)?es?|no derivs|keine bearbeitung(?:en)?|sin ?(?:obra )?derivada|pas de "
    r"modification|"
    r"non opere derivate|geen ?afgeleide ?werken|by|nc|nd|sa|zero|cc0|cc"
)
_VERSION = r"(?:[ ,-]*(?:v(?:ersion|\.)?\s*)?[1-4]\.[0-9])"
_PORT = (
    r"(?:[ ,(]{0,2}(?:international(?:e[rn]?)?|internacional|internazionale|internationaal|unported|"
    r"generic|igo|deutschland|germany|[öo]sterreich|austria|schweiz|switzerland|france|italia|italy|"
    r"españa|spain|us|united states|uk|de|at|ch|fr|es|it|nl|pl|dk|se|cn|polska|poland|česk[áo]\w*(?: republika)?|"
    r"czechia|portugal|brasil|brazil|nederland|netherlands|belgi[ëe]|belgique|luxembourg|danmark|denmark|norge|norway|"
    r"sverige|sweden|suomi|finland|eesti|estonia|hrvatska|croatia|slovenija|slovenia|magyarország|hungary|rom[âa]nia|"
    r"ελλάδα|greece|българия|bulgaria|slovensko|ireland|australia|canada|new zealand|méxico|argentina|chile|colombia|"
    rf"{_phrases('scopes')})(?!\w)\)?)"
)
_HOUSE = (
    # «CC BY-SA 3.0 DE», «CC-BY», «BY-NC-SA-4.0»
    rf"(?<![\w/.-])(?:cc[ \u00a0:-]{{0,2}}by|by(?=-(?:nc|nd|sa)))(?:[ \u00a0/–-]{{1,3}}(?:nc|nd|"
    rf"sa)){{0,3}}(?:[ \u00a0,-]{{0,2}}v?[1-4]\.[0-9])?(?:[ -](?:de|at|ch|us|uk|fr|it|es|nl|igo)\b|"
    rf"{_PORT})?(?![\w/]|\.\w)"
    rf"|(?<![\w/.-])cc[ -]?(?:0|zero)(?:[ -]1\.0)?(?:\s+universal)?(?![\w/]|\.\w)"
    # «Creative Commons Namensnennung – Weitergabe unter gleichen Bedingungen 4.0 International»
    rf"|creative[ \u00a0-]commons(?:[ \u00a0]?[:,(–-]?[ \u00a0]*(?:(?:und|and|et|y|e|en|og|och|i)[ "
    rf"\u00a0]+)?(?:licen[sc]e|lizenz|licencia|licenza|licentie|{_ELEMENT})(?=[ \u00a0,.;:()\[\]/–-]|"
    rf"$))*(?:{_VERSION})?{_PORT}?(?:[ -]?(?:licen[sc]e|lizenz))?"
    r"|open government licen[cs]e(?:\s*(?:v|version)?\s*[123](?:\.0)?)?|licence ouverte(?:\s*/\s*open "
    r"licen[cs]e)?(?:\s*(?:v|version)?\s*[12](?:\.0)?)?|etalab[ -][12]\.0"
    r"|gnu[ -](?:free documentation|general public|lesser general public|affero general public) "
    r"licen[sc]e(?:[ ,]*(?:v(?:ersion)?\s*)?[1-3](?:\.[0-9])?)?|gfdl"
    r"|(?:mit|isc|apache|mozilla public|bsd)[ -]licen[sc]e(?:[ ,]*(?:version )?[0-9]\.[0-9])?|public "
    r"domain(?!\s+(?:dedication|mark))|gemeinfrei|domaine public|dominio p[úu]b(?:b?lico)"
    r"|datenlizenz deutschland[ –-]+(?:namensnennung|zero)[ –-]*(?:version )?[12]\.0"
)
# «Namensnennung – Keine Bearbeitung 4.0 International», the licence's title alone: never without a version.
_TITLE = rf"(?:{_ELEMENT})(?:\s*[,–-]?\s*(?:{_ELEMENT})){{0,3}}{_VERSION}{_PORT}"
_PARTS = ("cc", "by-", "commons", "licen", "etalab", "gfdl", "public", "gemeinfrei", "dominio p", "datenlizenz")
_NUMBER = re.compile(r"[1-4]\.[0-9]")


class Found(NamedTuple):
    """A name in a text: its span and its words as they stand there."""

    first: int
    last: int
    words: str

    def start(self) -> int:
        return self.first

    def end(self) -> int:
        return self.last

    def group(self) -> str:
        return self.words


class Names:
    """The names in a text, from left to right, as a compiled pattern finds them, letters in any case.

    Matching lower-cased text is four times faster than ignoring case, and the longest alternative needs a version.
    """

    whole = re.compile(f"{_HOUSE}|{_TITLE}")  # for lower-cased text
    _untitled = re.compile(_HOUSE)

    def finditer(self, text: str) -> Iterator[Found]:
        low = lower(text)
        numbered = _NUMBER.search(low) is not None
        if numbered or any(part in low for part in _PARTS):
            for match in (self.whole if numbered else self._untitled).finditer(low):
                yield Found(match.start(), match.end(), text[match.start() : match.end()])

    def search(self, text: str) -> Found | None:
        return next(self.finditer(text), None)

    def sub(self, by: str, text: str) -> str:
        """The text with each name replaced."""
        rest, last = "", 0
        for found in self.finditer(text):
            rest, last = rest + text[last : found.first] + by, found.last
        return rest + text[last:]


def lower(text: str) -> str:
    """Lower-cased, character by character where a whole text would change its length («İ»)."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


NAME = Names()
# Licences written for programs: on a page they speak of its software unless the sentence says «text» or «content».
SOFTWARE_LICENSES = (
    "GPL-",
    "LGPL-",
    "AGPL-",
    "MIT",
    "BSD-",
    "0BSD",
    "APACHE-",
    "MPL-",
    "EPL-",
    "ISC",
    "ZLIB",
    "ARTISTIC-",
    "EUPL-",
    "UNLICENSE",
    "WTFPL",
    "CDDL",
    "X11",
    "PYTHON-",
    "PSF-",
)


# Licences written for data: on a page they speak of the data that it shows or offers.
DATA_LICENSES = ("DL-DE-", "ODC-BY-", "ODBL-", "PDDL-", "CDLA-", "C-UDA-", "O-UDA-")


@lru_cache(maxsize=16_384)
def read(statement: str) -> Reading:
    """What a statement means; pages of one site repeat theirs."""
    return recognise(statement)
