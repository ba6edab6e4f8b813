"""report.html: one self-contained page over the whole release, without script or anything fetched; and its figures.

Every value is escaped; of refused records only ids and statements are shown, never text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from licenses.model import STRENGTH, Reason
from pipeline.papers.card import estimates
from pipeline.papers.figures import EDGES, Figures, pairs, ranked
from pipeline.papers.markdown import line
from pipeline.papers.words import Words

STATEMENTS = 200  # rows of statements that were not understood
HOSTS = 200  # rows of hosts whose records repeat lines
LONGEST = 200  # characters of a value that is shown
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "report": "Report",
        "by_source": "By source",
        "statements": "Statements that were not understood, by number of records",
        "statements_none": "Every statement that was found was understood.",
        "contested": "Contested: the same text under a contrary statement, by pair of sources",
        "copies": "Copies, by source and the source of the one that was kept",
        "repeated": "Lines that many records of a host have, in kept and refused records, by host",
        "host": "host",
        "contrary": "contrary statement in",
        "kept_in": "kept from",
        "statement": "Statement",
        "examples": "Examples",
        "read": "read",
        "nothing": "None.",
        "more": "{n} more",
    },
    "de": {
        "report": "Bericht",
        "by_source": "Nach Quelle",
        "statements": "Nicht verstandene Angaben, nach Zahl der Datensätze",
        "statements_none": "Jede Angabe, die gefunden wurde, wurde verstanden.",
        "contested": "Bestritten: derselbe Text unter einer gegenteiligen Angabe, nach Quellenpaar",
        "copies": "Kopien, nach Quelle und der Quelle dessen, was behalten wurde",
        "repeated": "Zeilen, die viele Datensätze eines Hosts haben, in behaltenen und abgelehnten, nach Host",
        "host": "Host",
        "contrary": "gegenteilige Angabe in",
        "kept_in": "behalten aus",
        "statement": "Angabe",
        "examples": "Beispiele",
        "read": "gelesen",
        "nothing": "Keine.",
        "more": "{n} weitere",
    },
}
STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--dim:#595959;--line:#c9c9c9;--bar:#7fa8cf;--page:#fff;--tint:#f3f5f7}
@media (prefers-color-scheme:dark){:root{--ink:#ececec;--dim:#b0b0b0;--line:#4a4a4a;--bar:#41719c;--page:#161616;--tint:#222}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.2rem;margin:2rem 0 .5rem;border-top:1px solid var(--line);padding-top:1rem}
p{max-width:46rem;overflow-wrap:anywhere}
h1{overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{color:var(--dim);font-weight:600}
th::first-letter{text-transform:uppercase}
th,td.n{white-space:nowrap}
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}
td.b{width:30%;min-width:6rem;overflow-wrap:normal}
td.b i{display:block;height:.9rem;margin-top:.3rem;background:var(--bar);min-width:1px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
code{font:.88em ui-monospace,monospace;background:var(--tint);padding:0 .2em;unicode-bidi:isolate}
bdi{unicode-bidi:isolate}
details{margin:.2rem 0}
summary{cursor:pointer;color:var(--dim)}
.warn{border-left:.3rem solid #b35900;padding-left:.6rem}
@media (max-width:40rem){td.b,th.b{display:none}table{font-size:.85rem}body{padding:.7rem}}
@media print{body{max-width:none;font-size:10pt}details>*{display:block}h2{break-after:avoid}tr{break-inside:avoid}}
"""  # noqa: E501


def data(run: Mapping[str, Any], made: Figures) -> dict[str, Any]:
    """The figures of the report as JSON values, for `report --json`."""
    return {
        "dataset": dict(run["dataset"]),
        "release": run["release"],
        "as_of": run["as_of"],
        "sample": run["sample"],
        "gates": run["gates"],
        "records": {"read": made.read, **{k: made.decisions[d] for k, d in DECISIONS}},
        "characters": made.characters,
        "reasons": dict(ranked(made.reasons)),
        "sources": {name: dict(ranked(made.funnel(name))) for name in _sources(run)},
        **{name: dict(ranked(counts)) for name, counts in made.by.items() if name != "source"},
        "lengths": {str(e): made.lengths[str(e)] for e in (0, *EDGES) if made.lengths[str(e)]},
        "evidence": [[*key, n] for key, n in pairs(made.evidence)],
        "protocols": [[*key, n] for key, n in pairs(made.protocols)],
        "not_understood": dict(ranked(made.not_understood)[:STATEMENTS]),
        "contested": [[*key, n] for key, n in pairs(made.contested)],
        "copies": [[*key, n] for key, n in pairs(made.copies)],
        "estimated": made.estimated,
        "repeated": [[name, made.repeated_in[name], n] for name, n in ranked(made.repeated)[:HOSTS]],
    }


DECISIONS = (("kept", "keep"), ("review", "review"), ("refused", "refuse"))


def page(run: Mapping[str, Any], reasons: Mapping[str, Reason], made: Figures, words: Words) -> str:
    """The page as HTML."""
    name = _text(run["dataset"]["name"])
    body = "\n".join(_sections(run, reasons, made, words, HEADINGS[words.language]))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{words.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{name} · {HEADINGS[words.language]['report']}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{body}\n</body>\n</html>\n"
    )


def _sections(
    run: Mapping[str, Any], reasons: Mapping[str, Reason], made: Figures, words: Words, said: Mapping[str, str]
) -> Iterator[str]:
    number, dataset, counts = words.number, run["dataset"], made.decisions
    yield f"<h1>{_text(dataset['name'])} {_text(dataset['version'])}</h1>"
    yield f"<p>{_text(dataset['summary'])}</p>"
    if run["sample"]:
        yield f'<p class="warn">{_text(words("sample", limit=number(run["limit"])).strip("*"))}</p>'
    for name, gate in sorted(run["gates"].items()):
        if not gate["passed"]:
            value, limit = words.percent(gate["value"]), words.percent(gate["limit"])
            text = words("gate_failed", name=name, value=value, limit=limit).strip("*").replace("`", "")
            yield f'<p class="warn">{_text(text)}</p>'
    yield f"<h2>{_text(words('funnel'))}</h2>"
    funnel = words(
        "funnel_text",
        read=number(made.read),
        kept=number(counts["keep"]),
        review=number(counts["review"]),
        refused=number(counts["refuse"]),
    )
    yield f"<p>{_text(funnel)}</p>"
    rows = []
    for reason, records in ranked(made.reasons):
        row = reasons[reason]
        meaning = _text(words.reason(reason, row.sentence).replace("`", "")) + _examples(
            made.examples[reason], words, said
        )
        rows.append((_code(reason), _text(words.name("decision", row.decision)), meaning, records))
    yield _table((words("reason"), words("decision"), words("meaning"), words("records")), rows, words, made.read)
    yield f"<h2>{said['by_source']}</h2>"
    yield _by_source(run, made, words, said)
    if made.kept:
        for key, title, shown in (
            ("license", words("license"), _code),
            ("duties", words("duties"), lambda v: _text(_duties(v, words))),
            ("basis", words("basis"), lambda v: _text(words.name("basis", v))),
            ("language", words("language"), _code),
            ("region", words("region"), _code),
            ("year", words("year"), _code),
        ):
            yield f"<h2>{_text(title)}</h2>"
            some = [(shown(v) if v or key == "duties" else _text(words("unknown")), n) for v, n in ranked(made.by[key])]
            yield _table((title, words("records")), some, words, made.kept)
        yield f"<h2>{_text(words('length'))}</h2>"
        lengths = [
            (_text(words("from_length", edge=number(e))), made.lengths[str(e)])
            for e in (0, *EDGES)
            if made.lengths[str(e)]
        ]
        yield _table((words("length"), words("records")), lengths, words, made.kept)
        yield f"<h2>{_text(words('evidence'))}</h2><p>{_text(words('evidence_text'))}</p>"
        strong = sorted(made.evidence.items(), key=lambda item: (-STRENGTH.get(item[0][2], 0), -item[1], item[0]))
        evidence = [
            (_text(words(f"scope_{scope}" if scope in STRENGTH and scope != "collection" else "scope_person")),
             _code(place), _code(kind), n)
            for (place, kind, scope), n in strong
        ]  # fmt: skip
        yield _table((words("scope"), words("place"), words("kind"), words("records")), evidence, words, made.kept)
        yield f"<h2>{_text(words('reservations'))}</h2>"
        signals = [
            (_code(p), _text(words.name("answer", a)), n)
            for (p, a), n in sorted(made.protocols.items())
            if a != "not-looked-for"
        ]
        head = (words("protocol"), words("answer"), words("records"))
        yield _table(head, signals, words) if signals else f"<p>{_text(words('reservations_none'))}</p>"
    if "published" not in run:
        yield from _statements(made, words, said)
    for key, counter, other in (("contested", made.contested, "contrary"), ("copies", made.copies, "kept_in")):
        yield f"<h2>{said[key]}</h2>"
        found = [(_code(a), _code(b or "?"), _code(reason), n) for (a, b, reason), n in pairs(counter)]
        head4 = (words("source"), said[other], words("reason"), words("records"))
        yield _table(head4, found, words) if found else f"<p>{said['nothing']}</p>"
    if made.estimated:
        yield f"<p>{_text(estimates(run, made, words))}</p>"
    if made.repeated:
        yield f"<h2>{said['repeated']}</h2>"
        lines = [(_code(h), number(made.repeated_in[h]), n) for h, n in ranked(made.repeated)[:HOSTS]]
        yield _table((said["host"], words("records"), words("characters")), lines, words)
    yield f"<h2>{_text(words('made'))}</h2>"
    rules = run["rules"]["registry"][:16]
    made_text = words(
        "made_text", version=run["reinschrift"], digest=run["digest"], release=run["release"], rules=rules
    )
    yield f"<p>{_text(made_text.replace('`', ''))}</p>"


def _sources(run: Mapping[str, Any]) -> list[str]:
    return [source["name"] for source in run["config"]["sources"]]


def _statements(made: Figures, words: Words, said: Mapping[str, str]) -> Iterator[str]:
    """What people wrote and nobody understood: the list from which the tables of names grow."""
    yield f"<h2>{said['statements']}</h2>"
    vague = [(_code(v), n) for v, n in ranked(made.not_understood)[:STATEMENTS]]
    head2 = (said["statement"], words("records"))
    yield _table(head2, vague, words, vague[0][1]) if vague else f"<p>{said['statements_none']}</p>"


def _duties(value: str, words: Words) -> str:
    return words.names("duty", value.split("+")) if value else words("none_owed")


def _by_source(run: Mapping[str, Any], made: Figures, words: Words, said: Mapping[str, str]) -> str:
    rows = []
    for name in _sources(run):
        counts = [made.funnel(name)]
        by = {
            d: sum(n for (s, found, _, _), n in made.ledger.items() if s == name and found == d) for _, d in DECISIONS
        }
        rows.append((_code(name), sum(counts[0].values()), by["keep"], by["review"], by["refuse"]))
    head = [words("source"), said["read"], *(words.name("decision", d) for _, d in DECISIONS)]
    cells = ["".join(f'<th class="n">{_text(h)}</th>' if i else f"<th>{_text(h)}</th>" for i, h in enumerate(head))]
    for name, *numbers in rows:
        cells.append(f"<td>{name}</td>" + "".join(f'<td class="n">{words.number(n)}</td>' for n in numbers))
    return '<div class="scroll"><table>' + "".join(f"<tr>{row}</tr>" for row in cells) + "</table></div>"


def _examples(examples: Iterable[Mapping[str, Any]], words: Words, said: Mapping[str, str]) -> str:
    """Ids and statements behind a fold."""
    shown = []
    for one in examples:
        statements = ", ".join(f"«{_bdi(s)}»" for s in one["statements"])
        if one["more"]:
            statements += f", {_text(said['more'].format(n=one['more']))}"
        shown.append(f"<li>{_code(one['source'])} {_code(one['id'])}{': ' + statements if statements else ''}</li>")
    return f"<details><summary>{said['examples']}</summary><ul>{''.join(shown)}</ul></details>" if shown else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]], words: Words, whole: int = 0) -> str:
    """Cells are HTML already, the last one is a number; with `whole` a bar of its share stands beside it."""
    last = len(head) - 1
    titles = "".join(
        f'<th class="n">{_text(h)}</th>' if i == last else f"<th>{_text(h)}</th>" for i, h in enumerate(head)
    )
    lines = [titles + ('<th class="b"></th>' if whole else "")]
    for row in rows:
        bar = f'<td class="b"><i style="width:{100 * row[-1] / whole:.2f}%"></i></td>' if whole else ""
        cells = "".join(f"<td>{cell}</td>" for cell in row[:-1])
        lines.append(f'{cells}<td class="n">{words.number(row[-1])}</td>{bar}')
    return '<div class="scroll"><table>' + "".join(f"<tr>{row}</tr>" for row in lines) + "</table></div>"


def _text(value: object) -> str:
    return escape(line(value), quote=True).encode("utf-8", "replace").decode()


def _short(value: object) -> str:
    text = line(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _code(value: object) -> str:
    return f"<code>{_text(_short(value))}</code>"


def _bdi(value: object) -> str:
    return f"<bdi>{_text(_short(value))}</bdi>"
