"""Where a release may stand: behind a link, not on a mount, never on top of what is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import pipeline
from pipeline import place
from pipeline.engines import Inline
from pipeline.errors import InputError, WorkError
from tests.corpora import config, kept, write_jsonl
from tests.endurance.faults import small_disk

ROWS = [{"id": f"r{i}", "text": f"Ein guter Satz, der Nummer {i}.", "license": "CC0-1.0"} for i in range(3)]


@pytest.mark.parametrize("there", ["folder", "nothing", "older release"])
def test_a_link_stands_for_what_it_leads_to(tmp_path: Path, there: str) -> None:
    """Whoever keeps releases on a larger disk links to it; renaming over the link fails, or takes it away."""
    write_jsonl(tmp_path / "in/a.jsonl", ROWS[:2])
    path = config(tmp_path)
    (tmp_path / "out").symlink_to("large/disk")
    (tmp_path / "large").mkdir()
    if there == "folder":
        (tmp_path / "large/disk").mkdir()
    elif there == "older release":
        pipeline.run(path, engine=Inline())
    write_jsonl(tmp_path / "in/a.jsonl", ROWS)
    pipeline.run(path, engine=Inline(), fresh=there == "older release")
    assert (tmp_path / "out").is_symlink() and len(kept(tmp_path / "large/disk")) == 3
    older = {"disk.1"} if there == "older release" else set()
    assert {p.name for p in (tmp_path / "large").iterdir()} == {"disk", *older}


def test_a_mounted_file_system_cannot_be_swapped_and_is_told_before_the_work(tmp_path: Path) -> None:
    with small_disk(tmp_path, "1m"), pytest.raises(WorkError, match=r"mounted here.*such as .*/disk/release"):
        place.folder(str(tmp_path / "disk"))


@pytest.mark.parametrize("path", ["/", "..", "."])
def test_a_folder_that_others_stand_in_is_no_place(path: str) -> None:
    with pytest.raises(WorkError, match=f"{path}: cannot be replaced as a whole; name a folder of its own"):
        place.folder(path)


@pytest.mark.parametrize("out", ["in", "in/deep", "."])
def test_what_is_read_does_not_lie_in_the_output(tmp_path: Path, out: str) -> None:
    """`--fresh` would move it aside, and a pattern that reaches the work folder would find other files every time."""
    write_jsonl(tmp_path / "in/deep/a.jsonl", ROWS)
    (tmp_path / "elsewhere").symlink_to("in")
    path = config(tmp_path, path="elsewhere/**/*.jsonl", out=out)
    with pytest.raises(InputError, match=r"a\.jsonl: lies in the output .* choose another output\.path"):
        pipeline.run(path, engine=Inline(), fresh=True)
    assert (tmp_path / "in/deep/a.jsonl").exists()


def test_a_pattern_that_reaches_the_work_folder_is_told_and_one_beside_it_is_not(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "out.work.jsonl", ROWS)
    write_jsonl(tmp_path / "output/a.jsonl", ROWS[:1])
    path = config(tmp_path, path="**/*.jsonl")
    pipeline.run(path, engine=Inline())
    assert len(kept(tmp_path / "out")) == 3
    os.makedirs(tmp_path / "out.work/0123")
    (tmp_path / "out.work/0123/units.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match=r"units\.jsonl: lies in the output .* or in its work folder"):
        pipeline.run(path, engine=Inline(), fresh=True)
