"""Files behind an address (s3://, gs://, az://, https://), opened through fsspec."""

from __future__ import annotations

import io

from ..errors import DataError


def is_address(path: str) -> bool:
    """Whether this names a file by a scheme, as in ``s3://bucket/rows.jsonl``."""
    return "://" in path


def open_remote(address: str) -> io.BufferedReader:
    """The bytes behind an address.

    Raises:
        DataError: it cannot be opened.
    """
    raise DataError(f"{address}: addresses are not read yet")
