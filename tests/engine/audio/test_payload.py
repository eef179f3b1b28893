"""One value to the bytes that go out: untouched unless something was asked for."""

import io
import math
import struct

import numpy as np
import pytest
import soundfile

import earmark as em
from earmark.engine.audio.payload import Recipe, payload
from earmark.engine.audio.transform import Level, Transform

RATE = 22_050
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)


def encoded(format, subtype=None, samples=TONE):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format=format, subtype=subtype)
    return buffer.getvalue()


UNTOUCHED = {
    "wav 16": encoded("WAV", "PCM_16"),
    "wav 24": encoded("WAV", "PCM_24"),
    "wav float": encoded("WAV", "FLOAT"),
    "wav mu-law": encoded("WAV", "ULAW"),
    "wav stereo": encoded("WAV", "PCM_16", np.stack([TONE, -TONE], axis=1)),
    "mp3": encoded("MP3"),
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_wav_and_mp3_pass_through_byte_for_byte(name):
    data = UNTOUCHED[name]
    made = payload(data, Recipe())
    assert bytes(made.data) == data
    assert (made.format, made.notes) == (name.split()[0], ())
    assert made.seconds == pytest.approx(1.0, abs=0.15)  # an MP3 has its encoder's delay in it


def test_an_mp3_called_wav_is_an_mp3_and_that_is_told(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(encoded("MP3"))
    made = payload(str(path), Recipe())
    assert (made.format, bytes(made.data)) == ("mp3", encoded("MP3"))
    assert made.notes == ("called 'wav', but the content is mp3",)


@pytest.mark.parametrize("format", ["FLAC", "OGG", "AIFF", "AU", "W64", "RF64", "CAF"])
def test_anything_else_becomes_a_wav_of_the_same_rate_and_channels(format):
    data = encoded(format, samples=np.stack([TONE, -TONE], axis=1))
    made = payload(data, Recipe())
    assert made.format == "wav"
    levels, rate = soundfile.read(io.BytesIO(made.data), dtype="int16")
    assert (rate, levels.shape) == (RATE, (RATE, 2))
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float64")
    assert np.abs(levels / 32768 - expected).max() <= 0.5001 / 32768


def test_samples_become_a_wav():
    made = payload((TONE, RATE), Recipe())
    assert (made.format, made.seconds) == ("wav", 1.0)
    assert made.data[:4] == b"RIFF"


def test_a_format_that_is_asked_for_and_already_there_passes_through():
    assert payload(encoded("MP3"), Recipe(format="mp3")).data == encoded("MP3")


@pytest.mark.parametrize("format", ["wav", "mp3", "flac"])
def test_a_format_that_is_asked_for_is_written(format):
    made = payload(encoded("AIFF"), Recipe(format=format))
    assert made.format == format
    assert soundfile.info(io.BytesIO(made.data)).format == format.upper()


def test_every_transform_that_is_asked_for_is_done():
    stereo = encoded("WAV", samples=np.stack([TONE, TONE], axis=1))
    made = payload(stereo, Recipe(Transform(16_000, 1, Level(peak_dbfs=-6.0))))
    clip = em.load_audio(made.data)
    assert (clip.rate, clip.channels, clip.frames) == (16_000, 1, 16_000)
    assert clip.peak_dbfs == pytest.approx(-6, abs=0.01)


def test_even_a_transform_that_changes_nothing_decodes_nothing_away():
    made = payload(UNTOUCHED["wav 16"], Recipe(Transform(rate=RATE, channels=1)))
    np.testing.assert_array_equal(
        em.load_audio(made.data).samples, em.load_audio(UNTOUCHED["wav 16"]).samples
    )


def test_nan_in_a_wav_that_would_pass_through_is_found_all_the_same():
    broken = TONE.astype(np.float32)
    broken[7] = math.nan
    data = encoded("WAV", "FLOAT", broken)
    with pytest.raises(em.AudioError, match="frame 7"):
        payload(data, Recipe())
    made = payload(data, Recipe(nonfinite="zero"))
    assert "set to zero" in made.notes[0]
    assert em.load_audio(made.data).samples[0, 7] == 0


def test_zeroing_reports_what_it_clips():
    loud = (2 * TONE).astype(np.float32) * 2
    loud[0] = math.nan
    made = payload(encoded("WAV", "FLOAT", loud), Recipe(nonfinite="zero"))
    assert "beyond full scale" in made.notes[-1]


def test_clipping_and_limited_gain_are_told():
    made = payload((np.array([2.0, 0.5] * 100), RATE), Recipe())
    assert made.notes == (
        "100 of 200 samples are beyond full scale and were clipped; normalise the clip first",
    )
    noise = np.random.default_rng(0).standard_normal(RATE) * 0.01
    made = payload((noise, RATE), Recipe(Transform(level=Level(lufs=-3.0))))
    assert "not reached" in made.notes[0]


def test_a_truncated_wav_passes_through_with_a_note():
    data = UNTOUCHED["wav 16"][:20_001]
    made = payload(data, Recipe())
    assert made.data == data
    assert made.seconds == pytest.approx((20_001 - 44) // 2 / RATE)
    assert "truncated" in made.notes[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (UNTOUCHED["wav 16"][:44], "not one frame"),
        (UNTOUCHED["wav 16"][:45], "not one frame"),
        (UNTOUCHED["wav 16"][:24] + struct.pack("<I", 0) + UNTOUCHED["wav 16"][28:], "0 Hz"),
        (UNTOUCHED["mp3"][:60], "no audio"),
        (b"<html>", "HTML"),
    ],
)
def test_what_passes_through_must_be_audio(data, reason):
    with pytest.raises(em.AudioError, match=reason):
        payload(data, Recipe())


def test_what_a_format_cannot_hold_is_refused():
    with pytest.raises(em.AudioError, match="MP3 holds 1 or 2 channels"):
        payload((np.zeros((3, 100)), RATE), Recipe(format="mp3"))
