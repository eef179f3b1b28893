"""Files to samples by FFmpeg, through PyAV: M4A, AAC, video containers, AMR and WMA.

PyAV is the extra ``av``, imported when such a file turns up. The sound is what ``ffmpeg -i``
gives: an encoder's delay is cut off where the container tells it, edit lists are followed.

*Conventions*: samples are float32 [channels, frames], full scale = 1. FFmpeg is told which
container it has, and tries no other: some of those that it knows name files to be opened.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import AudioError, MissingExtra
from . import mp4
from .arrays import unit_scale
from .limits import Limits
from .segment import Segment
from .sniff import missing_end

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream, FFmpegError
    from av.container import InputContainer

# container -> the FFmpeg demuxer that reads it
DEMUXERS = {
    **dict.fromkeys(("m4a", "mp4", "mov", "3gp"), "mov"),
    **dict.fromkeys(("webm", "mkv"), "matroska"),
    "aac": "aac",
    "amr": "amr",
    "wma": "asf",
}
_INDEXED = ("mov", "matroska")  # of the others FFmpeg guesses how long they are
_TICKS = 1_000_000  # a second, as FFmpeg counts a file's duration
_TOLERANCE_S = 0.1  # an encoder's delay may be counted in


def read(
    data: bytes | memoryview, kind: str, limits: Limits, segment: Segment | None = None
) -> tuple[npt.NDArray[np.float32], int, tuple[str, ...]]:
    """Decode the first audio stream of a file of this container, up to a segment's end.

    Returns:
        Samples, their rate in Hz, and what was lost.

    Raises:
        AudioError: PyAV is not installed, there is no sound, or a limit is passed.
    """
    av = _pyav(kind)
    lost = mp4.missing_end(data) if DEMUXERS[kind] == "mov" else missing_end(data, kind)
    try:
        source = io.BytesIO(data)
        with av.open(source, "r", format=DEMUXERS[kind], metadata_errors="replace") as file:
            stream, notes = _audio_stream(file, kind)
            frames = _decoded(av, file, stream)
            samples, rate, damage, is_whole = _samples(frames, kind, limits, segment)
            if is_whole and DEMUXERS[kind] in _INDEXED:
                damage = damage or _lack(file, stream, samples.shape[1] / rate)
    except av.FFmpegError as error:
        raise AudioError(f"{kind} that cannot be decoded: {error.strerror}") from None
    notes = (*notes, *filter(None, (lost or damage,)))
    if segment is None:
        return samples, rate, notes
    samples, missing = segment.cut(samples, rate)
    return samples, rate, (*notes, *missing)


def _pyav(kind: str) -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise AudioError(str(MissingExtra("av", "av", f"decoding {kind}"))) from error
    return av


def _audio_stream(file: InputContainer, kind: str) -> tuple[AudioStream, tuple[str, ...]]:
    streams = file.streams.audio
    if not streams:
        others = ", ".join(sorted({stream.type for stream in file.streams})) or "nothing"
        raise AudioError(f"no audio: there is {others} in this {kind}, and no stream of audio")
    if not streams[0].codec_context:  # PyAV before 18 crashes on it
        raise AudioError(f"the audio in this {kind} has a codec that FFmpeg does not know")
    if len(streams) == 1:
        return streams[0], ()
    return streams[0], (f"{len(streams)} streams of audio: only the first was read",)


def _decoded(
    av: ModuleType, file: InputContainer, stream: AudioStream
) -> Iterator[AudioFrame | FFmpegError]:
    """Each frame of the decoder, and the error for each packet that is damaged."""
    try:
        for packet in file.demux(stream):
            try:
                yield from packet.decode()
            except av.FFmpegError as error:
                yield error
    except av.FFmpegError as error:  # nothing behind this can be found
        yield error


class _Shape(NamedTuple):
    """What every frame of a stream has in common."""

    rate: int
    channels: int
    format: str
    is_planar: bool


def _samples(
    decoded: Iterator[AudioFrame | FFmpegError],
    kind: str,
    limits: Limits,
    segment: Segment | None,
) -> tuple[npt.NDArray[np.float32], int, str, bool]:
    """The samples, their rate, a note on damage, and whether there was no more to decode."""
    blocks: list[npt.NDArray[Any]] = []
    errors: list[str | None] = []
    shape, frames, change, is_whole = None, 0, "", True
    begin, stop = None, None
    for frame in decoded:
        if isinstance(frame, Exception):
            errors.append(frame.strerror)
            continue
        found = _shape(frame)
        if shape is None:
            limits.check_shape(found.rate, found.channels)
            shape = found
            begin, stop = frame.time, segment.span(found.rate)[1] if segment else None
        elif found != shape:
            change = f"another sound begins after {frames / shape.rate:.3f} s, of {found.rate} Hz "
            change += f"and {found.channels} channels: only the first was read"
            break
        is_late = _is_late(frame, begin, frames / shape.rate)
        frames += frame.samples
        limits.check_frames(frames, shape.rate, shape.channels)
        blocks.append(_levels(frame, kind))
        if stop is not None and frames >= stop and not is_late:
            is_whole = False
            break
    if shape is None or frames == 0:
        why = f" ({errors[0]})" if errors else ""
        raise AudioError(f"no audio: not one frame of this {kind} can be decoded{why}")
    levels = np.concatenate(blocks, axis=1)
    if not shape.is_planar:
        levels = levels.reshape(-1, shape.channels).T
    return unit_scale(levels), shape.rate, change or _damage(errors), is_whole


def _is_late(frame: AudioFrame, begin: float | None, seconds: float) -> bool:
    """Whether more was due before this frame than was decoded: the whole tells how much."""
    if frame.time is None or begin is None:
        return True
    return frame.time - begin > seconds + _TOLERANCE_S


def _shape(frame: AudioFrame) -> _Shape:
    format = frame.format
    return _Shape(frame.sample_rate, frame.layout.nb_channels, format.name, format.is_planar)


def _levels(frame: AudioFrame, kind: str) -> npt.NDArray[Any]:
    """[channels, frames] where the format is planar, else [1, frames * channels]."""
    try:
        return frame.to_ndarray()
    except ValueError as error:  # 64-bit integers
        raise AudioError(f"{kind} that cannot be decoded: {error}") from None


def _damage(errors: Sequence[str | None]) -> str:
    if not errors:
        return ""
    packets = "1 packet that" if len(errors) == 1 else f"{len(errors):,} packets that"
    return f"truncated or damaged: without {packets} cannot be decoded ({errors[0]})"


def _lack(file: InputContainer, stream: AudioStream, seconds: float) -> str:
    """A note where the container promises more than was decoded, else nothing."""
    promised = 0.0
    if stream.duration and stream.time_base:
        promised = float(stream.duration * stream.time_base)
    elif len(file.streams) == 1 and file.duration and stream.time_base:
        begin = float((stream.start_time or 0) * stream.time_base)
        promised = file.duration / _TICKS - begin  # the whole, as long as its longest stream
    if promised <= seconds + _TOLERANCE_S:
        return ""
    return f"damaged, or with gaps: {promised:.2f} s are promised, {seconds:.2f} s were decoded"
