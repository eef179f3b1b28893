"""Grading the same rows again, each time one of the files behind the graders is saved.

*Conventions*: a file is looked at ten times a second, by its state and then by its bytes, so
that editors that write anew, rename or only touch it are all understood. The rows stay in
memory with what was derived from them; a grader whose signature is the same is not asked again.
A file that cannot be read as it stands now is a remark, and the last good one counts.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..engine.errors import EarmarkError
from ..engine.report.terminal import note
from ..engine.run import Run
from ..engine.types import Grader
from .flips import told
from .grade import graded
from .protocols import FileGrader

_PAUSE_S = 0.1

_State = tuple[int, int, int]


class Saves:
    """Waits until files are saved.

    Args:
        files: which; their present bytes are where it starts from.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._states: dict[str, _State | None] = {}
        self._digests: dict[str, bytes | None] = {}
        self.add(files)

    def add(self, files: Iterable[str]) -> None:
        """Look at these files too."""
        for name in files:
            if name not in self._states:
                self._states[name] = _state(name)
                self._digests[name] = _digest(name)

    def wait(self, pause_s: float = _PAUSE_S) -> list[str]:
        """The names of the files whose bytes have changed, as soon as some have."""
        while True:
            states = {name: _state(name) for name in self._states}
            touched = [name for name, state in states.items() if state != self._states[name]]
            self._states = states
            found = {name: digest for name in touched if (digest := _digest(name))}
            saved = [name for name, digest in found.items() if digest != self._digests[name]]
            self._digests |= found
            if saved:
                return saved
            time.sleep(pause_s)


class Again(NamedTuple):
    """The same rows graded once more.

    Attributes:
        run: with the new grades.
        head: what was saved, what was graded anew, and how long it took.
        lines: what changed, for people.
    """

    run: Run
    head: str
    lines: list[str]


def watch(run: Run, graders: Callable[[], Sequence[Grader]], saves: Saves) -> Iterator[Again]:
    """Grade again with each save; it never ends by itself.

    Args:
        run: the rows and their grades so far.
        graders: makes the graders from the files as they stand.
        saves: of the files to watch; those that the graders themselves name are added.
    """
    while True:
        names = ", ".join(saves.wait())
        note(f"{names} was saved")  # a normalizer that is new may take a while
        started = time.monotonic()
        try:
            made = graders()
            again = graded(run.rows, made, run)
        except (EarmarkError, OSError) as error:
            note(f"earmark: {error}; the grades are as before")
            continue
        saves.add(named(made))
        kept = sum(again[name] is run.grades.get(name) for name in again.grades)
        anew = len(again.grades) - kept
        same = f", {kept} as before" if kept else ""
        lines = list(told(run, again))
        head = f"{anew} grader{'s' * (anew != 1)} graded anew{same}"
        yield Again(again, f"{head}, in {time.monotonic() - started:.2f} s", lines)
        run = again


def named(graders: Iterable[Grader]) -> list[str]:
    """The files that graders are written in."""
    return [file for grader in graders if isinstance(grader, FileGrader) for file in grader.files]


def _state(name: str) -> _State | None:
    """What changes when a file is saved; None while it is not there, as between two renames."""
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _digest(name: str) -> bytes | None:
    try:
        return hashlib.sha256(Path(name).read_bytes()).digest()
    except OSError:
        return None
