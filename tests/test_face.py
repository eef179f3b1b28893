"""The package as it is installed: its face, what travels with it, what it costs to start."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

import earmark as em

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "pandas", "torch", "openai", "soundfile", "rich", "pocketsphinx")


def loaded_by(*arguments: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after running these arguments."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('\\n@', *{m.split('.')[0] for m in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + arguments[0], *arguments[1:]],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.rsplit("@", 1)[1].split())


def test_every_exported_name_is_there() -> None:
    for name in em.__all__:
        assert getattr(em, name) is not None
    assert set(em.__all__) <= set(dir(em))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'grad'"):
        _ = em.grad


def test_import_loads_nothing_heavy() -> None:
    assert not loaded_by("import earmark") & set(HEAVY)


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv[1:] = ['--help']\nfrom earmark.__main__ import main; main()"
    assert not loaded_by(code) & set(HEAVY)


def test_the_version_is_the_installed_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert em.__version__ == project["version"]


def test_every_module_and_data_file_of_the_tree_is_installed() -> None:
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {
        ROOT.joinpath(*name.split(".")[1:]): resources.files(name) for name in setup["packages"]
    }
    found = {
        path.parent
        for part in ("engine", "graders", "backends")
        for path in (ROOT / part).rglob("*.py")
    }
    assert found | {ROOT} == set(folders), "a folder is missing from packages in pyproject.toml"
    for folder, installed in folders.items():
        for path in folder.iterdir():
            if path.suffix == ".py" or path.name == "py.typed":
                assert installed.joinpath(path.name).is_file(), path
    for package, patterns in setup["package-data"].items():
        folder = ROOT.joinpath(*package.split(".")[1:])
        for pattern in patterns:
            files = [path for path in folder.glob(pattern) if path.is_file()]
            assert files, f"{package}: nothing matches {pattern}"
            for path in files:
                inside = resources.files(package).joinpath(*path.relative_to(folder).parts)
                assert inside.is_file(), path
