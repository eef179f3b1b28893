"""Mixing, resampling and levels, held against physics and arithmetic by hand."""

import math

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.audio.transform import Transform, decibels, peak, rms

RATES = (8_000, 22_050, 44_100, 48_000)


def tone(frequency, rate, seconds=1.0, amplitude=0.5):
    frames = np.arange(round(seconds * rate))
    return (amplitude * np.sin(2 * np.pi * frequency * frames / rate)).astype(np.float32)


def clip(samples, rate=16_000):
    return em.load_audio((samples, rate))


def middle(samples):
    """Without the ends, where a filter meets silence."""
    return samples[len(samples) // 5 : -len(samples) // 5]


@pytest.mark.parametrize("frequency", [100, 440, 1_000, 3_000, 5_000, 7_000])
def test_a_tone_in_the_pass_band_keeps_its_level_within_a_hundredth_of_a_decibel(frequency):
    out = clip(tone(frequency, 44_100), 44_100).resample(16_000).samples[0]
    expected = 0.5 / math.sqrt(2)
    assert abs(decibels(rms(middle(out))) - decibels(expected)) < 0.01


@pytest.mark.parametrize("frequency", [9_000, 10_000, 12_345, 16_000, 20_000])
def test_a_tone_above_the_new_nyquist_is_gone(frequency):
    out = clip(tone(frequency, 44_100, amplitude=1.0), 44_100).resample(16_000).samples[0]
    assert decibels(rms(middle(out)) / (1 / math.sqrt(2))) < -120


@given(
    st.integers(100, 5_000), st.sampled_from(RATES), st.sampled_from(RATES), st.sampled_from([1, 2])
)
@settings(deadline=None, max_examples=40)
def test_the_length_is_the_duration_at_the_new_rate(frames, old, new, channels):
    samples = np.zeros((channels, frames), np.float32)
    out = clip(samples, old).resample(new)
    assert out.channels == channels
    assert abs(out.frames - frames * new / old) <= 0.5
    assert out.rate == new


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 48_000])
def test_an_impulse_stays_where_it_was(rate):
    samples = np.zeros(44_100, np.float32)
    samples[22_050] = 1.0  # at 0.5 s
    out = clip(samples, 44_100).resample(rate).samples[0]
    assert abs(int(np.argmax(out)) - rate // 2) <= 1


def test_stereo_is_resampled_channel_by_channel():
    left, right = tone(440, 44_100), tone(1_000, 44_100)
    both = clip(np.stack([left, right]), 44_100).resample(16_000).samples
    for channel, alone in zip(both, (left, right), strict=True):
        np.testing.assert_allclose(
            channel, clip(alone, 44_100).resample(16_000).samples[0], atol=1e-6
        )


def test_the_same_rate_changes_nothing():
    source = clip(tone(440, 16_000))
    assert source.resample(16_000) is source


def test_mixing_before_resampling_is_the_same_as_after():
    samples = np.stack([tone(440, 44_100), tone(2_000, 44_100, amplitude=0.1)])
    one = clip(samples, 44_100).to_mono().resample(16_000).samples
    other = clip(samples, 44_100).resample(16_000).to_mono().samples
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_resampling_is_soxr_hq():
    samples = tone(440, 44_100)
    expected = soxr.resample(samples, 44_100, 16_000, quality="HQ")
    np.testing.assert_array_equal(clip(samples, 44_100).resample(16_000).samples[0], expected)


@pytest.mark.parametrize("rate", [0, -16_000, 999, 384_001])
def test_a_rate_outside_the_limits_is_refused_with_its_value(rate):
    with pytest.raises(em.AudioError, match=f"{rate:,}"):
        clip(tone(440, 16_000)).resample(rate)


def test_a_clip_that_would_have_no_frame_left_is_refused():
    with pytest.raises(em.AudioError, match="1 frames at 384000 Hz are none at 1000 Hz"):
        clip(np.ones(1, np.float32), 384_000).resample(1_000)


def test_mono_is_the_mean_of_the_channels():
    channels = np.zeros((3, 40), np.float32)
    channels[:, 0] = 0.5, 0.25, -0.75
    channels[:, 1] = 0.9, 0.3, 0.3
    mono = clip(channels).to_mono()
    assert mono.samples.shape == (1, 40)
    np.testing.assert_allclose(mono.samples[0, :3], [0.0, 0.5, 0.0], atol=1e-7)


def test_mixing_down_leaves_its_source_alone():
    channels = np.full((2, 40), 0.5, np.float32)
    source = clip(channels)
    source.to_mono()
    assert source.channels == 2
    np.testing.assert_array_equal(source.samples, channels)


def test_opposite_channels_cancel():
    left = tone(440, 16_000)
    assert clip(np.stack([left, -left])).to_mono().peak_dbfs == -math.inf


def test_a_full_scale_sine_has_its_peak_at_0_and_its_rms_at_minus_3_01_dbfs():
    sine = clip(tone(1_000, 48_000, amplitude=1.0), 48_000)
    assert sine.peak_dbfs == pytest.approx(0, abs=1e-4)
    assert sine.rms_dbfs == pytest.approx(10 * math.log10(0.5), abs=1e-4)


def test_a_peak_counts_negative_samples_too():
    assert clip(np.array([0.1, -0.5, 0.2])).peak_dbfs == pytest.approx(-6.0206, abs=1e-4)


def test_silence_has_no_level():
    silence = clip(np.zeros(16_000))
    assert silence.peak_dbfs == silence.rms_dbfs == silence.lufs == -math.inf


@pytest.mark.parametrize("target", [-60, -20, -1, -0.1, 0])
def test_a_peak_target_is_hit(target):
    assert clip(tone(440, 16_000)).normalise(peak_dbfs=target).peak_dbfs == pytest.approx(
        target, abs=1e-4
    )


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50), st.floats(-6, 0))
@settings(deadline=None)
def test_no_peak_target_leaves_full_scale(values, target):
    source = clip(np.array(values, np.float32))
    if peak(source.samples) > 1e-30:
        assert peak(source.normalise(peak_dbfs=target).samples) <= 1


@pytest.mark.parametrize("target", [-60, -23, -10])
def test_an_rms_target_is_hit(target):
    assert clip(tone(440, 16_000)).normalise(rms_dbfs=target).rms_dbfs == pytest.approx(
        target, abs=1e-3
    )


@pytest.mark.parametrize("level", [{"lufs": -3.0}, {"rms_dbfs": -3.0}])
def test_the_gain_stops_where_the_peak_is_at_minus_1_dbfs_and_says_so(level):
    noise = np.random.default_rng(0).standard_normal(48_000).astype(np.float32) * 0.01
    with pytest.warns(em.EarmarkWarning, match=r"-3 .* not reached: .* -1 dBFS"):
        out = clip(noise, 48_000).normalise(**level)
    assert out.peak_dbfs == pytest.approx(-1.0, abs=1e-3)
    assert len(out.notes) == 1


@pytest.mark.parametrize("level", [{"lufs": -23.0}, {"rms_dbfs": -20.0}, {"peak_dbfs": -1.0}])
def test_silence_stays_as_it_is_and_says_so(level):
    with pytest.warns(em.EarmarkWarning, match="silence has no .* left as it is"):
        out = clip(np.zeros(16_000)).normalise(**level)
    assert not out.samples.any()


def test_what_is_too_loud_is_made_quieter_without_a_word():
    loud = clip(tone(440, 16_000, amplitude=0.9))
    assert loud.normalise(rms_dbfs=-40.0).rms_dbfs == pytest.approx(-40, abs=1e-3)


@pytest.mark.parametrize(
    "targets", [{}, {"lufs": -23.0, "rms_dbfs": -20.0}, {"peak_dbfs": 1.0}, {"lufs": math.nan}]
)
def test_targets_that_cannot_be_meant_are_refused(targets):
    with pytest.raises(ValueError):
        clip(tone(440, 16_000)).normalise(**targets)


@pytest.mark.parametrize("options", [{"channels": 2}, {"rate": 500}])
def test_a_transform_that_cannot_be_meant_is_refused_before_any_clip(options):
    with pytest.raises(ValueError):
        Transform(**options)


def test_each_step_gives_a_new_clip_and_leaves_the_old_one():
    source = clip(np.stack([tone(440, 44_100), tone(880, 44_100)]), 44_100)
    before = source.samples.copy()
    out = source.to_mono().resample(16_000).normalise(lufs=-23.0)
    assert (out.channels, out.rate, out.source) == (1, 16_000, "samples")
    np.testing.assert_array_equal(source.samples, before)
    assert (source.channels, source.rate) == (2, 44_100)
