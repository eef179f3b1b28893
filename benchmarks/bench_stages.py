"""The stages of `prepare` one by one: why each is done the way it is."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import numpy as np
import pybase64
import soundfile
import soxr
from measure import interleaved, table

import earmark as em
from earmark.engine.audio import encode, riff

RATE, SECONDS, REPEATS = 44_100, 10, 20


def main() -> str:
    chance = np.random.default_rng(3)
    stereo = (chance.normal(0, 0.1, (RATE * SECONDS, 2))).astype(np.float32)
    clip = em.load_audio((stereo.T, RATE))
    wav, wav24 = clip.encode("wav"), _wav(stereo, "PCM_24")
    mono = clip.to_mono().resample(16_000)
    small = mono.encode("wav")
    text = base64.b64encode(small).decode()
    samples = clip.samples
    rows = [
        _pair(
            "read WAV16, to float32",
            "as integers, scaled here",
            lambda: riff.samples(wav, riff.parse(wav)),
            "libsndfile",
            lambda: soundfile.read(io.BytesIO(wav), dtype="float32")[0].T,
        ),
        _pair(
            "read WAV24, to float32",
            "as integers, scaled here",
            lambda: riff.samples(wav24, riff.parse(wav24)),
            "libsndfile",
            lambda: soundfile.read(io.BytesIO(wav24), dtype="float32")[0].T,
        ),
        _pair(
            "44.1 kHz stereo to 16 kHz mono",
            "mix, then resample",
            lambda: clip.to_mono().resample(16_000).samples,
            "resample, then mix",
            lambda: clip.resample(16_000).to_mono().samples,
        ),
        _pair(
            "mix two channels",
            "add the rows",
            lambda: clip.to_mono().samples,
            "mean over the axis",
            lambda: samples.mean(axis=0, keepdims=True),
        ),
        _pair(
            "float32 to PCM16",
            "round, clip",
            lambda: encode.quantised(mono)[:, 0] / np.float32(32768),
            "libsndfile (floors)",
            lambda: soundfile.read(io.BytesIO(_wav(mono.samples.T, "PCM_16")))[0],
        ),
        _pair(
            "bytes to base64 text",
            "pybase64",
            lambda: encode.as_base64(small),
            "base64",
            lambda: base64.b64encode(small).decode(),
        ),
        _pair(
            "base64 text to bytes",
            "pybase64, validating",
            lambda: pybase64.b64decode(text, validate=True),
            "base64",
            lambda: base64.b64decode(text),
        ),
    ]
    heads = ("stage", "here", "us", "otherwise", "us", "here is", "largest difference")
    soxr_version = soxr.__version__
    return (
        f"## Stages\n\nOne clip of {SECONDS} s, one thread, soxr {soxr_version}. The difference "
        "is between the two results, full scale = 1 (bytes and text: equal or not).\n\n"
        + table(heads, rows)
    )


def _wav(samples: np.ndarray, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="WAV", subtype=subtype)
    return buffer.getvalue()


def _pair(
    stage: str,
    here: str,
    mine: Callable[[], object],
    otherwise: str,
    other: Callable[[], object],
) -> tuple[object, ...]:
    a, b = mine(), other()
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        difference = f"{float(np.abs(a - b).max()):.1e}"
    else:
        difference = "equal" if a == b else "DIFFERENT"
    times = interleaved({"mine": mine, "other": other}, rounds=REPEATS)
    best = {name: sorted(t.wall)[len(t.wall) // 2] * 1e6 for name, t in times.items()}
    ratio = best["other"] / best["mine"]
    return (
        *(stage, here, f"{best['mine']:,.0f}", otherwise, f"{best['other']:,.0f}"),
        *(f"{ratio:.1f}x", difference),
    )


if __name__ == "__main__":
    print(main())
