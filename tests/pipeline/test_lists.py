"""Lists of records to let in or keep out, as files and as they act in a run."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline
from pipeline import lists
from pipeline.engines import Inline
from pipeline.errors import InputError, WorkError
from tests.corpora import config, decisions, kept, texts, write_jsonl

RECORDS = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "source": ["s", "s", "s", "t"],
        "url": ["https://www.verlag.example/x/", "http://blog.verlag.example/y", "https://verlag.example.org/z", None],
        "author": ["Anna Muster", "ANNA MUSTER ", "Anna Musterfrau", None],
        "fingerprint_hi": pl.Series([1, 2, 3, 1], dtype=pl.UInt64),
        "fingerprint_lo": pl.Series([9, 9, 9, 8], dtype=pl.UInt64),
    }
)


@pytest.mark.parametrize(
    ("entry", "hits"),
    [
        ("id:a", "a"),
        ("t:d", "d"),  # source:id, as explain prints it
        ("d", "d"),
        ("https://verlag.example/x", "a"),  # scheme, www and the last slash say nothing
        ("http://verlag.example/", ""),  # a page, not its site
        ("host:verlag.example", "ab"),  # subdomains too, but no longer name that merely begins so
        ("host:example", "ab"),
        ("author:anna muster", "ab"),
        (f"fingerprint:{1:016x}{9:016x}", "a"),
    ],
)
def test_an_entry_names_what_it_says_and_nothing_else(tmp_path: Path, entry: str, hits: str) -> None:
    (tmp_path / "list.txt").write_text(f"# as of 2026-11-24\n\n{entry}\n", "utf-8")
    listed = lists.load([str(tmp_path / "list.txt")])
    assert listed.dated == ("2026-11-24",)
    assert "".join(RECORDS.filter(listed.matches()).get_column("id")) == hits


def test_a_csv_list_reads_the_same_and_a_wrong_entry_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("kind,value,reason\nhost,verlag.example,asked\nid,c,\n", "utf-8")
    assert RECORDS.filter(lists.load([str(tmp_path / "list.csv")]).matches()).get_column("id").to_list() == [
        "a",
        "b",
        "c",
    ]
    (tmp_path / "bad.csv").write_text("kind,value\nhots,verlag.example\n", "utf-8")
    with pytest.raises(InputError, match=r"bad\.csv: entry 1"):
        lists.load([str(tmp_path / "bad.csv")])
    (tmp_path / "print.txt").write_text("fingerprint:xyz\n", "utf-8")
    with pytest.raises(InputError, match="32 hexadecimal"):
        lists.load([str(tmp_path / "print.txt")])


def rows() -> list[dict[str, object]]:
    first, second, third = texts(3)
    return [
        {"id": "a", "text": first, "license": "CC0-1.0", "url": "https://eins.example/1"},
        {"id": "b", "text": second, "license": "CC0-1.0", "url": "https://zwei.example/1"},
        {"id": "c", "text": third, "license": "CC0-1.0"},
        {"id": "d", "text": first.upper().lower(), "license": "CC0-1.0", "url": "https://drei.example/1"},
    ]


@pytest.mark.parametrize(("kind", "left"), [("deny", {"b", "c", "d"}), ("allow", {"a"})])
def test_the_list_stage_lets_in_or_keeps_out(tmp_path: Path, kind: str, left: set[str]) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    (tmp_path / "hosts.txt").write_text("# as of 2026-11-01\nhost:eins.example\n", "utf-8")
    stages = f'[{{stage: list, {kind}: "{tmp_path}/hosts.txt"}}]'
    pipeline.run(config(tmp_path, stages=stages), engine=Inline())
    assert {row["id"] for row in kept(tmp_path / "out")} == left


def test_a_list_without_a_day_is_refused_before_anything_is_kept(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    (tmp_path / "hosts.txt").write_text("host:eins.example\n", "utf-8")
    with pytest.raises(Exception, match="states no day"):
        pipeline.run(config(tmp_path, stages=f'[{{stage: list, deny: "{tmp_path}/hosts.txt"}}]'), engine=Inline())
    assert not (tmp_path / "out").exists()


def test_a_removal_list_keeps_the_same_text_out_under_every_name(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    path = config(tmp_path)
    pipeline.run(path, engine=Inline())
    (first,) = [row for row in kept(tmp_path / "out") if row["id"] == "a"]
    print_ = f"fingerprint:{first['fingerprint']['hi']:016x}{first['fingerprint']['lo']:016x}"
    (tmp_path / "removed.txt").write_text(f"# as of 2026-11-24\n{print_}\nc\n", "utf-8")
    pipeline.run(config(tmp_path, more=f'removals: ["{tmp_path}/removed.txt"]\n'), engine=Inline(), fresh=True)
    found = {row["id"]: row["reason"] for row in decisions(tmp_path / "out")}
    assert found == {"a": "removal.listed", "b": "keep", "c": "removal.listed", "d": "removal.listed"}


def test_a_list_of_texts_keeps_them_out_by_their_fingerprints(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    pipeline.run(config(tmp_path), engine=Inline())
    (first,) = [row for row in kept(tmp_path / "out") if row["id"] == "a"]
    print_ = f"fingerprint:{first['fingerprint']['hi']:016x}{first['fingerprint']['lo']:016x}"
    (tmp_path / "texts.txt").write_text(f"# as of 2026-11-01\n{print_}\n", "utf-8")
    stages = f'[{{stage: list, deny: "{tmp_path}/texts.txt"}}]'
    pipeline.run(config(tmp_path, stages=stages), engine=Inline(), fresh=True)
    assert {row["id"] for row in kept(tmp_path / "out")} == {"b", "c"}


def test_another_content_of_a_list_is_another_job(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    (tmp_path / "hosts.txt").write_text("# as of 2026-11-01\nhost:eins.example\n", "utf-8")
    path = config(tmp_path, stages=f'[{{stage: list, deny: "{tmp_path}/hosts.txt"}}]')
    pipeline.run(path, engine=Inline())
    (tmp_path / "hosts.txt").write_text("# as of 2026-11-01\nhost:eins.example\nhost:zwei.example\n", "utf-8")
    with pytest.raises(WorkError, match="--fresh"):
        pipeline.run(path, engine=Inline())
    pipeline.run(path, engine=Inline(), fresh=True)
    assert {row["id"] for row in kept(tmp_path / "out")} == {"c", "d"}


@pytest.mark.parametrize("kind", ["removals", "deny", "allow"])
def test_a_line_is_named_by_its_number_in_the_file_however_the_file_is_cut(tmp_path: Path, kind: str) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", [{"text": text, "license": "CC0-1.0"} for text in texts(40)])
    names = [f"{tmp_path}/in/a.jsonl#{row}" for row in (3, 17, 40)]
    (tmp_path / "rows.txt").write_text("# as of 2026-11-24\n" + "".join(f"id:{name}\n" for name in names), "utf-8")
    listed = f"{tmp_path}/rows.txt"
    stages = "[]" if kind == "removals" else f'[{{stage: list, {kind}: "{listed}"}}]'
    more = f'removals: ["{listed}"]\n' if kind == "removals" else ""
    pipeline.run(config(tmp_path, stages=stages, more=more), engine=Inline(), unit_bytes=2000)
    found = {row["id"] for row in kept(tmp_path / "out")}
    assert found == set(names) if kind == "allow" else (len(found) == 37 and not found & set(names))


@pytest.mark.parametrize("kind", ["removals", "deny"])
@pytest.mark.parametrize("entry", ["HTTPS://Eins.Example/1", "https://eins.example/1/#teil", "host:EINS.example."])
def test_an_address_is_the_same_however_its_host_is_written(tmp_path: Path, kind: str, entry: str) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    (tmp_path / "out.txt").write_text(f"# as of 2026-11-24\n{entry}\n", "utf-8")
    stages = "[]" if kind == "removals" else f'[{{stage: list, deny: "{tmp_path}/out.txt"}}]'
    more = f'removals: ["{tmp_path}/out.txt"]\n' if kind == "removals" else ""
    pipeline.run(config(tmp_path, stages=stages, more=more), engine=Inline())
    assert {row["id"] for row in kept(tmp_path / "out")} == {"b", "c", "d"}


@given(st.one_of(st.text(max_size=30), st.from_regex(r"[a-zA-Z+]{0,5}:?/{0,2}[a-zA-Zé@:.\[\]\t\\ ]{0,9}[/?#].*")))
def test_the_part_of_an_address_that_counts_for_its_host_names_the_same_host(url: str) -> None:
    part = pl.DataFrame({"url": [url]}).select(lists.site("url")).item()
    assert lists.host(part) == lists.host(url)
