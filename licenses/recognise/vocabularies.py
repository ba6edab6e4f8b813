"""What systems write into a licence field: codes and addresses of named vocabularies, each a whole value.

The tables stand in vocabularies.toml, each with its source. A meaning is an id, `family:…`, `reserved`, `denied:…` (a
label that the registry knows as a denial) or `none`: known, and no licence.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from licenses.recognise.spdx import spdx_id

if TYPE_CHECKING:
    from licenses.registry import Registry

TABLE = Path(__file__).with_name("vocabularies.toml")
_SCHEME = re.compile(r"^(?:https?:)?//(?:www\.)?", re.IGNORECASE)
_SPDX_PAGES = re.compile(
    r"(?:opensource\.org/licen[cs]es?(?:/alphabetical)?|spdx\.org/licenses|choosealicense\.com/licenses"
    r"|scancode-licensedb\.aboutcode\.org)/([a-z0-9.+-]+?)(?:\.html|\.json|\.txt|\.php)?",
    re.IGNORECASE,
)

_GNU_PAGES = re.compile(
    r"gnu\.org/licenses/(?:old-licenses/)?((?:[al]?gpl|g?fdl)-\d\.\d)(?:-standalone)?(?:\.[a-z]{2}(?:-[a-z]{2})?)?(?:\.html|\.txt)?",
    re.IGNORECASE,
)
_MIT_PAGES = re.compile(r"(?:[a-z0-9-]{1,63}\.)?mit-license\.org", re.IGNORECASE)  # one text, a holder each
_DIGITS = re.compile(r"(\d)-(\d)")  # opensource.org writes `apache-2-0` since 2023


@dataclass(frozen=True, slots=True)
class Code:
    vocabulary: str
    meaning: str
    why: str = ""


@lru_cache(maxsize=1)
def load() -> dict[str, Code]:
    """Every code and address of the tables by its folded form. Raises ValueError where two tables disagree."""
    codes: dict[str, Code] = {}
    for table in tomllib.loads(TABLE.read_text("utf-8"))["vocabulary"]:
        for code, meaning in table["codes"].items():
            for prefix in table.get("prefixes", [""]):
                key = _key(prefix + code)
                entry = Code(table["name"], meaning, table.get("why", "") if meaning == "none" else "")
                if key in codes and codes[key].meaning != meaning:
                    raise ValueError(
                        f"{table['name']}: {code} = {meaning}, but {codes[key].vocabulary} has {codes[key].meaning}"
                    )
                codes.setdefault(key, entry)
    return codes


def lookup(text: str) -> Code | None:
    """The code that the whole of a levelled text is."""
    return load().get(_key(text))


def address(url: str, registry: Registry) -> Code | None:
    """The licence whose page an address is: SPDX, OSI and others by id, and the registry's own addresses."""
    bare = _SCHEME.sub("", url).split("#")[0].split("?")[0].rstrip("/")
    if _MIT_PAGES.fullmatch(bare):
        return Code("pages of mit-license.org", "MIT")
    gnu = _GNU_PAGES.fullmatch(bare)
    if gnu is not None:
        known = spdx_id(gnu[1].lower().replace("fdl", "gfdl").replace("ggfdl", "gfdl"), registry)
        return None if known is None else Code("pages of the Free Software Foundation", known[0])
    page = _SPDX_PAGES.fullmatch(bare)
    if page is not None:
        known = spdx_id(page[1], registry) or spdx_id(_DIGITS.sub(r"\1.\2", page[1]), registry)
        return None if known is None else Code("pages by SPDX id", known[0])
    for spelling in (bare, "www." + bare, re.sub(r"\.html?$|\.txt$|\.en\.html$", "", bare)):
        id_ = registry.by_url(spelling)
        if id_ is not None:
            return Code("addresses of licences", id_)
    return None


def _key(text: str) -> str:
    """Case, scheme, `www.` and a last slash say nothing in a code; template braces are taken off."""
    text = text.strip().casefold()
    if text.startswith("{{") and text.endswith("}}"):
        text = text[2:-2].strip()
    address = _SCHEME.match(text)
    return _SCHEME.sub("//", text).rstrip("/") if address else text
