"""robots.txt: RFC 9309's rules, the repair of what its parsers get wrong, and whose groups count."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from licenses.model import Document, Policy
from licenses.reservations import _robots_file as robots_file
from licenses.reservations._agents import training
from licenses.reservations.robots import look

TRIALS = os.environ.get("REINSCHRIFT_TRIALS")
URL = "https://zeitung.example/artikel/1"


def answers(robots: object, url: str | None = URL, policy: Policy = Policy()) -> set[str]:  # noqa: B008 (frozen)
    return {signal.answer for signal in look(Document(url=url, robots=robots), policy)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("robots", "answer"),
    [
        ("User-agent: *\nDisallow: /\n", "reserved"),
        ("User-agent: *\nDisallow: /intern/\n", "allowed"),
        ("User-agent: *\nDisallow:\n", "allowed"),
        ("User-agent: GPTBot\nDisallow: /\n", "reserved"),
        ("user-AGENT: gptbot\r\ndisallow: /artikel\r\n", "reserved"),
        ("User-agent: CCBot/2.0\nDisallow: /\n", "reserved"),
        ("User-agent: CCBot 2.0 (+https://commoncrawl.org)\nDisallow: /\n", "reserved"),
        ("User-agent: AI2Bot\nDisallow: /\n", "reserved"),  # digits are outside RFC 9309's token, the name is plain
        ("User-agent: Googlebot\nDisallow: /\n", "allowed"),  # a search engine: no word about training
        ("User-agent: PerplexityBot\nDisallow: /\n", "allowed"),
        ("User-agent: GPTBotX\nDisallow: /\n", "allowed"),
        ("User-agent: 4teGewalt\nDisallow: /\n", "allowed"),
        ("User-agent: *\nAllow: /\n\nUser-agent: 4teGewalt\nDisallow: /\n", "allowed"),
        # The longest path wins, whatever the order; an allowance wins a tie.
        ("User-agent: *\nDisallow: /artikel\nAllow: /artikel/1\n", "allowed"),
        ("User-agent: *\nAllow: /\nDisallow: /artikel/\n", "reserved"),
        ("User-agent: *\nDisallow: /artikel\nAllow: /artikel\n", "allowed"),
        ("User-agent: *\nDisallow: /*/1$\n", "reserved"),
        ("User-agent: *\nDisallow: */artikel\n", "reserved"),  # outside the grammar, but the will is plain
        ("User-agent: *\nDisallow: artikel\n", "reserved"),
        ("User-agent: *\nDissalow: /\n", "reserved"),
        ("User-agent *\nDisallow /\n", "reserved"),
        # A line that is no rule ends no group, whoever knows it.
        ("User-agent: GPTBot\nContent-Signal: ai-train=yes\nUser-agent: x\nDisallow: /\n", "reserved"),
        ("User-agent: GPTBot\nUnknown: x\nUser-agent: x\nDisallow: /\n", "reserved"),
        ("User-agent: *\nContent-Signal: search=yes\nAllow: /\n\nUser-agent: AuditBot\nDisallow: /\n", "allowed"),
        # All groups of one agent count as one.
        ("User-agent: GPTBot\nDisallow: /a\n\nUser-agent: x\nAllow: /\n\nUser-agent: GPTBot\nDisallow: /", "reserved"),
        ("\ufeffUser-agent: *\nDisallow: /\n", "reserved"),
        ("User-agent: *\rDisallow: /\r", "reserved"),
        ("Disallow: /\n", "reserved"),
        ("Disallow: /\n\nUser-agent: *\nAllow: /\n", "allowed"),
        ("# only a comment\n", "not-found"),
        ("", "not-found"),
        ("User-agent: *\nCrawl-delay: 5\nSitemap: https://zeitung.example/s.xml\n", "allowed"),
        # What is no robots.txt is no permission.
        ("<!doctype html><title>Fehler</title><p>Seite nicht gefunden", "unreadable"),
        ("Bitte nicht crawlen, danke", "unreadable"),
        ("User-agent: *\x00Disallow: /", "unreadable"),
    ],
)  # fmt: skip
def test_one_file(robots: str, answer: str) -> None:
    assert answers(robots) - {"beside-the-point"} == {answer}


@pytest.mark.parametrize(
    ("capture", "answer"),
    [
        ({"status": 200, "body": "User-agent: *\nDisallow: /"}, "reserved"),
        ({"status": 404, "body": ""}, "not-found"),
        ({"status": 403, "body": "User-agent: *\nDisallow: /"}, "not-found"),  # RFC 9309, 2.3.1.3: unavailable
        ({"status": 410}, "not-found"),
        ({"status": 429}, "unreadable"),
        ({"status": 503, "body": ""}, "unreadable"),  # RFC 9309, 2.3.1.4: assume complete disallow
        ({"status": 500, "body": "User-agent: *\nAllow: /"}, "unreadable"),
        ({"status": 301, "body": ""}, "unreadable"),
        ({"status": "503"}, "unreadable"),
        ({"status": 0}, "unreadable"),
        ({"status": None}, "unreadable"),
        ({"status": True}, "unreadable"),
        ({"status": 200}, "unreadable"),
        ({"status": 200, "body": None}, "unreadable"),
        ({}, "unreadable"),
        (["User-agent: *"], "unreadable"),
        (None, "not-looked-for"),
    ],
)
def test_status(capture: object, answer: str) -> None:
    assert answers(capture) == {answer}


def test_policy_narrows_whose_groups_count() -> None:
    shut = "User-agent: GPTBot\nDisallow: /\n"
    assert answers(shut, policy=Policy(robots_agents=("own", "star"))) == {"beside-the-point"}
    assert "reserved" in answers("User-agent: *\nDisallow: /\n", policy=Policy(robots_agents=("own",)))
    own = "User-agent: *\nDisallow: /\n\nUser-agent: Reinschrift\nAllow: /\n"
    assert answers(own) == {"reserved"}  # each class alone is enough
    assert "reserved" not in answers(own, policy=Policy(robots_agents=("own",)))


def test_what_is_not_about_training_is_recorded() -> None:
    found = look(Document(url=URL, robots="User-agent: Googlebot\nUser-agent: SeoBot\nDisallow: /\n"), Policy())
    assert [signal.answer for signal in found] == ["allowed", "beside-the-point"]
    assert found[1].agent == "others: googlebot, seobot"


def test_without_an_address_no_rule_can_be_weighed() -> None:
    assert answers("User-agent: *\nDisallow: /a\n", url=None) == {"unreadable"}
    assert answers("User-agent: *\nDisallow: /a\n", url="") == {"unreadable"}
    assert answers("User-agent: *\nDisallow: /a\n", url="http://[::1") == {"unreadable"}
    assert answers("User-agent: *\nAllow: /\n", url=None) == {"allowed"}


def test_what_stands_behind_the_limit_is_no_permission() -> None:
    filler = "# " + "x" * 4000 + "\n"
    long = "User-agent: *\nAllow: /\n" + filler * (robots_file.LIMIT // len(filler) + 1)
    assert answers(long) >= {"unreadable"}
    assert answers("User-agent: GPTBot\nDisallow: /\n\n" + long) == {"reserved"}


def test_receipt_names_agents_list_and_time() -> None:
    capture = {
        "status": 200,
        "body": "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /",
        "seen": "2026-10-01",
        "locator": "r@7",
    }
    (signal,) = look(Document(url=URL, robots=capture, seen="2026-10-02"), Policy())
    assert signal.agent == "training: CCBot, GPTBot"
    assert signal.value == "Disallow: /"
    assert (signal.seen, signal.locator) == ("2026-10-01", "r@7")
    assert training().digest[:12] in signal.version and training().date in signal.version


def test_receipt_quotes_the_rule_that_decides() -> None:
    rules = "User-agent: *\nDisallow: /sonst/\nDisallow: /*.pdf$\nDisallow: /a\nDisallow: /artikel/*\nAllow: /b\n"
    (signal,) = look(Document(url="https://zeitung.example/artikel/1", robots=rules), Policy())[:1]
    assert (signal.answer, signal.value) == ("reserved", "Disallow: /artikel/*")
    assert robots_file.ruling([], URL) == ""


def test_agent_list_is_what_its_digest_says() -> None:
    names = sorted(agent.lower() for agent in training().agents)
    assert len(set(names)) == len(names)
    assert hashlib.sha256("\n".join(names).encode()).hexdigest() == training().digest
    assert {"ccbot", "gptbot", "google-extended", "claudebot"} <= set(names)
    assert not {"googlebot", "bingbot", "chatgpt-user", "oai-searchbot", "*"} & set(names)


# The public matcher cases that are about one vendor's own ways, and why they do not hold here.
EXCEPTIONS = {
    ("Foo Bar", "http://foo.bar/x/y"): "a crawler whose own name has a space: not a product token (RFC 9309, 2.2.1)",
    (
        "FooBot",
        "http://foo.bar/foo/bar/\u30c4",
    ): "RFC 9309, 2.2.2 compares percent-encoded; the vendor expects encoded input",
    ("FooBot", "http://foo.bar/foo/bar/baz"): "RFC 9309, 2.2.2 decodes %62%61%7A; the vendor compares it as written",
}


@pytest.mark.trials
@pytest.mark.skipif(not TRIALS, reason="REINSCHRIFT_TRIALS is not set: the trial data is elsewhere")
def test_public_matcher_cases() -> None:
    cases = json.loads(Path(str(TRIALS), "optout-dev/cases/google_robotstxt_cases.json").read_text("utf-8"))
    assert len(cases) == 142
    failed = []
    for case in cases:
        file = robots_file.read(case["robots_txt"])
        allowed = robots_file.may_fetch(file.applying(case["user_agent"]), case["url"])
        if allowed != case["allowed"] and (case["user_agent"], case["url"]) not in EXCEPTIONS:
            failed.append(case)
    assert not failed


@pytest.mark.trials
@pytest.mark.skipif(not TRIALS, reason="REINSCHRIFT_TRIALS is not set: the trial data is elsewhere")
def test_real_files_shut_out_at_the_root_are_reserved() -> None:
    """Whom the labels (made with another parser) find shut out at the root is found here too."""
    folder = Path(str(TRIALS), "optout-dev")
    counted = {agent.lower() for agent in training().agents} | {"*"}
    seen = 0
    for line in (folder / "labels.jsonl").read_text("utf-8").splitlines():
        label = json.loads(line)
        if "root_allowed" not in label:
            continue
        shut = [agent for agent, allowed in label["root_allowed"].items() if not allowed and agent.lower() in counted]
        body = (folder / label["file"]).read_text("utf-8", "replace")
        found = answers(body, f"https://{label['host']}/")
        seen += bool(shut)
        assert not shut or "reserved" in found, label["file"]
    assert seen > 20
