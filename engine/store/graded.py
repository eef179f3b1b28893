"""An exported run's rows, with the grades that stand beside their items.

*Conventions*: the first record says under ``run`` which graders there are, as `exporting` writes
it; without it they are known by their names alone. A grade is an object with ``score`` (a number,
or null: could not be graded) and ``passed`` (a boolean, or null: no verdict), and may have an
``explanation`` and fields of its own. A record whose grades are not like that is rejected with
its place: a row is never taken without what was said about it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..data.addresses import is_address
from ..data.filling import Filling
from ..data.read import BATCH_BYTES
from ..data.records import Record, known_id, one_by_one
from ..data.sources import Opened
from ..errors import DataError, EarmarkWarning
from ..grades import NO_VERDICT, Grades, Ratio
from ..run import COUNTED, Run
from ..types import Rejection

UNKNOWN = "unknown"  # the signature of a grader of which there is but the name
_OWN = ("score", "passed", "explanation")
_NOT_GRADED: Mapping[str, Any] = {
    "score": None,
    "passed": None,
    "explanation": "not graded: the file has no such grade of it",
}


@dataclass(frozen=True, slots=True)
class _About:
    """What a file says of its run.

    Attributes:
        name: what people call it.
        origin: what its rows were read from.
        base: the folder that relative paths in its rows start from.
        rejected: the records that are no rows.
        signatures: each grader's.
        blocks: each grader's, where it has one.
        ratios: each grader's metrics.
    """

    name: str = ""
    origin: str = ""
    base: str = ""
    rejected: tuple[Rejection, ...] = ()
    signatures: Mapping[str, str] = field(default_factory=dict)
    blocks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ratios: Mapping[str, Mapping[str, Ratio]] = field(default_factory=dict)


def scan_graded(found: Opened, batch: int = 1024) -> Iterator[Run]:
    """The rows and grades of a source in batches, each a run of its own.

    Args:
        found: the source.
        batch: how many rows at a time, at most.

    Raises:
        DataError: no record is in it, or what it says of its run cannot be read.
    """
    reading = _Reading(found)
    for record in one_by_one(found.records):
        reading.add(record)
        if reading.filling.full(batch, BATCH_BYTES):
            yield reading.take()
    reading.warn()
    if reading.filling.full(1, BATCH_BYTES):
        yield reading.take()


class _Reading:
    """Rows that are being read, and the grades of each."""

    def __init__(self, found: Opened) -> None:
        self.name = found.name
        self.base = found.base
        self.about = _About(origin=found.name, base=found.base)
        self.filling = Filling("skip")
        self.grades: list[Mapping[str, Mapping[str, Any]]] = []
        self.unread = 0  # records with something else under `run`

    def add(self, record: Record | Rejection) -> None:
        given: Mapping[str, Mapping[str, Any]] = {}
        if isinstance(record, Record) and isinstance(record.value, Mapping):
            if "item" in record.value:
                if "run" in record.value:
                    self._learn(record)
                try:
                    given = _checked(record.value.get("grades"), self.about)
                except DataError as error:
                    reason = f"{error}; the row was not taken"
                    record = Rejection(known_id(record.value), record.file, reason, record.line)
        before = self.filling.good
        self.filling.add(record)
        if self.filling.good > before:
            self.grades.append(given)

    def take(self) -> Run:
        """The batch; the next one begins empty."""
        about = self.about
        rows = self.filling.take(about.base, about.origin)
        rows = replace(rows, rejected=about.rejected + rows.rejected)
        names = dict.fromkeys(about.signatures) | dict.fromkeys(n for g in self.grades for n in g)
        grades = {
            name: _column(
                [g.get(name, _NOT_GRADED) for g in self.grades], about.ratios.get(name, {})
            )
            for name in names
        }
        signatures = {name: about.signatures.get(name, UNKNOWN) for name in names}
        self.grades = []
        self.about = replace(about, rejected=())  # each rejection comes once
        return Run(rows, grades, signatures, about.blocks, name=about.name)

    def warn(self) -> None:
        """Say what was lost."""
        if self.unread:
            said = f"what stands under `run` in {self.unread} records is not read"
            warnings.warn(f"{self.name}: {said}", EarmarkWarning, stacklevel=3)
        self.filling.warn(self.name)

    def _learn(self, record: Record) -> None:
        """What the file says of its run: with the first record, before there is any row."""
        value = record.value["run"]
        ours = isinstance(value, Mapping) and "graders" in value
        if not ours or self.filling.good or self.about.signatures:
            self.unread += 1
            return
        try:
            self.about = _about(value)
        except (DataError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"{record.place}: what stands under `run` is not what `earmark export` writes "
                f"({error!r:.100}); take that key away to import the rows and their grades alone"
            ) from None
        if is_address(self.base) and not is_address(self.about.base):
            # a file from elsewhere must not say that its rows name files of this machine
            self.about = replace(self.about, base=self.base)


def _about(value: Mapping[str, Any]) -> _About:
    """What stands under ``run``; whatever is wrong with it raises one of several errors."""
    graders = {_text(each["name"]): each for each in value["graders"]}
    if len(graders) != len(value["graders"]):
        raise DataError("two graders have one name")
    blocks = {name: dict(each["block"]) for name, each in graders.items() if each["block"]}
    for name, block in blocks.items():
        if block.get("name", block.get("type")) != name:
            raise DataError(f"the block of {name!r} is one of {block.get('name')!r}")
    return _About(
        name=_text(value["name"]),
        origin=_text(value["origin"]),
        base=_text(value["base"]),
        rejected=tuple(_rejection(**each) for each in value["rejected"]),
        signatures={name: _text(each["signature"]) for name, each in graders.items()},
        blocks=blocks,
        ratios={name: _ratios(each["ratios"]) for name, each in graders.items()},
    )


def _ratios(value: Mapping[str, Any]) -> dict[str, Ratio]:
    for name in COUNTED.intersection(value):
        raise DataError(f"a metric is named {name!r}")
    return {name: Ratio(*map(_texts, parts)) for name, parts in value.items()}


def _rejection(id: str, file: str, reason: str, line: int | None) -> Rejection:
    if not (line is None or type(line) is int):
        raise DataError(f"{line!r:.40} is no line")
    return Rejection(_text(id), _text(file), _text(reason), line)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DataError(f"{value!r:.40} is no text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise DataError(f"{values!r:.40} is no list")
    return tuple(map(_text, values))


def _checked(grades: Any, about: _About) -> Mapping[str, Mapping[str, Any]]:
    """One row's grades.

    Raises:
        DataError: one of them is none, or one is not there that the file says there is.
    """
    if grades is None and not about.signatures:
        return {}
    if not isinstance(grades, Mapping):
        raise DataError(f"`grades` must be an object, not {grades!r:.40}")
    for name in about.signatures:
        if name not in grades:
            raise DataError(f"the grade of {name!r} is missing")
    for name, grade in grades.items():
        if not isinstance(grade, Mapping):
            raise DataError(f"the grade of {name!r} must be an object, not {grade!r:.40}")
        for key, (check, wanted) in _CHECKS.items():
            if key not in grade:
                raise DataError(f"the grade of {name!r} has no {key!r}")
            if not check(grade[key]):
                raise DataError(f"{key!r} of {name!r} must be {wanted}, not {grade[key]!r:.40}")
        if grade["score"] is None and grade["passed"] is not None:
            raise DataError(f"{name!r} has no score, but passed is {grade['passed']!r}")
        _check_fields(name, grade, about.ratios.get(name, {}))
    return grades


def _check_fields(name: str, grade: Mapping[str, Any], ratios: Mapping[str, Ratio]) -> None:
    """That what the metrics are sums of can be summed."""
    for key in summed(ratios):
        if key not in grade:
            raise DataError(f"the grade of {name!r} has no {key!r}")
        if not _is_number(grade[key]):
            raise DataError(f"{key!r} of {name!r} must be a number, not {grade[key]!r:.40}")


def _is_number(value: Any) -> bool:
    is_bool = isinstance(value, bool)
    return value is None or (isinstance(value, int | float) and not is_bool and _is_finite(value))


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "score": (_is_number, "a number or null"),
    "passed": (lambda value: value is None or isinstance(value, bool), "true, false or null"),
}


def summed(ratios: Mapping[str, Ratio]) -> list[str]:
    """The fields that these metrics are sums of, each once."""
    columns = (key for ratio in ratios.values() for key in (*ratio.above, *ratio.below))
    return list(dict.fromkeys(columns))


def _column(grades: list[Mapping[str, Any]], ratios: Mapping[str, Ratio]) -> Grades:
    scores = [math.nan if grade["score"] is None else grade["score"] for grade in grades]
    passed = [NO_VERDICT if grade["passed"] is None else grade["passed"] for grade in grades]
    texts = [str(grade.get("explanation") or "") for grade in grades]
    own = (key for grade in grades for key in grade if key not in _OWN)
    names = dict.fromkeys([*own, *summed(ratios)])
    fields = {name: [grade.get(name) for grade in grades] for name in names}
    return Grades(
        np.array(scores, dtype=np.float64),
        np.array(passed, dtype=np.int8),
        fields,
        texts.__getitem__,
        ratios,
    )
