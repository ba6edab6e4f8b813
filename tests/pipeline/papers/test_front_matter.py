"""The card's front matter as the Hub's own client and `datasets` read it, offline, for releases of every shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData

import pipeline
from pipeline.engines import Inline
from pipeline.papers.front_matter import check, source_datasets
from tests.corpora import config, texts, write_jsonl

# Closed lists of the Hub's dataset card (hub-docs, datasetcard.md, as of 2026-08-22).
CLOSED = {
    "annotations_creators": {
        "found",
        "crowdsourced",
        "expert-generated",
        "machine-generated",
        "no-annotation",
        "other",
    },
    "language_creators": {"found", "crowdsourced", "expert-generated", "machine-generated", "other"},
    "multilinguality": {"monolingual", "multilingual", "translation", "other"},
    "size_categories": {"n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M"},
    "task_categories": {"text-generation"},
}
HOUSE = """licenses:
  - {id: LicenseRef-Haus, name: Hauslizenz, uses: [reproduction, derivative-works, distribution, commercial-use],
     duties: [attribution]}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Releases of one record: nothing kept, a licence that the Hub knows, one that it does not, one's own."""
    made = {}
    for name, licence, more in (
        ("nothing", None, ""),
        ("known", "CC-BY-4.0", ""),
        ("unknown to the Hub", "dl-de/by-2-0", ""),
        ("own", "LicenseRef-Haus", HOUSE),
    ):
        folder = tmp_path_factory.mktemp("small")
        write_jsonl(folder / "in/a.jsonl", [{"id": "r0", "text": texts(1)[0], "license": licence}])
        pipeline.run(config(folder, more=more), engine=Inline())
        made[name] = folder / "out"
    return made


def accepted(folder: Path) -> dict[str, Any]:
    """What the client reads of a card. Fails where it, `datasets` or the Hub's lists would refuse something."""
    card: Any = DatasetCard.load(folder / "README.md")
    head: dict[str, Any] = card.data.to_dict()
    again: Any = DatasetCard(str(card))  # what is written back is read as the same
    assert again.data.to_dict() == head
    configs = MetadataConfigs.from_dataset_card_data(card.data)
    infos = DatasetInfosDict.from_dataset_card_data(card.data)
    assert set(configs) == set(infos) and len(configs) >= 2
    for name, info in infos.items():
        assert info.features and info.splits is not None and info.splits["train"].num_examples >= 0, name
    assert check(head) == []
    for key, known in CLOSED.items():
        assert set(head.get(key, ())) <= known, key
    return head


def configs_of(head: dict[str, Any]) -> Any:
    return MetadataConfigs.from_dataset_card_data(DatasetCardData(**head))


def test_a_release_in_folders_of_duties(release: Path, german: Path) -> None:
    english = accepted(release)
    assert (
        english["license"] == "other"
        and english["license_name"] == "per-record"
        and english["license_link"] == "LICENSE.md"
    )
    configs = configs_of(english)
    assert configs.get_default_config_name() == "default"
    assert any(name.startswith("attribution+") for name in configs)
    assert accepted(german) == english  # the front matter is for programs: one language


def test_nothing_kept_leaves_no_default(small: dict[str, Path]) -> None:
    data = accepted(small["nothing"])
    assert "license" not in data and data["size_categories"] == ["n<1K"]
    configs = configs_of(data)
    assert set(configs) == {"decisions", "reasons"} and configs.get_default_config_name() is None


def test_one_licence_is_named_as_the_hub_names_it(small: dict[str, Path]) -> None:
    assert accepted(small["known"])["license"] == "cc-by-4.0"
    data = accepted(small["unknown to the Hub"])
    assert data["license"] == "other" and data["license_name"] == "dl-de-by-2.0"
    assert data["license_link"] == "https://www.govdata.de/dl-de/by-2-0"
    data = accepted(small["own"])
    assert (
        data["license"] == "other"
        and data["license_name"] == "licenseref-haus"
        and data["license_link"] == "LICENSE.md"
    )
    assert (small["own"] / "LICENSE.md").exists()


def test_regions_stand_in_the_details_and_languages_are_codes(tmp_path: Path) -> None:
    text = "Der Bundesrat hat heute in Bern beschlossen, die Velowege auszubauen und die Strassen zu sanieren. " * 6
    rows = [{"id": f"r{n}", "text": f"{n}. {text}", "license": "CC0-1.0"} for n in range(2)]
    write_jsonl(tmp_path / "in/a.jsonl", rows)
    stages = "[{stage: language, languages: [de]}, {stage: region, regions: [de-CH], undecided: keep}]"
    pipeline.run(config(tmp_path, stages=stages), engine=Inline())
    data = accepted(tmp_path / "out")
    assert data["language"] == ["de"] and data["multilinguality"] == ["monolingual"]
    assert data["language_details"] == "de-CH"


def test_datasets_of_the_hub_are_named_and_folders_are_not() -> None:
    sources = [
        {"reader": "hub", "path": "wikimedia/wikipedia", "options": {"revision": "0" * 40}},
        {"reader": "hub", "path": "/home/someone/saved", "options": {"revision": None}},
    ]
    assert source_datasets({"config": {"sources": sources}}) == ["original", "extended|wikimedia/wikipedia"]
    assert source_datasets({"config": {"sources": sources[:1]}}) == ["extended|wikimedia/wikipedia"]
