"""Equal texts: one stays, by evidence; a contrary statement of no wider scope contests; order changes nothing."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.duplicates import DECIDED, KEYS, contested_by_source, exact
from pipeline.errors import InternalError

Row = dict[str, Any]


def row(id: str, text: int = 1, **given: Any) -> Row:
    plain = {
        "source": "s", "id": id, "fingerprint_hi": text, "fingerprint_lo": text, "alive": True, "denies": False,
        "scope": "record", "origin": False, "basis": "license", "strength": 4, "exact": True, "published": None,
        "characters": 10, "duties": [],
    }  # fmt: skip
    return {**plain, **given}


def denial(id: str, **given: Any) -> Row:
    return row(id, **{"alive": False, "denies": True, "source": "t", **given})


def decided(*rows: Row, **given: Any) -> dict[str, Row]:
    return {r["id"]: r for r in exact(pl.DataFrame(rows, schema=KEYS), **given).to_dicts()}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"strength": 6}, {"strength": 2, "published": "1990", "characters": 99}),
        ({"exact": True}, {"exact": False, "published": "1990"}),
        ({"published": "1999-12-31"}, {"published": "2000"}),
        ({"published": "2000"}, {"published": None, "characters": 99}),
        ({"published": "2000"}, {"published": "n.d.", "characters": 99}),
        ({"characters": 11}, {"characters": 10, "duties": []}),
        ({"duties": ["share-alike"]}, {"id": "z", "duties": []}),  # by the id, never the convenient licence
        ({"origin": True, "strength": 2}, {"strength": 6}),
        ({"basis": "official-work", "strength": 2}, {"strength": 6}),
        ({"strength": 2}, {"strength": None}),
    ],
)
def test_the_better_copy_stays(better: Row, worse: Row) -> None:
    found = decided({**row("y"), **better}, {**row("z"), **worse})
    assert found["y"]["duplicate_of"] is None
    assert found["z"]["duplicate_of"] == "s:y"
    assert found["y"]["copies"] == 2


def test_prefer_is_followed() -> None:
    old, strong = row("old", published="1990", strength=2), row("strong", strength=6)
    assert decided(old, strong)["old"]["duplicate_of"] == "s:strong"
    assert decided(old, strong, prefer=("earliest",))["strong"]["duplicate_of"] == "s:old"


def test_refused_rows_are_no_copies_and_leave_nothing() -> None:
    found = decided(row("a", duties=["attribution"]), row("b", alive=False, duties=["share-alike"]), row("c", text=2))
    assert [found[id]["duplicate_of"] for id in "abc"] == [None, None, None]
    assert [found[id]["copies"] for id in "abc"] == [1, 0, 1]
    assert found["a"]["duties"] == ["attribution"]


def test_duties_of_copies_that_would_be_kept_unite() -> None:
    found = decided(
        row("a", duties=["notice"]),
        row("b", duties=["attribution", "notice"]),
        row("c", duties=["share-alike"], scope="source"),  # contested itself, so it would not be kept
        denial("d", scope="joined"),
    )
    assert found["a"]["duties"] == ["attribution", "notice"]
    assert found["a"]["copies"] == 2
    assert found["c"]["contested"]
    assert not found["a"]["contested"]


@pytest.mark.parametrize(
    ("grant", "contrary", "contested"),
    [("record", "record", True), ("record", "text", True), ("text", "record", False), ("record", "source", False),
     ("source", "source", True), (None, "source", True), ("text", None, True)],
)  # fmt: skip
def test_only_a_scope_no_wider_contests(grant: str | None, contrary: str | None, contested: bool) -> None:
    found = decided(row("a", scope=grant), denial("d", scope=contrary))["a"]
    assert found["contested"] is contested
    assert (found["contrary_by"], found["contrary_source"], found["contraries"]) == ("t:d", "t", 1)
    assert found["copies"] == (0 if contested else 1)


@pytest.mark.parametrize("own", [{"origin": True}, {"basis": "official-work"}, {"basis": "contract"}])
def test_the_publisher_is_not_contested(own: Row) -> None:
    found = decided(row("a", **own), row("b", scope="text", strength=6), denial("d", scope="text"))
    assert not found["a"]["contested"]
    assert found["a"]["contrary_by"] == "t:d"
    assert found["b"]["contested"]


def test_without_dedup_each_is_judged_for_itself() -> None:
    rows = row("a", duties=["notice"]), row("b"), row("c", scope="source"), denial("d", scope="site")
    found = decided(*rows, dedup=False)
    assert [found[id]["duplicate_of"] for id in "abcd"] == [None] * 4
    assert [found[id]["contested"] for id in "abcd"] == [False, False, True, False]
    assert [found[id]["copies"] for id in "abc"] == [1, 1, 0]
    assert found["a"]["duties"] == ["notice"]


def test_a_denial_does_not_free_the_copies_of_what_it_contests() -> None:
    """b was a copy of a; that a is contested now must not let b in, though b's own scope is narrower."""
    a, b = row("a", scope="site", strength=5), row("b", scope="record", strength=4)
    assert decided(a, b)["b"]["duplicate_of"] == "s:a"
    found = decided(a, b, denial("d", scope="joined"))
    assert found["a"]["contested"]
    assert found["b"]["contested"]


def test_a_row_does_not_contest_itself() -> None:
    found = decided(row("a", denies=True), row("b", text=2, denies=True), row("c", text=2, strength=2))
    assert not found["a"]["contested"]
    assert found["c"]["contested"] or found["c"]["duplicate_of"] == "s:b"
    assert not found["b"]["contested"]


def test_no_fingerprint_equals_nothing() -> None:
    found = decided(row("a", text=0), row("b", text=0), denial("d", text=0))
    assert all(found[id]["duplicate_of"] is None and not found[id]["contested"] for id in "ab")


@pytest.mark.parametrize("column", ["alive", "denies", "id", "fingerprint_lo"])
def test_null_is_an_error_and_never_a_keep(column: str) -> None:
    with pytest.raises(InternalError, match=column):
        decided(row("a"), {**row("b"), column: None})


def test_map_of_contested_texts() -> None:
    rows = [row("a"), row("b", text=2, origin=True), denial("d"), denial("e", text=2, source="u"), row("f", text=3)]
    found = contested_by_source(exact(pl.DataFrame(rows, schema=KEYS)))
    assert found.rows() == [("s", "t", 1, 1), ("s", "u", 1, 0)]


scopes = st.sampled_from(["text", "record", "joined", "site", "source", None])
records = st.builds(
    lambda n, **given: row(f"r{n}", **given),
    st.integers(0, 10**6),
    text=st.integers(0, 3),
    alive=st.booleans(),
    denies=st.booleans(),
    scope=scopes,
    origin=st.sampled_from([False, False, True, None]),
    basis=st.sampled_from(["license", "license", "official-work", None]),
    strength=st.sampled_from([2, 4, 6, None]),
    exact=st.sampled_from([True, False, None]),
    published=st.sampled_from([None, "2001", "2001-02-03", "garbage", ""]),
    characters=st.sampled_from([None, 1, 2]),
    duties=st.sampled_from([[], ["notice"], ["attribution", "notice"]]),
)
corpora = st.lists(records, max_size=14, unique_by=lambda r: r["id"])


def kept(found: pl.DataFrame) -> set[str]:
    return set(found.filter(pl.col("alive") & ~pl.col("contested") & pl.col("duplicate_of").is_null())["id"])


@settings(max_examples=70, deadline=None)
@given(corpora, st.integers(0, 99), st.booleans())
def test_order_and_division_change_nothing(rows: list[Row], seed: int, dedup: bool) -> None:
    whole = exact(pl.DataFrame(rows, schema=KEYS), dedup=dedup)
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    frame = pl.DataFrame(shuffled, schema=KEYS)
    parts = [exact(frame.filter(pl.col("fingerprint_hi") % 2 == n), dedup=dedup) for n in (0, 1)]
    assert pl.concat(parts).sort("id").equals(whole.sort("id"))
    assert whole["id"].to_list() == [r["id"] for r in rows]
    assert [whole.schema[name] for name in DECIDED] == list(DECIDED.values())


@settings(max_examples=70, deadline=None)
@given(corpora)
def test_every_removed_record_names_a_kept_one(rows: list[Row]) -> None:
    found = exact(pl.DataFrame(rows, schema=KEYS))
    stays = kept(found)
    texts = {r["id"]: r["fingerprint_hi"] for r in rows}
    for r in found.filter(pl.col("duplicate_of").is_not_null()).to_dicts():
        partner = r["duplicate_of"].removeprefix("s:")
        assert partner in stays
        assert texts[partner] == texts[r["id"]] != 0
    assert all(sum(texts[id] == text for id in stays) <= 1 for text in (1, 2, 3))


@settings(max_examples=70, deadline=None)
@given(corpora, st.integers(0, 3), scopes)
def test_a_denial_never_adds_a_kept_record(rows: list[Row], text: int, scope: str | None) -> None:
    for dedup in (True, False):
        before = kept(exact(pl.DataFrame(rows, schema=KEYS), dedup=dedup))
        more = [*rows, denial("new", text=text, scope=scope)]
        assert kept(exact(pl.DataFrame(more, schema=KEYS), dedup=dedup)) <= before
