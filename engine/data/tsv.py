"""TSV to records: as spreadsheets and pandas write it, or as Common Voice does.

*Conventions*: an ordinary TSV follows the rules of CSV with tabs for commas, quotes included. One
whose header names ``client_id``, ``path`` and ``sentence`` is a table of Common Voice: there a
quote is a character like any other, for sentences hold them unpaired. Its items keep their fields
and get ``audio``: the clip's path below the folder of the table, which is ``clips/`` and ``path``
(with ``.mp3``, which the first releases leave out).

*Reference*: Common Voice's CorporaCreator; IANA text/tab-separated-values.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

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
    for record in read_delimited(path, b"\t", _dialect):
        if isinstance(record, Record) and _COMMON_VOICE <= record.value.keys():
            value = record.value
            yield record._replace(value={**value, "audio": _clip(value["path"])})
        else:
            yield record


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


def _clip(path: str) -> str:
    """Where a clip lies, from the folder of its table.

    >>> _clip("common_voice_cy_1.mp3"), _clip("0a1b"), _clip("other/clips/0a1b.mp3"), _clip("")
    ('clips/common_voice_cy_1.mp3', 'clips/0a1b.mp3', 'other/clips/0a1b.mp3', '')
    """
    if not path:
        return ""
    name = path if is_clip(path) else f"{path}.mp3"
    return name if "/" in name else f"{CLIPS}/{name}"
