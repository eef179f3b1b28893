"""One clip through the stages of `earmark.prepare`, with the time that each takes.

*Conventions*: the stages are those of the way that the clip really goes. Audio that passes
through untouched is read and looked over, which counts as ``decode``; mixing down counts as
``resample``, and the item's own JSON as ``write``.
"""

from __future__ import annotations

import time
from typing import BinaryIO

import pybase64

from ..audio.clip import Clip
from ..audio.clips import SourceClip
from ..audio.encode import API_FORMATS, clipping_note, encoded
from ..audio.line import line
from ..audio.load import decode_source, recognise
from ..audio.payload import Payload, Recipe, payload
from ..audio.transform import mixed_down, normalised, resampled
from ..audio.value import Encoded, open_value

STAGES = ("decode", "resample", "normalise", "encode", "base64", "write")


def in_stages(clip: SourceClip, recipe: Recipe, file: BinaryIO, seconds: dict[str, float]) -> None:
    """Write the clip's line as `earmark.prepare` would, one stage after the other.

    Args:
        clip: what is prepared.
        recipe: how; its format is left out.
        file: where the line goes.
        seconds: stage -> seconds, to which those of this clip are added.

    Raises:
        AudioError: the clip cannot be read.
        DataError: its item holds what JSON cannot.
    """
    watch = _Watch(seconds)
    source = open_value(clip.value, base=clip.base)
    if isinstance(source, Encoded) and _passes(source, recipe):
        made = payload(source.data, recipe)
        watch("decode")
    else:
        made = _made(decode_source(source), recipe, watch)
    text = pybase64.b64encode(made.data)
    watch("base64")
    around = line(clip, made)
    file.write(around.head + b',"audio_base64":"')
    file.write(text)
    file.write(b'","audio_format":"' + made.format.encode() + b'"}' + around.tail)
    watch("write")


def _passes(source: Encoded, recipe: Recipe) -> bool:
    """Whether the bytes go out as they came."""
    is_whole = recipe.transform.is_identity and not source.segment
    return is_whole and recognise(source) in API_FORMATS


def _made(clip: Clip, recipe: Recipe, watch: _Watch) -> Payload:
    transform = recipe.transform
    watch("decode")
    if transform.channels == 1:
        clip = mixed_down(clip)
    if transform.rate is not None:
        clip = resampled(clip, transform.rate)
    watch("resample")
    if transform.level:
        clip = normalised(clip, transform.level)
    watch("normalise")
    notes = (*clip.notes, note) if (note := clipping_note(clip)) else clip.notes
    data = encoded(clip, "wav")
    watch("encode")
    return Payload(data, "wav", clip.duration, notes)


class _Watch:
    """Adds the time since it was last asked to a stage."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._last = time.perf_counter()

    def __call__(self, stage: str) -> None:
        now = time.perf_counter()
        self._seconds[stage] += now - self._last
        self._last = now
