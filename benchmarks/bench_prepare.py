"""`earmark.prepare` beside the librosa way and the pydub way: clips to 16 kHz mono WAV JSONL."""

from __future__ import annotations

import base64
import functools
import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import soundfile
import soxr
from measure import interleaved, ratios, spread, table

import earmark as em

RATE = 16_000
SECONDS = 10
CLIPS = 12  # a format
FORMATS = {
    "wav16": ("WAV", "PCM_16"),
    "wav24": ("WAV", "PCM_24"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
}


def main() -> str:
    with tempfile.TemporaryDirectory() as folder:
        clips = {name: _make(Path(folder), name) for name in FORMATS}
        clips["all"] = [clip for files in clips.values() for clip in files]
        out = Path(folder, "out.jsonl")
        tables = [
            _per_core(clips, out),
            _threads(clips["all"] * 4, out),
            _memory(clips["all"], out),
        ]
    return "## prepare\n\n" + "\n".join(tables)


def _make(folder: Path, name: str) -> list[str]:
    """Speech: half of the clips 44.1 kHz stereo (two talkers), half 48 kHz mono."""
    container, subtype = FORMATS[name]
    files = []
    for i in range(CLIPS):
        rate, channels = (44_100, 2) if i % 2 else (48_000, 1)
        talkers = [np.roll(_speech(rate), (i + channel) * rate) for channel in range(channels)]
        path = folder / f"{name}{i:02d}.{container.lower()}"
        clip = np.stack(talkers, axis=1)[: rate * SECONDS]
        soundfile.write(path, clip, rate, format=container, subtype=subtype)
        files.append(str(path))
    return files


@functools.cache
def _speech(rate: int) -> np.ndarray:
    """The spoken questions that ship with the package, one after the other."""
    folder = Path(em.backends.__file__).with_name("demo") / "clips"
    clips = [em.load_audio(path).to_mono().resample(rate) for path in sorted(folder.glob("q0*"))]
    return np.concatenate([clip.samples[0] for clip in clips])


def _ours(files: list[str], out: Path, workers: int) -> None:
    rows = [{"id": i, "audio": path} for i, path in enumerate(files)]
    report = em.prepare(rows, out, rate=RATE, channels=1, workers=workers)
    assert report.written == len(files), report.skipped


def _librosa(files: list[str], out: Path) -> None:
    import librosa

    with out.open("w") as target:
        for path in files:
            samples, _ = librosa.load(path, sr=RATE, mono=True)
            buffer = io.BytesIO()
            soundfile.write(buffer, samples, RATE, format="WAV")
            text = base64.b64encode(buffer.getvalue()).decode()
            target.write(json.dumps({"item": {"id": path, "audio_base64": text}}) + "\n")


def _pydub(files: list[str], out: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecated imports
        from pydub import AudioSegment

    with out.open("w") as target:
        for path in files:
            segment = AudioSegment.from_file(path).set_channels(1).set_frame_rate(RATE)
            buffer = io.BytesIO()
            segment.set_sample_width(2).export(buffer, format="wav")
            text = base64.b64encode(buffer.getvalue()).decode()
            target.write(json.dumps({"item": {"id": path, "audio_base64": text}}) + "\n")


def _floor(files: list[str]) -> None:
    """What soundfile and soxr take by themselves: nobody who uses them can be faster."""
    for path in files:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        soxr.resample(samples[:, 0], rate, RATE, quality="HQ")


def _distance(out: Path, files: list[str]) -> float:
    """RMS of the difference to a float64 reference (soundfile, mean, soxr VHQ), in dBFS."""
    worst = -np.inf
    for line, path in zip(out.read_text().splitlines(), files, strict=True):
        data = base64.b64decode(json.loads(line)["item"]["audio_base64"])
        mine, _ = soundfile.read(io.BytesIO(data))
        samples, rate = soundfile.read(path, always_2d=True)
        right = soxr.resample(samples.mean(axis=1), rate, RATE, quality="VHQ")
        n = min(len(mine), len(right))
        rms = float(np.sqrt(np.mean((mine[:n] - right[:n]) ** 2)))
        worst = max(worst, 20 * np.log10(rms))
    return float(worst)


def _per_core(clips: dict[str, list[str]], out: Path) -> str:
    ways = {
        "earmark, 1 worker": lambda files: _ours(files, out, 1),
        "librosa way": lambda files: _librosa(files, out),
        "decode and resample alone": _floor,
    }
    if shutil.which("ffmpeg"):
        ways["pydub way"] = lambda files: _pydub(files, out)
    rows = []
    for name, files in clips.items():
        distances = {}
        for way, run in ways.items():
            run(files)
            distances[way] = f"{_distance(out, files):.1f}" if run is not _floor else "-"
        bound = {way: (lambda run=run, files=files: run(files)) for way, run in ways.items()}
        times = interleaved(bound, rounds=3)
        audio = SECONDS * len(files)
        mine = times["earmark, 1 worker"].cpu
        for way, seconds in times.items():
            rows.append(
                (
                    name,
                    way,
                    spread([audio / s for s in seconds.cpu]),
                    f"{statistics.median(ratios(seconds.cpu, mine)):.1f}x",
                    distances[way],
                )
            )
    heads = ("clips", "way", "audio-s per CPU-s", "earmark is", "distance, dBFS")
    return (
        f"{CLIPS} clips a format, {SECONDS} s each, half 44.1 kHz stereo and half 48 kHz mono, to "
        "16 kHz mono WAV in base64 JSONL. Distance: RMS of the difference to decoding, mixing and "
        "soxr VHQ in float64; 16-bit rounding alone is -101.\n\n" + table(heads, rows)
    )


def _threads(files: list[str], out: Path) -> str:
    times = interleaved({str(n): (lambda n=n: _ours(files, out, n)) for n in (1, 2)}, rounds=3)
    audio = SECONDS * len(files)
    rows = [
        (
            n,
            spread([audio / s for s in times[n].wall]),
            f"{statistics.median(ratios(times['1'].wall, times[n].wall)):.2f}x",
        )
        for n in times
    ]
    return table(("workers", "audio-s per second (wall)", "against 1"), rows)


def _memory(files: list[str], out: Path) -> str:
    code = (
        "import resource, sys, earmark as em\n"
        "files = sys.argv[3:] * int(sys.argv[1])\n"
        "rows = ({'id': str(i), 'audio': f} for i, f in enumerate(files))\n"
        "em.prepare(rows, sys.argv[2], rate=16_000, channels=1, workers=2)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    rows = []
    for times in (1, 4, 16):
        done = subprocess.run(
            [sys.executable, "-c", code, str(times), str(out), *files],
            check=True,
            capture_output=True,
            text=True,
        )
        size = out.stat().st_size / 1e6
        rows.append((len(files) * times, f"{size:,.0f} MB", f"{float(done.stdout):,.0f} MiB"))
    return table(("clips", "output", "peak memory"), rows)


if __name__ == "__main__":
    print(main())
