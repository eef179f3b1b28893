"""Files that are whole or not there: JSON Lines for programs, CSV for people.

*Conventions*: what is written stands under a temporary name in the same folder until it is
complete and on the disk; then it takes the place of the old file in one step. After a failure
the old file is as it was, and the temporary one is gone. JSON Lines holds every value exactly.
In CSV a text that a spreadsheet would run as a formula gets a ' in front, and one that no cell
can hold gives way to its length; numbers stay numbers.

*Reference*: OWASP, "CSV Injection".
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import orjson

from ..errors import DataError
from .scalars import absent, jsonable, plain
from .template import as_text

_MAX_CELL = 32_767  # what a spreadsheet's cell holds; audio as text is longer
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextlib.contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file that takes its name when the block ends without an error.

    Through a symbolic link the file behind it is replaced. What is no regular file
    (``/dev/stdout``, a pipe) is written straight into.

    Raises:
        DataError: the file cannot be written: no such folder, no right to, disk full.
    """
    regular = not os.path.exists(path) or os.path.isfile(path)
    target = os.path.realpath(path) if regular else os.fspath(path)  # a pipe has no real path
    name = f".earmark-{secrets.token_hex(8)}.tmp"
    temporary = os.path.join(os.path.dirname(target), name) if regular else target
    try:
        with _cleaned_up(temporary if regular else None):
            with open(temporary, "xb" if regular else "wb") as file:
                yield file
                file.flush()
                if regular:
                    os.fsync(file.fileno())
            if regular:
                os.replace(temporary, target)
                sync_folder(os.path.dirname(target))
    except OSError as error:
        # writing to an open file names none; another file's error is not ours to rename
        if error.filename not in (None, temporary):
            raise
        raise DataError(f"{os.fspath(path)}: cannot be written: {_cause(error, target)}") from error


@contextlib.contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """`atomic`, or stdout where the path is ``-``.

    Raises:
        DataError: the file cannot be written.
    """
    if os.fspath(path) != "-":
        with atomic(path) as file:
            yield file
        return
    sys.stdout.flush()  # what was printed before comes first
    yield sys.stdout.buffer
    sys.stdout.flush()


def write_jsonl(path: str | os.PathLike[str], records: Iterable[Mapping[str, Any]]) -> int:
    """Write one record a line, atomically; how many there were. The path ``-`` is stdout.

    Raises:
        DataError: the file cannot be written, or a record holds what JSON cannot.
    """
    count = 0
    with opened(path) as file:
        for count, record in enumerate(records, 1):
            try:
                file.write(json_line(record))
            except DataError as error:
                raise DataError(f"{os.fspath(path)}: record {count}: {error}") from error
    return count


def write_csv(
    path: str | os.PathLike[str], header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write a table for people, atomically; how many rows it has below its header.

    Null and NaN are empty cells; lists and objects are JSON.

    Raises:
        DataError: the file cannot be written, or a text is no Unicode.
    """
    count = 0
    with atomic(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        writer = csv.writer(
            text
        )  # its own \r\n: with \n alone a cell that holds \r is left unquoted
        try:
            writer.writerow([cell(name) for name in header])
            for row in rows:
                writer.writerow([cell(value) for value in row])
                count += 1
        except UnicodeEncodeError as error:
            raise DataError(f"{os.fspath(path)}: row {count + 1}: {error}") from error
        finally:
            text.detach()  # or it would close the file before it is synced
    return count


def json_line(record: Mapping[str, Any]) -> bytes:
    r"""A record as one line of JSON, its integers exact; NaN and infinities are null.

    Raises:
        DataError: it holds what JSON cannot: bytes, an object of a program, a lone surrogate.

    >>> json_line({"id": 10**20, "text": "héllo"})
    b'{"id":100000000000000000000,"text":"h\xc3\xa9llo"}\n'
    """
    option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    with contextlib.suppress(TypeError):  # integers over 64 bits; else json below says what
        return orjson.dumps(record, default=_as_json, option=option)
    try:
        finite = jsonable(record)
        text = json.dumps(finite, default=_as_json, ensure_ascii=False, separators=(",", ":"))
        return text.encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(f"it cannot be written as JSON: {error}") from error


def json_text(value: Any) -> str:
    """Any value as JSON, as `json_line` writes it.

    >>> json_text("a"), json_text([10**20])
    ('"a"', '[100000000000000000000]')

    Raises:
        DataError: it holds what JSON cannot.
    """
    return json_line({"": value})[4:-2].decode()


def cell(value: Any) -> Any:
    """What a value becomes in a spreadsheet's cell.

    >>> cell("=1+1"), cell(-1.5), cell("-1.5"), cell([1, 2]), cell(None), cell(True)
    ("'=1+1", -1.5, "'-1.5", '[1,2]', '', 'true')
    """
    value = plain(value)
    if absent(value):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = as_text(value)
    if len(text) > _MAX_CELL:
        return f"({len(text):,} characters, left out)"
    return f"'{text}" if text.startswith(_FORMULA) else text


def _as_json(value: Any) -> Any:
    """A value that JSON has no form for, as the nearest that it has."""
    if absent(value):
        return None
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def _cause(error: OSError, target: str) -> str:
    folder = os.path.dirname(target)
    return str(error.strerror) if os.path.isdir(folder or ".") else f"there is no folder {folder}"


@contextlib.contextmanager
def _cleaned_up(path: str | None) -> Iterator[None]:
    try:
        yield
    except BaseException:  # an interruption must not leave it behind either
        if path is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        raise


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Make the new name durable, where folders can be opened (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
