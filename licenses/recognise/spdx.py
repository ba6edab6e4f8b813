"""SPDX licence expressions. The grammar is the package license-expression's; which symbols count is ours.

Source: SPDX specification, annex «SPDX license expressions» (ids match without case; operators all upper or all lower
case; `LicenseRef-` as written).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from license_expression import Licensing, get_spdx_licensing

from licenses.recognise.cc_url import all_ids

if TYPE_CHECKING:
    from licenses.registry import Registry

_WORD = re.compile(r"\(|\)|[A-Za-z0-9][A-Za-z0-9.\-]*\+?|\S")
_OPERATORS = {"AND": "AND", "and": "AND", "OR": "OR", "or": "OR", "WITH": "WITH", "with": "WITH"}
_MOST = 32  # symbols, brackets and alternatives: an expression, not a list of a whole distribution
# Ids newer than the list of the installed package (SPDX 3.28, 3.29).
_NEWER = ("OpenMDW-1.0", "CC-BY-NC-3.0-IGO")
_NICKNAMES = ("GPL", "BSD-2", "Verbatim-man-pages")  # the package's own, not SPDX's
_GNU = re.compile(r"(A?GPL|LGPL|GFDL)-[0-9.]+", re.IGNORECASE)


@lru_cache(maxsize=1)
def _listed() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Ids, deprecated ids (→ what replaces them) and exceptions of the SPDX list, by folded spelling."""
    ids: dict[str, str] = {}
    old: dict[str, str] = {}
    exceptions: dict[str, str] = {}
    for key, symbol in get_spdx_licensing().known_symbols.items():
        if key.startswith("LicenseRef-"):
            continue
        (exceptions if symbol.is_exception else ids)[key.casefold()] = key
        for alias in symbol.aliases:
            if not alias.startswith("LicenseRef-") and alias not in _NICKNAMES and " " not in alias:
                (exceptions if symbol.is_exception else old).setdefault(alias.casefold(), key)
    ids.update({key.casefold(): key for key in (*_NEWER, *all_ids()) if not key.startswith("LicenseRef-")})
    return ids, {alias: key for alias, key in old.items() if alias not in ids}, exceptions


def spdx_id(word: str, registry: Registry) -> tuple[str, bool] | None:
    """The id that a single word is, and whether the word is a deprecated spelling of it. None: not an id."""
    ids, old, _ = _listed()
    folded = word.casefold()
    if folded in ids:
        return ids[folded], False
    if folded in old:
        return old[folded], True
    if word.startswith(("LicenseRef-", "licenseref-")):
        own = registry.get(word)
        ours = own.id if own is not None else next((each for each in all_ids() if each.casefold() == folded), None)
        return (ours, False) if ours is not None else None
    return None


def parse(text: str, registry: Registry) -> tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]] | None:
    """(normalised expression, alternatives, flags) of a valid expression whose every id is known; else None.

    OR gives alternatives, AND joins members; an exception (WITH) only adds permissions, so its licence stands for it.
    """
    words = _WORD.findall(text)
    if not words or len(words) > 4 * _MOST:
        return None
    if len([word for word in words if word in _OPERATORS]) > _MOST or words.count("(") > _MOST:
        return None
    cases = {word.isupper() for word in words if word in _OPERATORS}
    if len(cases) > 1:
        return None
    flags: set[str] = set()
    names: dict[str, str] = {}
    rebuilt: list[str] = []
    for at, word in enumerate(words):
        if word in "()" or word in _OPERATORS:
            rebuilt.append(_OPERATORS.get(word, word))
            continue
        after_with = at > 0 and words[at - 1] in ("WITH", "with")
        symbol = _exception(word) if after_with else _symbol(word, registry, flags)
        if symbol is None:
            return None
        names[symbol[0]] = symbol[1]
        rebuilt.append(symbol[0])
    try:
        tree = Licensing().parse(" ".join(rebuilt), validate=False)
        alternatives = _branches(tree, names)
        expression = _render(tree)
    except Exception:  # the package raises half a dozen kinds on odd input, and none of them is a grant
        return None
    if tree is None or not alternatives or len(alternatives) > _MOST:
        return None
    return expression, alternatives, tuple(sorted(flags))


def _exception(word: str) -> tuple[str, str] | None:
    key = _listed()[2].get(word.casefold())
    return None if key is None else (key, key)


def _symbol(word: str, registry: Registry, flags: set[str]) -> tuple[str, str] | None:
    """(how the expression spells it, the licence that stands for it)."""
    known = spdx_id(word, registry)
    if known is not None:
        if known[1]:
            flags.add("deprecated-id")
        return known[0], known[0]
    if not word.endswith("+"):
        return None
    base = spdx_id(word[:-1], registry)
    if base is None:
        return None
    if _GNU.match(base[0]) and base[0].endswith("-only"):
        flags.add("deprecated-id")
        later = base[0].removesuffix("-only") + "-or-later"
        return later, later
    return f"{base[0]}+", base[0]


def _branches(tree: Any, names: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    operator = getattr(tree, "operator", "").strip()
    if operator == "OR":
        return tuple(dict.fromkeys(branch for arg in tree.args for branch in _branches(arg, names)))
    if operator == "AND":
        parts = [_branches(arg, names) for arg in tree.args]
        size = 1
        for part in parts:
            size *= len(part)
        if size > _MOST:
            return ()
        return tuple(dict.fromkeys(tuple(sorted({m for branch in pick for m in branch})) for pick in product(*parts)))
    key = tree.license_symbol.key if hasattr(tree, "license_symbol") else tree.key
    return ((names[key],),)


def _render(tree: Any) -> str:
    return str(tree.render("{symbol.key}"))
