"""Others' ways to the same line, and how far each is from the reference."""

import base64
import importlib.util
import io
import json
import sys
import types

import numpy as np
import pytest
import soundfile
import soxr

from earmark.engine.audio.clips import clips
from earmark.engine.bench.peers import PEERS, distance, opened, reference
from earmark.engine.bench.subjects import Target, gather

WAYS = {peer.name: peer for peer in PEERS}
AS_IT_IS, LOW = Target(), Target(8_000)


def chirp(rate=16_000):
    t = np.arange(rate) / rate
    return 0.3 * np.sin(2 * np.pi * (200 * t + 400 * t**2))


@pytest.fixture
def subject(tmp_path):
    """Float samples, so that rounding to 16 bits shows."""
    soundfile.write(tmp_path / "a.wav", chirp(), 16_000, subtype="FLOAT")
    return of(str(tmp_path / "a.wav"))


def of(value):
    found = gather(clips([{"id": "q", "audio": value}]), [AS_IT_IS])
    return next(iter(found.groups.values()))[0]


def line_of(peer, subject, target):
    out = io.StringIO()
    peer.write(opened(subject), target, "q", out)
    assert out.getvalue().endswith("\n")
    return json.loads(out.getvalue())


def test_the_guide_leaves_a_file_as_it_is(subject):
    line = line_of(WAYS["guide, file"], subject, AS_IT_IS)
    assert line["item"]["id"] == "q"
    with open(subject.path, "rb") as file:
        assert base64.b64decode(line["item"]["audio_base64"]) == file.read()


def test_the_guide_makes_a_16_bit_wav_of_decoded_samples(subject):
    line = line_of(WAYS["guide, array"], subject, AS_IT_IS)
    data = base64.b64decode(line["item"]["audio_base64"])
    assert soundfile.info(io.BytesIO(data)).subtype == "PCM_16"
    right = reference(subject, AS_IT_IS)
    # libsndfile takes the floor: half a step of bias, and the variance of a uniform step
    assert distance(line, right) == pytest.approx(np.hypot(1 / 2, 12**-0.5) / 32768, rel=0.05)


def test_what_is_identical_is_at_distance_0_and_lost_audio_counts_as_silence(subject):
    right = reference(subject, AS_IT_IS)
    line = line_of(WAYS["guide, file"], subject, AS_IT_IS)
    assert distance(line, right) == 0
    longer = np.concatenate([right, right])
    assert distance(line, longer) == pytest.approx(np.sqrt(np.mean(right**2) / 2))


def test_other_channels_have_no_distance(subject):
    line = line_of(WAYS["guide, file"], subject, AS_IT_IS)
    assert distance(line, np.repeat(reference(subject, AS_IT_IS), 2, axis=1)) is None


def test_the_reference_at_a_rate_is_the_mean_of_the_channels_there(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([chirp(), 0 * chirp()], 1), 16_000, "FLOAT")
    right = reference(of(str(tmp_path / "a.wav")), LOW)
    assert right.shape == (8_000, 1)
    assert np.abs(right[200:-200, 0] - chirp(8_000)[200:-200] / 2).max() < 1e-3


def test_samples_and_segments_have_no_reference(subject):
    assert reference(of({"array": chirp(), "sampling_rate": 16_000}), AS_IT_IS) is None
    assert reference(of({"path": subject.path, "offset": 0.5}), AS_IT_IS) is None


def test_a_clip_that_lies_in_no_file_is_given_as_bytes(subject):
    with open(subject.path, "rb") as file:
        inside = of({"bytes": file.read()})
    assert inside.path is None
    line = line_of(WAYS["guide, array"], inside, AS_IT_IS)
    assert line == line_of(WAYS["guide, array"], subject, AS_IT_IS)


def test_each_way_is_taken_for_what_it_does():
    def fitting(kind, target):
        return [peer.name for peer in PEERS if peer.fits(kind, target)]

    assert fitting("wav24", AS_IT_IS) == fitting("mp3", AS_IT_IS) == list(WAYS)[:2]
    assert fitting("flac", AS_IT_IS) == ["guide, array"]  # the API takes no FLAC file
    assert fitting("flac", LOW) == ["librosa"]


def fake_librosa():
    """As librosa loads, but for its resampler's padding."""

    def load(path, *, sr, mono):
        samples, rate = soundfile.read(path, always_2d=True, dtype="float32")
        return soxr.resample(samples.mean(axis=1), rate, sr), sr

    module = types.ModuleType("librosa")
    module.load = load
    return module


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what librosa imports
@pytest.mark.parametrize("real", [False, True])
def test_the_way_of_librosa_is_mono_at_the_rate(monkeypatch, subject, real):
    if real and not importlib.util.find_spec("librosa"):
        pytest.skip("librosa is not installed")
    if not real:
        monkeypatch.setitem(sys.modules, "librosa", fake_librosa())
    assert WAYS["librosa"].is_installed
    line = line_of(WAYS["librosa"], subject, LOW)
    assert distance(line, reference(subject, LOW)) < 1e-4


def test_librosa_is_missed_where_it_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "librosa", None)
    assert not WAYS["librosa"].is_installed
    assert WAYS["guide, file"].is_installed
