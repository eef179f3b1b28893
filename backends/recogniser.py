"""What was said in a clip, heard offline: pocketsphinx in a few worker processes.

One recogniser serves three ways: ``hear`` for clips, ``sample`` where an item's audio is the
question (it satisfies ``Sampler``), ``listen`` for the sound that a model answered with.

*Conventions*: any audio value goes in; it is mixed to mono and resampled to 16 kHz. The same
clip gives the same text, whichever worker hears it and whatever was heard before. One clip
that cannot be heard is an answer with ``error``, and never stops the others. Digital silence
is heard as the empty text.

*Reference*: Huggins-Daines et al. 2006, PocketSphinx; the US-English model of its wheel.
"""

from __future__ import annotations

import asyncio
import binascii
import hashlib
import importlib.util
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pybase64

from ..engine.audio.pool import usable_processors
from ..engine.errors import DataError, EarmarkError, MissingExtra
from ..engine.types import Message, Params, Rows, Sample
from .recogniser_pool import Pool

_RATE = 16_000
_LATEST_WHEEL = (3, 13)
_MAX_WORKERS = 8  # each holds 130 MB


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of one clip.

    Attributes:
        text: the words, lower-case; None where the clip could not be heard.
        error: why it could not, else None.
        seconds: duration of the clip; 0.0 where it could not be decoded.
        latency_s: wall time from taking up the clip to its text.
    """

    text: str | None
    error: str | None
    seconds: float
    latency_s: float


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Pocketsphinx with the US-English model of its wheel, in processes of its own.

    Workers start with the first clip and end with the recogniser.

    Args:
        name: the name under which samples record it.
        workers: processes; None: one a usable processor, at most 8.
        timeout_s: a clip that takes longer is given up, with an error.
    """

    name: str = "local/pocketsphinx"
    workers: int | None = None
    timeout_s: float = 300.0
    _pool: Pool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers={self.workers}: at least one process must hear")
        workers = self.workers or min(usable_processors(), _MAX_WORKERS)
        object.__setattr__(self, "_pool", Pool(workers, self.timeout_s))

    def hear(self, values: Iterable[Any]) -> Iterator[Heard]:
        """Hear any number of audio values, several at once, in their order.

        The source is read only a little ahead of the workers, so it may be endless.

        Raises:
            MissingExtra: pocketsphinx is not installed.
        """
        _require_pocketsphinx()
        return self._in_order(iter(values))

    async def sample(self, messages: Sequence[Message], params: Params) -> Sample:
        """Transcribe the last audio part of the messages; the event loop stays free.

        Args:
            messages: chat messages with an ``input_audio`` part among them.
            params: none is known to this model.

        Returns:
            A sample with ``output_text`` and ``sent``, or with ``error``.

        Raises:
            MissingExtra: pocketsphinx is not installed.
        """
        _require_pocketsphinx()
        sample: dict[str, Any] = {"model": self.name}
        try:
            data, declared = _last_audio(messages)
        except DataError as error:
            return {**sample, "error": {"message": str(error)}}
        heard = await asyncio.wrap_future(self._pool.submit(self._hear_one, data))
        sample["latency_s"] = heard.latency_s
        sample["sent"] = {
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
            "format": declared,
            "seconds": heard.seconds,
        }
        if heard.error is not None:
            return {**sample, "error": {"message": heard.error}}
        return {**sample, "output_text": heard.text, "finish_reason": "stop"}

    def listen(self, rows: Rows) -> Rows:
        """The same rows, with ``heard_text`` wherever a sample holds output audio.

        A sample whose audio cannot be heard gets ``heard_error`` instead, which says why.

        Raises:
            MissingExtra: pocketsphinx is not installed.
        """
        sounds = rows.values("{{ sample.output_audio.data }}")
        spoken = [i for i, data in enumerate(sounds) if data]
        samples = list(rows.samples)
        for i, heard in zip(spoken, self.hear({"data": sounds[i]} for i in spoken), strict=True):
            found = (
                {"heard_text": heard.text} if heard.error is None else {"heard_error": heard.error}
            )
            samples[i] = {**(samples[i] or {}), **found}
        return rows.with_samples(samples)

    def _in_order(self, values: Iterator[Any]) -> Iterator[Heard]:
        try:
            yield from self._window(values)
        except KeyboardInterrupt:
            self._pool.stop()  # else the program would end only when the running clips do
            raise

    def _window(self, values: Iterator[Any]) -> Iterator[Heard]:
        """Keep twice as many clips under way as there are workers; yield the oldest."""
        under_way: deque[Future[Heard]] = deque()
        try:
            for value in values:
                under_way.append(self._pool.submit(self._hear_one, value))
                if len(under_way) == 2 * self._pool.workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()

    def _hear_one(self, value: Any) -> Heard:
        from ..engine.audio.encode import quantised
        from ..engine.audio.load import decode

        start, seconds = time.perf_counter(), 0.0
        try:
            clip = decode(value)  # not load_audio, whose warnings would end every other clip's work
            seconds = clip.duration
            pcm = quantised(clip.to_mono().resample(_RATE)).tobytes()
            # The decoder invents a word in digital silence; there is none.
            text = self._pool.text(pcm) if any(pcm) else ""
        except (EarmarkError, OSError) as error:
            return Heard(None, str(error), seconds, time.perf_counter() - start)
        return Heard(text, None, seconds, time.perf_counter() - start)


def _last_audio(messages: Sequence[Message]) -> tuple[bytes, str]:
    """The sound of the last ``input_audio`` part, and the format it is said to have.

    Raises:
        DataError: there is none, or its data is not base64.
    """
    for message in reversed(messages):
        content = message.get("content")
        for part in reversed(content if isinstance(content, list | tuple) else [content]):
            if isinstance(part, Mapping) and part.get("type") == "input_audio":
                audio = part.get("input_audio")
                return _decoded(audio if isinstance(audio, Mapping) else {})
    raise DataError(
        f"{len(messages)} messages and no input_audio part among them: the recogniser only "
        "hears; add {'type': 'input_audio', 'input_audio': {'data': ..., 'format': ...}}"
    )


def _decoded(audio: Mapping[str, Any]) -> tuple[bytes, str]:
    data = audio.get("data")
    if not isinstance(data, str):
        raise DataError(f"input_audio.data is {type(data).__name__}, not a base64 string")
    try:
        return pybase64.b64decode(data, validate=True), str(audio.get("format", ""))
    except binascii.Error as error:
        raise DataError(f"input_audio.data is not base64 ({error}): {data[:40]!r}") from error


def _require_pocketsphinx() -> None:
    if importlib.util.find_spec("pocketsphinx") is not None:
        return
    purpose = "hearing offline"
    if sys.version_info[:2] > _LATEST_WHEEL:
        newest = ".".join(map(str, _LATEST_WHEEL))
        purpose += f" (no wheel for Python {sys.version_info[0]}.{sys.version_info[1]} yet: "
        purpose += f"use Python 3.11 to {newest})"
    raise MissingExtra("pocketsphinx", "asr", purpose)
