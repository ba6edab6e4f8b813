"""What was taken out is gone: from every file of the new version, from later builds, and from who loads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline
from pipeline.commands.explain import explain
from pipeline.commands.retract import retract
from pipeline.engines import Inline
from pipeline.kernels.fingerprint import fingerprints
from pipeline.papers.proof import prove
from tests.corpora import HEAD, POLICY, decisions, kept, texts, write_jsonl

PAGE = """<!doctype html><html lang="de"><title>Seite</title><body><main><p>{text}</p></main>
<footer>{said} Dieser Text steht unter
<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></footer></body></html>"""
MINE = "Worte von Frau Muster"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with config.yaml and a release of pages, a copy of one and a record in review, with an index."""
    folder = tmp_path_factory.mktemp("retract")
    words = texts(6, words=60)
    (folder / "pages").mkdir()
    for number, text in enumerate(words[:4]):
        said = MINE if number == 0 else "Redaktion."
        (folder / f"pages/p{number}.html").write_text(PAGE.format(text=text, said=said), "utf-8")
    rows = [
        {"id": "copy", "text": words[0], "license": "CC-BY-4.0", "author": "Anders"},
        {"id": "open", "text": words[4], "license": "CC BY", "author": "E. Muster"},
        {"id": "other", "text": words[5], "license": "CC0-1.0", "author": "Anders"},
    ]
    write_jsonl(folder / "in/a.jsonl", rows)
    text = f"""{HEAD}sources:
  - {{name: web, reader: folder, path: "{folder}/pages/*.html", evidence: [html]}}
  - {{name: s, reader: jsonl, path: "{folder}/in/a.jsonl", evidence: [{{from: column, column: license}}]}}
{POLICY}stages: [{{stage: dedup, near: 0.8}}]
output: {{path: "{folder}/out", partition: duties}}
"""
    (folder / "config.yaml").write_text(text, "utf-8")
    pipeline.run(str(folder / "config.yaml"), engine=Inline())
    return folder


def everything(folder: Path) -> str:
    """All that the files of a release say, tables as their rows."""
    said = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            said.append(str(pq.read_table(path, partitioning=None).to_pylist()))
        elif path.is_file() and path.suffix != ".png":
            said.append(path.read_text("utf-8"))
    return "\n".join(said)


def test_nothing_of_a_removed_text_is_left_and_it_stays_out(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, list_, new = built / "out", tmp_path / "list.csv", tmp_path / "new"
    page = next(row for row in decisions(out) if row["id"].endswith("p0.html"))
    assert {row["decision"] for row in decisions(out)} == {"keep", "refuse", "review"} and MINE in everything(out)
    list_.write_text(
        f"# as of 2026-11-25\nkind,value,reason\nid,{page['id']},objection\nauthor,e. muster,withdrawn\n", "utf-8"
    )
    assert retract(out, list_, new) == 0
    assert "super_squash_history" in capsys.readouterr().out
    assert list(prove(new)) == []
    text = texts(6, words=60)[0]
    (high,), (low,) = fingerprints(pa.array([text], pa.large_string()))
    before, after = everything(out), everything(new)
    for trace in (text, str(int(high)), str(int(low)), MINE):
        assert trace in before and trace not in after
    rows = {row["id"]: row for row in decisions(new)}
    assert rows[page["id"]]["reason"] == rows["open"]["reason"] == "removal.listed"
    assert rows["copy"]["decision"] == "refuse" and rows["copy"]["fingerprint"] is None
    assert (new / "review/review.jsonl").read_text() == ""
    indexed = pq.read_table(new / "index/index.parquet")["id"].to_pylist()
    assert sorted(indexed) == sorted(row["id"] for row in kept(new)) and len(indexed) == 4
    listed = (tmp_path / "new.removals.txt").read_text("utf-8")
    assert f"fingerprint:{int(high):016x}{int(low):016x}" in listed and text not in listed
    explain(new, page["id"])
    assert "It was taken out of an earlier version on 20" in capsys.readouterr().out

    config = built / "config.yaml"
    again = tmp_path / "again.yaml"
    changed = config.read_text("utf-8").replace(f"{built}/out", f"{tmp_path}/again")
    again.write_text(changed + f"removals: ['{tmp_path}/new.removals.txt']\n", "utf-8")
    pipeline.run(str(again), engine=Inline())
    assert {row["id"] for row in kept(tmp_path / "again")} == {row["id"] for row in kept(new)}
    reasons = {row["id"]: row["reason"] for row in decisions(tmp_path / "again")}
    assert reasons[page["id"]] == reasons["copy"] == "removal.listed"


def test_who_loads_the_new_version_does_not_get_the_old_one_from_a_cache(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    place = Path(shutil.copytree(built / "out", tmp_path / "corpus"))

    def loaded() -> list[str]:
        found = datasets.load_dataset(str(place), split="train", cache_dir=str(tmp_path / "cache"))
        return sorted(found["id"])

    assert "other" in loaded()
    (tmp_path / "list.txt").write_text("# as of 2026-11-25\nid:other\n", "utf-8")
    retract(built / "out", tmp_path / "list.txt", tmp_path / "new")
    shutil.rmtree(place)
    shutil.copytree(tmp_path / "new", place)
    assert "other" not in loaded() and len(loaded()) == len(kept(place))
    assert json.loads((place / "run.json").read_bytes())["retracted"]["records"] == 1
