"""eu-training-summary: what a provider needs of this dataset for the public summary of training content.

Fields in the order of the template C(2025) 5235 final (24 July 2025) under Article 53(1)(d) of Regulation (EU)
2024/1689. Each has an answer, or says why it does not apply, or that it is the provider's own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.papers.figures import Figures, ranked
from pipeline.papers.front_matter import on_hub
from pipeline.papers.markdown import escaped
from pipeline.papers.words import words as english

TOKEN = 4.0  # characters a token, roughly, in European languages; only the template's band depends on it
BANDS = ((1_000_000_000, "less than 1 billion tokens"), (10_000_000_000_000, "1 billion to 10 trillion tokens"))
LARGE = 0.03  # a dataset is large above this share (template 2.1)
LISTED = 1_000  # domains at most for small and medium-sized enterprises (template 2.3)
WEB = ("warc",)
PRIVATE = ("contract", "own")
PROVIDER = "to be stated by the provider of the model"
UNSTATED = "not stated"
UNDATED = "not stated by the sources; read by "
LEAD = (
    "In the order of the template for the public summary of training content under Article 53(1)(d) of Regulation "
    "(EU) 2024/1689 (template C(2025) 5235). The duty is that of the provider of a general-purpose model; this page "
    "supplies what a provider needs of this dataset, and says so where a field is the provider's own. Crawl archives "
    "stand under 2.3, contracts under 2.2.1, the supplier's own work under 2.6, all else under 2.1. It is in English "
    "whatever the language of the card."
)


def summary(run: Mapping[str, Any], made: Figures) -> dict[str, Any]:
    """The fields by the template's numbers, as JSON values; sizes in characters, days as ISO dates."""
    words, provider = english("en"), PROVIDER

    def none(why: str) -> str:
        return f"not applicable: {why}"

    tokens = made.characters / TOKEN
    crawled = [s for s in run["config"]["sources"] if s["reader"] in WEB]
    archives = {source["name"] for source in crawled}
    public = {
        source: sum(n for (s, basis), n in made.grounds.items() if s == source and basis not in PRIVATE)
        for source in made.by["source"]
        if source not in archives
    }
    contracts, own = _ground(made, "contract"), _ground(made, "own")
    return {
        "0 summary": {"version": run["dataset"]["version"], "date": run["as_of"], "release": run["release"]},
        "1.1 provider": {
            "provider": provider,
            "authorised representative": provider,
            "supplier of this dataset": ", ".join(run["dataset"]["curators"]),
            "contact of the supplier": run["dataset"]["contact"],
        },
        "1.2 model": {"model": provider, "dependencies": provider, "placed on the market": provider},
        "1.3 training data": {
            "modalities": ["text"],
            "size": next((name for most, name in BANDS if tokens < most), "more than 10 trillion tokens"),
            "size of this dataset in characters": made.characters,
            "records": made.kept,
            "types of content": "texts of the sources listed under 2",
            "latest acquisition": max((span[1] for span in made.retrieved.values()), default=UNDATED + run["as_of"]),
            "languages": dict(ranked({k or UNSTATED: n for k, n in made.by["language"].items()})),
            "regions": {k: n for k, n in ranked(made.by["region"]) if k} or "none decided",
        },
        "2.1 publicly available datasets": _datasets(run, public, made)
        if any(public.values())
        else none("no record comes from such a source"),
        "2.2.1 licensed by rightholders": contracts or none("no record rests on a contract"),
        "2.2.2 other private datasets": none("no source is declared to be one"),
        "2.3 crawled and scraped": _crawled(crawled, made)
        if any(made.by["source"][name] for name in archives)
        else none("no record comes from a crawl archive"),
        "2.4 user data": none("no source holds data of users of services"),
        "2.5 synthetic data": none("no source is declared to be synthetic; it was not checked"),
        "2.6 other sources": {"description": "own work of the supplier", **own}
        if own
        else none("all sources are listed above"),
        "3.1 reservations of rights": {
            "code of practice": provider,
            "measures": words(f"reservations_{run['config']['policy']['reservations']}"),
            "protocols looked for, by source": {
                s["name"]: s["reservations"] or "none looked for" for s in run["config"]["sources"]
            },
            "refused because of a reservation": sum(n for r, n in made.reasons.items() if r.startswith("reservation.")),
        },
        "3.2 illegal content": "No stage searches for illegal content; the sources were chosen by the supplier.",
        "3.3 other": words("removal_text", contact=run["dataset"]["contact"]).replace("`", ""),
    }


def _ground(made: Figures, basis: str) -> dict[str, Any]:
    """What rests on a contract or is the supplier's own; empty where nothing does."""
    sources = {source: n for (source, ground), n in made.grounds.items() if ground == basis}
    if not sources:
        return {}
    return {
        "used": True,
        "records": made.by["basis"][basis],
        "modalities": ["text"],
        "characters by source": dict(ranked(sources)),
    }


def _datasets(run: Mapping[str, Any], sizes: Mapping[str, int], made: Figures) -> dict[str, Any]:
    """Sources with their share of the public text; those above the template's limit are large."""
    total = sum(sizes.values())
    links = {s["name"]: _link(s) for s in run["config"]["sources"]}
    rows = [
        {
            "name": name,
            "characters": size,
            "share": round(size / total, 4),
            "large": size / total > LARGE,
            "link": links[name],
        }
        for name, size in ranked(sizes)
        if size
    ]
    return {"used": True, "modalities": ["text"], "datasets": rows}


def _link(source: Mapping[str, Any]) -> str:
    """Where a source can be found: the dataset on the Hub, else the address that its curator gives."""
    if on_hub(source):
        return f"https://huggingface.co/datasets/{source['path']}"
    return next((str(place["url"]) for place in source["evidence"] if place.get("url")), "none stated")


def _crawled(sources: list[Mapping[str, Any]], made: Figures) -> dict[str, Any]:
    names = {source["name"] for source in sources}
    sizes: Counter[str] = Counter()
    for (source, host), characters in made.hosts.items():
        if source in names:
            sizes[host] += characters
    hosts = ranked(sizes)
    top = math.ceil(len(hosts) / 10)
    return {
        "used": True,
        "sources": sorted(name for name in names if made.by["source"][name]),
        "modalities": ["text"],
        "crawler": "to be stated by whoever crawled; the archives do not say",
        "period": {name: list(made.retrieved.get(name, ())) for name in sorted(names) if made.by["source"][name]},
        "hosts": len(hosts),
        "top 10 % of hosts by characters": dict(hosts[:top]) or UNSTATED,
        "top 5 % or 1,000 of hosts (small and medium-sized enterprises)": dict(
            hosts[: min(math.ceil(len(hosts) / 20), LISTED)]
        )
        or UNSTATED,
    }


def markdown(fields: Mapping[str, Any]) -> str:
    """The same to read."""
    parts = ["# Summary of the training content of this dataset", LEAD]
    for title, value in fields.items():
        parts += [f"## {title}", "\n".join(_lines(value)) if isinstance(value, dict) else escaped(value)]
    return "\n\n".join(parts) + "\n"


def _lines(value: Any, depth: int = 0) -> Iterator[str]:
    space = "  " * depth
    entries = value.items() if isinstance(value, dict) else ((row["name"], _without_name(row)) for row in value)
    for name, item in entries:
        if isinstance(item, dict) or (isinstance(item, list) and item and isinstance(item[0], dict)):
            yield f"{space}- {escaped(name)}:"
            yield from _lines(item, depth + 1)
        elif isinstance(item, list):
            yield f"{space}- {escaped(name)}: {', '.join(escaped(one) for one in item) or UNSTATED}"
        else:
            yield f"{space}- {escaped(name)}: {_plain(item)}"


def _without_name(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "name"}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2%}"  # the only ones are shares
    return f"{value:,}" if isinstance(value, int) else escaped(value) or UNSTATED
