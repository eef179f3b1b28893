"""The rows of a run as the columns of one table: which there are, and what they hold.

*Conventions*: the columns are those of ``Run.to_frame``: id, repeat where there are repeats, the
item's fields, output_text, and per grader its score, whether it passed, its explanation and its
own fields; `headings` gives each a name. What they are is known only when every row has been
seen, so a table is made in two passes: one finds the columns, the next takes their values, each
some rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import pybase64

from ..data.scalars import absent, plain
from ..grades import listed
from ..headings import headings
from ..run import Run

_EXACT = 2**53  # whole numbers up to here are float64 too
_LONG = 2**63
_PLAIN = {str, int, float, bool, type(None)}
_Values = Callable[[Run], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        name: its heading.
        kind: what it holds, as `write_parquet` calls it.
        values: its values in some rows of the run.
    """

    name: str
    kind: str
    values: _Values


def table_columns(parts: Iterable[Run]) -> list[TableColumn]:
    """The columns of a run, given some rows at a time."""
    seen = _Seen()
    for part in parts:
        seen.add(part)
    return seen.columns()


def textual(value: Any) -> Any:
    """The value with its bytes as base64 text; the same object where there are none in it.

    An object of ``bytes``, as a Hugging Face data set holds audio, becomes one of ``data``, which
    is audio too.

    >>> textual({"audio": {"path": None, "bytes": b"RIFF"}})
    {'audio': {'path': None, 'data': 'UklGRg=='}}
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return pybase64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        if {*map(type, value.values())} <= _PLAIN:  # nearly all are: without this 1 s more in 5
            return value
        parts = {key: textual(part) for key, part in value.items()}
        if all(parts[key] is part for key, part in value.items()):
            return value
        renamed = parts.get("bytes") is not value.get("bytes") and "data" not in value
        return {"data" if renamed and key == "bytes" else key: p for key, p in parts.items()}
    if isinstance(value, list | tuple):
        texts = [textual(part) for part in value]
        return texts if any(a is not b for a, b in zip(texts, value, strict=True)) else value
    return value


@dataclass(slots=True)
class _Seen:
    """What has been seen of the columns: in each the kinds of its values."""

    repeats: bool = False
    items: dict[Any, set[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    fields: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def add(self, part: Run) -> None:
        self.repeats |= any(part.rows.repeats)
        for item in part.rows.items:
            for key, value in item.items():
                self.items.setdefault(key, set()).add(_kind(value))
        self.texts.update(map(_kind, _output_texts(part)))
        for name, grades in part.grades.items():
            own = self.fields.setdefault(name, {})
            for key, column in grades.fields.items():
                own.setdefault(key, set()).update(map(_kind, listed(column)))

    def columns(self) -> list[TableColumn]:
        first = [TableColumn("id", "text", lambda part: part.rows.ids)]
        if self.repeats:
            first.append(TableColumn("repeat", "whole", lambda part: part.rows.repeats))
        texts = TableColumn("output_text", _settled(self.texts), _output_texts)
        fixed = [column.name for column in (*first, texts)]
        found = headings(fixed, self.items, self.fields)
        items = [
            TableColumn(heading, _settled(self.items[key]), partial(_item_values, key))
            for key, heading in found.items.items()
        ]
        graded = (self._grade_columns(name, found.fields) for name in self.fields)
        return [*first, *items, texts, *chain.from_iterable(graded)]

    def _grade_columns(self, name: str, own: Mapping[tuple[str, str], str]) -> list[TableColumn]:
        given: list[tuple[str, str, Callable[[str, Run], Sequence[Any]]]] = [
            ("score", "number", _scores),
            ("passed", "truth", _passed),
            ("explanation", "text", _explanations),
        ]
        return [
            *(TableColumn(f"{name}.{key}", kind, partial(of, name)) for key, kind, of in given),
            *(
                TableColumn(own[name, key], _settled(kinds), partial(_field, name, key))
                for key, kinds in self.fields[name].items()
            ),
        ]


def _kind(value: Any) -> str:
    """What a value is; nothing where it is absent."""
    if type(value) is str:  # most values are
        return "text"
    value = plain(value)
    if absent(value):
        return ""
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int):
        return "whole" if abs(value) <= _EXACT else "long" if abs(value) < _LONG else "json"
    if isinstance(value, float):
        return "number"
    return "text" if isinstance(value, str | bytes | bytearray | memoryview) else "json"


def _settled(kinds: set[str]) -> str:
    """What a column of such values holds: one kind, where that loses nothing."""
    kinds = kinds - {""}
    if not kinds:
        return "text"
    if kinds <= {"whole", "long"}:
        return "whole"
    if kinds <= {"whole", "number"}:
        return "number"
    return kinds.pop() if len(kinds) == 1 else "json"


def _output_texts(part: Run) -> list[Any]:
    return [textual((sample or {}).get("output_text")) for sample in part.rows.samples]


def _item_values(key: Any, part: Run) -> list[Any]:
    return [textual(item.get(key)) for item in part.rows.items]


def _scores(name: str, part: Run) -> list[Any]:
    return [None if score != score else score for score in part[name].scores.tolist()]


def _passed(name: str, part: Run) -> list[Any]:
    return [None if passed < 0 else bool(passed) for passed in part[name].passed.tolist()]


def _explanations(name: str, part: Run) -> list[str]:
    return list(map(part[name].explanation, range(len(part))))


def _field(name: str, key: str, part: Run) -> Sequence[Any]:
    column = part[name].fields.get(key)
    return [None] * len(part) if column is None else listed(column)
