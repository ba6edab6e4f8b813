"""YAML to a typed, frozen configuration, or every mistake in it at once."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from licenses import registry
from licenses.model import License, Policy
from pipeline import yaml_nodes
from pipeline.config_blocks import (
    CardBlock,
    DatasetBlock,
    EngineBlock,
    FileBlock,
    JoinBlock,
    OutputBlock,
    PlaceBlock,
    PolicyBlock,
    SourceBlock,
    modules,
)
from pipeline.config_problems import fields, messages, near, place, validate
from pipeline.errors import ConfigError
from pipeline.yaml_nodes import Document, Problem

LARGEST_FILE = 4 << 20
ALWAYS = ("license", "reservation")  # run first whether listed or not, so listing them says nothing new
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
YamlPath = yaml_nodes.Path


class Configurable(Protocol):
    """A stage or a reader, as far as a configuration is concerned."""

    Options: ClassVar[type[BaseModel]]


Find = Callable[[str], type[Any]]  # a stage's or reader's class by its YAML name; KeyError where there is none


@dataclass(frozen=True)
class Source:
    """One source: its block, and the options that its reader understands."""

    block: SourceBlock
    options: Any

    name: str
    reader: str
    path: str
    evidence: tuple[PlaceBlock, ...]
    reservations: tuple[str, ...]
    columns: Mapping[str, str]
    join: JoinBlock | None
    captures: str | None
    locale: str | None
    origin: bool


@dataclass(frozen=True)
class Step:
    """One listed stage and its options."""

    stage: str
    options: Any


@dataclass(frozen=True)
class Config:
    """A valid configuration. Paths are as written, with environment variables replaced."""

    as_of: str | None
    dataset: DatasetBlock
    licenses: tuple[License, ...]
    sources: tuple[Source, ...]
    policy: Policy
    stages: tuple[Step, ...]
    output: OutputBlock
    engine: EngineBlock
    overrides: tuple[str, ...]
    removals: tuple[str, ...]
    card: CardBlock
    path: str

    def deciding(self) -> dict[str, Any]:
        """Everything that decides on the outcome, as JSON values: without engine, output place and descriptions.

        Overrides and removals enter with the SHA-256 of their content. Raises ConfigError where one cannot be read.
        """
        return {
            "version": 1,
            "as_of": self.as_of,
            "dataset": {"name": self.dataset.name, "version": self.dataset.version},
            "licenses": [json.loads(json.dumps(asdict(license_))) for license_ in self.licenses],
            "sources": [
                {**source.block.model_dump(mode="json"), "options": source.options.model_dump(mode="json")}
                for source in self.sources
            ],
            "policy": json.loads(json.dumps(asdict(self.policy))),
            "stages": [{"stage": step.stage, **step.options.model_dump(mode="json")} for step in self.stages],
            "output": self.output.model_dump(mode="json", exclude={"path"}),
            "overrides": [_sha256(path) for path in self.overrides],
            "removals": [_sha256(path) for path in self.removals],
        }


def load(path: str | Path, stages: Find, readers: Find) -> Config:
    """The configuration in a YAML file.

    `stages` and `readers` give the class of a name (KeyError where there is none); its `Options` check its own keys.
    Raises ConfigError with every mistake at once.
    """
    return loads(_bytes(path), str(path), stages, readers)


def loads(data: bytes, name: str, stages: Find, readers: Find) -> Config:
    """The same from bytes; `name` is what messages call the file."""
    document = yaml_nodes.read(data)
    config = None if document.problems and document.value is None else _Check(document, name, stages, readers).config()
    if document.problems or config is None:
        raise ConfigError(messages(document, name))
    return config


def load_policy(name: str) -> Policy:
    """A policy by the name of a shipped one, or by the path of a YAML file: the block with or without `policy:`.

    Raises ConfigError where there is none, or it has mistakes.
    """
    shipped = policies()
    path = shipped.get(name, Path(name))
    if name not in shipped and not path.is_file():
        raise ConfigError([f"policy {name!r}: no such file, and no policy that is shipped{near(name, list(shipped))}"])
    document = yaml_nodes.read(_bytes(path))
    block = None
    if not document.problems:
        at: YamlPath = ()
        value = document.value
        if isinstance(value, dict) and list(value) == ["policy"]:
            at, value = ("policy",), value["policy"]
        block = validate(document, PolicyBlock, value, at)
    if block is None or document.problems:
        raise ConfigError(messages(document, str(path)))
    return block.policy(path.stem)


def policies() -> dict[str, Path]:
    """The shipped policies by name: beside the package in a wheel, in `configs/` in a checkout."""
    here = Path(__file__).resolve().parent
    folder = here / "policies" if (here / "policies").is_dir() else here.parent / "configs" / "policies"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def names(package: str) -> tuple[str, ...]:
    """The YAML names of all `stages` or `readers`, without importing one."""

    class Folder:
        __path__: ClassVar = [str(Path(__file__).parent / package)]

    return modules(Folder)


class _Check:
    """Validates block by block and collects every problem in the document."""

    def __init__(self, document: Document, name: str, stages: Find, readers: Find) -> None:
        self._document, self._name, self._stages, self._readers = document, name, stages, readers

    def config(self) -> Config | None:
        value = self._document.value
        if not isinstance(value, dict):
            self._problem((), "a configuration is a mapping of keys to values")
            return None
        value = dict(value)
        self._expand_paths(value)
        policy = self._policy(value)
        sources = value.get("sources")
        options: list[Any] = []
        if isinstance(sources, list):
            known = {*fields(SourceBlock)}
            value["sources"] = []
            for i, source in enumerate(sources):
                block, found = self._options(source, ("sources", i), "reader", known, self._readers, "readers")
                value["sources"].append(_with_places(block))
                options.append(found)
            self._doubled(sources)
        steps: list[Any] = []
        stages = value.get("stages")
        if isinstance(stages, list):
            value["stages"] = []
            for i, stage in enumerate(stages):
                block, found = self._options(stage, ("stages", i), "stage", {"stage"}, self._stages, "stages")
                value["stages"].append(block)
                steps.append(found)
            self._corpus_once(stages)
            self._sources_of_stages(stages, sources)
        self._own_ids(value.get("licenses"))
        block = validate(self._document, FileBlock, value, ())
        if block is None or policy is None or self._document.problems:
            return None
        return Config(
            as_of=block.as_of,
            dataset=block.dataset,
            licenses=tuple(license_.license() for license_ in block.licenses),
            sources=tuple(_source(s, o) for s, o in zip(block.sources, options, strict=True)),
            policy=policy,
            stages=tuple(Step(s.stage, o) for s, o in zip(block.stages, steps, strict=True) if s.stage not in ALWAYS),
            output=block.output,
            engine=block.engine,
            overrides=block.overrides,
            removals=block.removals,
            card=block.card,
            path=self._name,
        )

    def _policy(self, value: dict[str, Any]) -> Policy | None:
        """The policy; a name is replaced by the block of the shipped file, so that the rest can be checked."""
        written = value.get("policy")
        if not isinstance(written, str):
            try:
                return PolicyBlock.model_validate_json(json.dumps(written), strict=True).policy("inline")
            except ValueError:
                return None  # reported with the whole file
        value["policy"] = {"uses": ["reproduction"], "duties": []}
        if written not in policies():
            shipped = list(policies())
            self._problem(
                ("policy",), f"no shipped policy has this name ({', '.join(shipped)}){near(written, shipped)}"
            )
            return None
        return load_policy(written)

    def _options(
        self, written: Any, at: YamlPath, key: str, known: set[str], find: Find, package: str
    ) -> tuple[Any, BaseModel | None]:
        """Parts the keys that we know from those of the stage or reader, which checks its own."""
        if not isinstance(written, dict) or not isinstance(written.get(key), str):
            return written, None
        block = {k: v for k, v in written.items() if k in known}
        rest = {k: v for k, v in written.items() if k not in known}
        name = written[key]
        try:
            found: type[Configurable] = find(name)
        except KeyError:
            every = names(package)
            self._problem((*at, key), f"there is no {key} of this name ({', '.join(every)}){near(name, list(every))}")
            return block, None
        return block, validate(self._document, found.Options, rest, at, also=known)

    def _doubled(self, sources: Sequence[Any]) -> None:
        seen: set[str] = set()
        for i, source in enumerate(sources):
            name = source.get("name") if isinstance(source, dict) else None
            if isinstance(name, str) and name in seen:
                self._problem(("sources", i, "name"), f'another source is called "{name}" already')
            elif isinstance(name, str):
                seen.add(name)

    def _corpus_once(self, stages: Sequence[Any]) -> None:
        seen: set[str] = set()
        for i, stage in enumerate(stages):
            name = stage.get("stage") if isinstance(stage, dict) else None
            if not isinstance(name, str):
                continue
            try:
                found = self._stages(name)
                corpus = bool(getattr(found, "corpus", False) or getattr(found, "counts_lines", False))
            except KeyError:
                continue
            if corpus and name in seen:
                self._problem(("stages", i, "stage"), "this stage looks at the whole corpus and can be listed once")
            seen.add(name)

    def _sources_of_stages(self, stages: Sequence[Any], sources: Any) -> None:
        """What a stage wants otherwise of a source must name one: a slip would let the stage's own rule stand."""
        items = sources if isinstance(sources, list) else []
        known = [source["name"] for source in items if isinstance(source, dict) and isinstance(source.get("name"), str)]
        for i, stage in enumerate(stages):
            own = stage.get("sources") if isinstance(stage, dict) else None
            for name in own if isinstance(own, dict) else ():
                if isinstance(name, str) and name not in known:
                    self._problem(("stages", i, "sources", name), f"no source has this name{near(name, known)}")

    def _own_ids(self, licenses: Any) -> None:
        if not isinstance(licenses, list) or not licenses:
            return
        known = {id_.casefold() for id_ in registry.load().licenses}
        seen: set[str] = set()
        for i, license_ in enumerate(licenses):
            id_ = license_.get("id") if isinstance(license_, dict) else None
            if not isinstance(id_, str):
                continue
            if id_.casefold() in known:
                self._problem(("licenses", i, "id"), "is the id of a licence that is known already; take another one")
            if id_.casefold() in seen:
                self._problem(("licenses", i, "id"), "stands twice")
            seen.add(id_.casefold())

    def _expand_paths(self, value: dict[str, Any]) -> None:
        """Replaces ${NAME} in paths, and only there."""
        for key in ("overrides", "removals"):
            if isinstance(value.get(key), list):
                value[key] = [self._expanded(item, (key, i)) for i, item in enumerate(value[key])]
        if isinstance(value.get("output"), dict):
            value["output"] = self._with_paths(value["output"], ("output",), ("path",))
        if isinstance(value.get("sources"), list):
            sources = list(value["sources"])
            for i, source in enumerate(sources):
                if isinstance(source, dict):
                    source = self._with_paths(source, ("sources", i), ("path", "captures"))
                    if isinstance(source.get("join"), dict):
                        source["join"] = self._with_paths(source["join"], ("sources", i, "join"), ("path",))
                    sources[i] = source
            value["sources"] = sources

    def _with_paths(self, block: dict[str, Any], at: YamlPath, keys: Sequence[str]) -> dict[str, Any]:
        return {k: self._expanded(v, (*at, k)) if k in keys else v for k, v in block.items()}

    def _expanded(self, text: Any, at: YamlPath) -> Any:
        if not isinstance(text, str):
            return text
        for name in dict.fromkeys(VARIABLE.findall(text)):
            if not os.environ.get(name):
                self._problem(at, f"the environment variable {name} is not set")
        return VARIABLE.sub(lambda found: os.environ.get(found[1], ""), text)

    def _problem(self, path: YamlPath, message: str) -> None:
        self._document.problems.append(Problem(place(self._document, path), path, message))


def _with_places(source: Any) -> Any:
    """A bare word among the evidence is short for `{from: word}`."""
    if not isinstance(source, dict) or not isinstance(source.get("evidence"), list):
        return source
    return {**source, "evidence": [{"from": e} if isinstance(e, str) else e for e in source["evidence"]]}


def _source(block: SourceBlock, options: Any) -> Source:
    return Source(block, options, **{name: getattr(block, name) for name in SourceBlock.model_fields})


def _bytes(path: str | Path) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as wrong:
        raise ConfigError([f"{path}: cannot be read: {getattr(wrong, 'strerror', None) or wrong}"]) from None
    if len(data) > LARGEST_FILE:
        raise ConfigError([f"{path}: is larger than {LARGEST_FILE >> 20} MiB; this is no configuration"])
    return data


def _sha256(path: str) -> str:
    return hashlib.sha256(_bytes(path)).hexdigest()


__all__ = ["Config", "Source", "Step", "load", "load_policy", "loads", "names", "policies"]
