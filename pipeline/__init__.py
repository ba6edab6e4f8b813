"""Reinschrift's pipeline: I/O, columns, order. `run(config)` is `reinschrift run` for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.runner import Outcome


def run(config: str, **options: Any) -> Outcome:
    """Runs the configuration at this path and returns what it came to; the options are those of `runner.run`."""
    import pipeline.reader
    import pipeline.stage
    from pipeline import config as configs
    from pipeline import runner

    return runner.run(configs.load(config, pipeline.stage.find, pipeline.reader.find), **options)
