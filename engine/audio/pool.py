"""Many clips at once on threads, in order, with a bounded number in flight.

Decoding, resampling, base64 and NumPy all release the interpreter's lock, so threads share the
work nearly as well as processes would, and they share memory (benchmarks/RESULTS.md).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ..errors import ConfigError

In = TypeVar("In")
Out = TypeVar("Out")


_MAX_WORKERS = 16


def usable_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    function: Callable[[In], Out], values: Iterable[In], workers: int | None = None
) -> Iterator[Out]:
    """``map(function, values)`` on threads.

    Values are taken as results are asked for: at most two a worker are in flight, so memory
    does not grow with their number. Stopping early cancels what has not begun.

    Raises:
        ConfigError: fewer than one worker.
    """
    count = min(usable_processors(), _MAX_WORKERS) if workers is None else workers
    if count < 1:
        raise ConfigError(f"workers={workers}: at least 1 is needed")
    if count == 1:
        yield from map(function, values)
        return
    flight: deque[Future[Out]] = deque()
    pool = ThreadPoolExecutor(count, thread_name_prefix="earmark-audio")
    try:
        for value in values:
            flight.append(pool.submit(function, value))
            if len(flight) >= 2 * count:
                yield flight.popleft().result()
        while flight:
            yield flight.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
