"""What a folder is, told by what lies in it.

*Conventions*: these are tried in this order, over the folder and all below it, and the first that
fits is it:

1. Common Voice: a folder ``clips`` beside tables with Common Voice's header. It is refused with
   the names of its tables, for each is another choice of the same clips.
2. LibriSpeech: transcripts, ``*.trans.txt``.
3. An audiofolder of Hugging Face: metadata files that name clips, in the folder or in its splits.
   A ``metadata.csv`` that names none (LJ Speech has one) is left out, with a warning.
4. Clips, with the texts beside them.

Items have their audio as it is reached from the working directory, in all of them.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from ..errors import DataError, EarmarkWarning
from ..types import Rejection
from .audiofolder import names_clips, read_audiofolder
from .folder import METADATA, files_below, is_clip, read_clips
from .librispeech import TRANSCRIPT, read_corpus
from .records import Record
from .tsv import CLIPS, is_common_voice

_DATA = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx", ".parquet", ".gz", ".zst")
_SHOWN = 5  # files that a message names


def read_folder(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The items of a folder, by its layout.

    Raises:
        DataError: there is no clip in it, or it is several data sets at once.
        MissingExtra: what reads its metadata is not installed.
    """
    found = files_below(Path(path))
    clips = [file for file in found if is_clip(file)]
    _refuse_common_voice(os.fspath(path), found)
    transcripts = [file for file in found if file.name.endswith(TRANSCRIPT)]
    if transcripts:
        return read_corpus(transcripts, clips)
    tables = [file for file in found if file.name in METADATA]
    _refuse_two_kinds(tables)
    naming = [table for table in tables if names_clips(table)]
    if naming:
        return read_audiofolder(naming, clips)
    if not clips:
        raise DataError(_no_clip(os.fspath(path), found))
    for table in tables:
        message = f"{table}: it names no clips (no record has a file_name), and is left out"
        warnings.warn(message, EarmarkWarning, stacklevel=2)
    return read_clips(clips, Path(path))


def _refuse_common_voice(folder: str, found: Sequence[Path]) -> None:
    tables = [
        file
        for file in found
        if file.suffix == ".tsv" and (file.parent / CLIPS).is_dir() and is_common_voice(file)
    ]
    if tables:
        named = ", ".join(map(str, tables[:_SHOWN])) + (", ..." if len(tables) > _SHOWN else "")
        raise DataError(
            f"{folder}: this is Common Voice, with a choice of its clips in each table; pass one "
            f"of them ({named}), or {tables[0].parent / CLIPS} for the clips without their texts"
        )


def _refuse_two_kinds(tables: Sequence[Path]) -> None:
    """Of two metadata files in one folder nothing says which is meant."""
    for table, other in pairwise(tables):
        if table.parent == other.parent:
            raise DataError(
                f"{table.parent}: both {table.name} and {other.name} lie here; pass the one that "
                f"is meant"
            )


def _no_clip(folder: str, found: Sequence[Path]) -> str:
    data = [str(file) for file in found if file.suffix.lower() in _DATA]
    named = ", ".join(data[:_SHOWN]) + (", ..." if len(data) > _SHOWN else "")
    return f"{folder}: no clip lies in this folder (.wav, .mp3, .flac, .ogg, ...); " + (
        f"for a data file in it, pass that or a glob: {named}" if data else "it is no source"
    )
