"""What every benchmark here needs: the timing of ``earmark bench``, and Markdown tables.

*Conventions*: those of `earmark.engine.bench.timing`. Ratios are taken within a round. Equality
is checked before the clock starts.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from earmark.engine.bench.machine import this_machine
from earmark.engine.bench.timing import interleaved

__all__ = ["interleaved", "machine", "ratios", "spread", "table"]

_PACKAGES = ("numpy", "soundfile", "soxr", "pybase64", "rapidfuzz", "jiwer", "librosa", "pydub")


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Median and range, as in ``120 (110-131)``."""
    low, mid, high = min(values), statistics.median(values), max(values)
    return f"{mid:,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"


def ratios(base: Sequence[float], mine: Sequence[float]) -> list[float]:
    """How many times faster, round by round."""
    return [b / m for b, m in zip(base, mine, strict=True)]


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def machine() -> str:
    """What was measured on, in one line."""
    found = this_machine(_PACKAGES)
    packages = ", ".join(f"{name} {found.packages.get(name, 'absent')}" for name in _PACKAGES)
    return f"{found.short}, {found.system}; {packages}"
