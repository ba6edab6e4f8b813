"""Sketches and window sets: compiled equals plain, and the numbers of a released index stay what they were."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.kernels import pairs
from pipeline.kernels.normalise import normalise
from pipeline.kernels.signature import (
    A,
    B,
    reference_sketch,
    reference_windows,
    shingles,
    sketches,
    sketches_of_text,
)

alphabet = st.one_of(
    st.sampled_from([*"abc  \n,.'-", *"äßé", *"กขเ้่็", *"漢字かなー", *"한글", *"दे़ि", *"0١२", "🙂", "ffi"]),
    st.characters(exclude_categories=["Cs"]),
)
text = st.text(alphabet.filter(lambda c: len(c) == 1), max_size=80)


@settings(max_examples=300, deadline=None)
@given(st.lists(text, max_size=5))
@example(["word " * 1500, "", "漢" * 1100, "x" * 5000])  # more windows than one stretch of the kernel holds
def test_kernel_equals_reference(texts: list[str]) -> None:
    array = pa.array(texts, pa.large_string())
    found = sketches(normalise(array))
    values, edges = shingles(array)
    again = sketches_of_text(array)
    assert np.array_equal(again.bands, found.bands)
    assert np.array_equal(again.sketch, found.sketch)
    for n, one in enumerate(texts):
        windows = reference_windows(one)
        assert found.windows[n] == len(windows)
        assert values[edges[n] : edges[n + 1]].tolist() == sorted(set(windows))
        bands, sketch = reference_sketch(one[:2000])
        if len(one) <= 2000:
            assert (found.bands[:, n].tolist(), found.sketch[n].tolist()) == (bands, sketch)


def test_words_are_cut_by_the_script() -> None:
    counts = {
        "eins zwei drei vier fünf sechs": 2,
        "eins": 1,
        "Müller's 3,5-fach": 1,  # müller s 3 5 fach
        "图书馆星期四闭馆": 4,  # one character a word: eight of them
        "รถก็มา": 1,  # five letters: the sign above the third stays with it
        "!!! …": 0,
    }
    assert {one: len(reference_windows(one)) for one in counts} == counts


def test_scripts_are_told_apart_and_alike() -> None:
    """Texts of other scripts than Latin have windows of their own: what differs is not near, what is equal is."""
    left, right = ("图书馆星期四因员工培训闭馆读者可以把书放在正门", "由于暴雨列车晚点两个小时到站工作人员请乘客在候车")
    assert set(reference_windows(left)).isdisjoint(reference_windows(right))
    assert reference_windows("Та же. СТРОКА\nтекста и ещё") == reference_windows("та же строка текста, и ещё!")


def test_permutations_are_the_published_sequence() -> None:
    """SplitMix64 from seed 0, as its authors print it; the upper half made odd multiplies, the lower is added."""
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B]
    assert A[:5].tolist() == [(value >> 32) | 1 for value in published]
    assert B[:5].tolist() == [value & 0xFFFFFFFF for value in published]


def test_an_index_stays_valid() -> None:
    """What the first release wrote, kept so that kernel and reference cannot drift together."""
    bands, sketch = reference_sketch("Wer reitet so spät durch Nacht und Wind? Es ist der Vater mit seinem Kind.")
    assert bands[0] == 0xDDCD11259B857DDF
    assert bytes(sketch[:8]).hex() == "a2a3284f68d3891f"


def test_sketches_estimate_similarity() -> None:
    """Against the exact similarity, over texts of known overlap: the error stays within four standard deviations."""
    rng = random.Random(11)
    words = ["".join(rng.choices("abcdefghijklmnop", k=7)) for _ in range(4000)]
    errors = []
    for share in (0.3, 0.5, 0.7, 0.8, 0.9):
        for _ in range(30):
            base = rng.sample(words, 400)
            cut = int(400 * share)
            left, right = " ".join(base), " ".join([*base[:cut], *rng.sample(words, 400 - cut)])
            found = sketches_of_text(pa.array([left, right], pa.large_string()))
            a, b = set(reference_windows(left)), set(reference_windows(right))
            truth = len(a & b) / len(a | b)
            equal = pairs.matches(found.sketch[:1], found.sketch[1:])[0] / 120
            errors.append((equal - truth) / max(0.01, (truth * (1 - truth) / 120) ** 0.5))
    assert abs(float(np.mean(errors))) < 0.5
    assert max(abs(e) for e in errors) < 4.5


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_pairs_of_equal_keys(data: st.DataObject) -> None:
    """All pairs of small buckets, contrary rows with living ones only, whatever the order of the rows."""
    count = data.draw(st.integers(0, 30))
    keys = data.draw(st.lists(st.sampled_from([1, 2, 3, 1 << 63, (1 << 64) - 1]), min_size=count, max_size=count))
    ranks = data.draw(st.permutations(range(count)))
    living = data.draw(st.integers(0, count))
    found = pairs.pairs(np.array(keys, np.uint64), np.array(ranks, np.uint64), living)
    by_rank = dict(zip(ranks, keys, strict=True))
    expected = {(j, i) for j in range(count) for i in range(min(j, living)) if by_rank[i] == by_rank[j]}
    made = {(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in found}
    assert made <= expected
    sizes = {key: keys.count(key) for key in keys}
    assert {p for p in expected if sizes[by_rank[p[0]]] <= pairs.WINDOW} <= made
    assert {(j, i) for j, i in expected if i == min(r for r, k in by_rank.items() if k == by_rank[j])} <= made


def test_a_bucket_of_ten_thousand_stays_small() -> None:
    ranks = np.arange(10_000, dtype=np.uint64)
    found = pairs.pairs(np.full(10_000, 7, np.uint64), ranks, 10_000)
    assert 9_999 <= len(found) <= 10_000 * 2 * pairs.WINDOW
