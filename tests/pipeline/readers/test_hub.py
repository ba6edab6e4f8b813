"""Datasets of the Hub's kind, offline: folders with a card, save_to_disk, and the Hub's cache."""

from __future__ import annotations

import json
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError
from pipeline.reader import Wanted
from tests.reading import faults, read_rows, texts

CARD = """---
license: cc0-1.0
configs:
- config_name: default
  data_files:
  - {split: train, path: data/train-*}
  - {split: test, path: data/test-*}
---
Hallo
"""
TWO = """---
configs:
- {config_name: de, data_files: data/train-*}
- {config_name: fr, data_files: data/test-*}
---
"""
WANTED = Wanted(evidence=("license", "@hub_card"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hub" / "data").mkdir(parents=True)
    for split in ("train", "test"):
        rows = pa.table({"id": [f"{split}{i}" for i in range(3)], "text": [f"Satz {split} {i}." for i in range(3)]})
        pq.write_table(rows, tmp_path / "hub" / "data" / f"{split}-00000-of-00001.parquet")
    (tmp_path / "hub" / "README.md").write_text(CARD)
    return tmp_path


def test_several_splits_need_a_choice(folder: Path) -> None:
    with pytest.raises(InputError, match="train, test"):
        read_rows("hub", "hub")
    rows = read_rows("hub", "hub", WANTED, split="train")
    assert [row["id"] for row in rows] == ["train0", "train1", "train2"]
    assert rows[0]["file"] == "hub/data/train-00000-of-00001.parquet"
    assert json.loads(rows[0]["ev:@hub_card"])["license"] == "cc0-1.0"


def test_several_configs_need_a_choice(folder: Path) -> None:
    (folder / "hub" / "README.md").write_text(TWO)
    with pytest.raises(InputError, match="'de', 'fr'"):
        read_rows("hub", "hub")
    assert texts(read_rows("hub", "hub", config="fr"))[0] == "Satz test 0."


@pytest.mark.parametrize("path", ["../outside/*", "{}/outside/*"])
def test_a_card_cannot_name_files_elsewhere(folder: Path, path: str) -> None:
    (folder / "outside").mkdir()
    (folder / "outside" / "a.jsonl").write_text('{"text": "fremd"}\n')
    (folder / "hub" / "README.md").write_text(
        f"---\nconfigs:\n- {{config_name: x, data_files: {path.format(folder)}}}\n---\n"
    )
    with pytest.raises(InputError, match="not in it"):
        read_rows("hub", "hub")


def test_bad_lines_of_a_json_dataset_are_counted(folder: Path) -> None:
    (folder / "lines").mkdir()
    (folder / "lines" / "train.jsonl").write_text('{"text": "gut"}\nkaputt\n{"text": "gut"}\n')
    rows = read_rows("hub", "lines")
    assert (texts(rows), faults(rows)) == (["gut", "gut"], [("train.jsonl", 2, "input.not-json")])


def test_what_save_to_disk_wrote(folder: Path) -> None:
    data = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "license": ["CC0-1.0", None, " "]})
    data.save_to_disk("disk", num_shards=2)
    rows = read_rows("hub", "disk", WANTED)
    assert [(row["text"], row.get("ev:license")) for row in rows] == [("a", '"CC0-1.0"'), ("b", None), ("c", None)]
    datasets.DatasetDict(train=data, test=data.select([2])).save_to_disk("dict")
    assert texts(read_rows("hub", "dict", split="test")) == ["c"]
    with pytest.raises(InputError, match="train, test"):
        read_rows("hub", "dict")
    shard = folder / "disk" / "data-00001-of-00002.arrow"
    shard.write_bytes(shard.read_bytes()[:-60])
    rows = read_rows("hub", "disk")
    assert (texts(rows)[:2], faults(rows)[0][0]) == (["a", "b"], shard.name)
    (folder / "disk" / "state.json").write_text("{")
    with pytest.raises(InputError, match="not whole"):
        read_rows("hub", "disk")


def test_an_id_of_the_hub_is_pinned_and_comes_from_the_cache_when_offline(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder / "cache"))
    with pytest.raises(InputError, match="revision"):
        read_rows("hub", "org/name")
    revision = "0123456789abcdef0123456789abcdef01234567"
    with pytest.raises(InputError, match="hf download"):
        read_rows("hub", "org/name", revision=revision)
    snapshot = folder / "cache" / "datasets--org--name" / "snapshots" / revision
    snapshot.parent.mkdir(parents=True)
    (folder / "hub").rename(snapshot)
    assert [row["id"] for row in read_rows("hub", "org/name", revision=revision, split="test")] == [
        "test0",
        "test1",
        "test2",
    ]
