"""`Link: <…>; rel="license"` in a response's headers (RFC 8288; HTML Standard, link type `license`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from licenses.model import Document, Evidence, ScopeName
from licenses.page_text import clip

PLACE = "http_headers"
MAX_VALUE = 8_192
_LINK = re.compile(r"""<([^<>]{0,2000})>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;<>]*))?)*)""")
_PARAMETER = re.compile(r""";\s*([\w!#$&+.^`|~*-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s",;<>]*)))?""")


def find(document: Document, options: Mapping[str, Any] = {}) -> tuple[Evidence, ...]:
    """The licence links of a response; those for another context (`anchor`) or for RSL terms are apart. Never
    raises."""
    found = []
    for value in (document.headers or {}).get("link", ()):
        if len(value) > MAX_VALUE:
            continue
        for target, rest in _LINK.findall(value):
            parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
            if (
                "license" not in parameters.get("rel", "").lower().split()
                or "rsl" in parameters.get("type", "").lower()
            ):
                continue
            other = bool(parameters.get("anchor", "").strip("#"))
            scope: ScopeName = "other-work" if other else "text"
            rule = "link-header-for-another-context" if other else "link-header"
            found.append(
                Evidence(
                    PLACE,
                    "link-header",
                    target.strip(),
                    "header:link",
                    scope,
                    rule,
                    context=clip(value),
                    seen=document.seen,
                )
            )
    return tuple(found)
