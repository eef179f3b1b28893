"""Generated clips: every format in every shape, the same audio at every run."""

import numpy as np
import pytest

import earmark as em
from earmark.engine.bench.material import FORMATS, SECONDS, SHAPES, talk, write_clips


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_clips(tmp_path_factory.mktemp("clips"))


def test_every_format_comes_in_every_rate_and_number_of_channels(files):
    found = [em.load_audio(file) for file in files]
    shapes = [(clip.rate, clip.channels) for clip in found]
    assert shapes == list(SHAPES) * len(FORMATS)
    assert {clip.duration for clip in found} == {SECONDS}
    assert [clip.source for clip in found[:: len(SHAPES)]] == "wav wav wav flac mp3 ogg".split()


def test_the_doctor_finds_nothing_wrong_with_them(files):
    assert {report.verdict for report in em.check([{"audio": str(f)} for f in files])} == {"ok"}


def test_formats_without_loss_hold_the_same_audio(files):
    wide, wav16, flac = files[2 * len(SHAPES)], files[0], files[3 * len(SHAPES)]
    assert np.array_equal(em.load_audio(wav16).samples, em.load_audio(flac).samples)
    apart = np.abs(em.load_audio(wide).samples - em.load_audio(wav16).samples).max()
    assert 0 < apart <= 2**-15


def test_it_is_the_same_at_every_run_and_another_for_another_talker():
    assert np.array_equal(talk(16_000, 0, 0.5), talk(16_000, 0, 0.5))
    assert not np.array_equal(talk(16_000, 0, 0.5), talk(16_000, 1, 0.5))


def test_a_talker_has_a_voice_pauses_and_nothing_above_7_khz():
    clip = talk(48_000, 0)
    power = np.abs(np.fft.rfft(clip)) ** 2
    hertz = np.fft.rfftfreq(len(clip), 1 / 48_000)
    assert power[hertz < 1500].sum() > 0.9 * power.sum()
    assert power[hertz > 7500].sum() < 1e-4 * power.sum()
    blocks = np.sqrt(np.square(clip.reshape(-1, 2400)).mean(axis=1))  # of 50 ms
    assert (blocks < 0.002).any() and (blocks > 0.1).any()
