"""robots.txt: verdicts and speed beside protego and urllib.robotparser, on the public matcher cases and real files.

    REINSCHRIFT_TRIALS=… python tests/bench/robots.py

Prints, for each parser, how many of the 142 public cases differ (and how many of those let in whom the file shuts out),
and how many real files a second are parsed and asked about one address for one agent. «ours, all agents» asks for every
agent that counts, which is what a run does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.robotparser import RobotFileParser

from protego import Protego

from licenses.model import Document, Policy
from licenses.reservations import _robots_file as ours
from licenses.reservations.robots import look

Ask = Callable[[str, str, str], bool]


def by_ours(body: str, agent: str, url: str) -> bool:
    return ours.may_fetch(ours.read.__wrapped__(body).applying(agent), url)


def by_protego(body: str, agent: str, url: str) -> bool:
    return bool(Protego.parse(body).can_fetch(url, agent))


def by_urllib(body: str, agent: str, url: str) -> bool:
    parser = RobotFileParser()
    parser.parse(body.splitlines())
    return parser.can_fetch(agent, url)


def by_look(body: str, agent: str, url: str) -> bool:
    ours.read.cache_clear()
    return not any(signal.answer == "reserved" for signal in look(Document(url=url, robots=body), Policy()))


def main() -> int:
    trials = os.environ.get("REINSCHRIFT_TRIALS")
    if not trials:
        print("REINSCHRIFT_TRIALS is not set: the trial data is elsewhere", file=sys.stderr)
        return 1
    folder = Path(trials, "optout-dev")
    cases = json.loads((folder / "cases/google_robotstxt_cases.json").read_text("utf-8"))
    files = [path.read_text("utf-8", "replace") for path in sorted((folder / "robots").iterdir())]
    size = sum(map(len, files))
    print(f"{len(cases)} cases, {len(files)} real files, {size / 1e6:.1f} MB")
    print(f"{'parser':<18}{'differ':>8}{'let in':>8}{'files/s':>10}{'MB/s':>8}")
    rows: list[tuple[str, Ask]] = [
        ("ours", by_ours),
        ("protego", by_protego),
        ("urllib", by_urllib),
        ("ours, all agents", by_look),
    ]
    for name, ask in rows:
        wrong = (
            []
            if ask is by_look
            else [c for c in cases if ask(c["robots_txt"], c["user_agent"], c["url"]) != c["allowed"]]
        )
        let_in = [case for case in wrong if not case["allowed"]]
        start = time.process_time()
        for body in files:
            ask(body, "CCBot", "https://x.example/artikel/1")
        spent = time.process_time() - start
        shown = ("", "") if ask is by_look else (len(wrong), len(let_in))
        print(f"{name:<18}{shown[0]:>8}{shown[1]:>8}{len(files) / spent:>10.0f}{size / spent / 1e6:>8.1f}")
    print("\n`License`, `Content-Usage` and `Content-Signal` lines: read by ours alone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
