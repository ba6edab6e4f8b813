"""What goes out, where it goes, and what becomes of a publication that was cut off: on memory, a folder and S3."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from pipeline.commands import _targets
from pipeline.commands._public import public, without_folders
from pipeline.commands.retract import retract
from pipeline.errors import InputError, WorkError
from pipeline.papers.proof import prove
from pipeline.released import Released
from tests.corpora import decisions, kept
from tests.pipeline.commands.hub import Hub
from tests.releases import changed_run, resealed, rewritten

BUCKET = "public-corpora"


@pytest.fixture(scope="module")
def first(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What of the release is public."""
    folder = tmp_path_factory.mktemp("first")
    public(Released(release), folder)
    return folder


@pytest.fixture(scope="module")
def second(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is public of the next version, which has fewer files."""
    folder = tmp_path_factory.mktemp("second")
    (folder / "list.txt").write_text("# as of 2026-11-25\nhost:host0.example\nhost:host1.example\n", "utf-8")
    retract(release, folder / "list.txt", folder / "out")
    (folder / "public").mkdir()
    public(Released(folder / "out"), folder / "public")
    return folder / "public"


def sent(folder: Path, target: str) -> None:
    _targets.copy(folder, names(folder), target)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a folder on an S3 of this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b"), ("DEFAULT_REGION", "us-east-1")):
        patch.setenv(f"AWS_{name}", value)
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    fsspec.filesystem("s3").mkdir(BUCKET)
    yield f"s3://{BUCKET}/corpus"
    patch.undo()
    fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


def fetched(address: str, folder: Path) -> Path:
    """A copy of what stands there."""
    system, root = fsspec.core.url_to_fs(address)
    system.invalidate_cache()
    for path in system.find(root):
        place = folder / path.removeprefix(root).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(system.cat_file(path))
    return folder


class CutError(Exception):
    """The line, or the machine, went away."""


def cut_off(patch: pytest.MonkeyPatch, after: int) -> None:
    """Lets so many files go out, half of the next, and no more."""
    put, number = _targets._put, 0

    def until(system: Any, path: Path, place: str) -> None:
        nonlocal number
        number += 1
        if number > after:
            system.pipe_file(place, path.read_bytes()[: path.stat().st_size // 2])
            raise CutError
        put(system, path, place)

    patch.setattr(_targets, "_put", until)


@pytest.mark.parametrize("place", ["memory", "file", "s3"])
def test_a_cut_publication_is_no_release_and_goes_on_even_with_a_smaller_one(
    first: Path, second: Path, tmp_path: Path, place: str, request: pytest.FixtureRequest
) -> None:
    target = {"memory": "memory://public/corpus", "file": f"file://{tmp_path}/public"}.get(place)
    target = target or request.getfixturevalue("s3")
    sent(first, target)
    assert list(prove(fetched(target, tmp_path / "first"))) == []
    for after in (0, 5) if place == "s3" else (0, 1, 5):
        with pytest.MonkeyPatch.context() as patch:
            cut_off(patch, after)
            with pytest.raises(InputError, match="goes on"):
                sent(second, target)
        seen = fetched(target, tmp_path / f"cut{after}")
        assert (seen / "run.json").exists() == (after == 0)  # nothing was touched, or nobody takes it for a release
    sent(second, target)
    found = fetched(target, tmp_path / "second")
    assert list(prove(found)) == [] and kept(found) == kept(second)
    assert len(names(second)) < len(names(first))
    assert names(found) == names(second)  # no shard of the first and no half file stayed


def test_what_belongs_to_others_is_neither_overwritten_nor_taken_away(first: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "data").mkdir(parents=True)
    (home / "data/table.parquet").write_bytes(b"mine")
    with pytest.raises(WorkError, match=r"table\.parquet"):
        sent(first, str(home))
    target = tmp_path / "public"
    sent(first, str(target))
    (target / ".gitattributes").write_text("*.parquet filter=lfs\n")
    (target / "data/none/train-00099-of-00100.parquet").write_bytes(b"of an older release")
    (target / "README.md").write_text("half")
    changed_run(target, lambda run: run.update(as_of="1999-01-01"))
    sent(first, str(target))
    assert list(prove(target)) == [] and (target / ".gitattributes").exists()
    (target / "letter.txt").write_text("mine")
    (target / "run.json").write_text("{}")
    with pytest.raises(WorkError, match=r"letter\.txt"):
        sent(first, str(target))
    assert (target / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("target", ["nosuch://bucket/x", "s3://no-such-bucket-here/x"])
def test_a_target_that_cannot_be_written_is_said_in_a_sentence(first: Path, target: str, s3: str) -> None:
    with pytest.raises(InputError, match=f"{target}: c"):
        sent(first, target)


def test_nothing_that_is_published_names_what_is_not(release: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(release, tmp_path / "out"))
    named = {
        "provenance": '{"record_id": "<urn:uuid:crawl>"}',
        "contested_by": "s:denied-r1",
        "duplicate_of": "s:copy-of-r0",
    }
    rewritten(
        next((folder / "decisions").glob("*.parquet")), lambda row: row | named if row["decision"] == "keep" else row
    )
    resealed(folder)
    (tmp_path / "public").mkdir()
    public(Released(folder), tmp_path / "public")
    refused = [row for row in decisions(release) if row["decision"] != "keep"]
    secret = {str(release.parent), "urn:uuid:crawl", *(row["locator"] for row in refused)}
    secret |= {row[name] for row in refused for name in ("url", "detail") if row[name]}
    secret |= {row["id"] for row in refused if not row["id"].startswith(("r", "v"))}
    secret |= {f"{row['source']}:{row['id']}" for row in refused}
    words = set()
    for path in (tmp_path / "public").rglob("*"):
        if path.suffix == ".parquet":
            found = str(pq.read_table(path, partitioning=None).to_pylist())
        else:
            found = path.read_text("utf-8", "replace") if path.is_file() else ""
        words |= {word for word in secret if re.search(rf"{re.escape(word)}(?!\w)", found)}
    # A kept record may have the address of a refused one: its own source says it.
    assert words - {row["url"] for row in kept(release)} == set()


def test_a_configuration_is_published_without_folders_buckets_and_keys() -> None:
    source = {"path": "data/x.jsonl", "captures": None, "join": None, "options": {}}
    places = [
        "/home/anna/data/x.jsonl",
        "s3://bucket/in/x.jsonl",
        "https://host/in/x.jsonl?X-Amz-Signature=secret",
        "../x.jsonl",
    ]
    config = {
        "sources": [
            *({**source, "path": path, "captures": path, "join": {"path": path}} for path in places),
            {**source, "path": "org/corpus", "options": {"revision": "0" * 40}},
        ],
        "licenses": [{"document": "contracts/a.pdf", "sources": {"config": "contracts/a.pdf", "uses": "clause 3"}}],
        "stages": [
            {"stage": "list", "deny": "/home/anna/deny.txt"},
            {"stage": "dedup", "against": ["/data/older/"]},
            {"stage": "datatrove", "arguments": {"words": ["/home/anna/bad.txt", "a/b"], "exp": "de", "n": 3}},
        ],
    }
    made = without_folders(config)
    assert [(s["path"], s["captures"], s["join"]["path"]) for s in made["sources"][:4]] == [("x.jsonl",) * 3] * 4
    assert made["sources"][4]["path"] == "org/corpus"
    assert made["licenses"] == [{"document": "a.pdf", "sources": {"config": "a.pdf", "uses": "clause 3"}}]
    assert made["stages"][0]["deny"] == "deny.txt" and made["stages"][1]["against"] == ["older"]
    assert made["stages"][2]["arguments"] == {"words": ["bad.txt", "a/b"], "exp": "de", "n": 3}


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # of the client's own call
def test_the_hub_gets_a_release_in_one_commit_and_nothing_twice(first: Path, second: Path, tmp_path: Path) -> None:
    with Hub() as hub:
        hub.fails_after = 4
        with pytest.raises(InputError, match="goes on"):
            _targets.to_hub(first, names(first), "org/corpus", "Version 1.0.0")
        assert set(hub.files) == {".gitattributes"} and len(hub.objects) == 4  # nobody sees half a release
        hub.fails_after = None
        _targets.to_hub(first, names(first), "org/corpus", "Version 1.0.0")
        assert len(hub.commits) == 1 and hub.put == len(hub.objects)  # each object once, in spite of the cut
        sent = hub.put
        _targets.to_hub(second, names(second), "org/corpus", "Version 1.0.1")
        same = {p.read_bytes() for p in first.rglob("*.parquet")} & {p.read_bytes() for p in second.rglob("*.parquet")}
        assert same and hub.put - sent == sum(path.endswith((".parquet", ".png")) for path in names(second)) - len(same)
        hub.save(tmp_path / "fetched")
        assert names(tmp_path / "fetched") == [".gitattributes", *names(second)]
        assert list(prove(tmp_path / "fetched")) == []
        assert [message for message, _ in hub.commits] == ["Version 1.0.0", "Version 1.0.1"]
        hub.files = {"README.md": b"somebody's own dataset"}
        with pytest.raises(WorkError, match=r"README\.md"):
            _targets.to_hub(first, names(first), "org/corpus", "Version 1.0.0")
    with pytest.raises(InputError, match="org/corpus"):  # it is gone
        _targets.to_hub(first, names(first), "org/corpus", "Version 1.0.0")
