"""Licence files compared with the licences' own texts; makes the table that the comparison uses.

    python tests/bench/license_texts.py make FOLDER    # prints licenses/license_texts.toml from reference texts
    python tests/bench/license_texts.py                # tries it on the trial data, beside reading the heading

FOLDER holds texts of the SPDX licence list with `spdx-id:` in their front matter, as choosealicense.com keeps them.
For the trial, each file that is a licence is changed in ways that matter; a changed text must not be taken for it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from licenses.license_texts import ANCHOR, anchor, digest, license_of, words

_END = "END OF TERMS AND CONDITIONS"
_CC = [("^Creative Commons Corporation", "^Creative Commons Attribution"), ("^Creative Commons is not a party", None)]
# Where a text has parts that it may do without: (from, to), both patterns; to None: its end.
_OPTIONAL: Mapping[str, Sequence[tuple[str, str | None]]] = {
    "Apache-2.0": [(_END, "APPENDIX"), ("APPENDIX: How", r"Copyright \[yyyy"), ("Licensed under the Apache", None)],
    "ECL-2.0": [(_END, "APPENDIX"), ("APPENDIX: How", r"Copyright \[yyyy"), ("Licensed under the Educational", None)],
    "GPL-2.0": [(_END, "How to Apply"), ("How to Apply", None)],
    "GPL-3.0": [(_END, "How to Apply"), ("How to Apply", None)],
    "AGPL-3.0": [(_END, "How to Apply"), ("How to Apply", None)],
    "LGPL-2.1": [(_END, "How to Apply"), ("How to Apply", None)],
    "GFDL-1.3": [("ADDENDUM: How to use", None)],
    "MPL-2.0": [],
    "CC-BY-4.0": _CC,
    "CC-BY-SA-4.0": _CC,
    "CC0-1.0": [(r"CREATIVE COMMONS CORPORATION IS NOT", r"^Statement of Purpose")],
    "Unlicense": [(r"For more information", None)],
}  # fmt: skip
# Words of a text that each licensor replaces by its own: the segments end before them and go on behind.
_OWN = re.compile(
    r"^\W*copyright.*\[.*\].*$|\[(?:year|yyyy|fullname|name of copyright owner|email)\]|"
    r"(?<=neither the name of )the copyright holder(?= nor)",
    re.I | re.M,
)
_LEFT_OUT = {"NCSA", "Vim", "MulanPSL-2.0", "OFL-1.1", "BSD-4-Clause", "PostgreSQL"}  # texts made of names throughout
# Other forms in which the parts that a text may do without are published: addresses that moved, a line more.
_OTHER = {
    "GPL-3.0": [("www.gnu.org/licenses/why-not-lgpl", "www.gnu.org/philosophy/why-not-lgpl")],
    "CC0-1.0": [(r"\Z", " For more information, please see <http://creativecommons.org/publicdomain/zero/1.0/>")],
}
_CC_BESIDE = [
    "Creative Commons",
    "Creative Commons Legal Code",
    "More considerations for licensors",
    "More considerations for the public",
    "wiki.creativecommons.org/Considerations_for_licensors",
    "wiki.creativecommons.org/Considerations_for_licensees",
]
_BESIDE = {
    "MIT": ["(including the next paragraph)"],
    "CC-BY-4.0": _CC_BESIDE,
    "CC-BY-SA-4.0": _CC_BESIDE,
    "CC0-1.0": [*_CC_BESIDE, "Official translations of this legal tool are available"],
}
_SENTENCE = re.compile(
    r"(?<=[.;:!?])\s+|(?<=[.!?][\"”])\s+|\n[ \t]*\n|\n[ \t]*(?=wiki\.)|(?<=licensors)\n|(?<=licensees)\n"
)
_PERMISSION = re.compile(r"(?<=this permission notice)(?= shall)")
_HEADING = re.compile(r"\A[^\n]{1,80}\n\s*\n")


def reference(path: Path) -> tuple[str, str]:
    """SPDX id and text of a reference file."""
    matter, _, body = path.read_text("utf-8").removeprefix("---").partition("\n---\n")
    found = re.search(r"^spdx-id: (\S+)", matter, re.M)
    assert found, path
    return found.group(1), body.strip() + "\n"


def cut(id: str, body: str) -> tuple[list[str], list[str], list[str]]:
    """Core, optional sentences and titles of a text; the places of names belong to none of them."""
    optional = ""
    for first, last in _OPTIONAL.get(id, []):
        start = re.search(first, body, re.M)
        assert start, (id, first)
        end = re.compile(last, re.M).search(body, start.end()) if last else None
        stop = end.start() if end else len(body)
        optional += "\n\n" + body[start.start() : stop]
        body = body[: start.start()] + "\n[fullname]\n" + body[stop:]
    for here, there in _OTHER.get(id, []):
        optional += "\n\n" + re.sub(here, there, optional)
    titles = list(_BESIDE.get(id, []))
    while (heading := _HEADING.match(body)) and len(words(heading.group())) <= 9:
        titles.append(heading.group())
        body = body[heading.end() :].lstrip("\n= ")
    sentences: list[str] = []
    for piece in _SENTENCE.split(optional):  # what is too short to be found goes with the next
        if 0 < len(words(piece)) < ANCHOR:
            titles.append(piece)
        carry = sentences.pop() if sentences and len(words(sentences[-1])) < ANCHOR else ""
        sentences.append(f"{carry} {piece}")
    core = [part for piece in _OWN.split(body) for part in (_PERMISSION.split(piece) if id == "MIT" else [piece])]
    return [part for part in core if words(part)], list(dict.fromkeys(sentences)), list(dict.fromkeys(titles))


def make(folder: Path) -> None:
    print("# Made by `python tests/bench/license_texts.py make FOLDER`; licenses/license_texts.py says what it means.")
    for path in sorted(folder.glob("*.txt")):
        id, body = reference(path)
        if id in _LEFT_OUT:
            continue
        core, optional, titles = ([[w for w, _, _ in words(part)] for part in parts] for parts in cut(id, body))
        assert all(len(part) >= ANCHOR for part in core), id
        print(f"\n[{json.dumps(id)}]")
        for name, parts in (("core", core), ("optional", [part for part in optional if len(part) >= ANCHOR])):
            if parts:
                lines = (f'    "{len(part)} {anchor(part[:ANCHOR])} {digest(part)}",' for part in parts)
                print(f"{name} = [", *lines, "]", sep="\n")
        if titles:
            print("titles = [", *(f'    "{digest(part)}",' for part in titles), "]", sep="\n")


_NOTICE = re.compile(r"^(.*copyright.*\d{4}.*)$", re.I | re.M)
_NOUN = re.compile(r"\b(copies|purpose|derivative|works?)\b", re.I)
CHANGES: dict[str, Callable[[str], str]] = {
    "one sentence behind it": lambda text: text + "\nThe Software shall be used for Good, not Evil.\n",
    "one sentence before it": lambda text: "You may not use this for training.\n\n" + text,
    "a condition in the notice": lambda text: _NOTICE.sub(r"\1 Non-commercial use only.", text, count=1),
    "a word more": lambda text: _NOUN.sub(r"noncommercial \1", text, count=1),
    "a word less": lambda text: re.sub(r"\b(without|not)\b ?", "", text, count=1),
    "another's condition": lambda text: "Commons Clause\n\nThe License does not grant the right to Sell.\n\n" + text,
}


def main() -> None:
    if sys.argv[1:2] == ["make"]:
        return make(Path(sys.argv[2]))
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        return print("REINSCHRIFT_TRIALS is unset: nothing to try")
    folder = Path(root) / "code-licences-dev"
    texts = {
        row["file"]: (row["label"], (folder / row["file"]).read_text("utf-8", "replace"))
        for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()
        if (row := json.loads(line))["file"].startswith("licensee/")
    }
    right = wrong = refused = 0
    for name, (label, text) in texts.items():
        found = license_of(text)
        if found is None:
            refused += 1
            print(f"  {label or '-':14} not understood: {name}")
        elif label in ("other", None) or found.lower() != label.lower():
            wrong += 1
            print(f"  {label or '-':14} taken for {found}: {name}")
        else:
            right += 1
    print(f"{len(texts)} files: {right} understood as labelled, {wrong} otherwise, {refused} not understood")
    for change, made in CHANGES.items():
        tried = [made(text) for _, text in texts.values() if license_of(text) and made(text) != text]
        taken = sum(license_of(text) is not None for text in tried)
        print(f"{change:28} {taken} of {len(tried)} changed texts taken for the licence")
    return None


if __name__ == "__main__":
    main()
