"""ATTRIBUTION and LICENSE.md: the credit of every record, by licence and source, with what each licence asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from licenses.credit import file_name
from licenses.model import DUTIES, License
from licenses.registry import Registry
from pipeline import commit
from pipeline.papers.figures import Figures, ranked
from pipeline.papers.markdown import code, escaped
from pipeline.papers.words import Words
from pipeline.released import batches
from pipeline.writer import write_parquet

COLUMNS = ("id", "source", "license", "url", "title", "author", "credit")
SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])
MOST = 2_000  # distinct credits that are written out for one licence and source; the table has all


def write(folder: Path, made: Figures, registry: Registry, words: Words) -> None:
    """ATTRIBUTION.parquet (one row a record) and ATTRIBUTION.md; neither where nothing was kept."""
    files = sorted((folder / "data").rglob("*.parquet"))
    if not files:
        return
    groups: dict[tuple[str, str], dict[str, int]] = {}
    further: dict[tuple[str, str], int] = {}

    def tables() -> Iterator[pa.Table]:
        for path in files:
            for frame in batches(path, COLUMNS):
                counts = frame.group_by("license", "source", "credit", maintain_order=True).len()
                for license_, source, credit, records in counts.iter_rows():
                    key = license_ or "", source
                    lines = groups.setdefault(key, {})
                    if credit in lines or len(lines) < MOST:
                        lines[credit] = lines.get(credit, 0) + records
                    else:
                        further[key] = further.get(key, 0) + records
                yield frame.select(COLUMNS).to_arrow()

    write_parquet(folder / "ATTRIBUTION.parquet", tables(), SCHEMA, rows=100_000)
    with commit.replacing(folder / "ATTRIBUTION.md") as file:
        file.write(f"# {words('attribution/title')}\n\n{words('attribution/lead')}\n".encode())
        for (license_, source), lines in sorted(groups.items()):
            head = [f"\n## {escaped(license_)} · {escaped(source)}\n", *asked(license_, made, registry, words), ""]
            file.write("\n".join(head).encode() + b"\n")
            for credit, records in sorted(lines.items(), key=lambda item: item[0] or ""):
                times = f" ({words('attribution/times', records=words.number(records))})" if records > 1 else ""
                file.write(f"- {escaped(credit or '')}{times}\n".encode("utf-8", "surrogatepass"))
            if rest := further.get((license_, source)):
                file.write(f"\n{words('attribution/more', records=words.number(rest))}\n".encode())


def asked(license_: str, made: Figures, registry: Registry, words: Words) -> Iterator[str]:
    """What the records of a licence owe, its links, its provider's wording and its members, as a list."""
    rows = [row for member in made.members[license_] if (row := registry.get(member)) is not None]
    owed = [duty for duty in DUTIES if duty in made.duties[license_]]
    said = "; ".join(words(f"duty_{duty}") for duty in owed) or words("none_owed")
    yield f"{words('attribution/owes')}: {said}.  "
    conditions = sorted({condition for row in rows for condition in row.conditions})
    if conditions:
        named = "; ".join(words(f"condition_{condition}") for condition in conditions)
        yield f"{words('attribution/conditions')}: {named}.  "
    for wording in dict.fromkeys(row.provider_wording for row in rows if row.provider_wording):
        yield f"{words('attribution/wording')}: «{escaped(wording)}».  "
    if license_.startswith("LicenseRef-family-"):
        yield f"{words('attribution/members')} {', '.join(_link(row) for row in rows)}  "
    else:
        yield from (f"{words('attribution/link')}: {_link(row)}  " for row in rows)


def _link(row: License) -> str:
    where = row.urls[0] if row.urls else ""
    name = f"{escaped(row.name)} ({code(row.id)})"
    return f"[{name}](<{where}>)" if where else f"{name}, {code(file_name(row.document))}" if row.document else name


def license_paper(made: Figures, registry: Registry, words: Words) -> str:
    """LICENSE.md: which licences occur, what they ask, and where their texts stand."""
    parts = [f"# {words('license_md/title')}", words("license_md/lead")]
    for license_, records in ranked(made.by["license"]):
        parts.append(f"## {escaped(license_)} · {words.number(records)} {words('records')}")
        parts.append("\n".join(asked(license_, made, registry, words)))
    if any("license-text" in owed for owed in made.duties.values()):
        parts.append(words("license_md/texts"))
    return "\n\n".join(parts) + "\n"
