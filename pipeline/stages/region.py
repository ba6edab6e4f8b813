"""Which country's usage does the text follow, and is it a region that was asked for? In, out, or undecided."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import langcodes
import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from licenses.model import Reason
from pipeline.kernels import identify as kernel
from pipeline.kernels import varieties
from pipeline.kernels.varieties import KINDS, Evidence
from pipeline.kernels.view import View, view
from pipeline.stage import KEEP, Batch, Context

DECLARED = {"record": 3.0, "html lang": 2.0, "og:locale": 1.0, "content-language": 1.0}
TEMPLATE = 0.5  # en-US stands in templates whatever the text is
_HTML_LANG = re.compile(rb"<html\b[^>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z0-9_-]{2,35})", re.I)
_OG_LOCALE = re.compile(rb"<meta\b[^>]{0,200}?og:locale[\"'][^>]{0,200}?content\s*=\s*[\"']([A-Za-z0-9_-]{2,35})", re.I)
_HEAD = 16_384  # bytes of a page in which these stand

SCORES = pl.List(pl.Float64)
FACTS: dict[str, Any] = {
    "region": pl.String,
    "region_evidence": pl.List(pl.String),
    "region_candidates": pl.List(pl.String),
    "region_language": pl.String,
    "region_publisher": pl.String,
    "region_scores": SCORES,
    "region_pieces": pl.List(pl.Int64),
}


def place(
    text: str,
    language: str | None = None,
    declared: Sequence[tuple[str, str]] = (),
    url: str | None = None,
) -> tuple[str | None, list[str]]:
    """The region of one text as a BCP 47 tag (None: undecided) and what it was concluded from, strongest first.

    `language` is the text's tag (None: it is found); `declared` holds pairs of a kind (a key of DECLARED) and a tag;
    what is declared for another language than the text's falls.
    """
    column = varieties.arrow([text])
    if language is None:
        found = kernel.identify(column)
        seen, language = found.view, str(found.tag[0])
    else:
        seen = view(column)
    row = _measure(seen, [language], [tuple(declared)], [url])[0]
    return row["region"], row["region_evidence"]


def declared_in(html: bytes | str | None, headers: dict[str, list[str]] | None = None) -> list[tuple[str, str]]:
    """The tags that a page declares of itself: `html lang`, `og:locale`, and the header Content-Language (RFC 9110)."""
    result: list[tuple[str, str]] = []
    if html is not None:
        head = html[:_HEAD].encode("utf-8", "replace") if isinstance(html, str) else html[:_HEAD]
        for kind, pattern in (("html lang", _HTML_LANG), ("og:locale", _OG_LOCALE)):
            match = pattern.search(head)
            if match:
                result.append((kind, match.group(1).decode("ascii")))
    values = (headers or {}).get("content-language", [])
    tags = [tag.strip() for value in ([values] if isinstance(values, str) else values) for tag in str(value).split(",")]
    if len(tags) == 1:  # several languages are an audience, not the text's
        result.append(("content-language", tags[0]))
    return result


@lru_cache(maxsize=4096)
def _tag(tag: str) -> tuple[str, str] | None:
    """Language and territory of a declared tag; None where it is no BCP 47 or names no territory."""
    try:
        parsed = langcodes.get(tag.strip().replace("_", "-"))
    except ValueError:  # LanguageTagError is one
        return None
    if not parsed.is_valid() or parsed.language is None or parsed.territory is None:
        return None
    return parsed.language, parsed.territory


def publisher(url: str | None) -> str | None:
    """The publisher a record is pooled under: its host without `www.`."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.").rstrip(".") if host else None


def _surroundings(evidence: Evidence, t: varieties.Table, declared: Sequence[tuple[str, str]], url: str | None) -> None:
    """Adds what is declared and who publishes; each kind once."""
    for kind, tag in dict.fromkeys(declared):
        parsed = _tag(tag)
        if parsed is None or parsed[0] != t.language or parsed[1] not in t.regions:
            continue
        weight = TEMPLATE if parsed == ("en", "US") else DECLARED[kind]
        evidence.add("declared", _one(t, parsed[1], weight), f"{kind} {tag[:35]}", t.regions)
    host = publisher(url)
    country = varieties.host_country(host) if host else None
    if country is not None and country[0] in t.regions:
        evidence.add("publisher", _one(t, country[0], country[1]), f"host .{country[2]}", t.regions)


def _one(t: varieties.Table, region: str, weight: float) -> Any:
    vector = np.zeros(len(t.regions))
    vector[t.regions.index(region)] = weight
    return vector


def _measure(
    seen: View, tags: Sequence[str | None], declared: Sequence[Sequence[tuple[str, str]]], urls: Sequence[str | None]
) -> list[dict[str, Any]]:
    """FACTS of every text of a view. `tags` are their languages; a language without a table is its own candidate."""
    rows: list[dict[str, Any]] = [{**dict.fromkeys(FACTS), "region_evidence": []} for _ in tags]
    for language in sorted({tag for tag in tags if tag in varieties.languages()}):
        t = varieties.table(language)
        where = np.array([index for index, tag in enumerate(tags) if tag == language], np.int64)
        for index, evidence in zip(where.tolist(), varieties.linguistic(seen, where, language), strict=True):
            _surroundings(evidence, t, declared[index], urls[index])
            rows[index] |= _facts(t, evidence.scores, evidence.count(), evidence.written())
            rows[index]["region_publisher"] = publisher(urls[index])
    for row, tag in zip(rows, tags, strict=True):
        if row["region_language"] is None and tag is not None and tag not in kernel_answers():
            row["region_language"], row["region_candidates"] = tag, [tag]
    return rows


def kernel_answers() -> tuple[str, ...]:
    """The answers that name no one language."""
    return (kernel.UNDETERMINED, kernel.NO_LANGUAGE, kernel.SEVERAL)


def _facts(t: varieties.Table, scores: Any, pieces: Any, written: list[str]) -> dict[str, Any]:
    region, possible = varieties.decide(scores, pieces, t.prior, t.regions)
    return {
        "region": f"{t.language}-{region}" if region else None,
        "region_evidence": written,
        "region_candidates": [f"{t.language}-{name}" for name in possible],
        "region_language": t.language,
        "region_scores": scores.round(4).ravel().tolist(),
        "region_pieces": pieces.tolist(),
    }


POOL_LEAST = 2  # records of a publisher that follow one usage, before it says anything of its others
POOL_MAJORITY = 0.75  # of what the records say by their usage must speak for the region
POOL_CAP = 2.0  # what one record can say there: a long one must not outvote the rest


def together(scores: Any, pieces: Any, t: varieties.Table) -> tuple[str | None, int]:
    """The region that the evidence of a publisher's records decides, and how many of them follow its usage.

    `scores` is record × kind × region, `pieces` record × region. None unless POOL_LEAST records follow its usage no
    less than any other's, and POOL_MAJORITY of what the records say by their usage speaks for it: what records are
    about, and their host, is no voice.
    """
    summed = np.round(scores.sum(axis=0), 4)  # so that the order of the records does not show
    # One host is one piece of evidence: its ending would be added up as often as it has records.
    publisher_kind = KINDS.index("publisher")
    summed[publisher_kind] = scores[:, publisher_kind].max(axis=0)
    region, _ = varieties.decide(summed, pieces.sum(axis=0), t.prior, t.regions)
    if region is None:
        return None, 0
    usage = np.round(scores[:, :publisher_kind].sum(axis=1), 4)  # orthography, lexis, format, declared
    usage = usage[(usage > 0).any(axis=1)]  # the records that say something
    own, most = usage[:, t.regions.index(region)], usage.max(axis=1)
    follows = own >= most
    voices = int(follows.sum())
    speaks_for = np.minimum(own, POOL_CAP)[follows].sum()
    against = np.minimum(most - own, POOL_CAP)[~follows].sum()
    agreed = voices >= POOL_LEAST and speaks_for >= POOL_MAJORITY * (speaks_for + against)
    return (region, voices) if agreed else (None, voices)


def pool(facts: pl.DataFrame) -> pl.DataFrame:
    """Region facts after pooling over a publisher: `facts` holds the columns of FACTS, one row a record, any order.

    Rows are pooled by (`region_publisher`, `region_language`); overwrite `region_publisher` to pool by series or
    volume. A record that is decided by itself stays so. An undecided one takes the publisher's region if the evidence
    of all its records together decides (`together`; tests/bench/region.py), POOL_MAJORITY of the decided ones agree,
    and the region is among the record's own candidates.
    Returns `region`, `region_evidence`, `region_candidates` of every row, in order; the order does not matter.
    """
    columns = ["region", "region_evidence", "region_candidates"]
    known = facts.with_row_index("_row").filter(
        pl.col("region_publisher").is_not_null() & pl.col("region_scores").is_not_null()
    )
    changed: dict[int, tuple[str, list[str]]] = {}
    for (host, language), group in known.group_by("region_publisher", "region_language"):
        t = varieties.table(str(language))
        scores = np.array(group.get_column("region_scores").to_list()).reshape(group.height, len(KINDS), len(t.regions))
        pieces = np.array(group.get_column("region_pieces").to_list()).reshape(group.height, len(t.regions))
        region, voices = together(scores, pieces, t)
        tag = f"{language}-{region}"
        own = group.get_column("region").drop_nulls().to_list()
        if region is None or sum(item == tag for item in own) < POOL_MAJORITY * len(own):
            continue
        note = f"publisher: {voices} records of {host} together ({region})"
        for row, decided, candidates, evidence in group.select(
            "_row", *columns[:1], columns[2], columns[1]
        ).iter_rows():
            if decided is None and tag in (candidates or []):
                changed[row] = (tag, [note, *(evidence or [])])
    rows = range(facts.height)
    return facts.select(
        pl.Series(
            "region",
            [changed[r][0] if r in changed else v for r, v in zip(rows, facts["region"], strict=True)],
            pl.String,
        ),
        pl.Series(
            "region_evidence",
            [
                changed[r][1] if r in changed else v
                for r, v in zip(rows, facts["region_evidence"].to_list(), strict=True)
            ],
            pl.List(pl.String),
        ),
        pl.Series(
            "region_candidates",
            [
                [changed[r][0]] if r in changed else v
                for r, v in zip(rows, facts["region_candidates"].to_list(), strict=True)
            ],
            pl.List(pl.String),
        ),
    )


@cache
def sets() -> dict[str, tuple[str, ...]]:
    """Named sets of BCP 47 ranges, `DACH` and the like."""
    return {name: tuple(ranges) for name, ranges in varieties.read("sets")["sets"].items()}


def ranges_of(names: Sequence[str]) -> tuple[str, ...]:
    """The ranges that names of sets and BCP 47 ranges stand for. Raises ValueError for what is neither."""
    result: list[str] = []
    for name in names:
        if name in sets():
            result.extend(sets()[name])
            continue
        probe = name.replace("*-", "und-").removesuffix("-*")
        parsed = langcodes.get(probe, normalize=False) if langcodes.tag_is_valid(probe) else None
        if parsed is None or (parsed.language in (None, "und") and parsed.territory is None):
            raise ValueError(f"{name!r} is no BCP 47 range and no set of regions ({', '.join(sorted(sets()))})")
        result.append(name)
    return tuple(dict.fromkeys(result))


def matches(range_: str, tag: str) -> bool:
    """Extended filtering of RFC 4647 section 3.3.2: `*-AT` and `de` match `de-AT`."""
    wanted, given = range_.lower().split("-"), tag.lower().split("-")
    if wanted[0] not in ("*", given[0]):
        return False
    at = 1
    for part in wanted[1:]:
        if part == "*":
            continue
        while at < len(given) and given[at] != part:
            if len(given[at]) == 1:
                return False
            at += 1
        if at == len(given):
            return False
        at += 1
    return True


class Wanted(BaseModel):
    """What a source has instead of the stage's own; what is left out stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    regions: list[str] | None = Field(default=None, min_length=1, description="Wanted regions.")
    undecided: Literal["keep", "refuse", "review"] | None = Field(default=None, description="What becomes of the rest.")

    @field_validator("regions")
    @classmethod
    def _known(cls, value: list[str] | None) -> list[str] | None:
        ranges_of(value or ())
        return value


class Stage:
    """Keeps texts written in the usage of a listed region; three answers, and what is undecided is never guessed."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        regions: list[str] = Field(
            min_length=1,
            description="Wanted regions: BCP 47 ranges (de-AT, *-CH, de) or sets (DACH, EU-24, Nordics …).",
        )
        undecided: Literal["keep", "refuse", "review"] = Field(
            default="review",
            description="What becomes of a text whose region stays open, while its language is one of the regions'.",
        )
        sources: dict[str, Wanted] = Field(
            default_factory=dict, description="Other `regions` or `undecided` for a source, by its name."
        )

        @field_validator("regions")
        @classmethod
        def _known(cls, value: list[str]) -> list[str]:
            ranges_of(value)
            return value

    reasons: ClassVar[Sequence[Reason]] = (
        Reason("region.other", "refuse", "The text follows the usage of another region, or is in another language."),
        Reason(
            "region.undecided", "review", "Nothing in the text or around it decides which region's usage it follows."
        ),
        Reason("region.unproven", "refuse", "The region stays undecided, and the configuration refuses such texts."),
        Reason("region.no-language", "refuse", "No one language could be told, so no region either."),
    )
    facts: ClassVar[dict[str, Any]] = FACTS
    corpus: ClassVar[bool] = False
    pool = staticmethod(pool)  # gather judges, after records of one publisher were looked at together

    def __init__(self, options: Options, context: Context) -> None:
        own = options.sources.get(context.source, Wanted())
        self._ranges = ranges_of(own.regions or options.regions)
        self._undecided = own.undecided or options.undecided

    def measure(self, batch: Batch) -> pl.DataFrame:
        frame = batch.frame
        if "language" in frame.columns:
            seen, tags = view(batch.text), frame.get_column("language").to_list()
        else:
            found = kernel.identify(batch.text)
            seen, tags = found.view, found.tag.tolist()
        urls = frame.get_column("url").to_list() if "url" in frame.columns else [None] * len(batch)
        return pl.DataFrame(
            _measure(seen, tags, [_declared(batch, row) for row in range(len(batch))], urls), schema=FACTS
        )

    def judge(self) -> pl.Expr:
        return judge(self._ranges, self._undecided)


def _declared(batch: Batch, row: int) -> list[tuple[str, str]]:
    frame, result = batch.frame, []
    if "locale" in frame.columns and frame["locale"][row]:
        result.append(("record", frame["locale"][row]))
    html = batch.raw[row].as_py() if "media" in frame.columns and frame["media"][row] == "html" else None
    headers = frame["headers"][row] if "headers" in frame.columns else None
    return result + declared_in(html, json.loads(headers) if headers else None)


def judge(ranges: Sequence[str], undecided: Literal["keep", "refuse", "review"]) -> pl.Expr:
    """The verdict on `region_candidates`: all wanted, none wanted, or open. For facts before and after `pool`."""
    open_ = {"keep": KEEP, "refuse": "region.unproven", "review": "region.undecided"}[undecided]

    def verdict(candidates: pl.Series) -> pl.Series:
        answers = []
        for tags in candidates.to_list():
            if not tags:
                answers.append("region.no-language")
                continue
            inside = [any(matches(range_, tag) for range_ in ranges) for tag in tags]
            # A language without a table is its own candidate: a range of it with a territory leaves it open.
            spoken = any(range_.split("-")[0] in ("*", tag.split("-")[0]) for range_ in ranges for tag in tags)
            bare = all("-" not in tag for tag in tags)
            if all(inside):
                answers.append(KEEP)
            elif any(inside) or (bare and spoken):
                answers.append(open_)
            else:
                answers.append("region.other")
        return pl.Series(answers, dtype=pl.String)

    return pl.col("region_candidates").map_batches(verdict, return_dtype=pl.String)
