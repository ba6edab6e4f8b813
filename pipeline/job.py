"""One job as every phase sees it: its configuration, its folder, its plan, and the stages and readers it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from licenses import registry
from licenses.model import Reason
from pipeline import overrides
from pipeline import reader as readers
from pipeline import stage as stages
from pipeline.config import Config, Source
from pipeline.errors import InputError
from pipeline.ledger import INPUT_REASONS, merged
from pipeline.plan import Plan, loaded
from pipeline.reader import File, Reader, Wanted
from pipeline.readers._captured import Captured
from pipeline.readers._join import Joined, Table
from pipeline.readers._listing import list_files
from pipeline.readers._opening import is_remote
from pipeline.stage import Context, Stage

RIGHTS = ("license", "reservation")  # always, first, listed or not
# Places of evidence that a reader delivers as a column of its own.
DELIVERED = {"front_matter": "@front_matter", "hub_card": "@hub_card", "license_file": "@license_file"}
CAPTURES = ("@robots", "@tdmrep", "@rsl", "@ai_txt")


@dataclass(frozen=True)
class Job:
    """A configuration at work in a folder. Travels to the workers; everything else is found again from it."""

    config: Config
    work: Path

    def __getstate__(self) -> dict[str, Any]:
        return {"config": self.config, "work": self.work}  # what is cached is found again where it is needed

    @cached_property
    def plan(self) -> Plan:
        return loaded(self.work)

    @cached_property
    def registry(self) -> registry.Registry:
        return registry.load().with_own(self.config.licenses)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        return {source.name: source for source in self.config.sources}

    @staticmethod
    def identify(file: File) -> str:
        """What changes with a file's content, asked now."""
        if file.url.startswith("hub:"):
            return file.identity
        if not is_remote(file.url) and not Path(file.url).exists():
            raise InputError(f"{file.path}: is gone since this run began; put it back and run the same command again")
        return list_files(file.url, online=True)[0].identity

    def reader(self, source: Source) -> Reader:
        kind, table = readers.find(source.reader), joined(source)

        def make(want: Wanted) -> Reader:
            if table is None:
                return kind(source.options, want)
            return cast(Reader, Joined(kind, source.options, want, table, self.work / "join"))

        return cast(Reader, Captured(make, wanted(source))) if source.captures else make(wanted(source))

    def texts(self, source: Source) -> Reader:
        """The same records in the same order without what only survey needs: joined tables, captures, evidence."""
        return readers.find(source.reader)(source.options, Wanted(columns=dict(source.columns), only=("text",)))

    def inputs(self) -> dict[str, list[File]]:
        """Every file that decides, by source: records, joined tables, captures. Raises InputError where one is gone."""
        listed = {
            source.name: list_files(source.path, online=True, reader=source.reader) for source in self.config.sources
        }
        for source in self.config.sources:
            beside = getattr(readers.find(source.reader), "beside", None)
            if beside is not None:
                own = readers.find(source.reader)(source.options, wanted(source))
                listed[f"{source.name}.beside"] = own.beside(listed[source.name])  # type: ignore[attr-defined]
            table = joined(source)
            if table is not None:
                listed[f"{source.name}.join"] = table.files(online=True)
            if source.captures:
                listed[f"{source.name}.captures"] = list_files(source.captures, online=True)
        for number, step in enumerate(self.config.stages):
            for path in step.options.files() if hasattr(step.options, "files") else ():
                listed[f"stages[{number}] {path}"] = list_files(path, online=True)
        return listed

    def record_stages(self, source: Source) -> list[tuple[str, Stage]]:
        """The rights first, then the configured record stages in their order; corpus stages apart."""
        context = Context(
            self.config.policy,
            self.plan.as_of,
            source.name,
            source,
            self.registry,
            repeated=self.work / "repeated",
            overrides=overrides.load(self.config.overrides),
        )
        named: list[tuple[str, Any]] = [(name, stages.find(name).Options()) for name in RIGHTS]
        named += [(s.stage, s.options) for s in self.config.stages if not stages.find(s.stage).corpus]
        return [(name, stages.find(name)(options, context)) for name, options in named]

    @cached_property
    def cutting(self) -> bool:
        """Whether a stage leaves something out of texts."""
        return any(getattr(stage, "cuts", None) for one in self.config.sources for _, stage in self.record_stages(one))

    def corpus_stages(self) -> list[tuple[str, Stage]]:
        context = Context(self.config.policy, self.plan.as_of, licenses=self.registry)
        listed = [(s.stage, s.options) for s in self.config.stages if stages.find(s.stage).corpus]
        return [(name, stages.find(name)(options, context)) for name, options in listed]

    @cached_property
    def reasons(self) -> Mapping[str, Reason]:
        """Every reason code of this job with its one decision."""
        used = {*RIGHTS, "dedup", *(s.stage for s in self.config.stages)}
        return merged(
            INPUT_REASONS,
            *(stages.find(name).reasons for name in sorted(used)),
            *(readers.find(name).reasons for name in sorted({s.reader for s in self.config.sources})),
        )


def joined(source: Source) -> Table | None:
    """The table of rights that a source is joined with."""
    join = source.join
    return None if join is None else Table(join.path, next(iter(join.on.items())), tuple(join.columns))


def wanted(source: Source) -> Wanted:
    """What a source's evidence, reservations and mapping need of its records."""
    columns = [place.column for place in source.evidence if place.from_ == "column" and place.column]
    columns += [DELIVERED[place.from_] for place in source.evidence if place.from_ in DELIVERED]
    if source.captures:
        columns += CAPTURES
    return Wanted(columns=dict(source.columns), evidence=tuple(dict.fromkeys(columns)), captures=source.captures)
