"""Rows and graders to a run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any, cast

import numpy as np

from ..engine.data.read import read_rows
from ..engine.errors import ConfigError
from ..engine.grades import Grades
from ..engine.run import COUNTED, Run
from ..engine.types import Grader, Rows
from .config import from_config
from .evalfile import read_criteria
from .protocols import BlockGrader

GraderLike = Grader | Mapping[str, Any] | str

_EVAL_FILES = (".yaml", ".yml", ".json")


def grade(rows: Any, graders: GraderLike | Iterable[GraderLike] | os.PathLike[str]) -> Run:
    """Grade rows; writes nothing.

    Args:
        rows: `Rows`, or anything that `earmark.read_rows` takes.
        graders: one grader or several, each an object, a block or a type's name; or the path of
            an eval file (``.yaml``, ``.yml``, ``.json``), whose ``testing_criteria`` they are.

    Raises:
        ConfigError: no grader, one that is wrong, or two of one name.
        DataError: the rows cannot be read.
    """
    if isinstance(graders, str | os.PathLike):
        path = os.fspath(graders)
        graders = read_criteria(path) if path.endswith(_EVAL_FILES) else path
    one = isinstance(graders, (str, Mapping)) or not isinstance(graders, Iterable)
    made = distinct(cast("Iterable[GraderLike]", [graders] if one else graders))
    return graded(rows if isinstance(rows, Rows) else read_rows(rows), made)


def graded(rows: Rows, graders: Sequence[Grader], before: Run | None = None) -> Run:
    """Grade rows with graders of different names.

    Args:
        rows: what is graded.
        graders: what they are graded by.
        before: a run of the same rows; the grades of a grader whose signature is the same are
            taken from it.
    """
    known = before.grades if before else {}
    grades: dict[str, Grades] = {}
    for grader in graders:
        same = before is not None and before.signatures.get(grader.name) == grader.signature
        grades[grader.name] = (
            known[grader.name] if same else _checked(grader, grader.grade(rows), len(rows))
        )
    return Run(
        rows,
        grades,
        {grader.name: grader.signature for grader in graders},
        {grader.name: grader.to_config() for grader in graders if isinstance(grader, BlockGrader)},
    )


def distinct(graders: Iterable[GraderLike]) -> list[Grader]:
    """The graders of blocks, names and objects, each under a name of its own.

    Raises:
        ConfigError: no grader, one that is wrong, or two of one name.
    """
    made = [from_config(one) for one in graders]
    if not made:
        raise ConfigError("there is no grader to grade with; give at least one")
    names: set[str] = set()
    for grader in made:
        if grader.name in names:
            raise ConfigError(
                f"two graders are named {grader.name!r}; give each a name of its own: "
                f"'name' in its block, or name=... after the colon"
            )
        names.add(grader.name)
    return made


def _checked(grader: Grader, grades: Grades, n: int) -> Grades:
    """The grades, unless they could be taken for others.

    A column that lost rows holds other rows' grades, and a metric may be named as a number that
    every grader has.

    Raises:
        ConfigError: they could.
    """
    columns: dict[str, Sized] = {"scores": grades.scores, "passed": grades.passed, **grades.fields}
    for column, values in columns.items():
        if len(values) != n:
            raise ConfigError(
                f"the grader {grader.name!r} gave {len(values)} {column} for {n} rows"
            )
    for name in COUNTED.intersection(grades.ratios):
        raise ConfigError(
            f"the grader {grader.name!r} has a metric named {name!r}, which every grader has; "
            f"give it another name"
        )
    if np.isinf(grades.scores).any():
        raise ConfigError(f"the grader {grader.name!r} gave an infinite score")
    return grades
