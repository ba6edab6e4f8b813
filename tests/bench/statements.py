"""What statements mean, ours beside others in one run, on strings that other projects have mapped.

    REINSCHRIFT_TRIALS=… python tests/bench/statements.py [--list]

Per vocabulary and language: precision and coverage with their intervals. Every difference is printed with a verdict;
one without a verdict ends the run with 1. The source's answer is a mapping, not a truth: versions were often chosen by
its authors. Beside ours: the package license-expression alone, a regular expression on Creative Commons, the Hub's list
of tags. `--list` prints what we do not read, with the reason.

Coverage counts distinct statements that a careful person can resolve from the statement alone: those that we read, and
those that statement_verdicts.tsv calls `missed`. Its other verdicts: `nothing` is said · `own-terms`, not a public
licence · `unlisted`, a licence of which no table knows what it grants · `page`, it would have to be read · `several`
statements or works in one text · `contradiction` · `guess`, since several licences answer to it · `language` beyond
those promised · `mention` and `other-work`: a licence is named, but whether for this record the statement does not say.
The second figure of coverage counts these last two as missed too.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from license_expression import get_spdx_licensing

from licenses import registry
from licenses.recognise import recognise
from licenses.recognise.spdx import spdx_id
from licenses.recognise.vocabularies import lookup

VERDICTS = Path(__file__).with_name("statement_verdicts.tsv")
KNOWN = registry.load()
SPDX = get_spdx_licensing()
NOT_LICENSES = {"unknown", "other", "notspecified", "none", ""}
OWN_NAMES = {
    "lo-fr-2.0": "etalab-2.0",
    "fal-1.3": "LAL-1.3",
    "odc-by-1.0": "ODC-By-1.0",
    "odc-pddl-1.0": "PDDL-1.0",
    "license_pdm": "CC-PDM-1.0",
    "pdm": "CC-PDM-1.0",
    "cc_0": "CC0-1.0",
    "license_cc_zero_10": "CC0-1.0",
    "geonutzv-de-2013-03-19": "LicenseRef-GeoNutzV-2013",
    "geonutz-be-2013-10-01": "LicenseRef-GeoNutzV-Berlin-2013",
    "gfdl-1.3-no-cover-texts-no-invariant-sections": "GFDL-1.3-only",
    "dl-de-by-1.0": "LicenseRef-DL-DE-BY-1.0",
    "dl-de-by-nc-1.0": "LicenseRef-DL-DE-BY-NC-1.0",
    "wxwindows": "wxWindows",
    "license_copyright_law": "reserved",
    "watcom-1.0": "Watcom-1.0",
}


@dataclass(frozen=True)
class Row:
    statement: str
    wanted: str | None  # an id, `family:…`, reserved; None: the source names no licence
    source: str
    language: str


def rows(trials: Path) -> Iterator[Row]:
    for line in (trials / "licence-strings-dev" / "strings.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        truths = row["truth"] if isinstance(row["truth"], list) else [row["truth"]]
        wanted = normal(truths[0]) if len(truths) == 1 else None
        yield Row(row["string"], wanted, f"{row['source'].split('/')[1]} {row['kind']}", row.get("lang") or "-")
    for line in (trials / "metadata-records-dev" / "labels.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        for raw in row["rights_strings"]:
            label = row["label"] if isinstance(row["label"], str) else None
            for statement in inner(raw):
                yield Row(statement, normal(label), f"{row['source'].split('/')[1]} record", "-")


def inner(raw: str) -> list[str]:
    """The statements of a schema.org object or of a plain string."""
    try:
        value = json.loads(raw)
    except ValueError:
        return [raw]
    values = value if isinstance(value, list) else [value]
    return [str(each.get("id") or each.get("@id") or "") if isinstance(each, dict) else str(each) for each in values]


def normal(truth: str | None) -> str | None:
    """A source's answer in our words."""
    if truth is None or truth.casefold() in NOT_LICENSES:
        return None
    folded = truth.casefold()
    if folded in OWN_NAMES:
        return OWN_NAMES[folded]
    coded = re.fullmatch(r"(?:license_)?(cc_[a-z_]+?)(?:_(\d)(\d))?", folded)
    if coded is not None:
        unit = coded[1].removeprefix("cc_").upper().replace("_", "-")
        return f"CC-{unit}-{coded[2]}.{coded[3]}" if coded[2] else f"family:CC {unit}"
    code = lookup(truth)
    if code is not None:
        meaning = code.meaning
        return None if meaning == "none" else meaning.replace("family:CC-", "family:CC ")
    listed = spdx_id(truth.strip("()"), KNOWN)
    if listed is not None:
        return listed[0]
    reading = recognise(truth)
    return reading.license or (f"family:{reading.family}" if reading.family else truth)


def ours(statement: str) -> str | None:
    reading = recognise(statement)
    if reading.license is not None:
        return reading.license
    if "LicenseRef-all-rights-reserved" in reading.members:
        return "reserved"
    return f"family:{reading.family}" if reading.family and reading.alternatives else None


def expression_alone(statement: str) -> str | None:
    try:
        parsed = SPDX.parse(statement, validate=True)
        return None if parsed is None else str(parsed)
    except Exception:
        return None


CC = re.compile(
    r"creativecommons\.org/(?:licenses|publicdomain)/([a-z+-]+)/(\d\.\d)"
    r"|\bcc[ -](by(?:[ -](?:nc|nd|sa))*)[ -](\d\.\d)|\b(cc0)",
    re.I,
)


def cc_regex(statement: str) -> str | None:
    match = CC.search(statement)
    if match is None:
        return None
    unit = (match[1] or match[3] or "zero").lower().replace(" ", "-")
    version = match[2] or match[4] or "1.0"
    return {"zero": "CC0-1.0", "mark": "CC-PDM-1.0"}.get(unit, f"CC-{unit.upper()}-{version}")


HUB = {found.hub: found.id for found in KNOWN.licenses.values() if found.hub}


def hub_tags(statement: str) -> str | None:
    return HUB.get(statement.strip().lower())


def member(wanted: str, answer: str) -> bool:
    """Whether one of the two is a family that the other belongs to: the difference is a version nobody stated."""
    for family, id_ in ((answer, wanted), (wanted, answer)):
        known = KNOWN.families.get(family.removeprefix("family:")) if family.startswith("family:") else None
        if known is not None and (id_ in known.members or id_.replace("-or-later", "-only") in known.members):
            return True
    return False


def verdict(row: Row, answer: str) -> str | None:
    """Who is right where the mapping and we differ. None: nobody has looked at it yet."""
    wanted, said = row.wanted or "", row.statement
    if "datasets" in row.source:
        return "the mapping is wrong: the card's tag is not what the card's text says"
    if not wanted:
        return "the mapping has no word for it; the statement names a licence of which we know what it grants"
    if wanted.replace("-or-later", "") == answer.replace("-only", ""):
        return "opinion: «or later» is not said"
    if answer.startswith(wanted + "-") or answer.removeprefix("LicenseRef-").startswith(wanted + "-"):
        return "the mapping is wrong: it drops the port"
    if wanted == "cc-nc-3.0":
        return "the mapping is wrong: it has one word for BY-NC and for what is no licence, NC"
    if wanted == "CC-PDM-1.0" and answer == "family:public domain":
        return "opinion: the words name no mark; where and why it is free is not said"
    if answer.startswith("family:CC ") and wanted.startswith("CC-") and not re.search(r"\d\.\d", said):
        return "the mapping is wrong: no version is said"
    if wanted.startswith("family:") and answer.startswith("family:"):
        return "opinion: another cut of the family"
    return EXPLAINED.get((said.strip(), answer))


EXPLAINED = {
    (
        "GNU Free Documentation License 1.3 with no cover texts and no invariant sections",
        "GFDL-1.3-no-invariants-only",
    ): "ours is nearer: SPDX has an id for what the title says",
    ("tcl", "TCL"): "opinion: the mapping's own code for Talis; as a whole value it is an SPDX id",
    (
        "Creative Commons Namensnennung 3.0 (CC-BY) (ältere DCAT-AP.de Version)",
        "CC-BY-3.0",
    ): "opinion: only the code beside this title names the port, the title does not",
}


def main() -> int:
    trials = os.environ.get("REINSCHRIFT_TRIALS")
    if not trials:
        print("REINSCHRIFT_TRIALS is not set: no trial data, nothing to measure")
        return 0
    every = list(rows(Path(trials)))
    recognise("warm")
    begun = time.process_time()
    for row in every:
        recognise(row.statement)
    took = time.process_time() - begun
    methods: dict[str, Callable[[str], str | None]] = {
        "ours": ours,
        "license-expression": expression_alone,
        "CC regex": cc_regex,
        "Hub tags": hub_tags,
    }
    print(f"{len(every)} statements, ours {len(every) / took:,.0f} a second of CPU\n")
    print(
        "all statements: read, agreeing with the mapping, within its family, differing, read where it names no licence"
    )
    for name, method in methods.items():
        print(f"  {name:20}", *(f"{count:6}" for count in tally(every, method)))
    open_verdicts = coverage(every, methods)
    for title, key in (("vocabulary", lambda row: row.source), ("language", lambda row: row.language)):
        by_group(every, title, key)
    return max(open_verdicts, differences(every))


def by_group(every: list[Row], title: str, key: Callable[[Row], str]) -> None:
    """Prints both shares of every group with their 95 % intervals."""
    verdicts = verdicts_of_unread()
    groups: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in every:
        groups[key(row)].setdefault(row.statement.strip(), row)
    print(f"\nby {title}: precision (read, and right by the mapping or by the verdict on the difference), coverage")
    for group, rows_ in sorted(groups.items()):
        read = [(row, answer) for row in rows_.values() if (answer := ours(row.statement)) is not None]
        missed = sum(verdicts.get(digest(said)) == "missed" for said, row in rows_.items() if ours(said) is None)
        right = sum(rightly(row, answer) for row, answer in read)
        print(f"  {group:36} {interval(right, len(read))}  {interval(len(read), len(read) + missed)}")


def rightly(row: Row, answer: str) -> bool:
    """Whether an answer is the mapping's, within its family, or found right where the two differ."""
    if row.wanted is not None and (same(answer, row.wanted) or member(row.wanted, answer)):
        return True
    said = verdict(row, answer)
    return said is not None and not said.startswith("ours is wrong")


def digest(statement: str) -> str:
    return hashlib.sha256(statement.encode()).hexdigest()[:16]


def verdicts_of_unread() -> dict[str, str]:
    lines = (line for line in VERDICTS.read_text("utf-8").splitlines() if not line.startswith("#"))
    return dict(line.split("\t") for line in lines)


def coverage(every: list[Row], methods: dict[str, Callable[[str], str | None]]) -> int:
    """Prints the share read of what a careful person can resolve, 95 % interval by Wilson. 1: a verdict is missing."""
    verdicts = verdicts_of_unread()
    distinct = sorted({row.statement.strip() for row in every})
    unread = [said for said in distinct if ours(said) is None]
    kinds = Counter(verdicts.get(digest(said), "NO VERDICT YET") for said in unread)
    print(f"\n{len(distinct)} distinct; not read by us:", ", ".join(f"{k} {n}" for k, n in kinds.most_common()))
    resolvable = len(distinct) - len(unread) + kinds["missed"]
    print("read of what a careful person can resolve:")
    for name, method in methods.items():
        print(f"  {name:20}", interval(sum(method(said) is not None for said in distinct), resolvable))
    wider = resolvable + kinds["other-work"] + kinds["mention"]
    print(f"  {'ours, of the wider':20}", interval(len(distinct) - len(unread), wider))
    return int(kinds["NO VERDICT YET"] > 0)


def interval(hits: int, of: int, z: float = 1.96) -> str:
    if not of:
        return "    0 of 0"
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{hits:5} of {of}: {share:.4f} ({middle - half:.4f} to {min(1.0, middle + half):.4f})"


def tally(some: list[Row], method: Callable[[str], str | None]) -> tuple[int, int, int, int, int]:
    counts: Counter[str] = Counter()
    for row in some:
        answer = method(row.statement)
        if answer is None:
            continue
        counts["read"] += 1
        if row.wanted is None:
            counts["extra"] += 1
        elif same(answer, row.wanted):
            counts["equal"] += 1
        else:
            counts["family" if member(row.wanted, answer) else "differs"] += 1
    return counts["read"], counts["equal"], counts["family"], counts["differs"], counts["extra"]


def same(answer: str, wanted: str) -> bool:
    return answer.casefold().strip("()") == wanted.casefold().strip("()")


def differences(every: list[Row]) -> int:
    print("\ndifferences between ours and the mapping: statement, mapping, ours, verdict")
    open_ = 0
    seen: Counter[str] = Counter()
    for row in sorted(set(every), key=lambda row: (row.source, row.statement)):
        answer = ours(row.statement)
        if answer is None or (row.wanted is not None and (same(answer, row.wanted) or member(row.wanted, answer))):
            continue
        judged = verdict(row, answer)
        open_ += judged is None
        seen[judged or "NO VERDICT YET"] += 1
        print(f"  {row.statement.strip()[:90]!r} {row.wanted} | {answer} | {judged or 'NO VERDICT YET'}")
    for judged, count in seen.most_common():
        print(f"{count:5}  {judged}")
    if "--list" in sys.argv:
        print("\nnot read, though the source names a licence")
        for row in sorted(set(every), key=lambda row: (row.source, row.statement)):
            if row.wanted is not None and ours(row.statement) is None:
                print(f"  {row.source}: {row.statement.strip()[:110]!r} {row.wanted}: {recognise(row.statement).why}")
    return 1 if open_ else 0


if __name__ == "__main__":
    sys.exit(main())
