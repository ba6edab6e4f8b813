"""README.md: the dataset card, a function of run.json, the ledger and the data. It has no gap: it fails instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from licenses.compat import BECOMES, collection, common
from licenses.model import DUTIES, EXCEPTIONS, STRENGTH, Reason
from licenses.registry import Registry
from pipeline.errors import InternalError
from pipeline.greedy import estimate_error
from pipeline.papers import audited
from pipeline.papers.figures import EDGES, Figures, ranked
from pipeline.papers.front_matter import front_matter
from pipeline.papers.markdown import code, escaped, line, table
from pipeline.papers.words import Words

MOST = 40  # rows of a table on the card; report.html has all
GAP = re.compile(r"\bTODO\b|\bTBD\b|More Information Needed|\bNone\b|\bnan\b")
Table = Mapping[str, Reason]


def card(
    run: Mapping[str, Any],
    reasons: Table,
    made: Figures,
    folder: Path,
    registry: Registry,
    words: Words,
    pictures: Mapping[str, str],
) -> str:
    """Markdown with the Hub's front matter. Raises InternalError where a sentence would have a gap."""
    head = yaml.safe_dump(front_matter(run, made, folder, registry), allow_unicode=True, sort_keys=False, width=1000)
    parts = [part for part in _body(run, reasons, made, folder, registry, words, pictures) if part]
    text = f"---\n{head}---\n\n" + "\n\n".join(parts) + "\n"
    own = "\n".join(words.tables["card"].values())
    if (gap := GAP.search(text.partition("\n---\n")[2])) and gap[0] not in f"{own} {run['dataset']}":
        raise InternalError(f"README.md: a sentence has a gap: {gap[0]}")
    return text


def _body(
    run: Mapping[str, Any],
    reasons: Table,
    made: Figures,
    folder: Path,
    registry: Registry,
    words: Words,
    pictures: Mapping[str, str],
) -> Iterator[str]:
    yield f"# {escaped(run['dataset']['name'])}"
    yield escaped(run["dataset"]["summary"])
    if run["sample"]:
        yield words("sample", limit=words.number(run["limit"]))
    for name, gate in sorted(run["gates"].items()):
        if not gate["passed"]:
            yield words(
                "gate_failed", name=name, value=words.percent(gate["value"]), limit=words.percent(gate["limit"])
            )
    yield words(
        "lead",
        kept=words.number(made.kept),
        read=words.number(made.read),
        policy=run["config"]["policy"]["name"],
        as_of=run["as_of"],
        characters=words.number(made.characters),
    )
    if gone := run.get("retracted"):
        yield words("retracted", records=words.number(gone["records"]), version=gone["version"])
    yield from _use(run, made, folder, words)
    yield from _policy(run, made, words)
    yield from _funnel(made, reasons, words, pictures)
    if made.kept:
        yield from _composition(run, made, registry, words, pictures)
        yield from _evidence(run, made, words)
        yield from duties(made, registry, words)
        yield from excepted(made, registry, words)
    yield from _reservations(run, made, words)
    yield from _unchecked(run, made, words)
    yield from _audit(made, folder, words)
    yield f"## {words('personal')}"
    yield words("personal_text")
    yield f"## {words('removal')}"
    yield words("removal_text", contact=escaped(run["dataset"]["contact"]))
    yield from _made(run, words)


def _use(run: Mapping[str, Any], made: Figures, folder: Path, words: Words) -> Iterator[str]:
    yield f"## {words('whom')}"
    languages = ", ".join(code(tag) for tag, _ in ranked(made.by["language"]) if tag) or words("unknown")
    sources = ", ".join(code(source["name"]) for source in run["config"]["sources"])
    ledger = words("ledger_kept" if "published" in run else "ledger_whole")
    yield f"{words('whom_text', sources=sources, languages=languages)} {ledger}"
    yield f"## {words('load')}"
    if not made.kept:
        yield words("load_nothing")
    config = "" if made.kept else ', "reasons"'
    shown = 'data[0]["credit"]' if made.kept else "data.to_pandas()"
    yield (
        f'```python\nfrom datasets import load_dataset\n\ndata = load_dataset("PATH"{config}, split="train")\n'
        f"print({shown})\n```"
    )
    groups = sorted(path.name for path in (folder / "data").glob("*") if path.is_dir())
    yield words("load_note", configs=", ".join(code(name) for name in [*groups, "decisions", "reasons"]))


def _policy(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    policy = run["config"]["policy"]
    yield f"## {words('policy')}"
    sentences = [
        words("policy_uses", uses=words.names("use", policy["uses"])),
        words("policy_duties", duties=words.names("duty", policy["duties"]) or words("none_owed")),
        words("policy_bases", bases=words.names("basis", policy["bases"])),
        words(f"families_{policy['families']}"),
        words(f"conflicts_{policy['conflicts']}"),
        words(f"contested_{policy['contested']}"),
        words(f"reservations_{policy['reservations']}"),
    ]
    if policy["reservations"] == "honour":
        sentences.append(words(f"natural_{policy['natural_language']}"))
    yield "\n".join(f"- {sentence}" for sentence in sentences)
    if policy["accepted_risks"]:
        risks = [
            words(
                "risk",
                license=code(risk["license"]),
                use=words.name("use", risk["use"]),
                because=escaped(risk["because"]),
            )
            for risk in policy["accepted_risks"]
        ]
        yield words("risks") + "\n\n" + "\n".join(f"- {risk}" for risk in risks)
    else:
        yield words("no_risks")
    if persons := sum(n for rule, n in made.by["rule"].items() if rule.startswith("decided by ")):
        yield words("persons", records=words.number(persons))


def _picture(name: str, pictures: Mapping[str, str]) -> str:
    path = f"pictures/{name}.png"
    return f"![{pictures[path]}]({path})" if path in pictures else ""


def _funnel(made: Figures, reasons: Table, words: Words, pictures: Mapping[str, str]) -> Iterator[str]:
    yield f"## {words('funnel')}"
    counts = made.decisions
    yield words(
        "funnel_text",
        read=words.number(made.read),
        kept=words.number(counts["keep"]),
        review=words.number(counts["review"]),
        refused=words.number(counts["refuse"]),
    )
    yield _picture("funnel", pictures)
    rows = []
    for reason, records in ranked(made.reasons):
        row = reasons[reason]
        decision = words.name("decision", row.decision)
        rows.append((code(reason), decision, escaped(words.reason(reason, row.sentence)), words.number(records)))
    yield table((words("reason"), words("decision"), words("meaning"), words("records")), rows, right=(3,))


def _composition(
    run: Mapping[str, Any], made: Figures, registry: Registry, words: Words, pictures: Mapping[str, str]
) -> Iterator[str]:
    stages = {stage["stage"] for stage in run["config"]["stages"]}
    yield f"## {words('composition')}"

    def counted(name: str, title: str, label: Any = code) -> Iterator[str]:
        yield f"### {title}"
        if name in ("language", "region") and name not in stages:
            yield words(f"unchecked_{name}")
            return
        if not any(made.by[name]):
            yield words("none_stated")
            return
        items = ranked(made.by[name])
        characters = made.characters_by.get(name)
        head = [title, words("records"), words("share")]
        rows = []
        for value, records in items[:MOST]:
            row = [
                label(value) if value else words("undecided" if name == "region" else "unknown"),
                words.number(records),
                words.percent(records / made.kept),
            ]
            rows.append([*row, words.number(characters[value])] if characters is not None else row)
        if rest := sum(n for _, n in items[MOST:]):
            row = [f"{words('other')} ({len(items) - MOST})", words.number(rest), words.percent(rest / made.kept)]
            left = sum(characters[value] for value, _ in items[MOST:]) if characters is not None else 0
            rows.append([*row, words.number(left)] if characters is not None else row)
        head += [words("characters")] if characters is not None else []
        yield table(head, rows, right=(1, 2, 3))

    yield from counted("source", words("source"))
    yield from counted("license", words("license"), lambda value: _license_cell(value, made, registry, words))
    yield words("license_one") if len(made.by["license"]) == 1 else words("license_note")
    if any(value.startswith("LicenseRef-family-") for value in made.by["license"]):
        yield words("family_note")
    yield _picture("licenses", pictures)
    yield from counted("basis", words("basis"), lambda value: words.name("basis", value))
    yield from counted("language", words("language"))
    yield from counted("region", words("region"))
    if any(made.by["region"]):
        yield words("region_note")
    yield _picture("languages", pictures)
    yield from counted("year", words("year"))
    yield f"### {words('length')}"
    edges = [str(edge) for edge in (0, *EDGES) if made.lengths[str(edge)]]
    rows = [
        (
            words("from_length", edge=words.number(int(edge))),
            words.number(made.lengths[edge]),
            words.percent(made.lengths[edge] / made.kept),
        )
        for edge in edges
    ]
    yield table((words("length"), words("records"), words("share")), rows, right=(1, 2))
    yield _picture("lengths", pictures)


def _license_cell(value: str, made: Figures, registry: Registry, words: Words) -> str:
    row = registry.get(value)
    if row is not None and row.urls:
        return f"[{code(value)}](<{row.urls[0]}>)"
    if value.startswith("LicenseRef-family-"):
        return f"{code(value)} ({words('family_of', count=len(made.members[value]))})"
    return code(value)


def _evidence(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    yield f"## {words('evidence')}"
    yield words("evidence_text")
    rows = [
        (words(f"scope_{scope}" if scope in STRENGTH and scope != "collection" else "scope_person"),
         code(place) or words("unknown"), code(kind) or words("unknown"), words.number(records))
        for (place, kind, scope), records in sorted(
            made.evidence.items(), key=lambda item: (-STRENGTH.get(item[0][2], 0), -item[1], item[0])
        )
    ]  # fmt: skip
    yield table((words("scope"), words("place"), words("kind"), words("records")), rows, right=(3,))
    said = []
    for source in run["config"]["sources"]:
        for place in source["evidence"]:
            if place.get("because"):
                named = place.get("license") or place["from_"]
                url = f" (<{line(place['url'])}>)" if place.get("url") else ""
                because = escaped(place["because"])
                said.append(
                    words(
                        "curators_word", source=line(source["name"]), license=escaped(named), because=because, url=url
                    )
                )
    if said:
        yield words("curators_words") + "\n\n" + "\n".join(f"- {one}" for one in dict.fromkeys(said))


def duties(made: Figures, registry: Registry, words: Words) -> Iterator[str]:
    """What whoever passes the texts on owes."""
    yield f"## {words('duties')}"
    yield words("duties_text")
    owed: dict[str, int] = {}
    for group, records in made.by["duties"].items():
        for duty in filter(None, group.split("+")):
            owed[duty] = owed.get(duty, 0) + records
    if not owed:
        yield words("duties_none")
        return
    rows = [
        (words.name("duty", duty), words(f"duty_{duty}"), words.number(owed[duty])) for duty in DUTIES if duty in owed
    ]
    yield table((words("duty"), words("asks"), words("records")), rows, right=(2,))
    members = sorted({member for found in made.members.values() for member in found})
    if groups := collection(members, registry).groups:
        yield words("mixing") + "\n\n" + "\n".join(f"- {cost}" for cost in _mixing(groups, words))
    conditions = {c for member in members if (row := registry.get(member)) is not None for c in row.conditions}
    if conditions:
        yield words("conditions") + "\n\n" + "\n".join(f"- {words(f'condition_{c}')}" for c in sorted(conditions))


def excepted(made: Figures, registry: Registry, words: Words) -> Iterator[str]:
    """What only a statutory exception lets us keep: a paragraph for each ground, since nobody may pass it on."""
    for basis in EXCEPTIONS:
        rows = [row for name in sorted(made.by["license"]) if (row := registry.get(name)) and row.basis == basis]
        if not rows:
            continue
        yield f"## {words(f'excepted_{basis}')}"
        records = words.number(sum(made.by["license"][row.id] for row in rows))
        yield words(f"excepted_{basis}_text", records=records, grounds="; ".join(escaped(row.name) for row in rows))


def _mixing(groups: Sequence[str], words: Words) -> Iterator[str]:
    """What share-alike groups ask of a work that is made from several records (licenses.compat has the sources)."""
    for group in groups:
        others = ", ".join(map(code, BECOMES.get(group, ())))
        yield (
            words("mix_becomes", group=code(group), others=others) if others else words("mix_group", group=code(group))
        )
    if len(groups) > 1:
        shared = common(groups)
        named = ", ".join(map(code, groups))
        yield words("mix_under", groups=named, shared=code(shared)) if shared else words("mix_never", groups=named)


def _reservations(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    yield f"## {words('reservations')}"
    sources = {s["name"]: s["reservations"] for s in run["config"]["sources"]}
    if not any(sources.values()):
        yield words("reservations_none")
    else:
        yield words("reservations_text")
        yield table(
            (words("source"), words("protocol")),
            [(code(name), ", ".join(map(code, looked)) or words("none_owed")) for name, looked in sources.items()],
        )
        rows = [
            (code(protocol), words.name("answer", answer), words.number(records))
            for (protocol, answer), records in sorted(made.protocols.items())
            if answer != "not-looked-for"
        ]
        if rows:
            yield table((words("protocol"), words("answer"), words("records")), rows, right=(2,))
    refused = sum(n for reason, n in made.reasons.items() if reason.startswith("reservation."))
    if refused:
        yield words("refused_by", records=words.number(refused))


def estimates(run: Mapping[str, Any], made: Figures, words: Words) -> str:
    """How many copies were found by an estimate, and how far off it can be at the least similarity of a copy."""
    near = next(stage["near"] for stage in run["config"]["stages"] if stage["stage"] == "dedup")
    records, error = words.number(made.estimated), words.percent(estimate_error(near))
    return words("unchecked_estimated", records=records, near=words.percent(near), error=error)


def _unchecked(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    config = run["config"]
    stages = {stage["stage"]: stage for stage in config["stages"]}
    found = [words("unchecked_title"), words("unchecked_copies")]
    if "dedup" not in stages:
        found.append(words("unchecked_dedup"))
    elif not stages["dedup"].get("near"):
        found.append(words("unchecked_near"))
    if made.estimated:
        found.append(estimates(run, made, words))
    found += [words(f"unchecked_{stage}") for stage in ("language", "region") if stage not in stages]
    blind = [code(s["name"]) for s in config["sources"] if not s["reservations"]]
    if blind:
        found.append(words("unchecked_reservations", sources=", ".join(blind)))
    found += [words("unchecked_later", as_of=run["as_of"]), words("unchecked_illegal"), words("unchecked_quality")]
    yield f"## {words('unchecked')}"
    yield "\n".join(f"- {sentence}" for sentence in found)


def _audit(made: Figures, folder: Path, words: Words) -> Iterator[str]:
    yield f"## {words('audit')}"
    result = audited.result(folder)
    if result is None:
        yield words("audit_none")
        return
    yield words(
        "audit_text",
        by=escaped(", ".join(result.by)),
        judged=words.number(result.judged),
        kept=words.number(made.kept),
        date=result.date,
        decided=words.number(result.decided),
        wrong=words.number(result.wrong),
        rate=words.percent(result.rate),
        low=words.percent(result.low),
        high=words.percent(result.high),
        unsure=words.number(result.unsure),
    )
    rows = []
    for one in result.strata:
        span = f"{words.percent(one.low)} – {words.percent(one.high)}"
        rows.append((code(one.stratum), words.number(one.decided), words.number(one.wrong), span))
    yield table((words("stratum"), words("judged"), words("wrong"), words("interval")), rows, right=(1, 2))


def _made(run: Mapping[str, Any], words: Words) -> Iterator[str]:
    dataset = run["dataset"]
    yield f"## {words('made')}"
    yield words(
        "made_text",
        version=run["reinschrift"],
        digest=run["digest"],
        release=run["release"],
        rules=code(run["rules"]["registry"][:16]),
    )
    stages = ["license", "reservation", *(stage["stage"] for stage in run["config"]["stages"])]
    yield words("stages", stages=", ".join(map(code, stages)))
    yield words("made_versions", versions=", ".join(f"{name} {v}" for name, v in sorted(run["versions"].items())))
    curators = escaped(", ".join(dataset["curators"]))
    yield words("made_curators", curators=curators, dataset_version=escaped(dataset["version"]))
    yield f"## {words('cite')}"
    yield citation(run, dataset["curators"])


def citation(run: Mapping[str, Any], curators: Sequence[str]) -> str:
    """A BibTeX entry as a block of code."""
    dataset = run["dataset"]

    def plain(value: object) -> str:
        return re.sub(r"[{}\\`]", "", line(value))

    authors = " and ".join("{" + plain(name) + "}" for name in curators)
    key = re.sub(r"[^a-z0-9]+", "-", line(dataset["name"]).lower()).strip("-") or "dataset"
    return (
        f"```bibtex\n@misc{{{key},\n  title = {{{plain(dataset['name'])}}},\n  author = {{{authors}}},\n"
        f"  year = {{{run['as_of'][:4]}}},\n  version = {{{plain(dataset['version'])}}},\n"
        f"  note = {{release {run['release'][:16]}}}\n}}\n```"
    )
