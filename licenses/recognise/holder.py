"""Copyright lines beside a licence: «© 2013-2018 Erika Musterfrau» takes nothing back and names nothing.

A holder is the one thing in a statement that no table can list. So only what is written as a name is taken for one: a
year before it, capitals, a few words, and none that could speak of rights in place of a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from licenses.recognise.lexicon import Lexicon
from licenses.recognise.tokens import Token

_SIGNS = ("©", "copyright")
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_LONGEST = 8  # words of a name
_LINKS = ("&", "of", "the", "and", "von", "van", "de", "der", "und", "et", "du", "des", "di", "y")
# Beginnings of words that speak of rights, uses, terms or time in the languages of names/: no part of a holder's name.
# Folded as tokens are. A house that bears such a word is left unread.
_SPEAKS = re.compile(
    r"(?:no|not|non|nor|nur|nie|nicht|kein|keine|ohne|only|but|without|with|except|unless|until|sans|pas|sauf|sin|solo|"
    r"senza|zonder|geen|niet|bez|nem|inte|ikke|ei|ez|for|fur|pour|para|per|voor|use|user|ai|ki|ia|tdm|do|dont|may|must|"
    r"shall|can|will|all|alle|tous|todos|tutti)$"
    r"|(?:never|exclu|ausgeno|forbid|forbad|prohib|proib|verbot|verbod|untersag|interdi|vietat|zabron|zakaz|restrict|"
    r"beschrank|limit|reserv|vorbehalt|voorbehoud|zastrz|vyhraz|forbeh|riserv|right|recht|droit|diritt|derech|direit|"
    r"licen|lizen|litsen|permi|permess|erlaub|allow|authori|autoris|autoriz|commerc|kommerz|komerc|comerc|kommers|"
    r"noncomm|nichtkomm|privat|prive|person|confiden|vertraul|geheim|secret|classif|intern|proprie|researc|forsch|"
    r"recherch|ricerc|investig|academ|akadem|educ|schul|scol|nutz|verwend|usage|utilis|utiliz|uso|gebrauch|redistrib|"
    r"distrib|copy|copi|kopi|reprod|nachdruck|train|entrain|mining|scrap|crawl|sale|sell|verkauf|request|anfrage|"
    r"demande|expir|abgelauf|trial|evalu|demo|draft|entwurf|embargo|pending|condition|beding|terms|term$|"
    r"other|ander|autre|altr|otro|geschutz|protect|proteg|closed|custom|modif|former|ehemal|previous|unlike|instead|"
    r"pseudo|anti$|replac|ersetz|expect|geplant|plan(?:ned|ifi))"
)


def length(words: Sequence[Token], at: int, lexicon: Lexicon) -> int:
    """How many words from `at` on are a copyright line: the sign, years, and the holder's name if one follows. 0: none.

    What could be anything but a name is left to be read, or not, as the rest of the statement.
    """
    if words[at].text not in _SIGNS:
        return 0
    end = at + 1
    while end < len(words) and words[end].text in (*_SIGNS, "c"):
        end += 1
    if end == len(words) or not _YEAR.fullmatch(words[end].text):
        return 0
    while end < len(words) and _YEAR.fullmatch(words[end].text) and not words[end].sentence:
        end += 1
    return end + _name(words, end, lexicon) - at


def _name(words: Sequence[Token], start: int, lexicon: Lexicon) -> int:
    end, proper = start, 0
    if end < len(words) and words[end].raw == "by":
        end += 1
    while end < len(words) and proper <= _LONGEST:
        token = words[end]
        if end > start and ((token.sentence and len(words[end - 1].raw) > 1) or token.before == "("):
            break
        if _speaks(words, end, lexicon):
            break
        if token.raw[0].isupper():
            proper += 1
        elif token.text not in _LINKS:
            break
        end += 1
    finished = end == len(words) or words[end].before in ("(", ",") or words[end].sentence
    # «© 2021 Acme Modified MIT License»: a name that runs into a licence's is none; into a licence's own text it is
    return end - start if proper and proper <= _LONGEST and (finished or _kind(words, end, lexicon) == "own") else 0


def _speaks(words: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether a word says something of its own: part of a licence's name, or of rights."""
    kinds = ("cc", "element", "elements", "name", "public-domain", "reserved", "own")
    return bool(_SPEAKS.match(words[at].text)) or _kind(words, at, lexicon) in kinds


def _kind(words: Sequence[Token], at: int, lexicon: Lexicon) -> str:
    match = lexicon.longest(words, at)
    return "" if match is None else match[0].kind
