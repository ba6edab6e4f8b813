"""How the tests of the readers read: through the plan's listing and the reader's own units, as a run does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.reader import Wanted, find, schema
from pipeline.readers._listing import list_files

Rows = list[dict[str, Any]]


def read_rows(
    reader: str,
    pattern: Path | str,
    wanted: Wanted | None = None,
    *,
    target: int = 1 << 20,
    online: bool = True,
    **options: Any,
) -> Rows:
    """Every row of a source, `row` counted through a file's byte ranges, null columns left out."""
    wanted = wanted or Wanted()
    made = find(reader)(find(reader).Options(**options), wanted)
    rows: Rows = []
    before: dict[str, int] = {}
    codes = {reason.code for reason in find(reader).reasons}
    for unit in made.units("s", list_files(str(pattern), online, reader), target):
        place = unit.files[0].path
        for batch in made.read(unit):
            assert batch.schema == schema(wanted)
            batch.validate(full=True)
            for row in batch.to_pylist():
                assert row["problem"] is None or row["problem"] in codes
                assert row["problem"] is None or (row["detail"] and len(row["detail"]) <= 300)
                row["row"] += before.get(place, 0) if unit.relative else 0
                rows.append({name: value for name, value in row.items() if value is not None})
        before[place] = before.get(place, 0) + made.lines()
    return rows


def faults(rows: Rows) -> list[tuple[str, int, str]]:
    """File name, row and reason of what could not be read."""
    return [(Path(row["file"]).name, row["row"], row["problem"]) for row in rows if "problem" in row]


def texts(rows: Rows) -> list[str]:
    """The texts that can be read."""
    return [row["text"] for row in rows if "problem" not in row]
