"""The owner's side of the recogniser's processes: start them, feed them, bury them.

*Conventions*: a clip is mono 16 kHz int16 PCM, little-endian. A process that dies, or is
ended for taking too long, costs the clip that it was hearing and no other: the next clip gets
a fresh one. Processes are plain subprocesses, not ``multiprocessing``: nothing is imported
from the program that started them, so a notebook or a script without a main guard will do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ..engine.errors import EarmarkError

_WORKER = Path(__file__).with_name("recogniser_worker.py")
_Result = TypeVar("_Result")


class RecogniserError(EarmarkError):
    """A clip reached the recogniser and no text came back."""


class Pool:
    """A few workers, started when first needed, ended with the pool or the program.

    Args:
        workers: how many clips are heard at once.
        timeout_s: a worker that takes longer over one clip is ended.
    """

    def __init__(self, workers: int, timeout_s: float) -> None:
        self.workers = workers
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="recogniser")
        self._idle: deque[_Worker] = deque()
        self._alive: set[_Worker] = set()
        weakref.finalize(self, _end, self._alive)

    def submit(self, job: Callable[..., _Result], *args: Any) -> Future[_Result]:
        """Run a job on one of ``workers`` threads; ``text`` is to be called from there."""
        return self._threads.submit(job, *args)

    def text(self, pcm: bytes) -> str:
        """What is said in the clip.

        Raises:
            RecogniserError: the worker refused the clip, died over it or took too long.
        """
        worker = self._take()
        try:
            answer = worker.answer(pcm, self._timeout_s)
        except RecogniserError:
            self._alive.discard(worker)
            worker.end()
            raise
        self._idle.append(worker)
        return answer

    def stop(self) -> None:
        """End every worker now; clips that are being heard become errors."""
        for worker in tuple(self._alive):
            worker.kill()

    def _take(self) -> _Worker:
        """An idle worker that still lives, or a new one."""
        while self._idle:
            worker = self._idle.pop()
            if worker.lives():
                return worker
            self._alive.discard(worker)
            worker.end()
        worker = _Worker()
        self._alive.add(worker)
        return worker


class _Worker:
    """One process with one decoder in it."""

    def __init__(self) -> None:
        # -P: the script's own folder stays off the import path
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def lives(self) -> bool:
        return self._process.poll() is None

    def answer(self, pcm: bytes, timeout_s: float) -> str:
        start = time.monotonic()
        alarm = threading.Timer(timeout_s, self._process.kill)
        alarm.start()
        try:
            line = self._exchange(pcm)
        finally:
            alarm.cancel()
        if line.endswith(b"\n"):
            answer = json.loads(line)
            if "text" in answer:
                return str(answer["text"])
            raise RecogniserError(f"the recogniser refused the clip: {answer['error']}")
        if time.monotonic() - start >= timeout_s:
            raise RecogniserError(
                f"the recogniser was still at it after {timeout_s:g} s; cut the clip, or give "
                "a longer timeout_s"
            )
        code = self._process.wait()
        raise RecogniserError(f"the recogniser's process ended over this clip (exit code {code})")

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Kill and bury it; an idle worker has nothing to lose."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:  # what was left in the buffer has no reader any more
                continue

    def _exchange(self, pcm: bytes) -> bytes:
        """Send the clip, wait for its line; empty where the process is gone."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            stdin.write(len(pcm).to_bytes(4, "little"))
            stdin.write(pcm)
            stdin.flush()
        except BrokenPipeError:
            return b""
        return stdout.readline()


def _end(workers: set[_Worker]) -> None:
    while workers:
        workers.pop().end()
