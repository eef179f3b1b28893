"""A folder of clips to records: one item a clip, with the text that lies beside it.

*Conventions*: an item is ``{"id", "audio", "text"}``. ``id`` is the path inside the folder
without its extension (with it, where two clips differ in nothing else); ``audio`` is the path
as it is reached from the working directory; ``text`` is what the ``.txt`` of the same name
holds, without the white space around it, and is absent where there is none. Clips come in the
order of their paths. Hidden files and folders, and links to folders, are left out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from ..errors import DataError
from ..types import Rejection
from .lines import MAX_LINE, bad_utf8, open_text
from .records import Record

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


def read_folder(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The clips of a folder and of those below it.

    Raises:
        DataError: there is no clip in it.
    """
    found = sorted(_clips(Path(path)))
    if not found:
        raise DataError(
            f"{os.fspath(path)}: no clip lies in this folder (.wav, .mp3, .flac, .ogg, ...); "
            f"for a data file inside it, name the file"
        )
    return read_clips(found, Path(path))


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


def _clips(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be listed: {error.strerror}") from error

    for here, below, files in os.walk(folder, onerror=fail):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(here, f) for f in files if is_clip(f) and not f.startswith("."))


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
