"""What there is to read: sources of every kind, and the table of readers.

*Conventions*: a reader is a function from a source to its records in order, each with its
place, and to what could not be read; what it cannot open at all it refuses with DataError, and
where it cannot go on, the records so far stand and one rejection says why there are no more. To
add one: a file with that function, and a line in ``READERS``. What a path is: ``paths.py``;
what a folder is: ``layouts.py``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import DataError
from ..types import Rejection
from .addresses import bare, folder, is_address, shown
from .folder import is_clip, read_clips
from .in_memory import is_frame
from .paths import expand, fixed_folder, path_kind
from .records import Block, Record

Records = Iterator[Block | Record | Rejection]
Reader = Callable[[Any], Records]


class Opened(NamedTuple):
    """A source whose records can be read.

    Attributes:
        records: in their order; where it breaks off, the last one is a rejection that says so.
        name: what it is called, without secrets and with the revision where it has one.
        base: the folder that relative paths in its rows start from; "" is where we are.
        kind: the key of its reader in ``READERS``.
    """

    records: Records
    name: str
    base: str
    kind: str


def opened(source: Any) -> Opened:
    """The records of a source and what is known of it: the one way in.

    Nothing is read before the first record is asked for.

    Args:
        source: anything that `read_rows` takes but Rows.

    Raises:
        DataError: nothing is there, or it is of a kind that is not read.
    """
    source = _resolved(source)
    kind, name = _kind(source), _name(source)
    return Opened(_records(source, kind, name), name, _base(source, kind), kind)


def read_glob(pattern: str) -> Records:
    """The records of all files that a glob matches, one file after the other.

    A file that cannot be read at all is one rejection.

    Raises:
        DataError: nothing matches, or data files lie in several folders or among clips, so
            that the relative audio paths in the rows would have no one meaning.
    """
    clips, tables = _sorted_out(pattern)
    folders = sorted({str(path.parent) for path in tables})
    if len(folders) > 1 or (clips and tables):
        where = f"in {len(folders)} folders" if len(folders) > 1 else "beside audio files"
        raise DataError(
            f"{pattern}: the data files {', '.join(map(str, tables[:3]))} lie {where}; read each "
            f"kind and each folder by itself, for paths in a data file are relative to its folder"
        )
    yield from read_clips(clips, fixed_folder(pattern))
    for path in tables:
        last = None
        try:
            for last in reader(_kind(path))(path):
                yield last
        except DataError as error:
            yield _broken_off(last, str(path), error)


def read_clip(path: str) -> Records:
    """One audio file as one item."""
    return read_clips([Path(path)], Path(path).parent)


# What a source is -> its reader, as module.function: only the one that is needed is loaded.
READERS: Mapping[str, str] = {
    ".jsonl": "nemo.read_blocks",
    ".ndjson": "nemo.read_blocks",
    ".json": "json_array.read_json",
    ".csv": "delimited.read_csv",
    ".tsv": "tsv.read_tsv",
    ".xlsx": "xlsx.read_xlsx",
    ".parquet": "parquet.read_parquet",
    ".trans.txt": "librispeech.read_transcript",
    "metadata": "audiofolder.read_metadata",
    "clip": "sources.read_clip",
    "folder": "layouts.read_folder",
    "glob": "sources.read_glob",
    "hub": "hub.read_hub",
    "dataset": "hf_datasets.read_dataset",
    "frame": "in_memory.read_frame",
    "list": "in_memory.read_list",
}
_EXTENSIONS = tuple(kind for kind in READERS if kind.startswith("."))


def reader(kind: str) -> Reader:
    """The reader of a kind of source, which is a key of ``READERS``."""
    module, name = READERS[kind].split(".")
    found: Reader = getattr(importlib.import_module(f".{module}", __package__), name)
    return found


def _kind(source: Any) -> str:
    """The key of READERS for a source.

    Raises:
        DataError: there is none.
    """
    if isinstance(source, str | os.PathLike):
        return path_kind(os.fspath(source), _EXTENSIONS)
    if is_frame(source):
        return "frame"
    from .hf_datasets import is_dataset

    if is_dataset(source):
        return "dataset"
    if isinstance(source, Mapping | bytes | bytearray) or not isinstance(source, Iterable):
        hint = "; one item alone is a list of one" if isinstance(source, Mapping) else ""
        raise DataError(
            f"rows cannot be read from a {type(source).__name__} ({source!r:.60}): pass a path, "
            f"a list of dicts or a DataFrame{hint}"
        )
    return "list"


def _records(source: Any, kind: str, name: str) -> Records:
    last = None
    try:
        for last in reader(kind)(source):
            yield last
    except DataError as error:
        if last is None:
            raise
        yield _broken_off(last, name, error)
    if last is None and kind not in ("list", "frame"):
        raise DataError(f"{name}: no record is in it")


def _broken_off(last: Block | Record | Rejection | None, file: str, error: DataError) -> Rejection:
    """What tells of a file that could be read up to this record only."""
    reason = str(error).removeprefix(f"{file}: ")
    if last is None:
        return Rejection("", file, reason)
    return Rejection("", last.file, f"nothing behind this could be read: {reason}", last.line)


def _sorted_out(pattern: str) -> tuple[list[Path], list[Path]]:
    """The clips and the data files that a glob matches; the texts beside clips are neither."""
    files = expand(pattern)
    clips = [path for path in files if is_clip(path)]
    tables = [path for path in files if not is_clip(path)]
    return clips, [path for path in tables if not (clips and path.suffix == ".txt")]


def _resolved(source: Any) -> Any:
    """The source with the revision that its name stands for now."""
    if not isinstance(source, str) or not source.startswith("hf://"):
        return source
    from .hub import resolve

    return resolve(source)


def _base(source: Any, kind: str) -> str:
    """The folder that relative paths in the source's rows start from."""
    if not isinstance(source, str | os.PathLike):
        return ""
    path = os.fspath(source)
    if kind in _EXTENSIONS or kind == "metadata":
        return folder(path) if is_address(path) else os.path.dirname(path)
    if kind == "hub":
        return bare(path)
    if kind == "glob":
        _, tables = _sorted_out(path)
        return str(tables[0].parent) if tables else ""
    return ""


def _name(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        return shown(os.fspath(source))
    from .hf_datasets import dataset_name, is_dataset

    if is_dataset(source):
        return dataset_name(source)
    return "DataFrame" if is_frame(source) else type(source).__name__
