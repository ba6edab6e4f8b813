"""Sources as configurations describe them: places of evidence, joined tables, captures, two sources over one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pipeline
from pipeline.engines import Inline
from pipeline.errors import ConfigError
from tests.corpora import HEAD, POLICY, decisions, kept, texts, write_jsonl


def configured(folder: Path, sources: str, *, stages: str = "[]", policy: str = POLICY) -> str:
    file = folder / "config.yaml"
    file.write_text(f'{HEAD}sources:\n{sources}{policy}stages: {stages}\noutput: {{path: "{folder}/out"}}\n', "utf-8")
    return str(file)


def found(folder: Path) -> dict[str, str]:
    return {f"{row['source']}:{row['id'].rpartition('/')[2]}": row["reason"] for row in decisions(folder / "out")}


@pytest.mark.parametrize(
    "places",
    [
        "[{from: column, column: license, values: {x: null}}, {from: column, column: license}]",
        "[front_matter, front_matter]",
        "[html, {from: html}]",
    ],
)
def test_a_place_named_twice_is_an_error_since_one_of_the_two_would_be_lost(tmp_path: Path, places: str) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"id": "a", "text": "Ein Satz.", "license": "CC0-1.0"}])
    path = configured(tmp_path, f'  - {{name: s, reader: jsonl, path: "{tmp_path}/a.jsonl", evidence: {places}}}\n')
    with pytest.raises(ConfigError, match="twice"):
        pipeline.run(path, engine=Inline())


def test_files_are_joined_with_a_table_and_judged_by_it(tmp_path: Path) -> None:
    for name, text in zip("abc", texts(3), strict=True):
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
    table = "key,rights\n" + "".join(f"{tmp_path}/{n}.txt,{s}\n" for n, s in (("a", "CC0-1.0"), ("b", "CC BY-NC 4.0")))
    (tmp_path / "rights.csv").write_text(table, "utf-8")
    path = configured(
        tmp_path,
        f"""  - name: s
    reader: folder
    path: "{tmp_path}/*.txt"
    join: {{path: "{tmp_path}/rights.csv", on: {{id: key}}, columns: [rights]}}
    evidence: [{{from: column, column: rights}}]
""",
    )
    pipeline.run(path, engine=Inline())
    assert found(tmp_path) == {
        "s:a.txt": "keep", "s:b.txt": "license.non-commercial", "s:c.txt": "license.missing",
    }  # fmt: skip


def test_a_joined_source_still_honours_what_its_hosts_reserved(tmp_path: Path) -> None:
    (tmp_path / "captures/zu.example/2026-01-01").mkdir(parents=True)
    (tmp_path / "captures/zu.example/2026-01-01/robots.txt").write_text("User-agent: *\nDisallow: /\n", "utf-8")
    rows = [{"id": n, "url": f"https://{n}.example/1", "text": t} for n, t in zip(("zu", "auf"), texts(2), strict=True)]
    write_jsonl(tmp_path / "a.jsonl", rows)
    (tmp_path / "rights.csv").write_text("key,rights\nzu,CC0-1.0\nauf,CC0-1.0\n", "utf-8")
    path = configured(
        tmp_path,
        f"""  - name: s
    reader: jsonl
    path: "{tmp_path}/a.jsonl"
    join: {{path: "{tmp_path}/rights.csv", on: {{id: key}}, columns: [rights]}}
    captures: "{tmp_path}/captures"
    evidence: [{{from: column, column: rights}}]
    reservations: [robots]
""",
    )
    pipeline.run(path, engine=Inline())
    assert found(tmp_path) == {"s:zu": "reservation.robots", "s:auf": "keep"}


def test_two_sources_over_one_file_have_their_own_records(tmp_path: Path) -> None:
    rows = [{"text": t, "license": "CC0-1.0"} for t in texts(30)]
    write_jsonl(tmp_path / "a.jsonl", rows)
    one = f'path: "{tmp_path}/a.jsonl", reader: jsonl, evidence: [{{from: column, column: license}}]'
    path = configured(tmp_path, f"  - {{name: s, {one}}}\n  - {{name: t, {one}}}\n", stages="[{stage: dedup}]")
    pipeline.run(path, engine=Inline(), unit_bytes=2000)
    names = [f"a.jsonl#{n}" for n in range(1, 31)]
    assert [row["id"].rpartition("/")[2] for row in decisions(tmp_path / "out")] == [*names, *names]
    assert len(kept(tmp_path / "out")) == 30
    copies = [row for row in decisions(tmp_path / "out") if row["decision"] != "keep"]
    assert {row["reason"] for row in copies} == {"duplicate.exact"} and all(row["copies"] == 0 for row in copies)
    assert all(row["copies"] == 2 for row in kept(tmp_path / "out"))


def test_only_kept_records_count_copies(tmp_path: Path) -> None:
    text, other = texts(2)
    rows = [
        {"id": "a", "text": text, "license": "CC0-1.0"},
        {"id": "b", "text": text, "license": "unbekannt"},
        {"id": "c", "text": other, "license": "unbekannt"},
    ]
    write_jsonl(tmp_path / "a.jsonl", rows)
    one = f'path: "{tmp_path}/a.jsonl", reader: jsonl, evidence: [{{from: column, column: license}}]'
    pipeline.run(configured(tmp_path, f"  - {{name: s, {one}}}\n"), engine=Inline())
    assert {row["id"]: row["copies"] for row in decisions(tmp_path / "out")} == {"a": 1, "b": 0, "c": 0}


def test_a_pages_author_stands_in_decisions_too_so_that_a_rightholder_finds_it(tmp_path: Path) -> None:
    page = (
        '<!DOCTYPE html><html lang="de"><head><title>Notizen</title><meta name="author" content="Anna Muster">'
        '</head><body><main><article><h1>Regelbuch</h1><p>{}</p><p>Lizenz: <a rel="license" '
        'href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p></article></main></body></html>'
    )
    for name, text in zip("ab", texts(2, words=60), strict=True):
        (tmp_path / f"{name}.html").write_text(page.format(text), "utf-8")
    path = configured(
        tmp_path,
        f'  - {{name: s, reader: folder, path: "{tmp_path}/*.html", evidence: [html]}}\n',
        stages="[{stage: length, max_characters: 100000}]",
    )
    pipeline.run(path, engine=Inline())
    assert [row["author"] for row in kept(tmp_path / "out")] == ["Anna Muster"] * 2
    assert [row["author"] for row in decisions(tmp_path / "out")] == ["Anna Muster"] * 2


def test_a_receipt_names_the_members_of_the_curators_word(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"id": "a", "text": "Ein eigener Satz."}])
    word = "{from: curator, license: CC BY 4.0, because: told so}"
    path = configured(tmp_path, f'  - {{name: s, reader: jsonl, path: "{tmp_path}/a.jsonl", evidence: [{word}]}}\n')
    pipeline.run(path, engine=Inline())
    (row,) = kept(tmp_path / "out")
    assert row["license"] == "CC-BY-4.0" and row["evidence"][0]["members"] == ["CC-BY-4.0"]
    assert json.dumps(row["evidence"][0]["statement"]) == '"CC BY 4.0"'
