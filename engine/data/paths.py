"""What a path, a glob or an address is, before anything is read from it.

*Conventions*: a path that exists is what it is, whatever characters are in its name; only a
path that does not exist is tried as a glob. What has a scheme (``s3://``) is an address, and its
kind is told by its name alone. ``.gz`` and ``.zst`` behind an extension do not change the kind.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Collection
from pathlib import Path

from ..errors import DataError, did_you_mean
from .addresses import bare, is_address, packed_as, shown
from .folder import METADATA, files_below, is_clip

_COUNTED = 64 * 2**20  # bytes; counting more would keep somebody waiting
_BLOCK = 2**20
_BINARY = (".parquet", ".xlsx")  # packed in themselves, and read from their end
# extension -> how to come to something that is read
_CONVERSIONS = {
    ".xls": "save it as .xlsx",
    ".ods": "save it as .xlsx",
    ".arrow": "datasets.load_from_disk reads the folder around it; pass what that gives",
    ".zip": "unpack it: unzip {0}",
    ".tar": "unpack it: tar -xf {0}",
    ".tgz": "unpack it: tar -xf {0}",
    ".bz2": "unpack it: bunzip2 -k {0}",
    ".xz": "unpack it: unxz -k {0}",
}


def path_kind(path: str, readable: Collection[str]) -> str:
    """``hub``, ``folder``, ``clip``, ``glob``, ``metadata``, or the extension of a data file.

    Args:
        path: as the user gave it, or an address.
        readable: the extensions of data files that there are readers for.

    Raises:
        DataError: nothing is there, or it is of a kind that is not read.
    """
    if path.startswith("hf://"):
        from .hub_cache import names_file

        if not names_file(path):
            return "hub"
    if is_address(path):
        return _file_kind(path, readable)
    if os.path.isdir(path):
        return "folder"
    if os.path.exists(path):
        return "clip" if is_clip(path) else _file_kind(path, readable)
    if glob.has_magic(path):
        return "glob"
    raise DataError(_not_found(path))


def _file_kind(path: str, readable: Collection[str]) -> str:
    """The kind of a data file by its name, without what says how it is packed.

    Raises:
        DataError: it is of a kind that is not read.
    """
    whole = os.path.basename(bare(path)).lower()
    name = whole.removesuffix(packed_as(path))
    if name in METADATA:
        kind = "metadata"
    else:
        kind = max((end for end in readable if name.endswith(end)), key=len, default="")
    if not kind:
        raise DataError(_unread(path, name, readable))
    if name != whole and name.endswith(_BINARY):
        raise DataError(f"{shown(path)}: such a file is not read packed; {_unpack(path)}")
    return kind


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


def _unread(path: str, name: str, readable: Collection[str]) -> str:
    suffix = os.path.splitext(name)[1]
    cure = _CONVERSIONS.get(suffix, "rename or convert it").format(path)
    if is_clip(name):
        cure = "fetch the clip, then pass its path" if is_address(path) else _unpack(path)
    named = f"{suffix} files are" if suffix else "files without an extension are"
    where = " from an address" if is_address(path) else ""
    return (
        f"{shown(path)}: {named} not read{where} (read are {', '.join(readable)}, those of text "
        f"also as .gz or .zst, audio files, folders, globs, hf:// addresses, lists of dicts, "
        f"pandas frames and Hugging Face data sets); {cure}"
    )


def _unpack(path: str) -> str:
    tool = "gunzip" if packed_as(path) == ".gz" else "unzstd"
    return f"unpack it: {tool} -k {os.path.basename(bare(path))}"


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

    Lines are counted for files of text of up to 64 MiB, rows are named by a Parquet file, clips
    are counted for folders, and for globs the clips or what the data files hold together.
    """
    try:
        return None if is_address(path) else _count(path)
    except (OSError, DataError):  # whoever reads it will say so
        return None


def _count(path: str) -> int | None:
    if os.path.isdir(path):
        return sum(map(is_clip, files_below(Path(path))))
    if not os.path.isfile(path):
        return _count_matches(path) if glob.has_magic(path) else None
    if path.lower().endswith(".parquet"):
        from .parquet import count_rows

        return count_rows(path)
    if is_clip(path) or packed_as(path) or path.lower().endswith(".xlsx"):
        return None
    return _count_lines(path) if os.path.getsize(path) <= _COUNTED else None


def _count_matches(pattern: str) -> int | None:
    files = expand(pattern)
    clips = sum(map(is_clip, files))
    if clips:
        return clips
    if sum(map(os.path.getsize, files)) > _COUNTED:
        return None
    counts = [_count(str(path)) for path in files]
    return sum(filter(None, counts)) if None not in counts else None


def _count_lines(path: str) -> int | None:
    """The lines of a file of text; None where it is an array, which may stand on any number."""
    with open(path, "rb") as file:
        if path.lower().endswith(".json") and file.peek(1).lstrip().startswith(b"["):
            return None
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_BLOCK), b""))
