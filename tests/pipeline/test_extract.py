"""What becomes of a page's text: everything that a reader would take for its content, in the page's order."""

from __future__ import annotations

import pytest

from pipeline.extract import html

INTRO = "<h1>Hausordnung</h1><p>Wer das Haus besucht, hält sich an die folgenden Regeln, die am Eingang aushängen.</p>"


def text(body: str) -> str:
    page = f'<!doctype html><html lang="de"><head><title>Haus</title></head><body><article>{INTRO}{body}</article>'
    found = html.extract(f"{page}</body></html>".encode())
    assert found.problem is None and found.text is not None
    return found.text


@pytest.mark.parametrize("cell", ["<ul><li>neun Uhr</li><li>zehn Uhr</li></ul>", "<UL><LI>neun Uhr<LI>zehn Uhr</UL>"])
def test_a_list_in_a_cell_is_the_cells_value(cell: str) -> None:
    found = text(f"<table><tr><th>Tag</th><th>Zeit</th></tr><tr><td>Montag</td><td>{cell}</td></tr></table>")
    assert "| Montag | neun Uhr; zehn Uhr |" in found


def test_terms_and_their_meanings_stay_in_a_cell() -> None:
    found = text("<table><tr><td>§ 7</td><td><dl><dt>Karte</dt><dd>nicht übertragbar</dd></dl></td></tr></table>")
    assert "Karte; nicht übertragbar" in found


def test_a_list_in_a_column_of_the_layout_stays_a_list() -> None:
    found = text(
        "<table><tr><td><p>Es gilt an allen Tagen des Jahres, auch an Feiertagen:</p>"
        "<ul><li><span>Hunde warten draußen</span></li><li>Eis auch</li></ul></td></tr></table>"
    )
    assert "Hunde warten draußen" in found and "draußen; Eis" not in found


def test_coloured_code_stays_with_its_lines() -> None:
    lines = "".join(
        f'<span id="cb1-{n}"><a href="#cb1-{n}" tabindex="-1"></a><span class="ex">$</span> regel {n}</span>\n'
        for n in (1, 2, 3)
    )
    found = text(
        f'<div class="sourceCode"><pre class="sourceCode bash"><code>{lines}</code></pre></div><p>Das war es.</p>'
    )
    assert "$ regel 1\n$ regel 2\n$ regel 3" in found


def test_a_caption_stays_and_a_pictures_credit_does_not() -> None:
    found = text(
        "<figure><img src=a.jpg><figcaption>Die Tafel hängt seit dem Umbau neben der Tür.</figcaption></figure>"
        "<p>Danach geht es in den Hof.</p>"
        "<figure><img src=b.jpg><figcaption>Foto: Ina Berg, CC BY 2.0, aus dem Archiv</figcaption></figure>"
        "<table><caption>Öffnungszeiten in den Monaten des Winters</caption>"
        "<tr><td>Montag</td><td>neun Uhr</td></tr></table>"
    )
    assert found.index("Die Tafel hängt") < found.index("Danach geht es") < found.index("Öffnungszeiten in")
    assert "Ina Berg" not in found
