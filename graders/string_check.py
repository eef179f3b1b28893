"""The Evals API's string check: a text equals, or contains, another.

*Conventions*: nothing is trimmed or normalised. ``like`` and ``ilike`` are containment of
characters, not of words: "valid" is like "invalid". ``ilike`` compares case-folded texts. An
empty reference is contained in everything, so with these two it cannot be graded.

*Reference*: OpenAI's graders guide, "String check graders".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ..engine.grades import NO_VERDICT, Grades
from ..engine.types import Row, Rows
from . import block
from .block import TemplateText
from .pairs import Pairs, grade_row, pairs

_OPERATIONS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda text, reference: text == reference,
    "ne": lambda text, reference: text != reference,
    "like": lambda text, reference: reference in text,
    "ilike": lambda text, reference: reference.casefold() in text.casefold(),
}
_SAYS = {
    "eq": ("equals", "does not equal"),
    "ne": ("differs from", "equals"),
    "like": ("contains", "does not contain"),
    "ilike": ("contains (in any case)", "does not contain (in any case)"),
}
_SHOWN = 60  # characters of a text in an explanation


@dataclass(frozen=True, slots=True)
class StringCheck:
    """Score 1 where the operation holds, else 0.

    Args:
        input: template of the text that is checked.
        reference: template of what it is checked against.
        operation: ``eq``, ``ne``, ``like`` (contains) or ``ilike`` (contains, in any case).
        name: the name under which the grades are filed.

    Raises:
        ConfigError: a field is wrong.
    """

    type: ClassVar[str] = "string_check"
    version: ClassVar[str] = "v1"

    input: TemplateText = "{{sample.output_text}}"
    reference: TemplateText = "{{item.official_answer}}"
    operation: Literal["eq", "ne", "like", "ilike"] = field(kw_only=True)
    name: str = field(default="string_check", kw_only=True)

    def __post_init__(self) -> None:
        block.check(self)

    @property
    def signature(self) -> str:
        """Every choice that moves the number."""
        folded = "|fold:casefold" if self.operation == "ilike" else ""
        return block.signature(self) + folded

    def to_config(self) -> dict[str, Any]:
        """The block that makes this grader."""
        return block.to_config(self)

    def grade_row(self, row: Row | Mapping[str, Any]) -> dict[str, Any]:
        """One row's grade, the same as in a batch."""
        return grade_row(self, row)

    def grade(self, rows: Rows) -> Grades:
        """Grade all rows; one that lacks a text has no score."""
        columns = pairs(rows, self.reference, self.input)
        holds = _OPERATIONS[self.operation]
        wants_text = self.operation in ("like", "ilike")
        texts = zip(columns.inputs, columns.references, columns.present.tolist(), strict=True)
        found = [
            holds(text, reference) if present and (reference or not wants_text) else np.nan
            for text, reference, present in texts
        ]
        scores = np.array(found, dtype=np.float64)
        passed = np.where(np.isnan(scores), NO_VERDICT, scores == 1).astype(np.int8)
        return Grades(scores, passed, explain=partial(self._why, columns, scores))

    def _why(self, columns: Pairs, scores: npt.NDArray[np.float64], i: int) -> str:
        score = scores[i]
        if not columns.present[i]:
            return columns.why_missing(i)
        if np.isnan(score):
            return f"the reference is empty: every text contains it, so {self.operation} is void"
        says = _SAYS[self.operation][0 if score else 1]
        return f"{_quoted(columns.inputs[i])} {says} {_quoted(columns.references[i])}"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
