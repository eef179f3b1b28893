"""The clips of a source, one by one, in memory that does not grow with their number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..data.addresses import is_address
from ..data.audio_field import guess_audio_field
from ..data.read import scan_rows
from ..errors import AudioError
from ..types import Rejection, Row, Rows
from .value import file_name

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SourceClip:
    """One row and the audio value in it.

    Attributes:
        row: the row.
        field: the item's field that holds the audio.
        base: the folder that its relative path starts from.
        place: where the row stands.
    """

    row: Row
    field: str
    base: str
    place: str

    @property
    def value(self) -> Any:
        """The audio value.

        Raises:
            AudioError: the item has none.
        """
        value = self.row.item.get(self.field)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise AudioError(f"the item's audio field {self.field!r} is empty or absent")
        return value

    @property
    def id(self) -> str:
        """The row's id, as text that can be written anywhere."""
        return writable(self.row.id)

    @property
    def file(self) -> str:
        """The clip's own file where its value names one, else where its row stands."""
        name = file_name(self.row.item.get(self.field))
        below = "" if is_address(name) else self.base
        return writable(os.path.join(below, name) if name else self.place)


def clips(
    source: Any,
    audio_field: str | None = None,
    on_error: str = "skip",
    say: Say | None = None,
) -> Iterator[SourceClip | Rejection]:
    """Every row of a source with its audio field, and every record that could not be read.

    Args:
        source: anything `earmark.scan_rows` takes.
        audio_field: the field; guessed from the first batch when left out.
        on_error: as in `earmark.read_rows`; there is nothing of a broken record to ``keep``, it
            comes as what was rejected.
        say: told which field it is, and why.

    Raises:
        DataError: the source cannot be read, or has no field with audio.
    """
    field = None
    for rows in scan_rows(source, on_error="skip" if on_error == "keep" else on_error):
        if field is None and len(rows):
            guess = guess_audio_field(rows, audio_field)
            field = guess.name
            if say:
                say(guess.why)
        for broken in rows.rejected:
            yield replace(broken, id=writable(broken.id), file=writable(broken.file))
        if field is not None:
            yield from _of(rows, field)


def writable(name: str) -> str:
    r"""A name with escapes for what no UTF-8 file holds: names of files may be any bytes.

    >>> writable("caf\udce9.wav")
    'caf\\udce9.wav'
    """
    return name.encode("utf-8", "backslashreplace").decode()


def _of(rows: Rows, field: str) -> Iterator[SourceClip]:
    for i, row in enumerate(rows):
        yield SourceClip(row, field, rows.base, rows.place(i))
