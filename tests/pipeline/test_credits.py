"""The attributions of many records at once say what the attribution of each record says."""

import json
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses import registry
from licenses.credit import credit
from licenses.model import Decision, Evidence
from pipeline.credits import credits

ROWS = registry.load()
# fmt: off
VALUES = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "Ein Titel", "Wirklich?", "Ende.", "A &amp; B", "A&nbsp;B", "zwei  Zeichen", " vorn", "hinten ",
         "x\ny", "100 % echt", "{}", "%s", "\ue000", "\ue0000\ue001", "&#xe000;0&#xe001;", "a\u00a0b", "\x1fa",
         "\u2028", "é" * 1_001],
    ),
    st.text(max_size=20),
)
# fmt: on
STATEMENTS = ["CC BY 4.0", "CC BY", "dl-de/by-2-0", "\ue0003\ue001", "© 2020 Haus &#xe000;2&#xe001; 50 %", "w" * 90]
BUNDLES: list[dict[str, Any]] = [
    {"license": "CC-BY-4.0", "family": None, "members": ["CC-BY-4.0"], "basis": "license", "duties": ["attribution"]},
    {"license": "LicenseRef-family-CC-BY", "family": "CC BY", "members": ["CC-BY-3.0", "CC-BY-4.0"],
     "basis": "license", "duties": ["attribution", "notice"]},
    {"license": "DL-DE-BY-2.0", "family": None, "members": ["DL-DE-BY-2.0"], "basis": "license",
     "duties": ["attribution", "notice"]},
    {"license": "CC0-1.0", "family": None, "members": None, "basis": "public-domain", "duties": None},
]  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    bundles = st.tuples(
        st.sampled_from(BUNDLES), st.sampled_from(STATEMENTS), st.sampled_from([[], ["Zeilen gekürzt"]])
    )
    for _ in range(draw(st.integers(0, 3))):
        bundle, statement, changes = draw(bundles)
        evidence = [
            {"place": "column", "kind": "words", "statement": statement, "scope": "record", "context": statement}
        ]
        rights = {**bundle, "evidence": json.dumps(evidence, ensure_ascii=False), "changes": changes}
        names = ("title", "author", "url", "published")
        rows = draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, VALUES)), min_size=1, max_size=4))
        made += [{**rights, **row} for row in rows]
    return draw(st.permutations(made))


@settings(max_examples=150, deadline=None)
@given(records())
def test_the_attribution_of_many_records_is_that_of_each(rows: list[dict[str, Any]]) -> None:
    texts = dict.fromkeys(["license", "family", "basis", "evidence", "title", "author", "url", "published"], pl.String)
    lists = dict.fromkeys(["members", "duties", "changes"], pl.List(pl.String))
    found = credits(pl.DataFrame(rows, schema={**texts, **lists}), ROWS).to_pylist()
    assert found == [plain(row) for row in rows]


def plain(row: dict[str, Any]) -> str:
    decision = Decision(
        "keep",
        "keep",
        license=None if row["family"] else row["license"],
        family=row["family"],
        members=tuple(row["members"] or ()),
        duties=tuple(row["duties"] or ()),
        basis=row["basis"],
    )
    supplied = {name: row[name] for name in ("title", "author", "url", "published")}
    evidence = [Evidence(**item) for item in json.loads(row["evidence"])]
    return credit(supplied, decision, evidence, ROWS, row["changes"])
