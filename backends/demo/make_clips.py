"""Speak the demo's texts: from questions.jsonl and answers.jsonl to clips/ and heard.jsonl.

    python -m earmark.backends.demo.make_clips

It is run by whoever changes a text, not by the demo. It wants flite, espeak-ng and ffmpeg
(Debian's packages of these names) and the extra ``asr``. Made again with the same versions,
the clips are the same, byte for byte.

*Conventions*: the two files say everything. ``made`` is a clip's recipe: ``voice`` ("flite
slt", "flite rms", "espeak-ng en-us"), ``stretch`` (duration against the voice's own), peak in
dBFS, ``snr_db`` of white noise mixed in (absent: none), ``encoding``, and ``damage`` where the
clip is spoiled on purpose. ``heard.jsonl`` is what the recogniser makes of each clip, with its
version, for Pythons that have no wheel of it.
"""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
import warnings
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from ...engine.errors import EarmarkWarning
from ..recogniser import Recogniser

_HERE = Path(__file__).parent
_Samples = npt.NDArray[np.float64]

# ffmpeg's own upmix takes 3 dB off
_TO_STEREO = ["-af", "pan=stereo|c0=c0|c1=c0"]
# what a recipe calls it -> how ffmpeg writes it
_ENCODINGS = {
    "flac": ["-c:a", "flac", "-sample_fmt", "s16", "-compression_level", "12"],
    "wav 24-bit": ["-c:a", "pcm_s24le"],
    "wav 44.1 kHz stereo": ["-c:a", "pcm_s16le", "-ar", "44100", *_TO_STEREO],
    "wav mu-law 8 kHz": ["-c:a", "pcm_mulaw", "-ar", "8000"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "48k"],
    "ogg": ["-c:a", "libvorbis", "-q:a", "3"],
}

# what a server sends, and a careless download saves as .wav
_ERROR_PAGE = b"""<!DOCTYPE html>
<html><head><title>403 Forbidden</title></head>
<body><h1>Forbidden</h1><p>The link to this file has expired.</p></body></html>
"""


def main() -> None:
    """Make every clip, then hear them all."""
    rows = [
        json.loads(line)
        for name in ("questions.jsonl", "answers.jsonl")
        for line in (_HERE / name).read_text("utf-8").splitlines()
    ]
    for old in (_HERE / "clips").iterdir():
        old.unlink()
    for row in rows:
        (_HERE / row["audio"]).write_bytes(clip(row["text"], row["made"]))
    hear(rows)


def clip(text: str, made: dict[str, Any]) -> bytes:
    """The bytes of one clip."""
    damage = made.get("damage")
    if damage == "not audio":
        return _ERROR_PAGE
    samples, rate = speak(text, made["voice"], made["stretch"])
    if damage == "silent":
        samples = np.zeros_like(samples)
    else:
        samples = level(samples, made["peak_dbfs"])
    if "snr_db" in made:
        samples = add_noise(samples, made["snr_db"], seed=zlib.crc32(text.encode()))
    encoded = encode(samples, rate, made["encoding"])
    return encoded[: int(len(encoded) * 0.6)] if damage == "truncated" else encoded


def speak(text: str, voice: str, stretch: float) -> tuple[_Samples, int]:
    """The text in a synthetic voice: samples [frames] and their rate in Hz."""
    program, name = voice.split()
    if program == "flite":
        options = f"-voice {name} --setf duration_stretch={stretch} -o /dev/stdout -t"
    else:  # espeak-ng counts in words a minute, and speaks 175 unless told
        options = f"-v {name} -s {175 / stretch:.0f} --stdout"
    command = [program, *options.split(), text]
    spoken = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    samples, rate = soundfile.read(io.BytesIO(spoken))
    return samples, rate


def level(samples: _Samples, peak_dbfs: float) -> _Samples:
    """The same sound with this peak."""
    gain: float = 10 ** (peak_dbfs / 20) / np.abs(samples).max()
    return samples * gain


def add_noise(samples: _Samples, snr_db: float, seed: int) -> _Samples:
    """White noise mixed in, so that mean powers stand ``snr_db`` apart; never over full scale."""
    noise = np.random.default_rng(seed).normal(size=samples.size)
    noise *= np.sqrt(np.mean(samples**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return np.clip(samples + noise, -1.0, 1.0)


def encode(samples: _Samples, rate: int, encoding: str) -> bytes:
    """The file's bytes; ffmpeg is kept from writing its version, a date or a random serial."""
    wav = io.BytesIO()
    soundfile.write(wav, samples, rate, format="WAV", subtype="DOUBLE")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip.{encoding.split()[0]}"
        exact = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"]
        command = ["ffmpeg", "-v", "error", "-f", "wav", "-i", "-", *_ENCODINGS[encoding], *exact]
        subprocess.run([*command, str(path)], check=True, input=wav.getvalue())
        return path.read_bytes()


def hear(rows: list[dict[str, Any]]) -> None:
    """Write heard.jsonl: one line a clip, in the rows' order."""
    recogniser = f"pocketsphinx {version('pocketsphinx')}"
    with warnings.catch_warnings(), (_HERE / "heard.jsonl").open("w", encoding="utf-8") as out:
        warnings.simplefilter("ignore", EarmarkWarning)  # one clip is truncated on purpose
        heard = Recogniser().hear(_HERE / row["audio"] for row in rows)
        for row, found in zip(rows, heard, strict=True):
            line = {
                "id": row["id"],
                "audio": row["audio"],
                "text": found.text,
                "error": found.error,
                "seconds": round(found.seconds, 3),
                "recogniser": recogniser,
            }
            out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
