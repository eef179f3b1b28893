"""Single values as they come from data: which of them are no value, and what JSON makes of them.

*Conventions*: null, NaN (of any kind of number), NaT and pandas' NA all say that a value is
absent. An infinity is a value, but one that JSON cannot hold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Number
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python value it holds; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def absent(value: Any) -> bool:
    """Whether this is null, NaN, or what NumPy and pandas have in their place.

    >>> [absent(value) for value in (None, float("nan"), np.datetime64("NaT"), "nan", 0, [])]
    [True, True, True, False, False, False]
    """
    if type(value) is str:  # most values are; the tests below cost ten times as much
        return False
    value = plain(value)
    nan = isinstance(value, Number) and bool(value != value)
    return value is None or nan or type(value).__name__ in ("NAType", "NaTType")


def without_absent(value: Any) -> Any:
    """The value with null for what is absent, in objects at any depth; itself where none is.

    >>> without_absent({"id": 1, "item": {"answer": float("nan")}})
    {'id': 1, 'item': {'answer': None}}
    """
    kind = type(value)
    if kind is str or kind is int:  # passed for each value of each record
        return value
    if kind is dict or isinstance(value, Mapping):
        parts = ((key, part, without_absent(part)) for key, part in value.items())
        changed = {key: new for key, old, new in parts if new is not old}
        return {**value, **changed} if changed else value
    return None if absent(value) else value


def jsonable(value: Any) -> Any:
    """A value with its numbers as JSON can hold them: NaN and infinities are null."""
    value = plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: jsonable(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [jsonable(part) for part in value]
    return value
