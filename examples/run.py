"""Run the notebook beside this file from start to end, and save its outputs.

    python examples/run.py            run it and save what came out
    python examples/run.py --check    run it and say where the saved outputs are others

It runs in a folder of its own with the kernel of this interpreter. A cell that fails, or that
warns, stops it. What is saved is the same at every run: no times, no paths. What is compared are
the words: markup is the business of whoever made it, and of sound the last bits may differ.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

NOTEBOOK = Path(__file__).with_name("audio_evals.ipynb")
_MARKUP = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


def main() -> str | None:
    """Save or compare; what is wrong, if anything is."""
    parser = argparse.ArgumentParser(description="Run the example notebook.")
    parser.add_argument("--check", action="store_true", help="compare instead of saving")
    check = parser.parse_args().check
    saved = nbformat.read(NOTEBOOK, as_version=4)
    fresh = executed(nbformat.read(NOTEBOOK, as_version=4))
    if warned := [text for text in told(fresh) if text.startswith("stderr")]:
        return "the notebook warns:\n" + "\n".join(warned)
    if not check:
        nbformat.write(fresh, NOTEBOOK)
        return None
    differences = list(
        difflib.unified_diff(told(saved), told(fresh), "saved", "fresh", lineterm="")
    )
    if differences:
        return "\n".join(
            [*differences, "", f"if that is right: python examples/{Path(__file__).name}"]
        )
    return None


def executed(notebook: NotebookNode) -> NotebookNode:
    """The notebook with fresh outputs, and nothing in it that differs from run to run.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        # a kernel that the user installed under the same name may be another interpreter
        os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
        os.environ |= {"IPYTHONDIR": folder, "TMPDIR": folder}
        # sockets in that folder: a port would be open to everybody on this machine
        sockets = {"transport": "ipc", "ip": os.path.join(folder, "kernel")}
        done = NotebookClient(
            notebook,
            config=Config(KernelManager=sockets),
            kernel_name="python3",
            timeout=60,
            record_timing=False,
            resources={"metadata": {"path": folder}},
        ).execute()
    done.metadata.language_info = {"name": "python"}
    return done


def told(notebook: NotebookNode) -> list[str]:
    """What the outputs say, in lines of text, with their kind and the cell that they are of."""
    lines: list[str] = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shown = output.get("data") or {output.get("name", output.output_type): output.text}
            for kind, text in sorted(shown.items()):
                words = _MARKUP.sub("\n", text) if kind == "text/html" else text
                lines += [
                    f"{kind} of {cell.id}: {line}" for line in words.split("\n") if line.strip()
                ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
