"""The words of the papers, one file a language; the same keys with the same places in each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "de")


class Words:
    """Looks up and fills sentences. Raises KeyError for one that does not exist: a paper never has a gap."""

    def __init__(self, language: str, tables: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self.tables = tables

    def __call__(self, key: str, **values: Any) -> str:
        """A sentence of the table `card`, or of `table.key`, with its places filled in."""
        table, _, name = key.rpartition("/")
        return self.tables[table or "card"][name].format(**values)

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
        text = f"{value:.1%}"
        return text.replace(".", ",").replace("%", " %") if self.language == "de" else text


@lru_cache
def words(language: str) -> Words:
    """The words of a language of LANGUAGES. Raises KeyError for another."""
    if language not in LANGUAGES:
        raise KeyError(language)
    text = resources.files("pipeline.papers.words").joinpath(f"{language}.toml").read_text("utf-8")
    return Words(language, tomllib.loads(text))
