"""Word and character error rates of what was heard against what was said.

*Conventions*: the score is the rate, lower is better. Whatever is aggregated is a ratio of
sums: errors over reference lengths, never a mean of rates. The un-normalised rate goes along,
so that nobody takes a normalizer's work for a recogniser's. A reference that is empty after
normalisation cannot be graded; what was heard there is counted as ``invented``.

*Reference*: NIST's SCTK scoring; the split into substitutions, deletions and insertions is
jiwer's, other tools split differently at the same rate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..engine.grades import NO_VERDICT, Column, Grades, Ratio
from ..engine.text.align import Counts, ErrorCounts, Step, cer, wer
from ..engine.types import Row, Rows
from . import block
from .block import Normalizer, Rate, TemplateText
from .pairs import Pairs, grade_row, pairs, single

_DIFFERENCES = 8  # shown in one explanation


@dataclass(frozen=True, slots=True)
class WordErrorRate:
    """Score: (substitutions + deletions + insertions) / words of the reference.

    Its fields are ``hits substitutions deletions insertions reference_length``, ``invented``
    (words heard where the reference is empty) and, with a normalizer, ``errors_none`` and
    ``reference_length_none``, the same without it. Of a row that cannot be graded they are
    none, but for what was invented.

    Args:
        input: template of what was heard.
        reference: template of what was said.
        normalizer: what both texts go through first.
        max_rate: the highest rate that passes; none: no row has a verdict.
        name: the name under which the grades are filed.

    Raises:
        ConfigError: a field is wrong.
    """

    type: ClassVar[str] = "word_error_rate"
    version: ClassVar[str] = "v1"
    metric: ClassVar[str] = "wer"
    unit: ClassVar[str] = "word"

    input: TemplateText = "{{sample.output_text}}"
    reference: TemplateText = "{{item.reference}}"
    normalizer: Normalizer = "whisper-english"
    max_rate: Rate | None = None
    name: str = field(default="word_error_rate", kw_only=True)

    def __post_init__(self) -> None:
        block.check(self)

    @property
    def signature(self) -> str:
        """Every choice that moves the number."""
        return block.signature(self)

    def to_config(self) -> dict[str, Any]:
        """The block that makes this grader."""
        return block.to_config(self)

    def grade_row(self, row: Row | Mapping[str, Any]) -> dict[str, Any]:
        """One row's grade, the same as in a batch."""
        return grade_row(self, row)

    def grade(self, rows: Rows) -> Grades:
        """Grade all rows; one that lacks a text or a reference word has no score."""
        return _grades(self, rows, wer)

    def alignment(self, row: Row) -> list[Step]:
        """Word by word: (operation, reference word, heard word); empty where a text is missing."""
        return _alignment(self, row, wer)


@dataclass(frozen=True, slots=True)
class CharErrorRate:
    """Score: (substitutions + deletions + insertions) / characters of the reference.

    The blanks between words count. Everything else is as in `WordErrorRate`, with characters
    for words: the rate to take where words are not divided by blanks.

    Args:
        input: template of what was heard.
        reference: template of what was said.
        normalizer: what both texts go through first.
        max_rate: the highest rate that passes; none: no row has a verdict.
        name: the name under which the grades are filed.

    Raises:
        ConfigError: a field is wrong.
    """

    type: ClassVar[str] = "char_error_rate"
    version: ClassVar[str] = "v1"
    metric: ClassVar[str] = "cer"
    unit: ClassVar[str] = "character"

    input: TemplateText = "{{sample.output_text}}"
    reference: TemplateText = "{{item.reference}}"
    normalizer: Normalizer = "whisper-english"
    max_rate: Rate | None = None
    name: str = field(default="char_error_rate", kw_only=True)

    def __post_init__(self) -> None:
        block.check(self)

    @property
    def signature(self) -> str:
        """Every choice that moves the number."""
        return block.signature(self)

    def to_config(self) -> dict[str, Any]:
        """The block that makes this grader."""
        return block.to_config(self)

    def grade_row(self, row: Row | Mapping[str, Any]) -> dict[str, Any]:
        """One row's grade, the same as in a batch."""
        return grade_row(self, row)

    def grade(self, rows: Rows) -> Grades:
        """Grade all rows; one that lacks a text or a reference character has no score."""
        return _grades(self, rows, cer)

    def alignment(self, row: Row) -> list[Step]:
        """Character by character, as in `WordErrorRate.alignment`."""
        return _alignment(self, row, cer)


ErrorRate = WordErrorRate | CharErrorRate
_Count = Callable[[Sequence[str], Sequence[str], str], ErrorCounts]


def _grades(grader: ErrorRate, rows: Rows, count: _Count) -> Grades:
    columns = pairs(rows, grader.reference, grader.input)
    counts = _counts(columns, count, grader.normalizer)
    rates = counts.rates
    graded = ~np.isnan(rates)
    passed = np.full(len(rates), NO_VERDICT, dtype=np.int8)
    if grader.max_rate is not None:
        passed[graded] = rates[graded] <= grader.max_rate
    of_graded = partial(_of_graded, graded)
    fields: dict[str, Column] = {
        "hits": of_graded(counts.hits),
        "substitutions": of_graded(counts.substitutions),
        "deletions": of_graded(counts.deletions),
        "insertions": of_graded(counts.insertions),
        "reference_length": of_graded(counts.reference_lengths),
        "invented": counts.insertions * ~graded,
    }
    if grader.normalizer != "none":
        raw = _counts(columns, count, "none")
        fields["errors_none"] = of_graded(raw.errors)
        fields["reference_length_none"] = of_graded(raw.reference_lengths)
    why = partial(_why, grader, columns, counts)
    return Grades(rates, passed, fields, why, _ratios(grader.metric, fields))


def _counts(columns: Pairs, count: _Count, normalizer: str) -> ErrorCounts:
    key = (count, columns.reference, columns.input, normalizer)
    return columns.rows.derive(key, lambda: count(columns.references, columns.inputs, normalizer))


def _of_graded(graded: npt.NDArray[np.bool_], counts: Counts) -> Column:
    """The counts, with None where the row could not be graded."""
    if graded.all():
        return counts
    column = counts.astype(object)
    column[~graded] = None
    return column


def _ratios(metric: str, fields: Mapping[str, Column]) -> dict[str, Ratio]:
    rate = Ratio(("substitutions", "deletions", "insertions"), ("reference_length",))
    raw = Ratio(("errors_none",), ("reference_length_none",)) if "errors_none" in fields else rate
    # the mean of these scores is the one weighted by reference length: the corpus rate
    invented = Ratio(("invented",))
    return {metric: rate, f"{metric}_none": raw, "invented": invented, "mean_score": rate}


def _alignment(grader: ErrorRate, row: Row, count: _Count) -> list[Step]:
    columns = pairs(single(row), grader.reference, grader.input)
    return count(columns.references, columns.inputs, grader.normalizer).alignment(0)


def _why(grader: ErrorRate, columns: Pairs, counts: ErrorCounts, i: int) -> str:
    if not columns.present[i]:
        return columns.why_missing(i)
    # of this row alone: counts.reference_lengths would add up all rows for each explanation
    length = int(counts.hits[i] + counts.substitutions[i] + counts.deletions[i])
    if not length:
        heard = _counted(int(counts.insertions[i]), grader.unit)
        return (
            f"the reference {columns.references[i]!r} has no {grader.unit} after the normalizer "
            f"{grader.normalizer}; {heard} heard"
        )
    wrong = [_difference(*step) for step in counts.alignment(i) if step[0] != "equal"]
    said = _counted(length, grader.unit)
    if not wrong:
        return f"no error in {said}"
    more = f", and {len(wrong) - _DIFFERENCES} more" if len(wrong) > _DIFFERENCES else ""
    differences = ", ".join(wrong[:_DIFFERENCES]) + more
    return f"{_counted(len(wrong), 'error')} in {said}: {differences}"


def _difference(operation: str, reference: str | None, heard: str | None) -> str:
    if operation == "substitute":
        return f"{reference!r} heard as {heard!r}"
    return f"{reference!r} missing" if operation == "delete" else f"{heard!r} added"


def _counted(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"
