"""Near copies: the search through files gives the answer of an exact all-pairs comparison, however it is divided."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from licenses.model import Policy
from pipeline import near
from pipeline.duplicates import KEYS
from pipeline.errors import InternalError, WorkError
from pipeline.kernels.fingerprint import fingerprint
from pipeline.kernels.signature import reference_windows
from pipeline.stage import Batch, Context
from pipeline.stages.dedup import Stage

Row = dict[str, Any]
THRESHOLD = 0.8


def row(text: str, id: str, **given: Any) -> Row:
    """A record as gather knows it: alive, a grant in its own column, unless told otherwise."""
    high, low = fingerprint(text)
    plain = {
        "source": "s", "id": id, "fingerprint_hi": high, "fingerprint_lo": low, "alive": True, "denies": False,
        "scope": "record", "origin": False, "basis": "license", "strength": 4, "exact": True, "published": None,
        "characters": len(text), "duties": [], "contested": False, "copies": 1, "released": False, "text": text,
    }  # fmt: skip
    return {**plain, **given}


def search(folder: Path, rows: Sequence[Row], units: int = 1, memory: int = 1 << 29, parts: int = 1) -> pl.DataFrame:
    """Surveys the rows in units, runs every step of a search, and returns what changes, by id."""
    stage = Stage(Stage.Options(near=THRESHOLD), Context(Policy(), "2026-01-01"))
    cut = [list(rows[n::units]) for n in range(units)]
    members = []
    for unit, some in enumerate(cut):
        texts = pa.array([r["text"] for r in some], pa.large_string())
        empty = pa.nulls(len(some), pa.large_binary())
        facts = stage.measure(Batch(pl.DataFrame({"row": range(len(some))}), texts, empty))
        facts.write_parquet(folder / f"facts-{unit}.parquet")
        members += [{"at": unit << 32 | n, **r} for n, r in enumerate(some) if r["alive"] or r["denies"]]
    found = near.Search(folder, lambda unit: folder / f"facts-{unit}.parquet", THRESHOLD, memory=memory)
    found.rank(pl.DataFrame(members, schema=near.MEMBERS))
    for band in range(near.BANDS):
        found.band(band)
    found.candidates()
    for unit in found.units():
        wanted = found.wanted(unit)
        texts = pa.array([cut[unit][n]["text"] for n in wanted.tolist()], pa.large_string())
        found.put(unit, ((wanted[n : n + 3], texts.slice(n, 3)) for n in range(0, len(wanted), 3)))
    for part in range(parts):
        found.check(part, parts)
    names = pl.DataFrame([{"at": m["at"], "row": m["id"]} for m in members], schema={"at": pl.Int64, "row": pl.String})
    return found.changes(parts).join(names, on="at").drop("at").sort("row")


@cache
def windows(text: str) -> frozenset[int]:
    return frozenset(reference_windows(text))


def jaccard(a: str, b: str) -> float:
    left, right = windows(a), windows(b)
    return len(left & right) / len(left | right) if left and right else 0.0


def words(rng: random.Random, count: int) -> list[str]:
    return ["".join(rng.choices("abcdefghij", k=rng.randint(2, 9))) for _ in range(count)]


def family(rng: random.Random, size: int, count: int, edits: int) -> list[str]:
    base = words(rng, count)
    made = []
    for _ in range(size):
        text = list(base)
        for _ in range(rng.randint(0, edits)):
            text[rng.randrange(count)] = "x" + str(rng.randrange(10**6))
        made.append(" ".join(text))
    return list(dict.fromkeys(made))


def corpus(seed: int) -> list[Row]:
    rng = random.Random(seed)
    texts = [t for n in range(12) for t in family(rng, 6, rng.choice([12, 80, 300]), rng.choice([1, 3, 8]))]
    texts += [" ".join(words(rng, rng.choice([1, 3, 5, 40]))) for _ in range(20)]
    texts = list(dict.fromkeys(texts))
    rng.shuffle(texts)
    return [row(text, f"r{n:03}", strength=rng.choice([2, 4])) for n, text in enumerate(texts)]


def greedy_over_all_pairs(rows: Sequence[Row]) -> dict[str, set[str]]:
    """Each removed id with the kept ids at the threshold: the plain statement of what the search approximates."""
    ordered = sorted(rows, key=lambda r: (-r["strength"], -r["characters"], r["id"]))
    kept: list[Row] = []
    removed: dict[str, set[str]] = {}
    for one in ordered:
        alike = {other["id"] for other in kept if jaccard(one["text"], other["text"]) >= THRESHOLD}
        if alike:
            removed[one["id"]] = alike
        else:
            kept.append(one)
    return removed


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_exact_comparison_of_all_pairs(tmp_path: Path, seed: int) -> None:
    rows = corpus(seed)
    found = search(tmp_path, rows, units=3)
    truth = greedy_over_all_pairs(rows)
    removed = {
        r["row"]: r["duplicate_of"].removeprefix("s:")
        for r in found.filter(pl.col("duplicate_of").is_not_null()).to_dicts()
    }
    assert set(removed) == set(truth)
    assert all(partner in truth[id] for id, partner in removed.items())
    texts = {r["id"]: r["text"] for r in rows}
    for r in found.filter(pl.col("duplicate_of").is_not_null()).to_dicts():
        assert r["similarity"] == pytest.approx(jaccard(texts[r["row"]], texts[removed[r["row"]]]), abs=1e-12)


def test_refused_records_leave_no_hole(tmp_path: Path) -> None:
    """A record stage refuses a random tenth: what remains is decided as if these had never been there."""
    rng = random.Random(77)
    rows = [{**r, "alive": rng.random() > 0.1} for r in corpus(5)]
    found = search(tmp_path, rows, units=2).filter(pl.col("duplicate_of").is_not_null())
    truth = greedy_over_all_pairs([r for r in rows if r["alive"]])
    removed = {r["row"]: r["duplicate_of"].removeprefix("s:") for r in found.to_dicts()}
    assert set(removed) == set(truth)
    assert all(partner in truth[id] for id, partner in removed.items())


def test_the_division_of_the_work_changes_nothing(tmp_path: Path) -> None:
    rows = corpus(9)
    answers = []
    for n, (units, memory, parts) in enumerate([(1, 1 << 29, 1), (4, 20_000, 3), (7, 3_000, 2)]):
        (tmp_path / str(n)).mkdir()
        shuffled = list(rows)
        random.Random(n).shuffle(shuffled)
        answers.append(search(tmp_path / str(n), shuffled, units, memory, parts))
    assert answers[0].height > 5
    assert answers[0].equals(answers[1])
    assert answers[0].equals(answers[2])


def test_texts_on_one_template_all_stay(tmp_path: Path) -> None:
    rng = random.Random(1)
    opening = " ".join(words(rng, 130))
    rows = [row(opening + " " + " ".join(words(rng, 70)), str(n)) for n in range(150)]
    assert search(tmp_path, rows).is_empty()


def test_a_chain_of_edits_is_not_one_cluster(tmp_path: Path) -> None:
    """a is near b, b near c, a not near c: c is kept, for its only neighbour is no longer there."""
    rng = random.Random(5)
    base = words(rng, 200)
    chain = [" ".join([f"new{n}x{k}" for k in range(n * 18)] + base[n * 18 :]) for n in range(3)]
    assert jaccard(chain[0], chain[1]) >= THRESHOLD > jaccard(chain[0], chain[2])
    found = search(tmp_path, [row(t, id, characters=1) for t, id in zip(chain, "abc", strict=True)])
    assert found.filter(pl.col("duplicate_of").is_not_null())["row"].to_list() == ["b"]


def test_a_near_denial_contests_and_shadows_the_copies(tmp_path: Path) -> None:
    rng = random.Random(2)
    base = words(rng, 300)
    a, b, c = (" ".join([*base[:n], f"other{n}", *base[n + 1 :]]) for n in (10, 100, 200))
    denial = {"alive": False, "denies": True, "source": "publisher"}
    kept = search_in(tmp_path, "none", [row(a, "a"), row(b, "b")])
    assert kept["contested"].to_list() == [False, False]
    found = search_in(tmp_path, "narrow", [row(a, "a"), row(b, "b"), row(c, "c", **denial)])
    assert found.select("row", "contested", "contrary_by").rows() == [
        ("a", True, "publisher:c"),
        ("b", True, "publisher:c"),
    ]
    assert found["duplicate_of"].null_count() == 2
    wide = search_in(tmp_path, "wide", [row(a, "a"), row(c, "c", **denial, scope="source")])
    assert wide.select("row", "contested", "contrary_by", "copies").rows() == [("a", False, "publisher:c", 1)]
    origin = search_in(tmp_path, "origin", [row(a, "a", origin=True), row(c, "c", **denial)])
    assert origin["contested"].to_list() == [False]


def search_in(folder: Path, name: str, rows: Sequence[Row], **given: Any) -> pl.DataFrame:
    (folder / name).mkdir()
    return search(folder / name, rows, **given)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    scopes=st.lists(st.sampled_from(["text", "record", "site", "source"]), min_size=1, max_size=4),
)
def test_a_contrary_copy_never_adds_a_kept_record(
    tmp_path_factory: pytest.TempPathFactory, seed: int, scopes: list[str]
) -> None:
    rng = random.Random(seed)
    texts = [t for _ in range(3) for t in family(rng, 5, 60, 3)]
    rows = [row(t, f"r{n}", scope=rng.choice(["text", "record", "source"])) for n, t in enumerate(texts)]
    more = list(rows)
    for n, scope in enumerate(scopes):
        near_copy = rng.choice(texts) + rng.choice([" more", " and some more words"])
        more.append(row(near_copy, f"d{n}", alive=False, denies=True, scope=scope, source="t"))
    before = kept(rows, search(tmp_path_factory.mktemp("before"), rows))
    after = kept(rows, search(tmp_path_factory.mktemp("after"), more))
    assert after <= before


def kept(rows: Sequence[Row], found: pl.DataFrame) -> set[str]:
    gone = set(found.filter(pl.col("contested") | pl.col("duplicate_of").is_not_null())["row"])
    return {r["id"] for r in rows if r["alive"]} - gone


def test_released_texts_stay_and_are_named_as_such(tmp_path: Path) -> None:
    rng = random.Random(3)
    base = words(rng, 200)
    old, new = " ".join(base), " ".join([*base[:50], "changed", *base[51:], "with", "a", "longer", "end"])
    rows = [row(new, "new", strength=6, published="1990"), row(old, "old", source="earlier", strength=2, released=True)]
    found = search(tmp_path, rows).filter(pl.col("duplicate_of").is_not_null())
    assert found.select("row", "duplicate_of", "released").rows() == [("new", "earlier:old", True)]


def test_duties_and_copies_unite_in_the_kept_text(tmp_path: Path) -> None:
    rng = random.Random(4)
    texts = family(rng, 9, 200, 1)[:3]
    duties = (["attribution"], ["notice"], ["attribution", "license-text"])
    rows = [
        row(t, str(n), duties=d, copies=n + 1, characters=9 - n)
        for n, (t, d) in enumerate(zip(texts, duties, strict=True))
    ]
    found = search(tmp_path, rows).filter(pl.col("duplicate_of").is_null())
    assert found.select("row", "copies", "duties").rows() == [("0", 6, ["attribution", "license-text", "notice"])]


def test_a_damaged_file_is_refused_and_texts_are_checked(tmp_path: Path) -> None:
    rng = random.Random(6)
    rows = [row(t, str(n)) for n, t in enumerate(family(rng, 4, 200, 2))]
    search(tmp_path, rows)
    found = near.Search(tmp_path, lambda unit: tmp_path / f"facts-{unit}.parquet", THRESHOLD)
    shingles = tmp_path / "shingles-000000.bin"
    whole = shingles.read_bytes()
    shingles.write_bytes(whole[:-10])
    (tmp_path / "near-0000-of-0002.json").unlink(missing_ok=True)
    with pytest.raises(WorkError, match="damaged"):
        found.check(0, 2)
    with pytest.raises(InternalError, match="not read again"):
        found.put(0, [])
    assert not list(tmp_path.glob("*.tmp"))


def test_nothing_to_compare(tmp_path: Path) -> None:
    assert set(near.MEMBERS) >= set(KEYS)
    assert search_in(tmp_path, "none", []).is_empty()
    found = search_in(
        tmp_path, "blank", [row("", "a"), row("!!!", "b"), row("—?", "c"), row("🙂 🙂", "d"), row("🙃", "e")]
    )
    assert found.is_empty()
