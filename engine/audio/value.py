"""Any audio value, recognised by its shape: encoded bytes, or samples with a rate.

No library is imported to recognise its values: a Hugging Face dict, a torchcodec decoder, a
torch tensor or a pydub segment is known by what it offers.

*Conventions*: where a value offers several forms, a file that exists comes first, then
samples, then bytes. Integers are scaled by their type's full scale.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import unquote_to_bytes

import numpy as np
import numpy.typing as npt
import pybase64

from ..errors import AudioError
from .limits import LIMITS, Limits
from .sniff import container, extension

_BASE64_HEAD = re.compile(r"[A-Za-z0-9+/]{64}")
# possessive: a body of megabytes without a comma must not be tried again from each of its ends
_DATA_URI = re.compile(r"data:((?:\"[^\"]*+\"|[^,\"]++)*+),", re.DOTALL | re.IGNORECASE)
_LONGEST_PATH = 4096
_READ_BYTES = 1 << 20
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class Encoded:
    """Bytes of a file.

    Attributes:
        data: the bytes.
        name: the path or name they came under, may be empty.
        claim: the extension, declared format or media type, in lower case, may be empty.
    """

    data: bytes | memoryview
    name: str = ""
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples as somebody's array: float32 [channels, frames], and the rate in Hz."""

    samples: npt.NDArray[np.float32]
    rate: int


def open_value(
    value: Any, rate: int | None = None, base: str = "", limits: Limits = LIMITS
) -> Encoded | Samples:
    """The bytes or the samples behind an audio value.

    Args:
        value: any audio value (see `earmark.load_audio`).
        rate: the rate in Hz of a bare array or tensor.
        base: the folder that relative paths are relative to.
        limits: sizes beyond which nothing is read.

    Raises:
        AudioError: there is no such file, or the value has none of the known shapes.
    """
    if isinstance(value, str):
        return _from_text(value, base, limits)
    if isinstance(value, os.PathLike):
        return _from_path(os.fspath(value), base, limits)
    if isinstance(value, bytes | bytearray | memoryview):
        return _from_bytes(value, "", limits)
    if isinstance(value, Mapping):
        return _from_mapping(value, base, limits)
    if isinstance(value, tuple) and len(value) == 2:
        return Samples(as_planar(value[0]), _whole_rate(value[1]))
    return _from_object(value, rate, base, limits)


def as_planar(array: Any) -> npt.NDArray[np.float32]:
    """Somebody's array as float32 [channels, frames], full scale = 1.

    Two dimensions are [channels, frames]; [frames, channels] is taken where only that can be
    meant: at most 32 in one direction, more than 32 in the other.

    Raises:
        AudioError: another number of dimensions, two that could be read both ways, or a type
            without a full scale.
    """
    for step in ("detach", "cpu"):  # a torch tensor, perhaps on a device
        if hasattr(array, step):
            array = getattr(array, step)()
    try:
        samples = np.asarray(array)
    except (TypeError, ValueError) as error:  # a type NumPy lacks; lists of different lengths
        raise AudioError(f"the samples form no array: {error}") from None
    if samples.ndim == 1:
        samples = samples[np.newaxis]
    if samples.ndim != 2:
        raise AudioError(
            f"an array of shape {samples.shape}: one clip is [frames] or [channels, frames]"
        )
    return _unit_scale(_channels_first(samples))


def _channels_first(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    rows, columns = samples.shape
    if rows == 1 or (rows <= LIMITS.max_channels < columns):
        return samples
    if columns == 1 or (columns <= LIMITS.max_channels < rows):
        return samples.T
    raise AudioError(
        f"an array of shape {samples.shape} could be [channels, frames] or [frames, channels]: "
        "at most 32 in one direction and more than 32 in the other can be told apart"
    )


def _unit_scale(samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    kind, width = samples.dtype.kind, samples.dtype.itemsize
    if kind == "f":
        with np.errstate(over="ignore"):  # float64 beyond float32 becomes infinite, and is refused
            return np.ascontiguousarray(samples, np.float32)
    if kind == "i" and width <= 4:
        scale = np.float32(2.0 ** (1 - 8 * width))
        return np.ascontiguousarray(samples, np.float32) * scale
    if samples.dtype == np.uint8:  # as in 8-bit WAV, 128 is zero
        return (np.ascontiguousarray(samples, np.float32) - 128) / np.float32(128)
    raise AudioError(
        f"samples of type {samples.dtype} have no full scale: give floats in [-1, 1], or "
        "integers of 8, 16 or 32 bits, for example array.astype('int16')"
    )


def _whole_rate(rate: Any) -> int:
    try:
        whole = int(rate)
    except (TypeError, ValueError, OverflowError):
        raise AudioError(f"{rate!r} is no sampling rate; give it in Hz, as in 16000") from None
    if whole != rate:
        raise AudioError(f"a sampling rate of {rate!r} Hz is no whole number")
    return whole


def _from_text(text: str, base: str, limits: Limits) -> Encoded:
    if text[:5].lower() == "data:":
        return _from_data_uri(text, limits)
    if _URL.match(text):
        raise AudioError(f"{text[:200]!r} is a URL; download it first and give the file")
    if _BASE64_HEAD.match(text) and (
        len(text) > _LONGEST_PATH or container(pybase64.b64decode(text[:64]))
    ):
        return Encoded(decode_base64(text, limits))
    return _from_path(text, base, limits)


def _from_path(name: str | bytes, base: str, limits: Limits) -> Encoded:
    path = os.path.join(base, os.fsdecode(name))
    if os.path.exists(path) and not os.path.isfile(path):  # a device may never end
        raise AudioError(f"{path[:500]!r} is no file; give a file, or its bytes")
    try:
        with open(path, "rb") as file:
            limits.check_encoded(os.fstat(file.fileno()).st_size)
            return Encoded(file.read(), path, extension(path))
    except AudioError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise AudioError(f"cannot read {path[:500]!r}: {reason}") from None


def _from_data_uri(text: str, limits: Limits) -> Encoded:
    """RFC 2397, with quoted commas in the parameters: `name="a,b.wav"` does not end them."""
    head = _DATA_URI.match(text)
    if head is None:
        raise AudioError(f"a data URI without a comma before its data: {text[:60]!r}")
    media, *parameters = head[1].split(";")
    kind, _, claim = media.strip().lower().partition("/")
    claim = claim if kind in ("audio", "video") else ""  # application/octet-stream claims nothing
    body = text[head.end() :]
    if parameters and parameters[-1].strip().lower() == "base64":
        if "%" in body:
            body = unquote_to_bytes(body).decode("ascii", "replace")
        return Encoded(decode_base64(body, limits), "data URI", claim)
    limits.check_encoded(len(body))
    return Encoded(unquote_to_bytes(body), "data URI", claim)


def decode_base64(text: str, limits: Limits = LIMITS) -> bytes:
    """Base64 text as bytes, strictly; line breaks are allowed.

    Raises:
        AudioError: a character outside the alphabet, or padding that is wrong.
    """
    limits.check_encoded(len(text) * 3 // 4)
    try:
        # validating is the fast way, 38 times the standard library's (benchmarks/RESULTS.md)
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        pass  # perhaps broken into lines: once more without white space
    try:
        return pybase64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise AudioError(f"not base64: {error} (it begins {text[:24]!r})") from None


def _from_mapping(value: Mapping[str, Any], base: str, limits: Limits) -> Encoded | Samples:
    if isinstance(value.get("input_audio"), Mapping):  # the message part around the audio
        return _from_mapping(value["input_audio"], base, limits)
    path = value.get("path")
    if _exists(path, base):
        return _from_path(os.fspath(path), base, limits)
    if value.get("array") is not None:
        if value.get("sampling_rate") is None:
            raise AudioError("a dict with 'array' needs its 'sampling_rate' in Hz")
        return Samples(as_planar(value["array"]), _whole_rate(value["sampling_rate"]))
    if isinstance(value.get("bytes"), bytes | bytearray | memoryview):
        return _from_bytes(value["bytes"], path if isinstance(path, str) else "", limits)
    if isinstance(value.get("data"), str):
        text = value["data"]
        is_uri = text[:5].lower() == "data:"
        data = _from_data_uri(text, limits).data if is_uri else decode_base64(text, limits)
        return Encoded(data, "", str(value.get("format") or "").lower())
    if isinstance(path, str | os.PathLike):
        return _from_path(os.fspath(path), base, limits)
    raise AudioError(
        f"a dict with the keys {sorted(map(str, value))} is no audio value: it needs path, bytes, "
        "array with sampling_rate, or data with format"
    )


def _from_object(value: Any, rate: int | None, base: str, limits: Limits) -> Encoded | Samples:
    if hasattr(value, "get_all_samples"):  # a torchcodec AudioDecoder
        decoded = value.get_all_samples()
        return Samples(as_planar(decoded.data), _whole_rate(decoded.sample_rate))
    if hasattr(value, "get_array_of_samples") and hasattr(value, "frame_rate"):
        return _from_segment(value)
    if hasattr(value, "__array__") or isinstance(value, Sequence):
        if rate is None:
            raise AudioError("an array has no sampling rate: give (array, rate), or rate=")
        return Samples(as_planar(value), _whole_rate(rate))
    if _exists(getattr(value, "path", None), base):
        return _from_path(os.fspath(value.path), base, limits)
    if getattr(value, "array", None) is not None and hasattr(value, "sampling_rate"):
        return Samples(as_planar(value.array), _whole_rate(value.sampling_rate))
    if callable(getattr(value, "read", None)):
        return _from_file(value, limits)
    raise AudioError(
        f"unsupported audio value of type {type(value).__name__}: give a path, data URI, bytes, "
        "binary file, dict with path, bytes, array or data, or (array, rate)"
    )


def _from_file(file: Any, limits: Limits) -> Encoded:
    data = bytearray()
    try:
        while part := file.read(_READ_BYTES):  # asked for all at once, 2 GiB would be set aside
            data += part
            limits.check_encoded(len(data))
    except TypeError:
        raise AudioError("a file opened as text: open it with mode 'rb'") from None
    except AudioError:
        raise
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise AudioError(f"the file cannot be read: {error}") from None
    name = getattr(file, "name", "")
    return _from_bytes(data, name if isinstance(name, str) else "", limits)


def _from_bytes(data: bytes | bytearray | memoryview, name: str, limits: Limits) -> Encoded:
    limits.check_encoded(memoryview(data).nbytes)
    copied = data if isinstance(data, bytes) else bytes(data)  # its owner may change it
    return Encoded(copied, name, extension(name))


def _exists(path: Any, base: str) -> TypeGuard[str | os.PathLike[str]]:
    """Whether this is a path, and something is there; a name too long for a path is not."""
    return isinstance(path, str | os.PathLike) and os.path.exists(os.path.join(base, path))


def _from_segment(segment: Any) -> Samples:
    """A pydub AudioSegment: interleaved integers of ``sample_width`` bytes."""
    interleaved = np.array(segment.get_array_of_samples())
    scale = np.float32(2.0 ** (1 - 8 * segment.sample_width))
    planar = np.ascontiguousarray(interleaved.reshape(-1, segment.channels).T, np.float32)
    return Samples(planar * scale, _whole_rate(segment.frame_rate))
