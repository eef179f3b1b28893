"""The store's folders: made so that a power cut cannot lose them, and hidden from git.

*Conventions*: a name in a folder is on the disk when the folder was synced, not before.
"""

from __future__ import annotations

from pathlib import Path

from ..data.write import sync_folder
from ..errors import StoreError


def make_store_folder(folder: Path) -> None:
    """Make the folder of a store, if it is not there.

    One that is made here is hidden from git: audio and answers are not meant for a repository.

    Raises:
        StoreError: it cannot be made.
    """
    if folder.is_dir():
        return
    try:
        make_folder(folder)
        (folder / ".gitignore").write_text("*\n")
    except OSError as error:
        raise StoreError(
            f"{folder}: the store's folder cannot be made: {error.strerror}; name a writable one "
            f"with EARMARK_STORE"
        ) from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, if it is not there.

    Raises:
        OSError: it cannot be made, or is no folder.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)  # somebody else may have been faster
    sync_folder(folder.parent)
