"""Tables and lines for people at a terminal.

Three functions: `table` and `say` write data to stdout, `note` writes remarks to stderr.

*Conventions*: what comes from data (transcripts, ids, file names) is hostile: control
characters, escape sequences and text that reorders its neighbours are shown as escapes, and
nothing in it is read as markup. Colours appear only where stdout is a terminal and NO_COLOR
(https://no-color.org) is unset or empty. Where stdout is no terminal nothing is wrapped,
unless COLUMNS says how wide it is.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | int | float | None

_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}
_REORDERS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NUMBER = re.compile(r"[-+]?inf|[-+]?[\d.,]+(e[-+]?\d+)?( ?(%|s|ms|kB|MB|Hz|dB|LUFS|x))?|-")
_UNBROKEN = 24  # columns up to this wide stay on one line, where the table has the room


def clean(text: str) -> str:
    r"""The text with everything a terminal would act on shown as an escape.

    >>> clean("valid\x1b[2J\n")
    'valid\\x1b[2J\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    colours: Mapping[str, str] | None = None,
) -> None:
    """Print an aligned table to stdout; columns of numbers stand to the right.

    Args:
        title: the line above it; empty: none.
        columns: the headings.
        rows: one sequence a line, as long as ``columns``. A float is shown with three
            decimals, None and NaN as ``-``; a string stands as it is.
        colours: what a cell must be to get a colour, and which:
            ``{"ok": "green", "warn": "yellow", "error": "red"}``.

    Raises:
        ValueError: a row is not as long as the headings.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{len(columns)} columns, but a row of {len(row)}: {row!r}")
    shown = [[_cell(value) for value in row] for row in rows]
    console = _console()
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    widths = [max(map(cell_len, column)) for column in zip(columns, *shown, strict=True)]
    room = console.width - sum(min(width, _UNBROKEN) + 2 for width in widths)
    for width, heading, *cells in zip(widths, map(clean, columns), *shown, strict=True):
        numbers = bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
        short = width <= _UNBROKEN and room >= -2
        made.add_column(
            Text(heading),
            justify="right" if numbers else "left",
            no_wrap=numbers or short,
            overflow="fold",
        )
    for line in shown:
        made.add_row(*(Text(cell, style=(colours or {}).get(cell, "")) for cell in line))
    if title:
        console.print(Text(clean(title), style="bold"), soft_wrap=True)
    console.print(made)


def say(text: str) -> None:
    """Print one line of data to stdout, cleaned."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """Print one remark to stderr, cleaned: warnings, hints, progress.

    A remark that cannot be written (stderr is closed, its disk full) must not cost the data.
    """
    with contextlib.suppress(OSError, ValueError):
        _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    print(clean(text).encode(encoding, "backslashreplace").decode(encoding), file=stream)


def _shown(character: str) -> str:
    unsafe = unicodedata.category(character) in _UNSAFE or character in _REORDERS
    return character.encode("unicode_escape").decode() if unsafe else character


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    encoding = sys.stdout.encoding or "utf-8"
    return clean(str(value)).encode(encoding, "backslashreplace").decode(encoding)


def _console() -> Console:
    from rich.console import Console

    terminal = sys.stdout.isatty()
    columns = os.environ.get("COLUMNS", "")
    coloured = terminal and not os.environ.get("NO_COLOR")
    return Console(
        file=sys.stdout,
        force_terminal=terminal,
        color_system="auto" if coloured else None,
        width=None if terminal else int(columns) if columns.isdigit() else 10_000,
        highlight=False,
        emoji=False,
        markup=False,
    )
