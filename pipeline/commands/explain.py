"""`reinschrift explain`: why this record was kept or refused, in sentences a lawyer can quote, with its receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from pipeline.errors import DONE, InputError
from pipeline.greedy import estimate_error
from pipeline.released import Released

MEMBERS = 5  # licences of a family that are named


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
    """The paragraphs on one record, each a sentence that can stand alone."""
    words = {"keep": "was kept", "refuse": "was refused", "review": "waits for a person's decision"}[row["decision"]]
    name = f"{row['source']}:{row['id']}"
    lines = [
        f"The record {name} {words} by the stage «{row['stage']}» with the reason {row['reason']}."
        if row["decision"] != "keep"
        else f"The record {name} was kept; it stands in {row['file']}.",
        sentences.get(row["reason"], ""),
        _place(row),
        f"What was wrong: {row['detail']}." if row["detail"] else "",
        _meaning(row),
        f"The rule that decided on the rights: {row['rule']}." if row["rule"] else "",
        f"Whoever passes it on owes: {', '.join(row['duties'])}." if row["duties"] else "",
        *(_receipt(item) for item in row["evidence"] or ()),
        *_signals(row["signals"] or ()),
    ]
    if not row["evidence"] and row["stage"] == "license":
        lines.append("No statement about rights was found in any of the places where the configuration looks.")
    if row["duplicate_of"]:
        alike = "The same text" if row["similarity"] == 1 and not row.get("estimated") else _alike(row)
        lines.append(f"{alike} is {row['duplicate_of']}, which stands for it.")
    if row["contested_by"]:
        lines.append(f"The record {row['contested_by']} has this text under a contrary statement.")
    policy = run["config"]["policy"]
    duties = ", ".join(policy["duties"]) or "no duty"
    lines.append(
        f"Judged as of {run['as_of']} under the policy «{policy['name']}», which asks for "
        f"{', '.join(policy['uses'])} and accepts {duties}; release {run['release'][:16]}, "
        f"made by Reinschrift {run['reinschrift']}."
    )
    return [line for line in lines if line]


def _alike(row: Mapping[str, Any]) -> str:
    likeness = float(row["similarity"])
    if not row.get("estimated"):
        return f"Nearly the same text (similarity {likeness:.2f})"
    return (
        f"Nearly the same text, as far as an index without texts tells (similarity estimated at {likeness:.2f}, "
        f"standard error {estimate_error(likeness):.2f}),"
    )


def _place(row: Mapping[str, Any]) -> str:
    """Where it was read; a published ledger does not say."""
    parts = [f"at {row['locator']}"] * bool(row["locator"]) + [f"with the address {row['url']}"] * bool(row["url"])
    return f"It was read {' '.join(parts)}." if parts else ""


def _meaning(row: Mapping[str, Any]) -> str:
    if not row["license"] and not row["family"]:
        return ""
    ground = f", on the ground «{row['basis']}»" if row["basis"] else ""
    if row["family"] and len(row["members"] or ()) > 1:
        return (
            f"Its statement was concluded to name the family {row['family']} without a version: one of "
            f"{len(row['members'])} licences, and nobody knows which{ground}."
        )
    return f"Its statement was concluded to mean {row['license'] or row['family']}{ground}."


def _receipt(item: Mapping[str, Any]) -> str:
    where = " ".join(part for part in (item["place"], item["kind"], item["locator"]) if part)
    members = item["members"] or ()
    meant = ", ".join(members[:MEMBERS]) + (f" and {len(members) - MEMBERS} more" if len(members) > MEMBERS else "")
    details = [
        f"found in {where}",
        f"covers: {item['scope']}",
        f"by the rule {item['rule']}" if item["rule"] else "",
        f"seen {item['seen']}" if item["seen"] else "",
        f"takes effect {item['starts']}" if item["starts"] else "",
        f"said by {item['by']}" if item["by"] else "",
        f"because: {item['because']}" if item["because"] else "",
        f"at {item['url']}" if item["url"] else "",
    ]
    context = f" Around it: «{item['context']}»." if item["context"] else ""
    role = "decided" if item["decided"] else "did not decide"
    return (
        f"Evidence that {role}: «{item['statement']}» ({'; '.join(filter(None, details))}), understood as "
        f"{meant or 'nothing that is known'}.{context}"
    )


def _signals(signals: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What each opt-out protocol answered; those that nobody looked for in one sentence."""
    unseen = [signal["protocol"] for signal in signals if signal["answer"] == "not-looked-for"]
    for signal in signals:
        if signal["answer"] != "not-looked-for":
            value = f" («{signal['value']}»)" if signal["value"] else ""
            where = f" at {signal['locator']}" if signal["locator"] else ""
            yield f"Opt-out protocol {signal['protocol']}: {signal['answer']}{value}{where}."
    if unseen:
        yield f"Opt-out protocols that were not looked for: {', '.join(dict.fromkeys(unseen))}."
