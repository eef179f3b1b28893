"""Addresses of files that do not lie on this machine: ``scheme://place/path?query``.

*Conventions*: an address is one place, never fsspec's chain (``::``). Where one is shown or kept
with data, neither its query nor a user goes with it: there stand signatures and passwords.
"""

from __future__ import annotations

import os
import posixpath
import re
from urllib.parse import quote

from ..errors import DataError

# scheme:// [user@] host and path [?query] [#fragment]
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(?:([^/?#]*)@)?([^?#]*)(.*)", re.S)
_CONTAINER_AT_ACCOUNT = ("abfs", "abfss", "wasb", "wasbs", "az")  # no user stands before the @


def is_address(path: str) -> bool:
    """Whether this names a file by a scheme, as in ``s3://bucket/rows.jsonl``."""
    return _ADDRESS.match(path) is not None


def shown(path: str) -> str:
    """A path as it may be shown and kept: an address without its secrets.

    >>> shown("https://me:pw@host/rows.jsonl?X-Amz-Signature=0123"), shown("what?.csv")
    ('https://host/rows.jsonl?...', 'what?.csv')
    """
    parts = _ADDRESS.match(path)
    if parts is None or parts[1] == "hf":
        return path
    user = f"{parts[2]}@" if parts[2] and parts[1] in _CONTAINER_AT_ACCOUNT else ""
    return f"{parts[1]}://{user}{parts[3]}{'?...' if parts[4] else ''}"


def folder(address: str) -> str:
    """The folder of a file behind an address, from which relative paths in its rows start.

    It is kept with the rows, so neither the query nor a user goes with it.

    >>> folder("s3://bucket/dir/rows.jsonl"), folder("https://me:pw@host/rows.csv?key=a/b")
    ('s3://bucket/dir', 'https://host')
    """
    parts = _ADDRESS.match(address)
    return posixpath.dirname(shown(address[: parts.end(3)] if parts else address))


def join(base: str, name: str) -> str:
    """The address of a file by its path relative to a folder.

    Raises:
        DataError: the path leaves the bucket, the host or the repository.

    >>> join("s3://bucket/dir", "../clips/a.wav"), join("https://host/dir", "a b.wav")
    ('s3://bucket/clips/a.wav', 'https://host/dir/a%20b.wav')
    """
    scheme, _, path = base.partition("://")
    depth = 2 if scheme == "hf" else 1  # hf://owner/name is the root of a repository
    *above, below = path.split("/", depth) if path.count("/") >= depth else [path, ""]
    name = posixpath.normpath(posixpath.join(below, name.replace(os.sep, "/")))
    root = f"{scheme}://{'/'.join(above)}"
    if name == ".." or name.startswith("../"):
        raise DataError(f"the path {name!r} leaves {shown(root)}; give the file's own address")
    return f"{root}/{quote(name) if scheme in ('http', 'https') else name}"
