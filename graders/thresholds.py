"""What a graded run must reach to count as passed: for build pipelines.

*Conventions*: a number that does not exist reaches no threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..engine.errors import ConfigError, did_you_mean
from ..engine.run import Run
from ..engine.types import Grader
from .protocols import RateGrader

Limits = Mapping[str, float]


def limits(option: str, texts: Sequence[str], graders: Sequence[Grader]) -> dict[str, float]:
    """The limits of ``--fail-under`` (pass rates) or ``--fail-over`` (error rates), by grader.

    Raises:
        ConfigError: not NAME=NUMBER, no such grader, or one that has no such rate.
    """
    named = {grader.name: grader for grader in graders}
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if name not in named:
            raise ConfigError(
                f"{option} {text!r}: write NAME=NUMBER, NAME one of {', '.join(named)}."
                f"{did_you_mean(name or text, named)}"
            )
        if name in found:
            raise ConfigError(f"{option} {text!r}: {name} has a limit already; give it one")
        found[name] = _number(option, text, number, 1.0 if option == "--fail-under" else None)
        grader = named[name]
        if option == "--fail-over" and not isinstance(grader, RateGrader):
            raise ConfigError(
                f"--fail-over {text!r}: {name} is no error rate; use --fail-under for pass rates"
            )
        if option == "--fail-under" and not judges(grader):
            raise ConfigError(
                f"--fail-under {text!r}: {name} passes and fails nothing without max_rate; "
                f"give it one, or use --fail-over NAME=RATE"
            )
    return found


def breaches(
    run: Run, graders: Sequence[Grader], under: Limits, over: Limits, lost: float | None
) -> list[str]:
    """One line for each threshold that the run does not hold.

    Args:
        run: the graded rows.
        graders: what graded them.
        under: the lowest pass rate, by grader.
        over: the highest error rate, by grader.
        lost: the highest share of records, 0 to 1, that were skipped or that some grader
            could not grade; None: any.
    """
    lines = []
    for name, limit in under.items():
        passed = run[name].passed
        rate = float((passed == 1).sum() / (passed >= 0).sum()) if (passed >= 0).any() else np.nan
        if not rate >= limit:
            lines.append(f"{name}: pass rate {rate:.4f} is under {limit:g}")
    for grader in graders:
        if isinstance(grader, RateGrader) and grader.name in over:
            rate, limit = run[grader.name].metrics[grader.metric], over[grader.name]
            if not rate <= limit:
                lines.append(f"{grader.name}: {grader.metric} {rate:.4f} is over {limit:g}")
    share = lost_share(run)
    if lost is not None and not share <= lost:
        lines.append(f"{share:.4f} of the records could not be graded, over {lost:g}")
    return lines


def judges(grader: Grader) -> bool:
    """Whether its rows pass or fail: a rate without a highest one is a measure only."""
    return not isinstance(grader, RateGrader) or grader.max_rate is not None


def lost_share(run: Run) -> float:
    """The share of the source's records that were skipped, or not graded by every grader."""
    ungraded = np.zeros(len(run), dtype=bool)
    for grades in run.grades.values():
        ungraded |= np.isnan(grades.scores)
    records = len(run) + len(run.rows.rejected)
    return (int(ungraded.sum()) + len(run.rows.rejected)) / records if records else 1.0


def _number(option: str, text: str, number: str, highest: float | None) -> float:
    try:
        value = float(number)
    except ValueError:
        value = np.nan
    if not 0 <= value <= (np.inf if highest is None else highest):
        span = "from 0 up" if highest is None else f"from 0 to {highest:g}"
        raise ConfigError(f"{option} {text!r}: {number!r} is no number {span}")
    return value
