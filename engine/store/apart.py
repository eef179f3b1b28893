"""Audio that stands inline in rows, kept as blobs: shared, and a quarter smaller than base64.

*Conventions*: runs of at least ``LEAST`` characters of base64, alone or inside a text (a data URI,
JSON in a text), bytes and arrays of numbers give way to ``{"earmark:blob": digest, "as": ...}`` and
come back exactly as they were, and so does a tuple around them: ``(array, rate)`` is audio, the
list of both is none. Base64 that would not if it were decoded (line breaks, another alphabet) is
kept as the text it is. An object of the data that has this key itself is wrapped, so that no data
can name a blob.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pybase64

from .blobs import Blobs

LEAST = 256  # characters; shorter audio than 16 ms of telephone speech is no audio
MARK = "earmark:blob"

# in one line, or in several as mail (76 characters) and PEM (64) break it
_BASE64 = re.compile(
    rf"(?:[A-Za-z0-9+/_-]{{{LEAST},}}|(?:[A-Za-z0-9+/_-]{{64,}}\r?\n){{4,}}[A-Za-z0-9+/_-]*)={{0,2}}"
)
_NAMED = re.compile(rb'"%s":"([0-9a-f]{64})"' % MARK.encode())
_WINDOW = LEAST // 2
_NUMBERS = "biufc"  # the kinds of array that are nothing but their bytes


def set_apart(value: Any, blobs: Blobs) -> Any:
    """The value with its audio in blobs; the same object where there is none in it.

    Raises:
        StoreError: a blob cannot be written.
    """
    if isinstance(value, str):
        long = len(value) >= LEAST and may_hold_base64(value)
        return _text_apart(value, blobs) if long else value
    if isinstance(value, Mapping):
        changed = {
            key: new for key, part in value.items() if (new := set_apart(part, blobs)) is not part
        }
        if MARK in value:
            return {MARK: None, "object": {**value, **changed}}
        return {**value, **changed} if changed else value
    if isinstance(value, list | tuple):
        parts = [set_apart(part, blobs) for part in value]
        if all(a is b for a, b in zip(parts, value, strict=True)):
            return value
        return {MARK: None, "tuple": parts} if isinstance(value, tuple) else parts
    if isinstance(value, bytes | bytearray | memoryview):
        return {MARK: blobs.put(bytes(value)), "as": "bytes"}
    if isinstance(value, np.ndarray) and value.dtype.kind in _NUMBERS:
        digest = blobs.put(np.ascontiguousarray(value).tobytes())
        return {MARK: digest, "as": "array", "dtype": value.dtype.str, "shape": list(value.shape)}
    return value


def put_back(value: Any, blobs: Blobs) -> Any:
    """The value with its audio as it was; the same object where none was set apart.

    Raises:
        StoreError: a blob is missing, or was changed.
    """
    if isinstance(value, Mapping):
        if MARK in value:
            return _restored(value, blobs)
        changed = {
            key: new for key, part in value.items() if (new := put_back(part, blobs)) is not part
        }
        return {**value, **changed} if changed else value
    if isinstance(value, list):
        parts = [put_back(part, blobs) for part in value]
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    return value


def named(line: bytes) -> list[str]:
    """The digests of the blobs that a line of rows names, as the store wrote it.

    >>> line = b'{"item":{"audio":{"earmark:blob":"%s","as":"bytes"}}}' % (b"0a" * 32)
    >>> named(line) == ["0a" * 32]
    True
    """
    return [found.decode() for found in _NAMED.findall(line)]


def may_hold_base64(text: str) -> bool:
    """Whether a text has a stretch without a blank that is long enough.

    Such a stretch covers a whole window of half its length, and finding the blank in each window
    costs next to nothing.

    >>> may_hold_base64("UklGR" * 60), may_hold_base64("twelve monkeys " * 60)
    (True, False)
    """
    return any(
        text.find(" ", start, start + _WINDOW) < 0
        for start in range(0, len(text) - _WINDOW + 1, _WINDOW)
    )


def _text_apart(text: str, blobs: Blobs) -> Any:
    parts: list[Any] = []
    end = 0
    for found in _BASE64.finditer(text):
        parts += [text[end : found.start()], _base64_apart(found[0], blobs)]
        end = found.end()
    if not parts:
        return text
    parts = [part for part in (*parts, text[end:]) if part]
    return parts[0] if len(parts) == 1 else {MARK: None, "text": parts}


def _base64_apart(text: str, blobs: Blobs) -> dict[str, Any]:
    try:
        data = pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if pybase64.b64encode(data).decode() == text:
        return {MARK: blobs.put(data), "as": "base64"}
    return {MARK: blobs.put(text.encode()), "as": "text"}


def _restored(mark: Mapping[str, Any], blobs: Blobs) -> Any:
    if mark[MARK] is not None:
        return _FORMS[mark["as"]](blobs.get(mark[MARK]), mark)
    if "text" in mark:
        return "".join(put_back(part, blobs) for part in mark["text"])
    if "tuple" in mark:
        return tuple(put_back(part, blobs) for part in mark["tuple"])
    return {key: put_back(part, blobs) for key, part in mark["object"].items()}


_FORMS: Mapping[str, Callable[[bytes, Mapping[str, Any]], Any]] = {
    "base64": lambda data, mark: pybase64.b64encode(data).decode(),
    "text": lambda data, mark: data.decode(),
    "bytes": lambda data, mark: data,
    "array": lambda data, mark: np.ndarray(mark["shape"], mark["dtype"], data),
}
