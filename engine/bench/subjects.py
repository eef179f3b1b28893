"""The clips that are measured, by input format; each is proved before a clock starts.

*Conventions*: a clip counts as readable when it goes through every target: the stages give the
same line, byte for byte, as `earmark.prepare` does, and the line reads back as what was put in.
What does not is listed with its reason, and the others are measured.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import orjson
import pybase64

from ..audio import riff
from ..audio.arrays import Samples
from ..audio.clips import SourceClip
from ..audio.line import line
from ..audio.load import recognise
from ..audio.payload import Payload, Recipe, payload
from ..audio.transform import Level, Transform
from ..audio.value import file_name, open_value
from ..errors import AudioError, DataError, EarmarkError
from ..types import Rejection
from .stages import STAGES, in_stages

LIMIT = 60  # clips, where the user names no limit
LOUDNESS = -23.0  # LUFS, the level of EBU R128
SEGMENT = "segment"  # what is cut out of a file is an input of its own

Progress = Callable[[int, float], None]  # clips and seconds of audio just done


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of a clip: to be left as it is, or mono at a rate, perhaps at a level."""

    rate: int | None = None
    loudness: float | None = None

    @property
    def recipe(self) -> Recipe:
        """The same as `earmark.prepare` takes it.

        Raises:
            AudioError: a rate outside the limits.
        """
        level = None if self.loudness is None else Level(lufs=self.loudness)
        return Recipe(Transform(self.rate, self.channels, level))

    @property
    def channels(self) -> int | None:
        """1, or None where they are left as they are."""
        return None if self.rate is None else 1

    def __str__(self) -> str:
        if self.rate is None:
            return "as it is"
        level = "" if self.loudness is None else f", {self.loudness:g} LUFS"
        return f"{self.rate} Hz{level}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A clip that can be measured.

    Attributes:
        clip: the row and the audio in it.
        input: its format, such as ``wav16``, ``flac`` or ``samples``.
        seconds: of audio.
        bytes: that it comes in.
        sizes: target -> bytes that go out, before base64.
        cost_s: what the dearest target took, once.
    """

    clip: SourceClip
    input: str
    seconds: float
    bytes: int
    sizes: dict[Target, int]
    cost_s: float

    @property
    def is_file(self) -> bool:
        """Whether it is all of a file, so that others can read it too."""
        return self.input != "samples" and not self.input.endswith(SEGMENT)

    @property
    def path(self) -> str | None:
        """The file it lies in, where it lies in one of its own."""
        name = file_name(self.clip.row.item.get(self.clip.field))
        path = os.path.join(self.clip.base, name)
        return path if name and os.path.isfile(path) else None


@dataclass(slots=True)
class Subjects:
    """What was found in a source.

    Attributes:
        groups: input format -> its clips.
        unreadable: what cannot be measured, and why.
        is_cut: whether the source holds more than was looked at.
    """

    groups: dict[str, list[Subject]] = field(default_factory=dict)
    unreadable: list[Rejection] = field(default_factory=list)
    is_cut: bool = False


def gather(
    found: Iterable[SourceClip | Rejection],
    targets: Sequence[Target],
    limit: int = LIMIT,
    progress: Progress | None = None,
) -> Subjects:
    """The first readable clips of a source.

    Args:
        found: the clips of a source.
        targets: what each clip must go through.
        limit: so many readable clips are enough.
        progress: told of each that was proved.

    Raises:
        DataError: not one clip is readable.
    """
    subjects, count = Subjects(), 0
    for clip in found:
        if count == limit:
            subjects.is_cut = True
            break
        if isinstance(clip, Rejection):
            subjects.unreadable.append(clip)
            continue
        try:
            subject = proved(clip, targets)
        except (AudioError, DataError) as error:
            subjects.unreadable.append(Rejection(clip.id, clip.file, str(error)))
            continue
        subjects.groups.setdefault(subject.input, []).append(subject)
        count += 1
        if progress:
            progress(1, subject.seconds)
    if not count:
        raise DataError(_nothing(subjects.unreadable))
    return subjects


def _nothing(unreadable: Sequence[Rejection]) -> str:
    first = f"; the first: {unreadable[0]}" if unreadable else ""
    return f"not one of {len(unreadable)} clips can be read, so there is nothing to measure{first}"


def proved(clip: SourceClip, targets: Sequence[Target]) -> Subject:
    """A clip that goes through every target, by stages as by `earmark.prepare`.

    Raises:
        AudioError: it cannot be read, or a target cannot be met.
        DataError: its item holds what JSON cannot.
        EarmarkError: the two ways differ, or the line does not read back: a fault of ours.
    """
    input, size = _input(clip)
    made, costs = {}, []
    for target in targets:
        started = time.perf_counter()
        made[target] = payload(clip.value, target.recipe, clip.base)
        costs.append(time.perf_counter() - started)
        _check_line(clip, target, made[target])
    sizes = {target: len(one.data) for target, one in made.items()}
    return Subject(clip, input, made[targets[0]].seconds, size, sizes, max(costs))


def _input(clip: SourceClip) -> tuple[str, int]:
    """What a clip comes in, and its size in bytes; of a segment, that of its whole file."""
    source = open_value(clip.value, base=clip.base)
    if isinstance(source, Samples):
        return "samples", source.samples.nbytes
    if source.segment:
        return f"{recognise(source)} {SEGMENT}", len(source.data)
    kind = recognise(source)
    if kind == "wav":
        wave = riff.parse(source.data)
        if wave.is_linear:
            kind = f"wavf{wave.bits}" if wave.is_float else f"wav{wave.bits}"
    return kind, len(source.data)


def _check_line(clip: SourceClip, target: Target, made: Payload) -> None:
    whole, staged = io.BytesIO(), io.BytesIO()
    line(clip, made).write(whole)
    in_stages(clip, target.recipe, staged, dict.fromkeys(STAGES, 0.0))
    item = orjson.loads(whole.getvalue())["item"]
    reads_back = pybase64.b64decode(item["audio_base64"], validate=True) == made.data
    if whole.getvalue() != staged.getvalue() or not reads_back:
        raise EarmarkError(
            f"{clip.place} to {target}: two ways to the same line differ, so nothing was "
            "measured; please report it with the clip"
        )
