"""Addresses of files that do not lie on this machine: ``scheme://place/path?query``.

*Conventions*: an address is one place, never fsspec's chain (``::``). Where one is shown or kept
with data, neither its query nor a user goes with it: there stand signatures and passwords. A
query and a fragment follow the rules of the web over http alone. In a bucket ``?`` and ``#`` are
characters of a name, but for a query that says what it is: ``?versionId=``, ``?sig=``.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import NamedTuple
from urllib.parse import quote

from ..errors import DataError

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.S)
# scheme -> where its query or fragment begins
_QUERIES = {"http": re.compile(r"[?#]"), "https": re.compile(r"[?#]"), "hf": re.compile(r"\?")}
_NAMED_QUERY = re.compile(r"\?[\w.-]+=")  # of any other scheme
_PACKINGS = (".gz", ".zst")
_CONTAINER_AT_ACCOUNT = ("abfs", "abfss", "wasb", "wasbs", "az")  # no user stands before the @


class _Parts(NamedTuple):
    """An address taken apart: ``scheme://`` ``user@`` ``host/path`` ``?query#fragment``."""

    scheme: str
    user: str
    place: str
    query: str


def is_address(path: str) -> bool:
    """Whether this names a file by a scheme, as in ``s3://bucket/rows.jsonl``."""
    return _ADDRESS.match(path) is not None


def shown(path: str) -> str:
    """A path as it may be shown and kept: an address without its secrets.

    >>> shown("https://me:pw@host/rows.jsonl?X-Amz-Signature=0123"), shown("what?.csv")
    ('https://host/rows.jsonl?...', 'what?.csv')
    """
    parts = _parts(path)
    if parts is None or parts.scheme == "hf":
        return path
    user = parts.user if parts.scheme in _CONTAINER_AT_ACCOUNT else ""
    return f"{parts.scheme}://{user}{parts.place}{'?...' if parts.query else ''}"


def bare(path: str) -> str:
    """The path without the query and the fragment that an address has behind it.

    >>> bare("https://host/rows.csv?key=a/b"), bare("s3://bucket/what?.csv"), bare("what?.csv")
    ('https://host/rows.csv', 's3://bucket/what?.csv', 'what?.csv')
    """
    parts = _parts(path)
    return path if parts is None else path.removesuffix(parts.query)


def packed_as(path: str) -> str:
    """The suffix that says how a file is packed, in lower case; "" where it is not.

    >>> packed_as("rows.jsonl.GZ"), packed_as("https://host/rows.csv.zst?key=1"), packed_as("a.csv")
    ('.gz', '.zst', '')
    """
    suffix = os.path.splitext(bare(path))[1].lower()
    return suffix if suffix in _PACKINGS else ""


def folder(address: str) -> str:
    """The folder of a file behind an address, from which relative paths in its rows start.

    It is kept with the rows, so neither the query nor a user goes with it.

    >>> folder("s3://bucket/dir/rows.jsonl"), folder("https://me:pw@host/rows.csv?key=a/b")
    ('s3://bucket/dir', 'https://host')
    """
    return posixpath.dirname(shown(bare(address)))


def join(base: str, name: str) -> str:
    """The address of a file by its path relative to a folder.

    Raises:
        DataError: the path leaves the bucket, the host or the repository, or is one of this
            machine: nothing that comes from elsewhere may name a file that lies here.

    >>> join("s3://bucket/dir", "../clips/a.wav"), join("https://host/dir", "a b.wav")
    ('s3://bucket/clips/a.wav', 'https://host/dir/a%20b.wav')
    """
    if os.path.isabs(name) or name.startswith(("/", "~")):
        raise DataError(
            f"the path {name!r:.200} is one of this machine, but its row comes from {shown(base)}; "
            f"give the path from there"
        )
    scheme, _, path = base.partition("://")
    depth = 2 if scheme == "hf" else 1  # hf://owner/name is the root of a repository
    *above, below = path.split("/", depth) if path.count("/") >= depth else [path, ""]
    name = posixpath.normpath(posixpath.join(below, name.replace(os.sep, "/")))
    root = f"{scheme}://{'/'.join(above)}"
    if name == ".." or name.startswith("../"):
        raise DataError(f"the path {name!r} leaves {shown(root)}; give the file's own address")
    return f"{root}/{quote(name) if scheme in ('http', 'https') else name}"


def _parts(path: str) -> _Parts | None:
    """The parts of an address; None where the path is none."""
    match = _ADDRESS.match(path)
    if match is None:
        return None
    scheme, rest = match.groups()
    query = _QUERIES.get(scheme.lower(), _NAMED_QUERY).search(rest)
    end = query.start() if query else len(rest)
    host, slash, name = rest[:end].partition("/")
    user, at, host = host.rpartition("@")
    return _Parts(scheme, user + at, host + slash + name, rest[end:])
