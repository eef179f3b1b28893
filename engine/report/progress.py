"""One line on stderr that says how far the work is, while somebody is watching."""

from __future__ import annotations

import sys
import time

_INTERVAL_S = 0.1


class ProgressLine:
    """Rewrites its line at most ten times a second; silent where stderr is no terminal.

    Args:
        total: how many clips there will be, None where that is not known.

    Used as a context manager, it leaves no trace of the line behind.
    """

    def __init__(self, total: int | None = None) -> None:
        self._total = total
        self._started = time.monotonic()
        self._shown = 0.0
        self._on = sys.stderr.isatty()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, done: int, audio_seconds: float | None = None, skipped: int = 0) -> None:
        """Say that so many clips are done, with so much audio in them."""
        now = time.monotonic()
        if self._on and now - self._shown >= _INTERVAL_S:
            self._shown = now
            text = describe(done, self._total, now - self._started, audio_seconds, skipped)
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()


def describe(
    done: int, total: int | None, seconds: float, audio_seconds: float | None, skipped: int
) -> str:
    """The line's words.

    >>> describe(50, 200, 10.0, 400.0, 2)
    '50 of 200 clips · 2 skipped · 5.0 clips/s · 40 audio-s/s · 0:30 left'
    """
    elapsed = max(seconds, 1e-6)
    parts = [f"{done:,} of {total:,} clips" if total else f"{done:,} clips"]
    if skipped:
        parts.append(f"{skipped:,} skipped")
    parts.append(f"{done / elapsed:,.1f} clips/s")
    if audio_seconds is not None:
        parts.append(f"{audio_seconds / elapsed:,.0f} audio-s/s")
    if total and done:
        left = round(elapsed / done * max(total - done, 0))
        parts.append(f"{left // 60}:{left % 60:02d} left")
    return " · ".join(parts)
