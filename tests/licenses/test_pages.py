"""Pages with a wanted answer, and the same pages wrapped, re-encoded and renamed: structure decides, not spelling."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from licenses.inspection import inspect
from licenses.model import Document, Policy

PAGES = Path(__file__).parents[1] / "cases" / "pages"
CASES: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "pages.toml").read_text("utf-8"))
# Pages that stand in the table itself, one line or a few.
SHORT: dict[str, dict[str, Any]] = {
    name: case
    for file in ("generators.toml", "systems.toml", "parts.toml", "traps.toml")
    for name, case in tomllib.loads((PAGES / file).read_text("utf-8")).items()
}
LANGUAGES: dict[str, dict[str, str]] = tomllib.loads((PAGES / "languages.toml").read_text("utf-8"))
LINK = "<a href='https://creativecommons.org/licenses/by/4.0/'>CC BY 4.0</a>"
KEPT = [name for name, case in CASES.items() if case["want"] == "keep"]
AS_OF = "2026-11-24"


def decide(html: str | bytes, url: str | None = None) -> tuple[str, str | None]:
    found = inspect(Document(html=html, url=url), Policy(), as_of=AS_OF)
    return found.decision.decision, found.decision.license


@pytest.mark.parametrize("name", CASES)
def test_page_has_the_wanted_answer(name: str) -> None:
    case = CASES[name]
    decision, license_ = decide((PAGES / f"{name}.html").read_text("utf-8"))
    if case["want"] == "keep":
        assert (decision, license_) == ("keep", case["license"]), case["why"]
    else:
        assert decision in ("refuse", "review"), case["why"]


@pytest.mark.parametrize("name", SHORT)
def test_short_page_has_the_wanted_answer(name: str) -> None:
    case = SHORT[name]
    decision, license_ = decide(case["page"])
    if case["want"] == "keep":
        assert (decision, (license_ or "").removeprefix("LicenseRef-")) == ("keep", case["license"]), case["why"]
    else:
        assert decision in ("refuse", "review"), case["why"]


def sentence_on_a_page(kind: str, sentence: str) -> str:
    article = "<h1>Corylus</h1><p>Hecken trennen die Felder und schützen Vögel im Winter; die meisten sind alt.</p>"
    if kind in ("site", "some", "reserved"):
        return f"<main><article>{article}</article></main><footer>{sentence}</footer>"
    return f"<main><article>{article}<p>{sentence}</p></article></main>"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["article", "site", "pictures", "some", "negated", "limited", "reserved"])
def test_sentences_are_understood_in_every_language(language: str, kind: str) -> None:
    words = LANGUAGES[language]
    sentence = f"{words['site']} {words['reserved']}" if kind == "reserved" else words[kind]
    for mark in (words["by"], LINK, LINK.replace("<a", "<a rel=license")):
        answer = decide(sentence_on_a_page(kind, sentence.replace("{by}", mark)))
        if kind in ("article", "site"):
            assert answer == ("keep", "CC-BY-4.0"), mark
        else:
            assert answer[0] in ("refuse", "review"), mark


@pytest.mark.parametrize("name", KEPT)
def test_without_its_mark_a_page_is_not_kept(name: str) -> None:
    source = (PAGES / f"{name}.html").read_text("utf-8")
    source = re.sub(r"https://creativecommons\.org/licenses/by/4\.0/", "https://verlag.example/", source)
    assert decide(re.sub(r"CC BY 4\.0|Creative Commons", "…", source))[0] != "keep"


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("into", ["figure", "comment", "quote", "code"])
def test_the_mark_moved_into_a_part_does_not_keep(name: str, into: str) -> None:
    source = (PAGES / f"{name}.html").read_text("utf-8")
    mark = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
    bare = re.sub(r"https://creativecommons\.org/licenses/by/4\.0/", "https://verlag.example/", source)
    bare = re.sub(r' rel="license"|CC BY 4\.0', "", bare).replace("DCTERMS.license", "x").replace('"license":', '"x":')
    inside = {
        "figure": f"<figure><img src=x.jpg><figcaption>{mark}</figcaption></figure>",
        "comment": f'<div class="comment-list"><p>Mein Text steht unter {mark}</p></div>',
        "quote": f"<blockquote>Dieser Text steht unter {mark}</blockquote>",
        "code": f"<pre>{mark}</pre>",
    }[into]
    assert decide(bare.replace("</article>", inside + "</article>"))[0] != "keep"


@pytest.mark.parametrize("name", CASES)
def test_spelling_that_means_nothing_changes_nothing(name: str) -> None:
    source = (PAGES / f"{name}.html").read_text("utf-8")
    wanted = decide(source)
    wrapped = source.replace("<article>", "<div><article>").replace("</article>", "</article></div>")
    assert decide(wrapped) == wanted
    assert decide(source.encode("utf-8")) == wanted
    assert decide(source.encode("utf-16")) == wanted
    assert decide(source.replace('charset="utf-8"', 'charset="x-unknown"').encode("utf-8")) == wanted
    assert decide(source.replace("\n", "\r\n  \t")) == wanted
    dice = random.Random(7)
    renamed = re.sub(
        r"<(p|h1)>", lambda m: f'<{m.group(1)} class="c{dice.randrange(10**6)} k-{dice.randrange(99)}">', source
    )
    assert decide(renamed) == wanted


def test_every_decision_names_its_rule_and_its_place() -> None:
    for name in CASES:
        found = inspect(Document(html=(PAGES / f"{name}.html").read_text("utf-8")), Policy(), as_of=AS_OF)
        for item in found.evidence:
            assert item.rule and item.locator and item.statement, name
            assert len(item.context) <= 300, name


def test_an_open_mark_never_helps_a_page_that_is_refused_for_another() -> None:
    """Promise 4: what would not be kept on its own, added, never turns a refusal into a keep."""
    photo = (PAGES / "photo-caption.html").read_text("utf-8")
    for name in (n for n, case in CASES.items() if case["want"] == "stop"):
        other = re.search(r"<article>.*</article>", (PAGES / f"{name}.html").read_text("utf-8"), re.S)
        assert decide(photo.replace("</main>", (other.group() if other else "") + "</main>"))[0] != "keep", name


GRANT = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
ADDRESS = "https://creativecommons.org/licenses/by/4.0/"
HEDGES = "<main><article><h1>Hecken</h1><p>Hecken trennen die Felder und schützen Vögel im Winter.</p></article></main>"


@pytest.mark.parametrize(
    "beside",
    [
        f"<footer><p>Alle Inhalte: {GRANT}</p><p>© 2020 İstanbul Kültür. All rights reserved.</p></footer>",
        f"<footer><p>Alle Inhalte: {GRANT}</p><p>© Beispiel. Alle Rechte <strong>vorbehalten</strong></p></footer>",
        f"<footer><p>Alle Inhalte: {GRANT}</p><p>© 2020 Example. <b>All rights</b> <i>reserved</i>.</p></footer>",
        f'<figure><img src="x.jpg"><link rel="license" href="{ADDRESS}"></figure>',
        f'<div class="comment-list"><link rel="license" href="{ADDRESS}"><p>Schön!</p></div>',
        f'<div class="comment-list"><meta name="dcterms.license" content="{ADDRESS}"><p>Schön!</p></div>',
    ],
)
def test_links_within_a_part_and_denials_in_any_letters(beside: str) -> None:
    found = inspect(Document(html=HEDGES + beside), Policy(), as_of="2026-11-24")
    assert found.decision.decision != "keep"
