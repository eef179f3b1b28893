"""RIFF/WAVE, read from the bytes that are there, whatever the header claims.

Every library obeys the header: a data size of 0 gives no frames without a word, too small a
size cuts the clip. Here the chunks are walked, claims are compared with what is present, and
each difference is a note.

*Conventions*: a ``note`` says what was lost or does not add up; no note, nothing wrong.

*Reference*: Multimedia Programming Interface and Data Specifications 1.0 (1991), "Waveform
Audio File Format"; WAVE_FORMAT_EXTENSIBLE as in mmreg.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import AudioError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_STREAMED = (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFF000, 0x7FFFFFFE)  # "size unknown"
_MAX_CHUNKS = 10_000  # before the data; zeros read as empty chunks would be walked for minutes
_KNOWN_CHUNK = (b"fmt ", b"data", b"LIST", b"fact", b"bext", b"cue ", b"id3 ", b"PEAK", b"JUNK")


@dataclass(frozen=True, slots=True)
class Wave:
    """What a WAV file holds.

    Attributes:
        tag: the format tag (1 PCM, 3 float, 7 mu-law, ...), extensible ones resolved.
        channels, rate, bits: of the samples; rate in Hz.
        block: bytes of one frame (of one block for ADPCM).
        start, size: where the sample bytes lie, and how many are really there.
        notes: what does not add up.
    """

    tag: int
    channels: int
    rate: int
    bits: int
    block: int
    start: int
    size: int
    notes: tuple[str, ...]

    @property
    def is_linear(self) -> bool:
        """Whether `samples` can read it: PCM of 8 to 32 bits, or float of 32 or 64."""
        widths = (8, 16, 24, 32) if self.tag == _PCM else (32, 64) if self.tag == _FLOAT else ()
        return self.bits in widths and self.block == self.channels * self.bits // 8

    @property
    def is_float(self) -> bool:
        """Whether samples may be NaN or infinite."""
        return self.tag == _FLOAT

    @property
    def frames(self) -> int:
        """Frames really present (linear samples only)."""
        return self.size // self.block


def parse(data: bytes | memoryview) -> Wave:
    """Walk the chunks of a WAV file.

    Raises:
        AudioError: no fmt chunk before the data, no data chunk, or a fmt chunk that is broken.
    """
    view = memoryview(data)
    if bytes(view[:4]) == b"RIFX":
        raise AudioError("a big-endian WAV (RIFX): convert it, for example with sox")
    notes: list[str] = []
    fmt: tuple[int, int, int, int, int] | None = None
    position = 12
    for _ in range(_MAX_CHUNKS):
        if position + 8 > len(view):
            break
        name, claimed = struct.unpack_from("<4sI", view, position)
        if name == b"data":
            if fmt is None:
                raise AudioError("a WAV whose data comes before its format: it cannot be read")
            start = position + 8
            size = _data_size(claimed, len(view) - start, fmt[4], view[start:], notes)
            return Wave(*fmt, start, size, tuple(notes))
        if name == b"fmt ":
            fmt = _format(view[position + 8 : position + 8 + claimed])
        position = _next_chunk(view, position + 8 + claimed, claimed, notes)
    raise AudioError(
        "a WAV without a data chunk: there is no audio in it"
        if fmt
        else "a WAV whose header is cut or broken: no format chunk"
    )


def samples(
    data: bytes | memoryview, wave: Wave, first: int = 0, end: int | None = None
) -> npt.NDArray[np.float32]:
    """The samples of a linear WAV, float32 [channels, frames], full scale = 1.

    Reading 16-bit samples as integers and scaling them here is 5 times faster than letting
    libsndfile make floats (benchmarks/RESULTS.md), and exact: 2^-15 is a power of two.

    Args:
        data: the whole file.
        wave: what `parse` found in it.
        first: the frame to begin with.
        end: the frame to stop before; all that are there when left out.
    """
    count = ((wave.frames if end is None else end) - first) * wave.channels
    start = wave.start + first * wave.block
    if wave.tag == _FLOAT:
        floats = np.frombuffer(data, f"<f{wave.bits // 8}", count, start)
        with np.errstate(over="ignore", invalid="ignore"):  # beyond float32 becomes infinite
            return floats.astype(np.float32).reshape(-1, wave.channels).T
    if wave.bits == 8:  # unsigned, 128 is zero
        levels = np.frombuffer(data, np.uint8, count, start).view(np.int8) ^ np.int8(-128)
    elif wave.bits == 24:
        # int32 at every third byte, one early: the byte before each sample is cut off again
        wide = np.ndarray((count,), "<i4", data, start - 1, (3,))
        levels = np.bitwise_and(wide, ~0xFF)
    else:
        levels = np.frombuffer(data, f"<i{wave.bits // 8}", count, start)
    scale = np.float32(2.0 ** (1 - 8 * levels.itemsize))
    flat: npt.NDArray[np.float32] = np.multiply(levels, scale, dtype=np.float32)
    return flat.reshape(-1, wave.channels).T


def repaired(data: bytes | memoryview, wave: Wave) -> bytes:
    """The file with true sizes in its header, for decoders that believe them."""
    fixed = bytearray(data[: wave.start + wave.size])
    struct.pack_into("<I", fixed, 4, len(fixed) - 8)
    struct.pack_into("<I", fixed, wave.start - 4, wave.size)
    return bytes(fixed)


def header(frames: int, channels: int, rate: int) -> bytes:
    """The 44 bytes before PCM16 samples.

    Raises:
        AudioError: more than the 4 GiB that a WAV can hold.
    """
    size = frames * channels * 2
    if size > 0xFFFFFFFF - 36:
        raise AudioError(f"{size:,} bytes of samples: a WAV holds at most 4 GiB; cut the clip")
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", size + 36, b"WAVE", b"fmt ", 16, _PCM, channels),
        *(rate, rate * channels * 2, channels * 2, 16, b"data", size),
    )


def _format(chunk: memoryview) -> tuple[int, int, int, int, int]:
    if len(chunk) < 16:
        raise AudioError(f"a WAV whose format chunk is cut: {len(chunk)} of 16 bytes")
    tag, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    if channels == 0 or block == 0:
        raise AudioError(f"a WAV of {channels} channels and {block} bytes a frame: broken header")
    return tag, channels, rate, bits, block


def _data_size(claimed: int, present: int, block: int, rest: memoryview, notes: list[str]) -> int:
    size = min(claimed, present)
    if claimed == 0 and present:
        size = present
        notes.append(f"the header says 0 bytes of audio, but {present:,} follow; all were read")
    elif claimed in _STREAMED:
        size = present  # written while streaming: the size was not known yet
    elif claimed > present:
        notes.append(
            f"truncated: the header promises {claimed:,} bytes of audio, {present:,} are there"
        )
    elif present - claimed > claimed & 1 and not _is_chunk(rest[claimed + (claimed & 1) :]):
        notes.append(
            f"{present - claimed:,} bytes follow the {claimed:,} bytes of audio that the header "
            "promises; they were not read"
        )
    if size % block and claimed not in _STREAMED:
        notes.append(f"the last frame is cut: {size % block} of {block} bytes, dropped")
    return size


def _is_chunk(rest: memoryview) -> bool:
    """Whether what follows is a whole chunk of another kind, such as a player's tags."""
    if len(rest) < 8:
        return False
    name, claimed = struct.unpack_from("<4sI", rest)
    printable = all(32 <= byte < 127 for byte in name)
    return printable and name != b"data" and 8 + claimed <= len(rest) + 1  # 1: the pad byte


def _next_chunk(view: memoryview, end: int, claimed: int, notes: list[str]) -> int:
    """Chunks begin at even offsets; some writers forget the pad byte."""
    if claimed % 2 == 0:
        return end
    if bytes(view[end : end + 4]) in _KNOWN_CHUNK:
        notes.append("a chunk of odd length has no pad byte; the next one was found without it")
        return end
    return end + 1
