"""Intervals of what was counted: pure functions on numbers, which know no grader and no run.

*Conventions*: ``conf`` is the coverage of a two-sided interval; a bound is cut to [0, 1].
Impossible input raises with the offending value; it never becomes a number.

*Reference*: Wilson, E. B. (1927), JASA 22:209-212; Newcombe, R. G. (1998), Statistics in
Medicine 17:857-872, method 3.
"""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(x: int, n: int, conf: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    It solves |p - x/n| = z sqrt(p (1 - p) / n) for p, so that, unlike Wald's, it has a width
    where everything passed. With no trial nothing is known: (0, 1).

    Args:
        x: successes, 0 to n.
        n: trials.
        conf: coverage, between 0 and 1.

    Returns:
        (lo, hi), both in [0, 1].

    Raises:
        ValueError: not 0 <= x <= n, or conf is not between 0 and 1.

    >>> [round(bound, 4) for bound in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    if not 0 <= x <= n or not math.isfinite(n):
        raise ValueError(f"{x} successes of {n} trials: need 0 <= x <= n")
    if not 0 < conf < 1:
        raise ValueError(f"conf must lie between 0 and 1, not {conf}")
    if n == 0:
        return 0.0, 1.0
    z2 = NormalDist().inv_cdf((1 + conf) / 2) ** 2
    centre = (x + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (x * (n - x) / n + z2 / 4)) / (n + z2)
    # at the ends the two halves cancel exactly; rounding would leave 1e-17 there
    return (0.0 if x == 0 else max(0.0, centre - half), 1.0 if x == n else min(1.0, centre + half))
