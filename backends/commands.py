"""The verbs of the backends: demo.

*Conventions*: click only at import time; what a verb needs is imported when it runs.
"""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("earmark-demo"),
    show_default=True,
    help="Where the results are left.",
)
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
def demo(out: Path, as_json: bool) -> None:
    """Do the whole job on speech that ships with the package, offline.

    Spoken questions are checked, prepared and heard; spoken answers are graded by two rules,
    which are held against labels. It takes under 20 seconds, no key and no network.
    """
    from .demo.show import show

    show(out, as_json)
