"""TDMRep: the file in order, the header, the meta element, and which of them speaks."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from licenses.model import Document, Policy
from licenses.reservations.tdmrep import FILE, look

TRIALS = os.environ.get("REINSCHRIFT_TRIALS")
META = '<html><head><meta name="tdm-reservation" content="{}"></head><body>Text</body></html>'


def answers(
    url: str | None = "https://verlag.example/a/1", header: Any = None, meta: Any = None, file: Any = None
) -> dict[str, str]:
    document = Document(
        url=url,
        headers=None if header is None else {"tdm-reservation": (header,)},
        html=None if meta is None else META.format(meta),
        tdmrep=file,
    )
    return {signal.locator: signal.answer for signal in look(document, Policy())}


# The report's own ways of writing a location: a folder, one file, a pattern with its end, everything but one folder.
@pytest.mark.parametrize(
    ("location", "path", "holds"),
    [
        ("/", "/a/1", True),
        ("/*", "/a/1", True),
        ("/a/", "/a/1", True),
        ("/a/", "/b/1", False),
        ("/a/1", "/a/1", True),
        ("/a/*.jpg", "/a/b/c.jpg", True),
        ("/a/*.jpg$", "/a/c.jpg?x", False),
        ("/a/c.html$", "/a/c.html", True),
        ("/A/", "/a/1", False),
        ("https://verlag.example/", "/a/1", True),
    ],
)
def test_location(location: str, path: str, holds: bool) -> None:
    rules = [{"location": location, "tdm-reservation": 1}]
    found = answers(f"https://verlag.example{path}", file=rules)[FILE]
    assert found == ("reserved" if holds else "not-found")


def test_first_match_wins() -> None:
    rules = [
        {"location": "/frei/", "tdm-reservation": 0},
        {"location": "/", "tdm-reservation": 1, "tdm-policy": "https://verlag.example/policy.json"},
    ]
    assert answers("https://verlag.example/frei/1", file=rules)[FILE] == "allowed"
    assert answers("https://verlag.example/a/1", file=rules)[FILE] == "reserved"
    assert answers("https://verlag.example/frei/1", file=rules[::-1])[FILE] == "reserved"


@pytest.mark.parametrize(
    ("file", "header", "meta", "in_force"),
    [
        (1, None, None, {FILE: "reserved", "header": "not-looked-for", "meta": "not-looked-for"}),
        (1, "0", None, {FILE: "beside-the-point", "header": "allowed", "meta": "not-looked-for"}),
        (0, "1", None, {FILE: "beside-the-point", "header": "reserved", "meta": "not-looked-for"}),
        (1, "1", "0", {FILE: "beside-the-point", "header": "beside-the-point", "meta": "allowed"}),
        (0, "0", "1", {FILE: "beside-the-point", "header": "beside-the-point", "meta": "reserved"}),
        # An error is no value: it resets nothing, and is no permission either.
        (1, "yes", None, {FILE: "reserved", "header": "unreadable", "meta": "not-looked-for"}),
        (0, "yes", None, {FILE: "allowed", "header": "unreadable", "meta": "not-looked-for"}),
    ],
)
def test_precedence(file: int, header: str | None, meta: str | None, in_force: dict[str, str]) -> None:
    rules = [{"location": "/", "tdm-reservation": file}]
    assert answers(header=header, meta=meta, file=rules) == in_force


@pytest.mark.parametrize(
    ("file", "answer"),
    [
        (None, "not-looked-for"),
        ([], "not-found"),
        ("[]", "not-found"),
        ({"status": 404, "body": ""}, "not-found"),
        ({"status": 500, "body": ""}, "unreadable"),
        ({"status": 200, "body": '[{"location": "/", "tdm-reservation": 1}]'}, "reserved"),
        ('[{"location": "/", "tdm-reservation": 1}]', "reserved"),
        ('[{"location": "/", "tdm-reservation": "1"}]', "reserved"),
        ('[{"location": "/", "tdm-reservation": true}]', "reserved"),
        ('[{"location": "/", "tdm-reservation": "0"}]', "unreadable"),
        ('[{"location": "/", "tdm-reservation": false}]', "unreadable"),
        ('[{"location": "/", "tdm-reservation": 2}]', "unreadable"),
        ('[{"location": "/"}]', "unreadable"),
        ('[{"tdm-reservation": 1}]', "unreadable"),
        ('[7, {"location": "/", "tdm-reservation": 0}]', "unreadable"),
        ('{"tdm-reservation": 1}', "reserved"),
        ('{"tdm-reservation": 0}', "unreadable"),
        ('{"policy": {"tdm": {"reservation": 1}}}', "unreadable"),
        ("<!doctype html><p>404", "unreadable"),
        ("", "unreadable"),
        ("[" * 100_000, "unreadable"),
        (7, "unreadable"),
    ],
)
def test_file(file: Any, answer: str) -> None:
    assert answers(file=file)[FILE] == answer


def test_rules_without_an_address() -> None:
    assert answers(url=None, file=[{"location": "/a", "tdm-reservation": 1}])[FILE] == "unreadable"
    assert answers(url=None, file=[{"location": "/a", "tdm-reservation": 0}])[FILE] == "not-found"


def test_several_values_and_hidden_elements() -> None:
    assert answers(header="0, 1")["header"] == "reserved"
    assert answers(header="")["header"] == "unreadable"
    html = "<!-- <meta name='tdm-reservation' content='1'> --><p>über tdm-reservation</p>"
    found = look(Document(html=html), Policy())
    assert {signal.locator: signal.answer for signal in found}["meta"] == "not-found"
    utf16 = META.format(1).encode("utf-16")
    assert {s.locator: s.answer for s in look(Document(html=utf16), Policy())}["meta"] == "reserved"


@pytest.mark.trials
@pytest.mark.skipif(not TRIALS, reason="REINSCHRIFT_TRIALS is not set: the trial data is elsewhere")
def test_real_files_never_turn_an_owners_wish_into_permission() -> None:
    folder = Path(str(TRIALS), "optout-dev")
    seen = 0
    for line in (folder / "labels.jsonl").read_text("utf-8").splitlines():
        label = json.loads(line)
        if not label["file"].startswith("tdmrep/"):
            continue
        seen += 1
        found = answers("https://x.example/a", file=(folder / label["file"]).read_text("utf-8"))[FILE]
        if label["owner_intends_reservation"]:
            assert found in ("reserved", "unreadable"), label["file"]
        else:
            assert found in ("allowed", "not-found", "unreadable"), label["file"]
    assert seen == 14
