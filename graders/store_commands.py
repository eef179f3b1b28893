"""The verbs of the store: list, show, export, import, remove.

*Conventions*: click only at import time; what a verb needs is imported when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..engine.run import Run
    from ..engine.store.runs import Entry

_ORIGIN = 18  # characters shown of what a run was read from; in `show` and --json all of it
_NOT_WHOLE = "not written to its end"
_REJECTED = 5  # shown of the records that are no rows


@click.command("list")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The latest N runs only.")
@click.option("--json", "as_json", is_flag=True, help="The runs as a JSON list.")
def list_(limit: int | None, as_json: bool) -> None:
    """The runs of the store, the latest first.

    The store is the folder that EARMARK_STORE names, or .earmark here.
    """
    import json

    from ..engine.report.terminal import say
    from ..engine.store.db import Store
    from ..engine.store.runs import entries

    store = Store()
    is_there = store.path.exists() or (store.folder.exists() and not store.folder.is_dir())
    found = entries(store) if is_there else []  # a file in the folder's place is an error
    if as_json:
        click.echo(json.dumps([_object(entry) for entry in found[:limit]], indent=2))
    elif not found:
        say(f"there is no run in {store.folder} yet; `earmark grade` and `earmark import` save one")
    else:
        _show_entries(found[:limit])
        if limit is not None and len(found) > limit:
            say(f"and {len(found) - limit} more")


@click.command()
@click.argument("run")
@click.option("--by", metavar="FIELD", help="A summary for each value of this field, too.")
@click.option("--explain", metavar="ID", help="Show one item and how it came to its grades.")
@click.option("--json", "as_json", is_flag=True, help="What is known of the run, as JSON.")
def show(run: str, by: str | None, explain: str | None, as_json: bool) -> None:
    """A run of the store, as `grade` shows it.

    RUN is an id, the beginning of one, or latest.
    """
    from ..engine.store.db import Store
    from ..engine.store.runs import find
    from .explain import positions
    from .saved import explaining, load_light, with_audio

    store = Store()
    entry = find(store, run)
    found = load_light(store, entry)
    if explain is not None:
        whole = with_audio(store, entry, found, positions(found, explain))
        _show_rows(explaining(whole), entry, as_json)
    else:
        _show_run(explaining(found), entry, by, as_json)


@click.command()
@click.argument("run")
@click.option("-o", "--out", required=True, metavar="FILE", help="The file to write; - is stdout.")
@click.option("--as", "form", type=click.Choice(["evals"]), help="Rows alone, for the Evals API.")
def export(run: str, out: str, form: str | None) -> None:
    """Write a run of the store to a file, by its extension.

    .jsonl is complete: audio stands inline, and importing it gives the same run. .csv is safe for
    spreadsheets. .parquet has typed columns. With --as evals each line of the .jsonl is
    {"item": ..., "sample": ...} without grades, as files.create(purpose="evals") takes it.

    RUN is an id, the beginning of one, or latest.
    """
    import os

    from ..engine.errors import ConfigError
    from ..engine.report.terminal import note
    from ..engine.store import exporting
    from ..engine.store.db import Store
    from ..engine.store.runs import find
    from .saved import Batches

    store = Store()
    entry = find(store, run)
    try:
        extension = exporting.form(out)
        if out != "-":
            exporting.check_target(out, store, entry.origin, entry.base)
    except ConfigError as error:
        raise click.UsageError(f"-o {error}") from None
    if form and extension != ".jsonl":
        raise click.UsageError(f"-o {out!r}: rows for the Evals API are written as .jsonl")
    write = exporting.write_evals if form else exporting.write_run
    count = write(out, Batches(store, entry))
    note(f"wrote {count:,} rows of {entry.id} to {'stdout' if out == '-' else out}")
    if entry.base and os.path.realpath(os.path.dirname(out)) != os.path.realpath(entry.base):
        note(f"relative paths in these rows start from {entry.base}")


@click.command("import")
@click.argument("file")
@click.option("--name", default="", help="What to call the run.")
def import_(file: str, name: str) -> None:
    """Put a file of rows, or an exported run, into the store.

    FILE is any source of rows. What `earmark export` wrote as .jsonl comes back as the run that it
    was; of .csv and .parquet the grades come back as fields of the items. Rows without grades are
    a run too: saved answers.
    """
    from ..engine.data.addresses import shown
    from ..engine.report.terminal import note, say
    from ..engine.store.db import Store
    from ..engine.store.importing import import_run

    entry = import_run(Store(), file, name)
    graders = ", ".join(grader["name"] for grader in entry.graders)
    say(f"{entry.id}: {_rows(entry)} from {shown(file)}, graded by {graders or 'nobody'}")
    unknown = [grader["name"] for grader in entry.graders if grader["signature"] == "unknown"]
    if unknown:
        note(
            f"of {', '.join(unknown)} the file has the grades and not the rule, so they are "
            f"compared with nothing; an exported run has it in its first record"
        )


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
def remove(runs: tuple[str, ...]) -> None:
    """Remove runs from the store, without asking.

    RUN is an id, the beginning of one, or latest; also that of a run that was not written to its
    end. Rows and audio that no other run uses are freed with them; but what was saved in the last
    hour, or since an hour before a run that is still being written, only by a later remove.
    """
    from ..engine.report.terminal import say
    from ..engine.store.db import Store
    from ..engine.store.removing import remove_runs, remove_unused

    store = Store()
    for entry in remove_runs(store, runs):
        what = _NOT_WHOLE if entry.kept is None else _rows(entry)
        say(f"removed {entry.id}: {what} from {entry.origin or 'a program'}")
    swept = remove_unused(store)
    left = f"; {_megabytes(swept.spared)} more by a remove in an hour" if swept.spared else ""
    say(f"freed {_megabytes(swept.size)}{left}")


def _show_entries(found: list[Entry]) -> None:
    from ..engine.report.terminal import table

    rows: list[list[str | int | float | None]] = [
        [entry.id, _when(entry), _origin(entry), _results(entry)] for entry in found
    ]
    table("", ["run", "when", "from", "results"], rows, {_NOT_WHOLE: "yellow"})


def _results(entry: Entry) -> str:
    """What came out of a run, in short."""
    from .saved import graders_of
    from .summary import short

    if entry.kept is None:
        return _NOT_WHOLE
    blocks = {grader["name"]: grader["block"] for grader in entry.graders if grader["block"]}
    known = {grader.name: grader for grader in graders_of(blocks)}
    numbers = [short(dict(line), known.get(line["grader"])) for line in entry.summary]
    given = f"{_given_name(entry)}, " if _given_name(entry) else ""
    return f"{given}{_rows(entry)}: {'; '.join(numbers) or 'not graded'}"


def _given_name(entry: Entry) -> str:
    """The run's name, where it is not just that of its graders."""
    graders = ", ".join(grader["name"] for grader in entry.graders)
    return "" if entry.name == graders else entry.name


def _show_run(run: Run, entry: Entry, by: str | None, as_json: bool) -> None:
    import json

    from ..engine.report.terminal import say
    from .saved import graders_of
    from .summary import as_objects, show

    if by is not None:
        run.slices(by)  # a field that is not there is an error, also of a run without graders
    if as_json:
        lines = as_objects(run, by)
        found = {**_object(entry), "graders": lines}
        click.echo(json.dumps(found, allow_nan=False, indent=2))
        return
    _show_head(entry)
    if run.grades:
        show(run, graders_of(run.blocks), by)
    else:
        say("not graded: the run holds saved answers")


def _show_head(entry: Entry) -> None:
    from ..engine.report.terminal import say

    named = f", {_given_name(entry)}" if _given_name(entry) else ""
    say(f"run {entry.id}, {_when(entry)}{named}")
    lost = f", {len(entry.rejected):,} records rejected" if entry.rejected else ""
    say(f"{_rows(entry)} from {entry.origin or 'a program'}{lost}")
    for rejection in entry.rejected[:_REJECTED]:
        say(f"  {rejection}")
    if len(entry.rejected) > _REJECTED:
        say(f"  and {len(entry.rejected) - _REJECTED:,} more")
    say("")


def _show_rows(run: Run, entry: Entry, as_json: bool) -> None:
    from ..engine.data.write import json_line
    from ..engine.report.terminal import say
    from .explain import explained
    from .saved import graders_of, same_rules

    if as_json:
        records = [json_line(record).decode().strip() for record in run.records()]
        click.echo(f"[{','.join(records)}]")
        return
    _show_head(entry)
    for i in range(len(run)):
        for line in explained(run, same_rules(run, graders_of(run.blocks)), i):
            say(line)


def _object(entry: Entry) -> dict[str, Any]:
    """What `list --json` and `show --json` say of a run."""
    import dataclasses

    return {
        "id": entry.id,
        "created": entry.created,
        "name": entry.name,
        "status": entry.status,
        "origin": entry.origin,
        "base": entry.base,
        "rows": entry.count,
        "rejected": [dataclasses.asdict(rejection) for rejection in entry.rejected],
        "graders": entry.summary,
    }


def _rows(entry: Entry) -> str:
    return f"{entry.count:,} row{'s' * (entry.count != 1)}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _when(entry: Entry) -> str:
    """When a run was saved, in local time: with the hour, or with the year if that is another."""
    from datetime import datetime

    saved = datetime.fromisoformat(entry.created).astimezone()
    this_year = saved.year == datetime.now().astimezone().year
    return f"{saved:%d %b %H:%M}" if this_year else f"{saved:%d %b %Y}"


def _origin(entry: Entry) -> str:
    """What a run was read from, without its folder, and cut to what fits a table."""
    import os

    name = os.path.basename(entry.origin.rstrip("/")) or entry.origin
    return name if len(name) <= _ORIGIN else f"{name[: _ORIGIN - 1]}…"
