"""Audio that stands inline in rows, kept as blobs: shared, and a quarter smaller than base64.

*Conventions*: base64 texts of at least ``LEAST`` characters, data URIs that hold as much, bytes
and arrays give way to ``{"earmark:blob": digest, "as": ...}`` and come back exactly as they were.
Base64 that would not (line breaks, other alphabets) is kept as the text it is. An object of the
data that has this key itself is wrapped, so that no data can name a blob.
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

_BASE64 = re.compile(rf"[A-Za-z0-9+/_-]{{{LEAST},}}=*")
_URI = re.compile(rf"(data:[^,]{{0,200}};base64,)([A-Za-z0-9+/]{{{LEAST},}}=*)")
_LEAST_NUMBERS = 64  # of an array


def set_apart(value: Any, blobs: Blobs) -> Any:
    """The value with its audio in blobs; the same object where there is none in it."""
    if isinstance(value, str):
        return value if len(value) < LEAST or " " in value else _text_apart(value, blobs)
    if isinstance(value, Mapping):
        changed = {key: set_apart(part, blobs) for key, part in value.items()}
        if MARK in value:
            return {MARK: None, "object": changed}
        return changed if any(changed[key] is not value[key] for key in value) else value
    if isinstance(value, list | tuple):
        parts = [set_apart(part, blobs) for part in value]
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    if isinstance(value, bytes | bytearray | memoryview):
        return {MARK: blobs.put(bytes(value)), "as": "bytes"}
    if isinstance(value, np.ndarray) and value.size >= _LEAST_NUMBERS and value.dtype.kind in "fiu":
        digest = blobs.put(np.ascontiguousarray(value).tobytes())
        return {MARK: digest, "as": "array", "dtype": value.dtype.str, "shape": list(value.shape)}
    return value


def put_back(value: Any, blobs: Blobs) -> Any:
    """The value with its audio as it was; the same object where none was set apart.

    Raises:
        StoreError: a blob is missing.
    """
    if isinstance(value, Mapping):
        if MARK in value:
            return _restored(value, blobs)
        changed = {key: put_back(part, blobs) for key, part in value.items()}
        return changed if any(changed[key] is not value[key] for key in value) else value
    if isinstance(value, list):
        parts = [put_back(part, blobs) for part in value]
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    return value


def _text_apart(text: str, blobs: Blobs) -> Any:
    if found := _URI.fullmatch(text):
        kept = _base64_apart(found[2], blobs)
        return {**kept, "head": found[1]}
    return _base64_apart(text, blobs) if _BASE64.fullmatch(text) else text


def _base64_apart(text: str, blobs: Blobs) -> dict[str, Any]:
    try:
        data = pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if pybase64.b64encode(data).decode() == text:
        return {MARK: blobs.put(data), "as": "base64"}
    return {MARK: blobs.put(text.encode()), "as": "text"}


def _restored(mark: Mapping[str, Any], blobs: Blobs) -> Any:
    if mark[MARK] is None:
        return {key: put_back(part, blobs) for key, part in mark["object"].items()}
    form: Callable[[bytes, Mapping[str, Any]], Any] = _FORMS[mark["as"]]
    return form(blobs.get(mark[MARK]), mark)


_FORMS: Mapping[str, Callable[[bytes, Mapping[str, Any]], Any]] = {
    "base64": lambda data, mark: mark.get("head", "") + pybase64.b64encode(data).decode(),
    "text": lambda data, mark: mark.get("head", "") + data.decode(),
    "bytes": lambda data, mark: data,
    "array": lambda data, mark: np.frombuffer(data, mark["dtype"]).reshape(mark["shape"]),
}
