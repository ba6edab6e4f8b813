"""Statements in XML, headers, source files and plain texts: whose they are, and what they are not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from licenses.evidence import http_headers, jats, license_file, spdx_tag, tei, text
from licenses.inspection import inspect
from licenses.model import Document, Policy

AS_OF = "2026-11-24"
BY = "https://creativecommons.org/licenses/by/4.0/"
NS = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'


def article(permissions: str, body: str = "") -> Document:
    return Document(
        xml=f"<article {NS}><front><article-meta><permissions>{permissions}</permissions></article-meta></front>"
        f"<body><p>Das Wehr.</p>{body}</body></article>"
    )


def decision(document: Document) -> tuple[str, str | None]:
    found = inspect(document, Policy(), as_of=AS_OF).decision
    return found.decision, found.license


def test_jats_article_licence_is_the_texts() -> None:
    assert decision(article(f'<license xlink:href="{BY}"><license-p>Open.</license-p></license>')) == (
        "keep",
        "CC-BY-4.0",
    )


def test_jats_figure_licence_is_not_the_texts() -> None:
    figure = f'<fig><permissions><license xlink:href="{BY}"/></permissions></fig>'
    found = jats.find(article("<copyright-statement>© Verlag</copyright-statement>", figure))
    assert [(item.scope, item.statement) for item in found] == [("part", BY)]
    assert decision(article("", figure))[0] == "refuse"


def test_jats_wording_against_address_is_no_keep() -> None:
    words = "Licensed under Creative Commons Attribution-NonCommercial 4.0 International."
    assert decision(article(f'<license xlink:href="{BY}"><license-p>{words}</license-p></license>'))[0] != "keep"


@pytest.mark.parametrize(("start", "kept"), [("2020-01-01", True), ("2035-01-01", False)])
def test_ali_licence_counts_from_its_start(start: str, kept: bool) -> None:
    found = decision(article(f'<ali:license_ref start_date="{start}">{BY}</ali:license_ref>'))
    assert (found[0] == "keep") is kept


def tei_with(availability: str, where: str = "publicationStmt") -> Document:
    return Document(
        xml=f'<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><{where}>{availability}</{where}></fileDesc>'
        "</teiHeader><text><body><p>Das Wehr.</p></body></text></TEI>"
    )


def test_tei_licence_of_the_file_is_the_texts() -> None:
    assert decision(tei_with(f'<availability><licence target="{BY}">CC BY 4.0</licence></availability>')) == (
        "keep",
        "CC-BY-4.0",
    )


def test_tei_licence_of_the_source_or_of_the_markup_is_not() -> None:
    licence = f'<availability><licence target="{BY}">{{}}</licence></availability>'
    assert decision(tei_with(licence.format(""), "sourceDesc"))[0] == "refuse"
    assert tei.find(tei_with(licence.format("The markup is free")))[0].scope == "part"


def test_link_header_speaks_for_its_own_document_only() -> None:
    headers = {"link": (f'<{BY}>; rel="license", <{BY}>; rel=license; anchor="/bild.jpg", <x>; rel=next',)}
    assert [item.scope for item in http_headers.find(Document(text="x", headers=headers))] == ["text", "other-work"]


@pytest.mark.parametrize(
    "line",
    [
        "# SPDX-License-Identifier: CC-BY-4.0",
        "/* SPDX-License-Identifier: CC-BY-4.0 */",
        " * SPDX-License-Identifier: CC-BY-4.0",
        "<!-- SPDX-License-Identifier: CC-BY-4.0 -->",
        "# SPDX-License-Identifier: CC-BY-4.0      #",
        "-- SPDX-License-Identifier: CC-BY-4.0",
    ],
)
def test_spdx_tag_without_its_comment_frame(line: str) -> None:
    assert [item.statement for item in spdx_tag.find(Document(text=f"{line}\ncode\n"))] == ["CC-BY-4.0"]


@pytest.mark.parametrize(
    "example",
    [
        'print("SPDX-License-Identifier: CC0-1.0")',
        "Write SPDX-License-Identifier: CC0-1.0 at the top.",
        "# REUSE-IgnoreStart\n# SPDX-License-Identifier: CC0-1.0\n# REUSE-IgnoreEnd",
        "```\n# SPDX-License-Identifier: CC0-1.0\n```",
        "# SPDX-SnippetBegin\n# SPDX-License-Identifier: CC0-1.0\n# SPDX-SnippetEnd",
    ],
)
def test_spdx_tag_that_is_spoken_of_grants_nothing(example: str) -> None:
    assert all(item.scope != "text" for item in spdx_tag.find(Document(text=example + "\n")))


def test_reuse_precedence() -> None:
    tables = (
        'version = 1\n[[annotations]]\npath = "docs/**"\nSPDX-License-Identifier = "CC0-1.0"\n'
        '[[annotations]]\npath = "docs/*.md"\nSPDX-License-Identifier = "CC-BY-4.0"\n'
    )
    files = {"REUSE.toml": tables}
    found = license_file.find(Document(text="x", path="docs/a.md", files=files))
    assert [item.statement for item in found] == ["CC-BY-4.0"]  # the last that matches
    own = Document(text="<!-- SPDX-License-Identifier: MIT -->\n", path="docs/a.md", files=files)
    assert license_file.find(own) == ()  # closest: the file's own word
    sidecar = {**files, "docs/a.md.license": "SPDX-License-Identifier: CC-BY-SA-4.0\n"}
    assert [i.statement for i in license_file.find(Document(text="x", path="docs/a.md", files=sidecar))] == [
        "CC-BY-SA-4.0"
    ]


def test_a_repository_licence_is_a_clue_unless_it_covers_the_contents() -> None:
    document = Document(text="x", path="docs/a.md", files={"LICENSE": "Attribution 4.0 International\n\n======"})
    assert license_file.find(document)[0].scope == "collection"
    assert decision(document)[0] != "keep"
    said = {"covers": "contents", "by": "A. Bee", "because": "the README says so"}
    assert license_file.find(document, said)[0].scope == "source"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (f"Das Wehr.\n\n## Lizenz\n\n[CC BY 4.0]({BY})\n", True),
        (f"Dieser Text steht unter {BY}\n\nDas Wehr.\n", True),
        (f"Das Wehr.\n\nDer Datensatz steht unter [CC BY 4.0]({BY}).\n", False),
        (f"Das Wehr.\n\n```\nLizenz: {BY}\n```\n", False),
        (f"Das Wehr.\n\nDie Wikipedia nutzt {BY} für alles.\n", False),
        (f"Lizenz: {BY}\n\nDas Wehr.\n\n© Verlag. Alle Rechte vorbehalten.\n", False),
        ("The Project Gutenberg eBook of X\n\npublic domain in the USA\n\n*** START OF X ***\n\nDas Wehr.\n", False),
    ],
)
def test_notices_at_the_ends_of_a_text(body: str, kept: bool) -> None:
    assert (decision(Document(text=body))[0] == "keep") is kept


def test_the_middle_of_a_long_text_speaks_about_licences() -> None:
    filler = "Das Wehr staut den Bach.\n\n" * 2_000
    assert text.find(Document(text=f"{filler}Dieser Text steht unter {BY}\n\n{filler}")) == ()


@pytest.mark.trials
@pytest.mark.parametrize("name", ["jats-dev", "tei-dev"])
def test_trial_editions_read_as_labelled(name: str) -> None:
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        pytest.skip("REINSCHRIFT_TRIALS is not set: no trial data")
    policy = Policy(families="worst-member")
    wrong = []
    for line in (Path(root) / name / "labels.jsonl").read_text("utf-8").splitlines()[::4]:
        label = json.loads(line)
        found = inspect(Document(xml=(Path(root) / name / label["file"]).read_bytes()), policy, as_of=AS_OF)
        said = (found.license or found.family or "").replace(" ", "-")
        wanted = label["label"].removeprefix("conflict:").split("|")[0].removeprefix("PD-text+").removesuffix("-markup")
        if wanted.startswith("CC-BY") and not (said.startswith(wanted) or said == ""):
            wrong.append((label["file"], wanted, said))
    assert not wrong


def test_the_nearest_reuse_table_speaks_for_files_in_its_own_folder() -> None:
    table = 'version = 1\n[[annotations]]\npath = "{}"\nSPDX-License-Identifier = "{}"\n'
    files = {"a/REUSE.toml": table.format("**", "MIT"), "a/data/REUSE.toml": table.format("**/*.md", "CC-BY-NC-4.0")}
    for path, wanted in (("a/data/b.md", "CC-BY-NC-4.0"), ("a/data/c/b.md", "CC-BY-NC-4.0"), ("a/docs/b.md", "MIT")):
        assert [e.statement for e in license_file.find(Document(text="x", path=path, files=files))] == [wanted]


def test_a_hostile_glob_is_bounded() -> None:
    table = f'version = 1\n[[annotations]]\npath = "{"**a" * 300}b"\nSPDX-License-Identifier = "MIT"\n'
    assert license_file.find(Document(text="x", path="a" * 900, files={"REUSE.toml": table})) == ()


def test_a_notice_at_a_source_file_s_head_speaks_of_the_file() -> None:
    notice = (
        "// This library is free software; you can redistribute it under the terms of the GNU Lesser General Public\n"
        "// License as published by the Free Software Foundation; either version 2.1, or any later version.\n\nint x;\n"
    )
    assert [e.scope for e in text.find(Document(text=notice)) if e.rule == "header-of-this-file"] == ["text"]
    prose = notice.replace("// ", "")
    assert not [e for e in text.find(Document(text=prose)) if e.scope == "text"]


def test_a_reprint_notice_in_a_text_reserves() -> None:
    found = text.find(Document(text="Leitsätze (© Verlag, Nachdruck nur mit Zustimmung): Die Klage ist unbegründet."))
    assert [e.scope for e in found] == ["text"]
