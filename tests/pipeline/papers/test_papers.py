"""The papers say what the files hold, in two languages, without a gap; and nothing that a record says can run there."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mlcroissant
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import Features

import pipeline.reader
import pipeline.stage
from pipeline import config
from pipeline.engines import Inline
from pipeline.ledger import INPUT_REASONS, merged
from pipeline.papers import audited
from pipeline.papers.figures import figures
from pipeline.papers.front_matter import check, features
from pipeline.papers.pictures import DARK, LIGHT, MIDDLE, chart
from pipeline.papers.words import PLACE, words
from pipeline.record import DATA, DECISIONS, REASONS
from tests.corpora import config as run_config
from tests.corpora import texts, write_jsonl
from tests.pipeline.papers.conftest import again
from tests.releases import rewritten

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VERDICTS = re.compile(
    r"\b(clean|legal|legally|safe|compliant|legal\w* einwandfrei|rechtssicher|unbedenklich)\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def out(release: Path) -> Path:
    return release


def head(folder: Path) -> dict[str, object]:
    return dict(yaml.safe_load((folder / "README.md").read_text("utf-8").split("---")[1]))


def body(folder: Path) -> str:
    return (folder / "README.md").read_text("utf-8").partition("\n---\n")[2]


def test_the_front_matter_keeps_the_hubs_rules(out: Path) -> None:
    found = head(out)
    assert check(found) == []
    assert found["license"] == "other" and found["license_link"] == "LICENSE.md" and (out / "LICENSE.md").exists()
    assert found["size_categories"] == ["n<1K"] and found["configs"][0]["default"]  # type: ignore[index]
    for wrong in ({"license": "other"}, {"language": [False]}, {"size_categories": ["many"]}, {"pretty_name": ""}):
        assert check({**found, "license_link": None, **wrong})


def test_the_declared_features_are_those_of_the_files() -> None:
    for schema in (DATA, DECISIONS, REASONS):
        assert features(schema) == Features.from_arrow_schema(schema)._to_yaml_list()


def test_every_config_and_the_lines_on_the_card_load(out: Path, tmp_path: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", body(out), re.DOTALL)[0].replace("PATH", str(out))
    code += (
        "\nimport json, sys, yaml, datasets\n"
        f"head = yaml.safe_load(open({str(out / 'README.md')!r}).read().split('---')[1])\n"
        f"rows = {{c['config_name']: datasets.load_dataset({str(out)!r}, c['config_name'], split='train').num_rows"
        " for c in head['configs']}\nprint(json.dumps(rows))"
    )
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout.splitlines()[-1])
    told = {info["config_name"]: info["splits"][0]["num_examples"] for info in head(out)["dataset_info"]}  # type: ignore[attr-defined]
    assert rows == told and rows["decisions"] == 82
    assert rows["default"] == sum(n for name, n in rows.items() if name not in ("default", "decisions", "reasons"))


def test_the_card_gives_no_verdict_and_has_no_gap(out: Path, german: Path) -> None:
    for folder in (out, german):
        text = body(folder).partition("```bibtex")[0]
        for name in ("README.md", "LICENSE.md", "eu-training-summary.md"):
            assert not VERDICTS.search(
                re.sub(r"illegal content|§.*", "", (folder / name).read_text("utf-8").partition("\n---\n")[2])
            )
        assert not re.search(r"\{\w+[}?]|TODO|More Information Needed|\bNone\b", text)
        assert "fees are no concern of ours" in text and "our contract" in text  # accepted risks, curators' words
        assert "test@example.org" in text and "reinschrift lookup" in text
        for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", text):
            assert (folder / picture).read_bytes().startswith(b"\x89PNG")
    assert "was nicht geprüft wurde" in body(german).lower() and "What was not checked" in body(out)


def test_the_card_follows_the_ledger(out: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(out, tmp_path / "out"))
    assert "`license.non-commercial` | refused" in body(folder)
    wanted = figures(out).reasons["license.non-commercial"]

    def change(row: dict[str, object]) -> dict[str, object]:
        return {**row, "reason": "license.expired"} if row["id"] == "r5" else row

    rewritten(next((folder / "decisions").glob("*.parquet")), change)
    again(folder)
    assert re.search(rf"`license.non-commercial` \| refused \|[^|]*\| {wanted - 1} \|", body(folder))
    assert re.search(r"`license.expired` \| refused \|[^|]*\| 1 \|", body(folder))


def named(sentence: str) -> set[str]:
    """The places of a sentence."""
    return {place[1] for place in PLACE.finditer(sentence)}


def test_both_languages_have_the_same_sentences_and_every_reason() -> None:
    english, german = words("en").tables, words("de").tables
    for table in english:
        if table != "reasons":
            assert english[table].keys() == german[table].keys()
            for key, sentence in english[table].items():
                assert named(sentence) == named(german[table][key]), key
                for said in (sentence, german[table][key]):
                    assert not set(PLACE.sub("", said)) & set("{}|"), key  # a place that would not be filled
    reasons = merged(
        INPUT_REASONS,
        *(pipeline.stage.find(name).reasons for name in config.names("stages")),
        *(pipeline.reader.find(name).reasons for name in config.names("readers")),
    )
    assert set(reasons) - set(german["reasons"]) == set()


def test_attribution_names_duties_members_and_wording(out: Path) -> None:
    text = (out / "ATTRIBUTION.md").read_text("utf-8")
    family = text.split("## LicenseRef-family-CC-BY")[1].split("\n## ")[0]
    assert family.count("creativecommons.org/licenses/by/") > 90 and "Version not stated" in family
    assert "Mit Dank an den Verlag" in text and "share what is made from the text under the same licence" in text
    assert "<script" not in text and not re.search(r"(?<!\\)\]\(javascript", text)
    rows = pq.read_table(out / "ATTRIBUTION.parquet").to_pylist()
    assert len(rows) == figures(out).kept and all(row["credit"] for row in rows)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the validator's own libraries
def test_croissant_is_valid_and_gives_the_records(out: Path) -> None:
    found = mlcroissant.Dataset(jsonld=str(out / "croissant.json"))
    assert not found.metadata.issues.errors
    ids = {record["records/id"].decode() for record in found.records("records")}
    kept = {
        i
        for p in (out / "data").rglob("*.parquet")
        for i in pq.read_table(p, columns=["id"], partitioning=None)["id"].to_pylist()
    }
    assert ids == kept
    fields = [field["name"] for field in json.loads((out / "croissant.json").read_text())["recordSet"][0]["field"]]
    assert fields == DATA.names


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_croissant_gives_the_records_where_data_has_no_folders(tmp_path: Path) -> None:
    write_jsonl(
        tmp_path / "in/a.jsonl", [{"id": f"r{i}", "text": t, "license": "CC0-1.0"} for i, t in enumerate(texts(6))]
    )
    pipeline.run(run_config(tmp_path), engine=Inline())
    found = mlcroissant.Dataset(jsonld=str(tmp_path / "out/croissant.json"))
    assert len(list(found.records("records"))) == 6


def test_the_eu_summary_answers_every_field_of_the_template(out: Path) -> None:
    fields = json.loads((out / "eu-training-summary.json").read_text("utf-8"))
    numbers = [key.split()[0] for key in fields]
    assert numbers == [
        "0",
        "1.1",
        "1.2",
        "1.3",
        "2.1",
        "2.2.1",
        "2.2.2",
        "2.3",
        "2.4",
        "2.5",
        "2.6",
        "3.1",
        "3.2",
        "3.3",
    ]
    assert all(fields.values()) and fields["2.2.1 licensed by rightholders"]["records"] == 5
    # Each text stands under one heading: what rests on a contract is not a public dataset too.
    public = {d["name"]: d["characters"] for d in fields["2.1 publicly available datasets"]["datasets"]}
    contracts = fields["2.2.1 licensed by rightholders"]["characters by source"]
    assert set(public) == {"s"} and set(contracts) == {"own"}
    assert sum(public.values()) + sum(contracts.values()) == figures(out).characters


def test_pictures_are_the_same_again_and_readable_without_colour() -> None:
    bars = [("kept", 9, "keep"), ("license.$x_{1}$", 4, "refuse"), ("license.family", 2, "review")]
    assert chart("A", bars, words("en")) == chart("A", bars, words("en"))

    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = sorted(grey(colour) for colour in (DARK, MIDDLE, LIGHT))
    assert min(b - a for a, b in itertools.pairwise(shades)) > 50


def test_nothing_that_a_record_says_becomes_markup_in_the_report(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    assert "<script" not in text and "src=" not in text and "&lt;script&gt;" in text
    assert "Ein eigener Satz über Häuser" not in text  # the text of a refused record


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
def test_the_report_fits_a_phone_and_runs_nothing_in_a_browser(out: Path, tmp_path: Path) -> None:
    report = base64.b64encode((out / "report.html").read_bytes()).decode()
    page = tmp_path / "page.html"
    page.write_text(
        '<!doctype html><meta charset="utf-8"><iframe id="f" width="390" height="800"></iframe><p id="r">?</p><script>'
        "const bytes=Uint8Array.from(atob('" + report + "'),c=>c.charCodeAt(0));const f=document.getElementById('f');"
        "window.alert=()=>{document.title='ran'};"
        "f.onload=()=>{const d=f.contentDocument;document.getElementById('r').textContent=JSON.stringify({"
        "wide:d.documentElement.scrollWidth,scripts:d.scripts.length,tables:d.querySelectorAll('table').length,"
        "text:d.body.innerText.includes('alert(')})};f.srcdoc=new TextDecoder().decode(bytes)</script>",
        "utf-8",
    )
    assert CHROMIUM is not None
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'p'}",
         "--virtual-time-budget=4000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = json.loads(re.findall(r'<p id="r">(.*?)</p>', done.stdout)[0])
    assert found["scripts"] == 0 and found["tables"] > 8 and found["wide"] <= 390
    assert "<title>ran" not in done.stdout


def test_the_interval_of_an_audit_is_exact() -> None:
    # Clopper and Pearson's own property: at each end the tail holds 2.5 %.
    low, high = audited.interval(3, 50)
    assert (
        abs(sum(audited._at_most(k, 50, low) - audited._at_most(k - 1, 50, low) for k in range(3, 51)) - 0.025) < 1e-9
    )
    assert abs(audited._at_most(3, 50, high) - 0.025) < 1e-9
    assert audited.interval(0, 300)[0] == 0.0 and abs(audited.interval(0, 300)[1] - (1 - 0.025 ** (1 / 300))) < 1e-9
    assert audited.interval(0, 0) == (0.0, 1.0)
