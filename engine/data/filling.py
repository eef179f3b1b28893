"""Records to the columns of Rows, with every record that could not be taken accounted for.

*Conventions*: each record is numbered from zero, a rejected one too. The same (id, repeat)
twice is an error at the second one. What happens to a record that cannot be taken is named by
``on_error``: ``skip`` lists it in ``Rows.rejected``; ``keep`` leaves a row in its place, with
an empty item and the error as its sample (it is among the rows, so it is not in ``rejected``);
``fail`` raises. A kept row has the record's own id where no other row has it, else its number.
"""

from __future__ import annotations

import warnings
from itertools import count, islice

from ..errors import ConfigError, DataError, EarmarkWarning, did_you_mean
from ..types import Item, Rejection, Rows, Sample
from .records import ROW_KEYS, Block, Record, known_id, to_parts

ON_ERROR = ("skip", "keep", "fail")

_SHOWN = 3  # rejections that the warning at the end quotes
_KEYS_SHOWN = 5


class Filling:
    """Columns that are being filled, a batch at a time.

    The ids of all batches are remembered, since duplicates may lie far apart: about 200 bytes
    a row, beside which nothing is held from one batch to the next.

    Raises:
        ConfigError: ``on_error`` is none of the three.
    """

    def __init__(self, on_error: str) -> None:
        if on_error not in ON_ERROR:
            raise ConfigError(
                f"on_error is {on_error!r}, it must be one of {', '.join(ON_ERROR)}."
                f"{did_you_mean(str(on_error), ON_ERROR)}"
            )
        self.on_error = on_error
        self.seen: dict[str | tuple[str, int], str] = {}  # (id, repeat) -> place
        self.number = 0  # records so far
        self.good = 0  # rows so far that are no errors
        self.quoted: list[Rejection] = []
        self.ignored: dict[str, None] = {}  # keys beside `item` that mean nothing here
        self._clear()

    def add(self, record: Block | Record | Rejection) -> None:
        """Take the next record of the source, or the next block of them.

        Raises:
            DataError: it cannot be taken, and ``on_error`` is ``fail``.
        """
        if isinstance(record, Block):
            if not self._added_whole(record):
                for each in record.records():
                    self.add(each)
            return
        number = self.number
        self.number += 1
        if isinstance(record, Rejection):
            self._refuse(record, number)
            return
        value, file, line, size = record
        try:
            row_id, item, sample, repeat = to_parts(value, number)
        except DataError as error:
            self._refuse(Rejection(known_id(value), file, str(error), line), number)
            return
        place = file if line is None else f"{file}:{line}"
        key = (row_id, repeat) if repeat else row_id
        if key in self.seen:
            first = self.seen[key]
            reason = f"id {row_id!r}, repeat {repeat} stands twice, first at {first}"
            if not known_id(value):
                reason = f"it has no id, and its number {row_id} is the id of {first}; give it one"
            self._refuse(Rejection(row_id, file, reason, line), number)
            return
        self.seen[key] = place
        if "item" in value and not value.keys() <= ROW_KEYS:
            self.ignored |= dict.fromkeys(str(key) for key in value if key not in ROW_KEYS)
        self.good += 1
        self.size += size
        self._append(row_id, item, sample, repeat, place)

    def full(self, rows: int, size: int) -> bool:
        """Whether the batch has come to so many records or bytes."""
        return len(self.ids) + len(self.rejected) >= rows or self.size >= size

    def take(self, base: str, origin: str = "") -> Rows:
        """The batch as Rows; the next one begins empty."""
        columns = (self.ids, self.items, self.samples, self.repeats, self.places)
        rows = Rows(*columns, rejected=tuple(self.rejected), base=base, origin=origin)
        self._clear()
        return rows

    def warn(self, name: str) -> None:
        """Say what was lost: in one warning the records, in another the keys beside `item`."""
        if self.ignored:
            keys = ", ".join(f"{key!r:.80}" for key in islice(self.ignored, _KEYS_SHOWN))
            left = len(self.ignored) - _KEYS_SHOWN
            keys += f" and {left:,} more keys" if left > 0 else ""
            message = f"{name}: what stands beside `item` under {keys} is not read; move it inside"
            warnings.warn(message, EarmarkWarning, stacklevel=3)
        bad = self.number - self.good
        if not bad:
            return
        done = "kept as rows with an error" if self.on_error == "keep" else "skipped"
        more = f"; and {bad - _SHOWN} more" if bad > _SHOWN else ""
        quoted = "; ".join(map(str, self.quoted))
        message = f"{name}: {bad} of {self.number} records were {done}: {quoted}{more}"
        warnings.warn(message, EarmarkWarning, stacklevel=3)

    def _added_whole(self, block: Block) -> bool:
        """Whether all records of a block could be added at once; if not, nothing has changed."""
        try:
            parts = list(map(to_parts, block.values, count(self.number)))
        except DataError:
            return False
        names: set[str] = set().union(*block.values)  # all are objects, else they had no parts
        if "item" in names and not names <= ROW_KEYS:
            return False
        ids, items, samples, repeats = zip(*parts, strict=True)
        keys = [(id, repeat) if repeat else id for id, repeat in zip(ids, repeats, strict=True)]
        places = [f"{block.file}:{line}" for line in range(block.first, block.line + 1)]
        firsts = list(map(self.seen.setdefault, keys, places))
        if firsts != places:  # an id stands twice
            for key, place, first in zip(keys, places, firsts, strict=True):
                if first is place:
                    del self.seen[key]
            return False
        self.number += len(parts)
        self.good += len(parts)
        self.ids += ids
        self.items += items
        self.samples += samples
        self.repeats += repeats
        self.places += places
        return True

    def _refuse(self, rejection: Rejection, number: int) -> None:
        if self.on_error == "fail":
            raise DataError(str(rejection))
        if len(self.quoted) < _SHOWN:
            self.quoted.append(rejection)
        if self.on_error == "skip":
            self.rejected.append(rejection)
            return
        own = bool(rejection.id) and rejection.id not in self.seen
        # not the bare number: that may be the id of a good record further on
        row_id = rejection.id if own else f"record {number}"
        self.seen[row_id] = rejection.place
        sample = {"error": {"message": rejection.reason}}
        self._append(row_id, {"id": row_id} if own else {}, sample, 0, rejection.place)

    def _append(
        self, row_id: str, item: Item, sample: Sample | None, repeat: int, place: str
    ) -> None:
        self.ids.append(row_id)
        self.items.append(item)
        self.samples.append(sample)
        self.repeats.append(repeat)
        self.places.append(place)

    def _clear(self) -> None:
        self.ids: list[str] = []
        self.items: list[Item] = []
        self.samples: list[Sample | None] = []
        self.repeats: list[int] = []
        self.places: list[str] = []
        self.rejected: list[Rejection] = []
        self.size = 0
