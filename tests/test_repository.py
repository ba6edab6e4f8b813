"""What the repository promises about itself: its layers, its lock, its policies in the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "constraints.txt").read_text("utf-8").splitlines()


def test_no_module_stands_outside_its_layer() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


def test_the_lock_pins_every_dependency_and_names_no_registry() -> None:
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    asked += [name for extra in PROJECT["project"]["optional-dependencies"].values() for name in extra]
    pinned = {re.split(r"[=\[ ]", line)[0] for line in LOCK}
    names = {re.split(r"[<>=\[ ]", line)[0].lower().replace("_", "-") for line in asked}
    assert names <= pinned
    assert all(re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==", line) for line in LOCK)
    assert not any("/" in line or " @ " in line for line in LOCK)


def test_the_top_level_is_fixed() -> None:
    files = {path.name for path in ROOT.iterdir()}
    wanted = {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Makefile",
        "pyproject.toml",
        "constraints.txt",
    }
    assert wanted <= files
    assert "## Unreleased\n\n### Verdicts" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert (ROOT / "LICENSE").read_text("utf-8").lstrip().startswith("Apache License")
