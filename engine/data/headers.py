"""The names of a table's columns, as its header gives them."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence

from ..errors import DataError, EarmarkWarning


def column_names(header: Sequence[str], file: str, line: int) -> list[str]:
    """The names without white space around them; a column without one is called by its number.

    Args:
        header: the names as they stand.
        file: the file, for messages.
        line: the header's line in it.

    Raises:
        DataError: two columns have one name.

    >>> column_names([" id", "text"], "rows.csv", 1)
    ['id', 'text']
    """
    names = [name.strip() for name in header]
    unnamed = [i for i, name in enumerate(names) if not name]
    for i in unnamed:
        names[i] = f"column {i + 1}"
    check_unique(names, f"{file}:{line}")
    if unnamed:
        called = ", ".join(repr(names[i]) for i in unnamed)
        message = f"{file}: a column without a name in the header is called {called}"
        warnings.warn(message, EarmarkWarning, stacklevel=4)
    return names


def check_unique(names: Sequence[str], place: str) -> None:
    """Refuse a table of which two columns have one name.

    Raises:
        DataError: they have.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        called = ", ".join(map(repr, twice))
        raise DataError(f"{place}: {called} names more than one column; rename all but one")
