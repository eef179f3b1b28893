"""TSV to records: as spreadsheets and pandas write it, or as Common Voice does.

*Conventions*: an ordinary TSV follows the rules of CSV with tabs for commas, quotes included. One
whose header names ``client_id``, ``path`` and ``sentence`` is a table of Common Voice: there a
quote is a character like any other, for sentences hold them unpaired. Its items keep their fields
and get ``audio``: the clip's path below the folder of the table, which is ``clips/`` and ``path``
(with ``.mp3``, which the first releases leave out). A column ``audio`` of the user's own is kept
as ``own_audio``, which is said.

*Reference*: Common Voice's CorporaCreator; IANA text/tab-separated-values.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import EarmarkWarning
from ..types import Rejection
from .delimited import Dialect, read_delimited
from .folder import is_clip
from .lines import lines, open_text
from .records import Record

CLIPS = "clips"  # the folder beside the tables of Common Voice

_COMMON_VOICE = {"client_id", "path", "sentence"}


def read_tsv(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of a TSV file, and what could not be read, in the file's order.

    Raises:
        DataError: the file cannot be opened, is no UTF-8 text, or its header is unusable.
    """
    said = False
    for record in read_delimited(path, b"\t", _dialect):
        if not isinstance(record, Record) or not _COMMON_VOICE <= record.value.keys():
            yield record
            continue
        item, own = _with_clip(record.value)
        if own and not said:
            message = f"{record.file}: its column 'audio' is read as {own!r}; audio is the clip"
            warnings.warn(message, EarmarkWarning, stacklevel=2)
            said = True
        yield record._replace(value=item)


def is_common_voice(path: str | os.PathLike[str]) -> bool:
    """Whether a TSV file is a table of Common Voice, by its header.

    Raises:
        DataError: it cannot be opened, or is no UTF-8 text.
    """
    with open_text(path) as stream:
        return _dialect(next(lines(stream), b"") or b"") is not None


def _dialect(header: bytes) -> Dialect | None:
    names = header.decode(errors="replace").strip().split("\t")
    return Dialect(b"\t", quoted=False) if set(names) >= _COMMON_VOICE else None


def _with_clip(value: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """An item with its clip as ``audio``, and what its own ``audio`` is called, if it has one."""
    item, own = dict(value), "audio"
    while own in item:
        own = f"own_{own}"
    if own != "audio":
        item[own] = item["audio"]
    item["audio"] = _clip(item["path"])
    return item, own if own != "audio" else ""


def _clip(path: str) -> str:
    """Where a clip lies, from the folder of its table.

    >>> _clip("common_voice_cy_1.mp3"), _clip("0a1b"), _clip("other/clips/0a1b.mp3"), _clip("")
    ('clips/common_voice_cy_1.mp3', 'clips/0a1b.mp3', 'other/clips/0a1b.mp3', '')
    """
    if not path:
        return ""
    name = path if is_clip(path) else f"{path}.mp3"
    return name if "/" in name else f"{CLIPS}/{name}"
