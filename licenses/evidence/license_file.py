"""Other files that speak about a file: its `.license` sidecar, REUSE.toml, LICENSE and COPYING files.

Source of rules: REUSE 3.3. A sidecar stands in for the file's own header; in REUSE.toml the last matching table
speaks, with `precedence` closest (the file's own word first), aggregate (both) or override. A repository's LICENSE is
a clue for what lies in it, unless the config says `covers: contents` with `by` and `because`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from licenses.evidence import spdx_tag
from licenses.evidence import text as notices
from licenses.license_texts import license_of
from licenses.model import Document, Evidence, ScopeName
from licenses.page_text import clip
from licenses.recognise import recognise

PLACE = "license_file"
SHORT = 2_000  # characters; a longer file is a licence's text or nothing that is understood
_FILE_NAMES = re.compile(r"^(?:licen[cs]e|copying|unlicense|lizenz)(?:[.-][\w.-]*)?$", re.I)
_CC_HEADING = re.compile(
    r"^\W*(?:creative commons )?(?:legal code )?attribution((?:-(?:noncommercial|noderivatives|noderivs|"
    r"sharealike))*) ([1-4]\.[05])(?: (international|unported))?",
    re.I,
)
_GNU = re.compile(r"^[AL]?GPL-")
_UNITS = {"noncommercial": "NC", "noderivatives": "ND", "noderivs": "ND", "sharealike": "SA"}


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """What the files in `document.files` say of the file at `document.path`. Options: `covers: contents` with `by` and
    `because` lets LICENSE files speak for the contents as the curator's word. Never raises."""
    if not document.files:
        return ()
    path = document.path or ""
    sidecar = document.files.get(f"{path}.license")
    if sidecar:
        return tuple(spdx_tag.tags(sidecar, document, f"{path}.license line"))
    found = list(_reuse(document, path))
    contents = options.get("covers") == "contents"
    for name, text in sorted(document.files.items()):
        base = name.rpartition("/")[2]
        if not _FILE_NAMES.match(base) or "LICENSES/" in name:
            continue
        folder = name.rpartition("/")[0]
        if folder and not path.startswith(folder + "/"):
            continue
        statement = license_of_text(text)
        scope: ScopeName = "source" if contents else "collection"
        found.append(
            Evidence(
                PLACE,
                "license-file",
                statement,
                name,
                scope,
                "licence-file-covers-contents" if contents else "licence-of-the-collection",
                context=clip(text[:400]),
                seen=document.seen,
                by=options.get("by") if contents else None,
                because=options.get("because") if contents else None,
            )
        )
    return tuple(found)


def license_of_text(text: str) -> str:
    """The licence that a file is the text of, or that its few words name; else its first words, not understood.

    A long text is understood only where it is the licence word for word. A heading alone never grants: what stands
    below it may say something else; it is believed where it names a licence that denies (NC, ND).
    """
    known = license_of(text)
    if known is not None:
        return f"{known}-only" if _GNU.match(known) else known
    head = " ".join(re.sub(r"[#=*_>-]{2,}|^#+", " ", text[:3_000], flags=re.M).split())
    cc = _CC_HEADING.match(head)
    if cc and re.search("nonc|nod", cc.group(1), re.I) and (cc.group(2) != "3.0" or cc.group(3)):
        units = "".join(f"-{_UNITS[unit]}" for unit in cc.group(1).lower().split("-") if unit)
        return f"CC-BY{units}-{cc.group(2)}"
    return _said(text) or clip(head, 120)


def _said(text: str) -> str | None:
    """The one statement of a short notice that grants for the text, where nothing in it says otherwise."""
    if len(text) > SHORT:
        return None
    alone = " ".join(text.split())
    if recognise(alone).understood:
        return alone
    said = notices.find(Document(text=text))
    covering = [evidence for evidence in said if evidence.scope == "text"]
    if len(covering) != len(said) or any(evidence.claim != "grant" for evidence in covering):
        return None
    statements = {evidence.statement for evidence in covering}
    return next((one for one in statements if len(statements) == 1 and recognise(one).understood), None)


def _reuse(document: Document, path: str) -> Iterator[Evidence]:
    """The last matching annotation of each REUSE.toml; with `override` the one nearest the root speaks alone."""
    matches: list[tuple[str, str, list[str]]] = []
    for name, text in sorted(document.files.items(), key=lambda item: item[0].count("/")):
        if name.rpartition("/")[2] != "REUSE.toml":
            continue
        folder = name.rpartition("/")[0]
        if folder and not path.startswith(folder + "/"):
            continue
        inside = path[len(folder) + 1 :] if folder else path
        try:
            tables = tomllib.loads(text).get("annotations", [])
        except (tomllib.TOMLDecodeError, RecursionError):
            yield Evidence(
                PLACE,
                "reuse-toml",
                "unreadable REUSE.toml",
                name,
                "text",
                "reuse-unreadable",
                context=clip(text[:200]),
                seen=document.seen,
            )
            continue
        last: tuple[str, str, list[str]] | None = None
        for table in tables if isinstance(tables, list) else ():
            if isinstance(table, dict) and any(_matches(pattern, inside) for pattern in _strings(table.get("path"))):
                last = (str(table.get("precedence", "closest")), name, _strings(table.get("SPDX-License-Identifier")))
        if last:
            matches.append(last)
    override = next((match for match in matches if match[0] == "override"), None)
    chosen = [override] if override else matches[-1:]
    own = bool(spdx_tag.find(document))
    for precedence, name, values in chosen:
        if precedence == "closest" and own:
            continue
        for value in values:
            yield Evidence(
                PLACE, "reuse-toml", value, name, "text", f"reuse-{precedence}", context=clip(value), seen=document.seen
            )


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [v for v in values if isinstance(v, str)]


_GLOB = re.compile(r"\*\*/|\*\*|\*|\\\\.|.", re.S)


def _matches(pattern: str, path: str) -> bool:
    """REUSE.toml's globs: `*` within a folder, `**` across folders (`**/` also none), backslash escapes.

    Every position that the pattern can have reached is carried along, so that no pattern takes more than its length
    times the path's.
    """
    path = path[:1_000]
    reached = {0}
    for sign in _GLOB.findall(pattern[:1_000]):
        first = min(reached)
        if sign == "**":
            reached = set(range(first, len(path) + 1))
        elif sign == "**/":
            reached |= {at + 1 for at in range(first, len(path)) if path[at] == "/"}
        elif sign == "*":
            for at in range(first, len(path)):
                if at in reached and path[at] != "/":
                    reached.add(at + 1)
        else:
            reached = {at + 1 for at in reached if path[at : at + 1] == sign[-1]}
        if not reached:
            return False
    return len(path) in reached
