"""One prepared item as a line of JSON, with the audio put in as it is.

*Conventions*: ``{"item": {..., "audio_base64": ..., "audio_format": ...}}`` and what else the
row had (``sample``, ``repeat``). The item keeps its own fields and gets an id where it had
none; audio that stood in it as text or samples is replaced, a path stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson
import pybase64

from ..data.write import json_line
from .clips import SourceClip
from .payload import Payload

_PLACE = ("path", "offset", "duration")
_MAX_KEPT_TEXT = 1000  # a path; anything longer is audio as text


@dataclass(frozen=True, slots=True)
class Line:
    """The JSON before and behind the audio, and the audio."""

    head: bytes
    tail: bytes
    payload: Payload

    def write(self, file: BinaryIO) -> None:
        """Write the base64 between prefix and suffix: no JSON writer need scan it."""
        file.write(self.head + b',"audio_base64":"')
        file.write(pybase64.b64encode(self.payload.data))
        file.write(b'","audio_format":"' + self.payload.format.encode() + b'"}' + self.tail)


def line(clip: SourceClip, payload: Payload) -> Line:
    """The line of an item with its audio.

    Raises:
        DataError: the item holds what JSON cannot.
    """
    return Line(*_around(clip), payload)


def line_without_audio(clip: SourceClip, reason: str) -> bytes:
    """The line of an item that is kept without its audio, and why.

    Raises:
        DataError: the item holds what JSON cannot.
    """
    head, tail = _around(clip)
    nulls = b',"audio_base64":null,"audio_format":null,"audio_error":'
    return head + nulls + orjson.dumps(reason) + b"}" + tail


def _around(clip: SourceClip) -> tuple[bytes, bytes]:
    row = clip.row
    head = json_line({"item": _item(clip)}).removesuffix(b"}}\n")  # an item has an id at least
    rest: dict[str, Any] = {} if row.sample is None else {"sample": dict(row.sample)}
    if row.repeat:
        rest["repeat"] = row.repeat
    tail = json_line(rest)[1:]  # `}` alone, or the row's other parts and `}`
    return head, b"," + tail if rest else tail


def _item(clip: SourceClip) -> dict[str, Any]:
    item: dict[str, Any] = {"id": clip.row.id} | dict(clip.row.item)
    if item["id"] in (None, ""):
        item["id"] = clip.row.id
    item[clip.field] = _named(item.get(clip.field))
    if item[clip.field] is None:
        del item[clip.field]
    for name in ("audio_base64", "audio_format", "audio_error"):
        item.pop(name, None)
    return item


def _named(value: Any) -> Any:
    """What of an audio value says where it came from: a path, or the part of a file; else None."""
    if isinstance(value, Mapping) and value.get("bytes") is None and value.get("array") is None:
        part = {key: value[key] for key in _PLACE if value.get(key) is not None}
        return part if _named(part.get("path")) else None
    is_name = isinstance(value, str) and len(value) < _MAX_KEPT_TEXT
    return value if is_name and value[:5].lower() != "data:" else None
