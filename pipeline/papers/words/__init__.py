"""The words of the papers, one file a language; the same keys with the same places in each.

A place is `{name}`, or `{name?one|many}` for the words that follow a number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "de")
PLACE = re.compile(r"\{(\w+)(?:\?([^|{}]*)\|([^{}]*))?\}")
_DAY = {"en": "d MMMM y", "de": "d. MMMM y"}
_SMALL = 0.0005  # a share below it would be printed as none


class Words:
    """Looks up and fills sentences. Raises KeyError for one that does not exist: a paper never has a gap."""

    def __init__(self, language: str, tables: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self.tables = tables

    def __call__(self, key: str, **values: Any) -> str:
        """A sentence of the table `card`, or of `table.key`, with its places filled in; numbers in the language."""
        table, _, name = key.rpartition("/")

        def filled(place: re.Match[str]) -> str:
            value = values[place[1]]
            if place[2] is not None:
                return place[2] if value == 1 else place[3]
            return self.number(value) if isinstance(value, int) else str(value)

        return PLACE.sub(filled, self.tables[table or "card"][name])

    def name(self, table: str, value: str) -> str:
        """What a closed list's word is called."""
        return self.tables[table][value]

    def names(self, table: str, values: Any) -> str:
        return ", ".join(self.name(table, value) for value in values)

    def reason(self, code: str, sentence: str) -> str:
        """A reason's sentence in this language; the given one where it has none of its own."""
        return self.tables["reasons"].get(code, sentence)

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", "." if self.language == "de" else ",")

    def percent(self, value: float) -> str:
        """One decimal; what is more than nothing never reads as nothing."""
        text = f"{value:.1%}" if value == 0 or abs(value) >= _SMALL else "< 0.1%"
        return text.replace(".", ",").replace("%", " %") if self.language == "de" else text

    def day(self, value: str) -> str:
        """An ISO date (or time) as a day in words; what is no date as it stands."""
        from babel.dates import format_date

        try:
            day = date.fromisoformat(value[:10])
        except ValueError:
            return value
        return str(format_date(day, _DAY[self.language], locale=self.language))

    def tag(self, value: str) -> str:
        """What a language tag by BCP 47 is called (CLDR's names); empty where CLDR has no name."""
        from babel import Locale

        names = Locale(self.language)
        first, *rest = value.split("-")
        language = names.languages.get(first, "")
        places = [names.territories[part] for part in rest if part in names.territories]
        return f"{language} ({places[0]})" if language and places else language


@lru_cache
def words(language: str) -> Words:
    """The words of a language of LANGUAGES. Raises KeyError for another."""
    if language not in LANGUAGES:
        raise KeyError(language)
    text = resources.files("pipeline.papers.words").joinpath(f"{language}.toml").read_text("utf-8")
    return Words(language, tomllib.loads(text))
