"""Any datatrove filter by its name; its failure costs a record, never the run."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipeline
from pipeline.engines import Inline
from pipeline.errors import ConfigError
from tests.corpora import config, decisions, texts, write_jsonl


def test_a_filter_is_asked_by_name_and_its_word_is_law(tmp_path: Path) -> None:
    good = texts(1)[0]
    write_jsonl(
        tmp_path / "in/a.jsonl",
        [
            {"id": "a", "text": good, "license": "CC0-1.0"},
            {"id": "b", "text": "lorem ipsum " + good, "license": "CC0-1.0"},
        ],
    )
    stages = '[{stage: datatrove, filter: RegexFilter, arguments: {regex_exp: "(?i)lorem ipsum"}}]'
    pipeline.run(config(tmp_path, stages=stages), engine=Inline())
    assert {r["id"]: r["reason"] for r in decisions(tmp_path / "out")} == {"a": "keep", "b": "datatrove.refused"}


@pytest.mark.parametrize(
    "name", ["os.system", "datatrove.pipeline.filters.RegexFilter", "BaseFilter", "__import__", "Regex"]
)
def test_only_names_of_its_list_are_taken_never_a_path(tmp_path: Path, name: str) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", [{"id": "a", "text": "Ein Satz.", "license": "CC0-1.0"}])
    with pytest.raises(ConfigError, match="filter"):
        pipeline.run(config(tmp_path, stages=f'[{{stage: datatrove, filter: "{name}"}}]'), engine=Inline())


def test_a_filter_that_fails_refuses(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", [{"id": "a", "text": "Ein Satz.", "license": "CC0-1.0"}])
    stages = "[{stage: datatrove, filter: LambdaFilter, arguments: {filter_function: 7}}]"
    pipeline.run(config(tmp_path, stages=stages), engine=Inline())
    assert [r["reason"] for r in decisions(tmp_path / "out")] == ["datatrove.failed"]
