"""One release for all tests that ask about releases: it takes seconds to make, and whoever changes it copies it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases import made


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of `tests.releases.made`; its corpus and config.yaml stand beside it. Not to be changed."""
    return made(tmp_path_factory.mktemp("release"))
