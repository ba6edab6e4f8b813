"""Statements on real pages: ours beside public approaches rebuilt from their description, in one run.

Reads REINSCHRIFT_TRIALS.

Prints precision of keep (Wilson 95 %), recall where the page states an open licence with its version (with and without
the labels that we dispute), the outcomes by class, language and site and with each site left out, every disagreement
with its evidence (`-v`), and CPU milliseconds a page.
"""

from __future__ import annotations

import collections
import json
import math
import os
import re
import sys
import time
from pathlib import Path

from lxml import html as lxml_html

from licenses.evidence import html
from licenses.inspection import inspect
from licenses.model import Document, Policy

FOLDERS = ("html-pool-dev", "html-sites-dev", "html-news-dev", "html-cc-legalcode")
POLICY = Policy(duties=("attribution", "notice", "license-text", "mark-changes", "share-alike"))
OPEN = re.compile(r"(?:CC-BY(?:-SA)?-\d|CC0|OGL-UK|etalab)")
CC = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/\d|publicdomain/zero)", re.I)


# Labels whose own page says otherwise: they count as misses in the first figure and are left out of the second.
DISPUTED = {
    "archive.org.the-pain.net.silkroad.html": "«© Copyright PaiNs Blog2007 - 2013. All rights reserved.»",
    "de.globalvoices.org.nicaragua.html": "«Namensnennung 3.0 DE Lizenz» over the address of 3.0 without a port",
    "grossefragen.wordpress.com.projekt.html": "«Unterrichtsideen und die Bilder der Schülerinnen …»: not the text",
    "resonator-podcast.de.res158.html": "«Der Resonator-Podcast … steht unter»: the sound, not the page's text",
    "rete-mirabile.net.15jahre.html": "«Copyright © 2020 rete-mirabile.net. All Rights Reserved.» beside it",
    "Logius-standaarden__dk__beheer__1.8__index.html": "«Naamsvermelding 4.0 Unported»: no such licence",
    "Logius-standaarden__logius__beheermodel__index.html": "«Naamsvermelding 4.0 Unported»: no such licence",
    "Logius-standaarden__dk__beheer__1.6__index.html": "4.0 in its head and «Dit werk … 3.0 Unported» in its text",
}


def any_url(source: str) -> bool:
    """Any Creative Commons address on the page."""
    return bool(CC.search(source))


def without_nc_nd(source: str) -> bool:
    """Any such address, unless one of them is NC or ND."""
    units = [m.group(1) or "zero" for m in CC.finditer(source)]
    return bool(units) and not any("nc" in unit or "nd" in unit for unit in units)


def head_or_footer(source: str) -> bool:
    """The first open address in head or footer."""
    try:
        tree = lxml_html.fromstring(source.encode("utf-8", "replace"))
    except (ValueError, lxml_html.etree.ParserError):
        return False
    places = tree.xpath("//head//@href|//footer//@href|//*[contains(@class,'footer') or contains(@id,'footer')]//@href")
    found = [m for place in places if (m := CC.search(str(place)))]
    return bool(found) and not any(part in (found[0].group(1) or "") for part in ("nc", "nd"))


def wilson(hits: int, of: int) -> str:
    if not of:
        return "–"
    z, p = 1.96, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)
    return f"{p:.3f} [{max(0, low):.3f}, {min(1, high):.3f}]"


def main() -> None:
    root = os.environ.get("REINSCHRIFT_TRIALS")
    if not root:
        sys.exit("REINSCHRIFT_TRIALS is not set: no trial data")
    rivals = {"any CC URL": any_url, "CC URL without NC/ND": without_nc_nd, "head or footer": head_or_footer}
    tally: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    sites: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    languages: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    classes: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    seconds, parse, pages, disputed = 0.0, 0.0, 0, 0
    for folder in FOLDERS:
        for line in (Path(root) / folder / "labels.jsonl").read_text("utf-8").splitlines():
            label = json.loads(line)
            raw = (Path(root) / folder / label["file"]).read_bytes()
            source = raw.decode("utf-8", "replace")
            started = time.process_time()
            evidence = html.find(Document(html=raw))
            seconds += time.process_time() - started
            started = time.process_time()
            lxml_html.document_fromstring(raw or b"<p/>")
            parse += time.process_time() - started
            pages += 1
            is_open = bool(OPEN.match(label["label"]))
            stated = is_open and label.get("in_page", "exact-cc-url") not in ("nothing", "text-only")
            found = inspect(Document(html=raw), POLICY, as_of="2026-11-24")
            license_ = (found.decision.license or "").removeprefix("LicenseRef-")
            kept = found.decision.decision == "keep" or found.decision.reason.startswith("reservation.")
            right = (kept and license_.upper() == label["label"].upper()) or (
                kept and found.decision.decision != "keep"
            )
            site = label.get("source", folder) if folder == "html-sites-dev" else label.get("host", folder)
            for name, answer in (("ours", kept), *((rival, rule(source)) for rival, rule in rivals.items())):
                good = (right if name == "ours" else is_open) and is_open
                outcome = "true" if answer and good else "false" if answer else "missed" if stated else "absent"
                tally[name][outcome] += 1
            outcome = "true" if right and is_open else "false" if kept else "missed" if stated else "absent"
            sites[site][outcome] += 1
            disputed += outcome == "missed" and Path(label["file"]).name in DISPUTED
            outcome = "rightly refused" if outcome == "absent" else outcome
            languages[(label.get("html_lang") or "unknown")[:2].lower()][outcome] += 1
            for trap in label.get("tricky") or ["none"]:
                classes[trap][outcome] += 1
            if "-v" in sys.argv and kept != is_open and (kept or stated):
                print(f"{label['file']}: label {label['label']}, ours {found.decision.reason} {license_}")
                for item in evidence[:6]:
                    print(f"    {item.kind} {item.statement[:70]!r} {item.scope} {item.rule} | {item.context[:110]}")
    for name, counts in tally.items():
        kept = counts["true"] + counts["false"]
        print(
            f"{name:22} kept {kept:4}  false {counts['false']:3}  precision {wilson(counts['true'], kept)}  "
            f"recall {wilson(counts['true'], counts['true'] + counts['missed'])}"
        )
    true, missed = tally["ours"]["true"], tally["ours"]["missed"] - disputed
    print(f"{'without disputed labels':22} recall {wilson(true, true + missed)}")
    for heading, table in (("class", classes), ("language", languages)):
        print(f"\n{heading}: kept rightly, kept wrongly, missed, rightly refused or not stated on the page")
        for key, counts in sorted(table.items(), key=lambda item: -item[1].total()):
            line = " ".join(f"{counts[o]:4}" for o in ("true", "false", "missed", "rightly refused"))
            print(f"  {key:40} {line}")
    print("\nsite: true, false, missed; precision and recall with this site left out")
    whole = sum((counts for counts in sites.values()), collections.Counter())
    for site, counts in sorted(sites.items(), key=lambda item: -item[1]["true"] - item[1]["missed"]):
        if counts["true"] + counts["missed"] + counts["false"]:
            counted = f"{counts['true']:3} {counts['false']:3} {counts['missed']:3}"
            true, missed = whole["true"] - counts["true"], whole["missed"] - counts["missed"]
            kept = true + whole["false"] - counts["false"]
            print(f"  {site:60} {counted}   {true / max(1, kept):.3f} {true / max(1, true + missed):.3f}")
    ours, theirs = seconds / pages * 1e3, parse / pages * 1e3
    print(f"\n{pages} pages: ours {ours:.2f} ms CPU a page; lxml's parse alone {theirs:.2f} ms")


if __name__ == "__main__":
    main()
