"""A graded run as tables for people, and as objects for machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..engine.report.terminal import Cell, note, say, table
from ..engine.report.ungraded import Reason, reasons
from ..engine.run import Run
from ..engine.types import Grader
from .protocols import RateGrader
from .thresholds import judges

Line = dict[str, Any]
_REASONS = 5  # shown for each grader


def as_objects(run: Run, by: str | None) -> list[Line]:
    """The summary's lines with each grader's signature and reasons; NaN is None.

    A slice's field that is called ``signature`` or ``reasons`` is ``item.signature`` here.
    """
    why = {name: [reason._asdict() for reason in reasons(run, name)] for name in run.grades}
    return [
        {
            **{
                f"item.{key}" if key in ("signature", "reasons") else key: _known(value)
                for key, value in line.items()
            },
            "signature": run.signatures[line["grader"]],
            "reasons": why[line["grader"]],
        }
        for line in run.lines(by)
    ]


def show(run: Run, graders: Sequence[Grader], by: str | None) -> None:
    """Print the summary of a run: pass rates, error rates, slices, what was not graded.

    A grader of the run that is not among these, as of a stored one whose object is gone, is shown
    by its pass rate and its mean score.
    """
    lines = run.lines()
    by_name = dict.fromkeys(run.grades) | {grader.name: grader for grader in graders}
    rates = [line for line in lines if isinstance(by_name[line["grader"]], RateGrader)]
    judged = [line for line in lines if _judges(by_name[line["grader"]])]
    _show_passes("Pass rates", "grader", judged, by_name)
    _show_rates("Error rates (lower is better)", "grader", rates, by_name)
    if by is not None:
        _show_slices(run, by, by_name)
    _show_ungraded(run)


def short(line: Line, grader: Grader | None) -> str:
    """A line of the summary in a few words: the error rate, the pass rate, or the mean score.

    >>> short({"grader": "rule", "pass_rate": 0.5, "mean_score": 0.5, "ungraded": 3}, None)
    'rule 50.0 %, 3 not graded'
    """
    left = f", {line['ungraded']:,} not graded" if line.get("ungraded") else ""
    if isinstance(grader, RateGrader):
        rate = _percent(line.get(grader.metric))
        return f"{line['grader']} {rate} {grader.metric.upper()}{left}"
    if _known(line["pass_rate"]) is None and _known(line["mean_score"]) is not None:
        return f"{line['grader']} mean {line['mean_score']:.3f}{left}"
    return f"{line['grader']} {_percent(line['pass_rate'])}{left}"


def _judges(grader: Grader | None) -> bool:
    return grader is None or judges(grader)


def _show_slices(run: Run, by: str, by_name: dict[str, Grader | None]) -> None:
    sliced = run.lines(by)
    label = list(sliced[0])[1] if sliced else by
    for name, grader in by_name.items():
        lines = [line for line in sliced if line["grader"] == name]
        if isinstance(grader, RateGrader):
            title = f"{name} by {by} (normalizer {grader.normalizer}; lower is better)"
            _show_rates(title, label, lines, by_name)
        if _judges(grader):
            _show_passes(f"{name} by {by}: pass rates", label, lines, by_name)


def _show_passes(
    title: str, label: str, lines: Sequence[Line], by_name: dict[str, Grader | None]
) -> None:
    if not lines:
        return
    # a rule's mean score is its pass rate, an error rate has its own table; what is left are
    # other measures, whose mean gets a column
    measures = any(
        line["graded"] and line["pass_rate"] != line["mean_score"]
        for line in lines
        if not isinstance(by_name[line["grader"]], RateGrader)
    )
    headings = [label, "graded", "passed", "pass rate", "95 %", "of all rows"]
    rows: list[list[Cell]] = [
        [
            line[label],
            _share(line),
            line["passed"],
            _percent(line["pass_rate"]),
            _interval(line["lo"], line["hi"]),
            _percent(line["pass_rate_strict"]),
            *([line["mean_score"]] if measures else []),
        ]
        for line in lines
    ]
    table(title, [*headings, "mean score"] if measures else headings, rows)
    say("")


def _show_rates(
    title: str, label: str, lines: Sequence[Line], by_name: dict[str, Grader | None]
) -> None:
    named = label == "grader"  # of a slice the title names the normalizer
    rows: list[list[Cell]] = []
    for line in lines:
        grader = by_name[line["grader"]]
        if isinstance(grader, RateGrader):
            rows.append(
                [
                    line[label],
                    _share(line),
                    f"{grader.metric.upper()} {_percent(line.get(grader.metric))}",
                    *([grader.normalizer] if named else []),
                    _percent(line.get(f"{grader.metric}_none")),
                    _invented(line.get("invented", math.nan), grader.unit),
                ]
            )
    if rows:
        normalizer = ["normalizer"] if named else []
        table(title, [label, "graded", "rate", *normalizer, "un-normalised", "invented"], rows)
        say("")


def _show_ungraded(run: Run) -> None:
    """Each reason once, with the graders that give it for the same rows."""
    shared: dict[Reason, list[str]] = {}
    for name in run.grades:
        found = reasons(run, name)
        for each in found[:_REASONS]:
            shared.setdefault(each, []).append(name)
        if len(found) > _REASONS:
            left = sum(each.rows for each in found[_REASONS:])
            note(f"{name}: {left} more rows were not graded, for {len(found) - _REASONS} reasons")
    rows: list[list[Cell]] = [
        [each.rows, each.example, each.reason, ", ".join(names)] for each, names in shared.items()
    ]
    if rows:
        table("Not graded", ["rows", "first id", "because", "by"], rows)
        say("")


def _known(value: Any) -> Any:
    return None if value != value else value


def _share(line: Line) -> str:
    return f"{line['graded']}/{line['n']}"


def _invented(n: float, unit: str) -> str:
    short = "char" if unit == "character" else unit
    return f"{n:,.0f} {short}{'' if n == 1 else 's'}" if n > 0 else "-"


def _percent(value: float | None) -> str:
    return "-" if value is None or value != value else f"{100 * value:.1f} %"


def _interval(lo: float, hi: float) -> str:
    return "-" if lo != lo else f"{100 * lo:.1f} to {100 * hi:.1f}"
