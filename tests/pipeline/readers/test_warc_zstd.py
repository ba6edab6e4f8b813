"""WARC files compressed with Zstandard: a frame a record, a dictionary before them, and every kind of damage."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.readers._warc_zstd import MAGIC
from tests.pipeline.readers.test_warc import page, read, urls, warc

PARTS = [warc(number) for number in range(1, 5)]
TRAINED = zstandard.train_dictionary(2048, [warc(number) for number in range(100, 400)])


def framed(*parts: bytes, dictionary: str = "none") -> bytes:
    """Records as the proposal wants them: a frame each, behind a dictionary that lies there plain or compressed."""
    if dictionary == "none":
        return b"".join(zstandard.ZstdCompressor(write_checksum=True).compress(part) for part in parts)
    packer = zstandard.ZstdCompressor(dict_data=TRAINED, write_checksum=True)
    data = TRAINED.as_bytes()
    data = zstandard.compress(data) if dictionary == "compressed" else data
    head = (0x184D2A5D).to_bytes(4, "little") + len(data).to_bytes(4, "little") + data
    return head + b"".join(packer.compress(part) for part in parts)


@pytest.mark.parametrize("dictionary", ["none", "plain", "compressed"])
def test_pages_with_the_offset_of_their_frame(tmp_path: Path, dictionary: str) -> None:
    data = framed(*PARTS, dictionary=dictionary)
    rows = read(tmp_path, data, "a.warc.zst")
    assert [row["raw"] for row in rows] == [page(number) for number in range(1, 5)]
    for row in rows:
        assert data[json.loads(row["provenance"])["offset"] :].startswith(MAGIC)
    again = read(tmp_path, data, "a.warc.zst", rows=np.array([2, 4]))
    assert urls(again) == [2, 4]


def test_one_frame_for_several_records_and_frames_to_be_skipped(tmp_path: Path) -> None:
    note = (0x184D2A50).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"hello"
    rows = read(tmp_path, note + framed(PARTS[0] + PARTS[1]) + note + framed(PARTS[2]), "a.warc.zst")
    assert urls(rows) == [1, 2, 3] and len(rows) == 3


def test_a_frame_that_does_not_know_its_length(tmp_path: Path) -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    streamed = packer.compress(PARTS[0]) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) + packer.flush()
    assert urls(read(tmp_path, streamed + framed(PARTS[1]), "a.warc.zst")) == [1, 2]


def test_without_its_dictionary_nothing_is_read(tmp_path: Path) -> None:
    whole = framed(*PARTS, dictionary="plain")
    bare = whole[8 + len(TRAINED.as_bytes()) :]
    for data in (bare, whole[:8] + bytes(len(TRAINED.as_bytes())) + bare, whole[:40]):
        rows = read(tmp_path, data, "a.warc.zst")
        assert rows and all(row["problem"] for row in rows)


def test_what_follows_a_damaged_frame_is_read(tmp_path: Path) -> None:
    frames = [framed(part) for part in PARTS]
    broken = bytearray(frames[1])
    broken[len(broken) // 2] ^= 0xFF
    rows = read(tmp_path, frames[0] + bytes(broken) + b"junk" * 9 + frames[2] + frames[3][:-20], "a.warc.zst")
    assert urls(rows) == [1, 3]
    assert {row["problem"] for row in rows} == {None, "input.corrupt", "input.truncated"}


@settings(max_examples=100, deadline=None)
@given(cut=st.integers(min_value=0), dictionary=st.sampled_from(["none", "plain", "compressed"]))
def test_a_file_cut_anywhere_gives_no_cut_page(
    tmp_path_factory: pytest.TempPathFactory, cut: int, dictionary: str
) -> None:
    data = framed(*PARTS, dictionary=dictionary)
    rows = read(tmp_path_factory.mktemp("cut"), data[: cut % len(data)], "a.warc.zst")
    whole = [row["raw"] for row in rows if row["problem"] is None]
    assert whole == [page(number + 1) for number in range(len(whole))]
    assert len(rows) - len(whole) <= 1


@settings(max_examples=100, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(min_value=0), st.integers(0, 255)), min_size=1, max_size=6),
    dictionary=st.sampled_from(["none", "plain", "compressed"]),
)
def test_damage_anywhere_gives_no_changed_page(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], dictionary: str
) -> None:
    data = bytearray(framed(*PARTS, dictionary=dictionary))
    for position, value in flips:
        data[position % len(data)] = value
    for row in read(tmp_path_factory.mktemp("flip"), bytes(data), "a.warc.zst"):
        assert row["problem"] or row["raw"] in {page(number) for number in range(1, 5)}


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(zstandard.compress)))
def test_noise_never_raises_and_is_never_a_page(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    rows = read(tmp_path_factory.mktemp("noise"), MAGIC + data, "a.warc.zst")
    assert all(row["problem"] for row in rows)


def test_a_frame_that_unpacks_to_gigabytes_costs_no_memory(tmp_path: Path) -> None:
    bomb = zstandard.compress(warc(1, bytes(200 << 20)))
    rows = read(tmp_path, bomb + framed(PARTS[1]), "a.warc.zst")
    assert [row["problem"] for row in rows] == ["input.page-too-large", None]
