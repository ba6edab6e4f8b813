"""`reinschrift explain`: why this record was kept or refused, in sentences a lawyer can quote, with its receipt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
from rich.console import Console

from pipeline.errors import DONE, InputError
from pipeline.greedy import estimate_error
from pipeline.papers.relations import tombstones
from pipeline.record import as_frame
from pipeline.released import Released, batches

MEMBERS = 5  # licences of a family that are named
COVERS = {
    "text": "this text",
    "site": "the site that this text belongs to",
    "record": "this record",
    "joined": "this record, by a table that was joined",
    "source": "every record of the source",
    "collection": "a collection as such, not the works in it",
    "part": "a part of the document, not this text",
    "metadata": "the metadata, not this text",
    "software": "software, not this text",
    "other-work": "another work",
    "mention": "nothing: the words speak about a licence",
    "license-text": "nothing: the document is a licence's own text",
    "hidden": "nothing: it is not shown to a reader",
}
ANSWERS = {
    "reserved": "reserves the text",
    "allowed": "allows its use",
    "beside-the-point": "says something that reserves nothing here",
    "unreadable": "was found and cannot be read",
    "not-found": "was looked for and says nothing",
}
SAID = re.compile(r"\d+ members|statements disagree")  # rules that the sentence on the meaning has said
BY_PERSON = re.compile(r"decided by (.+) on (\d{4}-\d{2}-\d{2}): (.*)", re.DOTALL)


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
    sentences, stones = release.sentences(), tombstones(release)
    for row in rows:
        console.print("\n".join(said(row, sentences, release.run, _credit(release, row), stones)))
    return DONE


def found(release: Released, record: str) -> list[dict[str, Any]]:
    """Every ledger row of this id; a source before the id narrows it. Only where the id is are whole rows read."""
    wanted = (pl.col("id") == record) | (pl.concat_str("source", pl.lit(":"), "id") == record)
    rows = []
    for path in release.files("decisions"):
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                if as_frame(file.read_row_group(group, ["source", "id"])).filter(wanted).height:
                    rows += as_frame(file.read_row_group(group)).filter(wanted).to_dicts()
    return rows


def _credit(release: Released, row: Mapping[str, Any]) -> str:
    """The attribution of a kept record."""
    if row["decision"] != "keep":
        return ""
    mine = (pl.col("source") == row["source"]) & (pl.col("id") == row["id"])
    for frame in batches(release.folder / str(row["file"]), ["source", "id", "credit"]):
        for credit in frame.filter(mine).get_column("credit"):
            return str(credit or "")
    return ""


def said(
    row: Mapping[str, Any],
    sentences: Mapping[str, str],
    run: Mapping[str, Any],
    credit: str = "",
    stones: Mapping[str, Mapping[str, str]] | None = None,
) -> list[str]:
    """The paragraphs on one record, each a sentence that can stand alone."""
    words = {"keep": "was kept", "refuse": "was refused", "review": "waits for a person's decision"}[row["decision"]]
    name = f"{row['source']}:{row['id']}"
    stage, reason = row["stage"], row["reason"]
    asked = f"at the stage «{stage}»" if row["decision"] == "review" else f"by the stage «{stage}»"
    stone = (stones or {}).get(name)
    lines = [
        f"The record {name} was kept; it stands in {row['file']}."
        if row["decision"] == "keep"
        else f"The record {name} {words} {asked}, with the reason {reason}.",
        sentences.get(reason, ""),
        f"It was taken out of an earlier version on {stone['date']} ({stone['reason']})." if stone else "",
        _place(row),
        f"What was wrong: {row['detail']}." if row["detail"] else "",
        *_measured(row),
        _meaning(row),
        _rule(row, sentences.get(reason, "")),
        *_risks(row, run["config"]["policy"]["accepted_risks"]),
        _owed(row),
        f"Its attribution: {credit}" if credit else "",
        *(_receipt(item) for item in row["evidence"] or ()),
        *_signals(row["signals"] or ()),
    ]
    if not row["evidence"] and stage == "license":
        lines.append("No statement about rights was found in any of the places where the configuration looks.")
    if row["duplicate_of"]:
        alike = "The same text" if row["similarity"] == 1 and not row.get("estimated") else _alike(row)
        lines.append(f"{alike} is {row['duplicate_of']}, which stands for it.")
    if row["decision"] == "keep" and (row["copies"] or 0) > 1:
        others = "one other record" if row["copies"] == 2 else f"{row['copies'] - 1:,} other records"
        lines.append(f"It stands for {others} with this text that would be kept as well.")
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


def _measured(row: Mapping[str, Any]) -> Iterator[str]:
    """What the stages measured, where they came to it."""
    if row["stage"] == "length" and row["characters"] is not None:
        yield f"Its text has {row['characters']:,} characters."
    if row["language"] in ("und", "zxx"):
        yield "Its main language could not be told."
    elif row["language"]:
        score = "" if row["language_score"] is None else f", with a confidence of {row['language_score']:.3f}"
        yield f"Its main language was detected as «{row['language']}»{score}."
    if row["region"]:
        ground = f", concluded from {'; '.join(row['region_evidence'])}" if row["region_evidence"] else ""
        yield f"Its usage is that of «{row['region']}»{ground}."
    for cut in row["cuts"] or ():
        places = "one place" if cut["places"] == 1 else f"{cut['places']:,} places"
        yield f"Left out of its text, for {cut['reason']}: {cut['characters']:,} characters in {places}."


def _meaning(row: Mapping[str, Any]) -> str:
    if not row["license"] and not row["family"]:
        return ""
    ground = f" The ground is «{row['basis']}»." if row["basis"] else ""
    members = len(row["members"] or ())
    if row["reason"] == "license.conflict":
        return f"Its statements were understood as {row['family'] or row['license']}, and they disagree."
    if row["family"] and members > 1:
        return (
            f"Its statement was concluded to name {row['family']} without saying which: one of {members} licences, and "
            f"nobody knows which.{ground}"
        )
    return f"Its statement was concluded to mean {row['license'] or row['family']}.{ground}"


def _rule(row: Mapping[str, Any], sentence: str) -> str:
    """What decided on the rights, from the words of the rule; nothing where the reason has said it already."""
    rule = str(row["rule"] or "").rstrip(".")
    if not rule or rule == sentence.rstrip(".") or SAID.fullmatch(rule):
        return ""
    if person := BY_PERSON.fullmatch(rule):
        return f"A person decided: {person[1]}, on {person[2]}, because: «{person[3]}»."
    if policy := re.fullmatch(r"policy (.+?): (.+)", rule, re.DOTALL):
        return f"On the rights, the policy «{policy[1]}» let it pass: {policy[2]}."
    if clause := re.fullmatch(r"([A-Za-z0-9][\w.+\-]*)(?:: (.+))?", rule, re.DOTALL):
        where = f" ({clause[2]})" if clause[2] else ""
        return f"What decided on the rights are the terms of {clause[1]}{where}."
    return f"What decided on the rights: «{rule}»."


def _risks(row: Mapping[str, Any], risks: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Why a risk was accepted, in the words of the policy."""
    names = {_plain(row[name]) for name in ("license", "family") if row[name]}
    for risk in risks:
        if "accepted risk: " in (row["rule"] or "") and risk["use"] in row["rule"] and _plain(risk["license"]) in names:
            yield f"The policy accepts this risk for {risk['license']} and {risk['use']}, because: «{risk['because']}»."


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.removeprefix("LicenseRef-family-")).lower()


def _owed(row: Mapping[str, Any]) -> str:
    if not row["duties"]:
        return ""
    duties = ", ".join(row["duties"])
    return f"Whoever passes it on owes: {duties}." if row["decision"] == "keep" else f"Its licence asks for: {duties}."


def _receipt(item: Mapping[str, Any]) -> str:
    members = item["members"] or ()
    meant = ", ".join(members[:MEMBERS]) + (f" and {len(members) - MEMBERS} more" if len(members) > MEMBERS else "")
    details = [
        _found(item),
        f"about {COVERS.get(item['scope'], item['scope'])}",
        f"rule «{item['rule']}»" if item["rule"] else "",
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


def _found(item: Mapping[str, Any]) -> str:
    """Where a statement stood."""
    if item["place"] == "curator":
        return "the curator's word in the configuration"
    if item["place"] == "column":
        return f"found in the column «{item['locator']}»"
    kind = f" ({item['kind']})" if item["kind"] and item["kind"] != "value" else ""
    where = f" at {item['locator']}" if item["locator"] else ""
    return f"found in {item['place']}{kind}{where}"


def _signals(signals: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What each opt-out protocol answered; those that nobody looked for, or only in some places, in one sentence each.

    A protocol that can stand in several places (the page, its headers, a file of the site) has an answer for each.
    """
    seen = {signal["protocol"] for signal in signals if signal["answer"] != "not-looked-for"}
    unseen = dict.fromkeys(signal["protocol"] for signal in signals if signal["answer"] == "not-looked-for")
    for signal in signals:
        if signal["answer"] != "not-looked-for":
            value = f": «{signal['value']}»" if signal["value"] else ""
            where = f", at {signal['locator']}" if signal["locator"] else ""
            yield f"The opt-out protocol {signal['protocol']} {ANSWERS[signal['answer']]}{where}{value}."
    if partly := [name for name in unseen if name in seen]:
        yield f"Opt-out protocols that were looked for in some of their places only: {', '.join(partly)}."
    if not_at_all := [name for name in unseen if name not in seen]:
        yield f"Opt-out protocols that were not looked for: {', '.join(not_at_all)}."
