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

import orjson
import pybase64

from ..data.draw import draw
from ..data.read import scan_rows
from ..data.template import as_text
from ..data.write import atomic, json_line, write_jsonl
from ..errors import AudioError, ConfigError, DataError, EarmarkWarning
from ..types import Rejection
from .clips import Say, SourceClip, clips
from .encode import check_format
from .load import NonFinite
from .payload import Payload, Recipe, payload
from .pool import in_order
from .transform import Level, Transform

_MAX_KEPT_TEXT = 1000  # a path stays in the item; audio as text is what is being replaced


@dataclass(frozen=True, slots=True)
class Line:
    """One item's line: its JSON before and behind the audio, and the audio."""

    head: bytes
    tail: bytes
    payload: Payload

    def write(self, file: BinaryIO) -> None:
        """The base64 between prefix and suffix: no JSON writer need scan it."""
        file.write(self.head + b',"audio_base64":"')
        file.write(pybase64.b64encode(self.payload.data))
        file.write(b'","audio_format":"' + self.payload.format.encode() + b'"}' + self.tail)


Outcome = Line | str  # what was prepared, or why it could not be


@dataclass(slots=True)
class PrepareReport:
    """What `prepare` did, also while it is under way.

    Attributes:
        out: the file written.
        written: items in it.
        skipped: those that are not, as ``{"id", "file", "reason"}``.
        warnings: those that are, with what was lost or looks wrong, in the same form.
        seconds: wall-clock time.
        audio_seconds: of audio written.
        bytes: of audio written, before base64.
        total: items to come in all, where that is known.
    """

    out: str
    written: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    audio_seconds: float = 0.0
    bytes: int = 0
    total: int | None = None

    @property
    def rejected_file(self) -> Path:
        """Where the skipped items are listed, if there are any."""
        return Path(self.out).with_suffix(".rejected.jsonl")


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
    progress: Callable[[PrepareReport], None] | None = None,
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
        progress: called with the report after every item.
        say: told which field holds the audio, and why.

    Returns:
        The report; skipped items are also written to ``FILE.rejected.jsonl``.

    Raises:
        ConfigError: options that cannot be meant.
        DataError: the source cannot be read, or an item cannot and ``on_error`` is ``fail``.
    """
    for name, count in (("limit", limit), ("sample", sample)):
        if count is not None and count < 1:
            raise ConfigError(f"{name}={count}: at least 1 is needed")
    recipe = _recipe(rate, channels, loudness, peak, rms, format, nonfinite)
    report, started = PrepareReport(str(out)), time.perf_counter()
    found = clips(source, audio_field, on_error, say)
    if sample is not None:
        found = _drawn(found, source, sample, seed, by, report)
    with atomic(out) as file:
        for clip, outcome in in_order(lambda clip: _prepared(clip, recipe), found, workers):
            _record(file, clip, outcome, on_error, report)
            report.seconds = time.perf_counter() - started
            if progress:
                progress(report)
            if report.written == limit:
                break
    _list_skipped(report)
    report.seconds = time.perf_counter() - started
    return report


def _recipe(
    rate: int | None,
    channels: int | None,
    loudness: float | None,
    peak: float | None,
    rms: float | None,
    format: str | None,
    nonfinite: NonFinite,
) -> Recipe:
    try:
        level = None
        if (loudness, peak, rms) != (None, None, None):
            level = Level(lufs=loudness, peak_dbfs=peak, rms_dbfs=rms)
        if format is not None:
            check_format(format)
        return Recipe(Transform(rate, channels, level), format, nonfinite)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _prepared(
    clip: SourceClip | Rejection, recipe: Recipe
) -> tuple[SourceClip | Rejection, Outcome]:
    if isinstance(clip, Rejection):
        return clip, clip.reason
    try:
        return clip, Line(*_around(clip), payload(clip.value, recipe, clip.base))
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
            head, tail = _around(clip)
            nulls = b',"audio_base64":null,"audio_format":null,"audio_error":'
            file.write(head + nulls + orjson.dumps(outcome) + b"}" + tail)


def _around(clip: SourceClip) -> tuple[bytes, bytes]:
    """What stands before and behind the audio in the item's line.

    Raises:
        DataError: the item holds what JSON cannot.
    """
    row = clip.row
    head = json_line({"item": _item(clip)}).removesuffix(b"}}\n")  # an item has an id at least
    rest: dict[str, Any] = {} if row.sample is None else {"sample": dict(row.sample)}
    if row.repeat:
        rest["repeat"] = row.repeat
    tail = json_line(rest)[1:]  # `}` alone, or the row's other parts and `}`
    return head, b"," + tail if rest else tail


def _item(clip: SourceClip) -> dict[str, Any]:
    """The item with an id, without the audio where that is not just a path."""
    item = {"id": clip.row.id} | dict(clip.row.item)
    if item["id"] in (None, ""):
        item["id"] = clip.row.id
    value = item.get(clip.field)
    if not (isinstance(value, str) and len(value) < _MAX_KEPT_TEXT):
        item.pop(clip.field, None)
    elif value[:5].lower() == "data:":
        item.pop(clip.field)
    for name in ("audio_base64", "audio_format", "audio_error"):
        item.pop(name, None)
    return item


def _drawn(
    found: Iterator[SourceClip | Rejection],
    source: Any,
    n: int,
    seed: int,
    by: str | None,
    report: PrepareReport,
) -> Iterator[SourceClip | Rejection]:
    """The clips of a stratified draw; the source is read once more for it, field by field."""
    if not (isinstance(source, str | Path) or hasattr(source, "__len__")):
        raise ConfigError(
            f"sample={n} reads its source twice, and a {type(source).__name__} can be read once; "
            "pass a list"
        )
    with warnings.catch_warnings():  # the other reading says what is broken in it
        warnings.simplefilter("ignore", EarmarkWarning)
        items = (item for rows in scan_rows(source) for item in rows.items)
        strata = [as_text(item.get(by)) if by else "" for item in items]
    if by and strata and set(strata) == {"null"}:
        raise ConfigError(f"by={by!r}: no item has that field")
    chosen = set(draw(strata, n, seed))
    report.total = len(chosen)
    position = -1
    for clip in found:
        if isinstance(clip, Rejection):
            yield clip
            continue
        position += 1
        if position in chosen:
            yield clip


def _list_skipped(report: PrepareReport) -> None:
    """Leave a list of what was skipped beside the output, and no stale one of an earlier run."""
    if report.skipped:
        write_jsonl(report.rejected_file, report.skipped)
    else:
        report.rejected_file.unlink(missing_ok=True)
