"""Datasets of the Hugging Face Hub's kind: by id and revision, from disk, or a local folder with its card."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import InputError, of_machine
from pipeline.reader import File, Unit, Wanted, schema
from pipeline.reader import Reader as Protocol
from pipeline.readers import _columns, _front_matter, csv, jsonl, parquet
from pipeline.readers._opening import identity, is_remote, opened
from pipeline.readers._reasons import reasons
from pipeline.readers._rows import among, problem, record_batch

_FORMATS = ("parquet", "json", "csv", "arrow")


class Reader:
    """Reads a dataset through the files it consists of: `datasets` says which, our readers read them.

    `path` is an id of the Hub (with a pinned `revision`; offline, what the Hub's cache holds of it), a folder that
    `save_to_disk` wrote, or a local folder of data files with or without a card. Code in a dataset is never run.
    `@hub_card` delivers the card's front matter with every record.
    """

    class Options(BaseModel):
        """`revision`: the commit, 40 hex digits. `config`, `split`: which of several; there is no default then."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        revision: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$")
        config: str | None = None
        split: str | None = None

    reasons = reasons(
        *sorted({reason.code for reader in (parquet.Reader, jsonl.Reader, csv.Reader) for reason in reader.reasons})
    )

    def __init__(self, options: Any, wanted: Wanted) -> None:
        self._options = options
        self._wanted = wanted
        self._last: Protocol | None = None

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        for place in files:
            folder = Path(place.url)
            if place.url.startswith("hub:"):
                kind, data, card, extra = self._of_the_hub(place.path)
            elif not folder.is_dir():
                raise InputError(
                    f"{place.path}: no folder and no id of the Hub; single files have readers of their own"
                )
            elif any((folder / name).exists() for name in ("state.json", "dataset_dict.json")):
                kind, (data, card), extra = "arrow", self._from_disk(place), {}
            else:
                kind, data, card, extra = self._of_a_folder(place.path, folder)
            for unit in self._format(kind, extra).units(source, data, target):
                told = {"format": kind, "card": card, "options": extra}
                yield Unit(0, source, unit.files, unit.kind, unit.start, unit.stop, unit.base, unit.relative, told)

    def lines(self) -> int:
        return self._last.lines() if self._last else 0

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        self._last = reader = self._format(unit.extra["format"], unit.extra["options"])
        card = _card(unit.extra["card"]) if "@hub_card" in self._wanted.evidence else None
        for batch in reader.read(unit, rows):
            if card is not None:
                index = batch.schema.get_field_index("ev:@hub_card")
                batch = batch.set_column(
                    index, batch.schema.field(index), pa.array([card] * batch.num_rows, pa.large_string())
                )
            yield batch

    def _format(self, kind: str, options: Mapping[str, Any]) -> Any:
        if kind == "arrow":
            return _Arrow(self._wanted)
        reader: Any = {"parquet": parquet.Reader, "json": jsonl.Reader, "csv": csv.Reader}[kind]
        return reader(reader.Options(**options), self._wanted)

    def _of_a_folder(self, shown: str, folder: Path) -> tuple[str, list[File], str | None, dict[str, Any]]:
        builder = self._builder(shown, str(folder))
        data = []
        for name in self._chosen(shown, builder):
            path = Path(name)
            # A card is data: it may not name files elsewhere.
            if is_remote(name) or not path.is_relative_to(folder.absolute()) or ".." in path.parts:
                raise InputError(f"{shown}: its card names {name[:200]}, which is not in it")
            inside = path.relative_to(folder.absolute()).as_posix()
            data.append(File(f"{shown.rstrip('/')}/{inside}", str(folder / inside), *identity(str(path))))
        card = folder / "README.md"
        return builder.name, data, str(card) if card.is_file() else None, _csv_options(builder)

    def _of_the_hub(self, name: str) -> tuple[str, list[File], str | None, dict[str, Any]]:
        from huggingface_hub import snapshot_download, try_to_load_from_cache
        from huggingface_hub.errors import LocalEntryNotFoundError

        revision = self._options.revision
        if revision is None:
            raise InputError(f"{name}: a dataset of the Hub needs its `revision`, the 40 digits of a commit")
        try:
            builder = self._builder(name, name, revision=revision)
        except ConnectionError:
            try:
                snapshot = snapshot_download(name, repo_type="dataset", revision=revision, local_files_only=True)
            except LocalEntryNotFoundError:
                raise InputError(
                    f"{name}: the Hub cannot be reached and its cache has nothing of it; "
                    f"fetch it with: hf download --repo-type dataset {name} --revision {revision}"
                ) from None
            return self._of_a_folder(name, Path(snapshot))
        data, start = [], f"hf://datasets/{name}@{revision}/"
        for url in self._chosen(name, builder):
            if not url.startswith(start):
                raise InputError(f"{name}: its card names {url[:200]}, which is not in it")
            cached = try_to_load_from_cache(name, url.removeprefix(start), repo_type="dataset", revision=revision)
            place = cached if isinstance(cached, str) else url
            data.append(File(f"{name}/{url.removeprefix(start)}", place, *identity(place)))
        return builder.name, data, f"{start}README.md", _csv_options(builder)

    def _builder(self, shown: str, path: str, **arguments: Any) -> Any:
        """The library's own answer to «which files are this dataset»; it runs no code of a dataset (since 4.0)."""
        import datasets

        logging.getLogger("datasets").setLevel(logging.ERROR)
        with tempfile.TemporaryDirectory() as cache:
            try:
                builder = datasets.load_dataset_builder(path, self._options.config, cache_dir=cache, **arguments)
            except ConnectionError:
                raise
            except Exception as error:  # the library's exceptions have no common class
                raise InputError(f"{shown}: {str(error).splitlines()[0][:200]}{_choices(error)}") from error
        if builder.name not in _FORMATS:
            raise InputError(f"{shown}: made of {builder.name} files; read them with the reader for that format")
        return builder

    def _chosen(self, shown: str, builder: Any) -> list[str]:
        splits = {str(name): [str(path) for path in paths] for name, paths in builder.config.data_files.items()}
        return splits[self._split(shown, list(splits))]

    def _split(self, shown: str, names: Sequence[str]) -> str:
        wanted = self._options.split
        if wanted is None and len(names) == 1:
            return names[0]
        if wanted not in names:
            raise InputError(f"{shown}: has the splits {', '.join(names)}; choose one with `split:`")
        return str(wanted)

    def _from_disk(self, place: File) -> tuple[list[File], str | None]:
        folder, shown = Path(place.url), PurePosixPath(place.path)
        try:
            if (folder / "dataset_dict.json").exists():
                names = [str(name) for name in json.loads((folder / "dataset_dict.json").read_bytes())["splits"]]
                split = self._split(place.path, names)
                if "/" in split or split == "..":
                    raise ValueError
                folder, shown = folder / split, shown / split
            elif self._options.split is not None:
                raise InputError(f"{place.path}: holds no splits to choose from; leave `split` out")
            state = json.loads((folder / "state.json").read_bytes())
            names = [str(entry["filename"]) for entry in state["_data_files"]]
            if any(PurePosixPath(name).name != name for name in names):
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(
                f"{place.path}: not whole: what save_to_disk writes beside the data cannot be read"
            ) from None
        card = Path(place.url) / "README.md"
        data = [File(str(shown / name), str(folder / name), *identity(str(folder / name))) for name in names]
        return data, str(card) if card.is_file() else None


class _Arrow:
    """Arrow IPC streams, as `save_to_disk` writes them, one unit a file."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    @cached_property
    def _schema(self) -> pa.Schema:
        return schema(self._wanted)

    def units(self, source: str, files: Sequence[File], target: int) -> Iterator[Unit]:
        for file in files:
            yield Unit(0, source, (file,))

    def lines(self) -> int:
        return 0

    def read(self, unit: Unit, rows: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        for file in unit.files:
            done = 0
            try:
                with opened(file) as handle, pa.ipc.open_stream(pa.PythonFile(handle, mode="r")) as stream:
                    for batch in stream:
                        batch.validate(full=True)
                        numbers = np.arange(done + 1, done + batch.num_rows + 1, dtype=np.int64)
                        done += batch.num_rows
                        if rows is not None:
                            mask = among(rows, done - batch.num_rows + 1, batch.num_rows)
                            batch, numbers = batch.filter(pa.array(mask)), numbers[mask]
                        yield from self._cut(file, batch, numbers)
            except parquet.DAMAGE as error:
                if of_machine(error):
                    raise
                if rows is None or done + 1 in rows:
                    values = problem(
                        file.path, done + 1, "input.corrupt", f"Arrow data that cannot be read ({str(error)[:120]})"
                    )
                    yield record_batch(self._schema, 1, {name: [value] for name, value in values.items()})

    def _cut(self, file: File, batch: pa.RecordBatch, numbers: NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
        parts = max(1, -(-batch.nbytes // self._wanted.batch_bytes))
        step = max(1, min(self._wanted.batch_rows, -(-batch.num_rows // parts)))
        for start in range(0, batch.num_rows, step):
            part = batch.slice(start, step)
            columns: dict[str, Any] = _columns.columns(part, self._wanted)
            columns |= {"row": pa.array(numbers[start : start + step]), "file": [file.path] * part.num_rows}
            yield record_batch(self._schema, part.num_rows, columns)


def _csv_options(builder: Any) -> dict[str, Any]:
    return {"delimiter": builder.config.sep} if builder.name == "csv" and builder.config.sep != "," else {}


def _choices(error: Exception) -> str:
    """The rest of a message that lists what there is to choose from."""
    lines = str(error).splitlines()
    return f" {lines[1][:200]}; choose one with `config:`" if len(lines) > 1 and "pick one" in lines[1] else ""


def _card(place: str | None) -> str | None:
    """The front matter of a card as JSON; null where there is no card, none in it, or it cannot be read."""
    if place is None:
        return None
    try:
        if is_remote(place):
            import fsspec

            with fsspec.open(place, "rb") as file:
                data: bytes = file.read(_front_matter.BYTES * 4)
        else:
            with Path(place).open("rb") as local:
                data = local.read(_front_matter.BYTES * 4)
        fields, _ = _front_matter.split(data.decode("utf-8-sig", "replace").replace("\r\n", "\n"))
    except (OSError, _front_matter.FrontMatterError):
        return None
    return _front_matter.as_json(fields) if fields else None
