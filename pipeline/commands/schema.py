"""`reinschrift schema`: the JSON Schema of the configuration, for editors and for whoever writes one by program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

import pipeline.reader
import pipeline.stage
from pipeline import config as configs
from pipeline.config_blocks import PLACES, PROTOCOLS, FileBlock
from pipeline.errors import DONE


def schema() -> int:
    """Prints the schema and returns the exit code."""
    print(text(), end="")  # noqa: T201
    return DONE


def text() -> str:
    """The schema as it is committed in `configs/schema.json`."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of everything that `config.load` accepts as far as a schema can say it.

    A source takes its reader's keys and a stage its own, so both are a choice between all that exist.
    """
    whole = FileBlock.model_json_schema(by_alias=True)
    defs: dict[str, Any] = whole["$defs"]
    defs["PlaceBlock"]["properties"]["from"]["enum"] = list(PLACES)
    source = defs.pop("SourceBlock")
    source["properties"]["reservations"]["items"] = {"enum": list(PROTOCOLS)}
    source["properties"]["evidence"]["items"] = {"anyOf": [{"enum": list(PLACES)}, {"$ref": "#/$defs/PlaceBlock"}]}
    stage = defs.pop("StageBlock")
    for name in configs.names("readers"):
        defs[f"reader-{name}"] = _choice(source, "reader", name, pipeline.reader.find(name).Options, defs)
    for name in configs.names("stages"):
        defs[f"stage-{name}"] = _choice(stage, "stage", name, pipeline.stage.find(name).Options, defs)
    properties = whole["properties"]
    properties["sources"]["items"] = {"anyOf": _refs(defs, "reader-")}
    properties["stages"]["items"] = {"anyOf": _refs(defs, "stage-")}
    properties["policy"] = {
        "description": properties["policy"].get("description", ""),
        "anyOf": [{"enum": list(configs.policies())}, {"$ref": "#/$defs/PolicyBlock"}],
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of Reinschrift"}
    return {**head, **{key: value for key, value in whole.items() if key != "title"}}


def _choice(
    block: Mapping[str, Any], key: str, name: str, options: type[BaseModel], defs: dict[str, Any]
) -> dict[str, Any]:
    """A block whose `key` is this name, with the keys of the options beside its own."""
    own = options.model_json_schema(by_alias=True)
    defs.update(own.get("$defs", {}))
    return {
        "type": "object",
        "description": block["properties"][key].get("description", ""),
        "properties": {**block["properties"], key: {"const": name}, **own.get("properties", {})},
        "required": sorted({*block.get("required", ()), *own.get("required", ())}),
        "additionalProperties": False,
    }


def _refs(defs: Mapping[str, Any], prefix: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/$defs/{name}"} for name in sorted(defs) if name.startswith(prefix)]
