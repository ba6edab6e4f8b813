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
