"""The verbs of the engine: check, prepare.

*Conventions*: click only at import time; what a verb needs is imported when it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .audio.doctor import ClipReport
    from .audio.prepare import PrepareReport

_FAILED = 100  # done, but something is not as it should be
_SHOWN = 20  # skipped items and warnings told one by one; all of them are in the file


@click.command()
@click.argument("data")
@click.option("--audio-field", metavar="NAME", help="The field that holds the audio.")
@click.option("--workers", type=click.IntRange(1), help="Threads. [default: one a processor]")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as a JSON list.")
def check(data: str, audio_field: str | None, workers: int | None, as_json: bool) -> None:
    """Examine clips: what they really are, and what is wrong with them.

    DATA is a clip, a folder, a glob (in quotes), or any data with an audio field. Exit code 0
    when no clip is in error, 100 otherwise.
    """
    from .audio import doctor
    from .data.write import json_line
    from .report.progress import ProgressLine

    with ProgressLine(_expected(data)) as progress:
        reports = doctor.check(
            data,
            audio_field=audio_field,
            workers=workers,
            progress=progress,
            say=_say_field(data),
        )
    if as_json:
        lines = [json_line(report.to_dict()).decode().strip() for report in reports]
        click.echo("[" + ",\n ".join(lines) + "]")
    else:
        _show_reports(reports)
    if any(report.verdict == "error" for report in reports):
        click.get_current_context().exit(_FAILED)


@click.command()
@click.argument("data")
@click.option("-o", "--out", metavar="FILE.jsonl", required=True, help="The file to write.")
@click.option("--audio-field", metavar="NAME", help="The field that holds the audio.")
@click.option("--rate", type=int, metavar="HZ", help="Resample to this rate.")
@click.option("--channels", type=click.Choice(["1"]), help="Mix down to one channel.")
@click.option("--loudness", type=float, metavar="LUFS", help="Normalise loudness (EBU R128).")
@click.option("--peak", type=float, metavar="DBFS", help="Normalise the peak.")
@click.option("--rms", type=float, metavar="DBFS", help="Normalise the root mean square.")
@click.option("--format", "format_", type=click.Choice(["wav", "mp3", "flac"]), help="Encode as.")
@click.option(
    "--nonfinite", type=click.Choice(["error", "zero"]), default="error", help="NaN in the audio."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Stop after N good items.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Draw N items first.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw.")
@click.option("--by", metavar="FIELD", help="Draw evenly over the values of this field.")
@click.option("--workers", type=click.IntRange(1), help="Threads. [default: one a processor]")
@click.option(
    "--on-error",
    type=click.Choice(["skip", "keep", "fail"]),
    default="skip",
    show_default=True,
    help="What becomes of an item that cannot be prepared.",
)
@click.option("--max-skipped", type=click.IntRange(0), metavar="N", help="More is a failure.")
def prepare(
    data: str,
    out: str,
    channels: str | None,
    format_: str | None,
    max_skipped: int | None,
    **options: Any,
) -> None:
    """Write items with their audio as base64, ready for the Evals API.

    By default audio is left as it is: WAV and MP3 pass through untouched, anything else becomes
    a WAV of the same rate and channels. Skipped items are listed, and written to
    FILE.rejected.jsonl. Exit code 100 when more than --max-skipped were skipped.
    """
    from .audio.encode import API_FORMATS
    from .audio.prepare import prepare as run
    from .report.progress import ProgressLine
    from .report.terminal import note

    if format_ is not None and format_ not in API_FORMATS:
        note(f"warning: the Evals API takes {' and '.join(API_FORMATS)}, not {format_}")
    mixed = 1 if channels else None
    expected = options["limit"] or options["sample"] or _expected(data)
    with ProgressLine(expected) as line:
        report = run(
            data,
            out,
            channels=mixed,
            format=format_,
            progress=lambda r: line(r.written, r.audio_seconds, len(r.skipped)),
            say=_say_field(data),
            **options,
        )
    _show_prepared(report)
    if max_skipped is not None and len(report.skipped) > max_skipped:
        note(f"{len(report.skipped)} items were skipped, {max_skipped} are allowed")
        click.get_current_context().exit(_FAILED)


def _say_field(data: str) -> Callable[[str], None] | None:
    """What tells which field holds the audio: of clips there is nothing to tell."""
    import os

    from .data.folder import is_clip
    from .report.terminal import note

    return None if is_clip(data) or os.path.isdir(data) else note


def _expected(data: str) -> int | None:
    """How many clips there will be, where somebody watches and it is cheap to know."""
    import sys

    from .data.paths import count_records

    return count_records(data) if sys.stderr.isatty() else None


def _show_reports(reports: list[ClipReport]) -> None:
    import os

    from .report.terminal import say, table

    files = [report.file for report in reports]
    folders = [os.path.dirname(os.path.abspath(file)) for file in files]
    folder = os.path.commonpath(folders) if folders else os.sep
    is_shared = folder != os.sep and not any("://" in file for file in files)
    shown = {file: os.path.relpath(file, folder) if is_shared else file for file in files}
    columns = ["verdict", "clip", "format", "Hz", "ch", "s", "dBFS", "LUFS", "silent", "base64"]
    table(
        f"{_clips(len(reports))} in {folder}" if is_shared else _clips(len(reports)),
        columns,
        [_report_line(report, shown[report.file]) for report in reports],
        {"ok": "green", "warn": "yellow", "error": "bold red"},
    )
    for report in reports:
        for reason in report.reasons:
            say(f"{report.verdict:<5}  {shown[report.file]}: {reason}")
    counts = [sum(r.verdict == verdict for r in reports) for verdict in ("ok", "warn", "error")]
    say("{}: {} ok, {} warn, {} error".format(_clips(len(reports)), *counts))


def _clips(count: int) -> str:
    return f"{count:,} clip{'s' * (count != 1)}"


def _report_line(report: ClipReport, name: str) -> list[str | int | float | None]:
    def level(value: float | None) -> str | None:
        return None if value is None else f"{value:.1f}"

    return [
        report.verdict,
        name,
        report.format,
        report.rate,
        report.channels,
        None if report.duration is None else f"{report.duration:.2f}",
        level(report.peak_dbfs),
        level(report.lufs),
        None if report.silence is None else f"{report.silence:.0%}",
        None if report.base64_bytes is None else f"{report.base64_bytes / 1000:,.0f} kB",
    ]


def _show_prepared(report: PrepareReport) -> None:
    from .report.terminal import note, say

    seconds = max(report.seconds, 1e-9)
    kept = f", {report.kept:,} more without audio" if report.kept else ""
    tell = say if report.rejected_file else note  # a pipe holds the items
    tell(
        f"{report.out}: {report.written:,} items{kept}, {report.audio_seconds:,.1f} s of audio, "
        f"{report.bytes / 1e6:,.1f} MB before base64, in {report.seconds:.2f} s "
        f"({report.written / seconds:,.0f} clips/s, {report.audio_seconds / seconds:,.0f} "
        "audio-seconds per second)"
    )
    for kind, entries in (("warning", report.warnings), ("skipped", report.skipped)):
        for entry in entries[:_SHOWN]:
            note(f"{kind}: {entry['file']} (id {entry['id'] or '-'}): {entry['reason']}")
        if len(entries) > _SHOWN:
            note(f"{kind}: {len(entries) - _SHOWN:,} more")
    if report.skipped and report.rejected_file:
        note(f"{len(report.skipped):,} skipped items are listed in {report.rejected_file}")
