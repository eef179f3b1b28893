"""Which field of the items holds audio.

*Conventions*: a name that says audio comes first, in the order of ``NAMES``; then a field
whose values look like audio. Nothing is guessed in silence: the field comes with the reason,
which names the others that it could have been.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ..errors import DataError, did_you_mean
from ..types import Rows
from .folder import is_clip

NAMES = (
    "audio_base64 audio input_audio audio_path audio_filepath audio_file audio_url wav wav_path "
    "clip clip_path sound speech recording"
).split()

_LOOKED_AT = 100  # rows; a field may be absent from the first ones


@dataclass(frozen=True, slots=True)
class AudioField:
    """A field of the items that holds audio, and the sentence that says why."""

    name: str
    why: str


def guess_audio_field(rows: Rows, field: str | None = None) -> AudioField:
    """The field that holds audio.

    Args:
        rows: the first hundred are looked at.
        field: the user's own choice, which is only checked for being there.

    Raises:
        DataError: no field looks like audio, or the chosen one does not exist.

    >>> rows = Rows(["0"], [{"id": "q", "take": "a.wav"}], [None], [0])
    >>> guess_audio_field(rows).why
    "audio field: 'take' (its values are paths ending in .wav)"
    """
    values = _values(rows)
    if field is not None and field not in values:
        raise DataError(
            f"no item has the audio field {field!r}; the fields are {_listed(values)}."
            f"{did_you_mean(field, values)}"
        )
    if field is not None:
        return AudioField(field, f"audio field: {field!r} (as asked for)")
    named = {name: "by its name" for name in NAMES if any(map(_may_be, values.get(name, ())))}
    looks = {name: _look(found) for name, found in values.items()}
    found = {**named, **{name: f"its values are {look}" for name, look in looks.items() if look}}
    if not found:
        raise DataError(
            f"no field of the items looks like audio; the fields are {_listed(values)}. "
            f"Name it with --audio-field (audio_field= in Python)"
        )
    name, *others = found
    also = f"; it could also be {', '.join(map(repr, others))}" if others else ""
    return AudioField(name, f"audio field: {name!r} ({found[name]}{also})")


def _values(rows: Rows) -> dict[str, list[Any]]:
    """Field -> its values that are not null, in the first rows."""
    values: dict[str, list[Any]] = {}
    for item in rows.items[:_LOOKED_AT]:
        for name, value in item.items():
            found = values.setdefault(str(name), [])
            if value is not None and not (isinstance(value, str) and not value.strip()):
                found.append(value)
    return values


def _may_be(value: Any) -> bool:
    return not isinstance(value, bool | int | float)


def _look(values: Iterable[Any]) -> str:
    """What most of the values look like, where that is audio; else nothing."""
    looks = [_look_of_one(value) for value in values]
    known = [look for look in looks if look]
    return known[0] if 2 * len(known) > len(looks) else ""


def _look_of_one(value: Any) -> str:
    if isinstance(value, Mapping):
        keys = {"array", "bytes", "data", "input_audio"} & value.keys()
        inner = _look_of_one(value["path"]) if isinstance(value.get("path"), str) else ""
        return f"objects with {min(keys)!r}" if keys else inner and "objects with a 'path'"
    if isinstance(value, bytes | bytearray | memoryview):
        return "bytes"
    if isinstance(value, str) and value[:11].lower() == "data:audio/":
        return "data URIs of audio"
    if isinstance(value, str | os.PathLike) and is_clip(value):
        return f"paths ending in {PurePath(value).suffix.lower()}"
    if isinstance(value, tuple) and len(value) == 2 and hasattr(value[0], "shape"):
        return "pairs of an array and a rate"
    return "audio objects" if hasattr(value, "get_all_samples") else ""  # torchcodec's decoder


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "none at all"
