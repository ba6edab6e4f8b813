"""Pictures of a release as PNG files: bars in shades of blue with numbers beside them, readable without colour.

matplotlib draws them with its own font, so that the same figures give the same bytes under the same version.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline import commit
from pipeline.papers.bands import EDGES, band
from pipeline.papers.figures import Figures, ranked
from pipeline.papers.words import Words

FOLDER = "pictures"
MOST = 15  # bars; what is rarer is one bar of its own
# Light and dark of one hue and hatching beside it: told apart in grey and with every kind of colour vision.
DARK, LIGHT, MIDDLE = "#1f4e79", "#c6d9ec", "#7fa8cf"
MIXED = "mixed"  # of a bar that sums several decisions
Bar = tuple[str, int, str]  # label, records, decision


def draw(made: Figures, words: Words, folder: Path) -> None:
    """Writes the pictures into `pictures/`."""
    for name, title, bars in _charts(made, words):
        (folder / FOLDER).mkdir(exist_ok=True)
        commit.write_bytes(folder / FOLDER / f"{name}.png", chart(title, bars, words))


def shown(made: Figures, words: Words) -> dict[str, str]:
    """The pictures that there are: path → what it shows."""
    return {f"{FOLDER}/{name}.png": title for name, title, _ in _charts(made, words)}


def _charts(made: Figures, words: Words) -> list[tuple[str, str, list[Bar]]]:
    regions = len([tag for tag in made.by["region"] if tag]) > 1
    charts = [
        ("funnel", words("picture_funnel"), _funnel(made, words)),
        ("licenses", words("picture_licenses"), _bars(made.by["license"], words)),
        ("languages", words("picture_regions" if regions else "picture_languages"), _languages(made, words, regions)),
        ("lengths", words("picture_lengths"), _lengths(made, words)),
    ]
    return [chart for chart in charts if len(chart[2]) > 1]  # a single bar says no more than a sentence


def _funnel(made: Figures, words: Words) -> list[Bar]:
    decision = {reason: d for (_, d, _, reason), n in made.ledger.items() if n}
    bars = [
        (words.name("decision", "keep") if reason == "keep" else reason, records, decision[reason])
        for reason, records in ranked(made.reasons)
        if reason in decision
    ]
    return _cut(bars, words)


def _bars(counts: dict[str, int], words: Words) -> list[Bar]:
    return _cut([(name or words("unknown"), records, "keep") for name, records in ranked(counts)], words)


def _languages(made: Figures, words: Words, regions: bool) -> list[Bar]:
    """Languages, or regions where more than one was told apart."""
    empty = words("undecided" if regions else "unknown")
    bars: list[Bar] = [
        (words.tag(tag) or tag or empty, records, "keep")
        for tag, records in ranked(made.by["region" if regions else "language"])
    ]
    return _cut(bars, words)


def _lengths(made: Figures, words: Words) -> list[Bar]:
    edges = [str(edge) for edge in (0, *EDGES)]
    while edges and not made.lengths[edges[-1]]:
        edges.pop()
    while edges and not made.lengths[edges[0]]:
        edges.pop(0)
    return [(band(int(edge), words), made.lengths[edge], "keep") for edge in edges]


def _cut(bars: list[Bar], words: Words) -> list[Bar]:
    if len(bars) <= MOST:
        return bars
    rest = bars[MOST - 1 :]
    decisions = {decision for _, _, decision in rest}
    kind = decisions.pop() if len(decisions) == 1 else MIXED
    return [*bars[: MOST - 1], (f"{words('other')} ({len(rest)})", sum(n for _, n, _ in rest), kind)]


def chart(title: str, bars: Sequence[Bar], words: Words) -> bytes:
    """A horizontal bar chart as PNG."""
    import matplotlib as mpl  # imported late: it costs more than all the rest of a small run's papers
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "hatch.linewidth": 0.8,
        "axes.unicode_minus": False,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(8, 0.9 + 0.34 * len(bars)), dpi=120, facecolor="white")
        FigureCanvasAgg(figure)
        # Laid out by hand: an automatic layout draws everything twice.
        height = 0.9 + 0.34 * len(bars)
        left = min(0.46, 0.03 + 0.0102 * max(len(_plain(label)) for label, _, _ in bars))
        axes = figure.add_axes((left, 0.1 / height, 0.98 - left, 1 - 0.55 / height))
        colours = {"keep": DARK, "review": MIDDLE, "refuse": LIGHT, MIXED: "white"}
        hatches = {"keep": "", "review": "///", "refuse": "", MIXED: ""}
        labels = [_plain(label) for label, _, _ in bars]
        drawn = axes.barh(range(len(bars)), [records for _, records, _ in bars], height=0.7)
        for patch, (_, _, decision) in zip(drawn, bars, strict=True):
            patch.set(facecolor=colours[decision], hatch=hatches[decision], edgecolor="#33475b", linewidth=0.6)
        axes.bar_label(drawn, [words.number(records) for _, records, _ in bars], padding=4)
        axes.set_yticks(range(len(bars)), labels)
        axes.invert_yaxis()
        figure.suptitle(title, x=0.02, y=1 - 0.12 / height, ha="left", va="top", fontsize=11)
        axes.margins(x=0.14)
        axes.xaxis.set_visible(False)
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
        kinds = [d for d in ("keep", "review", "refuse") if any(bar[2] == d for bar in bars)]
        if len(kinds) > 1:
            handles = [next(p for p, bar in zip(drawn, bars, strict=True) if bar[2] == kind) for kind in kinds]
            axes.legend(handles, [words.name("decision", k) for k in kinds], loc="lower right", frameon=False)
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _plain(label: str) -> str:
    """No label is taken for a formula, and none pushes the bars off the page."""
    short = label if len(label) <= 44 else f"{label[:43]}…"
    return short.replace("$", r"\$")
