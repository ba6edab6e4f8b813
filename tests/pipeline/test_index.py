"""An index stands for the texts it was made of: what is compared against it is decided as if the texts were there."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from licenses.model import Policy
from pipeline import index, near
from pipeline.errors import InputError
from pipeline.kernels.fingerprint import fingerprint
from pipeline.stage import Batch, Context
from pipeline.stages.dedup import Stage
from tests.pipeline.test_near import corpus as any_corpus
from tests.pipeline.test_near import row, search


def words(rng: random.Random, count: int) -> list[str]:
    return ["".join(rng.choices("abcdefghij", k=rng.randint(3, 9))) for _ in range(count)]


def family(rng: random.Random, size: int) -> list[str]:
    base = words(rng, 150)
    return [" ".join([*base[: 20 + n], f"other{n}", *base[21 + n :]]) for n in range(size)]


def release(out: Path, texts: list[str]) -> index.Index:
    (out / "data").mkdir(parents=True)
    half = len(texts) // 2
    for n, some in enumerate((texts[:half], texts[half:])):
        names = [f"old{n}-{k}" for k in range(len(some))]
        pl.DataFrame({"source": ["press"] * len(some), "id": names, "text": some}).write_parquet(
            out / "data" / f"train-{n}.parquet"
        )
    index.of_release(out, "first")
    return index.open_index(out)


def against(folder: Path, texts: list[str], known: index.Index, readable: bool = True) -> pl.DataFrame:
    """What changes for new texts, called new0, new1 …, beside an index."""
    stage = Stage(Stage.Options(near=0.8), Context(Policy(), "2026-01-01"))
    empty = pa.nulls(len(texts), pa.large_binary())
    array = pa.array(texts, pa.large_string())
    facts = stage.measure(Batch(pl.DataFrame({"row": range(len(texts))}), array, empty))
    facts.write_parquet(folder / "facts.parquet")
    marks = [fingerprint(text) for text in texts]
    new = pl.DataFrame(
        [
            {"at": n, "source": "new", "id": f"new{n}", "fingerprint_hi": high, "fingerprint_lo": low, "alive": True,
             "denies": False, "scope": "text", "origin": False, "basis": "license", "strength": 6, "exact": True,
             "published": "1900", "characters": 1, "duties": [], "contested": False, "copies": 1, "released": False}
            for n, (high, low) in enumerate(marks)
        ],
        schema=near.MEMBERS,
    )  # fmt: skip
    unit = near.INDEXES
    found = near.Search(
        folder,
        lambda u: known.file if u == unit else folder / "facts.parquet",
        0.8,
        unreadable=frozenset() if readable else frozenset([unit]),
    )
    found.rank(pl.concat([new, known.members(unit)]))
    for band in range(near.BANDS):
        found.band(band)
    found.candidates()
    for u in [*found.units(), *found.indexes()]:
        wanted = found.wanted(u)
        found.put(u, known.texts(wanted) if u == unit else [(wanted, array.take(pa.array(wanted)))])
    found.check(0, 1)
    return found.changes(1).filter(pl.col("at") < 1 << 32)


@pytest.fixture
def corpus() -> tuple[list[str], list[str]]:
    """Old and new texts: families that lie in both, in one only, and equal texts."""
    rng = random.Random(8)
    families = [family(rng, 4) for _ in range(12)]
    old = [text for some in families[:8] for text in some[:1]]
    new = [text for some in families[4:] for text in some[1:3]] + old[:2]
    return old, new


def test_incremental_equals_batch(tmp_path: Path, corpus: tuple[list[str], list[str]]) -> None:
    old, new = corpus
    found = against(tmp_path, new, release(tmp_path / "out", old))
    copies = found.filter(pl.col("duplicate_of").is_not_null())
    together = set(copies["at"].to_list())
    # Eight families are new in the second half, two texts each; the first four of them are released already.
    assert together == {0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 16, 17}
    released = copies.filter("released")
    assert set(released["at"].to_list()) == {0, 1, 2, 3, 4, 5, 6, 7, 16, 17}
    assert all(name.startswith("first:press:old") for name in released["duplicate_of"])
    assert not copies["estimated"].any()


@pytest.mark.parametrize("seed", range(2))
def test_one_search_over_both_halves_of_any_corpus_finds_the_same(tmp_path: Path, seed: int) -> None:
    texts = [one["text"] for one in any_corpus(seed)]
    half = [row(text, f"old{n}") for n, text in enumerate(texts[::2])]
    for name in ("first", "both", "later"):
        (tmp_path / name).mkdir()
    gone = set(search(tmp_path / "first", half).filter(pl.col("duplicate_of").is_not_null())["row"])
    old, new = [one["text"] for one in half if one["id"] not in gone], texts[1::2]
    both = [*(row(text, f"old{n}", strength=9) for n, text in enumerate(old)),
            *(row(text, f"new{n}", characters=1) for n, text in enumerate(new))]  # fmt: skip
    found = search(tmp_path / "both", both).filter(pl.col("duplicate_of").is_not_null())
    later = against(tmp_path / "later", new, release(tmp_path / "out", old)).filter(
        pl.col("duplicate_of").is_not_null()
    )
    assert set(found["row"]) == {f"new{at}" for at in later["at"]}
    assert later.height > 5


def test_without_the_texts_the_answer_is_marked(tmp_path: Path, corpus: tuple[list[str], list[str]]) -> None:
    old, new = corpus
    known = release(tmp_path / "out", old)
    found = against(tmp_path, new, known, readable=False).filter(pl.col("duplicate_of").is_not_null())
    by_index = found.filter("released")
    assert by_index["estimated"].all()
    assert not found.filter(~pl.col("released"))["estimated"].any()
    # Families lie at about 0.88, one and a half standard deviations of the estimate above the threshold.
    assert by_index.height >= 8
    assert set(by_index.filter(pl.col("at") >= 16)["similarity"]) == {1.0}


def test_protected_works_come_without_the_works(tmp_path: Path, corpus: tuple[list[str], list[str]]) -> None:
    old, new = corpus
    ids = [f"isbn{n}" for n in range(len(old))]
    frame = index.rows("verlag", ids, pa.array(old, pa.large_string()))
    index.write(tmp_path / "works", "verlag-2026", "protected", [frame])
    known = index.open_index(tmp_path / "works")
    assert (known.role, known.count, known.data) == ("protected", len(old), None)
    assert not any(text.encode()[:40] in (tmp_path / "works" / "index.parquet").read_bytes() for text in old)
    found = against(tmp_path, new, known, readable=False).filter("released")
    assert {"verlag-2026:verlag:isbn0", "verlag-2026:verlag:isbn1"} <= set(found["duplicate_of"])


def test_merged_indexes_hold_each_text_once(tmp_path: Path) -> None:
    rng = random.Random(1)
    texts = [" ".join(words(rng, 30)) for _ in range(6)]
    parts = []
    for name, some in (("a", texts[:4]), ("b", texts[2:])):
        frame = index.rows("s", [str(n) for n in range(4)], pa.array(some, pa.large_string()))
        index.write(tmp_path / name, name, "protected", [frame])
        parts.append(index.open_index(tmp_path / name))
    index.merge(parts, tmp_path / "both", "both", "protected")
    merged = index.open_index(tmp_path / "both")
    found = pl.read_parquet(merged.file)
    assert merged.count == found.height == 6
    assert {(h, low) for h, low in found.select("fingerprint_hi", "fingerprint_lo").rows()} == {
        fingerprint(t) for t in texts
    }
    assert found["source"].to_list() == ["a:s"] * 4 + ["b:s"] * 2


def test_damage_and_strangers_are_refused(tmp_path: Path, corpus: tuple[list[str], list[str]]) -> None:
    known = release(tmp_path / "out", corpus[0])
    with pytest.raises(InputError, match="no index"):
        index.open_index(tmp_path)
    data = sorted((tmp_path / "out" / "data").glob("*"))
    data[0].rename(data[0].with_name("z.parquet"))
    with pytest.raises(InputError, match="not what"):
        list(known.texts(pl.Series([0, 1]).to_numpy()))
    broken = bytearray(known.file.read_bytes())
    broken[len(broken) // 2] ^= 1
    known.file.write_bytes(bytes(broken))
    with pytest.raises(InputError, match="damaged"):
        index.open_index(tmp_path / "out")
