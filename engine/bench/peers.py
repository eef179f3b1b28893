"""How others make the same line of JSON, written as their users write it; and the reference.

*Conventions*: a way takes a clip from its file (or its bytes, where it lies in no file of its
own) to a line ``{"item": {"id", "audio_base64"}}``. The distance of what came out is the root
mean square of its difference to a float64 reference, full scale = 1: 0 is identical, and
rounding to 16 bits alone is 9e-6 (-101 dBFS). Where one is shorter, silence stands for the
rest.

*Reference*: libsndfile's float64 samples; at another rate their mean over the channels by soxr
VHQ.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from ..audio.encode import API_FORMATS
from ..audio.value import Encoded, open_value
from .subjects import Subject, Target

Source = str | io.BytesIO
Way = Callable[[Source, Target, str, TextIO], None]


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to the same line.

    Attributes:
        name: as the table shows it.
        write: writes the line of one clip.
        fits: whether it does what this target asks, for this input format.
        package: what must be installed for it; empty: nothing but what is here anyway.
    """

    name: str
    write: Way
    fits: Callable[[str, Target], bool]
    package: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether it can run here."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of its own imports
                return not self.package or bool(importlib.import_module(self.package))
        except ImportError:
            return False


def guide_file(source: Source, target: Target, id: str, out: TextIO) -> None:
    """The guide's helper on a value that has a file: its bytes as they are."""
    if isinstance(source, str):
        with open(source, "rb") as file:
            data = file.read()
    else:
        data = source.getvalue()
    _write(data, id, out)


def guide_array(source: Source, target: Target, id: str, out: TextIO) -> None:
    """The guide's helper on a decoded value: samples, to WAV by soundfile."""
    samples, rate = soundfile.read(source)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.array(samples), rate, format="WAV")
    _write(buffer.getvalue(), id, out)


def librosa(source: Source, target: Target, id: str, out: TextIO) -> None:
    """The way of librosa: to mono at the rate, to WAV by soundfile."""
    loaded: Any = importlib.import_module("librosa")
    samples, rate = loaded.load(source, sr=target.rate, mono=True)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV")
    _write(buffer.getvalue(), id, out)


def _passes(kind: str, target: Target) -> bool:
    return target.rate is None and kind.startswith(API_FORMATS)


PEERS = (
    Peer("guide, file", guide_file, _passes),
    Peer("guide, array", guide_array, lambda kind, target: target.rate is None),
    Peer("librosa", librosa, lambda kind, target: target.rate is not None, "librosa"),
)


def opened(subject: Subject) -> Source:
    """What a peer is given of a clip: its file, else its bytes."""
    if subject.path is not None:
        return subject.path
    source = open_value(subject.clip.value, base=subject.clip.base)
    assert isinstance(source, Encoded)  # what is no file has no reference, and no peer
    return io.BytesIO(source.data)


def reference(subject: Subject, target: Target) -> npt.NDArray[np.float64] | None:
    """What the clip ought to become, [frames, channels]; None where libsndfile reads none."""
    if not subject.is_file:
        return None
    try:
        samples, rate = soundfile.read(opened(subject), always_2d=True)
    except soundfile.LibsndfileError:
        return None
    if target.rate is None:
        return np.asarray(samples)
    mono = soxr.resample(samples.mean(axis=1), rate, target.rate, quality="VHQ")
    return np.asarray(mono)[:, np.newaxis]


def distance(line: Mapping[str, Any], right: npt.NDArray[np.float64]) -> float | None:
    """How far the audio of a line of JSON is from its reference; None: other channels."""
    data = base64.b64decode(line["item"]["audio_base64"])
    mine, _ = soundfile.read(io.BytesIO(data), always_2d=True)
    if mine.shape[1] != right.shape[1]:
        return None
    frames = max(len(mine), len(right))
    difference = _padded(mine, frames) - _padded(right, frames)
    return float(np.sqrt(np.mean(np.square(difference))))


def _padded(samples: npt.NDArray[np.float64], frames: int) -> npt.NDArray[np.float64]:
    return np.pad(samples, ((0, frames - len(samples)), (0, 0)))


def _write(data: bytes, id: str, out: TextIO) -> None:
    text = base64.b64encode(data).decode("ascii")
    out.write(json.dumps({"item": {"id": id, "audio_base64": text}}) + "\n")
