"""Any audio value, recognised by its shape: encoded bytes, or samples with a rate.

No library is imported to recognise its values: a Hugging Face dict, a torchcodec decoder, a
torch tensor or a pydub segment is known by what it offers.

*Conventions*: where a value offers several forms, bytes come first, then a file that exists,
then samples. Integers are scaled by their type's full scale.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard
from urllib.parse import unquote_to_bytes

import pybase64

from ..data.addresses import is_address, join, shown
from ..errors import AudioError, DataError
from .arrays import Samples, as_planar, from_decoder, from_segment, whole_rate
from .limits import LIMITS, Limits
from .segment import Segment, segment_of
from .sniff import container, extension

_BASE64_HEAD = re.compile(r"[A-Za-z0-9+/]{64}")
# possessive: a body of megabytes without a comma must not be tried again from each of its ends
_QUOTED = r'"(?:\\.|[^"\\])*+"'
_BASE64_URI = re.compile(
    rf"data:((?:{_QUOTED}|[^\";]++|;(?! *base64))*+); *base64 *(.?)", re.S | re.I
)
_PLAIN_URI = re.compile(rf"data:((?:{_QUOTED}|[^,\"]++)*+),", re.S | re.I)
_LONGEST_PARAMETERS = 4096
_WHOLE_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_LONGEST_PATH, _LONGEST_NAME = 4096, 1000
_READ_BYTES = 1 << 20
_MAPPED_BYTES = 1 << 20  # to read a smaller file costs next to nothing


@dataclass(frozen=True, slots=True)
class Encoded:
    """Bytes of a file.

    Attributes:
        data: the bytes.
        name: the path or name they came under, may be empty.
        claim: the extension, declared format or media type, in lower case, may be empty.
        segment: the part of the audio that is meant; None for the whole.
    """

    data: bytes | memoryview
    name: str = ""
    claim: str = ""
    segment: Segment | None = None


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
    try:
        if isinstance(value, Mapping):
            return _from_mapping(value, base, limits)
        if isinstance(value, tuple) and len(value) == 2:
            return Samples(as_planar(value[0]), whole_rate(value[1]))
        return _from_object(value, rate, base, limits)
    except AudioError:
        raise
    except Exception as error:  # decoders, tensors and files of others may raise anything
        what = f"{type(error).__name__}: {error}"
        raise AudioError(f"a {type(value).__name__} that cannot be read: {what}") from error


def file_name(value: Any) -> str:
    """The name of the file that a value is, or has; empty where it is audio itself.

    That of an address is as it may be shown.

    >>> file_name("a/b.wav"), file_name({"path": "b.wav"}), file_name("data:audio/wav;base64,")
    ('a/b.wav', 'b.wav', '')
    """
    if isinstance(value, Mapping):
        value = value.get("path")
    name = os.fsdecode(value) if isinstance(value, str | os.PathLike) else ""
    is_audio = name[:5].lower() == "data:" or _WHOLE_BASE64.fullmatch(name) is not None
    return "" if is_audio or len(name) >= _LONGEST_NAME else shown(name)


def _from_text(text: str, base: str, limits: Limits) -> Encoded:
    if text[:5].lower() == "data:":
        return _from_data_uri(text, limits)
    if _BASE64_HEAD.match(text) and (
        len(text) > _LONGEST_PATH or container(pybase64.b64decode(text[:64]))
    ):
        return Encoded(decode_base64(text, limits))
    return _from_path(text, base, limits)


def _from_path(name: str | bytes, base: str, limits: Limits, *, is_part: bool = False) -> Encoded:
    text = os.fsdecode(name)
    if is_address(text):
        raise AudioError(f"{shown(text)[:200]!r} is a URL; download it first and give the file")
    if is_address(base):
        return _from_address(base, text, limits)
    path = os.path.join(base, text)
    if os.path.exists(path) and not os.path.isfile(path):  # a device may never end
        raise AudioError(f"{path[:500]!r} is no file; give a file, or its bytes")
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            limits.check_encoded(size)
            if is_part and size >= _MAPPED_BYTES:  # of a long recording little is read
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                return Encoded(memoryview(mapped), path, extension(path))
            return Encoded(file.read(), path, extension(path))
    except AudioError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise AudioError(f"cannot read {path[:500]!r}: {reason}") from None


def _from_address(base: str, name: str, limits: Limits) -> Encoded:
    """A file by its path relative to an address, from which the row was read."""
    from ..data.remote import open_remote  # only rows that came from there need it

    try:
        address = join(base, name)
        with open_remote(address) as file:
            return replace(_from_file(file, limits), name=shown(address), claim=extension(name))
    except DataError as error:
        raise AudioError(str(error)) from None


def _from_data_uri(text: str, limits: Limits) -> Encoded:
    """RFC 2397: the data begin behind ``;base64,`` that no quotes hold, else behind a comma."""
    head = _BASE64_URI.match(text[:_LONGEST_PARAMETERS])
    if head is not None and head[2] != ",":
        raise AudioError(f"a data URI without a comma behind ';base64': {text[:60]!r}")
    plain = head or _PLAIN_URI.match(text)
    if plain is None:
        raise AudioError(f"a data URI without a comma before its data: {text[:60]!r}")
    kind, _, claim = plain[1].partition(";")[0].strip().lower().partition("/")
    claim = claim if kind in ("audio", "video") else ""  # application/octet-stream claims nothing
    body = text[plain.end() :]
    if head is None:
        limits.check_encoded(len(body))
        return Encoded(unquote_to_bytes(body), "data URI", claim)
    if "%" in body:
        body = unquote_to_bytes(body).decode("ascii", "replace")
    return Encoded(decode_base64(body, limits), "data URI", claim)


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
    joined = "".join(text.split())
    try:
        return pybase64.b64decode(joined, validate=True)
    except ValueError as error:
        why = f"its length, {len(joined):,}, is no multiple of 4: was it cut?"
        why = why if len(joined) % 4 else str(error)
        raise AudioError(f"not base64: {why} (it begins {text[:24]!r})") from None


def _from_mapping(value: Mapping[str, Any], base: str, limits: Limits) -> Encoded | Samples:
    if isinstance(value.get("input_audio"), Mapping):  # the message part around the audio
        return _from_mapping(value["input_audio"], base, limits)
    return replace(_content(value, base, limits), segment=segment_of(value))


def _content(value: Mapping[str, Any], base: str, limits: Limits) -> Encoded | Samples:
    path, is_part = value.get("path"), value.get("offset") is not None
    if isinstance(value.get("bytes"), bytes | bytearray | memoryview):
        # before any file: the path beside them is a name from where they were made
        return _from_bytes(value["bytes"], path if isinstance(path, str) else "", limits)
    if _exists(path, base):
        return _from_path(os.fspath(path), base, limits, is_part=is_part)
    if value.get("array") is not None:
        if value.get("sampling_rate") is None:
            raise AudioError("a dict with 'array' needs its 'sampling_rate' in Hz")
        return Samples(as_planar(value["array"]), whole_rate(value["sampling_rate"]))
    if isinstance(value.get("data"), str):
        text = value["data"]
        is_uri = text[:5].lower() == "data:"
        data = _from_data_uri(text, limits).data if is_uri else decode_base64(text, limits)
        return Encoded(data, "", str(value.get("format") or "").lower())
    if isinstance(path, str | os.PathLike):
        return _from_path(os.fspath(path), base, limits, is_part=is_part)
    raise AudioError(
        f"a dict with the keys {sorted(map(str, value))} is no audio value: it needs path, bytes, "
        "array with sampling_rate, or data with format"
    )


def _from_object(value: Any, rate: int | None, base: str, limits: Limits) -> Encoded | Samples:
    if hasattr(value, "get_all_samples"):  # a torchcodec AudioDecoder
        return from_decoder(value)
    if hasattr(value, "get_array_of_samples") and hasattr(value, "frame_rate"):
        return from_segment(value)
    if hasattr(value, "__array__") or isinstance(value, Sequence):
        if rate is None:
            raise AudioError("an array has no sampling rate: give (array, rate), or rate=")
        return Samples(as_planar(value), whole_rate(rate))
    if _exists(getattr(value, "path", None), base):
        return _from_path(os.fspath(value.path), base, limits)
    if getattr(value, "array", None) is not None and hasattr(value, "sampling_rate"):
        return Samples(as_planar(value.array), whole_rate(value.sampling_rate))
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
    """Whether this is the path of a file here; a name too long for a path is not."""
    if not isinstance(path, str | os.PathLike) or is_address(base):
        return False
    return os.path.isfile(os.path.join(base, path))
