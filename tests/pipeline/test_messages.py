"""Every error of the command line, as a newcomer meets it: what is wrong, where, and what to do next."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import cli, commit
from pipeline.engines import Inline
from pipeline.errors import ConfigError, InternalError
from tests.corpora import POLICY, config, write_jsonl

JARGON = re.compile(r"Traceback|Errno|\w+Error\b|Arrow|\.py\b|\bNone\b|0x[0-9a-f]{6}|\.tmp\b|site-packages")
BOUND = (  # what reads the ledger
    "explain {} r1", "what-if {} --policy default", "diff {} out", "report {}", "audit {}", "publish {} folder --yes",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a finished release, lists, and things that are none; also the working directory."""
    folder = tmp_path_factory.mktemp("place")
    rows = [{"id": f"r{i}", "text": f"Ein guter Satz, der Nummer {i}.", "license": "CC0-1.0"} for i in range(3)]
    write_jsonl(folder / "in/a.jsonl", rows)
    pipeline.run(config(folder), engine=Inline())
    pipeline.run(config(folder, out="sample"), engine=Inline(), limit=1)
    pipeline.run(config(folder, stages="[{stage: length, min_characters: 999}]", out="empty"), engine=Inline())
    config(folder)
    (folder / "broken.txt").write_text("fingerprint:xyz\n")
    (folder / "nobody.txt").write_text("id:nobody\n")
    (folder / "r1.txt").write_text("id:r1\n")
    (folder / "bytes.txt").write_bytes(b"\xff\xfe\xfd")
    (folder / "file").write_text("x")
    for name, part in (("no-ledger", "decisions"), ("no-data", "data")):
        shutil.copytree(folder / "out", folder / name)
        for path in (folder / name / part).rglob("*.parquet"):
            path.write_bytes(path.read_bytes()[:200])
    shutil.copytree(folder / "out", folder / "no-run")
    (folder / "no-run/run.json").write_text("{")
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli._run(list(arguments))
    said = capsys.readouterr()
    return code, said.err + said.out


def asserted(capsys: pytest.CaptureFixture[str], arguments: str, code: int, where: str, following: str) -> None:
    got, said = answer(capsys, *arguments.split())
    assert got == code, said
    assert re.search(where, said) and re.search(following, said), said
    assert not JARGON.search(said), said


@pytest.mark.parametrize(
    ("arguments", "code", "where", "following"),
    [
        # usage
        ("run", 2, "Missing argument 'CONFIG'", "Try .* --help"),
        ("rnu x", 2, "'rnu'", "Did you mean 'run'"),
        ("run config.yaml --frehs", 2, "--frehs", "--fresh"),
        ("run config.yaml --workers 0", 2, "--workers", "greater than or equal to 1"),
        ("explain out", 2, "Missing argument 'ID'", "--help"),
        ("what-if out", 2, "Missing option '--policy'", "--help"),
        ("lookup out", 2, "lookup", "--url, --author, --host or --text"),
        # files that are not there, or are something else
        *((f"{verb} nowhere.yaml", 2, "^nowhere.yaml", "cannot be read") for verb in ("run", "check")),
        *((f"{verb} in", 2, "^in:", "name the output.path of a run") for verb in ("verify", "report", "audit")),
        ("explain in r1", 2, "^in:", "name the output.path of a run"),
        ("lookup in --url x", 2, "^in:", "name the output.path of a run"),
        ("what-if in --policy default", 2, "^in:", "name the output.path of a run"),
        ("diff out in", 2, "^in:", "name the output.path of a run"),
        ("retract in --list r1.txt", 2, "^in:", "name the output.path of a run"),
        ("publish in folder", 2, "^in:", "name the output.path of a run"),
        ("reserved in --captures x", 2, "^in:", "name the output.path of a run"),
        ("retract out --list nowhere", 2, "^nowhere: cannot be read", "check the path"),
        ("retract out --list bytes.txt", 2, "^bytes.txt", "not UTF-8 at byte 0"),
        ("lookup out --text nowhere", 2, "^nowhere", "cannot be read"),
        ("inspect nowhere", 2, "^nowhere", "(?i)no such file"),
        ("inspect in", 2, "^in:", "(?i)is a directory"),
        ("inspect file --policy defualt", 2, "'defualt'", 'did you mean "default"'),
        ("what-if out --policy defualt", 2, "'defualt'", 'did you mean "default"'),
        ("init config.yaml", 2, "^config.yaml: exists already", "give another name"),
        ("init nowhere/x.yaml", 2, "^nowhere/x.yaml: cannot be written", "(?i)no such file or directory"),
        ("report out --html nowhere/x.html", 2, "^nowhere/x.html: no such file or directory", "see to it"),
        ("report out --html in", 2, "^in: is a directory", "see to it"),
        # what a release cannot answer or do
        ("explain out nobody", 2, "^nobody: no record", "reinschrift lookup"),
        ("retract out --list nobody.txt", 2, "nobody.txt: names no record", "out keeps"),
        ("retract out --list broken.txt", 2, "broken.txt: entry 1", "32 hexadecimal digits"),
        ("retract out --list r1.txt --to in", 2, "^in: is there already", "another folder with --to"),
        ("publish out folder", 2, "nobody can be asked", "say --yes"),
        ("publish sample folder --yes", 1, "^sample: a sample", "run without --limit"),
        ("publish empty folder --yes", 1, "^empty: is not published", "nothing was kept"),
        # releases that were damaged
        *((verb.format("no-ledger"), 2, "no-ledger", "verify|run the configuration again") for verb in BOUND),
        ("report no-data", 2, "no-data/data/train-00000-of-00001.parquet: damaged", "run the configuration again"),
        ("report no-run", 2, "no-run/run.json: damaged", "run the configuration again"),
        ("verify no-data", 1, "data/train-00000-of-00001.parquet", "SHA-256 is not the one in run.json"),
    ],
)  # fmt: skip
def test_a_command_says_what_is_wrong_where_and_what_next(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: str, code: int, where: str, following: str
) -> None:
    asserted(capsys, arguments, code, where, following)


CHANGES: dict[str, tuple[str, str, str, str]] = {  # old, new, where, what next
    "no yaml": ("version: 1", "version: [1", r"c.yaml:\d+:\d+: not YAML", "expected"),
    "unknown key": ("reader: jsonl", "readr: jsonl", r"c.yaml:6:5: sources\[0\].readr", 'did you mean "reader"'),
    "unknown reader": ("reader: jsonl", "reader: jsnl", r"c.yaml:6:13: sources\[0\].reader", 'did you mean "jsonl"'),
    "unknown stage": ("stages: []", "stages: [{stage: legnth}]", r"stages\[0\].stage", 'did you mean "length"'),
    "no such day": ("2026-11-24", "2026-13-24", r"c.yaml:2:8: as_of", "there is no such day"),
    "no such policy": (POLICY, "policy: defualt\n", "policy: no shipped policy", "default, research, share-alike"),
    "nothing matches": ("in/*.jsonl", "none/*.jsonl", r"none/\*.jsonl: no file matches", "check the path"),
    "a folder": ("in/*.jsonl", "in", r"/in: a folder", "name the files in it by a pattern"),
    "a pipe": ("in/*.jsonl", "pipe", "/pipe: a pipe", "copy it into a file first"),
    "a dead link": ("in/*.jsonl", "dead", "/dead: cannot be opened", "leave it out of the path"),
    "no list": ("stages: []", "stages: [{stage: list, deny: nowhere}]", "nowhere: no file matches", "check the path"),
    "a list without a day": ("stages: []", "stages: [{stage: list, deny: r1.txt}]", "r1.txt: states no day", "# as of"),
    "no removals": ("stages: []", "stages: []\nremovals: [nowhere]", "nowhere: cannot be read", "(?i)no such file"),
    "a broken removal list": ("stages: []", "stages: []\nremovals: [broken.txt]", "broken.txt: entry 1", "hexadecimal"),
    "no answers": ("stages: []", "stages: []\noverrides: [nowhere]", "nowhere: cannot be read", "(?i)no such file"),
    "another release": ("stages: []", "stages: [{stage: length}]", "/out: holds a release of another", "--fresh"),
    "a file in the way": ("/out", "/file", "/file: is no release", "choose another output.path, or run with --fresh"),
    "below a file": ("/out", "/file/out", "/file/out.work: not a directory", "see to it, then run the same command"),
    "the root": ("/out", "/out/..", r"/out/\.\.: cannot be replaced", "name a folder of its own"),
    "on its input": ("/out", "/in", "/in/a.jsonl: lies in the output", "choose another output.path"),
    "a remote place": ("in/*.jsonl", "://", "cannot be listed", "check the address"),
    "not built yet": ("as_of:", "engine: {kind: ray, workers: 1}\nas_of:", "engine.kind: ray", "use local"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_run_says_what_is_wrong_where_and_what_next(
    place: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Before any work: none of these is found out by a unit that fails twice."""
    if not (place / "pipe").exists():
        os.mkfifo(place / "pipe")
        (place / "dead").symlink_to("nowhere")
    old, new, where, following = CHANGES[name]
    text = (place / "config.yaml").read_text("utf-8")
    if name == "a remote place":
        old, new = f"{place}/in/*.jsonl", "nosuch://bucket/*.jsonl"
    if old != "/out" and name != "another release":
        text = text.replace("/out", "/new")
    assert old in text
    (place / "c.yaml").write_text(text.replace(old, new), "utf-8")
    asserted(capsys, "run c.yaml --workers 1", 2, where, following)
    assert not list(place.glob("*.work/*/facts"))
    for work in place.glob("*.work"):
        shutil.rmtree(work)


def test_check_finds_all_of_it_without_a_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (place / "config.yaml").read_text("utf-8")
    text = text.replace("stages: []", "stages: [{stage: list, deny: gone}]\nremovals: [away]").replace("in/*", "none/*")
    (place / "c.yaml").write_text(text, "utf-8")
    code, said = answer(capsys, "check", "c.yaml")
    assert code == 2
    assert all(f"c.yaml: {where}" in said for where in ("stages[0]: gone", "removals[0]: away", "sources[s].path: "))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_disk_that_fails_is_named_with_its_file(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fails(*_: Any) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(commit, "write", fails)
    text = (place / "config.yaml").read_text("utf-8").replace("/out", "/disk")
    (place / "c.yaml").write_text(text, "utf-8")
    asserted(capsys, "run c.yaml --workers 1", 2, r"/disk\.work/\w+/", "then run the same command again: it goes on")
    shutil.rmtree(place / "disk.work")


def test_what_nobody_foresaw_names_its_place_and_what_to_do(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never the message of the exception, which may quote a record."""

    def broken(error: Exception) -> Any:
        def call(*_: Any, **__: Any) -> int:
            raise error

        return call

    for error, arguments, wanted in (
        (ValueError("a secret text"), ["schema"], "please report this line"),
        (KeyError("a secret text"), ["report", "out"], "`reinschrift verify out` says whether the release was damaged"),
        (InternalError("sources[s]: 3 records were read, 2 have a decision"), ["schema"], "2 have a decision; please"),
    ):
        monkeypatch.setattr(cli, "_call", broken(error))
        code, said = answer(capsys, *arguments)
        assert code == 2 and said.startswith("internal error: ") and wanted in said and "secret" not in said, said
    monkeypatch.setattr(cli, "_call", broken(ConfigError(["c.yaml:1:1: eins", "c.yaml:2:1: zwei"])))
    assert answer(capsys, "schema") == (2, "c.yaml:1:1: eins\nc.yaml:2:1: zwei\n")
