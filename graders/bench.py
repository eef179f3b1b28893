"""The verb ``bench``: how fast this machine encodes and grades.

*Conventions*: click only at import time; what a verb needs is imported when it runs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..engine.bench.machine import Machine
    from ..engine.bench.run import EncodingReport
    from .speed import RuleSpeed

_SHOWN = 20  # unreadable clips told one by one; all of them are in --json
_MOST_ROWS = 1_000_000


def _finite(ctx: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise click.BadParameter(f"{value} is no time to measure for; 0.5 is")
    return value


@click.command()
@click.argument("data", required=False)
@click.option("--audio-field", metavar="NAME", help="The field that holds the audio.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="At most N readable clips. [default: 60]"
)
@click.option(
    "--rate",
    "rates",
    type=int,
    multiple=True,
    metavar="HZ",
    help="Rate to resample to; can be given several times. [default: 16000]",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="Threads; can be given several times. [default: 1, and one a processor]",
)
@click.option(
    "--seconds",
    type=float,
    callback=_finite,
    metavar="S",
    help="Time for each measurement. [default: all together take about 20 s]",
)
@click.option(
    "--rows",
    type=click.IntRange(1, _MOST_ROWS),
    metavar="N",
    help="Rows for the rules. [default: 10,000]",
)
@click.option("--json", "as_json", is_flag=True, help="Machine and measurements as JSON.")
def bench(data: str | None, rows: int | None, as_json: bool, **options: Any) -> None:
    """Measure how fast this machine encodes and grades.

    DATA is a clip, a folder, a glob, or a data file with an audio field; without it, clips are
    generated. They are left as they are and resampled to each --rate, by each number of
    --workers; beside it stand the ways of OpenAI's audio guide and of librosa. The rules grade
    transcripts that are generated.
    """
    from ..engine.bench.machine import this_machine
    from ..engine.report.terminal import note
    from .speed import ROWS, measure_rules, transcripts

    machine = this_machine()  # before it is busy with us
    report = _encoding(data, options)
    speeds = measure_rules(transcripts(rows or ROWS))
    if as_json:
        _print_json(machine, report, speeds)
    else:
        _show(machine, report, speeds)
    for broken in report.unreadable[:_SHOWN]:
        note(f"left out: {broken}")
    if len(report.unreadable) > _SHOWN:
        note(f"left out: {len(report.unreadable) - _SHOWN:,} more")
    for remark in report.notes:
        note(f"note: {remark}")


def _encoding(data: str | None, options: dict[str, Any]) -> EncodingReport:
    import os

    from ..engine.bench.run import measure_encoding
    from ..engine.data.folder import is_clip
    from ..engine.report.progress import ProgressLine
    from ..engine.report.terminal import note

    is_audio = data is None or is_clip(data) or os.path.isdir(data)
    done = [0, 0.0]
    with ProgressLine() as line:

        def progress(clips: int, audio_seconds: float) -> None:
            done[0] += clips
            done[1] += audio_seconds
            line(int(done[0]), done[1])

        return measure_encoding(data, say=None if is_audio else note, progress=progress, **options)


def _print_json(machine: Machine, report: EncodingReport, speeds: tuple[RuleSpeed, ...]) -> None:
    import json

    measurements = [
        *({"measure": "encode", **one.to_dict()} for one in report.encodings),
        *({"measure": "grade", **one.to_dict()} for one in speeds),
    ]
    found = {
        "machine": machine.to_dict(),
        "measurements": measurements,
        "unreadable": [
            {"id": one.id, "file": one.place, "reason": one.reason} for one in report.unreadable
        ],
        "notes": list(report.notes),
    }
    click.echo(json.dumps(found, allow_nan=False, indent=2))


def _show(machine: Machine, report: EncodingReport, speeds: tuple[RuleSpeed, ...]) -> None:
    from ..engine.bench.tables import between, headed, per_second, show_encoding, show_machine

    show_machine(machine)
    show_encoding(report.encodings, machine)
    headed(
        f"Rules with their defaults, on {speeds[0].rows:,} generated transcripts",
        f"one thread, median and range of {speeds[0].rounds} rounds; {machine.short}",
        ["rule", "rows/s", "range"],
        [
            [s.rule, per_second(s.rows_per_s), between(s.rows_per_s_low, s.rows_per_s_high)]
            for s in speeds
        ],
    )
