"""earmark: an audio-eval engine that runs on your own machine.

    import earmark as em

Names are loaded when they are first used, so importing this package costs almost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# name -> the module that defines it; None: the name is that module
_FACE = {
    "AudioError": "engine.errors",
    "Clip": "engine.audio.clip",
    "ClipReport": "engine.audio.doctor",
    "ConfigError": "engine.errors",
    "DataError": "engine.errors",
    "EarmarkError": "engine.errors",
    "EarmarkWarning": "engine.errors",
    "ErrorCounts": "engine.text.align",
    "Grades": "engine.grades",
    "MissingExtra": "engine.errors",
    "PrepareReport": "engine.audio.prepare",
    "Ratio": "engine.grades",
    "Row": "engine.types",
    "Rows": "engine.types",
    "Run": "engine.run",
    "StoreError": "engine.errors",
    "audio_to_base64": "engine.audio.guide",
    "cer": "engine.text.align",
    "check": "engine.audio.doctor",
    "get_base64": "engine.audio.guide",
    "grade": "graders.grade",
    "load_audio": "engine.audio.load",
    "load_run": "graders.saved",
    "normalize": "engine.text.normalize",
    "prepare": "engine.audio.prepare",
    "read_rows": "engine.data.read",
    "scan_rows": "engine.data.read",
    "wer": "engine.text.align",
    "words": "engine.text.words",
}
_MODULES = ("backends", "engine", "graders")

__all__ = ["__version__", *_FACE, *_MODULES]

if TYPE_CHECKING:  # `as` says that each is meant to be seen from outside
    from . import backends as backends
    from . import engine as engine
    from . import graders as graders
    from .engine.audio.clip import Clip as Clip
    from .engine.audio.doctor import ClipReport as ClipReport
    from .engine.audio.doctor import check as check
    from .engine.audio.guide import audio_to_base64 as audio_to_base64
    from .engine.audio.guide import get_base64 as get_base64
    from .engine.audio.load import load_audio as load_audio
    from .engine.audio.prepare import PrepareReport as PrepareReport
    from .engine.audio.prepare import prepare as prepare
    from .engine.data.read import read_rows as read_rows
    from .engine.data.read import scan_rows as scan_rows
    from .engine.errors import AudioError as AudioError
    from .engine.errors import ConfigError as ConfigError
    from .engine.errors import DataError as DataError
    from .engine.errors import EarmarkError as EarmarkError
    from .engine.errors import EarmarkWarning as EarmarkWarning
    from .engine.errors import MissingExtra as MissingExtra
    from .engine.errors import StoreError as StoreError
    from .engine.grades import Grades as Grades
    from .engine.grades import Ratio as Ratio
    from .engine.run import Run as Run
    from .engine.text.align import ErrorCounts as ErrorCounts
    from .engine.text.align import cer as cer
    from .engine.text.align import wer as wer
    from .engine.text.normalize import normalize as normalize
    from .engine.text.words import words as words
    from .engine.types import Row as Row
    from .engine.types import Rows as Rows
    from .graders.grade import grade as grade
    from .graders.saved import load_run as load_run


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name in _FACE:
        value = getattr(importlib.import_module(f".{_FACE[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
