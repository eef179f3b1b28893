"""Samples to bytes: PCM16 by rounding, WAV, FLAC, MP3, and base64 text.

*Conventions*: 16-bit samples are ``clip(rint(x * 32768), -32768, 32767)``. libsndfile takes
the floor instead, which shifts everything by half a step, and makes a full-scale click of a
NaN; so floats are never left to it. Samples that came as 16-bit go out bit for bit.

The same clip gives the same bytes at every run.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pybase64
import soundfile

from ..errors import AudioError, did_you_mean
from . import riff
from .clip import Clip
from .limits import fault

FORMATS = ("wav", "flac", "mp3")
API_FORMATS = ("wav", "mp3")  # what the Evals API takes as input_audio

_FULL_SCALE = np.float32(32768)
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def quantised(clip: Clip) -> npt.NDArray[np.int16]:
    """16-bit samples as they lie in a file: [frames, channels], rounded to nearest, clipped.

    Raises:
        AudioError: a sample is NaN or infinite.
    """
    if found := fault(clip.samples, clip.rate):
        raise AudioError(f"{found.what}; no 16-bit sample stands for that")
    scaled = clip.samples * _FULL_SCALE
    np.rint(scaled, out=scaled)
    np.clip(scaled, -32768, 32767, out=scaled)
    return np.ascontiguousarray(scaled.T, dtype="<i2")


def clipping_note(clip: Clip) -> str | None:
    """How many samples 16 bits cannot hold, or None.

    Full scale itself, +1.0, is one step too high and not counted: 32767 stands for it.
    """
    count = int(np.count_nonzero(np.abs(clip.samples) > 1))
    if not count:
        return None
    return (
        f"{count:,} of {clip.samples.size:,} samples are beyond full scale and were clipped; "
        "normalise the clip first"
    )


def encoded(clip: Clip, format: str) -> bytes:
    """The bytes of a file of this format.

    Raises:
        AudioError: a format other than wav, flac and mp3, or a rate or number of channels
            that the format cannot hold.
    """
    check_format(format, clip.rate, clip.channels)
    samples = quantised(clip)
    if format == "wav":
        return riff.header(clip.frames, clip.channels, clip.rate) + samples.tobytes()
    buffer = io.BytesIO()
    subtype = "MPEG_LAYER_III" if format == "mp3" else "PCM_16"
    # half of what libsndfile 1.2.2 makes of two channels of int16 is noise in an MP3
    # (libsndfile pull request 1106); floats it encodes as they are
    levels = samples * np.float32(2**-15) if format == "mp3" else samples
    try:
        soundfile.write(buffer, levels, clip.rate, format=format.upper(), subtype=subtype)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{format} cannot hold {clip.channels} channels at {clip.rate} Hz: {error.error_string}"
        ) from None
    return buffer.getvalue()


def check_format(format: str, rate: int | None = None, channels: int = 1) -> None:
    """Refuse a format that cannot be written, or that cannot hold this rate or these channels.

    Raises:
        AudioError: as said.
    """
    if format not in FORMATS:
        raise AudioError(
            f"cannot write {format!r}: the formats are {', '.join(FORMATS)}."
            f"{did_you_mean(format, FORMATS)}"
        )
    if format == "mp3" and (channels > 2 or rate not in (None, *_MP3_RATES)):
        raise AudioError(
            f"MP3 holds 1 or 2 channels at {', '.join(map(str, _MP3_RATES))} Hz, not "
            f"{channels} at {rate}; mix down or resample first"
        )


def as_base64(data: bytes | memoryview) -> str:
    """Base64 text, without line breaks.

    pybase64 straight to text: a ``.decode()`` afterwards costs four times as much.
    """
    return pybase64.b64encode_as_string(data)
