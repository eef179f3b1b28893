"""One record of a source to the parts of one row.

*Conventions*: a record with an ``item`` key is a row: ``{"item": {...}, "sample": {...},
"repeat": k}``. Any other object is a bare item, out of which ``sample`` (where it is an
object) and ``repeat`` (where it is an integer) are lifted. ``output_text`` beside either belongs
to the sample. Ids are text: 1, 1.0 and "1" are the same. An id that is absent, null or empty is
the record's zero-based number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import DataError
from ..types import Item, Rejection, Sample
from .scalars import absent
from .template import as_text

# What may stand in a record beside its item; an exported run has the grades too, and in its first
# record what the run is.
ROW_KEYS = frozenset({"item", "sample", "repeat", "grades", "run", "output_text"})


class Record(NamedTuple):
    """One record as its reader found it.

    Attributes:
        value: the parsed value, whatever it is.
        file: the file, or what stands for it (``list[3]``).
        line: 1-based, None where the source has no lines.
        size: the bytes it was read from, by which batches are cut; 0 where it costs none.
    """

    value: Any
    file: str
    line: int | None = None
    size: int = 0

    @property
    def place(self) -> str:
        """``file:line`` where there is one."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Block(NamedTuple):
    """Records on lines that follow each other: what can be done to all at once costs half.

    Attributes:
        values: the parsed values, at least one.
        file: the file.
        first: the line of the first, 1-based.
        size: the bytes of all of them.
    """

    values: list[Any]
    file: str
    first: int
    size: int = 0

    @property
    def line(self) -> int:
        """The line of the last."""
        return self.first + len(self.values) - 1

    def records(self) -> Iterator[Record]:
        """The records one by one, as if all had cost the same to read."""
        size = self.size // len(self.values)
        for line, value in enumerate(self.values, self.first):
            yield Record(value, self.file, line, size)


def one_by_one(records: Iterable[Block | Record | Rejection]) -> Iterator[Record | Rejection]:
    """The same records without blocks."""
    for record in records:
        if isinstance(record, Block):
            yield from record.records()
        else:
            yield record


# What a row is made of: id, item, sample, repeat. A bare tuple, types before the slower tests of
# instances, and no call that is not needed, since all this is passed once a record.
Parts = tuple[str, Item, Sample | None, int]


def to_parts(value: Any, number: int) -> Parts:
    """A record's value as a row.

    Args:
        value: the parsed record.
        number: its zero-based number, which is the id of an item that has none.

    Raises:
        DataError: it is no object, or its parts have the wrong shape.

    >>> to_parts({"id": 7, "output_text": "valid"}, 0)
    ('7', {'id': 7}, {'output_text': 'valid'}, 0)
    """
    if type(value) is not dict and not isinstance(value, Mapping):
        raise DataError(f"a record must be an object, this one is {_kind(value)}")
    item: Item = value
    sample: Sample | None = None
    repeat = 0
    if "item" in value:
        item, sample, repeat = _row_form(value)
    elif "sample" in value or "output_text" in value or "repeat" in value:
        item, sample, repeat = _lifted(value)
    row_id = item.get("id")
    if type(row_id) is not str:
        row_id = _id(item)
    return row_id or str(number), item, sample, repeat


def known_id(value: Any) -> str:
    """The id of a record that may be broken; empty where there is none to be found."""
    item = value.get("item", value) if isinstance(value, Mapping) else None
    try:
        return _id(item) if isinstance(item, Mapping) else ""
    except DataError:
        return ""


def _row_form(value: Mapping[str, Any]) -> tuple[Item, Sample | None, int]:
    item, sample, repeat = value["item"], value.get("sample"), value.get("repeat")
    if type(item) is not dict and not isinstance(item, Mapping):
        raise DataError(f"`item` must be an object, this one is {_kind(item)}")
    if type(sample) is not dict and sample is not None and not isinstance(sample, Mapping):
        raise DataError(f"`sample` must be an object, this one is {_kind(sample)}")
    if "output_text" in value:
        sample = _with_text(sample, value["output_text"])
    if repeat is None:
        return item, sample, 0
    if isinstance(repeat, bool) or not isinstance(repeat, int):
        raise DataError(f"`repeat` must be 0, 1, 2, ..., this one is {_kind(repeat)}")
    return item, sample, _counted(repeat)


def _lifted(value: Mapping[str, Any]) -> tuple[Item, Sample | None, int]:
    item = dict(value)
    sample: Sample | None = None
    repeat = 0
    if value.get("sample") is None or isinstance(value["sample"], Mapping):
        sample = item.pop("sample", None)
    sample = _with_text(sample, item.pop("output_text", None))
    if isinstance(value.get("repeat"), int) and not isinstance(value["repeat"], bool):
        repeat = _counted(item.pop("repeat"))
    return item, sample, repeat


def _with_text(sample: Sample | None, text: Any) -> Sample | None:
    """The sample with the ``output_text`` that stood beside it."""
    if absent(text):
        return sample
    given = (sample or {}).get("output_text")
    if not absent(given) and given != text:
        raise DataError(f"`output_text` says {text!r:.80}, `sample.output_text` {given!r:.80}")
    return {**(sample or {}), "output_text": text}


def _counted(repeat: int) -> int:
    if repeat < 0:
        raise DataError(f"`repeat` must be 0, 1, 2, ..., this one is {repeat}")
    return repeat


def _id(item: Item) -> str:
    value: Any = item.get("id")
    if isinstance(value, str):
        return value
    if absent(value):
        return ""
    try:
        if isinstance(value, float) and value.is_integer():
            return str(int(value))  # pandas made it a float, or JavaScript
        return as_text(value)
    except (TypeError, ValueError) as error:
        raise DataError(f"the id cannot be written as text: {error}") from error


def _kind(value: Any) -> str:
    names = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list"}
    if isinstance(value, list):
        return "a list (write one object a line, without brackets around them all)"
    if value is None:
        return "null"
    name = names.get(type(value), f"of the type {type(value).__name__}")
    return f"{name} ({value!r:.40})"
