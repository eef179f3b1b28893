"""Samples to bytes: rounding, clipping, headers that the standard library reads."""

import io
import math
import struct
import wave

import numpy as np
import pybase64
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.audio.encode import quantised


def noise(frames=16_000, channels=1, amplitude=0.3):
    random = np.random.default_rng(frames)
    return (amplitude * random.uniform(-1, 1, (channels, frames))).astype(np.float32)


def int16s(data):
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_every_sample_is_rounded_to_the_nearest_step():
    samples = noise(200_000)
    levels = quantised(em.Clip(samples, 16_000))[:, 0]
    error = levels - samples[0].astype(np.float64) * 32768
    assert np.abs(error).max() <= 0.5
    # a floor would be off by half a step on average; 0.29 / sqrt(200,000) is one deviation
    assert abs(error.mean()) < 5 * 0.29 / math.sqrt(200_000)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (1.0, 32767),  # full scale itself is one step too high
        (-1.0, -32768),
        (32767 / 32768, 32767),
        (0.0, 0),
        (0.4 / 32768, 0),
        (0.6 / 32768, 1),
        (-0.4 / 32768, 0),
        (-0.6 / 32768, -1),
        (1.5 / 32768, 2),
        (2.5 / 32768, 2),  # halves to even
    ],
)
def test_known_values_take_known_levels(value, level):
    samples = np.array([[value]], np.float32)
    assert int16s(em.Clip(samples, 16_000).encode()).tolist() == [level]


def test_all_65536_levels_survive_a_wav_and_come_back_bit_for_bit():
    levels = np.arange(-32768, 32768, dtype="<i2")
    buffer = io.BytesIO()
    soundfile.write(buffer, levels, 44_100, format="WAV", subtype="PCM_16")
    clip = em.load_audio(buffer.getvalue())
    np.testing.assert_array_equal(int16s(clip.encode("wav")), levels)
    np.testing.assert_array_equal(np.frombuffer(clip.pcm16(), "<i2"), levels)


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=100), st.integers(1, 3))
@settings(deadline=None, max_examples=50)
def test_int16_samples_come_back_bit_for_bit(values, channels):
    levels = np.tile(np.array(values, np.int16), (channels, 40))  # longer than it is wide
    out = int16s(em.load_audio((levels, 8_000)).encode()).reshape(-1, channels)
    np.testing.assert_array_equal(out.T, levels)


def test_full_scale_is_no_clipping():
    assert em.Clip(np.array([[1.0, -1.0]], np.float32), 16_000).encode()


def test_what_is_beyond_full_scale_is_clipped_and_counted():
    clip = em.Clip(np.array([[1.5, -2.0, 0.5, 1.0]], np.float32), 16_000)
    for encode in (clip.encode, clip.pcm16, clip.base64):
        with pytest.warns(em.EarmarkWarning, match="2 of 4 samples are beyond full scale"):
            encode()
    with pytest.warns(em.EarmarkWarning):
        assert int16s(clip.encode()).tolist() == [32767, -32768, 16384, 32767]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_no_16_bit_sample_stands_for_nan_or_infinity(bad):
    samples = np.zeros((2, 40), np.float32)
    samples[1, 7] = bad
    with pytest.raises(em.AudioError, match=r"1 samples .* at frame 7 .* of channel 1"):
        em.Clip(samples, 16_000).encode()


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("channels", [1, 2, 7])
def test_the_standard_library_reads_the_wav(rate, channels):
    data = em.Clip(noise(160, channels), rate).encode("wav")
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels()) == (rate, channels)
        assert (file.getsampwidth(), file.getnframes()) == (2, 160)
    assert len(data) == 44 + 160 * channels * 2
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8


def test_flac_holds_the_same_samples_as_wav():
    clip = em.Clip(noise(5_000, 2), 44_100)
    levels, rate = soundfile.read(io.BytesIO(clip.encode("flac")), dtype="int16")
    assert rate == 44_100
    np.testing.assert_array_equal(levels.ravel(), int16s(clip.encode("wav")))


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (44_100, 2), (48_000, 2)])
def test_mp3_is_decoded_to_the_same_length_and_the_same_tone(rate, channels):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    clip = em.Clip(np.tile(tone.astype(np.float32), (channels, 1)), rate)
    out, found = soundfile.read(io.BytesIO(clip.encode("mp3")), always_2d=True)
    assert (found, out.shape) == (rate, (rate, channels))
    steady = slice(rate // 10, -rate // 10)
    assert np.abs(out[steady, 0] - tone[steady]).max() < 0.05


@pytest.mark.parametrize("format", ["wav", "flac", "mp3"])
def test_the_same_clip_gives_the_same_bytes(format):
    samples = noise(4_000)
    one, other = (em.Clip(samples, 16_000).encode(format) for _ in range(2))
    assert one == other


def test_base64_is_the_bytes_as_text_without_line_breaks():
    clip = em.Clip(noise(1_000), 16_000)
    assert pybase64.b64decode(clip.base64("wav"), validate=True) == clip.encode("wav")


@pytest.mark.parametrize("format", ["ogg", "WAV", "", "wave"])
def test_an_unknown_format_is_refused_with_those_there_are(format):
    with pytest.raises(em.AudioError, match="wav, flac, mp3"):
        em.Clip(noise(100), 16_000).encode(format)


@pytest.mark.parametrize(("rate", "channels"), [(96_000, 1), (16_000, 3), (7_000, 1)])
def test_what_mp3_cannot_hold_is_refused_with_the_values(rate, channels):
    with pytest.raises(em.AudioError, match=f"{channels} at {rate}"):
        em.Clip(noise(100, channels), rate).encode("mp3")


def test_what_flac_cannot_hold_is_refused_with_the_values():
    with pytest.raises(em.AudioError, match="12 channels at 16000 Hz"):
        em.Clip(noise(100, 12), 16_000).encode("flac")
