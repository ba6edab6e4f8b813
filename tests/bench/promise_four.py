"""Promise 4 over many random sets: a statement that would not be kept alone never turns a refusal into a keep.

`python tests/bench/promise_four.py [SETS]`, default 300,000. Prints how often our rule opens a door, beside plain
intersection of everything that the statements may mean, which is the rule that suggests itself.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from licenses import registry as registry_module
from licenses.conclude import reading_of
from licenses.judge import judge
from licenses.model import COVERS, Conclusion, Evidence, Policy
from licenses.reasons import KEEP
from tests.licenses.statement_sets import AS_OF, POLICIES, opens_a_door, statement

REGISTRY = registry_module.load()


def kept_by_intersection(evidence: Sequence[Evidence], policy: Policy) -> bool:
    """Within the narrowest scope: what all statements have in common is what applies."""
    for scope in COVERS:
        said = [item for item in evidence if item.scope == scope and item.claim == "grant" and item.statement.strip()]
        if not said:
            continue
        members = [set(reading_of(item, REGISTRY).members) for item in said]
        understood = [one for one in members if one]
        common = set.intersection(*understood) if understood else set()
        if not common:
            return False
        family = "CC BY" if len(common) > 1 else None
        conclusion = Conclusion(None, family, (tuple(sorted(common)),), state="stated")
        return judge(conclusion, policy, REGISTRY, AS_OF).reason == KEEP
    return False


def main() -> int:
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    pick, ours, plain = random.Random(4), 0, 0
    for _ in range(sets):
        found = opens_a_door(pick, REGISTRY)
        if found is not None:
            ours += 1
            print(found)
    pick = random.Random(4)
    for _ in range(sets):
        policy = pick.choice(POLICIES)
        before, added = [statement(pick) for _ in range(pick.randint(0, 4))], statement(pick)
        if not kept_by_intersection([added], policy) and not kept_by_intersection(before, policy):
            plain += kept_by_intersection([*before, added], policy)
    print(f"{sets} random sets: doors opened by our rule {ours}, by plain intersection {plain}")
    return 1 if ours else 0


if __name__ == "__main__":
    sys.exit(main())
