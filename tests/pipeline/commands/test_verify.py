"""A release proves itself; every kind of tampering is found, even where all digests were made right again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import pipeline
from pipeline.commands.retract import retract
from pipeline.commands.verify import verify
from pipeline.engines import Inline
from pipeline.errors import InputError
from pipeline.kernels.fingerprint import fingerprints
from pipeline.papers.proof import prove
from tests.corpora import config, decisions, texts, write_jsonl
from tests.releases import changed_run, resealed, rewritten


@pytest.fixture
def out(release: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(release, tmp_path / "out"))


def kinds(out: Path) -> set[str]:
    return {failure.kind for failure in prove(out)}


def data(out: Path, column: str = "id", value: object = None) -> Path:
    """The first data file, or the one that holds a value."""
    for path in sorted((out / "data").rglob("*.parquet")):
        if value is None or value in pq.read_table(path, columns=[column], partitioning=None)[column].to_pylist():
            return path
    raise AssertionError(value)


def ledger(out: Path) -> Path:
    return next((out / "decisions").glob("*.parquet"))


def for_one(id_: str, **changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda row: {**row, **changes} if row["id"] == id_ else row


def test_a_release_proves_itself(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(release) == 0
    assert "proved: " in capsys.readouterr().out


def test_a_flipped_byte_is_found_and_named(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data(out)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert verify(out, as_json=True) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(line["kind"] == "digest" and line["where"] == path.relative_to(out).as_posix() for line in lines)


def test_a_missing_and_a_strange_file_are_found(out: Path) -> None:
    path = data(out)
    shutil.copy(path, path.with_name("train-00099-of-00100.parquet"))
    path.unlink()
    failures = [(f.kind, f.what) for f in prove(out)]
    assert ("file", "is missing") in failures and ("file", "is not listed in run.json") in failures


def test_a_licence_changed_in_data_ledger_and_run_alike_is_found(out: Path) -> None:
    change = for_one("r10", license="CC0-1.0", members=["CC0-1.0"], duties=[])
    path = data(out, value="r10")
    rewritten(path, change)
    rewritten(ledger(out), change)
    resealed(out)
    assert any("r10" in f.where and "CC-BY-4.0" in f.what for f in prove(out) if f.kind == "receipt")


def test_a_refused_record_that_was_let_in_is_found(out: Path) -> None:
    kept = pq.read_table(data(out), partitioning=None).to_pylist()[0]
    path = data(out, value=kept["id"])
    rewritten(
        ledger(out), for_one("r5", decision="keep", reason="keep", stage="keep", file=path.relative_to(out).as_posix())
    )
    resealed(out)
    assert {"verdict", "ledger", "count"} <= kinds(out)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("fingerprint", {"text": "Ein ganz anderer Text, der hier niemals stand."}),
        ("text", {"characters": 1}),
        ("receipt", {"credit": "By somebody else."}),
        ("receipt", {"duties": ["attribution", "notice", "mark-changes", "source-code"]}),
        ("receipt", {"duties": []}),
        ("receipt", {"rule": "policy default: somebody said so"}),
        ("receipt", {"rule": "decided by Nobody on 2026-01-01: fine", "license": "CC0-1.0", "members": ["CC0-1.0"]}),
        ("receipt", {"basis": "public-domain"}),
        ("ledger", {"language": "fr"}),
        ("ledger", {"id": "somebody"}),
    ],
)  # fmt: skip
def test_a_changed_column_is_found(out: Path, kind: str, changes: dict[str, Any]) -> None:
    rewritten(data(out, value="r10"), for_one("r10", **changes))
    resealed(out)
    assert kind in kinds(out)


def test_evidence_changed_in_data_and_ledger_alike_is_found_by_its_reading(out: Path) -> None:
    def change(row: dict[str, Any]) -> dict[str, Any]:
        if row["id"] != "r10":
            return row
        return {**row, "evidence": [{**row["evidence"][0], "statement": "CC-BY-NC-4.0"}]}

    rewritten(data(out, value="r10"), change)
    rewritten(ledger(out), change)
    resealed(out)
    assert {"receipt", "verdict"} <= kinds(out)


def test_swapped_rows_and_a_doubled_one_are_found(out: Path) -> None:
    path = next(p for p in sorted((out / "data").rglob("*.parquet")) if pq.read_metadata(p).num_rows > 1)
    table = pq.read_table(path, partitioning=None)
    pq.write_table(table.take([1, 0, *range(2, table.num_rows)]), path)
    resealed(out)
    assert "ledger" in kinds(out)
    pq.write_table(table.take([0, 0, *range(2, table.num_rows)]), path)
    resealed(out)
    assert {"ledger", "key"} <= kinds(out)


def test_a_record_in_the_folder_of_other_duties_is_found(out: Path) -> None:
    old = out / "data/none"
    new = out / "data/attribution+source-code"
    old.rename(new)
    rewritten(
        ledger(out), lambda row: {**row, "file": row["file"] and row["file"].replace("data/none/", f"data/{new.name}/")}
    )
    changed_run(
        out, lambda run: [e.update(path=e["path"].replace("data/none/", f"data/{new.name}/")) for e in run["files"]]
    )
    resealed(out)
    assert any("folder of other duties" in f.what for f in prove(out))


def test_changed_counts_gates_policy_and_papers_are_found(out: Path) -> None:
    changed_run(out, lambda run: run["sources"]["s"]["refused"].update({"license.missing": 1}))
    assert "count" in kinds(out)
    changed_run(out, lambda run: run["gates"]["max_unrecognised"].update(value=0.0))
    assert "gate" in kinds(out)
    changed_run(out, lambda run: run["config"]["policy"].update(duties=[]))
    assert "verdict" in kinds(out)
    card = out / "README.md"
    card.write_text(card.read_text("utf-8").replace("were kept under", "are free under"), "utf-8")
    resealed(out)
    assert any(f.kind == "paper" and f.where == "README.md" for f in prove(out))


@pytest.mark.parametrize(
    ("id_", "changes"),
    [
        ("r2", {"members": ["CC-BY-4.0"]}),  # of «CC BY», the one that suits best
        ("r2", {"license": "CC-BY-4.0", "members": ["CC-BY-4.0"], "family": None}),
        ("r10", {"basis": "own"}),
        ("r10", {"duties": [], "credit": "Without a name."}),
        ("r3", {"duties": ["attribution", "mark-changes", "notice"]}),  # share-alike dropped
        ("v0", {"rule": "policy somebody: everything goes"}),
    ],
)
def test_what_is_changed_in_data_ledger_and_attribution_alike_is_found(
    out: Path, id_: str, changes: dict[str, Any]
) -> None:
    for path in (data(out, value=id_), ledger(out), out / "ATTRIBUTION.parquet"):
        columns = set(pq.read_schema(path).names)
        rewritten(path, for_one(id_, **{name: value for name, value in changes.items() if name in columns}))
    resealed(out)
    assert any(f.kind == "receipt" and f.where.endswith(f":{id_}") for f in prove(out))


def loosened(run: dict[str, Any]) -> None:
    run["config"]["policy"]["uses"].remove("commercial-use")


def later(run: dict[str, Any]) -> None:
    run["as_of"] = run["config"]["as_of"] = "2027-11-24"


def stricter(run: dict[str, Any]) -> None:
    run["config"]["stages"][0]["min_characters"] = 10_000


def renamed(run: dict[str, Any]) -> None:
    run["dataset"]["version"] = "2.0.0"


@pytest.mark.parametrize(
    ("change", "kind"), [(loosened, "verdict"), (later, "receipt"), (stricter, "stage"), (renamed, "run")]
)
def test_a_configuration_under_which_this_would_not_have_come_out_is_found(
    out: Path, change: Callable[[dict[str, Any]], None], kind: str
) -> None:
    changed_run(out, change)
    assert kind in kinds(out)


@pytest.mark.parametrize(
    ("id_", "changes", "kind"),
    [
        ("r5", {"license": "CC0-1.0", "members": ["CC0-1.0"]}, "verdict"),  # a refused record made to look better
        ("r6", {"reason": "license.missing"}, "verdict"),
        ("copy-of-r0", {"duplicate_of": "s:r5"}, "relation"),  # called a copy of one that is not kept
        ("copy-of-r0", {"duplicate_of": "s:r10"}, "relation"),  # of one with another text
        ("r10", {"copies": 7}, "ledger"),
    ],
)
def test_what_is_changed_in_the_ledger_alone_is_found(out: Path, id_: str, changes: dict[str, Any], kind: str) -> None:
    rewritten(ledger(out), for_one(id_, **changes))
    resealed(out)
    assert kind in kinds(out)


def of_text(text: str) -> dict[str, Any]:
    """A text with the columns that follow from it, as a forger would work them out."""
    high, low = fingerprints(pa.array([text], pa.large_string()))
    return {"text": text, "characters": len(text), "fingerprint": {"hi": int(high[0]), "lo": int(low[0])}}


def test_a_text_replaced_with_all_that_follows_from_it_is_found_by_its_copy(out: Path) -> None:
    new = of_text("Ein ganz anderer Text, den niemand freigegeben hat.")
    rewritten(data(out, value="r0"), for_one("r0", **new))
    rewritten(ledger(out), for_one("r0", characters=new["characters"], fingerprint=new["fingerprint"]))
    resealed(out)
    assert any(f.kind == "relation" and "copy-of-r0" in f.where for f in prove(out))


def test_a_text_replaced_is_found_by_the_index_and_so_is_a_changed_index(tmp_path: Path) -> None:
    own = ["CC-BY-4.0", "MIT", "CC0-1.0", "dl-de/by-2-0"]  # several classes of duties: `a` and `a+b` among them
    rows = [{"id": f"r{i}", "text": text, "license": own[i % 4]} for i, text in enumerate(texts(8))]
    write_jsonl(tmp_path / "in/a.jsonl", rows)
    file = Path(config(tmp_path, stages="[{stage: dedup, near: 0.8}]"))
    file.write_text(file.read_text("utf-8").replace("output: {", "output: {partition: duties, "), "utf-8")
    pipeline.run(str(file), engine=Inline())
    assert len({path.parent for path in (tmp_path / "out/data").rglob("*.parquet")}) > 2
    out = tmp_path / "out"
    assert kinds(out) == set()
    untouched = (out / "index/index.parquet").read_bytes()
    rewritten(out / "index/index.parquet", for_one("r1", fingerprint_hi=1))
    resealed(out)
    assert "index" in kinds(out)
    (out / "index/index.parquet").write_bytes(untouched)
    new = of_text("Ein ganz anderer Text, den niemand freigegeben hat.")
    rewritten(data(out, value="r2"), for_one("r2", **new))
    rewritten(ledger(out), for_one("r2", characters=new["characters"], fingerprint=new["fingerprint"]))
    resealed(out)
    assert "index" in kinds(out)


def test_a_link_a_hidden_file_and_a_further_column_are_found(out: Path, tmp_path: Path) -> None:
    path = data(out)
    shutil.move(path, tmp_path / "elsewhere.parquet")
    path.symlink_to(tmp_path / "elsewhere.parquet")
    (out / "data/.more.parquet").write_bytes((tmp_path / "elsewhere.parquet").read_bytes())
    found = {(f.kind, f.where) for f in prove(out)}
    assert {("file", path.relative_to(out).as_posix()), ("file", "data/.more.parquet")} <= found
    path.unlink()
    (out / "data/.more.parquet").unlink()
    table = pq.read_table(tmp_path / "elsewhere.parquet", partitioning=None)
    pq.write_table(table.append_column("more", pa.array(["text"] * table.num_rows)), path)
    resealed(out)
    assert ("columns", path.relative_to(out).as_posix()) in {(f.kind, f.where) for f in prove(out)}


def test_a_removed_record_that_is_back_is_found(release: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("# as of 2026-11-25\nid:r10\n", "utf-8")
    retract(release, tmp_path / "list.txt", tmp_path / "out")
    new, old = tmp_path / "out", data(release, value="r10")
    path = data(new, value=next(row for row in pq.read_table(old, partitioning=None)["id"].to_pylist() if row != "r10"))
    row = pq.read_table(old, partitioning=None).filter(pc.field("id") == "r10")
    table = pq.read_table(path, partitioning=None)
    pq.write_table(pa.concat_tables([table, row]), path)
    before = next(row for row in decisions(release) if row["id"] == "r10")
    rewritten(ledger(new), for_one("r10", **{**before, "file": path.relative_to(new).as_posix()}))
    resealed(new)
    assert any(f.kind == "relation" and f.where == "s:r10" for f in prove(new))


def test_a_credit_changed_in_attribution_alone_is_found(out: Path) -> None:
    rewritten(out / "ATTRIBUTION.parquet", for_one("r10", credit="By somebody else."))
    resealed(out)
    assert "credit" in kinds(out)


def test_what_is_no_release_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run\.json"):
        verify(tmp_path)
    (tmp_path / "run.json").write_text("{}", "utf-8")
    assert verify(tmp_path) == 1
