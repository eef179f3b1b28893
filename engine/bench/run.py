"""A source, or generated clips, through the whole grid."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..audio.clips import Say, clips
from ..audio.pool import usable_processors
from ..errors import AudioError, ConfigError
from ..types import Rejection
from .encoding import measure
from .material import write_clips
from .peers import PEERS
from .plan import OURS, Plan, count
from .results import Encoding
from .subjects import LIMIT, LOUDNESS, Progress, Subjects, Target, gather

RATE = 16_000  # Hz, what speech models take
_BUDGET_S = 8.0  # for all measurements together, where the user names no time for one
_SHORTEST_S, _LONGEST_S = 0.1, 1.0  # for one of them
_BUSY = 0.8  # of a processor, by one worker; less means that others had the rest


@dataclass(frozen=True, slots=True)
class EncodingReport:
    """All that was measured.

    Attributes:
        encodings: one measurement each.
        unreadable: clips that were left out, and why.
        notes: what a reader of the numbers should know.
    """

    encodings: tuple[Encoding, ...]
    unreadable: tuple[Rejection, ...]
    notes: tuple[str, ...]


def measure_encoding(
    source: Any = None,
    *,
    audio_field: str | None = None,
    limit: int | None = None,
    rates: Sequence[int] = (),
    workers: Sequence[int] = (),
    seconds: float | None = None,
    say: Say | None = None,
    progress: Progress | None = None,
) -> EncodingReport:
    """How fast clips are encoded here.

    Args:
        source: anything `earmark.check` takes; None: clips that are generated.
        audio_field: the field that holds the audio; guessed when left out.
        limit: at most so many readable clips; 60 when left out.
        rates: in Hz, beside the clips as they are; 16000 when left out.
        workers: numbers of threads; 1 and one a processor when left out.
        seconds: for each measurement; when left out, so that all together take some ten.
        say: told which field holds the audio, and why.
        progress: told of what was done, while no clock runs.

    Raises:
        ConfigError: an option that cannot be meant.
        DataError: the source cannot be read, or not one clip in it.
    """
    plan = _plan(rates, workers)
    targets = (*plan.targets, *plan.levelled)
    with tempfile.TemporaryDirectory(prefix="earmark-bench-") as folder:
        if source is None:
            files = write_clips(Path(folder))
            source, limit = [{"id": file.stem, "audio": str(file)} for file in files], len(files)
        found = clips(source, audio_field, say=say)
        subjects = gather(found, targets, limit or LIMIT, progress)
        seconds = seconds or _affordable(subjects, plan)
        out = Path(folder, "out.jsonl")
        encodings = [
            encoding
            for input, group in subjects.groups.items()
            for encoding in measure(input, group, plan, seconds, out, progress)
        ]
    notes = tuple(_notes(subjects, plan, encodings, seconds))
    return EncodingReport(tuple(encodings), tuple(subjects.unreadable), notes)


def _plan(rates: Sequence[int], workers: Sequence[int]) -> Plan:
    wanted = tuple(dict.fromkeys(rates or (RATE,)))
    levelled = [Target(rate, LOUDNESS) for rate in wanted]
    for target in levelled:
        try:
            _ = target.recipe
        except AudioError as error:
            raise ConfigError(f"rate={target.rate}: {error}") from None
    threads = tuple(dict.fromkeys(workers or (1, usable_processors())))
    for n in threads:
        if n < 1:
            raise ConfigError(f"workers={n}: at least 1 is needed")
    peers = [peer for peer in PEERS if peer.is_installed]
    return Plan([Target(), *map(Target, wanted)], levelled, threads, peers)


def _affordable(subjects: Subjects, plan: Plan) -> float:
    """Seconds for one measurement, so that all of them stay within the budget."""
    measurements = sum(count(input, plan) for input in subjects.groups)
    return min(max(_BUDGET_S / measurements, _SHORTEST_S), _LONGEST_S)


def _notes(
    subjects: Subjects, plan: Plan, encodings: Sequence[Encoding], seconds: float
) -> Iterator[str]:
    if subjects.is_cut:
        n = sum(map(len, subjects.groups.values()))
        yield f"measured on the first {n:,} readable clips; --limit N takes more"
    for input, group in subjects.groups.items():
        of_input = [encoding for encoding in encodings if encoding.input == input]
        if of_input[0].clips < len(group):
            yield (
                f"{input}: {of_input[0].clips:,} of {len(group):,} clips fit into the "
                f"{seconds:.2g} s of a measurement; --seconds S takes more"
            )
        if all(encoding.way == OURS for encoding in of_input):
            yield f"{input}: no other way is shown, for none of them reads such clips"
    for peer in PEERS:
        if peer not in plan.peers:
            yield f"{peer.name} is not measured: pip install {peer.package}"
    alone = [e for e in encodings if e.way == OURS and e.workers == 1 and e.rate is not None]
    used = sum(encoding.processors_used for encoding in alone) / len(alone)
    if used < _BUSY:
        yield (
            f"one worker had {used:.0%} of a processor: others were at work here; compare rows, "
            "not machines"
        )
