"""What is wrong with a configuration, in words: place, key, mistake and, where one is near, the right word."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence, Set
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pipeline import yaml_nodes
from pipeline.yaml_nodes import Document, Place, Problem

YamlPath = yaml_nodes.Path
M = TypeVar("M", bound=BaseModel)
KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def validate(document: Document, model: type[M], value: Any, at: YamlPath, also: Set[str] = frozenset()) -> M | None:
    """The model of a value that stands at `at`, or None with its problems noted in the document.

    `also` names further keys that are allowed there and are checked elsewhere.
    """
    try:
        return model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as wrong:
        known = {problem.path for problem in document.problems}
        for error in wrong.errors(include_url=False):
            if error["type"] == "too_short" and error["input"]:
                continue  # the list is not empty, its items have mistakes
            path = (*at, *error["loc"])
            if path in known:
                continue  # it has no value because its YAML is wrong, which is said already
            document.problems.append(_described(document, model, path, error, len(at), also))
    except ValueError:  # a lone surrogate: json.dumps or pydantic cannot write it
        document.problems.append(Problem(place(document, at), at, "holds a character that is no Unicode text"))
    return None


def _described(
    document: Document, model: type[BaseModel], path: YamlPath, error: Any, skip: int, also: Set[str]
) -> Problem:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    of_key = path[-1:] == ("[key]",)  # pydantic's way to say that the key itself is wrong
    if of_key:
        path = path[:-1]
    if kind == "extra_forbidden":
        parent = _model_at(model, path[skip:-1])
        candidates = sorted({*(fields(parent) if parent else ()), *(also if len(path) == skip + 1 else ())})
        spot = document.keys.get(path) or place(document, path)
        return Problem(spot, path, f"unknown key{near(str(path[-1]), candidates)}")
    spot = document.keys.get(path, place(document, path)) if of_key else place(document, path)
    if kind == "missing":
        message = "is required and missing"
    elif kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        message = f"must be {' or '.join(allowed)}, not {_said(given, spot)}"
        message += near(given, allowed) if isinstance(given, str) else ""
    elif kind == "value_error":
        message = str(context["error"])
        if message.startswith("must be one of ") and isinstance(given, str):
            message += near(given, message.removeprefix("must be one of ").split(", "))
    elif kind in KINDS:
        message = f"must be {KINDS[kind]}, not {_said(given, spot)}"
        if kind == "string_type" and spot.text and not isinstance(given, (dict, list)):
            message += f'; write it in quotes: "{spot.text}"'
    elif kind == "too_short":
        message = "may not be empty"
    elif kind == "string_pattern_mismatch":
        message = f"{_said(given, spot)} may not stand here: it must match {context['pattern']}"
    else:
        message = error["msg"][:1].lower() + error["msg"][1:]
    return Problem(spot, path, message)


def _said(given: Any, place: Place) -> str:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list):
        return "a list"
    if isinstance(given, str):
        return json.dumps(given if len(given) <= 60 else given[:57] + "…", ensure_ascii=False)
    return (place.text or "") or json.dumps(given)


def near(word: str, candidates: Sequence[str]) -> str:
    """A suggestion to append to a message, or nothing."""
    found = difflib.get_close_matches(word[:80], candidates, n=1)
    return f'; did you mean "{found[0]}"?' if found else ""


def fields(model: type[BaseModel]) -> Iterator[str]:
    """The keys of a model as YAML writes them."""
    return (field.alias or name for name, field in model.model_fields.items())


def _model_at(model: type[BaseModel], path: Sequence[str | int]) -> type[BaseModel] | None:
    """The model that stands at a path below another."""
    kind: Any = model
    for step in path:
        if isinstance(step, str) and isinstance(kind, type) and issubclass(kind, BaseModel):
            field = next((f for n, f in kind.model_fields.items() if (f.alias or n) == step), None)
            kind = field.annotation if field else None
        elif isinstance(step, int) and get_origin(kind) in (tuple, list):
            kind = get_args(kind)[0]
        for inner in get_args(kind):  # X | None, Annotated[X, …]
            if isinstance(inner, type) and issubclass(inner, BaseModel) and get_origin(kind) not in (tuple, list, dict):
                kind = inner
                break
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def place(document: Document, path: YamlPath) -> Place:
    """Where a path stands, or the nearest thing around it that does."""
    while path and path not in document.values:
        path = path[:-1]
    return document.values.get(path, Place(1, 1))


def messages(document: Document, name: str) -> list[str]:
    """`file:line:column: key: message`, in the order of the file, each once."""
    ordered = sorted(document.problems, key=lambda p: (p.place.line, p.place.column, str(p.path), p.message))
    lines = (f"{name}:{p.place.line}:{p.place.column}: {_key(p.path)}{p.message}" for p in ordered)
    # A configuration can come from anywhere: no escape sequence of it reaches a terminal.
    return list(
        dict.fromkeys("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line) for line in lines)
    )


def _key(path: YamlPath) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return f"{text if len(text) <= 200 else text[:197] + '…'}: " if text else ""
