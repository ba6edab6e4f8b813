"""report.html: one self-contained page over the whole release, without script or anything fetched; and its figures.

Every value is escaped; of refused records only ids and statements are shown, never text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from licenses.model import Reason
from licenses.registry import Registry
from pipeline.papers.bands import EDGES, band
from pipeline.papers.card import estimates, failed_gates, lead
from pipeline.papers.figures import Figures, pairs, ranked
from pipeline.papers.grounds import covers, place_name, strongest
from pipeline.papers.markdown import line
from pipeline.papers.words import Words
from pipeline.released import registry

STATEMENTS = 200  # rows of statements that were not understood
HOSTS = 200  # rows of hosts whose records repeat lines
LONGEST = 200  # characters of a value that is shown
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
table.w td.b{width:18%}table.w td:not(.n):not(.b){min-width:7rem}
td.b i{display:block;height:.9rem;margin-top:.3rem;background:var(--bar);min-width:1px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
code{font:.88em ui-monospace,monospace;background:var(--tint);padding:0 .2em;unicode-bidi:isolate}
bdi{unicode-bidi:isolate}
details{margin:.2rem 0}
details ul{margin:.2rem 0;padding-left:1.2rem}
li{overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--dim)}
.warn{border-left:.3rem solid #b35900;padding-left:.6rem}
@media (max-width:40rem){td.b,th.b{display:none}table{font-size:.85rem}body{padding:.7rem}
table.w,table.w tbody{display:block}table.w tr{display:flex;flex-wrap:wrap;column-gap:.8rem;border-bottom:1px solid var(--line);padding:.3rem 0}
table.w th{display:none}table.w td:not(.n):not(.b){border:0;padding:0;min-width:0;max-width:100%;overflow-wrap:anywhere}table.w td.n{border:0;padding:0}table.w td.n{order:-1;font-weight:600;min-width:3.5rem}}
@media print{body{max-width:none;font-size:9pt}table{font-size:8.5pt}h2{break-after:avoid}tr{break-inside:avoid}
td.b{width:12%;min-width:4rem}table.w td.b{width:8%;min-width:2.5rem}
details>*{display:block}details::details-content{content-visibility:visible;block-size:auto}}
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
    body = "\n".join(_sections(run, reasons, made, words))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{words.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{name} · {_text(words('report/title'))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{body}\n</body>\n</html>\n"
    )


def _sections(run: Mapping[str, Any], reasons: Mapping[str, Reason], made: Figures, words: Words) -> Iterator[str]:
    dataset = run["dataset"]
    yield f"<h1>{_text(dataset['name'])} {_text(dataset['version'])}</h1>"
    yield f"<p>{_text(dataset['summary'])}</p>"
    if run["sample"]:
        yield f'<p class="warn">{_sentence(words("sample", limit=run["limit"]))}</p>'
    yield from (f'<p class="warn">{_sentence(gate)}</p>' for gate in failed_gates(run, words))
    yield f"<p>{_sentence(lead(run, made, words))}</p>"
    yield from _funnel(run, reasons, made, words)
    if made.kept:
        yield from _composition(run, made, words)
        yield from _evidence(run, made, words)
    if "published" not in run:
        yield from _statements(made, words)
    for key, counter, other in (("contested", made.contested, "contrary"), ("copies", made.copies, "kept_in")):
        yield _title(words(f"report/{key}"))
        found = [(_code(a), _code(b or "?"), _code(reason), n) for (a, b, reason), n in pairs(counter)]
        head = (words("source"), words(f"report/{other}"), words("reason"), words("records"))
        yield _table(head, found, words) if found else f"<p>{_text(words('report/nothing'))}</p>"
    if made.estimated:
        yield f"<p>{_sentence(estimates(run, made, words))}</p>"
    if made.repeated and "published" not in run:  # hosts of refused records are among them
        yield _title(words("report/repeated"))
        lines = [(_code(h), words.number(made.repeated_in[h]), n) for h, n in ranked(made.repeated)[:HOSTS]]
        yield _table((words("report/host"), words("records"), words("characters")), lines, words)
    yield _title(words("made"))
    rules = run["rules"]["registry"][:16]
    made_text = words(
        "made_text", version=run["reinschrift"], digest=run["digest"], release=run["release"], rules=rules
    )
    yield f"<p>{_sentence(made_text)}</p>"


def _funnel(run: Mapping[str, Any], reasons: Mapping[str, Reason], made: Figures, words: Words) -> Iterator[str]:
    counts = made.decisions
    yield _title(words("funnel"))
    funnel = words(
        "funnel_text", read=made.read, kept=counts["keep"], review=counts["review"], refused=counts["refuse"]
    )
    yield f"<p>{_sentence(funnel)}</p>"
    rows = []
    for reason, records in ranked(made.reasons):
        row = reasons[reason]
        meaning = _sentence(words.reason(reason, row.sentence)) + _examples(made.examples[reason], words)
        rows.append((_code(reason), _text(words.name("decision", row.decision)), meaning, records))
    yield _table((words("reason"), words("decision"), words("meaning"), words("records")), rows, words, made.read)
    yield _title(words("report/by_source"))
    yield _by_source(run, made, words)


def _composition(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    """What was kept, by everything that is counted."""
    stages = {stage["stage"] for stage in run["config"]["stages"]}
    own = registry(run)
    for key, shown in (
        ("license", lambda v: _licence(v, own)),
        ("duties", lambda v: _text(words.names("duty", v.split("+")) if v else words("none_owed"))),
        ("basis", lambda v: _text(words.name("basis", v))),
        ("language", lambda v: _named(v, words)),
        ("region", lambda v: _named(v, words)),
        ("year", _text),
    ):
        yield _title(words(key))
        if key in ("language", "region") and key not in stages:
            yield f"<p>{_text(words(f'unchecked_{key}'))}</p>"
            continue
        items = ranked(made.by[key])
        if key == "year":
            items.sort(key=lambda item: (not item[0], item[0]))
        empty = _text(words("undecided" if key == "region" else "unknown"))
        some = [(shown(v) if v or key == "duties" else empty, n) for v, n in items]
        yield _table((words(key), words("records")), some, words, made.kept)
    yield _title(words("length"))
    lengths = [(_text(band(e, words)), made.lengths[str(e)]) for e in (0, *EDGES) if made.lengths[str(e)]]
    yield _table((words("length"), words("records")), lengths, words, made.kept)


def _evidence(run: Mapping[str, Any], made: Figures, words: Words) -> Iterator[str]:
    """On what was kept, in which words, and what the opt-out protocols answered."""
    own = registry(run)
    yield _title(words("evidence"))
    yield f"<p>{_sentence(words('evidence_text'))}</p>"
    rows = [
        (_text(covers(scope, words)), _text(place_name(place, words).strip("`")), _code(kind), n)
        for (place, kind, scope), n in strongest(made)
    ]
    yield _table((words("scope"), words("place"), words("kind"), words("records")), rows, words, made.kept)
    yield _title(words("said"))
    yield f"<p>{_sentence(words('said_text'))}</p>"
    found = pairs(made.granted)[:STATEMENTS]
    granted = [
        (
            _bdi(statement) if statement else _text(words("unknown")),
            _text(place_name(place, words).strip("`")),
            _licence(license_, own),
            n,
        )
        for (license_, statement, place), n in found
    ]
    yield _table((words("statement"), words("place"), words("understood"), words("records")), granted, words, made.kept)
    yield _title(words("reservations"))
    signals = [
        (_code(p), _text(words.name("answer", a)), n)
        for (p, a), n in sorted(made.protocols.items())
        if a != "not-looked-for"
    ]
    head = (words("protocol"), words("answer"), words("records"))
    yield _table(head, signals, words) if signals else f"<p>{_text(words('reservations_none'))}</p>"


def _licence(value: str, own: Registry) -> str:
    """A licence's id, with its name where the id is one of ours and says little."""
    row = own.get(value)
    return f"{_code(value)} {_text(row.name)}" if row and value.startswith("LicenseRef-") else _code(value)


def _named(tag: str, words: Words) -> str:
    return f"{_text(words.tag(tag))} {_code(tag)}"


def _statements(made: Figures, words: Words) -> Iterator[str]:
    """What people wrote and nobody understood: the list from which the tables of names grow."""
    yield _title(words("report/statements"))
    vague = [(_bdi(v), n) for v, n in ranked(made.not_understood)[:STATEMENTS]]
    head = (words("statement"), words("records"))
    yield (_table(head, vague, words, vague[0][1]) if vague else f"<p>{_text(words('report/statements_none'))}</p>")


def _sources(run: Mapping[str, Any]) -> list[str]:
    return [source["name"] for source in run["config"]["sources"]]


def _by_source(run: Mapping[str, Any], made: Figures, words: Words) -> str:
    rows = []
    for name in _sources(run):
        counts = [made.funnel(name)]
        by = {
            d: sum(n for (s, found, _, _), n in made.ledger.items() if s == name and found == d) for _, d in DECISIONS
        }
        rows.append((_code(name), sum(counts[0].values()), by["keep"], by["review"], by["refuse"]))
    head = [words("source"), words("report/read"), *(words.name("decision", d) for _, d in DECISIONS)]
    cells = ["".join(f'<th class="n">{_text(h)}</th>' if i else f"<th>{_text(h)}</th>" for i, h in enumerate(head))]
    for name, *numbers in rows:
        cells.append(f"<td>{name}</td>" + "".join(f'<td class="n">{words.number(n)}</td>' for n in numbers))
    return '<div class="scroll"><table>' + "".join(f"<tr>{row}</tr>" for row in cells) + "</table></div>"


def _examples(examples: Iterable[Mapping[str, Any]], words: Words) -> str:
    """Ids and statements behind a fold."""
    shown = []
    for one in examples:
        statements = ", ".join(f"«{_bdi(s)}»" for s in one["statements"])
        if one["more"]:
            statements += f", {_text(words('report/more', n=one['more']))}"
        shown.append(f"<li>{_code(one['source'])} {_code(one['id'])}{': ' + statements if statements else ''}</li>")
    return (
        f"<details><summary>{_text(words('report/examples'))}</summary><ul>{''.join(shown)}</ul></details>"
        if shown
        else ""
    )


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
    wide = ' class="w"' if len(head) > 3 else ""  # on a phone each of its rows stands below the other
    return f'<div class="scroll"><table{wide}>' + "".join(f"<tr>{row}</tr>" for row in lines) + "</table></div>"


def _title(text: str) -> str:
    return f"<h2>{_text(text)}</h2>"


def _sentence(text: str) -> str:
    """A sentence of ours, in which backticks mark code and stars a warning."""
    parts = text.strip("*").split("`")
    if len(parts) % 2 == 0:  # a backtick that opens nothing
        return _text(text)
    return "".join(f"<code>{_raw(part)}</code>" if i % 2 else _raw(part) for i, part in enumerate(parts))


def _text(value: object) -> str:
    return _raw(line(value))


def _raw(text: str) -> str:
    return escape(text, quote=True).encode("utf-8", "replace").decode()


def _short(value: object) -> str:
    text = line(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _code(value: object) -> str:
    return f"<code>{_text(_short(value))}</code>"


def _bdi(value: object) -> str:
    return f"<bdi>{_text(_short(value))}</bdi>"
