"""ATTRIBUTION and LICENSE.md: the credit of every record, by licence and source, with what each licence asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from licenses.credit import file_name
from licenses.model import DUTIES, USES, License
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
                for (license_, source), part in frame.group_by("license", "source", maintain_order=True):
                    key = str(license_ or ""), str(source)
                    further[key] = further.get(key, 0) + _counted(part, groups.setdefault(key, {}))
                yield frame.select(COLUMNS).to_arrow()

    write_parquet(folder / "ATTRIBUTION.parquet", tables(), SCHEMA, rows=100_000)
    with commit.replacing(folder / "ATTRIBUTION.md") as file:
        file.write(f"# {words('attribution/title')}\n\n{words('attribution/lead')}\n".encode())
        said = None
        for (license_, source), lines in sorted(groups.items()):
            if license_ != said:
                said = license_
                head = [f"\n## {escaped(license_)}\n", *asked(license_, made, registry, words)]
                file.write("\n".join(head).encode() + b"\n")
            file.write(f"\n### {escaped(source)}\n\n".encode())
            for credit, records in sorted(lines.items(), key=lambda item: item[0] or ""):
                times = f" ({words('attribution/times', records=records)})" if records > 1 else ""
                file.write(f"- {escaped(credit or '')}{times}\n".encode("utf-8", "surrogatepass"))
            if rest := further.get((license_, source)):
                file.write(f"\n{words('attribution/more', records=rest)}\n".encode())


def _counted(part: pl.DataFrame, lines: dict[str, int]) -> int:
    """Adds the credits of some records to `lines`; returns for how many records there was no room."""
    counts = part.group_by("credit", maintain_order=True).len()
    known = counts.get_column("credit").is_in(pl.Series(list(lines), dtype=pl.String), nulls_equal=True)
    shown = pl.concat([counts.filter(known), counts.filter(~known).head(MOST - len(lines))])
    for credit, records in shown.iter_rows():
        lines[credit] = lines.get(credit, 0) + records
    return part.height - int(shown.get_column("len").sum())


def asked(license_: str, made: Figures, registry: Registry, words: Words) -> Iterator[str]:
    """What a licence asks, what copies add to that, its links, its provider's wording and its members, as a list."""
    rows = [row for member in made.members[license_] if (row := registry.get(member)) is not None]
    own = {duty for row in rows for duty in row.duties}
    said = "; ".join(words(f"duty_{duty}") for duty in DUTIES if duty in own) or words("none_owed")
    yield f"{words('attribution/owes')}: {said}.  "
    owed = [(duty, records) for duty in DUTIES if duty not in own and (records := made.duties[license_][duty])]
    if owed:
        more = "; ".join(words("license_md/copies_of", duty=words(f"duty_{d}"), records=n) for d, n in owed)
        yield f"{words('license_md/copies')}: {more}.  "
    conditions = sorted({condition for row in rows for condition in row.conditions})
    if conditions:
        named = "; ".join(words(f"condition_{condition}") for condition in conditions)
        yield f"{words('attribution/conditions')}: {named}.  "
    for wording in dict.fromkeys(row.provider_wording for row in rows if row.provider_wording):
        yield f"{words('attribution/wording')}: «{escaped(wording)}»  "
    if license_.startswith("LicenseRef-family-"):
        yield f"{words('attribution/members')} {', '.join(map(link, rows))}  "
        return
    for row in rows:
        yield f"{words(f'attribution/link_{row.basis}')}: {link(row)}  "
        if "config" in row.sources:  # nobody else can look up what the licence of one configuration grants
            yield from _granted(row, words)


def _granted(row: License, words: Words) -> Iterator[str]:
    uses = words.names("use", [use for use in USES if row.uses[use] == "yes"])
    yield f"{words('license_md/permits')}: {uses}.  "
    signed, expires = words.day(row.signed or ""), words.day(row.expires or "")
    if signed and expires:
        yield f"{words('license_md/holds_until', signed=signed, expires=expires)}.  "
    elif signed or expires:
        said = words("license_md/holds", signed=signed) if signed else words("license_md/ends", expires=expires)
        yield f"{said}.  "


def link(row: License) -> str:
    """A licence's name and id, with a link to its text where it stands somewhere."""
    name = f"{escaped(row.name)} ({code(row.id)})"
    if row.address:
        return f"[{name}](<{row.address}>)"
    return f"{name}, {code(file_name(row.document))}" if row.document else name


def license_paper(made: Figures, registry: Registry, words: Words) -> str:
    """LICENSE.md: which licences occur, what they ask, and where their texts stand."""
    parts = [f"# {words('license_md/title')}", words("license_md/lead")]
    for license_, records in ranked(made.by["license"]):
        parts.append(f"## {escaped(license_)} · {words('records_n', n=records)}")
        parts.append("\n".join(asked(license_, made, registry, words)))
    if any("license-text" in owed for owed in made.duties.values()):
        parts.append(words("license_md/texts"))
    return "\n\n".join(parts) + "\n"
