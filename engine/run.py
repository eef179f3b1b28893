"""A run: rows and what the graders said about them, as a table, a summary and records.

*Conventions*: nothing is counted as passed or failed that has no verdict. ``pass_rate`` is
over the rows that have one, ``pass_rate_strict`` over all rows. A number that does not exist
is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .data.scalars import jsonable
from .data.template import field_template
from .errors import DataError, did_you_mean
from .stats import wilson
from .types import PASSED, Column, Grades, Rows, counted

if TYPE_CHECKING:
    import pandas as pd

NONE = "(none)"  # the slice of the rows that lack the field


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Run:
    """Rows, graded.

    Attributes:
        rows: what was graded.
        grades: each grader's verdicts, by its name.
        signatures: each grader's signature, by its name: every choice that moved its number.
    """

    rows: Rows
    grades: Mapping[str, Grades]
    signatures: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Run({counted(len(self))}; {', '.join(self.grades) or 'no grader'})"

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

        slices = {None: range(len(self))} if by is None else self.slices(by)
        lines = [
            (name, value, _line(grades, index))
            for value, index in slices.items()
            for name, grades in self.grades.items()
        ]
        taken = {"grader", *(key for _, _, line in lines for key in line)}
        label = f"item.{by}" if by in taken else by
        return pd.DataFrame(
            {"grader": name, **({} if label is None else {label: value}), **line}
            for name, value, line in lines
        )

    def to_frame(self) -> pd.DataFrame:
        """One line a row: id, item fields, output_text, and per grader its columns.

        A grader's columns are ``<name>.score`` (NaN: none), ``<name>.passed`` (<NA>: none),
        ``<name>.explanation`` and one a field of its own. ``repeat`` stands after ``id`` where
        there are repeats. An item's field called like another column becomes ``item.<field>``.
        """
        import pandas as pd

        first: dict[str, Any] = {"id": list(self.rows.ids)}
        if any(self.rows.repeats):
            first["repeat"] = list(self.rows.repeats)
        graded = {
            "output_text": [(s or {}).get("output_text") for s in self.rows.samples],
            **self._grade_columns(),
        }
        taken, items = {**first, **graded}, {}
        for key in dict.fromkeys(key for item in self.rows.items for key in item):
            if key != "id":
                name = str(key)
                while name in taken or name in items:
                    name = f"item.{name}"
                items[name] = _exact([item.get(key) for item in self.rows.items])
        return pd.DataFrame({**first, **items, **graded})

    def _grade_columns(self) -> dict[str, Any]:
        import pandas as pd

        columns: dict[str, Any] = {}
        for grader, grades in self.grades.items():
            columns[f"{grader}.score"] = grades.scores
            columns[f"{grader}.passed"] = pd.array(
                [None if p < 0 else bool(p) for p in grades.passed], dtype="boolean"
            )
            columns[f"{grader}.explanation"] = list(map(grades.explanation, range(len(self))))
            columns |= {f"{grader}.{name}": _exact(part) for name, part in grades.fields.items()}
        return columns

    def records(self) -> Iterator[dict[str, Any]]:
        """The rows as they are exported: item, sample, repeat where there are any, grades.

        Every value is what JSON can hold (NaN is None), and reading the records again gives
        the same rows: an id that came from a row's number is written down where the number
        would be another one.
        """
        repeated = any(self.rows.repeats)
        for i, row in enumerate(self.rows):
            known = row.item.get("id") not in (None, "") or row.id == str(i)
            record: dict[str, Any] = {
                "item": dict(row.item) if known else {**row.item, "id": row.id},
                "sample": row.sample,
            }
            if repeated:
                record["repeat"] = row.repeat
            record["grades"] = {name: jsonable(g.row(i)) for name, g in self.grades.items()}
            yield record

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
                f"{', '.join(known) or 'no field'}.{did_you_mean(by, known)}"
            )
        slices: dict[str, list[int]] = {}
        for i, value in enumerate(values):
            slices.setdefault(NONE if value is None else value, []).append(i)
        return dict(sorted(slices.items(), key=lambda s: (s[0] == NONE, s[0])))


def _exact(column: Column) -> Column:
    """The column, held as objects where pandas would make its integers floats."""
    if isinstance(column, np.ndarray):
        return column
    kinds = {type(value) for value in column}
    if int not in kinds or len(kinds) == 1:
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
