"""Makes pipeline/data/langdetect/*.json from openly licensed treebank text of the trial data (REINSCHRIFT_TRIALS)."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

from langdetect.utils.lang_profile import LangProfile

from pipeline.kernels.langdetect import EXTRA

if __name__ == "__main__":
    trials = Path(os.environ["REINSCHRIFT_TRIALS"])
    out = Path(__file__).parents[2] / "pipeline" / "data" / "langdetect"
    made = {name: LangProfile(name) for name in EXTRA}
    with gzip.open(trials / "language" / "lid" / "ud.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["lang"] in made:
                made[row["lang"]].update(row["text"])
    for name, profile in made.items():
        profile.omit_less_freq()
        value = {"freq": dict(sorted(profile.freq.items())), "n_words": profile.n_words, "name": name}
        (out / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
        print(name, profile.n_words, len(profile.freq))
