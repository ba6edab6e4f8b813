"""YAML as configurations are written: JSON's scalars, no tags, no doubled keys, and the place of every key and value.

YAML 1.1 reads `no` as false and `012` as ten. Here a plain scalar is null, true, false or a number where JSON says so,
and text everywhere else: `no` is the Norwegian language, `012` and `2026-11-24` are text. Keys are always text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]

NODES = 200_000  # after aliases are expanded: a few lines of YAML can stand for billions of nodes
DEPTH = 64
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z", re.ASCII)
LONGEST_NUMBER = 40
WORDS = {"": None, "null": None, "true": True, "false": False}
TAGS = {
    f"tag:yaml.org,2002:{t}"
    for t in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, line and column counted from 1; `text` is a plain scalar as it was written."""

    line: int
    column: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    place: Place
    path: Path
    message: str


@dataclass(slots=True)
class Document:
    """The values of a YAML text, the place of every key and value by path, and what is wrong with it as YAML."""

    value: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(data: bytes) -> Document:
    """Parses one YAML document in UTF-8. Never raises: what is wrong is in `problems`.

    The budget of nodes and the depth bound time and memory whatever the text says.
    """
    document = Document()
    try:
        node = yaml.compose(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        return _failed(document, Place(line, 1), "not UTF-8")
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        what = "; ".join(part for part in (wrong.context, wrong.problem) if part)
        return _failed(document, place, f"not YAML: {what}")
    except (yaml.YAMLError, RecursionError, ValueError) as wrong:
        what = str(wrong).partition("\n")[0] or "nested too deeply"
        return _failed(document, Place(1, 1), f"not YAML: {what}")
    if node is None:
        return _failed(document, Place(1, 1), "the file is empty")
    try:
        document.value = _Walk(document).value(node, ())
    except _BudgetError as wrong:
        return _failed(document, wrong.place, wrong.message)
    return document


def _failed(document: Document, place: Place, message: str) -> Document:
    document.value = None
    document.problems.append(Problem(place, (), message))
    return document


class _BudgetError(Exception):
    def __init__(self, place: Place, message: str) -> None:
        self.place, self.message = place, message


class _Walk:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = NODES

    def value(self, node: yaml.Node, path: Path) -> Any:
        place = _place(node)
        self._left -= 1
        if self._left < 0:
            raise _BudgetError(place, f"more than {NODES:,} nodes (aliases count each time they are used)")
        if len(path) > DEPTH:
            raise _BudgetError(place, f"nested deeper than {DEPTH} levels")
        self._document.values[path] = place
        if node.tag not in TAGS:
            self._problem(place, path, f"tags are not used here ({_short(node.tag)})")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        raise AssertionError(f"YAML has no node {type(node).__name__}")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problem(_place(key), path, "a key is text, not a list or mapping")
                continue
            name: str = key.value
            if name in found:
                first = self._document.keys[(*path, name)]
                self._problem(_place(key), (*path, name), f"stands twice; the first is at line {first.line}")
                continue
            self._document.keys[(*path, name)] = _place(key)
            found[name] = self.value(value, (*path, name))
        return found

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text: str = node.value
        if node.style:  # quoted or a block: text, whatever it looks like
            return text
        self._document.values[path] = _place(node, text)
        if text in WORDS:
            return WORDS[text]
        if len(text) <= LONGEST_NUMBER and NUMBER.match(text):
            number = json.loads(text)
            if isinstance(number, int) or math.isfinite(number):
                return number
        return text

    def _problem(self, place: Place, path: Path, message: str) -> None:
        self._document.problems.append(Problem(place, path, message))


def _place(node: yaml.Node, text: str | None = None) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1, text)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
