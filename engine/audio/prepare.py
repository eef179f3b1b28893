"""Items with audio to the JSONL that the Evals API takes: many clips at once, order kept.

*Conventions*: each line is ``{"item": {..., "audio_base64": ..., "audio_format": ...}}``; the
format is what the bytes really are, so that a template can say
``"format": "{{ item.audio_format }}"``. The same input gives the same bytes at every run.
Memory does not grow with the number of clips: rows are read, prepared and written in a stream.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ..data.draw import draw
from ..data.read import scan_rows
from ..data.template import field_template
from ..data.write import atomic, write_jsonl
from ..errors import AudioError, ConfigError, DataError, EarmarkWarning, did_you_mean
from ..report.progress import line_for
from ..types import Rejection
from .clips import Say, SourceClip, clips
from .line import Line, line, line_without_audio
from .load import NonFinite
from .payload import Recipe, payload, recipe_of
from .pool import in_order

Outcome = Line | str  # what was prepared, or why it could not be
_OUT_EXTENSIONS = (".jsonl", ".ndjson", ".json")


@dataclass(slots=True)
class PrepareReport:
    """What `prepare` did, also while it is under way.

    Attributes:
        out: the file written.
        written: items in it, with their audio.
        kept: items in it without their audio (``on_error="keep"``).
        skipped: items whose audio is not in it, as ``{"id", "file", "reason"}``.
        warnings: those that are, with what was lost or looks wrong, in the same form.
        seconds: wall-clock time.
        audio_seconds: of audio written.
        bytes: of audio written, before base64.
    """

    out: str
    written: int = 0
    kept: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    seconds: float = field(default=0.0, repr=False)  # another one at every run
    audio_seconds: float = 0.0
    bytes: int = 0

    def _repr_html_(self) -> str:
        from ..report.cards import prepared_card

        return prepared_card(self)

    @property
    def rejected_file(self) -> Path | None:
        """Where the skipped items are listed, if there are any; None beside a pipe or device."""
        out = Path(self.out)
        return out.with_suffix(".rejected.jsonl") if out.is_file() or not out.exists() else None


def prepare(
    source: Any,
    out: str | Path,
    *,
    audio_field: str | None = None,
    rate: int | None = None,
    channels: int | None = None,
    loudness: float | None = None,
    peak: float | None = None,
    rms: float | None = None,
    format: str | None = None,
    nonfinite: NonFinite = "error",
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    by: str | None = None,
    workers: int | None = None,
    on_error: str = "skip",
    progress: Callable[[PrepareReport], None] | bool | None = None,
    say: Say | None = None,
) -> PrepareReport:
    """Write the items of a source with their audio as base64.

    By default audio is left as it is: WAV and MP3 pass through untouched, anything else
    becomes a WAV of the same rate and channels.

    Args:
        source: anything `earmark.read_rows` takes.
        out: the JSONL file to write; it appears only when it is complete.
        audio_field: the field that holds the audio; guessed when left out.
        rate: resample to this rate in Hz.
        channels: 1 mixes down.
        loudness: normalise to this integrated loudness in LUFS.
        peak: or to this peak in dBFS.
        rms: or to this root mean square in dBFS.
        format: ``wav``, ``mp3`` or ``flac``.
        nonfinite: NaN and infinity in the audio: ``error``, or set to ``zero``.
        limit: stop after this many good items.
        sample: draw this many items first.
        seed: of the draw.
        by: draw evenly over the values of this field.
        workers: threads; as many as there are processors when left out.
        on_error: an item that cannot be prepared is left out (``skip``), written with an
            ``audio_base64`` of null and the reason as ``audio_error`` (``keep``), or stops
            everything (``fail``). Of a broken record there is nothing to keep.
        progress: a function that is called with the report after every item; or whether there
            is a line that says how far it is: None, in notebooks only; True, at a terminal too.
        say: told which field holds the audio, and why.

    Returns:
        The report; skipped items are also written to ``FILE.rejected.jsonl``.

    Raises:
        ConfigError: options that cannot be meant, or an output that would overwrite something
            else.
        DataError: the source cannot be read, not one item can be prepared, or one cannot and
            ``on_error`` is ``fail``. The old output is then still there.
    """
    _check_counts(by, limit=limit, sample=sample, workers=workers)
    recipe = recipe_of(rate, channels, loudness, peak, rms, format, nonfinite)
    report, started = PrepareReport(str(out)), time.perf_counter()
    _check_out(source, report)
    found = clips(source, audio_field, on_error, say)
    if sample is not None:
        found = _drawn(found, source, sample, seed, by)
    with line_for(progress, source, limit or sample) as told, atomic(out) as file:
        for clip, outcome in in_order(lambda clip: _prepared(clip, recipe), found, workers):
            _record(file, clip, outcome, on_error, report)
            report.seconds = time.perf_counter() - started
            told(report.written, report.audio_seconds, len(report.skipped))
            if callable(progress):
                progress(report)
            if report.written == limit:
                break
        _list_skipped(report)
    report.seconds = time.perf_counter() - started
    return report


def _check_counts(by: str | None, **counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ConfigError(f"{name}={count}: at least 1 is needed")
    if by is not None and counts["sample"] is None:
        raise ConfigError(f"by={by!r} says how a sample is drawn; give sample=N too")


def _check_out(source: Any, report: PrepareReport) -> None:
    """Refuse an output, or a list of skipped items, that would overwrite something else."""
    out, rejected = Path(report.out), report.rejected_file
    if rejected is None:
        return
    if out.suffix and out.suffix.lower() not in _OUT_EXTENSIONS:
        raise ConfigError(f"{out}: items are written as JSON Lines; call it {out.stem}.jsonl")
    read = Path(source) if isinstance(source, str | Path) else None
    for path in (out, rejected):
        if read is not None and path.exists() and read.exists() and path.samefile(read):
            raise ConfigError(f"{path} is what is read here, and would be overwritten")
    if rejected.exists() and not _is_list_of_skipped(rejected):
        raise ConfigError(
            f"{rejected} is where skipped items would be listed, and something else is there; "
            "move it, or write to another name"
        )


def _is_list_of_skipped(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(6) in (b"", b'{"id":')


def _prepared(
    clip: SourceClip | Rejection, recipe: Recipe
) -> tuple[SourceClip | Rejection, Outcome]:
    if isinstance(clip, Rejection):
        return clip, clip.reason
    try:
        return clip, line(clip, payload(clip.value, recipe, clip.base))
    except (AudioError, DataError) as error:
        return clip, str(error)


def _record(
    file: BinaryIO,
    clip: SourceClip | Rejection,
    outcome: Outcome,
    on_error: str,
    report: PrepareReport,
) -> None:
    """Write one item, or list why it is not there."""
    if isinstance(clip, Rejection):
        report.skipped.append({"id": clip.id, "file": clip.place, "reason": clip.reason})
        return
    entry = {"id": clip.id, "file": clip.file}
    if isinstance(outcome, Line):
        outcome.write(file)
        report.written += 1
        report.audio_seconds += outcome.payload.seconds
        report.bytes += len(outcome.payload.data)
        report.warnings += [{**entry, "reason": note} for note in outcome.payload.notes]
        return
    if on_error == "fail":
        raise DataError(f"{clip.place} (id {clip.id}): {outcome}")
    report.skipped.append({**entry, "reason": outcome})
    if on_error == "keep":
        with contextlib.suppress(DataError):  # an item that JSON cannot hold: it is listed
            file.write(line_without_audio(clip, outcome))
            report.kept += 1


def _drawn(
    found: Iterator[SourceClip | Rejection],
    source: Any,
    n: int,
    seed: int,
    by: str | None,
) -> Iterator[SourceClip | Rejection]:
    """The clips of a stratified draw; the source is read once more for it, field by field."""
    if not (isinstance(source, str | Path) or hasattr(source, "__len__")):
        raise ConfigError(
            f"sample={n} reads its source twice, and a {type(source).__name__} can be read once; "
            "pass a list"
        )
    strata: list[str | None] = []
    known: dict[str, None] = {}
    with warnings.catch_warnings():  # the other reading says what is broken in it
        warnings.simplefilter("ignore", EarmarkWarning)
        for rows in scan_rows(source):
            strata += rows.column(field_template(by)) if by else [None] * len(rows)
            known |= dict.fromkeys(str(key) for item in rows.items for key in item)
    if by and strata and all(stratum is None for stratum in strata):
        listed = ", ".join(map(repr, known))
        raise DataError(
            f"no item has the field {by!r} to draw by; the fields are {listed}."
            f"{did_you_mean(by, known)}"
        )
    chosen = set(draw(strata, n, seed))
    position = -1
    for clip in found:
        if isinstance(clip, Rejection):
            yield clip
            continue
        position += 1
        if position in chosen:
            yield clip


def _list_skipped(report: PrepareReport) -> None:
    """Leave a list of what was skipped beside the output, and no stale one of an earlier run.

    Raises:
        DataError: there is no output, for not one item is in it.
    """
    rejected, is_empty = report.rejected_file, not report.written and not report.kept
    if rejected is not None and report.skipped:
        write_jsonl(rejected, report.skipped)
    elif rejected is not None and not is_empty:
        rejected.unlink(missing_ok=True)
    if is_empty:
        raise DataError(_nothing_written(report))


def _nothing_written(report: PrepareReport) -> str:
    if not report.skipped:
        return f"no item to prepare; {report.out} was not written"
    return (
        f"not one of {len(report.skipped)} items could be prepared, so {report.out} was not "
        f"written; the first: {report.skipped[0]['reason']}"
        + (f" (all: {report.rejected_file})" if report.rejected_file else "")
    )
