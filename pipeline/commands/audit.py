"""`reinschrift audit`: a person judges a sample of what was kept; the card prints how often a keep was wrong.

The sample is drawn by licence and source from the release's digest, so that it is the same whenever the audit goes on.
The page is served to this machine alone, under an address that nobody can guess; nothing it shows can run.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
import json
import re
import secrets
import threading
import urllib.parse
from collections.abc import Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from rich.console import Console

from pipeline import commit
from pipeline.errors import DONE, InputError
from pipeline.papers import audited, digests, papers
from pipeline.papers.figures import figures
from pipeline.papers.markdown import line
from pipeline.papers.proof import check, reason_table
from pipeline.released import Released

SHOWN = 4_000  # characters of a text that are shown
LONGEST = 65_536  # bytes of an answer
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; form-action 'self'",
    ),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)
STYLE = """
:root{color-scheme:light dark}
body{max-width:60rem;margin:0 auto;padding:1rem;font:1rem/1.5 system-ui,sans-serif}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #888;padding:.6rem;max-height:20rem;overflow:auto}
pre,td{unicode-bidi:plaintext}
table{border-collapse:collapse}
td,th{border-bottom:1px solid #888;text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0}
td{overflow-wrap:anywhere}
button{font:inherit;padding:.4rem .8rem;margin:.2rem}
input{font:inherit;width:100%;max-width:40rem}
"""
# Keys answer only where nobody is writing; a form does the rest.
SCRIPT = (
    "document.addEventListener('keydown',e=>{if(e.target.tagName==='INPUT'||e.repeat||e.ctrlKey||e.metaKey||e.altKey)return;"
    "const b={r:'right',w:'wrong',u:'unsure',b:'back'}[e.key];"
    "if(b){e.preventDefault();document.getElementById(b)?.click()}"
    "if(e.key==='y'){e.preventDefault();document.getElementById('why').focus()}})"
)


def audit(out: Path, sample: int = 300) -> int:
    """Serves the review page until all is answered or it is interrupted, then writes the result onto the card.

    Raises InputError where OUT does not prove or keeps nothing.
    """
    check(out)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    review = Review(Released(out), sample)
    if review.left():
        server, token = serve(review)
        console.print(
            f"{review.left()} of {len(review.records)} to judge: http://127.0.0.1:{server.server_port}/{token}"
        )
        console.print("keys: r right, w wrong, u unsure, y why, b back; Ctrl-C ends, and the same command goes on")
        try:
            review.done.wait()
        except KeyboardInterrupt:
            console.print("interrupted; what was answered is kept")
        finally:
            server.shutdown()
            server.server_close()
    finish(out)
    result = audited.result(out)
    if result is None:
        console.print("nothing was answered")
    else:
        console.print(
            f"{result.judged} judged, {result.wrong} of {result.decided} wrong: {result.rate:.2%}, "
            f"exact 95 % interval {result.low:.2%} to {result.high:.2%}; the card says so"
        )
    return DONE


def finish(out: Path) -> None:
    """Writes the card anew, with the audit's result, and its digest into run.json."""
    release = Released(out)
    run = {key: value for key, value in release.run.items() if key != "papers"}
    for name, content in papers(run, reason_table(out), out, figures(out)):
        if name == "README.md":
            commit.write_bytes(out / name, content)
    commit.write_json(out / "run.json", {**run, "papers": digests(out)})


def drawn(release: Released, sample: int) -> dict[tuple[str, str], str]:
    """(source, id) → stratum of a sample: each stratum has its share, and one record at least."""
    chosen: dict[str, list[tuple[int, str, str]]] = {}
    sizes: dict[str, int] = {}
    for frame in release.batches("data", ["source", "id", "license"]):
        for source, id_, license_ in frame.iter_rows():
            stratum = f"{license_} · {source}"
            sizes[stratum] = sizes.get(stratum, 0) + 1
            key = f"{release.run['release']}\0{source}\0{id_}".encode("utf-8", "surrogatepass")
            rank = -int.from_bytes(hashlib.sha256(key).digest()[:8], "big")
            heap = chosen.setdefault(stratum, [])
            if len(heap) < sample:
                heapq.heappush(heap, (rank, source, id_))
            elif rank > heap[0][0]:
                heapq.heapreplace(heap, (rank, source, id_))
    total = sum(sizes.values())
    found = {}
    for stratum, heap in sorted(chosen.items()):
        share = max(1, round(sample * sizes[stratum] / total))
        for _, source, id_ in sorted(heap, reverse=True)[:share]:
            found[source, id_] = stratum
    return found


class Review:
    """The sample with its records, and the answers given so far."""

    def __init__(self, release: Released, sample: int) -> None:
        self.folder = release.folder
        self.strata = drawn(release, sample)
        if not self.strata:
            raise InputError(f"{release.folder}: keeps nothing, so there is nothing to judge")
        keys = pl.DataFrame(list(self.strata), schema={"source": pl.String, "id": pl.String}, orient="row")
        columns = ["source", "id", "url", "title", "author", "license", "members", "rule", "evidence", "credit", "text"]
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        for frame in release.batches("data", columns, 1_024):
            part = frame.join(keys, on=["source", "id"], how="semi", maintain_order="left")
            part = part.with_columns(
                pl.col("text").str.slice(0, SHOWN), pl.col("text").str.len_chars().alias("characters")
            )
            self.records.update({(row["source"], row["id"]): row for row in part.to_dicts()})
        given = audited.answers(self.folder)
        self.answered = set(given) & set(self.records)
        self.by = str(list(given.values())[-1]["by"]) if given else ""  # who goes on need not write their name again
        self._session: list[tuple[str, str]] = []  # what was answered since the start, in order
        self.done = threading.Event()
        self._lock = threading.Lock()

    def left(self) -> int:
        return len(self.records) - len(self.answered)

    def next(self) -> dict[str, Any] | None:
        return next((row for key, row in self.records.items() if key not in self.answered), None)

    def answer(self, form: Mapping[str, str]) -> bool:
        """Stores an answer, or shows the last one again, which the next answer replaces; False where it is neither."""
        if form.get("answer") == "back":
            with self._lock:
                if self._session:
                    self.answered.discard(self._session.pop())
            return True
        number = form.get("record", "")
        key = dict(enumerate(self.records)).get(int(number) if number.isdecimal() and len(number) < 9 else -1)
        if key is None or form.get("answer") not in audited.WORDS or not form.get("by", "").strip():
            return False
        row = {
            "source": key[0], "id": key[1], "stratum": self.strata[key], "answer": form["answer"],
            "why": line(form.get("why", ""))[:1_000], "by": line(form["by"])[:200],
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
        }  # fmt: skip
        with self._lock:
            path = self.folder / audited.ANSWERS
            path.parent.mkdir(exist_ok=True)
            with path.open("ab") as file:
                file.write(
                    (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "surrogatepass")
                )
            self.answered.add(key)
            self._session.append(key)
            self.by = row["by"]
        if not self.left():
            self.done.set()
        return True


def serve(review: Review) -> tuple[ThreadingHTTPServer, str]:
    """The page on a free port of this machine alone, and the secret part of its address."""
    secret = secrets.token_urlsafe(24)

    class Handler(_Handler):
        pages = review
        token = secret

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, secret


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[Review]
    token: ClassVar[str]

    def _allowed(self) -> bool:
        """Only the secret address, and only under the name of this machine: no other page can ask for it."""
        host = self.headers.get("Host", "").partition(":")[0]
        path = self.path.strip("/").encode("utf-8", "replace")
        allowed = host in ("127.0.0.1", "localhost") and secrets.compare_digest(path, self.token.encode())
        if not allowed:
            self.send_error(404)
        return allowed

    def do_GET(self) -> None:
        if self._allowed():
            nonce = secrets.token_urlsafe(12)
            body = page(self.pages, nonce).encode("utf-8", "replace")
            self.send_response(200)
            for name, value in HEADERS:
                self.send_header(name, value.replace("{nonce}", nonce))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def do_POST(self) -> None:
        if not self._allowed():
            return
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 < size <= LONGEST:
            self.send_error(413)
            return
        text = self.rfile.read(size).decode("utf-8", "replace")
        form = {key: values[-1] for key, values in urllib.parse.parse_qs(text, keep_blank_values=True).items()}
        if not self.pages.answer(form):
            self.send_error(400, "an answer needs a record, a judgement and a name")
            return
        self.send_response(303)
        self.send_header("Location", f"/{self.token}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an address in a log would be no secret."""


def page(review: Review, nonce: str) -> str:
    """One record to judge, or the end."""
    row = review.next()
    head = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Audit</title><style>{STYLE}</style>"
    )
    if row is None:
        return f"{head}<h1>All is judged.</h1><p>The result stands on the card. This page can be closed.</p>"

    def text(value: object) -> str:
        return escape(line(value if value is not None else "—"))

    def shown(name: str) -> str:
        value = row[name]
        if name == "url" and re.match(r"https?://", value or "", re.IGNORECASE):
            return f'<a href="{escape(value)}" target="_blank" rel="noopener noreferrer">{text(value)}</a>'
        return text(value)

    facts = "".join(
        f"<tr><th>{name}</th><td>{shown(name)}</td></tr>"
        for name in ("source", "id", "url", "title", "author", "license", "rule", "credit")
    )
    evidence = "".join(
        "<tr>" + "".join(f"<td>{text(item[name])}</td>" for name in ("statement", "place", "kind", "scope", "locator",
        "context", "because")) + f"<td>{'yes' if item['decided'] else 'no'}</td></tr>"
        for item in row["evidence"]
    )  # fmt: skip
    buttons = "".join(
        f'<button id="{word}" name="answer" value="{word}">{word} ({word[0]})</button>' for word in audited.WORDS
    )
    back = '<button id="back" name="answer" value="back" formnovalidate>back (b)</button>' if review.answered else ""
    left = f" (the first {SHOWN:,} of {row['characters']:,} characters)" if row["characters"] > SHOWN else ""
    return (
        f"{head}<h1>Was it right to keep this under {text(row['license'])}?</h1>"
        f"<p>{len(review.answered)} of {len(review.records)} judged. Right: the statement grants what the "
        "licence says, and covers this text.</p>"
        f"<table>{facts}</table><h2>Evidence</h2><table><tr><th>statement<th>place<th>kind<th>covers<th>locator<th>context"
        f"<th>because<th>decided</tr>{evidence}</table><h2>Text{left}</h2><pre>{escape(row['text'])}</pre>"
        f'<form method="post"><input type="hidden" name="record" value="{list(review.records.values()).index(row)}">'
        f'<p><label>Why (y) <input id="why" name="why" maxlength="1000" autocomplete="off"></label></p>'
        f'<p><label>Your name <input name="by" required maxlength="200" value="{escape(review.by)}"></label></p>'
        f'<p>{buttons} {back}</p></form><script nonce="{nonce}">{SCRIPT}</script>'
    )
