"""An audiofolder of Hugging Face: clips, and a metadata file that says what belongs to each.

*Conventions*: a metadata file (``metadata.csv``, ``.jsonl`` or ``.parquet``) names a clip in the
field ``file_name``, by its path below the folder of the file. As in datasets, the item has it as
``audio`` instead, and a field ``take_file_name`` as ``take``; where the item has a field of that
name already, both stay as they are called. Everything else stays as its reader gives it. A clip
that is named but absent is an item all the same; one that no row names is no item, and a warning
counts them.

*Reference*: Hugging Face datasets, "AudioFolder".
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import EarmarkWarning
from ..types import Rejection
from .addresses import bare, packed_as
from .delimited import read_csv
from .folder import files_below, is_clip, warn_unnamed
from .nemo import read_manifest
from .parquet import read_parquet
from .records import Record

_NAME = "file_name"
_READERS: Mapping[str, Callable[[str], Iterator[Record | Rejection]]] = {
    ".csv": read_csv,
    ".jsonl": read_manifest,
    ".parquet": read_parquet,
}


def read_metadata(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of a metadata file, their clips relative to its folder.

    Where it names no clips, they are those of any such file.

    Raises:
        DataError: the file cannot be opened, or is not what its name says.
        MissingExtra: what reads it is not installed.
    """
    file = os.fspath(path)
    named: set[str] = set()
    yield from _items(file, "", named)
    if named and os.path.isfile(file):
        folder = os.path.dirname(file)
        clips = filter(is_clip, files_below(Path(folder)))
        warn_unnamed(clips, {os.path.join(folder, name) for name in named}, file)


def read_audiofolder(tables: Sequence[Path], clips: Sequence[Path]) -> Iterator[Record | Rejection]:
    """The items that metadata files name, their clips as they are reached from here.

    Args:
        tables: the metadata files, of one folder or of several splits.
        clips: all clips in the same folders.
    """
    named: set[str] = set()
    for table in tables:
        yield from _items(str(table), str(table.parent), named)
    warn_unnamed(clips, named, " or ".join(map(str, tables)))


def names_clips(path: Path) -> bool:
    """Whether a metadata file names clips: whether any record of it does.

    Raises:
        DataError: the file cannot be opened, or is not what its name says.
        MissingExtra: what reads it is not installed.
    """
    named: set[str] = set()
    with warnings.catch_warnings():  # they come when the file is read
        warnings.simplefilter("ignore", EarmarkWarning)
        return any(named for _ in _items(str(path), "", named))


def _items(file: str, folder: str, named: set[str]) -> Iterator[Record | Rejection]:
    """The records of a metadata file, their clips in this folder; they are added to ``named``."""
    suffix = os.path.splitext(bare(file).lower().removesuffix(packed_as(file)))[1]
    for record in _READERS[suffix](file):
        if isinstance(record, Record) and isinstance(record.value, dict):
            record = record._replace(value=_with_audio(record.value, folder, named))
        yield record


def _with_audio(item: dict[str, Any], folder: str, named: set[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field, value in item.items():
        name = _audio_name(field)
        if not name or not isinstance(value, str):
            made[field] = value
            continue
        field = field if name in item else name
        made[field] = os.path.join(folder, value) if value else value
        if value:
            named.add(made[field])
    return made


def _audio_name(field: str) -> str:
    """What the field that names a clip is called once it is audio; "" for any other field.

    >>> _audio_name("file_name"), _audio_name("question_file_name"), _audio_name("name")
    ('audio', 'question', '')
    """
    if field != _NAME and not field.endswith("_" + _NAME):
        return ""
    return field[: -len(_NAME) - 1] or "audio"
