"""The clips of a source, one by one, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..data.audio_field import guess_audio_field
from ..data.read import scan_rows
from ..errors import AudioError
from ..types import Rejection, Row, Rows

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
    def file(self) -> str:
        """The clip's own file where its value names one, else where its row stands."""
        value = self.row.item.get(self.field)
        if isinstance(value, dict):
            value = value.get("path")
        return value if isinstance(value, str) and len(value) < 1000 else self.place


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
        on_error: as in `earmark.read_rows`.
        say: told which field it is, and why.

    Raises:
        DataError: the source cannot be read, or has no field with audio.
    """
    field = None
    for rows in scan_rows(source, on_error=on_error):
        if field is None and len(rows):
            guess = guess_audio_field(rows, audio_field)
            field = guess.name
            if say:
                say(guess.why)
        yield from rows.rejected
        if field is not None:
            yield from _of(rows, field)


def _of(rows: Rows, field: str) -> Iterator[SourceClip]:
    for i, row in enumerate(rows):
        yield SourceClip(row, field, rows.base, rows.place(i))
