"""What a path, a glob or an address is, before anything is read from it.

*Conventions*: a path that exists is what it is, whatever characters are in its name; only a
path that does not exist is tried as a glob.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Collection
from pathlib import Path

from ..errors import DataError, did_you_mean
from .folder import is_clip

_COUNTED = 64 * 2**20  # bytes; counting more would keep somebody waiting
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
# extension -> how to come to something that is read
_CONVERSIONS = {
    ".json": "write one object a line: jq -c '.[]' {0} > {1}.jsonl",
    ".parquet": "pandas.read_parquet('{0}').to_json('{1}.jsonl', orient='records', lines=True)",
    ".xlsx": "save the sheet as CSV",
    ".xls": "save the sheet as CSV",
    ".tsv": "pandas.read_csv('{0}', sep='\\t').to_csv('{1}.csv', index=False)",
    ".gz": "unpack it: gunzip -k {0}",
    ".zst": "unpack it: unzstd {0}",
    ".zip": "unpack it: unzip {0}",
}


def path_kind(path: str, readable: Collection[str]) -> str:
    """``folder``, ``clip``, ``glob``, or the extension of a file that can be read.

    Args:
        path: as the user gave it.
        readable: the extensions of data files that there are readers for.

    Raises:
        DataError: nothing is there, or it is of a kind that is not read.
    """
    address = _ADDRESS.match(path)
    if address:
        raise DataError(f"{path}: {address[1]}:// is not read; fetch the file, then pass its path")
    if os.path.isdir(path):
        return "folder"
    if os.path.exists(path):
        suffix = os.path.splitext(path)[1].lower()
        if is_clip(path):
            return "clip"
        if suffix in readable:
            return suffix
        raise DataError(_unread(path, suffix, readable))
    if glob.has_magic(path):
        return "glob"
    raise DataError(_not_found(path))


def expand(pattern: str) -> list[Path]:
    """The files that a glob matches, in the order of their paths; ``**`` is any folders.

    Raises:
        DataError: it matches none.
    """
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    files = [path for path in found if path.is_file()]
    if not files:
        raise DataError(f"{pattern}: no file matches in {os.getcwd()}")
    return files


def fixed_folder(pattern: str) -> Path:
    """The folder of a glob above its first wildcard.

    >>> fixed_folder("clips/*/a?.wav").as_posix()
    'clips'
    """
    parts = Path(pattern).parent.parts
    wild = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:wild])


def _unread(path: str, suffix: str, readable: Collection[str]) -> str:
    stem = os.path.splitext(path)[0]
    cure = _CONVERSIONS.get(suffix, "rename or convert it").format(path, stem)
    named = f"{suffix} files are" if suffix else "files without an extension are"
    return (
        f"{path}: {named} not read (read are {', '.join(readable)}, audio files, folders of "
        f"them, globs, lists of dicts and pandas frames); {cure}"
    )


def _not_found(path: str) -> str:
    folder, name = os.path.split(path)
    if not name:
        return f"{path!r}: there is no such folder" if path else "the path is empty"
    if not os.path.isdir(folder or "."):
        above, missing = os.path.split(folder.rstrip(os.sep))
        return f"{path}: there is no folder {folder!r}.{_similar(missing, above)}"
    return f"{path}: there is no such file.{_similar(name, folder)}"


def _similar(name: str, folder: str) -> str:
    try:
        return did_you_mean(name, sorted(os.listdir(folder or ".")))
    except OSError:  # a folder that cannot be listed has nothing to suggest
        return ""


def count_records(path: str) -> int | None:
    """About how many records a path holds, without parsing them; None where nobody can say.

    Lines are counted for data files of up to 64 MiB, clips for folders and globs.
    """
    if os.path.isdir(path):
        return sum(is_clip(name) for _, _, names in os.walk(path) for name in names)
    if os.path.isfile(path) and not is_clip(path) and os.path.getsize(path) <= _COUNTED:
        with open(path, "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    return len(glob.glob(path, recursive=True)) if glob.has_magic(path) else None
