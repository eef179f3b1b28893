"""Clips that lie in a folder to records: one item a clip, with the text that lies beside it.

*Conventions*: an item is ``{"id", "audio", "text"}``. ``id`` is the path inside the folder
without its extension (with it, where two clips differ in nothing else); ``audio`` is the path
as it is reached from the working directory; ``text`` is what the ``.txt`` of the same name
holds, without the white space around it, and is absent where there is none. Clips come in the
order of their paths. Hidden files and folders, and links to folders, are left out.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from ..errors import DataError, EarmarkWarning
from ..types import Rejection
from .lines import MAX_LINE, bad_utf8, open_text
from .records import Record

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")  # beside clips, it names them
AUDIO_EXTENSIONS = frozenset(
    ".wav .wave .w64 .rf64 .flac .mp3 .mp2 .mpga .ogg .oga .opus .aiff .aif .aifc .au .snd .caf "
    ".m4a .mp4 .aac .webm .mka .mkv .mov .wma .amr .3gp .sph .voc .gsm .raw .pcm".split()
)


def is_clip(path: str | os.PathLike[str]) -> bool:
    """Whether the extension is one of audio.

    >>> is_clip("questions/q1.WAV"), is_clip("q1.txt")
    (True, False)
    """
    return PurePath(path).suffix.lower() in AUDIO_EXTENSIONS


def read_clips(paths: Iterable[Path], root: Path) -> Iterator[Record | Rejection]:
    """These clips as items, their ids relative to a folder that holds them all."""
    inside = [(path, path.relative_to(root)) for path in paths]
    stems = Counter(name.with_suffix("") for _, name in inside)
    for path, name in inside:
        stem = name.with_suffix("")
        clip_id = (name if stems[stem] > 1 else stem).as_posix()
        try:
            yield Record(_item(path, clip_id), str(path))
        except DataError as error:
            yield Rejection(clip_id, str(path), str(error))


def files_below(folder: Path) -> list[Path]:
    """The files of a folder and of those below it, in the order of their paths.

    Raises:
        DataError: a folder cannot be listed.
    """

    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be listed: {error.strerror}") from error

    found: list[Path] = []
    for here, below, files in os.walk(folder, onerror=fail):
        below[:] = [name for name in below if not name.startswith(".")]
        found += (Path(here, name) for name in files if not name.startswith("."))
    return sorted(found)


def warn_unnamed(clips: Iterable[Path], named: Iterable[str], by: str) -> None:
    """Say how many clips a list of them leaves out, for they are in no row."""
    known = set(map(os.path.normpath, named))
    left = [clip for clip in clips if os.path.normpath(clip) not in known]
    if left:
        clips_are = "1 clip is" if len(left) == 1 else f"{len(left):,} clips are"
        message = f"{clips_are} named by no row of {by}, and left out: {left[0]}"
        more = ", ..." if len(left) > 1 else ""
        warnings.warn(message + more, EarmarkWarning, stacklevel=3)


def _item(path: Path, clip_id: str) -> dict[str, str]:
    item = {"id": clip_id, "audio": str(path)}
    beside = path.with_suffix(".txt")
    if beside.is_file():
        with open_text(beside) as stream:
            raw = stream.read(MAX_LINE + 1)
        fault = bad_utf8(raw) if len(raw) <= MAX_LINE else f"longer than {MAX_LINE} bytes"
        if fault:
            raise DataError(f"its text {beside}: {fault}")
        item["text"] = raw.decode().strip()
    return item
