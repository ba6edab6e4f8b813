"""The command line keeps its contract: names, exit codes, and no traceback or record text whatever happens."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline import cli, config
from pipeline.commands import schema
from pipeline.errors import GateError, InputError

ROOT = Path(__file__).parents[2]
SECRET = "Der geheime Text eines Datensatzes."


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, **changes: object) -> dict[str, object]:
    """The starter configuration with changes, at c.yaml."""
    tree = yaml.safe_load((ROOT / "pipeline" / "commands" / "starter.yaml").read_text("utf-8"))
    tree = {**tree, "as_of": "2026-11-24", **changes}
    (folder / "c.yaml").write_text(yaml.safe_dump(tree), "utf-8")
    return tree


def records(folder: Path, name: str = "data/articles/a.jsonl") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"id": "a", "text": SECRET, "license": "CC0-1.0"}) + "\n", "utf-8")


def test_every_command_that_exists_is_listed_and_explained() -> None:
    shown = subprocess.run([sys.executable, "-m", "pipeline.cli", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert shown.returncode == 0
    existing = {p.stem.replace("_", "-") for p in (ROOT / "pipeline" / "commands").glob("*.py")} - {"--init--"}
    commands = shown.stdout.partition("Commands:")[2].partition("Exit codes")[0]
    listed = {line.split()[0] for line in commands.splitlines() if re.match("  [a-z]", line)}
    contract = {
        "init",
        "check",
        "run",
        "license",
        "inspect",
        "explain",
        "lookup",
        "report",
        "what-if",
        "verify",
        "diff",
    }
    contract |= {"retract", "publish", "audit", "schema", "reserved"}
    assert listed == existing & contract
    assert "130 interrupted" in " ".join(shown.stdout.split())


def test_help_loads_no_engine() -> None:
    code = (
        "import sys, pipeline.cli; print([m for m in ('polars', 'pyarrow', 'datatrove', 'numba') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["chek"], ["check"], ["run", "--nonsense"], ["run", "c.yaml", "--limit", "x"]])
def test_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_starter_is_valid_and_is_never_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("init", "mine.yaml") == 0
    before = (folder / "mine.yaml").read_bytes()
    records(folder)
    assert call("check", "mine.yaml") == 0
    assert call("init", "mine.yaml") == 2
    assert (folder / "mine.yaml").read_bytes() == before
    assert "exists already" in capsys.readouterr().err


def test_check_prints_the_plan_without_reading_records(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(folder)
    records(folder)
    assert call("check", "c.yaml") == 0
    shown = capsys.readouterr().out
    assert "license → reservation → length" in shown
    assert "out/my-corpus" in shown
    assert "geheime" not in shown
    assert not (folder / "out").exists()


def test_check_says_every_mistake_and_exits_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.yaml").write_text("version: 1\nsauces: []\npolicy: nobody\n")
    assert call("check", "c.yaml") == 2
    told = capsys.readouterr().err
    assert 'c.yaml:2:1: sauces: unknown key; did you mean "sources"?' in told
    assert "c.yaml:3:9: policy: " in told


def test_check_finds_what_the_configuration_names_and_nobody_has(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pq.write_table(pa.table({"id": ["a"], "text": [SECRET]}), folder / "a.parquet")
    source = {"name": "s", "reader": "parquet", "evidence": [{"from": "column", "column": "licence"}]}
    contract = {"id": "LicenseRef-x", "uses": ["reproduction"], "duties": [], "document": "none.pdf"}
    written(
        folder,
        sources=[
            {**source, "path": "a.parquet", "columns": {"text": "body"}},
            {**source, "name": "t", "path": "b.parquet"},
        ],
        licenses=[contract],
        removals=["none.txt"],
    )
    assert call("check", "c.yaml") == 2
    told = capsys.readouterr().err
    for words in ("'body'", "'licence'", "b.parquet", "none.pdf", "none.txt"):
        assert words in told


def test_check_looks_at_remote_places_only_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = {"name": "s", "reader": "jsonl", "path": "s3://no-such-bucket/*.jsonl", "evidence": ["text"]}
    written(folder, sources=[source])
    assert call("check", "c.yaml") == 0
    assert "--online" in capsys.readouterr().out


def test_check_notes_a_word_of_the_curator_that_nobody_understands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records(folder)
    source = {"name": "s", "reader": "jsonl", "path": "data/articles/*.jsonl"}
    word = {"from": "curator", "license": "LicenseRef-nowhere-defined", "because": "I say so."}
    written(folder, sources=[{**source, "evidence": [word]}])
    assert call("check", "c.yaml") == 0
    assert "LicenseRef-nowhere-defined" in capsys.readouterr().out


# ---- what goes wrong inside a command


def stand_in(monkeypatch: pytest.MonkeyPatch, wrong: BaseException) -> None:
    """Puts a command that raises in the place of `check`."""

    def check(*_: object, **__: object) -> int:
        raise wrong

    module = ModuleType("pipeline.commands.check")
    module.check = check  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipeline.commands.check", module)


@pytest.mark.parametrize(("wrong", "code"), [(InputError("in the way"), 2), (GateError("in the way"), 1)])
def test_an_error_of_ours_is_told_and_has_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: Exception, code: int
) -> None:
    stand_in(monkeypatch, wrong)
    assert call("check", "c.yaml") == code
    assert capsys.readouterr().err == "in the way\n"


def test_an_unknown_error_shows_its_type_and_place_and_no_record(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, ValueError(SECRET))
    assert call("check", "c.yaml") == 2
    told = capsys.readouterr()
    assert told.err.startswith("internal error: ValueError at test_cli.py:")
    assert "geheime" not in told.err + told.out


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(monkeypatch, KeyboardInterrupt())
    assert call("check", "c.yaml") == 130
    assert "interrupted" in capsys.readouterr().err


def test_an_interrupted_run_says_how_to_resume(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    module = ModuleType("pipeline.commands.run")
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipeline.commands.run", module)
    assert call("run", "c.yaml", "--workers", "2", "--fresh") == 130
    assert capsys.readouterr().err.endswith("reinschrift run c.yaml --workers 2\n")


# ---- the schema


def test_the_committed_schema_is_current() -> None:
    assert (ROOT / "configs" / "schema.json").read_text("utf-8") == schema.text(), "run: make schema"


def test_what_we_ship_fits_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    for path in (ROOT / "pipeline" / "commands" / "starter.yaml", *sorted((ROOT / "configs").glob("*.yaml"))):
        value = config.yaml_nodes.read(path.read_bytes()).value
        assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize("key", ["policy", "sources", "stages", "output"])
def test_the_schema_refuses_what_the_program_refuses(key: str) -> None:
    value = config.yaml_nodes.read((ROOT / "pipeline" / "commands" / "starter.yaml").read_bytes()).value
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    assert not validator.is_valid({k: v for k, v in value.items() if k != key})
    assert not validator.is_valid({**value, key: "nonsense"})
    assert not validator.is_valid({**value, "unknown": 1})
