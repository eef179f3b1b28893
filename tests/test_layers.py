"""Who may import whom: engine <- graders <- backends <- the command line."""

from __future__ import annotations

import ast
from pathlib import Path

import earmark as em

ROOT = Path(em.__file__).parent
LAYERS = ("engine", "graders", "backends")


def imports(path: Path) -> set[str]:
    """The layers that a module of the package imports from, absolute or relative."""
    package = path.relative_to(ROOT).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {(*above, *name.split("."))[0] for name in names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module.removeprefix("earmark.").split(".")[0]}
        elif isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("earmark.").split(".")[0] for alias in node.names}
    return found & {*LAYERS, "__main__"}


def test_no_layer_imports_one_above_it() -> None:
    for height, layer in enumerate(LAYERS):
        above = {*LAYERS[height + 1 :], "__main__"}
        for path in (ROOT / layer).rglob("*.py"):
            assert not imports(path) & above, f"{path} reaches up to {imports(path) & above}"


def test_the_checker_sees_an_import_that_reaches_up(tmp_path: Path, monkeypatch) -> None:
    wrong = tmp_path / "engine" / "audio" / "wrong.py"
    wrong.parent.mkdir(parents=True)
    wrong.write_text("def f():\n    from ...graders.grade import grade\n")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    assert imports(wrong) == {"graders"}
