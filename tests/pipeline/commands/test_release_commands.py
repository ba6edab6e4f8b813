"""The commands that question, correct and publish a finished release, on one made by a real run."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import fsspec
import pytest

import pipeline
from pipeline.commands.audit import Review, audit, drawn, finish, serve
from pipeline.commands.diff import diff
from pipeline.commands.explain import explain
from pipeline.commands.publish import publish
from pipeline.commands.report import report
from pipeline.commands.retract import retract
from pipeline.commands.verify import verify
from pipeline.commands.what_if import UNMEASURED, what_if
from pipeline.engines import Inline
from pipeline.errors import GateError, InputError, WorkError
from pipeline.papers import audited
from pipeline.papers.proof import prove
from pipeline.released import Released
from tests.corpora import decisions, kept
from tests.releases import changed_run, made

WIDER = """policy:
  uses: [reproduction]
  duties: [attribution, notice, license-text, mark-changes, share-alike, bind-recipients]
  families: worst-member
"""


@pytest.fixture
def out(release: Path) -> Path:
    return release


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_explain_says_what_decided_and_on_what(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(out, "s:r10") == 0
    text = capsys.readouterr().out
    assert "was kept" in text and "«CC-BY-4.0»" in text and "as of 2026-11-24" in text and "accepts" in text
    explain(out, "r1")
    assert "s:denied-r1 has this text under a contrary statement" in capsys.readouterr().out
    explain(out, "r2")
    text = capsys.readouterr().out
    assert "accepted risk: commercial-use" in text and "because: «fees are no concern of ours»" in text
    explain(out, "r10")
    text = capsys.readouterr().out
    assert "Its attribution: «Titel 10» by A. Muster 3." in text and "found in the column «license»" in text
    assert "about this record" in text and "On the rights, the policy «inline» let it pass: what its statement" in text
    assert text.count("were not looked for") == 1 and ": policy" not in text
    explain(out, "r0")
    assert "It stands for one other record with this text" in capsys.readouterr().out
    explain(out, "copy-of-r0")
    assert "The same text is s:r0, which stands for it." in capsys.readouterr().out
    explain(out, "r5")
    text = capsys.readouterr().out
    assert "What decided on the rights are the terms of CC-BY-NC-4.0 (s. 1" in text and "attribution:" not in text
    explain(out, "r7")
    assert "No statement about rights was found" in capsys.readouterr().out
    explain(out, "r10", as_json=True)
    assert answers(capsys)[0]["evidence"][0]["statement"] == "CC-BY-4.0"
    with pytest.raises(InputError, match="lookup"):
        explain(out, "nobody")


def test_what_if_has_three_answers(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wider.yaml"
    file.write_text(WIDER, "utf-8")
    what_if(out, str(file), as_json=True)
    (found,) = answers(capsys)
    changes = {(c["before"], c["after"]): c["records"] for c in found["changes"]}
    assert changes["license.non-commercial", UNMEASURED] == 8
    assert found["kept"] + found["unmeasured"] + found["review"] + found["refused"] == 82
    what_if(out, "default", as_json=True)
    (found,) = answers(capsys)
    changes = {(c["before"], c["after"]): c["records"] for c in found["changes"]}
    assert changes["keep", "license.share-alike"] == 8  # CC BY-SA, refused by the shipped default
    assert changes["keep", "license.family"] == 8  # bare CC BY, for a person to decide
    assert ("contested.refused", "contested.refused") in changes


def test_what_if_says_the_same_as_a_run_of_that_policy(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = made(tmp_path, policy="policy: default\n")
    what_if(out, "default", as_json=True)
    told = answers(capsys)[0]
    counted = Released(other).run["records"]
    assert told["unmeasured"] == 0
    assert [told[k] for k in ("kept", "review", "refused")] == [counted[k] for k in ("kept", "review", "refused")]
    diff(out, other, as_json=True)
    rows = {(row["before"], row["after"]): row["records"] for row in answers(capsys) if "absent" not in row.values()}
    changed = {(c["before"], c["after"]): c["records"] for c in told["changes"] if c["before"] != c["after"]}
    assert rows == changed


def test_report_shows_and_writes(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report(out)
    text = capsys.readouterr().out
    assert "from read to kept" in text and "unbekannt" in text and "contested, by pair of sources" in text
    report(out, as_json=True)
    assert answers(capsys)[0]["records"]["read"] == 82
    report(out, html=tmp_path / "r.html")
    assert (tmp_path / "r.html").read_bytes() == (out / "report.html").read_bytes()


def test_retract_takes_records_and_their_copies_out_for_good(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(out.parent, folder)
    for path in (folder / "config.yaml",):
        path.write_text(path.read_text("utf-8").replace(str(out.parent), str(folder)), "utf-8")
    old = folder / "out"
    list_ = tmp_path / "list.csv"
    list_.write_text("# as of 2026-11-25\nkind,value,reason\nid,copy-of-r0,objection\nauthor,a. muster 3,withdrawn\n")
    before = {row["id"] for row in kept(old)}
    assert retract(old, list_) == 0
    new = folder / "out-1.0.1"
    assert "super_squash_history" in capsys.readouterr().out
    gone = {"r0"} | {row["id"] for row in kept(old) if row["author"] == "A. Muster 3"}
    assert {row["id"] for row in kept(old)} == before  # the old release is as it was
    assert {row["id"] for row in kept(new)} == before - gone
    assert {row["id"] for row in decisions(new) if row["reason"] == "removal.listed"} == gone
    assert list(prove(new)) == [] and Released(new).run["digest"] != Released(old).run["digest"]
    stones = [json.loads(line) for line in (new / "tombstones.jsonl").read_text("utf-8").splitlines()]
    assert {stone["id"] for stone in stones} == gone and all("text" not in stone for stone in stones)
    assert {stone["reason"] for stone in stones if stone["named by"] == "author"} == {"withdrawn"}
    assert "leaves out" in (new / "README.md").read_text("utf-8")
    config = folder / "config.yaml"
    removals = folder / "out-1.0.1.removals.txt"
    config.write_text(config.read_text("utf-8") + f"removals: ['{removals}']\n", "utf-8")
    pipeline.run(str(config), engine=Inline(), fresh=True)
    assert {row["id"] for row in kept(old)} == before - gone
    with pytest.raises(WorkError, match="--to"):
        retract(old, list_)
    list_.write_text("nobody\n", "utf-8")
    with pytest.raises(InputError, match="names no record"):
        retract(old, list_, tmp_path / "x")


def test_publish_sends_a_proved_release_without_what_was_refused(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "public"
    with pytest.raises(InputError, match="--yes"):
        publish(out, str(target))
    assert not target.exists()
    publish(out, str(target), yes=True)
    assert "will be" in capsys.readouterr().out
    assert list(prove(target)) == [] and kept(target) == kept(out)
    assert {row["decision"] for row in decisions(target)} == {"keep"}
    everything = b"".join(path.read_bytes() for path in target.rglob("*") if path.suffix in (".json", ".md", ".html"))
    assert str(out.parent).encode() not in everything and b"unbekannt" not in everything
    assert str(out.parent) not in str(kept(target)) and str(out.parent) not in str(decisions(target))
    assert b"deny.txt" in everything and b"vertrag.txt" in everything  # named, without their folder
    first = (target / "run.json").stat().st_mtime_ns
    publish(out, str(target), yes=True)  # nothing to send
    assert (target / "run.json").stat().st_mtime_ns == first
    publish(out, "memory://whole/release", decisions=True, yes=True)
    system = fsspec.filesystem("memory")
    assert json.loads(system.cat("/whole/release/run.json")) == Released(out).run
    assert not list(out.parent.glob("*.publish-*"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sample": True, "limit": 5}, "sample"),
        ({"gates": {"max_unrecognised": {"value": 0.6, "limit": 0.5, "passed": False}}}, "gate"),
        ({"records": {"read": 1, "kept": 0, "review": 0, "refused": 1}}, "nothing was kept"),
    ],
)
def test_publish_refuses_samples_failed_gates_and_nothing(
    out: Path, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    folder = Path(shutil.copytree(out, tmp_path / "out"))
    changed_run(folder, lambda run: run.update(change))
    with pytest.raises(GateError, match=said):
        publish(folder, str(tmp_path / "public"), yes=True)
    assert not (tmp_path / "public").exists()


def test_an_audit_is_drawn_by_stratum_answered_on_a_page_and_printed_on_the_card(out: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(out, tmp_path / "out"))
    release = Released(folder)
    sample = drawn(release, 20)
    assert sample == drawn(release, 20)
    strata = {f"{row['license']} · {row['source']}" for row in kept(folder)}
    assert set(sample.values()) == strata
    assert "No audit was made" in (folder / "README.md").read_text("utf-8")
    review = Review(release, 20)
    server, token = serve(review)
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        for path, host in (("/", None), ("/guess", None), (f"/{token}", "evil.example")):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(urllib.request.Request(base + path, headers={"Host": host} if host else {}))
        number = 0
        while review.left() > 1:
            page = urllib.request.urlopen(f"{base}/{token}").read().decode()
            assert "<script>alert" not in page
            answer = "wrong" if number == 0 else "unsure" if number == 1 else "right"
            record = list(review.records.values()).index(review.next() or {})
            form = {"record": str(record), "answer": answer, "by": "Dr. Prüfer", "why": "<b>because</b>"}
            urllib.request.urlopen(f"{base}/{token}", urllib.parse.urlencode(form).encode()).read()
            number += 1
        before, shown = review.left(), review.next()
        urllib.request.urlopen(
            f"{base}/{token}", b"answer=back"
        ).read()  # the last one again: the next answer replaces it
        assert review.left() == before + 1 and review.next() != shown
        form = {"record": str(list(review.records.values()).index(review.next() or {})), "answer": "right", "by": "B"}
        urllib.request.urlopen(f"{base}/{token}", urllib.parse.urlencode(form).encode()).read()
        assert (review.left(), review.next()) == (before, shown)
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"{base}/{token}", b"record=0&answer=right&by=")
    finally:
        server.shutdown()
        server.server_close()
    later = Review(release, 20)
    assert later.left() == 1 and later.by == "B"  # what was answered stays, and who it was
    finish(folder)
    result = audited.result(folder)
    assert result is not None and (result.judged, result.wrong, result.unsure) == (number, 1, 1)
    assert "Dr. Prüfer looked at" in (folder / "README.md").read_text("utf-8")
    assert verify(folder) == 0


def test_an_audit_of_a_release_that_does_not_prove_is_refused(out: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(out, tmp_path / "out"))
    (folder / "LICENSE.md").unlink()
    with pytest.raises(InputError, match=r"LICENSE\.md"):
        audit(folder)
