"""`reinschrift inspect`: all evidence in documents, what follows from it, and the decision, for people or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from licenses.inspection import Inspection
from licenses.inspection import inspect as inspect_rights
from licenses.model import Document, Policy
from pipeline.config import load_policy
from pipeline.errors import DONE, InputError
from pipeline.extract import extract

MAX_FILE = 256 << 20
MAX_BESIDE = 16 << 20  # of headers and of a site's own files
_GIVEN = ("id", "html", "xml", "text", "url", "headers", "robots", "tdmrep", "rsl", "ai_txt", "path")


def inspect(
    files: Sequence[str],
    url: str | None = None,
    headers: str | Path | None = None,
    policy: str | Policy = "default",
    as_json: bool = False,
    beside: Mapping[str, str | Path | None] | None = None,
) -> int:
    """Prints one answer for each file, `-` one for each JSON line of stdin, and returns the exit code.

    `headers` is a file of response headers (`Name: value` lines or a JSON object); `beside` names files of the site,
    `robots`, `tdmrep`, `rsl`, `ai_txt`, of which one that is not given was not looked for. They stand for every file
    but not for JSON lines, which bring their own. Raises InputError for a file that cannot be read, ConfigError for a
    policy that does not exist; a line that is no document is answered with `input.…`, not raised.
    """
    chosen = load_policy(policy) if isinstance(policy, str) else policy
    given = _headers_of(Path(headers)) if headers is not None else None
    site: dict[str, Any] = {name: _text_of(Path(path)) for name, path in (beside or {}).items() if path is not None}
    for name in files:
        if name == "-":
            for number, line in enumerate(sys.stdin.buffer, 1):
                if line.strip():
                    _print(_line(line, number, chosen), as_json)
            continue
        document = replace(read(Path(name), url, given), **site)
        _print(answer(document, chosen), as_json)
    return DONE


def answer(document: Document, policy: Policy) -> dict[str, Any]:
    """The contract's answer for one document: rights, then language and region of its text."""
    rights: Inspection = inspect_rights(document, policy)
    return {**rights.as_dict(), **_language(document)}


def read(
    path: Path,
    url: str | None = None,
    headers: Mapping[str, tuple[str, ...]] | None = None,
) -> Document:
    """A file as a document; its kind by name and content. Files beside it that speak of it are read too."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path}: larger than {MAX_FILE} bytes")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from None
    kind = kind_of(path.name, raw)
    beside = {}
    for name in (f"{path.name}.license", "REUSE.toml", "LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING"):
        neighbour = path.parent / name
        if neighbour.is_file() and neighbour.stat().st_size < 1 << 20 and name != path.name:
            beside[name] = neighbour.read_text("utf-8", "replace")
    return Document(
        id=str(path),
        html=raw if kind == "html" else None,
        xml=raw if kind == "xml" else None,
        text=raw.decode("utf-8", "replace").removeprefix("\ufeff") if kind == "text" else None,
        url=url,
        path=path.name,
        headers=headers,
        files=beside,
    )


def kind_of(name: str, raw: bytes) -> str:
    """`html`, `xml` or `text`, by the file's name and first bytes."""
    suffix = name.lower().rpartition(".")[2]
    head = raw[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")) or suffix in ("html", "htm", "xhtml", "xht"):
        return "html"
    if head.startswith(b"<?xml") or suffix in ("xml", "tei", "nxml", "jats"):
        return "html" if b"<html" in head else "xml"
    return "text"


def _line(line: bytes, number: int, policy: Policy) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return _refused(f"line {number}", "input.malformed")
    if not isinstance(value, dict):
        return _refused(f"line {number}", "input.malformed")
    identity = value.get("id")
    try:
        document = document_of(value)
    except TypeError:
        return _refused(identity if isinstance(identity, str | int) else f"line {number}", "input.wrong-type")
    return {**answer(document, policy), "id": identity}


def document_of(value: Mapping[str, Any]) -> Document:
    """A record of the contract's form as a document. Raises TypeError where a field has another type than it can
    have."""
    for name in ("html", "xml", "text", "url", "rsl", "ai_txt", "path"):
        if value.get(name) is not None and not isinstance(value[name], str):
            raise TypeError(name)
    if value.get("robots") is not None and not isinstance(value["robots"], str | dict):
        raise TypeError("robots")
    headers = value.get("headers")
    return Document(
        id=str(value.get("id") if value.get("id") is not None else ""),
        html=value.get("html"),
        xml=value.get("xml"),
        text=value.get("text"),
        url=value.get("url"),
        path=value.get("path"),
        headers=_headers(headers) if headers is not None else None,
        robots=value.get("robots"),
        tdmrep=value.get("tdmrep"),
        rsl=value.get("rsl"),
        ai_txt=value.get("ai_txt"),
        metadata={key: item for key, item in value.items() if key not in _GIVEN},
    )


def _headers(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise TypeError("headers")
    found: dict[str, tuple[str, ...]] = {}
    for name, item in value.items():
        items = item if isinstance(item, list) else [item]
        if not all(isinstance(one, str) for one in items):
            raise TypeError("headers")
        name = name.strip().lower()
        found[name] = found.get(name, ()) + tuple(items)
    return found


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BESIDE + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from None
    if len(data) > MAX_BESIDE:
        raise InputError(f"{path}: larger than {MAX_BESIDE} bytes")
    return data.decode("utf-8", "replace")


def _headers_of(path: Path) -> dict[str, tuple[str, ...]]:
    text = _text_of(path)
    try:
        return _headers(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        found: dict[str, tuple[str, ...]] = {}
        for line in text.splitlines():
            name, colon, value = line.partition(":")
            if colon and name.strip():
                found[name.strip().lower()] = (*found.get(name.strip().lower(), ()), value.strip())
        return found


def _refused(identity: str | int, reason: str) -> dict[str, Any]:
    return {
        "id": identity,
        "evidence": [],
        "signals": [],
        "license": None,
        "family": None,
        "members": [],
        "basis": None,
        "duties": [],
        "decision": "refuse",
        "reason": reason,
        "why": "the input could not be read",
        **_NO_LANGUAGE,
    }


_NO_LANGUAGE: Mapping[str, Any] = {"language": None, "language_score": None, "region": None, "region_evidence": []}
_FRAME = ("*** START OF", "*** END OF")


def _language(document: Document) -> dict[str, Any]:
    """Language and region of the document's own text: a Gutenberg frame is evidence, not text."""
    text = document.text
    for media, raw in (("html", document.html), ("xml", document.xml)):
        if text is None and raw is not None:
            text = extract(raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace"), media, document.url).text
    if not text or not text.strip():
        return dict(_NO_LANGUAGE)
    from pipeline.stages.language import identify  # heavy: it compiles kernels
    from pipeline.stages.region import declared_in, place

    text = "\n".join(_unframed(text))
    language, score, _ = identify(text)
    headers = {name: list(values) for name, values in (document.headers or {}).items()}
    region, evidence = place(text, language, declared_in(document.html, headers), document.url)
    return {"language": language, "language_score": score, "region": region, "region_evidence": list(evidence)}


def _unframed(text: str) -> Iterator[str]:
    lines = text.splitlines()
    start = next((i + 1 for i, line in enumerate(lines[:2000]) if line.startswith(_FRAME[0])), 0)
    stop = next((i for i in range(len(lines) - 1, start, -1) if lines[i].startswith(_FRAME[1])), len(lines))
    return iter(lines[start:stop])


def _print(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, sort_keys=False) + "\n")
        sys.stdout.flush()
        return
    console = Console(highlight=False)
    table = Table(title=Text(str(found["id"])), title_justify="left")
    for column in ("statement", "where", "covers", "rule", "claim"):
        table.add_column(column, overflow="fold")
    for item in found["evidence"]:
        table.add_row(*(Text(str(item.get(key, ""))) for key in ("statement", "locator", "scope", "rule", "claim")))
    for signal in found["signals"]:
        table.add_row(
            *(
                Text(str(v))
                for v in (
                    signal.get("value", ""),
                    signal.get("protocol", ""),
                    signal["answer"],
                    signal.get("parsed", ""),
                    "opt-out",
                )
            )
        )
    if table.row_count:
        console.print(table)
    else:
        console.print(Text(f"{found['id']}: no statement about rights found"))
    license_ = found["license"] or found["family"] or "no licence concluded"
    console.print(Text(f"{found['decision']} ({found['reason']}): {license_}. {found['why']}"))
    if found["language"]:
        console.print(
            Text(
                f"language {found['language']} ({found['language_score']:.2f}), region {found['region'] or 'undecided'}"
            )
        )
