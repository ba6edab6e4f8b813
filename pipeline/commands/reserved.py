"""`reinschrift reserved`: what has been reserved since a release was built, as a removal list for `retract`."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from pipeline.errors import DONE
from pipeline.papers import reserved as papers
from pipeline.released import Released


def reserved(out: Path, captures: str) -> int:
    """Prints the removal list, dated today, under the policy that the release was judged by; returns the exit code.

    `captures` is what a source's `captures:` names. Raises InputError where it cannot be read whole, or `out` is no
    finished release.
    """
    release = Released(out)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    sys.stdout.writelines(papers.removal_list(papers.reserved(out, captures, release.policy), today))
    return DONE
