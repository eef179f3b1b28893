"""Transcripts of LibriSpeech to records: one line a clip, with its id in front.

*Conventions*: a line of ``84-121123.trans.txt`` is ``ID TEXT``, and the clip lies beside it as
``ID.flac``, or with another of ``EXTENSIONS``. An item is ``{"id", "audio", "text"}``. A clip that
is absent has an item all the same; one in no transcript has none, and a warning counts them.

*Reference*: Panayotov et al. 2015, "Librispeech: an ASR corpus based on public domain audio books".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import DataError
from ..types import Rejection
from .addresses import shown
from .folder import warn_unnamed
from .lines import TOO_LONG, bad_utf8, lines, open_text
from .records import Record

TRANSCRIPT = ".trans.txt"
EXTENSIONS = (".flac", ".wav", ".mp3", ".ogg")


def read_transcript(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of one transcript, their clips relative to its folder.

    Raises:
        DataError: the file cannot be opened, or is no UTF-8 text at all.
    """
    file = os.fspath(path)
    folder = os.path.dirname(file)
    beside = os.listdir(folder or ".") if os.path.isfile(file) else []
    clips = [Path(folder, name) for name in sorted(beside) if name.endswith(EXTENSIONS)]
    named: set[str] = set()
    yield from _items(file, "", {clip.name for clip in clips}, named)
    warn_unnamed(clips, {os.path.join(folder, name) for name in named}, file)


def read_corpus(transcripts: Sequence[Path], clips: Sequence[Path]) -> Iterator[Record | Rejection]:
    """The items of many transcripts, their clips as they are reached from here.

    Args:
        transcripts: in the order in which they are read.
        clips: all clips in the same folders.
    """
    there = set(map(str, clips))
    named: set[str] = set()
    for transcript in transcripts:
        yield from _items(str(transcript), str(transcript.parent), there, named)
    warn_unnamed(clips, named, f"the {len(transcripts):,} transcripts")


def _items(
    file: str, folder: str, there: set[str], named: set[str]
) -> Iterator[Record | Rejection]:
    """The items of a transcript; their clips, in this folder, are added to ``named``."""
    named_as = shown(file)
    with open_text(file) as stream:
        for number, raw in enumerate(lines(stream), 1):
            if raw is not None and (not raw or raw.isspace()):
                continue
            try:
                clip_id, text = _divided(raw)
            except DataError as error:
                yield Rejection("", named_as, str(error), number)
                continue
            names = [os.path.join(folder, clip_id + extension) for extension in EXTENSIONS]
            audio = next((name for name in names if name in there), names[0])
            named.add(audio)
            if text:
                item = {"id": clip_id, "audio": audio, "text": text}
                yield Record(item, named_as, number, len(raw or b""))
            else:
                reason = "no text stands behind the id; a line is an id, a blank and the text"
                yield Rejection(clip_id, named_as, reason, number)


def _divided(raw: bytes | None) -> tuple[str, str]:
    """The id and the text of a line.

    Raises:
        DataError: it is too long, no UTF-8, or begins with what is no id.
    """
    fault = TOO_LONG if raw is None else bad_utf8(raw)
    if fault or raw is None:
        raise DataError(fault)
    clip_id, *text = raw.decode().split(maxsplit=1) or [""]
    if "/" in clip_id or os.sep in clip_id:
        raise DataError(f"{clip_id!r:.80} is no id: it has a folder in it")
    return clip_id, "".join(text).strip()
