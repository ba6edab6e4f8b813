"""README.md: the dataset card, a function of run.json, the ledger and the data. It has no gap: it fails instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from licenses.model import Reason
from licenses.registry import Registry
from pipeline.errors import InternalError
from pipeline.greedy import estimate_error
from pipeline.papers import attribution, audited, grounds, owed
from pipeline.papers.bands import EDGES, band
from pipeline.papers.figures import Figures, pairs, ranked
from pipeline.papers.front_matter import front_matter
from pipeline.papers.markdown import code, escaped, line, sentence, table
from pipeline.papers.words import Words

MOST = 40  # rows of a table on the card; report.html has all
INLINE = "inline"  # what a policy is called that stands in the configuration itself
_LATEX = re.compile(r"[&%$#_]")
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
    said = text.partition("\n---\n")[2].replace("`nan`", "")
    for (_, statement, _), _ in pairs(made.granted)[: grounds.SAID]:  # what others wrote is quoted as it is
        said = said.replace(f"«{escaped(grounds.quoted(statement))}»", "")
    if (gap := GAP.search(said)) and gap[0] not in f"{own} {run['dataset']}":
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
        yield words("sample", limit=run["limit"])
    yield from failed_gates(run, words)
    yield lead(run, made, words)
    if gone := run.get("retracted"):
        yield words("retracted", records=gone["records"], version=escaped(gone["version"]))
    yield from _use(run, made, folder, words)
    yield from _policy(run, made, words)
    yield from _funnel(run, made, reasons, words, pictures)
    if made.kept:
        yield from _composition(run, made, registry, words, pictures)
        yield from grounds.evidence(run, made, words)
        yield from grounds.said(made, registry, words)
        yield from owed.changes(made, words)
        yield from owed.duties(made, registry, words)
        yield from owed.excepted(made, registry, words)
    yield from grounds.reservations(run, made, words)
    yield from _unchecked(run, made, words)
    yield from _audit(made, folder, words)
    yield f"## {words('personal')}"
    if made.kept:
        yield words("personal_text")
    if "published" not in run:
        yield words("personal_ledger")
    yield f"## {words('removal')}"
    yield words("removal_text", contact=escaped(run["dataset"]["contact"]))
    yield from _made(run, words)


def lead(run: Mapping[str, Any], made: Figures, words: Words) -> str:
    """How much was kept, by which policy and day."""
    policy, day = policy_name(run, words), words.day(run["as_of"])
    said = words("lead", kept=made.kept, read=made.read, policy=policy, as_of=day, characters=made.characters)
    return f"{said} {words('receipt')}" if made.kept else said


def failed_gates(run: Mapping[str, Any], words: Words) -> Iterator[str]:
    """A sentence for every gate that failed."""
    for name, gate in sorted(run["gates"].items()):
        if not gate["passed"]:
            value, limit = words.percent(gate["value"]), words.percent(gate["limit"])
            yield words("gate_failed", name=name, meaning=words(f"gate_{name}"), value=value, limit=limit)


def policy_name(run: Mapping[str, Any], words: Words) -> str:
    """The policy as part of a sentence; one that stands in the configuration itself has no name."""
    name = run["config"]["policy"]["name"]
    return words("policy_inline") if name == INLINE else words("policy_named", name=escaped(name))


def _use(run: Mapping[str, Any], made: Figures, folder: Path, words: Words) -> Iterator[str]:
    yield f"## {words('whom')}"
    languages = ", ".join(named(tag, words) for tag, _ in ranked(made.by["language"]) if tag) or words("unknown")
    names = [source["name"] for source in run["config"]["sources"]]
    there = ", ".join(code(name) for name in names if made.by["source"][name] or not made.kept)
    ledger = words("ledger_kept" if "published" in run else "ledger_whole")
    yield f"{words('whom_text', sources=there, languages=languages)} {ledger}"
    if made.kept and (rest := [code(name) for name in names if not made.by["source"][name]]):
        yield words("whom_nothing", sources=", ".join(rest))
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
        words("contested_not"),
        words(f"reservations_{policy['reservations']}"),
    ]
    looked = {protocol for source in run["config"]["sources"] for protocol in source["reservations"]}
    if "robots" in looked:
        sentences.append(words("robots", agents=words.names("agents", policy["robots_agents"])))
    if policy["reservations"] == "honour":
        natural = policy["natural_language"] if "natural_language" in looked else "blind"
        sentences.append(words(f"natural_{natural}"))
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
        yield words("persons", records=persons)


def _picture(name: str, pictures: Mapping[str, str]) -> str:
    path = f"pictures/{name}.png"
    return f"![{pictures[path]}]({path})" if path in pictures else ""


def _funnel(
    run: Mapping[str, Any], made: Figures, reasons: Table, words: Words, pictures: Mapping[str, str]
) -> Iterator[str]:
    yield f"## {words('funnel')}"
    counts = made.decisions
    yield words(
        "funnel_text",
        read=made.read,
        kept=counts["keep"],
        review=counts["review"],
        refused=counts["refuse"],
    )
    yield _picture("funnel", pictures)
    rows = []
    for reason, records in ranked(made.reasons):
        row = reasons[reason]
        decision = words.name("decision", row.decision)
        rows.append((code(reason), decision, sentence(words.reason(reason, row.sentence)), words.number(records)))
    yield table((words("reason"), words("decision"), words("meaning"), words("records")), rows, right=(3,))
    if "published" not in run:
        yield words("examples") + (f" {words('waiting')}" if counts["review"] else "")


def _composition(
    run: Mapping[str, Any], made: Figures, registry: Registry, words: Words, pictures: Mapping[str, str]
) -> Iterator[str]:
    stages = {stage["stage"] for stage in run["config"]["stages"]}
    yield f"## {words('composition')}"

    def counted(name: str, label: Callable[[str], str] = code, by_name: bool = False) -> Iterator[str]:
        yield f"### {words(name)}"
        if name in ("language", "region") and name not in stages:
            yield words(f"unchecked_{name}")
        elif not any(made.by[name]):
            yield words("none_stated")
        else:
            yield _counted(name, label, made, words, by_name)

    yield from counted("source")
    yield from counted("license", lambda value: _license_cell(value, made, registry, words))
    yield words("license_one") if len(made.by["license"]) == 1 else words("license_note")
    if any(value.startswith("LicenseRef-family-") for value in made.by["license"]):
        yield words("family_note")
    yield _picture("licenses", pictures)
    yield from counted("basis", lambda value: words.name("basis", value))
    yield from counted("language", lambda value: named(value, words))
    if measured := run.get("measured", {}).get("language"):
        yield words("measured_language", checked=measured["checked"], disagreed=words.number(measured["disagreed"]))
    yield from counted("region", lambda value: named(value, words))
    if any(made.by["region"]):
        yield words("region_note")
    yield _picture("languages", pictures)
    yield from counted("year", by_name=True)
    yield f"### {words('length')}"
    edges = [edge for edge in (0, *EDGES) if made.lengths[str(edge)]]
    rows = []
    for edge in edges:
        records = made.lengths[str(edge)]
        rows.append((band(edge, words), words.number(records), words.percent(records / made.kept)))
    yield table((words("length"), words("records"), words("share")), rows, right=(1, 2))
    yield _picture("lengths", pictures)


def _counted(name: str, label: Callable[[str], str], made: Figures, words: Words, by_name: bool) -> str:
    """A table of one column's values: the most frequent first, or in the order of their names."""
    items = ranked(made.by[name])
    shown, rest = items[:MOST], items[MOST:]
    if by_name:
        shown.sort(key=lambda item: (not item[0], item[0]))
    characters = made.characters_by.get(name)
    lines = [(label(v) if v else words("undecided" if name == "region" else "unknown"), [v]) for v, _ in shown]
    if rest:
        lines.append((f"{words('other')} ({words.number(len(rest))})", [value for value, _ in rest]))
    rows = []
    for title, values in lines:
        records = sum(made.by[name][value] for value in values)
        row = [title, words.number(records), words.percent(records / made.kept)]
        rows.append([*row, words.number(sum(characters[v] for v in values))] if characters is not None else row)
    head = [words(name), words("records"), words("share"), *([words("characters")] if characters is not None else [])]
    return table(head, rows, right=(1, 2, 3))


def named(tag: str, words: Words) -> str:
    """A language tag with what it is called."""
    name = words.tag(tag)
    return f"{name} ({code(tag)})" if name else code(tag)


def _license_cell(value: str, made: Figures, registry: Registry, words: Words) -> str:
    if value.startswith("LicenseRef-family-"):
        return f"{code(value)} ({words('family_of', count=len(made.members[value]))})"
    row = registry.get(value)
    return attribution.link(row) if row is not None else code(value)


def estimates(run: Mapping[str, Any], made: Figures, words: Words) -> str:
    """How many copies were found by an estimate, and how far off it can be at the least similarity of a copy."""
    near = next(stage["near"] for stage in run["config"]["stages"] if stage["stage"] == "dedup")
    error = words.percent(estimate_error(near))
    return words("unchecked_estimated", records=made.estimated, near=words.percent(near), error=error)


def _unchecked(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    config = run["config"]
    stages = {stage["stage"]: stage for stage in config["stages"]}
    found = [words("unchecked_title"), words("unchecked_copies")]
    if "dedup" not in stages:
        found.append(words("unchecked_dedup"))
    elif not stages["dedup"].get("near"):
        found.append(words("unchecked_near"))
    if made.unread:
        found.append(words("unchecked_pages", records=made.unread))
    if made.estimated:
        found.append(estimates(run, made, words))
    found += [words(f"unchecked_{stage}") for stage in ("language", "region") if stage not in stages]
    blind = [code(s["name"]) for s in config["sources"] if not s["reservations"]]
    if blind:
        found.append(words("unchecked_reservations", sources=", ".join(blind)))
    found.append(words("unchecked_later", as_of=words.day(run["as_of"])))
    found += [words("unchecked_personal"), words("unchecked_illegal"), words("unchecked_quality")]
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
        judged=result.judged,
        kept=made.kept,
        date=words.day(result.date),
        decided=result.decided,
        wrong=result.wrong,
        rate=words.percent(result.rate),
        low=words.percent(result.low),
        high=words.percent(result.high),
        unsure=result.unsure,
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
        rules=run["rules"]["registry"][:16],
    )
    stages = ["license", "reservation", *(stage["stage"] for stage in run["config"]["stages"])]
    yield words("stages", stages=", ".join(map(code, stages)))
    yield words("made_versions", versions=", ".join(f"{name} {v}" for name, v in sorted(run["versions"].items())))
    curators = escaped(", ".join(dataset["curators"]))
    yield words("made_curators", curators=curators, dataset_version=escaped(dataset["version"]))
    yield f"## {words('cite')}"
    yield citation(run, dataset["curators"])


def citation(run: Mapping[str, Any], curators: Sequence[str]) -> str:
    """A BibTeX entry as a block of code; what LaTeX would take for a command is escaped."""
    dataset = run["dataset"]

    def plain(value: object) -> str:
        return _LATEX.sub(r"\\\g<0>", re.sub(r"[{}\\`~^]", "", line(value)))

    authors = " and ".join("{" + plain(name) + "}" for name in curators)
    ascii_name = unicodedata.normalize("NFKD", line(dataset["name"])).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-") or "dataset"
    return (
        f"```bibtex\n@misc{{{key},\n  title = {{{plain(dataset['name'])}}},\n  author = {{{authors}}},\n"
        f"  year = {{{run['as_of'][:4]}}},\n  version = {{{plain(dataset['version'])}}},\n"
        f"  note = {{release {run['release'][:16]}}}\n}}\n```"
    )
