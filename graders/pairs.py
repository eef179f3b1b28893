"""The two columns that a rule compares, and the rows that have both.

*Conventions*: a row without its input or its reference keeps its place with two empty texts;
``present`` says which rows to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ..engine.data.read import read_rows
from ..engine.types import Grader, Row, Rows


@dataclass(frozen=True, slots=True)
class Pairs:
    """References and inputs as columns.

    Attributes:
        rows: where they come from.
        reference: the template of the references.
        input: the template of the inputs.
        references: the rendered references, "" where the row lacks one of the two.
        inputs: the rendered inputs, "" where the row lacks one of the two.
        present: bool [n]: the row has both.
    """

    rows: Rows
    reference: str
    input: str
    references: list[str]
    inputs: list[str]
    present: npt.NDArray[np.bool_]

    def why_missing(self, i: int) -> str:
        """Which variable row i lacks, the fields it has, and the sample's error if there is one."""
        lacks_input = self.rows.take([i]).column(self.input) == [None]
        reason = self.rows.why_missing(self.input if lacks_input else self.reference, i)
        error = (self.rows.samples[i] or {}).get("error") if lacks_input else None
        if isinstance(error, Mapping):
            error = error.get("message", error)
        return f"{reason}; the sample's error: {error}" if error else reason


def pairs(rows: Rows, reference: str, input: str) -> Pairs:
    """Both columns of these rows, or of anything else that `earmark.read_rows` takes."""
    rows = read_rows(rows)
    return rows.derive(("pairs", reference, input), lambda: _paired(rows, reference, input))


def _paired(rows: Rows, reference: str, input: str) -> Pairs:
    references, inputs = rows.column(reference), rows.column(input)
    present = np.ones(len(rows), dtype=bool)
    if None in references or None in inputs:
        for i, (r, t) in enumerate(zip(references, inputs, strict=True)):
            if r is None or t is None:
                present[i], references[i], inputs[i] = False, "", ""
    return Pairs(
        rows, reference, input, cast("list[str]", references), cast("list[str]", inputs), present
    )


def single(row: Row | Mapping[str, Any]) -> Rows:
    """One row, or the record of one, as rows.

    Raises:
        DataError: the record cannot be read.
    """
    if isinstance(row, Row):
        return Rows([row.id], [row.item], [row.sample], [row.repeat])
    return read_rows([row], on_error="fail")


def grade_row(grader: Grader, row: Row | Mapping[str, Any]) -> dict[str, Any]:
    """One row's grade as plain values, the same as in a batch."""
    return grader.grade(single(row)).row(0)
