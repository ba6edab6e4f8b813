"""What a person decides on records in review: it comes back by file, and lapses when the evidence changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.engines import Inline
from tests.corpora import POLICY, config, decisions, kept, texts, write_jsonl


def rows(statement: str = "CC BY") -> list[dict[str, object]]:
    a, b, c = texts(3)
    return [
        {"id": "family", "text": a, "license": statement},
        {"id": "odds", "text": b, "license": ["CC BY 4.0", "CC BY-NC 4.0"]},
        {"id": "denied", "text": c, "license": "CC BY-NC 4.0"},
    ]


def answered(folder: Path, **answers: Any) -> str:
    """The review file of the release, with these answers filled in."""
    made = []
    for line in (folder / "out/review/review.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["id"] in answers:
            entry |= {
                "by": "R. Echt",
                "date": "2026-11-20",
                "because": "The author wrote to us.",
                **answers[entry["id"]],
            }
        made.append(json.dumps(entry))
    (folder / "answers.jsonl").write_text("\n".join(made) + "\n", "utf-8")
    return f'overrides: ["{folder}/answers.jsonl"]\n'


def test_an_answer_lets_a_record_in_and_stands_on_its_receipt(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    pipeline.run(config(tmp_path), engine=Inline())
    assert {r["id"]: r["decision"] for r in decisions(tmp_path / "out")} == {
        "family": "review", "odds": "review", "denied": "refuse",
    }  # fmt: skip
    more = answered(tmp_path, family={"answer": "keep"}, odds={"answer": "keep", "license": "CC-BY-4.0"})
    pipeline.run(config(tmp_path, more=more), engine=Inline(), fresh=True)
    found = {row["id"]: row for row in kept(tmp_path / "out")}
    assert set(found) == {"family", "odds"}
    assert found["odds"]["license"] == "CC-BY-4.0" and "R. Echt on 2026-11-20" in found["odds"]["rule"]
    assert found["family"]["license"].startswith("LicenseRef-family-") and len(found["family"]["members"]) > 50


def test_an_answer_lapses_with_the_evidence_and_a_refusal_needs_no_licence(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    pipeline.run(config(tmp_path), engine=Inline())
    more = answered(tmp_path, family={"answer": "keep"}, odds={"answer": "refuse"})
    write_jsonl(tmp_path / "in/a.jsonl", rows("CC BY-SA"))
    pipeline.run(config(tmp_path, more=more), engine=Inline(), fresh=True)
    found = {row["id"]: row["reason"] for row in decisions(tmp_path / "out")}
    assert found["family"] != "keep" and found["odds"] == "license.override-refused"


def test_an_answer_without_a_licence_lets_nothing_in_where_the_evidence_names_none(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    pipeline.run(config(tmp_path), engine=Inline())
    more = answered(tmp_path, odds={"answer": "keep"}, family={"answer": "keep", "license": "CC-BY-SA-4.0"})
    pipeline.run(config(tmp_path, more=more), engine=Inline(), fresh=True)
    assert kept(tmp_path / "out") == []  # share-alike is a duty that the policy does not list


def test_an_incomplete_answer_is_named(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    pipeline.run(config(tmp_path), engine=Inline())
    more = answered(tmp_path, family={"answer": "keep", "by": ""})
    with pytest.raises(Exception, match=r"answers\.jsonl:1: by"):
        pipeline.run(config(tmp_path, more=more), engine=Inline(), fresh=True)


@pytest.mark.parametrize("license_", ["CC-BY-NC-4.0", "CC BY NC 4.0", "LicenseRef-nobody", "All rights reserved"])
def test_a_person_cannot_name_a_licence_that_the_policy_refuses_or_nobody_knows(tmp_path: Path, license_: str) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    pipeline.run(config(tmp_path), engine=Inline())
    answer = {"answer": "keep", "license": license_}
    pipeline.run(config(tmp_path, more=answered(tmp_path, odds=answer, family=answer)), engine=Inline(), fresh=True)
    assert kept(tmp_path / "out") == []


def test_a_person_can_name_a_licence_as_people_write_it(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", rows())
    pipeline.run(config(tmp_path), engine=Inline())
    more = answered(tmp_path, odds={"answer": "keep", "license": "CC BY 4.0"})
    pipeline.run(config(tmp_path, more=more), engine=Inline(), fresh=True)
    (row,) = kept(tmp_path / "out")
    assert (row["id"], row["license"], row["members"]) == ("odds", "CC-BY-4.0", ["CC-BY-4.0"])


REVIEWED = POLICY + "  contested: review\n"


def contested() -> list[dict[str, object]]:
    text, other = texts(2)
    return [
        {"id": "open", "text": text, "license": "CC0-1.0"},
        {"id": "copy", "text": text, "license": "CC0-1.0"},
        {"id": "shut", "text": text, "license": "CC BY-NC 4.0"},
        {"id": "free", "text": other, "license": "CC0-1.0"},
    ]


def test_an_answer_settles_a_contested_text_while_its_policy_asks_people(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", contested())
    stages = "[{stage: dedup}]"
    pipeline.run(config(tmp_path, stages=stages, policy=REVIEWED), engine=Inline())
    assert {r["id"]: r["reason"] for r in decisions(tmp_path / "out")} == {
        "open": "contested.review", "copy": "contested.review", "shut": "license.non-commercial", "free": "keep",
    }  # fmt: skip
    more = answered(tmp_path, open={"answer": "keep"})
    pipeline.run(config(tmp_path, stages=stages, policy=REVIEWED, more=more), engine=Inline(), fresh=True)
    found = {row["id"]: row for row in kept(tmp_path / "out")}
    assert set(found) == {"open", "free"} and "R. Echt" in found["open"]["rule"]
    pipeline.run(config(tmp_path, stages=stages, more=more), engine=Inline(), fresh=True)
    assert [row["id"] for row in kept(tmp_path / "out")] == ["free"]


def test_an_answer_to_another_question_does_not_settle_what_is_contested(tmp_path: Path) -> None:
    text = texts(1)[0]
    write_jsonl(tmp_path / "in/a.jsonl", [{"id": "family", "text": text, "license": "CC BY"}])
    pipeline.run(config(tmp_path, policy=REVIEWED), engine=Inline())
    more = answered(tmp_path, family={"answer": "keep"})
    rows = [{"id": "family", "text": text, "license": "CC BY"}, {"id": "shut", "text": text, "license": "CC BY-NC 4.0"}]
    write_jsonl(tmp_path / "in/a.jsonl", rows)
    pipeline.run(config(tmp_path, policy=REVIEWED, more=more), engine=Inline(), fresh=True)
    assert {r["id"]: r["reason"] for r in decisions(tmp_path / "out")}["family"] == "contested.review"


def test_a_persons_refusal_stands_when_the_contrary_statement_is_gone(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in/a.jsonl", contested())
    pipeline.run(config(tmp_path, policy=REVIEWED), engine=Inline())
    more = answered(tmp_path, open={"answer": "refuse"})
    write_jsonl(tmp_path / "in/a.jsonl", [row for row in contested() if row["id"] != "shut"])
    pipeline.run(config(tmp_path, policy=REVIEWED, more=more), engine=Inline(), fresh=True)
    found = {row["id"]: row["reason"] for row in decisions(tmp_path / "out")}
    assert found == {"open": "license.override-refused", "copy": "keep", "free": "keep"}
