"""What a notebook shows of a run, of rows and of prepared items.

*Conventions*: a card is short, and the same at every run: no times. An absolute path is shown
by its last part, for saved notebooks are passed on. Nothing here raises because of the data.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.scalars import absent
from ..data.template import as_text
from ..grades import counted
from .html_table import card, line, table
from .ungraded import Reason, reasons

if TYPE_CHECKING:
    from ..audio.prepare import PrepareReport
    from ..grades import Grades
    from ..run import Run
    from ..types import Rows

_ROWS = 5  # shown of many
_FIELDS = 8
_GRADERS = 50
_TEXT = 80  # characters of one value
_REASONS = 5
_BASE64 = re.compile(r"(data:[^,]*,)?[A-Za-z0-9+/_-]{97,}=*")


def run_card(run: Run) -> str:
    """The summary, a grader a line, and why rows were not graded."""
    named = f" · {run.name}" if run.name else ""
    saved = f" · saved as {run.id}" if run.id else ""
    lines = [_grader_line(run[each["grader"]], each) for each in run.lines()]
    columns = ["grader", "graded", "passed", "pass rate", "95 %", "score"]
    graders = table(columns, lines[:_GRADERS], range(1, 5)) if lines else line("no grader")
    return card(
        line(f"{_from(run.rows)}{named}{saved}", strong="Run"),
        graders,
        *_more(len(lines) - _GRADERS, "graders"),
        *_ungraded(run),
    )


def rows_card(rows: Rows) -> str:
    """The first rows, value by value, and what was rejected."""
    fields = list(dict.fromkeys(key for item in rows.items for key in item if key != "id"))
    shown = fields[:_FIELDS]
    sampled = ["sample.output_text"] * any(sample is not None for sample in rows.samples)
    lines = [
        [
            row.id,
            *(_value(row.item.get(key)) for key in shown),
            *(_value((row.sample or {}).get("output_text")) for _ in sampled),
        ]
        for row in itertools.islice(rows, _ROWS)
    ]
    return card(
        line(_from(rows), strong="Rows"),
        table(["id", *map(str, shown), *sampled], lines),
        *_more(len(rows) - len(lines), "rows"),
        *_more(len(fields) - _FIELDS, "fields"),
        *_listed("rejected", [str(replace(each, file=_path(each.file))) for each in rows.rejected]),
    )


def prepared_card(report: PrepareReport) -> str:
    """What was written, what was skipped, and what looks wrong."""
    kept = f", {report.kept:,} more without audio" if report.kept else ""
    return card(
        line(
            f"{report.written:,} items{kept}, {report.audio_seconds:,.1f} s of audio, "
            f"{report.bytes / 1e6:,.2f} MB before base64",
            strong=_path(report.out),
        ),
        *_listed("skipped", [_entry(each) for each in report.skipped]),
        *_listed("warning", [_entry(each) for each in report.warnings]),
    )


def _grader_line(grades: Grades, summary: Mapping[str, Any]) -> list[str]:
    rate, lo, hi = (summary[name] for name in ("pass_rate", "lo", "hi"))
    judged = not np.isnan(rate)
    return [
        summary["grader"],
        f"{summary['graded']:,} of {summary['n']:,}",
        f"{summary['passed']:,}" if judged else "-",
        f"{100 * rate:.1f} %" if judged else "-",
        f"{100 * lo:.1f} to {100 * hi:.1f}" if judged else "-",
        _score(grades, summary),
    ]


def _score(grades: Grades, summary: Mapping[str, Any]) -> str:
    """The metrics by their names, or the mean score where a grader has none."""
    shown = [
        f"{name} {summary[name]:{'.3f' if ratio.below else ',.0f'}}"
        for name, ratio in grades.ratios.items()
        if name != "mean_score" and not np.isnan(summary[name])
    ]
    mean = summary["mean_score"]
    return ", ".join(shown) or ("-" if np.isnan(mean) else f"mean {mean:.3f}")


def _ungraded(run: Run) -> Iterator[str]:
    shared: dict[Reason, list[str]] = {}
    for name in run.grades:
        for each in reasons(run, name):
            shared.setdefault(each, []).append(name)
    if shared:
        most_first = sorted(shared, key=lambda each: -each.rows)
        rows = [
            [f"{why.rows:,}", why.example, why.reason, ", ".join(shared[why])]
            for why in most_first[:_REASONS]
        ]
        yield table(["not graded", "first id", "because", "by"], rows, right=[0])
        yield from _more(len(shared) - _REASONS, "reasons")


def _from(rows: Rows) -> str:
    return f"{counted(len(rows))}{f' from {_path(rows.origin)}' if rows.origin else ''}"


def _path(path: str) -> str:
    return os.path.basename(path) if os.path.isabs(path) else path


def _value(value: Any) -> str:
    """A value as text: of base64 and of long texts what tells them apart."""
    if absent(value):
        return "-"
    text = f"({len(value):,} bytes)" if isinstance(value, bytes | bytearray) else as_text(value)
    if _BASE64.fullmatch(text):
        return f"{text[:12]}… ({len(text):,} characters)"
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"


def _listed(kind: str, entries: Sequence[str]) -> Iterator[str]:
    for entry in entries[:_ROWS]:
        yield line(entry, strong=kind)
    yield from _more(len(entries) - _ROWS, kind)


def _entry(entry: Mapping[str, str]) -> str:
    return f"{_path(entry['file'])} (id {entry['id'] or '-'}): {entry['reason']}"


def _more(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield line(f"and {count:,} more {what}")
