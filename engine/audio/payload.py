"""One audio value to the bytes that go out, with the format they really have.

*Conventions*: nothing is changed that was not asked for. With no transform asked for, WAV and
MP3 pass through byte for byte, without being decoded; anything else, and any segment of a
file, becomes a WAV of the same rate and channels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import AudioError, ConfigError
from . import mpeg, riff
from .encode import API_FORMATS, check_format, clipping_note, encoded
from .limits import LIMITS, Limits, fault
from .load import NonFinite, claim_notes, decode_source, recognise
from .transform import Level, Transform
from .value import Encoded, open_value


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that are ready to go out.

    Attributes:
        data: a whole file.
        format: what it really is: ``wav``, ``mp3`` or ``flac``.
        seconds: of audio in it.
        notes: what was lost, limited or looks wrong.
    """

    data: bytes | memoryview
    format: str
    seconds: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How every clip is prepared.

    Attributes:
        transform: what is changed.
        format: the format to write; where it is None, WAV and MP3 to which nothing is done stay
            what they are, and the rest becomes WAV. Whatever is written anew has 16 bits.
        nonfinite: NaN and infinity are an ``error``, or set to ``zero``.
    """

    transform: Transform = field(default_factory=Transform)
    format: str | None = None
    nonfinite: NonFinite = "error"
    limits: Limits = LIMITS


def recipe_of(
    rate: int | None,
    channels: int | None,
    loudness: float | None,
    peak: float | None,
    rms: float | None,
    format: str | None,
    nonfinite: NonFinite,
) -> Recipe:
    """The recipe that options ask for, named as those of `earmark.prepare` are.

    Raises:
        ConfigError: options that cannot be meant.

    >>> recipe_of(16_000, 1, None, -3.0, None, "wav", "error").transform.level
    Level(lufs=None, peak_dbfs=-3.0, rms_dbfs=None)
    """
    levels = {"loudness": loudness, "peak": peak, "rms": rms}
    given = [name for name, value in levels.items() if value is not None]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} are both given: a clip has one level")
    if nonfinite not in ("error", "zero"):
        raise ConfigError(f"nonfinite={nonfinite!r}: it is 'error' or 'zero'")
    try:
        level = Level(lufs=loudness, peak_dbfs=peak, rms_dbfs=rms) if given else None
    except ConfigError as error:
        raise ConfigError(f"{given[0]}={levels[given[0]]:g}: {error}") from None
    try:
        if format is not None:
            check_format(format, rate)
        return Recipe(Transform(rate, channels, level), format, nonfinite)
    except AudioError as error:  # of an option, not of a clip
        raise ConfigError(str(error)) from None


def payload(value: Any, recipe: Recipe, base: str = "") -> Payload:
    """Prepare one audio value.

    Raises:
        AudioError: the value cannot be read, or the format cannot hold it.
    """
    source = open_value(value, base=base, limits=recipe.limits)
    if isinstance(source, Encoded) and recipe.transform.is_identity and not source.segment:
        kind = recognise(source)
        wanted = recipe.format or (kind if kind in API_FORMATS else "wav")
        if wanted == kind and (kept := _untouched(source, kind, recipe)):
            return kept
    clip = recipe.transform(decode_source(source, recipe.nonfinite, recipe.limits))
    notes = (*clip.notes, note) if (note := clipping_note(clip)) else clip.notes
    format = recipe.format or "wav"
    return Payload(encoded(clip, format), format, clip.duration, notes)


def _untouched(source: Encoded, kind: str, recipe: Recipe) -> Payload | None:
    """The bytes as they are; None where NaN in them must be set to zero."""
    if kind == "mp3":
        found = mpeg.walk(source.data)
        recipe.limits.check_shape(found.rate, found.channels)
        recipe.limits.check_frames(found.frames, found.rate, found.channels)
        notes = claim_notes(source, kind) + found.notes
        return Payload(source.data, kind, found.frames / found.rate, notes)
    if kind == "flac":
        clip = decode_source(source, recipe.nonfinite, recipe.limits)
        return Payload(source.data, kind, clip.duration, clip.notes)
    wave = riff.parse(source.data)
    if wave.is_linear and not wave.is_float and wave.frames:
        recipe.limits.check_shape(wave.rate, wave.channels)
        recipe.limits.check_frames(wave.frames, wave.rate, wave.channels)
        notes = claim_notes(source, kind) + wave.notes
        return Payload(source.data, kind, wave.frames / wave.rate, notes)
    # floats may hold NaN, and only a decoder knows how much audio a compressed WAV holds
    clip = decode_source(source, recipe.nonfinite, recipe.limits)
    has_samples = wave.is_float and wave.is_linear and recipe.nonfinite == "zero"
    if has_samples and fault(riff.samples(source.data, wave), wave.rate):
        return None
    return Payload(source.data, kind, clip.duration, clip.notes)
