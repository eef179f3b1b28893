"""A run: rows and what the graders said about them, as a table, a summary and records.

*Conventions*: nothing is counted as passed or failed that has no verdict. ``pass_rate`` is
over the rows that have one, ``pass_rate_strict`` over all rows. A number that does not exist
is NaN.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np

from .data.scalars import jsonable
from .data.template import field_template
from .errors import ConfigError, DataError, did_you_mean, some
from .grades import PASSED, Column, Grades, counted
from .headings import headings
from .stats import wilson
from .types import Rows

if TYPE_CHECKING:
    import pandas as pd

# What a line of the summary says of every grader: no metric can have such a name. That of the
# mean score is none of them, for there a metric is meant to take its place.
COUNTED = frozenset(
    ("grader", "n", "graded", "ungraded", "passed", "pass_rate", "lo", "hi", "pass_rate_strict")
)
_FILES = (".jsonl", ".csv", ".parquet")
NONE = "(none)"  # the slice of the rows that lack the field


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Run:
    """Rows, graded.

    Attributes:
        rows: what was graded.
        grades: each grader's verdicts, by its name.
        signatures: each grader's signature, by its name: every choice that moved its number.
        blocks: the block that makes each grader again, by its name; an object of a program may
            have none.
        id: under which it lies in the store; empty where it does not.
        name: what people call it.
    """

    rows: Rows
    grades: Mapping[str, Grades]
    signatures: Mapping[str, str]
    blocks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    id: str = ""
    name: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        saved = f"{self.id}: " if self.id else ""
        return f"Run({saved}{counted(len(self))}; {', '.join(self.grades) or 'no grader'})"

    def _repr_html_(self) -> str:
        from .report.cards import run_card

        return run_card(self)

    def __getitem__(self, name: str) -> Grades:
        if name not in self.grades:
            raise KeyError(
                f"no grader is named {name!r}; there are {', '.join(self.grades) or 'none'}."
                f"{did_you_mean(str(name), self.grades)}"
            )
        return self.grades[name]

    def summary(self, by: str | None = None) -> pd.DataFrame:
        """One line a grader, or one a slice and grader.

        Args:
            by: a field to slice by: an item's (``category``), or a path such as
                ``sample.model``. Rows that lack it are the slice ``(none)``.

        Returns:
            Columns grader, [by,] n, graded, ungraded, passed, pass_rate, lo, hi (Wilson, 95 %),
            pass_rate_strict, mean_score, and one a metric (NaN where a grader has it not). A
            field called as one of these is the column ``item.<field>``.

        Raises:
            DataError: no row has the field.
        """
        import pandas as pd

        return pd.DataFrame(self.lines(by))

    def lines(self, by: str | None = None) -> list[dict[str, Any]]:
        """The lines of `summary` as plain values; each has only the metrics of its grader.

        Raises:
            DataError: no row has the field.
        """
        slices = {None: range(len(self))} if by is None else self.slices(by)
        found = [
            (name, value, _line(grades, index))
            for value, index in slices.items()
            for name, grades in self.grades.items()
        ]
        taken = {"grader", *(key for _, _, line in found for key in line)}
        label = f"item.{by}" if by in taken else by
        return [
            {"grader": name, **({} if label is None else {label: value}), **line}
            for name, value, line in found
        ]

    def export(self, path: str | os.PathLike[str]) -> int:
        """Write the rows with their grades to a file; how many.

        Args:
            path: ``.jsonl`` (complete), ``.csv`` (safe for spreadsheets) or ``.parquet``.

        Raises:
            ConfigError: another extension.
            MissingExtra: Parquet without pyarrow.
            DataError: the file cannot be written, or a row holds what it cannot hold.
        """
        from .store.exporting import write_run

        return write_run(path, [self])

    def save(self, folder: str | os.PathLike[str] | None = None) -> str:
        """Put the run into the store; the id under which it lies there.

        Args:
            folder: the store's; by default ``EARMARK_STORE``, or ``.earmark`` in the working
                directory.

        Raises:
            ConfigError: the folder has the name of a file.
            StoreError: the store cannot be written.
            DataError: a row holds what cannot be saved.
        """
        from .store.db import Store
        from .store.runs import save

        if folder is not None and os.fspath(folder).endswith(_FILES):
            raise ConfigError(f"save: {folder!r} is no store's folder; export() writes files")

        return save(Store(folder), self)

    def to_frame(self) -> pd.DataFrame:
        """One line a row: id, item fields, output_text, and per grader its columns.

        A grader's columns are ``<name>.score`` (NaN: none), ``<name>.passed`` (<NA>: none),
        ``<name>.explanation`` and one a field of its own. ``repeat`` stands after ``id`` where
        there are repeats. An item's field called like another column becomes ``item.<field>``, a
        grader's own ``field.<name>.<field>``.

        Whole numbers stay whole and truth values true or false where some are absent
        (``Int64``, ``boolean``); a field that is of one kind in one row and of another in the
        next is held as it is.
        """
        import pandas as pd

        first: dict[str, Any] = {"id": list(self.rows.ids)}
        if any(self.rows.repeats):
            first["repeat"] = list(self.rows.repeats)
        texts = {"output_text": [(s or {}).get("output_text") for s in self.rows.samples]}
        keys = dict.fromkeys(key for item in self.rows.items for key in item)
        fields = {grader: grades.fields for grader, grades in self.grades.items()}
        found = headings([*first, *texts], keys, fields)
        items = {
            heading: _tidy([item.get(key) for item in self.rows.items])
            for key, heading in found.items.items()
        }
        return pd.DataFrame({**first, **items, **texts, **self._grade_columns(found.fields)})

    def _grade_columns(self, own: Mapping[tuple[str, str], str]) -> dict[str, Any]:
        import pandas as pd

        columns: dict[str, Any] = {}
        for grader, grades in self.grades.items():
            columns[f"{grader}.score"] = grades.scores
            columns[f"{grader}.passed"] = pd.array(
                [None if p < 0 else bool(p) for p in grades.passed], dtype="boolean"
            )
            columns[f"{grader}.explanation"] = list(map(grades.explanation, range(len(self))))
            columns |= {own[grader, key]: _tidy(part) for key, part in grades.fields.items()}
        return columns

    def records(self, first: int = 0) -> Iterator[dict[str, Any]]:
        """The rows as they are exported: item, sample, repeat where it is not 0, grades.

        Every value is what JSON can hold (NaN is None), and reading the records again gives
        the same rows: an id that came from a row's number is written down where the number
        would be another one.

        Args:
            first: how many rows stand before these in the file.
        """
        for i, row in enumerate(self.rows):
            grades = {name: jsonable(column.row(i)) for name, column in self.grades.items()}
            yield {**row.record(first + i), "grades": grades}

    def slices(self, by: str) -> dict[str, list[int]]:
        """The positions of the rows by the value of a field, ``(none)`` last.

        Raises:
            DataError: no row has the field.
        """
        values = self.rows.column(field_template(by))
        if self.rows and not any(value is not None for value in values):
            known = list(dict.fromkeys(str(key) for item in self.rows.items for key in item))
            raise DataError(
                f"no row has the field {by!r} to slice by; the items have "
                f"{some(known)}.{did_you_mean(by, known)}"
            )
        slices: dict[str, list[int]] = {}
        for i, value in enumerate(values):
            slices.setdefault(NONE if value is None else value, []).append(i)
        return dict(sorted(slices.items(), key=lambda s: (s[0] == NONE, s[0])))


def _tidy(column: Column) -> Any:
    """The column in the type that pandas would not find: it makes floats of absent integers."""
    import pandas as pd

    if isinstance(column, np.ndarray) and column.dtype != object:
        return column
    kinds = {type(value) for value in column}
    whole = [value for value in column if type(value) is int] if int in kinds else []
    most = max(map(abs, whole), default=0)
    if kinds == {bool, NoneType}:
        return pd.array(column, dtype="boolean")
    if kinds == {int, NoneType} and most < 2**63:
        return pd.array(column, dtype="Int64")
    if len(kinds) == 1 or not whole or (kinds <= {int, float, NoneType} and most <= 2**53):
        return column
    exact = np.empty(len(column), dtype=object)
    exact[:] = column
    return exact


def _line(grades: Grades, index: Sequence[int]) -> dict[str, Any]:
    # a measure without a threshold has scores and no verdict anywhere: then no rate of passes
    # exists, not even the strict one
    judged = bool((grades.passed >= 0).any() or np.isnan(grades.scores).all())
    part = grades if len(index) == len(grades) else grades.take(index)
    n = len(part)
    graded = int(np.count_nonzero(~np.isnan(part.scores)))
    verdicts = int(np.count_nonzero(part.passed >= 0))
    passed = int(np.count_nonzero(part.passed == PASSED))
    lo, hi = wilson(passed, verdicts) if verdicts else (math.nan, math.nan)
    # a ratio of sums has a mean of its own: the one weighted by the sums below it
    metrics = dict(part.metrics)
    mean = metrics.pop("mean_score", None)
    if mean is None:
        mean = float(np.nanmean(part.scores)) if graded else math.nan
    return {
        "n": n,
        "graded": graded,
        "ungraded": n - graded,
        "passed": passed,
        "pass_rate": passed / verdicts if verdicts else math.nan,
        "lo": lo,
        "hi": hi,
        "pass_rate_strict": passed / n if n and judged else math.nan,
        "mean_score": mean,
        **metrics,
    }
