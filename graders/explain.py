"""One item, what was sampled for it, and how each grader came to its grade: for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..engine.data.template import as_text
from ..engine.errors import DataError, did_you_mean
from ..engine.report.terminal import clean
from ..engine.run import Run
from ..engine.types import Grader
from .protocols import AligningGrader, RateGrader

Step = tuple[str, str | None, str | None]  # operation, reference word, heard word

_BASE64 = re.compile(r"(data:[^,]*,)?[A-Za-z0-9+/_=\s-]*")
_SHOWN = 24  # characters of a long base64 text
_WIDTH = 76  # of a block of alignment
_MARKS = {"equal": "", "substitute": "S", "delete": "D", "insert": "I"}


def positions(run: Run, id: str) -> list[int]:
    """Where the item's rows stand: several where it was repeated.

    Raises:
        DataError: no row has this id.
    """
    found = [i for i, each in enumerate(run.rows.ids) if each == id]
    if not found:
        raise DataError(f"no row has the id {id!r}.{did_you_mean(id, run.rows.ids)}")
    return found


def explained(run: Run, graders: Sequence[Grader], i: int) -> Iterator[str]:
    """Row i in lines: item, sample, and per grader score, explanation and alignment.

    A grader of the run that is not among these has no alignment.
    """
    by_name = {grader.name: grader for grader in graders}
    row = run.rows.row(i)
    repeat = f", repeat {row.repeat}" if any(run.rows.repeats) else ""
    yield f"item {row.id}{repeat}"
    yield from _fields(row.item)
    yield "sample" if row.sample else "sample: none"
    yield from _fields(row.sample or {})
    for name in run.grades:
        grader = by_name.get(name)
        grade = run[name].row(i)
        verdict = {True: ", passed", False: ", failed", None: ""}[grade["passed"]]
        score = "could not be graded" if grade["score"] is None else f"score {grade['score']:g}"
        through = f" (normalizer {grader.normalizer})" if isinstance(grader, RateGrader) else ""
        yield f"{name}: {score}{verdict}{through}"
        yield f"  {grade['explanation']}"
        if isinstance(grader, AligningGrader) and grade["score"] is not None:
            gap = "" if grader.unit == "character" else " "
            yield from (f"  {line}" for line in aligned(grader.alignment(row), gap))


def aligned(steps: Iterable[Step], gap: str = " ") -> Iterator[str]:
    r"""Reference, what was heard, and marks (S, D, I) in columns, in blocks of three lines.

    Args:
        steps: the alignment.
        gap: what stands between two columns.

    >>> steps = [("equal", "it", "it"), ("substitute", "is", "was"), ("insert", None, "um")]
    >>> print("\n".join(aligned(steps)))
    reference  it is  **
    heard      it was um
                  S   I
    """
    from rich.cells import cell_len

    block: list[tuple[str, str, str]] = []
    width = len("reference ")
    for operation, reference, heard in steps:
        texts = [clean(text or "").replace(" ", "_") for text in (reference, heard)]
        columns = max(map(cell_len, texts))
        shown = [text or "*" * columns for text in texts] + [_MARKS[operation]]
        if block and width + columns + len(gap) > _WIDTH:
            yield from _three_lines(block, gap)
            block, width = [], len("reference ")
        width += columns + len(gap)
        padded = [text + " " * (columns - cell_len(text)) for text in shown]
        block.append((padded[0], padded[1], padded[2]))
    if block:
        yield from _three_lines(block, gap)


def shortened(value: Any) -> Any:
    """A value with its audio and base64 cut to what tells them apart."""
    if isinstance(value, (bytes, bytearray)):
        return f"({len(value):,} bytes)"
    if isinstance(value, str) and len(value) > 4 * _SHOWN and _BASE64.fullmatch(value):
        if " " not in value.strip():
            return f"{value[:_SHOWN]}… ({len(value):,} characters)"
    if isinstance(value, Mapping):
        return {str(key): shortened(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [shortened(part) for part in value]
    return value


def _three_lines(block: Sequence[tuple[str, str, str]], gap: str) -> Iterator[str]:
    for title, texts in zip(("reference", "heard", ""), zip(*block, strict=True), strict=True):
        line = f"{title:<9}  {gap.join(texts)}".rstrip()
        if line:  # no mark where all is equal
            yield line


def _fields(fields: Mapping[str, Any]) -> Iterator[str]:
    for key, value in fields.items():
        yield f"  {key}: {as_text(shortened(value))}"
