"""Labelled pages changed in ways whose effect on the answer is known beforehand.

Reads REINSCHRIFT_TRIALS. Takes about four minutes of CPU.

    elsewhere   an open mark of something else, put into a page that is not kept: still not kept
    removed     a kept page without its marks: not kept
    moved       its marks taken out and one put where it speaks of something else: not kept
    spelling    wrapped, indented, in another encoding, with attributes added: the same answer
    renamed     every class and id word replaced: what was not kept is still not kept, unless as labelled

Prints for each the number of pages and the ones that fail; exits 1 where one fails.
"""

from __future__ import annotations

import collections
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.licenses.page_changes import ELSEWHERE, answer, into, pages, renamed, spelled, without_marks


def main() -> None:
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        sys.exit("REINSCHRIFT_TRIALS is not set: no trial data")
    dice = random.Random(11)
    tried: collections.Counter[str] = collections.Counter()
    wrong: dict[str, list[str]] = collections.defaultdict(list)

    def expect(kind: str, name: str, holds: bool) -> None:
        tried[kind] += 1
        if not holds:
            wrong[kind].append(name)

    for name, label, source in pages(Path(root)):
        before = answer(source)
        if before[0] == "keep":
            bare = without_marks(source)
            expect("removed", name, answer(bare)[0] != "keep")
            for where in ("caption", "reader's comment", "code", "quotation"):
                expect(
                    f"moved: {where}",
                    name,
                    all(answer(page)[0] != "keep" for page in into(bare, ELSEWHERE[where], dice)),
                )
        else:
            for where, piece in ELSEWHERE.items():
                changed = [page for page in into(source, piece, dice) if answer(page)[0] == "keep"]
                expect(f"elsewhere: {where}", name, not changed)
            plain = answer(renamed(source, dice))
            expect("renamed", name, plain[0] != "keep" or plain[1] == label)
        for how, changed_page in spelled(source, dice):
            expect(f"spelling: {how}", name, answer(changed_page) == before)
    for kind, count in sorted(tried.items()):
        print(f"{kind:32} {count:5} pages, {len(wrong[kind]):3} fail {' '.join(wrong[kind][:8])}")
    sys.exit(1 if any(wrong.values()) else 0)


if __name__ == "__main__":
    main()
