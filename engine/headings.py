"""The headings of a run's table, each of one column only.

*Conventions*: what every table has keeps its heading, and what every grader gives keeps
``<grader>.score``, ``.passed`` and ``.explanation``. A grader's own field gives way to these and
to the fields before it, and becomes ``field.<grader>.<field>``; an item's field gives way to all,
and becomes ``item.<field>``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_GRADE = ("score", "passed", "explanation")


class Headings(NamedTuple):
    """What the columns of data are called.

    Attributes:
        items: each key of the items, but for the id.
        fields: each grader's own, by (grader, field).
    """

    items: dict[Any, str]
    fields: dict[tuple[str, str], str]


def headings(
    fixed: Iterable[str], keys: Iterable[Any], fields: Mapping[str, Iterable[str]]
) -> Headings:
    """The headings of the columns that the data names.

    Args:
        fixed: the headings that the table has whatever the data.
        keys: those of the items.
        fields: the names of each grader's own columns.

    >>> headings(["id"], ["id", "n", "a.score"], {"a": ["b.score"], "a.b": []}).items
    {'n': 'n', 'a.score': 'item.a.score'}
    >>> headings(["id"], [], {"a": ["b.score"], "a.b": []}).fields
    {('a', 'b.score'): 'field.a.b.score'}
    """
    taken = {*fixed, *(f"{grader}.{part}" for grader in fields for part in _GRADE)}
    own = {
        (grader, name): _free(f"{grader}.{name}", "field", taken)
        for grader, names in fields.items()
        for name in names
    }
    items = {key: _free(str(key), "item", taken) for key in keys if key != "id"}
    return Headings(items, own)


def _free(heading: str, kind: str, taken: set[str]) -> str:
    while heading in taken:
        heading = f"{kind}.{heading}"
    taken.add(heading)
    return heading
