"""Usage preferences: AIPREF's Content-Usage and Content Signals, in headers and in robots.txt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from licenses.model import Document, Policy, Signal
from licenses.reservations import aipref, content_signals, robots
from licenses.reservations._structured import Token, dictionary

URL = "https://zeitung.example/artikel/1"
Look = Callable[[Document, Policy], tuple[Signal, ...]]


def in_robots(look: Look, robots: str, url: str | None = URL, policy: Policy = Policy()) -> set[str]:  # noqa: B008
    return {s.answer for s in look(Document(url=url, robots=robots), policy) if s.locator == "/robots.txt"}


def in_header(look: Look, name: str, *values: str) -> str:
    (answer,) = (s.answer for s in look(Document(url=URL, headers={name: values}), Policy()) if s.locator == "header")
    return answer


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("train-ai=n", "reserved"),
        ("train-ai=y", "allowed"),
        ("train-ai=y, search=n", "allowed"),
        ("search=n", "beside-the-point"),
        ("train-ai=n, search=y", "reserved"),
        ("foo=y", "beside-the-point"),
        # Labels of older drafts.
        ("ai=n", "reserved"),
        ("genai=n", "reserved"),
        ("tdm=n", "reserved"),
        ("train-genai=n", "reserved"),
        ("bots=n", "reserved"),
        ("all=n", "reserved"),
        ("all=y, train-ai=n", "reserved"),
        ("bots=n, train-ai=y", "reserved"),
        ("ai-output=n", "beside-the-point"),
        ("ai-use=n;exceptions=cc-cr", "beside-the-point"),
        # Parameters are passed over; the last of two equal keys counts.
        ("train-ai=n;x=1", "reserved"),
        ("train-ai;allow=n, train-ai=y", "allowed"),
        ("train-ai=y, train-ai=n", "reserved"),
        # The drafts call these unknown; unknown is no permission.
        ('train-ai=y, train-ai, search=n, search="n"', "unreadable"),
        ('train-ai;has;parameters="?"', "unreadable"),
        ('train-ai;has;parameters="?";', "unreadable"),  # as the draft prints it; by RFC 9651 no dictionary
        ("train-ai", "unreadable"),
        ("train-ai=no", "unreadable"),
        ('train-ai="n"', "unreadable"),
        ("train-ai=?0", "unreadable"),
        ("train-ai=0", "unreadable"),
        ("train-llm=n", "unreadable"),  # a no on a label that no draft has
        ("Train-AI=n", "unreadable"),  # keys are lower case: the dictionary does not parse
        ("train-ai=n,", "unreadable"),
        ("train-ai = n", "unreadable"),
        ("train-ai=n; ", "unreadable"),
        ("", "not-found"),
    ],
)
def test_statement(field: str, answer: str) -> None:
    assert in_header(aipref.look, "content-usage", field) == answer
    if field:
        assert in_robots(aipref.look, f"User-agent: *\nAllow: /\nContent-Usage: {field}\n") == {answer}


def test_header_lines_are_one_field_and_the_stricter_wins() -> None:
    assert in_header(aipref.look, "content-usage", "search=y", "train-ai=n") == "reserved"
    assert in_header(aipref.look, "content-usage", "train-ai=n", "train-ai=y") == "reserved"
    assert in_header(aipref.look, "content-usage", "train-ai=y", "%%") == "unreadable"
    (header, file) = aipref.look(Document(url=URL), Policy())
    assert (header.answer, file.answer) == ("not-looked-for", "not-looked-for")


# The example of draft-ietf-aipref-attach: paths and what holds for them.
ATTACH = """User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y
"""


@pytest.mark.parametrize(("path", "answer"), [("/test", "reserved"), ("/ai-ok/test", "allowed")])
def test_longest_path_decides(path: str, answer: str) -> None:
    assert in_robots(aipref.look, ATTACH, f"https://x.example{path}") == {answer}


@pytest.mark.parametrize(
    ("path", "answer"), [("/test", "allowed"), ("/never/test", "reserved"), ("/ai-ok/test", "allowed")]
)
def test_what_may_not_be_crawled_is_for_the_other_rules_to_say(path: str, answer: str) -> None:
    assert in_robots(robots.look, ATTACH, f"https://x.example{path}") == {answer}


def test_other_agents_group_does_not_loosen() -> None:
    file = ATTACH + "\nUser-Agent: ExampleBot\nAllow: /\nContent-Usage: train-ai=y\n"
    assert in_robots(aipref.look, file) == {"reserved"}
    assert in_robots(aipref.look, "User-agent: ExampleBot\nContent-Usage: train-ai=n\nAllow: /\n") == {"not-found"}
    assert in_robots(aipref.look, "User-agent: GPTBot\nContent-Usage: train-ai=n\nAllow: /\n") == {"reserved"}


def test_equal_paths_and_silent_paths() -> None:
    both = "User-agent: *\nContent-Usage: /a train-ai=y\nContent-Usage: /a train-ai=n\n"
    assert in_robots(aipref.look, both, "https://x.example/a") == {"reserved"}
    silent = "User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /a search=y\n"
    assert in_robots(aipref.look, silent, "https://x.example/a") == {"reserved"}
    assert in_robots(aipref.look, "Content-Usage: train-ai=n\n") == {"reserved"}  # outside any group
    assert in_robots(aipref.look, "User-agent: *\nContent-Usage: /a train-ai=n\n", None) == {"unreadable"}


@pytest.mark.parametrize("look", [aipref.look, content_signals.look])
def test_unreachable_is_not_absent(look: Look) -> None:
    for file, answer in (({"status": 503}, "unreadable"), ({"status": 404}, "not-found"), ("<html>", "unreadable")):
        signals = look(Document(url=URL, robots=file), Policy())  # type: ignore[arg-type]
        assert [s.answer for s in signals if s.locator == "/robots.txt"] == [answer]


def test_policy_narrows_agents_here_too() -> None:
    only = "User-agent: GPTBot\nContent-Usage: train-ai=n\nContent-Signal: ai-train=no\nAllow: /\n"
    policy = Policy(robots_agents=("own", "star"))
    assert in_robots(aipref.look, only, policy=policy) == {"beside-the-point"}
    assert in_robots(content_signals.look, only, policy=policy) == {"beside-the-point"}


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("search=yes, ai-input=no, ai-train=no", "reserved"),
        ("search=yes,ai-train=no", "reserved"),
        ("ai-train=no", "reserved"),
        ("AI-Train = No", "reserved"),
        ("ai-train=no; search=yes", "reserved"),
        ("search=yes ai-train=no", "reserved"),
        ("search=yes, ai-train=yes", "allowed"),
        ("search=yes", "beside-the-point"),
        ("search=no, ai-input=no", "beside-the-point"),
        ("ai-train=maybe", "unreadable"),
        ("ai-train", "unreadable"),
        ("ai-train=", "unreadable"),
        ("train-ai=no", "unreadable"),  # a misspelt no is no yes
        ("ai-training=no", "unreadable"),
    ],
)
def test_content_signal(value: str, answer: str) -> None:
    assert in_robots(content_signals.look, f"User-agent: *\nContent-Signal: {value}\nAllow: /\n") == {answer}
    assert in_robots(content_signals.look, f"Content-Signal: {value}\nUser-agent: *\nAllow: /\n") == {answer}
    assert in_header(content_signals.look, "content-signal", value) == answer


def test_star_signal_holds_beside_a_trainers_own_group() -> None:
    file = "User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n\nUser-agent: CCBot\nAllow: /\n"
    assert in_robots(content_signals.look, file) == {"reserved"}
    assert in_robots(content_signals.look, "User-agent: Googlebot\nContent-Signal: ai-train=no\n") == {"not-found"}


def test_dictionary_types_stay_apart() -> None:
    members = dictionary('a=y, b="y", c=?1, d=1, e=(y n);q=1, f=:eQ==:, g, h=@1, i=%"y"')
    assert [key for key, value in members.items() if isinstance(value, Token)] == ["a"]
    assert members["c"] is True and members["g"] is True and members["e"] == ["y", "n"]
    for wrong in ("a=", "=y", "a=y b=n", "a=(y", "a=y,", "A=y", 'a="', "a=y;", "ä=y", "a=y\n"):
        with pytest.raises(ValueError, match=r".*"):
            dictionary(wrong)
