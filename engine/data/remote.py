"""Files behind an address (s3://, gs://, az://, https://, hf://), opened through fsspec.

*Conventions*: credentials and endpoints come from where each driver looks for them: its
environment variables and fsspec's own (``FSSPEC_S3``); earmark keeps none. A file is read in
blocks, and is never held whole in memory. What a driver raises, at the start or in the middle,
becomes a DataError in plain words. No message shows the query of an address or a user in it:
there stand signatures and passwords. An address is one place, never fsspec's chain (``::``).

*Reference*: filesystem-spec.readthedocs.io.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ..errors import DataError, EarmarkError, MissingExtra, did_you_mean
from .addresses import shown
from .hub_cache import fetch
from .refusals import refusal

_BLOCK = 2**20
_READ_AHEAD = 5 * 2**20  # bytes a request: a round trip costs as much as about a megabyte
_PATIENCE_S = 60.0  # without a byte; fsspec's own limit is on the whole file
_DRIVERS = ("gcsfs", "s3fs", "azure", "fsspec")
_SILENT = logging.NullHandler()


def open_remote(address: str) -> io.BufferedReader:
    """The bytes behind an address; they can be sought in.

    Raises:
        DataError: it cannot be opened, or, later on, read.
        MissingExtra: the driver of its scheme is not installed.
    """
    if address.startswith("hf://"):
        return open(fetch(address), "rb")
    for name in _DRIVERS:  # what they log is said again here, in one line
        logging.getLogger(name).addHandler(_SILENT)
    with driver_errors(address, "cannot be opened"):
        stream = _Stream(address, _opener(address))
    return io.BufferedReader(stream, _BLOCK)


@contextmanager
def driver_errors(address: str, what: str) -> Iterator[None]:
    """Whatever a driver raises as a DataError that says why, and how to mend it."""
    try:
        yield
    except EarmarkError:
        raise
    except Exception as error:  # each driver has exceptions of its own, few of them OSErrors
        why = refusal(error, address.partition("://")[0])
        raise DataError(f"{shown(address)}: {what}: {why}") from error


def _opener(address: str) -> Callable[[int], Any]:
    """What opens the address, given how many bytes to ask for at once (0: one after the other)."""
    scheme = address.partition("://")[0]
    try:
        import fsspec

        driver = fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        package = getattr(error.__cause__ or error, "name", None) or scheme
        raise MissingExtra(package, "cloud", f"reading {shown(address)}") from error
    except ValueError as error:
        near = did_you_mean(scheme, fsspec.available_protocols())
        raise DataError(f"{shown(address)}: {scheme}:// is not known to fsspec.{near}") from error
    options = driver._get_kwargs_from_urls(address)
    if scheme in ("http", "https"):
        urlsplit(address)  # it says what is wrong; fsspec, that there is no such file
        configured = fsspec.config.conf.get(scheme, {}).get("client_kwargs", {})
        options["client_kwargs"] = {"timeout": _patience(), **configured}
    system, path = driver(**options), driver._strip_protocol(address)

    def opened(block: int) -> Any:
        return system.open(path, "rb", block_size=block, cache_type="readahead")

    return opened


def _patience() -> Any:
    import aiohttp

    return aiohttp.ClientTimeout(total=None, sock_connect=_PATIENCE_S, sock_read=_PATIENCE_S)


class _Stream(io.RawIOBase):
    """A driver's file. Over http it comes in one piece until it is sought in."""

    def __init__(self, address: str, opened: Callable[[int], Any]) -> None:
        self.address = address
        self.opened = opened
        self.one_way = address.startswith(("http://", "https://"))  # not all servers give ranges
        self.file = opened(0 if self.one_way else _READ_AHEAD)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the driver does; 0 at the end.

        Raises:
            DataError: the driver failed.
        """
        with self._reading():
            data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position, at the cost of asking anew where the file came in one piece.

        Raises:
            DataError: the driver failed.
        """
        with self._reading():
            if self.one_way:
                position = self.file.tell()
                self.file.close()
                self.file = self._in_ranges() or self._on_disk()
                self.file.seek(position)
                self.one_way = False
            return int(self.file.seek(offset, whence))

    def tell(self) -> int:
        return int(self.file.tell())

    def close(self) -> None:
        if not self.closed:
            self.file.close()
        super().close()

    def _reading(self) -> Any:
        return driver_errors(self.address, "reading failed")

    def _in_ranges(self) -> Any:
        """The file opened for any position; None where its server cannot give a part of it."""
        file = self.opened(_READ_AHEAD)
        try:
            file.seek(-1, os.SEEK_END)
            file.read(1)
        except ValueError:
            file.close()
            return None
        return file

    def _on_disk(self) -> Any:
        file = tempfile.TemporaryFile()  # closed with this stream
        with self.opened(0) as whole:
            shutil.copyfileobj(whole, file, _BLOCK)
        return file
