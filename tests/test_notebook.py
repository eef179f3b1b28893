"""The example notebook runs from start to end, and says what it said when it was saved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOK = EXAMPLES / "audio_evals.ipynb"


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    """``run.py --check`` on this folder's notebook, by this interpreter and its kernel."""
    return subprocess.run(
        [sys.executable, folder / "run.py", "--check"], capture_output=True, text=True, timeout=100
    )


def with_one_cell(folder: Path, source: str, said: str) -> Path:
    """A folder whose notebook has one cell, which printed this when it was saved."""
    shutil.copy(EXAMPLES / "run.py", folder)
    output = {"output_type": "stream", "name": "stdout", "text": said}
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "execution_count": 1}
    notebook = {
        "cells": [{**cell, "source": source, "outputs": [output]}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / NOTEBOOK.name).write_text(json.dumps(notebook))
    return folder


def test_it_runs_and_what_is_saved_is_what_it_says_today() -> None:
    done = checked(EXAMPLES)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("print('two')", ["-stdout of one: one", "+stdout of one: two", "python examples/run.py"]),
        ("print('one'); import warnings; warnings.warn('w')", ["UserWarning: w"]),
        ("print('one'); 1 / 0", ["ZeroDivisionError"]),
    ],
)
def test_what_differs_warns_or_fails_is_told(tmp_path: Path, source: str, told: list[str]) -> None:
    done = checked(with_one_cell(tmp_path, source, "one\n"))
    assert done.returncode == 1
    for words in told:
        assert words in done.stderr


def test_it_is_small_and_tells_nothing_of_the_machine_it_was_saved_on() -> None:
    text = NOTEBOOK.read_text()
    assert len(text) < 300_000
    for trace in ("/home/", "/tmp/", "/root/", "/Users/", "site-packages", str(EXAMPLES), " at 0x"):
        assert trace not in text


def test_every_cell_of_it_was_run_in_its_order() -> None:
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if "outputs" in cell]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert len(cells) > 10
