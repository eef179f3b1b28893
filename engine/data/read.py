"""Sources to Rows: the table of readers, whole or in batches.

*Conventions*: a reader is a function from a source to its records in order, each with its
place, and to what could not be read; what it cannot open at all it refuses with DataError, and
where it cannot go on, the records so far stand and one rejection says why there are no more. To
add one: a file with that function, and a line in ``READERS``. Every record comes out as a row
or in ``rejected``; rows of a file carry its folder as ``base``. What a path is: ``paths.py``;
what a folder is: ``layouts.py``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ConfigError, DataError
from ..types import FileState, Rejection, Rows
from .addresses import bare, folder, is_address, shown
from .filling import Filling
from .folder import is_clip, read_clips
from .in_memory import is_frame
from .nemo import is_manifest
from .paths import expand, fixed_folder, path_kind
from .records import Block, Record

Reader = Callable[[Any], Iterator[Record | Rejection]]
BlockReader = Callable[[Any], Iterator[Block | Record | Rejection]]

BATCH_BYTES = 16 * 2**20  # a batch ends here too: 1024 lines of base64 audio can be 2 GB


def read_rows(source: Any, limit: int | None = None, on_error: str = "skip") -> Rows:
    """All rows of a source.

    Args:
        source: a path to JSON Lines, JSON, CSV or TSV (also as ``.gz`` or ``.zst``), XLSX,
            Parquet, a transcript of LibriSpeech or an audio file; a folder of clips, of
            LibriSpeech or an audiofolder; a glob; an address of such a file (``s3://``,
            ``https://``, ...) or of a data set (``hf://owner/name@revision?split=train``); a
            pandas DataFrame; a Hugging Face data set; any iterable of dicts; or Rows, which are
            returned as they are.
        limit: stop after so many good rows.
        on_error: what a record becomes that cannot be taken: ``skip`` (it is listed in
            ``Rows.rejected``), ``keep`` (a row with an empty item, whose sample is the error),
            or ``fail``.

    Raises:
        DataError: the source cannot be read, or a record of it with ``on_error="fail"``.
        ConfigError: an argument has an unknown value.
        MissingExtra: what reads this kind of source is not installed.

    >>> rows = read_rows([{"id": 1, "official_answer": "valid", "output_text": "It is valid."}])
    >>> rows.ids, rows.column("{{ sample.output_text }}")
    (['1'], ['It is valid.'])
    """
    _at_least(limit, 0, "limit")
    filling = Filling(on_error)
    if isinstance(source, Rows):
        return source if limit is None else source.take(range(min(limit, len(source))))
    source = _resolved(source)
    state = FileState.of_rows(source) if limit is None and on_error == "skip" else None
    for record in _records(source, filling, limit, BLOCK_READERS if limit is None else READERS):
        filling.add(record)
    filling.warn(_name(source))
    rows = filling.take(_base(source), _name(source))
    is_whole = state is not None and state == FileState.of_rows(source)
    return replace(rows, file=state) if is_whole and _as_it_stands(source, rows) else rows


def scan_rows(source: Any, batch: int = 1024, on_error: str = "skip") -> Iterator[Rows]:
    """The rows of a source in batches, in memory that does not grow with the source.

    A batch ends after ``batch`` records, or sooner where they are large (16 MiB read). Between
    batches only the ids are remembered. See ``read_rows`` for the arguments and what is raised.
    """
    _at_least(batch, 1, "batch")
    filling = Filling(on_error)
    if isinstance(source, Rows):
        return _slices(source, batch)
    source = _resolved(source)
    return _batches(source, filling, batch, _base(source))


def read_glob(pattern: str) -> Iterator[Record | Rejection]:
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


def read_clip(path: str) -> Iterator[Record | Rejection]:
    """One audio file as one item."""
    return read_clips([Path(path)], Path(path).parent)


# What a source is -> its reader, as module.function: only the one that is needed is loaded.
READERS: Mapping[str, str] = {
    ".jsonl": "nemo.read_manifest",
    ".ndjson": "nemo.read_manifest",
    ".json": "json_array.read_json",
    ".csv": "delimited.read_csv",
    ".tsv": "tsv.read_tsv",
    ".xlsx": "xlsx.read_xlsx",
    ".parquet": "parquet.read_parquet",
    ".trans.txt": "librispeech.read_transcript",
    "metadata": "audiofolder.read_metadata",
    "clip": "read.read_clip",
    "folder": "layouts.read_folder",
    "glob": "read.read_glob",
    "hub": "hub.read_hub",
    "dataset": "hf_datasets.read_dataset",
    "frame": "in_memory.read_frame",
    "list": "in_memory.read_list",
}
# The same, for who wants all records: several at once come cheaper.
BLOCK_READERS: Mapping[str, str] = {
    **READERS,
    ".jsonl": "nemo.read_blocks",
    ".ndjson": "nemo.read_blocks",
}
_EXTENSIONS = tuple(kind for kind in READERS if kind.startswith("."))


def reader(kind: str) -> Reader:
    """The reader of a kind of source, which is a key of ``READERS``."""
    found: Reader = _loaded(READERS[kind])
    return found


def _loaded(address: str) -> Any:
    module, name = address.split(".")
    return getattr(importlib.import_module(f".{module}", __package__), name)


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


def _records(
    source: Any, filling: Filling, limit: int | None, readers: Mapping[str, str] = READERS
) -> Iterator[Block | Record | Rejection]:
    """The records of a source until as many good ones as wanted have been taken."""
    kind = _kind(source)
    if limit == 0:
        return
    read: BlockReader = _loaded(readers[kind])
    last = None
    try:
        for last in read(source):
            yield last
            if filling.good == limit:
                return
    except DataError as error:
        if last is None:
            raise
        yield _broken_off(last, _name(source), error)
    if filling.number == 0 and kind not in ("list", "frame"):
        raise DataError(f"{_name(source)}: no record is in it")


def _broken_off(last: Block | Record | Rejection | None, file: str, error: DataError) -> Rejection:
    """What tells of a file that could be read up to this record only."""
    reason = str(error).removeprefix(f"{file}: ")
    if last is None:
        return Rejection("", file, reason)
    return Rejection("", last.file, f"nothing behind this could be read: {reason}", last.line)


def _batches(source: Any, filling: Filling, batch: int, base: str) -> Iterator[Rows]:
    origin = _name(source)
    for record in _records(source, filling, None):
        filling.add(record)
        if filling.full(batch, BATCH_BYTES):
            yield filling.take(base, origin)
    filling.warn(origin)
    if filling.full(1, BATCH_BYTES):
        yield filling.take(base, origin)


def _slices(rows: Rows, batch: int) -> Iterator[Rows]:
    for start in range(0, len(rows) or bool(rows.rejected), batch):
        part = rows.take(range(start, min(start + batch, len(rows))))
        yield replace(part, rejected=()) if start else part  # each rejection comes once


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


def _base(source: Any) -> str:
    """The folder that relative paths in the source's rows start from; "" is where we are."""
    if not isinstance(source, str | os.PathLike):
        return ""
    path, kind = os.fspath(source), _kind(source)
    if kind in _EXTENSIONS or kind == "metadata":
        return folder(path) if is_address(path) else os.path.dirname(path)
    if kind == "hub":
        return bare(path)
    if kind == "glob":
        _, tables = _sorted_out(path)
        return str(tables[0].parent) if tables else ""
    return ""


def _as_it_stands(source: Any, rows: Rows) -> bool:
    """Whether these rows of JSON Lines are what its lines say, and not what a layout makes."""
    return _kind(source) in (".jsonl", ".ndjson") and not any(map(is_manifest, rows.items))


def _name(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        return shown(os.fspath(source))
    from .hf_datasets import dataset_name, is_dataset

    if is_dataset(source):
        return dataset_name(source)
    return "DataFrame" if is_frame(source) else type(source).__name__


def _at_least(value: int | None, least: int, name: str) -> None:
    if value is not None and value < least:
        raise ConfigError(f"{name} is {value}, it must be at least {least}")
