"""README.md: the dataset card, a function of run.json and the release's own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from licenses import registry
from licenses.model import Reason
from pipeline.papers.reasons import totals

SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"), (10_000_000_000, "1B<n<10B"), (10**12, "10B<n<100B"),
)  # fmt: skip


def composition(folder: Path) -> dict[str, Counter[str]]:
    """How many kept records have each licence, language, region, basis and source."""
    found: dict[str, Counter[str]] = {n: Counter() for n in ("license", "language", "region", "basis", "source")}
    for path in sorted((folder / "data").rglob("*.parquet")):
        table = pq.read_table(path, columns=list(found), partitioning=None)
        for name, counter in found.items():
            for item in pc.value_counts(table.column(name)).to_pylist():
                if item["values"] is not None:
                    counter[item["values"]] += item["counts"]
    return found


def card(run: Mapping[str, Any], table: Mapping[str, Reason], folder: Path) -> str:
    """Markdown with the Hub's front matter."""
    made = composition(folder)
    head = yaml.safe_dump(_front_matter(run, made, folder), allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{head}---\n\n{_body(run, table, made)}"


def _front_matter(run: Mapping[str, Any], made: Mapping[str, Counter[str]], folder: Path) -> dict[str, Any]:
    dataset, kept = run["dataset"], run["records"]["kept"]
    languages = sorted({tag.split("-")[0] for tag in made["language"] if tag not in ("und", "zxx", "mul")})
    languages = languages or sorted({tag.split("-")[0] for tag in dataset.get("language") or []})
    head: dict[str, Any] = {"pretty_name": dataset["name"]}
    if languages:
        head["language"] = languages
    head |= _license(made["license"])
    head["size_categories"] = [next((name for most, name in SIZES if kept < most), "n>1T")]
    head["task_categories"] = ["text-generation"]
    head["configs"] = _configs(run, folder)
    return head


def _license(found: Counter[str]) -> dict[str, Any]:
    """`license`: the Hub's own id where one licence holds for all and the Hub knows it, else `other` with name and link."""
    names = sorted(found)
    if len(names) == 1 and (one := registry.load().get(names[0])) is not None and one.hub:
        return {"license": one.hub}
    if not names:
        return {}
    return {
        "license": "other",
        "license_name": "per-record" if len(names) > 1 else _slug(names[0]),
        "license_link": "ATTRIBUTION.md",
    }


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in ".-" else "-" for c in name.lower())


def _configs(run: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    """`default` first, a config per duty class, then the ledger; each with the release digest, or caches serve old rows."""
    said = f"release {run['release']}"

    def entry(name: str, pattern: str, **more: Any) -> dict[str, Any]:
        return {"config_name": name, "data_files": [{"split": "train", "path": pattern}], "description": said, **more}

    made = []
    if run["records"]["kept"]:
        made.append(entry("default", "data/**/*.parquet", default=True))
        for group in sorted(path.name for path in (folder / "data").iterdir() if path.is_dir()):
            made.append(entry(group, f"data/{group}/*.parquet"))
    if any((folder / "decisions").glob("*.parquet")):
        made.append(entry("decisions", "decisions/*.parquet"))
    return [*made, entry("reasons", "reasons/*.parquet")]


def _body(run: Mapping[str, Any], table: Mapping[str, Reason], made: Mapping[str, Counter[str]]) -> str:
    dataset, records = run["dataset"], run["records"]
    policy = run["config"]["policy"]
    parts = [f"# {dataset['name']}", dataset["summary"]]
    if run["sample"]:
        parts.append(f"**A sample: at most {run['limit']} records of each source were read. It cannot be published.**")
    parts += [
        f"{records['kept']:,} of {records['read']:,} records were kept under the policy printed below, on the evidence in "
        "the column `evidence` of each record.",
        "## Use",
    ]
    if records["kept"]:
        parts.append('```python\nfrom datasets import load_dataset\n\ndata = load_dataset("PATH", split="train")\n```')
    else:
        parts.append("Nothing was kept. `decisions` and `reasons` say why; there is no `default` to load.")
    parts += [
        "## Policy",
        f"Every kept text may be used for: {', '.join(policy['uses'])}. Whoever passes it on owes at most: "
        f"{', '.join(policy['duties']) or 'nothing'}. A licence named without its version: {policy['families']}. Statements that "
        f"disagree: {policy['conflicts']}. The same text elsewhere under a contrary statement: {policy['contested']}. Opt-out "
        f"signals: {policy['reservations']}. All was judged as of {run['as_of']}.",
    ]
    for risk in policy.get("accepted_risks") or []:
        parts.append(f"- Accepted risk: {risk['license']}, {risk['use']}: {risk['because']}")
    parts += ["## From read to kept", _funnel(run, table)]
    for name, title in (
        ("license", "Licences"),
        ("basis", "Grounds"),
        ("language", "Languages"),
        ("region", "Regions"),
        ("source", "Sources"),
    ):
        if made[name]:
            parts += [
                f"## {title}",
                _table((title, "Records"), sorted(made[name].items(), key=lambda i: (-i[1], i[0]))),
            ]
    parts += [
        "## What was not checked",
        "Whether a statement was made by somebody entitled to make it; personal data; the truth or quality of the texts.",
        "## To be taken out",
        f"Write to {dataset['contact']}. `reinschrift lookup` finds a record by address, author, host or text.",
        "## How it was made",
        f"reinschrift {run['reinschrift']}, job `{run['digest'][:16]}`, release `{run['release'][:16]}`; versions and counts in `run.json`. "
        f"Curated by {', '.join(dataset['curators'])}; version {dataset['version']}.",
    ]
    return "\n\n".join(parts) + "\n"


def _funnel(run: Mapping[str, Any], table: Mapping[str, Reason]) -> str:
    rows = [
        (f"`{code}`", table[code].decision, table[code].sentence, f"{records:,}")
        for code, records in sorted(totals(run).items(), key=lambda item: (-item[1], item[0]))
        if records
    ]
    return _table(("Reason", "Decision", "Meaning", "Records"), rows)


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(str(c).replace("|", "\\|") for c in row) + " |" for row in rows)])
