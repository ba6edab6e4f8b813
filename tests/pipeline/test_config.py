"""A configuration is strict: every mistake is reported with its place, and nothing that is left out keeps more."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline.reader
import pipeline.stage
from licenses import evidence
from licenses.model import AcceptedRisk, Policy
from pipeline import config
from pipeline.config import Config, loads
from pipeline.config_blocks import PLACES, Column
from pipeline.errors import ConfigError

VALID = """\
version: 1
as_of: 2026-11-24
dataset:
  name: Probe
  version: 1.0.0
  summary: Trial corpus.
  curators: [Example Institute]
  contact: data@example.org
licenses:
  - {id: LicenseRef-house-2026, uses: [reproduction], duties: [], signed: 2026-03-01, expires: 2031-03-01}
sources:
  - name: rows
    reader: jsonl
    path: in/*.jsonl
    columns: {id: id, text: body.text}
    evidence: [{from: column, column: rights.license, values: {open: CC-BY-4.0, closed: null}}]
    reservations: [robots]
  - name: laws
    reader: folder
    path: laws/**/*.md
    evidence: [front_matter, {from: curator, license: CC0-1.0, because: By law.}]
    origin: true
    locale: de-DE
policy:
  uses: [reproduction, commercial-use]
  duties: [attribution]
  accepted_risks: [{license: CC-BY, use: commercial-use, because: Settled.}]
  robots: {agents: [own]}
stages:
  - {stage: length, min_characters: 200}
output: {path: out/probe, partition: duties, gates: {max_unrecognised: 0.05}}
engine: {kind: local, workers: 2}
"""


def read(text: str | bytes) -> Config:
    data = text.encode() if isinstance(text, str) else text
    return loads(data, "c.yaml", pipeline.stage.find, pipeline.reader.find)


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read(text)
    return raised.value.problems


def test_a_valid_configuration_has_everything_it_says() -> None:
    found = read(VALID)
    rows, laws = found.sources
    assert found.as_of == "2026-11-24"
    assert found.dataset.version == "1.0.0"
    assert rows.columns == {"id": "id", "text": "body.text"}
    assert rows.evidence[0].options() == {
        "column": "rights.license",
        "values": {"open": "CC-BY-4.0", "closed": None},
    }
    assert (rows.reservations, rows.origin, rows.locale) == (("robots",), False, None)
    assert [place.from_ for place in laws.evidence] == ["front_matter", "curator"]
    assert (laws.origin, laws.locale) == (True, "de-DE")
    assert found.policy == Policy(
        uses=("reproduction", "commercial-use"),
        duties=("attribution",),
        accepted_risks=(AcceptedRisk("CC-BY", "commercial-use", "Settled."),),
        robots_agents=("own",),
        name="inline",
    )
    assert [(step.stage, step.options.min_characters) for step in found.stages] == [("length", 200)]
    assert (found.output.path, found.output.partition, found.output.gates.max_unrecognised) == (
        "out/probe",
        "duties",
        0.05,
    )
    assert (found.engine.kind, found.engine.workers) == ("local", 2)


def test_a_contract_grants_what_it_lists_and_denies_the_rest() -> None:
    (house,) = read(VALID).licenses
    assert house.basis == "contract"
    assert {use for use, answer in house.uses.items() if answer == "yes"} == {"reproduction"}
    assert {answer for use, answer in house.uses.items() if use != "reproduction"} == {"no"}


def test_a_configuration_travels_to_other_processes() -> None:
    found = read(VALID)
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("old", "new", "place", "key", "words"),
    [
        # unknown keys stand where the key stands, at every depth, with the nearest known one
        ("version: 1\n", "versoin: 1\n", "1:1", "versoin", 'unknown key; did you mean "version"?'),
        ("    origin: true", "    orgin: true", "22:5", "sources[1].orgin", 'did you mean "origin"?'),
        ("min_characters: 200", "min_charaters: 200", "30:21", "stages[0].min_charaters", '"min_characters"?'),
        ("{max_unrecognised: 0", "{max_unrecognized: 0", "31:54", "output.gates.max_unrecognized", "max_unrecognised"),
        ("column: rights.license,", "colum: rights.license,", "16:31", "sources[0].evidence[0].colum", '"column"?'),
        ("agents: [own]", "agent: [own]", "28:12", "policy.robots.agent", 'did you mean "agents"?'),
        # wrong values stand where the value stands
        ("version: 1\n", "version: 2\n", "1:10", "version", "must be 1, not 2"),
        ("as_of: 2026-11-24", "as_of: 24.11.2026", "2:8", "as_of", "must be a date like 2026-11-24"),
        ("as_of: 2026-11-24", "as_of: 2026-02-30", "2:8", "as_of", "there is no such day"),
        ("version: 1.0.0", "version: 1.0", "5:12", "dataset.version", 'not 1.0; write it in quotes: "1.0"'),
        ("curators: [Example Institute]", "curators: Me", "7:13", "dataset.curators", 'must be a list, not "Me"'),
        ("curators: [Example Institute]", "curators: []", "7:13", "dataset.curators", "may not be empty"),
        ("origin: true", "origin: yes", "22:13", "sources[1].origin", 'must be true or false, not "yes"'),
        ("min_characters: 200", 'min_characters: "200"', "30:37", "stages[0].min_characters", "a whole number, not"),
        ("workers: 2", "workers: 1.5", "32:32", "engine.workers", "whole number"),
        ("workers: 2", "workers: 0", "32:32", "engine.workers", "greater than or equal to 1"),
        ("robots]", "robbots]", "17:20", "sources[0].reservations[0]", 'did you mean "robots"?'),
        ("[front_matter,", "[front_mater,", "21:16", "sources[1].evidence[0].from", 'did you mean "front_matter"?'),
        ("{id: id,", "{ident: id,", "15:15", "sources[0].columns.ident", "must be id or text"),
        ("[reproduction, commercial-use]", "[reproduction, commercial]", "25:24", "policy.uses[1]", "commercial-use"),
        ("locale: de-DE", "locale: deutsch!", "23:13", "sources[1].locale", "BCP 47"),
        ("LicenseRef-house-2026", "House", "10:10", "licenses[0].id", "LicenseRef-"),
        ("LicenseRef-house-2026", "LicenseRef-official-work-de-5-1", "10:10", "licenses[0].id", "known already"),
        ("kind: local", "kind: lokal", "32:16", "engine.kind", 'did you mean "local"?'),
        ("out/probe", "'out [v1]'", "31:16", "output.path", "pattern characters (* ? [ ] { })"),
        ("out/probe", "s3://bucket/x", "31:16", "output.path", "must be a local or shared folder"),
        # names of stages and readers
        ("reader: jsonl", "reader: jsnl", "13:13", "sources[0].reader", 'did you mean "jsonl"?'),
        ("stage: length", "stage: lenght", "30:13", "stages[0].stage", 'did you mean "length"?'),
        ("stage: length", "stage: ../length", "30:13", "stages[0].stage", "there is no stage of this name"),
        # keys that are missing are told where their block stands
        ("    reader: folder\n", "", "18:5", "sources[1].reader", "is required and missing"),
        ("  duties: [attribution]\n", "", "25:3", "policy.duties", "is required and missing"),
        ("uses: [reproduction], duties: []", "uses: [reproduction]", "10:5", "licenses[0].duties", "is required"),
        # blocks that contradict themselves
        ("signed: 2026-03-01", "signed: 2032-03-01", "10:5", "licenses[0]", "expires before it is signed"),
        (", because: By law.}", "}", "21:30", "sources[1].evidence[1]", "needs `license` and `because`"),
        ("{from: column, column: rights.license,", "{from: column,", "16:16", "sources[0].evidence[0]", "needs `col"),
        ("front_matter,", "{from: front_matter, covers: contents},", "21:16", "sources[1].evidence[0]", "`by` and `be"),
        ("kind: local", "kind: slurm", "32:9", "engine", "slurm needs `partition` and `time`"),
        ("    reservations", "    join: {path: t.csv, on: {id: doi}, columns: [oa]}\n    reservations",
         "12:5", "sources[0]", "the joined column oa is named by no evidence"),
        ("name: laws", "name: rows", "18:11", "sources[1].name", 'another source is called "rows" already'),
        ("laws/**/*.md", "${NO_SUCH_PLACE}/*.md", "20:11", "sources[1].path", "variable NO_SUCH_PLACE is not set"),
        # YAML itself
        ("    origin: true", "    name: again", "22:5", "sources[1].name", "stands twice; the first is at line 18"),
        ("Trial corpus.", "!!python/object/apply:os.getcwd []", "6:12", "dataset.summary", "tags are not used here"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(old: str, new: str, place: str, key: str, words: str) -> None:
    assert VALID.count(old) == 1
    problem = next(line for line in problems(VALID.replace(old, new)) if f": {key}: " in line)
    assert problem.startswith(f"c.yaml:{place}: {key}: ")
    assert words in problem


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = VALID.replace("name: Probe", "nam: Probe").replace("reader: jsonl", "reader: jsnl")
    text = text.replace("kind: local", "kind: lokal").replace("min_characters: 200", "min_characters: x")
    found = problems(text)
    assert [line.split(": ")[1] for line in found] == [
        "dataset.nam", "dataset.name", "sources[0].reader", "stages[0].min_characters", "engine.kind",
    ]  # fmt: skip


@pytest.mark.parametrize("block", ["version", "dataset", "sources", "policy", "stages", "output"])
def test_without_a_block_that_narrows_there_is_no_run(block: str) -> None:
    data = yaml.safe_load(VALID)
    del data[block]
    assert any(f" {block}: is required and missing" in line for line in problems(yaml.safe_dump(data)))


@pytest.mark.parametrize("evidence", ["", "    evidence: []\n", "    evidence:\n", "    evidence: null\n"])
def test_a_source_without_evidence_is_an_error(evidence: str) -> None:
    line = next(line for line in VALID.splitlines(keepends=True) if "rights.license" in line)
    assert any("sources[0].evidence: " in problem for problem in problems(VALID.replace(line, evidence)))


@pytest.mark.parametrize(
    "policy", ["", "policy:\n", "policy: {}\n", "policy: null\n", "policy: nobody\n", "policy: []\n"]
)
def test_a_policy_that_is_none_is_an_error(policy: str) -> None:
    start, end = VALID.index("policy:"), VALID.index("stages:")
    assert any(" policy" in problem for problem in problems(VALID[:start] + policy + VALID[end:]))


def test_each_key_of_a_policy_that_is_left_out_is_an_error_or_no_wider() -> None:
    data = yaml.safe_load(VALID)
    data["policy"] |= {
        "families": "worst-member",
        "conflicts": "strictest",
        "contested": "review",
        "reservations": "record",
    }
    strict = Policy()
    for key in list(data["policy"]):
        less = {**data, "policy": {k: v for k, v in data["policy"].items() if k != key}}
        try:
            policy = read(yaml.safe_dump(less)).policy
        except ConfigError:
            assert key in ("uses", "duties")
            continue
        name = {"robots": "robots_agents"}.get(key, key)
        assert getattr(policy, name) == getattr(strict, name)  # the default is the strict choice


def test_scalars_follow_json() -> None:
    values = "{a: no, b: 012, c: 12:30:00, d: 1e3, e: null, f: ~, g: 2026-11-24, h: '1', i: True, j: .5, k: -0.5, l: }"
    document = config.yaml_nodes.read(values.encode())
    assert document.problems == []
    assert document.value == {
        "a": "no", "b": "012", "c": "12:30:00", "d": 1000.0, "e": None, "f": "~", "g": "2026-11-24", "h": "1",
        "i": "True", "j": ".5", "k": -0.5, "l": None,
    }  # fmt: skip


def test_keys_are_text() -> None:
    assert config.yaml_nodes.read(b"{no: 1, 1: 2, null: 3}").value == {"no": 1, "1": 2, "null": 3}


def test_norwegian_is_a_language() -> None:
    assert read(VALID.replace("locale: de-DE", "locale: no")).sources[1].locale == "no"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "1:1: the file is empty"),
        (b"# nothing\n", "1:1: the file is empty"),
        (b"[]", "a configuration is a mapping"),
        (b"just words", "a configuration is a mapping"),
        (b"a: [1\n", "not YAML"),
        (b"a: 1\n---\nb: 2\n", "not YAML"),
        (b"a: 1\nb: \xff\n", "2:1: not UTF-8"),
        (b"a: \x00", "not YAML"),
        (b"[" * 100_000, "not YAML"),
        (b"a: " + b"[" * 100 + b"]" * 100, "nested deeper"),
        (b"a: *nobody\n", "not YAML"),
        (b"a: &a [*a]\n", "nested deeper"),
        (b"? [1, 2]\n: 3\n", "a key is text"),
    ],
)
def test_what_is_no_yaml_of_ours_is_told(data: bytes, words: str) -> None:
    assert any(words in problem for problem in problems(data))


def test_no_escape_sequence_reaches_the_terminal() -> None:
    for text in ('"\\e[2J": 1', '{version: "\\e[2J"}', '{"policy": "\\u202e"}'):
        assert all(line.isprintable() for line in problems(text))


def test_aliases_cannot_stand_for_billions_of_nodes() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert any("200,000 nodes" in problem for problem in problems("\n".join(lines)))


KEYS = st.sampled_from([*yaml.safe_load(VALID), "name", "reader", "path", "evidence", "from", "stage", "uses", "id"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), KEYS, st.just("jsonl"))
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6)
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, TREES, max_size=12))
def test_any_tree_is_a_configuration_or_a_config_error(tree: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        read(yaml.safe_dump({**tree, "nonsense": 1}, allow_unicode=True))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t01", max_size=80).map(str.encode))
def test_any_bytes_are_a_config_error(data: bytes) -> None:
    assert problems(data)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_valid_configuration_with_any_value_put_anywhere_is_one_or_a_config_error(data: st.DataObject) -> None:
    tree = yaml.safe_load(VALID)
    node = tree
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
        if not isinstance(node[key], (dict, list)) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(TREES)
    try:
        read(yaml.safe_dump(tree, allow_unicode=True))
    except ConfigError as wrong:
        assert all(line.startswith("c.yaml:") for line in wrong.problems)


def test_a_path_may_name_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_PLACE", "/somewhere")
    assert read(VALID.replace("in/*.jsonl", "${PROBE_PLACE}/*.jsonl")).sources[0].path == "/somewhere/*.jsonl"
    assert read(VALID.replace("Trial corpus.", "${PROBE_PLACE}")).dataset.summary == "${PROBE_PLACE}"


def test_engine_and_output_place_decide_nothing(tmp_path: Path) -> None:
    removals = tmp_path / "removals.txt"
    removals.write_text("one\n")
    text = VALID + f"removals: [{removals}]\n"
    same = text.replace("out/probe", "out/other").replace("workers: 2", "workers: 7").replace("Trial corpus.", "Other.")
    assert read(text).deciding() == read(same).deciding()
    assert read(text).deciding() != read(text.replace("200", "201")).deciding()
    before = read(text).deciding()
    removals.write_text("two\n")
    assert read(text).deciding() != before


def test_listing_the_rights_stages_says_nothing_new() -> None:
    text = VALID.replace("  - {stage: length", "  - {stage: license}\n  - {stage: length")
    assert [step.stage for step in read(text).stages] == ["length"]


def test_a_stage_over_the_whole_corpus_is_listed_once() -> None:
    text = VALID.replace("  - {stage: length", "  - {stage: dedup}\n  - {stage: dedup}\n  - {stage: length")
    (problem,) = problems(text)
    assert problem.startswith("c.yaml:31:13: stages[1].stage: ")


def test_the_places_are_the_modules_of_evidence_that_find() -> None:
    modules = (
        importlib.import_module(f"licenses.evidence.{m.name}")
        for m in pkgutil.iter_modules(evidence.__path__)
        if m.name[0] != "_"
    )
    assert sorted(PLACES) == sorted(m.__name__.rpartition(".")[2] for m in modules if hasattr(m, "find"))


def test_the_columns_are_those_that_readers_map() -> None:
    assert Column.__args__ == pipeline.reader.MAPPED  # type: ignore[attr-defined]


def test_a_file_that_cannot_be_read_is_a_config_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            config.load(path, pipeline.stage.find, pipeline.reader.find)


# ---- policies


def test_the_shipped_policies_are_what_their_comments_say() -> None:
    assert set(config.policies()) == {"default", "share-alike", "research"}
    default, share_alike, research = (config.load_policy(n) for n in ("default", "share-alike", "research"))
    assert default == Policy()
    assert set(share_alike.duties) - set(default.duties) == {"share-alike", "bind-recipients"}
    assert share_alike.uses == default.uses
    assert set(default.uses) - set(research.uses) == {"commercial-use"}
    assert {p.reservations for p in (default, share_alike, research)} == {"honour"}


def test_a_shipped_policy_can_be_named() -> None:
    start, end = VALID.index("policy:"), VALID.index("stages:")
    assert read(VALID[:start] + "policy: research\n" + VALID[end:]).policy == config.load_policy("research")


def test_a_policy_file_may_leave_out_its_key(tmp_path: Path) -> None:
    for text in ("policy:\n  uses: [reproduction]\n  duties: []\n", "uses: [reproduction]\nduties: []\n"):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        assert config.load_policy(str(path)) == Policy(uses=("reproduction",), duties=(), name="mine")


@pytest.mark.parametrize(
    "text", ["", "uses: [reproduction]\n", "uses: []\nduties: []\n", "policy: {uses: all}\n", "[]"]
)
def test_a_policy_file_with_mistakes_is_a_config_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        config.load_policy(str(path))


def test_a_policy_that_nobody_wrote_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match='did you mean "default"'):
        config.load_policy("defualt")


def test_a_stage_s_rule_for_a_source_names_a_source() -> None:
    stage = "  - {stage: language, languages: [de], sources: {NAME: [fr]}}\n"
    text = VALID.replace("output: {", stage + "output: {")
    assert read(text.replace("NAME", "laws")).stages[-1].options.model_dump()["sources"] == {"laws": ["fr"]}
    with pytest.raises(ConfigError, match=r'stages\[1\]\.sources\.lwas: no source has this name; did you mean "laws"'):
        read(text.replace("NAME", "lwas"))
