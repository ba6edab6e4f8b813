"""croissant.json: the dataset as Croissant 1.1 (MLCommons, 29 January 2026) with RAI 1.0, as JSON-LD.

Written directly: the `mlcroissant` package spells some RAI properties otherwise; it validates in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from licenses.compat import collection
from licenses.registry import Registry
from pipeline.papers.card import policy_name
from pipeline.papers.figures import Figures
from pipeline.papers.words import words as english
from pipeline.record import DATA

CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "arrayShape": "cr:arrayShape", "citeAs": "cr:citeAs",
    "column": "cr:column", "conformsTo": "dct:conformsTo", "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty", "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5",
    "parentField": "cr:parentField", "path": "cr:path", "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "samplingRate": "cr:samplingRate", "sc": "https://schema.org/",
    "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip


def croissant(run: Mapping[str, Any], made: Figures, registry: Registry) -> dict[str, Any]:
    """The dataset in Croissant's words, in English whatever the language of the card; what was kept as a record set."""
    dataset, words = run["dataset"], english("en")
    sets = [("records", "data", DATA)] if made.kept else []
    # The validator's `**` does not stand for no folder at all, so the depths that there are, are named.
    depths = {entry["path"].count("/") for entry in run["files"] if entry["path"].startswith("data/")}
    patterns = [("data" + "/*" * depth + ".parquet") for depth in sorted(depths)]
    files = [("data", patterns[0] if len(patterns) == 1 else patterns)] if made.kept else []
    contact = dataset["contact"]
    creators = [{"@type": "sc:Organization", "name": name, **_reached(contact)} for name in dataset["curators"]]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": dataset["name"],
        "description": f"{dataset['summary']} {_kept(run, made)}",
        "license": licenses(made, registry),
        "url": _url(contact) or "README.md",
        "creator": creators,
        "publisher": creators,
        "datePublished": run["as_of"],
        "version": dataset["version"],
        "inLanguage": sorted(tag for tag in made.by["language"] if tag not in ("", "und", "zxx", "mul")),
        "keywords": ["text", "language modelling", "licences", "attribution"],
        "isLiveDataset": False,
        "citeAs": f"{', '.join(dataset['curators'])}: {dataset['name']}, version {dataset['version']}, "
        f"{run['as_of'][:4]}, release {run['release'][:16]}",
        "rai:dataCollection": "Records of the sources named in run.json, each kept on the evidence in its column "
        "`evidence` under the policy in run.json.",
        "rai:dataCollectionTimeframe": sorted({day for span in made.retrieved.values() for day in span})
        or [run["as_of"]],
        "rai:dataManipulationProtocol": "Stages in order: "
        + ", ".join(["license", "reservation", *(s["stage"] for s in run["config"]["stages"])]),
        "rai:dataLimitations": _plain(words("unchecked_title")),
        "rai:personalSensitiveInformation": _plain(words("personal_text")).replace("the address below", contact),
        "rai:dataReleaseMaintenancePlan": _plain(words("removal_text", contact=contact)),
        "distribution": [
            {"@type": "cr:FileSet", "@id": name, "name": name, "encodingFormat": "application/x-parquet",
             "includes": pattern}
            for name, pattern in files
        ],
        "recordSet": [_record_set(*one) for one in sets],
    }  # fmt: skip


def _kept(run: Mapping[str, Any], made: Figures) -> str:
    policy = policy_name(run, english("en"))
    return _plain(f"{made.kept:,} of {made.read:,} records kept under {policy} as of {run['as_of']}.")


def licenses(made: Figures, registry: Registry) -> list[str]:
    """The addresses of the licences: the collection's one where it can carry one, else every record's own."""
    members = {member for found in made.members.values() for member in found}
    one = collection(members, registry).license if len(made.by["license"]) == 1 else None
    named = [one] if one else sorted(members)
    found = []
    for id_ in named:
        row = registry.get(id_)
        found.append((row.address if row is not None else None) or "LICENSE.md")
    return list(dict.fromkeys(found)) or ["LICENSE.md"]


def _record_set(name: str, files: str, schema: pa.Schema) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet", "@id": name, "name": name, "key": [{"@id": f"{name}/source"}, {"@id": f"{name}/id"}],
        "field": [_field(name, files, field) for field in schema],
    }  # fmt: skip


def _field(name: str, files: str, field: pa.Field) -> dict[str, Any]:
    """A column; the parts of a struct are fields below it."""
    kind, repeated = field.type, False
    if pa.types.is_list(kind):
        kind, repeated = kind.value_type, True
    made: dict[str, Any] = {"@type": "cr:Field", "@id": f"{name}/{field.name}", "name": field.name}
    made["description"] = (field.metadata or {}).get(b"meaning", b"").decode()
    if repeated:
        made["repeated"] = True
    if pa.types.is_struct(kind):
        made["subField"] = [_part(name, files, field.name, part) for part in kind]
        return made
    return {**made, "dataType": _type(kind), "source": _source(files, field.name)}


def _part(name: str, files: str, column: str, part: pa.Field) -> dict[str, Any]:
    source = _source(files, column)
    source["transform"] = {"jsonPath": part.name}
    made: dict[str, Any] = {"@type": "cr:Field", "@id": f"{name}/{column}/{part.name}", "name": part.name}
    kind = part.type.value_type if pa.types.is_list(part.type) else part.type
    return {**made, "dataType": _type(kind), "source": source}


def _source(files: str, column: str) -> dict[str, Any]:
    return {"fileSet": {"@id": files}, "extract": {"column": column}}


def _type(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    return "sc:Boolean" if pa.types.is_boolean(kind) else "sc:Text"


def _reached(contact: str) -> dict[str, str]:
    url = _url(contact)
    return {"url": url} if url else {"email": contact} if "@" in contact else {"description": contact}


def _url(contact: str) -> str:
    return contact if re.match(r"https?://\S+$", contact) else ""


def _plain(text: str) -> str:
    return re.sub(r"[`\\]", "", text)
