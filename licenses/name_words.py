"""Where in running words a licence's name stands: bounded phrases, to be read by `licenses.recognise`."""

from __future__ import annotations

import re
from functools import lru_cache

from licenses.model import Reading
from licenses.recognise import recognise
from licenses.recognise.lexicon import spellings


def _phrases(section: str) -> str:
    """The phrases of all languages as an alternation; white space is any, a sign of exclamation may end one."""
    return "|".join(re.escape(phrase).replace(r"\ ", r"[ \u00a0]") + "!?" for phrase in spellings(section))


_ELEMENT = (
    rf"{_phrases('elements')}|"
    r"attribution|namensnennung|reconocimiento|atribuci[oó]n|paternit[ée]|attribuzione|atribui[cç][aã]o|"
    r"naamsvermelding|navngivelse|navngiving|erk[äa]nnande|nime[äa]|nimeä|uznanie|uveďte|uveden[íi]|"
    r"reconeixement|nevezd|atribuire|imenovanje|autorstvo|priznanje|non-?commercial|nicht-?kommerziell|"
    r"nicht kommerziell|keine kommerzielle nutzung|no ?comercial|pas d.utilisation commerciale|"
    r"non commerciale|niet-?commercieel|ikke-?kommersiell|ikke-?kommerciel|ickekommersiell|share ?-?alike|"
    r"weitergabe unter gleichen bedingungen|compartir ?igual|compartirigual|partage (?:dans les mêmes "
    r"conditions|à l.identique|des conditions initiales à l.identique)|"
    r"partage à l.identique|condividi allo stesso modo|gelijk ?delen|del på samme (?:vilkår|måte)|dela "
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
NAME = re.compile(
    # «CC BY-SA 3.0 DE», «CC-BY», «BY-NC-SA-4.0»
    rf"(?<![\w/.-])(?:cc[ \u00a0:-]{{0,2}}by|by(?=-(?:nc|nd|sa)))(?:[ \u00a0/–-]{{1,3}}(?:nc|nd|"
    rf"sa)){{0,3}}(?:[ \u00a0,-]{{0,2}}v?[1-4]\.[0-9])?(?:[ -](?:de|at|ch|us|uk|fr|it|es|nl|igo)\b|"
    rf"{_PORT})?(?![\w/]|\.\w)"
    rf"|(?<![\w/.-])cc[ -]?(?:0|zero)(?:[ -]1\.0)?(?:\s+universal)?(?![\w/]|\.\w)"
    # «Creative Commons Namensnennung – Weitergabe unter gleichen Bedingungen 4.0 International»
    rf"|creative[ \u00a0-]commons(?:[ \u00a0]?[:,(–-]?[ \u00a0]*(?:(?:und|and|et|y|e|en|og|och|i)[ "
    rf"\u00a0]+)?(?:licen[sc]e|lizenz|licencia|licenza|licentie|{_ELEMENT})(?=[ \u00a0,.;:()\[\]/–-]|"
    rf"$))*(?:{_VERSION})?{_PORT}?(?:[ -]?(?:licen[sc]e|lizenz))?"
    rf"|(?:{_ELEMENT})(?:\s*[,–-]?\s*(?:{_ELEMENT})){{0,3}}{_VERSION}{_PORT}"
    r"|open government licen[cs]e(?:\s*(?:v|version)?\s*[123](?:\.0)?)?|licence ouverte(?:\s*/\s*open "
    r"licen[cs]e)?(?:\s*(?:v|version)?\s*[12](?:\.0)?)?|etalab[ -][12]\.0"
    r"|gnu[ -](?:free documentation|general public|lesser general public|affero general public) "
    r"licen[sc]e(?:[ ,]*(?:v(?:ersion)?\s*)?[1-3](?:\.[0-9])?)?|gfdl"
    r"|(?:mit|isc|apache|mozilla public|bsd)[ -]licen[sc]e(?:[ ,]*(?:version )?[0-9]\.[0-9])?|public "
    r"domain(?!\s+(?:dedication|mark))|gemeinfrei|domaine public|dominio p[úu]b(?:b?lico)"
    r"|datenlizenz deutschland[ –-]+(?:namensnennung|zero)[ –-]*(?:version )?[12]\.0",
    re.I,
)
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
