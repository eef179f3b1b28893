"""The two helpers of OpenAI's audio-evals guide, under their own names.

They keep what they did there (a path, a data URI, a dict with a path, a dict with an array and
its rate, an object with these attributes, raw bytes, ValueError otherwise) and are right where
the originals were not: quoted commas in a data URI, stereo arrays, rounding.
"""

from __future__ import annotations

import os
from typing import Any

from ..errors import AudioError
from .encode import as_base64
from .load import load_audio
from .value import Encoded, open_value


def get_base64(path_or_data_uri: str | os.PathLike[str]) -> str:
    """The base64 text of a file, or of what a data URI holds.

    Raises:
        AudioError: no such file, or a data URI that cannot be read; also a ValueError.

    >>> get_base64('data:audio/wav;name="a,b.wav";base64,UklGRg==')
    'UklGRg=='
    """
    return audio_to_base64(path_or_data_uri)


def audio_to_base64(value: Any) -> str:
    """The base64 text of any audio value; bytes and files go through untouched.

    Samples, and a segment of a file, become a 16-bit WAV.

    Raises:
        AudioError: a value that cannot be read as audio; also a ValueError.

    >>> audio_to_base64(b"RIFF")
    'UklGRg=='
    """
    source = open_value(value)
    if source.segment:
        return load_audio(value).base64("wav")
    if isinstance(source, Encoded):
        if not len(source.data):
            raise AudioError(f"no audio: {source.name or 'the value'} holds not one byte")
        return as_base64(source.data)
    return load_audio((source.samples, source.rate)).base64("wav")
