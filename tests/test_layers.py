"""Who may import whom: engine <- graders <- backends <- the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFIG = Path(__file__).parents[1] / "pyproject.toml"


def broken_contracts(config: Path, folder: Path) -> str:
    """What import-linter says about the installed package; empty where all is kept."""
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "--config", str(config), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "contract" in done.stdout.lower(), done.stderr
    return "" if done.returncode == 0 else done.stdout


def test_no_layer_imports_one_above_it(tmp_path: Path) -> None:
    assert broken_contracts(CONFIG, tmp_path) == ""


def test_the_checker_sees_an_import_that_reaches_up(tmp_path: Path) -> None:
    layers = '["earmark.backends", "earmark.graders", "earmark.engine"]'
    text = CONFIG.read_text()
    assert layers.removesuffix("]").removeprefix("[") in text
    upside_down = '"earmark.engine", "earmark.graders", "earmark.backends"'
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace(layers.strip("[]"), upside_down))
    assert "earmark.graders" in broken_contracts(wrong, tmp_path)
