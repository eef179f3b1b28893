"""What a score is: one file a family, and the table of all of them.

Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_NAMES = {
    "GRADERS": "config",
    "CharErrorRate": "error_rate",
    "StringCheck": "string_check",
    "WordContainment": "containment",
    "WordErrorRate": "error_rate",
    "from_config": "config",
}

__all__ = [
    "GRADERS",
    "CharErrorRate",
    "StringCheck",
    "WordContainment",
    "WordErrorRate",
    "from_config",
]

if TYPE_CHECKING:
    from .config import GRADERS, from_config
    from .containment import WordContainment
    from .error_rate import CharErrorRate, WordErrorRate
    from .string_check import StringCheck


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(f".{_NAMES[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
