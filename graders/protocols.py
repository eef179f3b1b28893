"""What the tables and verbs of this folder ask of a grader, beyond grading.

*Conventions*: a grader says what it is by the attributes that it has. Nothing is inherited, and
no list of classes is kept: a new grader of such a kind is treated as one everywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

from ..engine.types import Grader, Row


@runtime_checkable
class BlockGrader(Grader, Protocol):
    """A grader that a block makes: what the table of graders holds."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    type: ClassVar[str]
    version: ClassVar[str]

    def to_config(self) -> dict[str, Any]:
        """The block that makes this grader."""

    def grade_row(self, row: Row | Mapping[str, Any]) -> dict[str, Any]:
        """One row's grade, the same as in a batch."""


@runtime_checkable
class RateGrader(Grader, Protocol):
    """A grader whose score is an error rate: lower is better, and it has a table of its own.

    The corpus rate is its metric called ``metric``; ``<metric>_none``, the rate without the
    normalizer, and ``invented``, what was heard where the reference is empty, are shown too
    where it has them.
    """

    @property
    def metric(self) -> str:
        """What the corpus rate is called, such as ``wer``."""

    @property
    def unit(self) -> str:
        """What it counts, such as ``word``."""

    @property
    def normalizer(self) -> str:
        """What both texts went through first."""

    @property
    def max_rate(self) -> float | None:
        """The highest rate that passes; none: no row has a verdict."""


@runtime_checkable
class AligningGrader(Grader, Protocol):
    """A grader that can show what became of each unit of the reference."""

    @property
    def unit(self) -> str:
        """What it aligns, such as ``word``."""

    def alignment(self, row: Row) -> Sequence[tuple[str, str | None, str | None]]:
        """One row's steps: (operation, reference unit, heard unit)."""


@runtime_checkable
class FileGrader(Grader, Protocol):
    """A grader that is written in files of its own, which `grade --watch` watches too."""

    @property
    def files(self) -> Sequence[str]:
        """Their paths."""
