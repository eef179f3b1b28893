"""Loudness against the standard's own cases, and against libebur128 as the oracle."""

import math

import numpy as np
import pyebur128
import pytest

import earmark as em
from earmark.engine.audio.loudness import integrated

RATE = 48_000


def sine(dbfs, seconds, rate=RATE, channels=2, frequency=1_000):
    wave = np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    return np.tile((10 ** (dbfs / 20) * wave).astype(np.float32), (channels, 1))


def levels(*parts):
    return np.concatenate([sine(dbfs, seconds) for dbfs, seconds in parts], axis=1)


def surround(front, centre, back):
    """Case 6: left, right, centre, LFE, left and right surround."""
    one = sine(0, 20, channels=1)[0]
    gains = (front, front, centre, -math.inf, back, back)
    return np.stack([one * np.float32(10 ** (gain / 20)) for gain in gains])


def oracle(samples, rate):
    state = pyebur128.R128State(len(samples), rate, pyebur128.MeasurementMode.MODE_I)
    interleaved = np.ascontiguousarray(samples.T, np.float32).ravel()
    state.add_frames(interleaved, samples.shape[1])
    return pyebur128.get_loudness_global(state)


# EBU Tech 3341, table 1: what a meter must read, within 0.1 LU
CASES = {
    1: (lambda: levels((-23, 20)), -23),
    2: (lambda: levels((-33, 20)), -33),
    3: (lambda: levels((-36, 10), (-23, 60), (-36, 10)), -23),
    4: (lambda: levels((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23),
    5: (lambda: levels((-26, 20), (-20, 20.1), (-26, 20)), -23),
    6: (lambda: surround(-28, -24, -30), -23),
}


@pytest.mark.parametrize("case", CASES)
def test_the_cases_of_ebu_tech_3341_are_read_within_a_tenth(case):
    make, expected = CASES[case]
    assert integrated(make(), RATE) == pytest.approx(expected, abs=0.1)


def speechlike(rate, channels, seconds=3):
    """Noise that swells and pauses, another in each channel."""
    noise = np.random.default_rng(rate + channels).standard_normal((channels, rate * seconds))
    swell = np.abs(np.sin(2 * np.pi * 0.7 * np.arange(rate * seconds) / rate)) ** 3
    return (0.1 * noise * swell).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_reads_as_libebur128_does(rate, channels):
    samples = speechlike(rate, channels)
    assert integrated(samples, rate) == pytest.approx(oracle(samples, rate), abs=0.02)


@pytest.mark.parametrize("channels", [3, 4, 5, 6])
def test_surround_channels_are_weighted_as_libebur128_does(channels):
    samples = speechlike(RATE, channels, seconds=2)
    assert integrated(samples, RATE) == pytest.approx(oracle(samples, RATE), abs=0.02)


def test_a_clip_longer_than_one_transform_reads_the_same_at_every_place():
    tone = sine(-23, 12, rate=16_000, channels=1)
    loud = np.zeros_like(tone)
    loud[:, -16_000 * 2 :] = tone[:, -16_000 * 2 :]
    assert integrated(loud, 16_000) == pytest.approx(oracle(loud, 16_000), abs=0.02)


def test_a_clip_shorter_than_a_gating_block_is_one_ungated_block():
    # 1 kHz at -23 dBFS in two channels reads -23 LUFS, however short; 1 kHz settles in 20 ms
    assert integrated(sine(-23, 0.39), RATE) == pytest.approx(-23, abs=0.1)
    # ungated: below the gate of -70 LUFS it still has a loudness
    assert integrated(sine(-80, 0.39), RATE) == pytest.approx(-80, abs=0.1)


def test_a_longer_clip_below_the_gate_is_silence():
    assert integrated(sine(-80, 1), RATE) == -math.inf


@pytest.mark.parametrize("frames", [1, 100, 48_000])
def test_digital_silence_is_minus_infinity(frames):
    assert integrated(np.zeros((1, frames), np.float32), RATE) == -math.inf


def test_below_8_khz_a_clip_reads_as_it_does_at_a_higher_rate():
    low, high = (sine(-20, 3, rate, channels=1) for rate in (4_000, 48_000))
    assert integrated(low, 4_000) == pytest.approx(integrated(high, 48_000), abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("target", [-40.0, -23.0, -16.0])
def test_a_loudness_target_is_hit_as_libebur128_measures_what_was_written(rate, target):
    clip = em.load_audio((speechlike(rate, 1) * np.float32(0.3), rate))
    if target > -20:  # leave the peak room below its ceiling
        clip = em.load_audio((sine(-30, 3, rate, channels=1), rate))
    written = em.load_audio(clip.normalise(lufs=target).encode("wav"))
    assert oracle(written.samples, rate) == pytest.approx(target, abs=0.05)


def test_a_short_clip_can_be_normalised_too():
    clip = em.load_audio((sine(-50, 0.2, channels=1), RATE)).normalise(lufs=-23.0)
    assert clip.lufs == pytest.approx(-23, abs=0.05)
