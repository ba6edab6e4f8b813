"""The card's front matter, by the rules of the Hub's dataset card, written and checked without a network.

The fields and their values: Hugging Face Hub, dataset card metadata (2026-08). `license: other` needs name and link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from licenses.registry import Registry
from pipeline.errors import InternalError
from pipeline.papers.figures import Figures
from pipeline.record import DATA, DECISIONS, REASONS

SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"), (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"), (10**12, "100B<n<1T"),
)  # fmt: skip
LARGEST = "n>1T"
NO_LANGUAGE = ("und", "zxx", "mul", "")
SLUG = re.compile(r"[^a-z0-9.\-]+")


def front_matter(run: Mapping[str, Any], made: Figures, folder: Path, registry: Registry) -> dict[str, Any]:
    """The front matter, in the order in which it is written. Raises InternalError where it breaks a rule."""
    head: dict[str, Any] = {"pretty_name": run["dataset"]["name"]}
    tags = _tags(run, made)
    languages = sorted({tag.split("-")[0].lower() for tag in tags})
    if languages:
        head["language"] = languages
        if detailed := [tag for tag in tags if "-" in tag]:
            head["language_details"] = ", ".join(detailed)
        head["multilinguality"] = ["monolingual" if len(languages) == 1 else "multilingual"]
    head |= _license(made, registry)
    head["size_categories"] = [next((name for most, name in SIZES if made.kept < most), LARGEST)]
    head["task_categories"] = ["text-generation"]
    head["annotations_creators"] = ["no-annotation"]
    head["language_creators"] = ["found"]
    head["source_datasets"] = source_datasets(run)
    head["tags"] = ["license-evidence", "attribution", "provenance"]
    head["configs"] = _configs(run, made, folder)
    head["dataset_info"] = _info(head["configs"], folder)
    if problems := check(head):
        raise InternalError(f"README.md: front matter: {'; '.join(problems)}")
    return head


def _tags(run: Mapping[str, Any], made: Figures) -> list[str]:
    """The languages that were found, and regions where any was decided; else those that the configuration states."""
    found = {tag for name in ("language", "region") for tag in made.by[name] if tag.split("-")[0] not in NO_LANGUAGE}
    return sorted(found or set(run["dataset"].get("language") or ()))


def _license(made: Figures, registry: Registry) -> dict[str, Any]:
    """The Hub's own id where one licence holds for all and the Hub knows it, else `other` with name and link."""
    names = sorted(made.by["license"])
    if not names:
        return {}
    if len(names) > 1:
        return {"license": "other", "license_name": "per-record", "license_link": "LICENSE.md"}
    row = registry.get(names[0])
    if row is not None and row.hub:
        return {"license": row.hub}
    link = (row.address if row is not None else None) or "LICENSE.md"
    return {"license": "other", "license_name": SLUG.sub("-", names[0].lower()).strip("-"), "license_link": link}


def on_hub(source: Mapping[str, Any]) -> bool:
    """Whether a source is a dataset of the Hub, which its reader knows by a pinned revision, and no folder."""
    return bool(source["reader"] == "hub" and source["options"].get("revision"))


def source_datasets(run: Mapping[str, Any]) -> list[str]:
    """`original`, and every dataset on the Hub that was a source."""
    sources = run["config"]["sources"]
    rest = any(not on_hub(source) for source in sources)
    return ["original"] * rest + sorted({f"extended|{source['path']}" for source in sources if on_hub(source)})


def _configs(run: Mapping[str, Any], made: Figures, folder: Path) -> list[dict[str, Any]]:
    """`default` first, then a config per duty class, then the ledger; each with the release's digest in its
    description, or `datasets` serves the rows of an older release from its cache."""

    def entry(name: str, pattern: str, **more: Any) -> dict[str, Any]:
        files = [{"split": "train", "path": pattern}]
        return {"config_name": name, "data_files": files, "description": f"release {run['release']}", **more}

    found = []
    if made.kept:
        found.append(entry("default", "data/**/*.parquet", default=True))
        groups = sorted(path.name for path in (folder / "data").iterdir() if path.is_dir())
        found += [entry(group, f"data/{group}/*.parquet") for group in groups]
    if any((folder / "decisions").glob("*.parquet")):
        found.append(entry("decisions", "decisions/*.parquet"))
    return [*found, entry("reasons", "reasons/*.parquet")]


def _info(configs: Sequence[Mapping[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Columns, rows and sizes of every config."""
    made = []
    for config in configs:
        files = sorted(folder.glob(config["data_files"][0]["path"]))
        schema = {"decisions": DECISIONS, "reasons": REASONS}.get(config["config_name"], DATA)
        footers = [pq.read_metadata(path) for path in files]
        size = sum(f.row_group(i).total_byte_size for f in footers for i in range(f.num_row_groups))
        rows = sum(f.num_rows for f in footers)
        made.append(
            {
                "config_name": config["config_name"],
                "features": features(schema),
                "splits": [{"name": "train", "num_bytes": size, "num_examples": rows}],
                "download_size": sum(path.stat().st_size for path in files),
                "dataset_size": size,
            }
        )
    return made


def features(schema: pa.Schema) -> list[dict[str, Any]]:
    """An Arrow schema in the words of `datasets`' features."""
    return [{"name": field.name, **_feature(field.type)} for field in schema]


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        item = _feature(kind.value_type)
        return {"list": item.get("dtype") or item["struct"]}
    if pa.types.is_struct(kind):
        return {"struct": [{"name": field.name, **_feature(field.type)} for field in kind]}
    return {"dtype": {"double": "float64"}.get(str(kind), str(kind))}


def check(head: Mapping[str, Any]) -> list[str]:
    """What the Hub would refuse in a front matter, and every gap; empty where there is nothing."""
    wrong = [
        f"language: {language!r} is no ISO 639 code"
        for language in head.get("language", ())
        if not isinstance(language, str) or not re.fullmatch(r"[a-z]{2,3}", language)
    ]
    license_ = head.get("license")
    if license_ == "other":
        link = str(head.get("license_link", ""))
        if not re.fullmatch(r"[a-z0-9][a-z0-9.\-]*", str(head.get("license_name", ""))):
            wrong.append("license_name: must consist of small letters, digits, dots and hyphens")
        if link not in ("LICENSE", "LICENSE.md") and not re.match(r"https?://\S+$", link):
            wrong.append("license_link: must be LICENSE, LICENSE.md or an address")
    elif license_ is not None and ("license_name" in head or "license_link" in head):
        wrong.append("license_name and license_link belong to `other`")
    if not set(head["size_categories"]) <= {name for _, name in SIZES} | {LARGEST}:
        wrong.append("size_categories: not one of the Hub's")
    names = [config["config_name"] for config in head["configs"]]
    if len(set(names)) != len(names):
        wrong.append("configs: a name stands twice")
    if sum(bool(config.get("default")) for config in head["configs"]) > 1:
        wrong.append("configs: more than one default")
    wrong += [f"{key}: empty" for key, value in head.items() if value in (None, "", [], {})]
    return wrong
