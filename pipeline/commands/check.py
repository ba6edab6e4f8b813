"""`reinschrift check`: is the configuration valid, what does it name, and what would a run do? No record is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

import pipeline.reader
import pipeline.stage
from licenses import registry
from licenses.recognise import recognise
from pipeline import config as configs
from pipeline.config import Config, Source
from pipeline.errors import DONE, ConfigError, InputError
from pipeline.job import wanted
from pipeline.plan import UNIT_BYTES
from pipeline.reader import File
from pipeline.readers._listing import list_files
from pipeline.readers._opening import is_remote


def check(config: str, online: bool = False) -> int:
    """Prints the plan and returns the exit code. Remote places are only looked at with `online`.

    Raises ConfigError with everything that is wrong with the configuration, or with what it names.
    """
    loaded = configs.load(config, pipeline.stage.find, pipeline.reader.find)
    problems = list(_missing_files(loaded))
    table = Table("source", "reader", "files", "bytes", "units", "evidence", "reservations")
    table.title, table.title_justify = "inputs", "left"
    for source in loaded.sources:
        skipped = not online and is_remote(source.path)
        files: Sequence[File] = ()
        if not skipped:
            try:
                files = list_files(source.path, online, source.reader)
            except InputError as wrong:
                problems.append(f"{config}: sources[{source.name}].path: {wrong}")
        table.add_row(*(Text(cell) for cell in _row(source, files, skipped)))
        problems += (f"{config}: sources[{source.name}]: {problem}" for problem in _unknown_columns(source, files))
    for number, step in enumerate(loaded.stages):
        for path in step.options.files() if hasattr(step.options, "files") else ():
            try:
                list_files(path, online)
            except InputError as wrong:
                problems += [f"{config}: stages[{number}]: {wrong}"] * (online or not is_remote(path))
    if problems:
        raise ConfigError(problems)
    console = Console(highlight=False)
    console.print(table)
    for line in _plan(loaded):
        console.print(Text(line), soft_wrap=True)
    for line in _not_understood(loaded):
        console.print(Text(line), soft_wrap=True)
    return DONE


def _row(source: Source, files: Sequence[File], skipped: bool) -> list[str]:
    evidence = ", ".join(place.column or place.from_ for place in source.evidence)
    reservations = ", ".join(source.reservations) or "not looked for"
    if skipped:
        return [source.name, source.reader, "remote: see --online", "", "", evidence, reservations]
    reader = pipeline.reader.find(source.reader)(source.options, wanted(source))
    units = sum(1 for _ in reader.units(source.name, files, UNIT_BYTES))
    size = sum(file.size for file in files)
    return [source.name, source.reader, f"{len(files):,}", f"{size:,}", f"{units:,}", evidence, reservations]


def _unknown_columns(source: Source, files: Sequence[File]) -> Iterator[str]:
    """Columns that no file has, where a reader can tell without reading records (Parquet's footers)."""
    reader = pipeline.reader.find(source.reader)(source.options, wanted(source))
    unknown = getattr(reader, "unknown_columns", None)
    joined = source.join.columns if source.join else ()
    if unknown is not None and files:
        for column in sorted({*unknown(files)} - {*joined}):
            yield f"no file has a column {column!r}"


def _missing_files(config: Config) -> Iterator[str]:
    named = [
        *((f"overrides[{i}]", path) for i, path in enumerate(config.overrides)),
        *((f"removals[{i}]", path) for i, path in enumerate(config.removals)),
        *((f"licenses[{own.id}].document", own.document) for own in config.licenses if own.document),
        *(
            (f"sources[{s.name}].join.path", s.join.path)
            for s in config.sources
            if s.join and not is_remote(s.join.path)
        ),
    ]
    for key, path in named:
        if not Path(path).is_file():
            yield f"{config.path}: {key}: {path}: there is no such file"


def _plan(config: Config) -> Iterator[str]:
    listed = [step.stage for step in config.stages]
    order = sorted(
        listed, key=lambda name: pipeline.stage.find(name).corpus
    )  # stable: record stages, then corpus stages
    yield f"stages: {' → '.join([*configs.ALWAYS, *order])}"
    policy = config.policy
    yield f"policy {policy.name}: {', '.join(policy.uses)}; duties: {', '.join(policy.duties) or 'none'}"
    yield f"as of {config.as_of or 'the day of the first run'}; {config.engine.kind}, workers: {config.engine.workers}"
    exists = " (is there already)" if Path(config.output.path).exists() else ""
    yield f"output: {config.output.path}{exists}"


def _not_understood(config: Config) -> Iterator[str]:
    """The curator's own words that grant nothing because nobody understands them: valid, and surely not meant."""
    rows = registry.load().with_own(config.licenses)
    for source in config.sources:
        for i, place in enumerate(source.evidence):
            words = [place.license, *(place.values or {}).values()]
            for word in dict.fromkeys(word for word in words if word is not None):
                if not recognise(word, rows).understood:
                    yield (
                        f"note: sources[{source.name}].evidence[{i}]: {word!r} is not understood and grants nothing; "
                        f"see reinschrift license {word!r}, or add it under licenses:"
                    )
