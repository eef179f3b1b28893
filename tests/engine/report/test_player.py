"""The player of a clip in a notebook."""

import base64
import io
import math
import re

import numpy as np
import soundfile

import earmark as em


def tone(seconds, rate=16_000, channels=1, level=0.5):
    wave = level * np.sin(2 * np.pi * 997 * np.arange(round(seconds * rate)) / rate)
    return em.load_audio((np.tile(wave.astype(np.float32), (channels, 1)), rate))


def played(clip):
    (data,) = re.findall(r'src="data:audio/wav;base64,([^"]+)"', clip._repr_html_())
    return soundfile.read(io.BytesIO(base64.b64decode(data)), dtype="float32", always_2d=True)


def test_the_player_holds_the_clip_itself():
    clip = tone(0.5, rate=22_050, channels=2)
    samples, rate = played(clip)
    assert rate == 22_050
    np.testing.assert_allclose(samples.T, clip.samples, atol=2**-15)


def test_it_says_rate_channels_duration_peak_and_loudness():
    # a 997 Hz tone at full scale in one channel has -3.01 LUFS (EBU Tech 3341)
    shown = tone(1.0, rate=48_000, level=1.0)._repr_html_()
    assert "1.000 s, 48,000 Hz, 1 channel, from samples; peak 0.0 dBFS, loudness -3.0 LUFS" in shown


def test_of_a_long_clip_the_first_minute_is_played_and_that_is_said():
    clip = em.Clip(np.zeros((1, 61 * 8000), np.float32), 8000)
    samples, rate = played(clip)
    assert len(samples) / rate == 60
    assert "the player holds the first 60.0 s" in clip._repr_html_()
    assert "61.000 s" in clip._repr_html_()


def test_many_channels_do_not_make_the_page_larger():
    clip = em.Clip(np.zeros((32, 4 * 48_000), np.float32), 48_000)
    assert len(clip._repr_html_()) < 16_100_000
    assert "the player holds the first 3.9 s" in clip._repr_html_()


def test_what_cannot_be_played_says_why_and_does_not_raise():
    shown = em.Clip(np.array([[0.0, math.nan]], np.float32), 8000)._repr_html_()
    assert "<audio" not in shown
    assert "cannot be played: " in shown and "NaN" in shown


def test_a_clip_beyond_full_scale_is_played_without_a_warning_but_says_so():
    assert "beyond full scale" in em.Clip(np.full((1, 800), 2, np.float32), 8000)._repr_html_()


def test_a_note_is_text():
    clip = em.Clip(np.zeros((1, 80), np.float32), 8000, notes=("<b onclick=x>",), source="<i>")
    shown = clip._repr_html_()
    assert "&lt;b onclick=x&gt;" in shown and "&lt;i&gt;" in shown
