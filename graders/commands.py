"""The verb ``grade``: saved outputs and graders in, a summary and exported rows out.

Nothing but click is imported before the verb runs, because ``earmark --help`` loads this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..engine.run import Run
    from ..engine.types import Grader
    from .keeping import Keeping
    from .watch import Saves

_EXAMPLE = "-g word_containment -g word_error_rate:reference=text,normalizer=basic"
_EXAMPLES = f"\b\nFor example:\n  earmark grade answers.jsonl --by category \\\n    {_EXAMPLE}"


@click.command(epilog=_EXAMPLES)
@click.argument("file")
@click.option(
    "-g",
    "--grader",
    "short",
    multiple=True,
    metavar="TYPE[:FIELD=VALUE,...]",
    help="A grader; can be given several times. Lists are a|b|c.",
)
@click.option("-c", "--config", metavar="EVAL.yaml", help="Graders from a file's testing_criteria.")
@click.option("--by", metavar="FIELD", help="A summary for each value of this field, too.")
@click.option("--explain", metavar="ID", help="Show one item and how it came to its grades.")
@click.option("-o", "--out", metavar="FILE", help="Write the rows: .jsonl .csv .parquet")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
@click.option(
    "--on-error",
    type=click.Choice(["skip", "keep", "fail"]),
    default="skip",
    show_default=True,
    help="What becomes of records that cannot be read.",
)
@click.option(
    "--fail-under",
    multiple=True,
    metavar="NAME=0.8",
    help="Exit 100 if fewer of the rows with a verdict pass.",
)
@click.option(
    "--fail-over", multiple=True, metavar="NAME=0.1", help="Exit 100 if the rate is higher."
)
@click.option(
    "--fail-on-error",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Exit 100 if more of the records could not be graded.",
)
@click.option("--watch", is_flag=True, help="Grade again when the config is saved; show flips.")
@click.option("--no-save", is_flag=True, help="Do not save this as a run in the store.")
@click.pass_context
def grade(
    ctx: click.Context,
    file: str,
    short: tuple[str, ...],
    config: str | None,
    by: str | None,
    explain: str | None,
    out: str | None,
    as_json: bool,
    on_error: str,
    fail_under: tuple[str, ...],
    fail_over: tuple[str, ...],
    fail_on_error: float | None,
    watch: bool,
    no_save: bool,
) -> None:
    """Grade saved outputs, offline.

    FILE holds rows: JSONL of {"item": {...}, "sample": {"output_text": ...}}, or any other
    source of rows. Without a grader, those that exist are named. The run is saved in the store,
    for `earmark list`, `show` and `export`.
    """
    from dataclasses import replace

    from ..engine.data.read import read_rows
    from ..engine.errors import ConfigError
    from .grade import distinct, graded
    from .thresholds import breaches, limits
    from .watch import Saves

    saves = Saves([config] if config else [])  # before it is read: no save may be missed
    try:
        graders = distinct(_graders(short, config))
        under = limits("--fail-under", fail_under, graders)
        over = limits("--fail-over", fail_over, graders)
        _check_out(out, [file, config])
        if watch:
            _check_watch(graders, config, bool(fail_under or fail_over or fail_on_error), as_json)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    keeping = None if no_save else _keeping(file)
    rows = read_rows(file, on_error=on_error)
    run = graded(replace(rows, derived={}), graders)
    # first: a wrong --by or --explain must not cost what was graded
    written = not out or _written(run, out)
    id = _saved(keeping, run)
    _show(run, graders, by, explain, as_json)
    if watch:
        _watch(run, lambda: distinct(_graders(short, config)), saves, keeping, out)
    failures = breaches(run, graders, under, over, fail_on_error)
    for failure in failures:
        click.echo(f"failed: {failure}", err=True)
    useless = _nothing_graded(run)
    lost = (keeping is not None and id is None) or not written
    ctx.exit(100 if failures else 1 if useless or lost else 0)


def _graders(short: Sequence[str], config: str | None) -> list[Grader]:
    from .config import GRADERS, from_short

    graders = [from_short(text) for text in short]
    if config:
        from .evalfile import read_criteria

        graders += read_criteria(config)
    if not graders:
        raise click.UsageError(
            f"no grader given; there are {', '.join(GRADERS)}. For example:\n  {_EXAMPLE}"
        )
    return graders


def _check_out(out: str | None, inputs: Sequence[str | None]) -> None:
    """Refuse an output that we cannot write, before the work is done."""
    if out is None:
        return
    import os

    from ..engine.errors import ConfigError
    from ..engine.store.db import Store
    from ..engine.store.exporting import check_target, form

    form(out)
    if out == "-":
        raise ConfigError("-o -: the summary goes to stdout; write a file, or `earmark export`")
    check_target(out, Store())
    folder = os.path.dirname(os.path.realpath(out))
    if not os.path.isdir(folder):
        raise ConfigError(f"-o {out!r}: there is no folder {folder}; make it first")
    for path in filter(None, inputs):
        if os.path.realpath(path) == os.path.realpath(out):
            raise ConfigError(f"-o {out!r} is what is read here, and would be overwritten")


def _keeping(file: str) -> Keeping:
    """What saves the run; it begins with the file of the rows at once."""
    from ..engine.store.db import Store
    from .keeping import Keeping

    keeping = Keeping(Store(), file)
    keeping.start()
    return keeping


def _saved(keeping: Keeping | None, run: Run) -> str | None:
    """The id under which the run was saved; none where it was not, which must not cost the rest."""
    from ..engine.errors import DataError, StoreError
    from ..engine.report.terminal import note

    if keeping is None:
        return None
    try:
        id = keeping.save(run)
    except (StoreError, DataError) as error:
        note(f"not saved: {error}; with --no-save nothing is tried")
        return None
    note(f"saved as run {id}")
    return id


def _check_watch(graders: Sequence[Grader], config: str | None, gated: bool, as_json: bool) -> None:
    """Refuse what means nothing when the end is Ctrl-C."""
    from ..engine.errors import ConfigError
    from .watch import named

    if not config and not named(graders):
        raise ConfigError("--watch: there is no file to watch; give the graders with -c EVAL.yaml")
    if gated:
        raise ConfigError("--watch ends with Ctrl-C, so no --fail option would ever count")
    if as_json:
        raise ConfigError("--watch tells people what changed; leave out --json")


def _watch(
    run: Run,
    graders: Callable[[], list[Grader]],
    saves: Saves,
    keeping: Keeping | None,
    out: str | None,
) -> None:
    """Grade again with each save, until the user stops it; then save the last run too."""
    from ..engine.report.terminal import note, say
    from .watch import watch

    last = run
    note("watching; Ctrl-C ends")
    try:
        for again in watch(run, graders, saves):
            last = again.run
            note(again.head)
            if out:
                _written(last, out)
            for line in again.lines:
                say(line)
    finally:
        if last is not run:
            _saved(keeping, last)


def _show(
    run: Run, graders: Sequence[Grader], by: str | None, explain: str | None, as_json: bool
) -> None:
    import json

    from ..engine.data.write import json_line
    from ..engine.report.terminal import say
    from .explain import explained, positions
    from .summary import as_objects, show

    chosen = [] if explain is None else positions(run, explain)
    if by is not None:
        run.slices(by)  # one item has no slices, but a field that is not there is still an error
    if as_json and chosen:
        wanted = set(chosen)
        found = [json_line(record) for i, record in enumerate(run.records()) if i in wanted]
        click.echo(f"[{b','.join(found).decode()}]")
    elif as_json:
        click.echo(json.dumps(as_objects(run, by), allow_nan=False, indent=2))
    elif chosen:
        for i in chosen:
            for line in explained(run, graders, i):
                say(line)
    else:
        show(run, graders, by)


def _written(run: Run, out: str) -> bool:
    """Whether the rows could be written to the file; where not, the rest goes on."""
    from ..engine.errors import DataError
    from ..engine.report.terminal import note
    from ..engine.store.exporting import write_run

    try:
        write_run(out, [run])
    except DataError as error:
        note(f"not written: {error}")
        return False
    note(f"wrote {len(run)} graded rows to {out}")
    return True


def _nothing_graded(run: Run) -> bool:
    """Whether some grader could grade no row at all; says which fields there are."""
    import numpy as np

    from ..engine.errors import some
    from ..engine.report.terminal import note

    empty = [name for name, grades in run.grades.items() if np.isnan(grades.scores).all()]
    for name in empty:
        why = run[name].explanation(0) if len(run) else "there is no row"
        note(f"{name} could grade none of the {len(run)} rows: {why}")
    if empty:
        items = dict.fromkeys(str(key) for item in run.rows.items for key in item)
        samples = dict.fromkeys(str(key) for sample in run.rows.samples for key in sample or ())
        note(f"the items have: {some(items)}")
        note(f"the samples have: {some(samples)}")
    return bool(empty)
