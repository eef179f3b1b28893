"""One line that says how far the work is, while somebody is watching.

*Conventions*: it is rewritten at most ten times a second. At a terminal it stands on stderr and
leaves no trace. In a notebook, whose stderr is no terminal, it is an output of the cell, and
what is left of it is how much was done: that is the same at every run, so saved notebooks stay
as they are. Elsewhere nothing is shown.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Sized
from typing import Any, Protocol

_INTERVAL_S = 0.1


class Surface(Protocol):
    """Where the line is shown."""

    def show(self, text: str, share: float | None) -> None:
        """Put this in place of what stood there; ``share`` of the whole is done, 0 to 1."""

    def close(self, text: str) -> None:
        """The work has ended, and came so far."""


class Nowhere:
    """Nobody is watching."""

    def show(self, text: str, share: float | None) -> None:
        """Show nothing."""

    def close(self, text: str) -> None:
        """Leave nothing."""


class Terminal:
    """The last line of stderr."""

    def show(self, text: str, share: float | None) -> None:
        """Rewrite the line."""
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def close(self, text: str) -> None:
        """Clear it."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class Notebook:
    """An output of the cell, updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str, share: float | None) -> None:
        """Put the words beside a bar."""
        bar = "" if share is None else f'<progress value="{share:.3f}"></progress> '
        self._put({"text/plain": text, "text/html": f"<div>{bar}{text}</div>"})

    def close(self, text: str) -> None:
        """Leave the words, if any stood there."""
        if self._handle is not None:
            self._put({"text/plain": text})

    def _put(self, shown: dict[str, str]) -> None:
        if self._handle is None:
            display = importlib.import_module("IPython.display").display
            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


class ProgressLine:
    """Says how many clips are done; a context manager, which tidies up behind itself.

    Args:
        total: how many there will be, None where that is not known.
        surface: where; a notebook or terminal, if there is one, when left out.
    """

    def __init__(self, total: int | None = None, surface: Surface | None = None) -> None:
        self._total = total
        self._started = time.monotonic()
        self._shown = 0.0
        self._surface = _watched() if surface is None else surface
        self._done, self._skipped = 0, 0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        total = self._total if kind else None  # what was expected tells where it broke off
        self._surface.close(" · ".join(_counts(self._done, total, self._skipped)))

    def __call__(self, done: int, audio_seconds: float | None = None, skipped: int = 0) -> None:
        """Say that so many clips are done, with so much audio in them."""
        self._done, self._skipped = done, skipped
        now = time.monotonic()
        if now - self._shown >= _INTERVAL_S:
            self._shown = now
            text = describe(done, self._total, now - self._started, audio_seconds, skipped)
            self._surface.show(text, min(done / self._total, 1.0) if self._total else None)


def line_for(progress: object, source: Any, most: int | None = None) -> ProgressLine:
    """The line that a Python function shows by itself.

    Args:
        progress: what the function was called with. None: in a notebook there is a line; True:
            at a terminal too; anything else, such as a function that is told: there is none.
        source: what is worked through.
        most: how many of it at most.
    """
    if progress is True or (progress is None and in_notebook()):
        known = [count for count in (most, _size(source)) if count is not None]
        return ProgressLine(min(known, default=None))
    return ProgressLine(None, Nowhere())


def in_notebook() -> bool:
    """Whether this runs in a notebook's kernel; Jupyter's, VS Code's and Colab's are told."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__)


def describe(
    done: int, total: int | None, seconds: float, audio_seconds: float | None, skipped: int
) -> str:
    """The line's words.

    >>> describe(50, 200, 10.0, 400.0, 2)
    '50 of 200 clips · 2 skipped · 5.0 clips/s · 40 audio-s/s · 0:30 left'
    """
    elapsed = max(seconds, 1e-6)
    parts = [*_counts(done, total, skipped), f"{done / elapsed:,.1f} clips/s"]
    if audio_seconds is not None:
        parts.append(f"{audio_seconds / elapsed:,.0f} audio-s/s")
    if total and done:
        left = round(elapsed / done * max(total - done, 0))
        parts.append(f"{left // 60}:{left % 60:02d} left")
    return " · ".join(parts)


def _counts(done: int, total: int | None, skipped: int) -> list[str]:
    clips = f"{done:,} of {total:,} clips" if total else f"{done:,} clip{'s' * (done != 1)}"
    return [clips, f"{skipped:,} skipped"] if skipped else [clips]


def _watched() -> Surface:
    if in_notebook():
        return Notebook()
    return Terminal() if sys.stderr.isatty() else Nowhere()


def _size(source: Any) -> int | None:
    """How many clips there will be, where it is cheap to know."""
    from ..data.paths import count_records

    if isinstance(source, str | os.PathLike):
        return count_records(os.fspath(source))
    return len(source) if isinstance(source, Sized) else None
