"""The release of all tests once more, with its papers in German."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.papers import render
from pipeline.papers.proof import reason_table


def again(folder: Path, language: str = "en") -> None:
    """Renders the papers anew."""
    run = json.loads((folder / "run.json").read_text("utf-8"))
    del run["papers"]
    render({**run, "card": {"language": language}}, reason_table(folder), folder)


@pytest.fixture(scope="session")
def german(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(release, tmp_path_factory.mktemp("german") / "out"))
    again(folder, language="de")
    return folder
