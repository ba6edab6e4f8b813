"""`reinschrift explain`: why this record was kept or refused, in sentences a lawyer can quote, with its receipt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from pipeline.errors import DONE, InputError
from pipeline.released import Released


def explain(out: Path, record: str, as_json: bool = False) -> int:
    """Prints the decision on `ID` or `SOURCE:ID`. Raises InputError where no record has this id."""
    release = Released(out)
    rows = found(release, record)
    if not rows:
        raise InputError(
            f"{record}: no record of this release has this id; `reinschrift lookup` searches by address, author or text"
        )
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if as_json:
        for row in rows:
            console.print(json.dumps(row, ensure_ascii=False, default=str))
        return DONE
    sentences = release.sentences()
    for row in rows:
        console.print("\n".join(said(row, sentences, release.run)))
    return DONE


def found(release: Released, record: str) -> list[dict[str, Any]]:
    """Every ledger row of this id; a source before the id narrows it."""
    named = pl.concat_str("source", pl.lit(":"), "id")
    rows = []
    for frame in release.batches("decisions"):
        rows += frame.filter((pl.col("id") == record) | (named == record)).to_dicts()
    return rows


def said(row: Mapping[str, Any], sentences: Mapping[str, str], run: Mapping[str, Any]) -> list[str]:
    """The paragraphs on one record."""
    words = {"keep": "was kept", "refuse": "was refused", "review": "waits for a person's decision"}[row["decision"]]
    lines = [
        f"{row['source']}:{row['id']} {words} (stage {row['stage']}, reason {row['reason']}).",
        sentences.get(row["reason"], ""),
        f"It was read at {row['locator']}" + (f", address {row['url']}." if row["url"] else "."),
    ]
    if row["detail"]:
        lines.append(f"What was wrong: {row['detail']}.")
    if row["license"] or row["family"]:
        meant = row["license"] or f"the family {row['family']}, version not stated"
        lines.append(
            f"Its statement was concluded to mean {meant}"
            + (f", on the ground {row['basis']}." if row["basis"] else ".")
        )
    if row["rule"]:
        lines.append(f"Rule: {row['rule']}.")
    if row["duties"]:
        lines.append(f"Whoever passes it on owes: {', '.join(row['duties'])}.")
    for item in row["evidence"] or ():
        lines.append(_receipt(item))
    for signal in row["signals"] or ():
        lines.append(
            f"Opt-out {signal['protocol']}: {signal['answer']}"
            + (f" («{signal['value']}»)" if signal["value"] else "")
            + "."
        )
    if row["duplicate_of"]:
        lines.append(f"The same text stands in {row['duplicate_of']}, similarity {row['similarity']:.2f}.")
    if row["contested_by"]:
        lines.append(f"{row['contested_by']} has this text under a contrary statement.")
    lines.append(f"Judged as of {run['as_of']} under the policy «{run['config']['policy']['name']}».")
    return [line for line in lines if line]


def _receipt(item: Mapping[str, Any]) -> str:
    where = " ".join(part for part in (item["place"], item["kind"], item["locator"]) if part)
    meant = ", ".join(item["members"] or ()) or "not understood"
    who = f", said by {item['by']}" if item["by"] else ""
    because = f", because: {item['because']}" if item["because"] else ""
    seen = f", seen {item['seen']}" if item["seen"] else ""
    role = "decided" if item["decided"] else "was weighed"
    return f"Evidence that {role}: «{item['statement']}» ({where}; covers: {item['scope']}{seen}{who}{because}), understood as {meant}."
