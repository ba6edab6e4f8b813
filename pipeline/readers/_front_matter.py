"""The head of a Markdown file or dataset card: fields between two fences, parsed within bounds."""

from __future__ import annotations

import tomllib
from typing import Any

import yaml

from pipeline.readers._values import to_json

FENCES = {"---": ("---", "..."), "+++": ("+++",)}
BYTES = 1 << 18  # characters of a head; a document's own head has some hundred, the largest cards some ten thousand
NODES = 20_000  # values after aliases are expanded
DEPTH = 50


class FrontMatterError(ValueError):
    """There is a head, and it cannot be read (`input.front-matter`)."""


def split(text: str) -> tuple[dict[str, Any] | None, str]:
    """The fields of a document's head and the text below it; None and the whole text where there is no head.

    YAML between `---` fences (Jekyll's form) or TOML between `+++`. Every YAML scalar stays the text that stands there
    (`no` is no truth value), null aside. Raises FrontMatterError on a head that cannot be read or is a bomb.
    """
    opening, _, rest = text.partition("\n")
    closing = FENCES.get(opening.rstrip())
    if closing is None:
        return None, text
    start = end = len(text) - len(rest)
    while end < min(len(text), start + BYTES):
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop
        if text[end:stop].rstrip() in closing:
            head = text[start:end]
            fields = _toml(head) if opening.startswith("+") else _yaml(head)
            return (None, text) if fields is None else (fields, text[stop + 1 :])
        end = stop + 1
    if end < len(text):
        raise FrontMatterError(f"the front matter does not end within {BYTES} characters")
    return None, text


def as_json(fields: dict[str, Any]) -> str:
    """The fields as one JSON object."""
    return to_json(fields)


def _toml(head: str) -> dict[str, Any]:
    try:
        return tomllib.loads(head)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FrontMatterError(f"not TOML ({_short(error)})") from None


def _yaml(head: str) -> dict[str, Any] | None:
    try:
        node = yaml.compose(head, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise FrontMatterError(f"not YAML ({_short(error)})") from None
    if not isinstance(node, yaml.MappingNode):
        return None  # a rule (`---`) above some text
    value = _value(node, [NODES], 0)
    return value if isinstance(value, dict) else None


def _value(node: yaml.Node, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > DEPTH:
        raise FrontMatterError(f"more than {NODES} values or {DEPTH} levels once its aliases are followed")
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, Any] = {}
        for key, inner in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name in fields:
                raise FrontMatterError("a field stands twice")
            fields[name] = _value(inner, budget, depth + 1)
        return fields
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, budget, depth + 1) for inner in node.value]
    quoted = getattr(node, "style", None)
    return None if not quoted and node.value in ("", "~", "null", "Null", "NULL") else node.value


def _short(error: BaseException) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f", line {mark.line + 2}" if mark is not None else ""
    return f"{type(error).__name__}{place}"
