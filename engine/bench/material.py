"""Clips to measure on where the user brings none: the same at every run, and much like speech.

*Conventions*: a talker is a glottal pulse train, 24 harmonics of a gliding pitch, under three
formants that move from syllable to syllable; syllables come at 4 Hz with hiss between them and
a pause after every sixth. So the codecs have pitch, noise and silence to work on, as in speech.
Every format holds the same audio: six clips, at three rates, in stereo (two talkers) and mono.

*Reference*: formants of /a/, /i/, /u/, /e/ after Peterson and Barney (1952), JASA 24:175-184.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

SECONDS = 3
# the input's name -> container and encoding of libsndfile, with its default quality
FORMATS = {
    "wav16": ("WAV", "PCM_16"),
    "wav24": ("WAV", "PCM_24"),
    "wavf32": ("WAV", "FLOAT"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
}
SHAPES = ((48_000, 2), (44_100, 2), (48_000, 1), (44_100, 1), (16_000, 2), (16_000, 1))

_FORMANTS = np.array([[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240], [530, 1840, 2480]])
_WIDTHS = np.array([90, 110, 170])  # Hz, of the three
_HARMONICS = 24
_HISS_HZ = 7000
_SYLLABLES_PER_S = 4
_PAUSE_EVERY = 6  # syllables


def write_clips(folder: Path, seconds: float = SECONDS) -> list[Path]:
    """Write every format in every shape; the files, those of one format together."""
    shapes = [
        np.stack([talk(rate, talker, seconds) for talker in range(channels)], axis=1)
        for rate, channels in SHAPES
    ]
    files = []
    for name, (container, subtype) in FORMATS.items():
        for (rate, channels), samples in zip(SHAPES, shapes, strict=True):
            file = folder / f"{name}-{rate}-{channels}ch.{container.lower()}"
            # 16 bits by rounding: libsndfile floors into WAV, but not into FLAC
            levels = np.rint(samples * 32768).astype(np.int16) if subtype == "PCM_16" else samples
            soundfile.write(file, levels, rate, format=container, subtype=subtype)
            files.append(file)
    return files


def talk(rate: int, talker: int, seconds: float = SECONDS) -> npt.NDArray[np.float32]:
    """One talker: float32 [frames], full scale = 1, peak about -6 dBFS."""
    time = np.arange(round(seconds * rate)) / rate
    place = time * _SYLLABLES_PER_S + 0.37 * talker
    syllable = place.astype(int)
    voice = _voice(rate, time, syllable + talker, pitch=(115.0, 205.0)[talker % 2])
    hiss = _hiss(rate, len(time), talker)
    swell = np.sin(np.pi * (place - syllable)) ** 2
    voiced = syllable % _PAUSE_EVERY != _PAUSE_EVERY - 1
    clip: npt.NDArray[np.float64] = (
        voiced * (swell * voice + 0.1 * (1 - swell) ** 4 * hiss) + 0.0005 * hiss
    )
    clip *= 0.5 / np.abs(clip).max()
    return clip.astype(np.float32)


def _hiss(rate: int, frames: int, talker: int) -> npt.NDArray[np.float64]:
    """Noise that ends where a fricative does, at 7 kHz: it fits into every rate."""
    bins = frames // 2 + 1
    spectrum = np.zeros(bins, complex)
    held = min(bins, round(_HISS_HZ * frames / rate))
    angles = np.random.default_rng(talker).uniform(0, 2 * np.pi, held)
    spectrum[:held] = np.exp(1j * angles)
    hiss: npt.NDArray[np.float64] = np.fft.irfft(spectrum, frames)
    hiss /= np.abs(hiss).max()
    return hiss


def _voice(
    rate: int, time: npt.NDArray[np.float64], syllable: npt.NDArray[np.int_], pitch: float
) -> npt.NDArray[np.float64]:
    glide = pitch * (1 + 0.15 * np.sin(2 * np.pi * 0.4 * time))
    phase = 2 * np.pi * np.cumsum(glide) / rate
    turn, back = np.exp(1j * phase), np.ones(len(time), complex)
    voice = np.zeros(len(time))
    for harmonic in range(1, _HARMONICS + 1):
        back *= turn  # the next harmonic by one multiplication: no sine of its own
        resonance = 1 / (1 + ((harmonic * pitch - _FORMANTS) / _WIDTHS) ** 2)
        gain = (resonance.sum(axis=1) + 0.02) / harmonic
        voice += gain[syllable % len(_FORMANTS)] * back.imag
    return voice
