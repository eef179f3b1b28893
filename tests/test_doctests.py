"""The examples in the docstrings are run as they stand."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import earmark as em

ROOT = Path(em.__file__).parent
MODULES = sorted(
    module.name
    for part in ("engine", "graders", "backends")
    for module in pkgutil.walk_packages([str(ROOT / part)], f"earmark.{part}.")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of(name: str) -> None:
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(module, optionflags=flags).failed == 0


def test_there_are_examples() -> None:
    found = doctest.DocTestFinder().find(importlib.import_module("earmark.engine.data.template"))
    assert sum(len(test.examples) for test in found) >= 3
