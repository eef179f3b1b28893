"""The shapes that flow through the house: rows, and the protocols of what works on them.

*Conventions*: columns, not objects: position i of every column is row i. Nothing here is
changed after it was made.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from .data.template import MISSING, Path, as_text, compile_template, known
from .errors import some
from .grades import Grades, counted

Item = Mapping[str, Any]
Sample = Mapping[str, Any]
Message = Mapping[str, Any]
Params = Mapping[str, Any]

T = TypeVar("T")
_DERIVED = 16  # results that rows keep; each may be as large as the texts of all rows


@dataclass(frozen=True, slots=True)
class Row:
    """One item and what was sampled for it (None: nothing yet)."""

    id: str
    item: Item
    sample: Sample | None = None
    repeat: int = 0

    def record(self, number: int) -> dict[str, Any]:
        """The row as it stands in a file, so that reading it again gives the same row.

        Args:
            number: how many rows stand before it there. An item without an id has that as its
                id; one whose id is another gets it written down.
        """
        known = self.item.get("id") not in (None, "") or self.id == str(number)
        item = dict(self.item) if known else {**self.item, "id": self.id}
        repeat = {"repeat": self.repeat} if self.repeat else {}
        return {"item": item, "sample": self.sample, **repeat}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that could not be taken: where it stood, and why.

    ``id`` is empty where the record was too broken to have one; ``line`` is 1-based, None
    where the source has no lines.
    """

    id: str
    file: str
    reason: str
    line: int | None = None

    @property
    def place(self) -> str:
        """``file:line`` where there is one."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        name = f" (id {self.id})" if self.id else ""
        return f"{self.place}{name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when it was read: what lies there later may be another one."""

    path: str
    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: str) -> FileState:
        """The file's present state.

        Raises:
            OSError: there is none.
        """
        found = os.stat(path)
        return cls(path, found.st_ino, found.st_size, found.st_mtime_ns)

    @classmethod
    def of_rows(cls, source: Any) -> FileState | None:
        """The state of a source that is a local file of plain JSON Lines, None of any other.

        What a file is read as is told by the name that is given, not by that of a file it links to.
        """
        if not isinstance(source, str | os.PathLike):
            return None
        is_plain = os.fspath(source).endswith((".jsonl", ".ndjson")) and os.path.isfile(source)
        return cls.of(os.path.realpath(source)) if is_plain else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rows:
    """Items and samples as aligned columns.

    Attributes:
        ids: item ids, always strings.
        items: one mapping a row.
        samples: what a model produced for it, None where there is nothing yet.
        repeats: 0, 1, ... for rows that share an id.
        places: where each row stood (``file:line``), for messages; may be empty.
        rejected: records of the source that are not among these rows.
        base: the folder that relative paths in these rows start from; "" is the working
            directory.
        origin: what they were read from, with the revision where it has one; may be empty.
        file: the state of the file that these rows were when they were read; None where they
            were no whole file of plain JSON Lines. Who let others touch the rows since cannot
            tell by it what they are now.
        derived: what graders worked out of these rows, for when they are graded again and again;
            None: nothing is kept.
    """

    ids: Sequence[str]
    items: Sequence[Item]
    samples: Sequence[Sample | None]
    repeats: Sequence[int]
    places: Sequence[str] = ()
    rejected: tuple[Rejection, ...] = ()
    base: str = ""
    origin: str = ""
    file: FileState | None = None
    derived: dict[Hashable, Any] | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.ids), len(self.items), len(self.samples), len(self.repeats)}
        if len(lengths) != 1:
            raise ValueError(
                f"columns of different lengths: {len(self.ids)} ids, {len(self.items)} items, "
                f"{len(self.samples)} samples, {len(self.repeats)} repeats"
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Rows({counted(len(self))})"

    def _repr_html_(self) -> str:
        from .report.cards import rows_card

        return rows_card(self)

    def __iter__(self) -> Iterator[Row]:
        return map(Row, self.ids, self.items, self.samples, self.repeats)

    def row(self, i: int) -> Row:
        """Row i as one object."""
        return Row(self.ids[i], self.items[i], self.samples[i], self.repeats[i])

    def place(self, i: int) -> str:
        """Where row i stood, for messages."""
        return self.places[i] if self.places else f"item {self.ids[i]}"

    def take(self, index: Sequence[int]) -> Rows:
        """The rows at these positions, in this order."""
        return dataclasses.replace(
            self,
            ids=[self.ids[i] for i in index],
            items=[self.items[i] for i in index],
            samples=[self.samples[i] for i in index],
            repeats=[self.repeats[i] for i in index],
            places=[self.places[i] for i in index] if self.places else (),
            file=None,
            derived=None,
        )

    def with_samples(self, samples: Sequence[Sample | None]) -> Rows:
        """The same items with these samples."""
        return dataclasses.replace(self, samples=samples, file=None, derived=None)

    def derive(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` works out of these rows, once for each key while they keep such things.

        Args:
            key: names everything that the result depends on, besides the rows.
            make: works it out.
        """
        if self.derived is None:
            return make()
        if key not in self.derived:
            while len(self.derived) >= _DERIVED:
                del self.derived[next(iter(self.derived))]  # the oldest
            self.derived[key] = make()
        found: T = self.derived[key]
        return found

    def column(self, template: str) -> list[str | None]:
        """The template rendered for every row; None where a variable is missing.

        Raises:
            ConfigError: the template is malformed.
        """
        values = self.values(template)
        if {*map(type, values)} <= {str}:
            return values
        return [None if v is MISSING else as_text(v) for v in values]

    def values(self, template: str) -> list[Any]:
        """A lone placeholder's own values (lists, numbers, ...); MISSING where absent or null.

        Raises:
            ConfigError: the template is malformed.
        """
        compiled = compile_template(template)
        if compiled.field is None:
            return list(map(compiled.value, self.items, self.samples))
        root, key = compiled.field
        spaces = self.items if root == "item" else self.samples
        found = [space.get(key) if space else None for space in spaces]
        if {*map(type, found)} <= {str}:  # most columns are, and need no look at each value
            return found
        return [known(value) for value in found]

    def why_missing(self, template: str, i: int) -> str:
        """Which variable of the template row i lacks, and which fields it has instead."""
        item, sample = self.items[i], self.samples[i]
        path: Path | None = compile_template(template).missing(item, sample)
        if path is None:
            return f"{template} is there"
        if path.root == "sample" and sample is None:
            return f"{path.text} is missing: this row has no sample"
        value = path.reach(item, sample)
        if value is not MISSING:
            return f"{path.text} is missing: it is {'null' if value is None else value}"
        space = item if path.root == "item" else sample
        return f"{path.text} is missing: the {path.root} has {some(space or ())}"


class Grader(Protocol):
    """What gives one grade a row; ``signature`` names every choice that moves the number."""

    @property
    def name(self) -> str:
        """The name under which its grades are filed."""

    @property
    def signature(self) -> str:
        """For example ``string_check|input:{{sample.x}}|reference:{{item.y}}|operation:eq|v1``."""

    def grade(self, rows: Rows) -> Grades:
        """Grade all rows; a row that cannot be graded has no score, and says why."""


class Sampler(Protocol):
    """What answers: a model behind an endpoint, or the embedded recogniser."""

    @property
    def name(self) -> str:
        """The model's name, as samples record it."""

    async def sample(self, messages: Sequence[Message], params: Params) -> Sample:
        """One answer to these messages; a failure is a sample with ``error``."""
