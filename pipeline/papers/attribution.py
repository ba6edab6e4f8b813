"""ATTRIBUTION: every credit line of the release, as a table and as a file to read, grouped by licence and source."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import commit
from pipeline.writer import write_parquet

COLUMNS = ("id", "source", "license", "url", "title", "author", "credit")
SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])


def write(folder: Path) -> None:
    """ATTRIBUTION.parquet (one row a record) and ATTRIBUTION.md; neither where nothing was kept."""
    files = sorted((folder / "data").rglob("*.parquet"))
    if not files:
        return

    def tables() -> list[pa.Table]:
        return [pq.read_table(path, columns=list(COLUMNS), partitioning=None) for path in files]

    write_parquet(folder / "ATTRIBUTION.parquet", tables(), SCHEMA, rows=100_000)
    grouped: dict[tuple[str, str], dict[str, int]] = {}
    for table in tables():
        for license_, source, credit in zip(
            *(table.column(c).to_pylist() for c in ("license", "source", "credit")), strict=True
        ):
            lines = grouped.setdefault((license_, source), {})
            lines[credit] = lines.get(credit, 0) + 1
    with commit.replacing(folder / "ATTRIBUTION.md") as file:
        file.write(b"# Attribution\n\nThe same credit stands in the column `credit` of every record.\n")
        for (license_, source), lines in sorted(grouped.items()):
            file.write(f"\n## {license_} · {source}\n\n".encode())
            for credit, records in sorted(lines.items()):
                times = f" ({records} records)" if records > 1 else ""
                file.write(f"- {' '.join(credit.split())}{times}\n".encode("utf-8", "surrogatepass"))
