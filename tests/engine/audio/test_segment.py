"""Segments: a part of a file or of samples, by offset and duration in seconds."""

import io
import json
import math
import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.audio import riff
from earmark.engine.audio.doctor import examine
from earmark.engine.audio.limits import Limits
from earmark.engine.audio.load import decode
from earmark.engine.audio.segment import Segment

RATE = 1_000
LEVELS = np.arange(4 * RATE, dtype=np.int16)  # each sample tells where it stood
WAV = em.Clip(LEVELS[None] / np.float32(32768), RATE).encode("wav")
SOURCES = {
    "bytes": {"bytes": WAV},
    "array": {"array": LEVELS, "sampling_rate": RATE},
    "base64": {"data": em.audio_to_base64(WAV), "format": "wav"},
}


def file_of_floats(samples):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


def levels(value):
    return (decode(value).samples[0] * 32768).astype(int)


@pytest.mark.parametrize("form", SOURCES)
def test_a_segment_holds_the_frames_from_its_offset_on(form):
    found = levels({**SOURCES[form], "offset": 1.5, "duration": 0.25})
    assert found.tolist() == list(range(1_500, 1_750))


def test_a_file_is_cut_as_its_bytes_are(tmp_path):
    (tmp_path / "long.wav").write_bytes(WAV)
    found = levels({"path": str(tmp_path / "long.wav"), "offset": "0.5", "duration": "2"})
    assert (found[0], len(found)) == (500, 2_000)


def test_a_piece_of_a_long_file_is_cut_as_one_of_its_bytes_is(tmp_path):
    noise = np.random.default_rng(1).integers(-9_000, 9_000, 1_000_000, np.int16)
    long = em.Clip(noise[None] / np.float32(32768), RATE)
    for format in ("wav", "flac"):
        data = long.encode(format)
        (tmp_path / format).write_bytes(data)
        value = {"path": str(tmp_path / format), "offset": 700.5, "duration": 2}
        assert levels(value).tolist() == noise[700_500:702_500].tolist()
        assert examine(value).bytes == len(data) > 1 << 20
        with pytest.raises(em.AudioError, match="bytes of encoded audio: the limit is 1,000"):
            decode(value, limits=Limits(max_encoded_bytes=1_000))


def test_a_piece_of_a_long_file_is_had_without_reading_the_file(tmp_path):
    with (tmp_path / "sparse.wav").open("wb") as file:
        file.write(riff.header(500_000_000, 1, 48_000))
        file.truncate(1_000_000_044)
    value = {"path": str(tmp_path / "sparse.wav"), "offset": 9_000, "duration": 0.5}
    tracemalloc.start()
    try:
        assert decode(value).frames == 24_000
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_the_part_around_the_audio_hinders_nothing():
    part = {"type": "input_audio", "input_audio": {**SOURCES["base64"], "offset": 3}}
    assert levels(part).tolist() == list(range(3_000, 4_000))


@settings(deadline=None)
@given(st.floats(0, 3.9), st.floats(0.002, 5))
def test_begin_and_end_are_the_nearest_frames(offset, duration):
    samples = np.arange(4 * RATE, dtype=np.float32)[None]
    found, notes = Segment(offset, duration).cut(samples, RATE)
    assert abs(found[0, 0] - offset * RATE) <= 0.5
    end = min((offset + duration) * RATE, 4 * RATE)
    assert abs(found[0, -1] + 1 - end) <= 0.5
    assert bool(notes) == (offset + duration > 4.01)


@pytest.mark.parametrize("keys", [{"duration": 1.0}, {"duration": 1.0, "offset": None}, {}])
def test_a_duration_alone_says_how_long_it_is_and_cuts_nothing(keys):
    assert len(levels({"bytes": WAV, **keys})) == 4 * RATE


def test_an_offset_of_0_beside_a_duration_cuts():
    assert levels({"bytes": WAV, "offset": 0, "duration": 1.0}).tolist() == list(range(1_000))


@pytest.mark.parametrize("duration", [None, 1.004])
def test_up_to_the_end_or_a_rounding_beyond_it_nothing_is_missing(duration):
    clip = decode({"bytes": WAV, "offset": 3.0, "duration": duration})
    assert (clip.frames, clip.notes) == (1_000, ())


@pytest.mark.parametrize("duration", [1.5, 1e300])
def test_a_duration_beyond_the_end_gives_what_is_there_and_says_so(duration):
    with pytest.warns(em.EarmarkWarning, match=r"runs past the end: 1\.000 s are there"):
        clip = em.load_audio({"bytes": WAV, "offset": 3.0, "duration": duration})
    assert clip.frames == 1_000


@pytest.mark.parametrize("offset", [4.0, 5, 1e300])
def test_an_offset_beyond_the_end_is_refused_with_both_times(offset):
    with pytest.raises(em.AudioError, match=r"an offset of .* s in 4\.000 s of audio"):
        em.load_audio({"bytes": WAV, "offset": offset, "duration": 1})


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, "soon", True, [1]])
@pytest.mark.parametrize("key", ["offset", "duration"])
def test_what_is_no_number_of_seconds_is_refused_by_name(key, bad):
    with pytest.raises(em.AudioError, match=f"{key}="):
        em.load_audio({"bytes": WAV, "offset": 1, key: bad})


def test_a_duration_of_less_than_a_frame_is_refused():
    with pytest.raises(em.AudioError, match="not one frame"):
        em.load_audio({"bytes": WAV, "offset": 1, "duration": 0.0001})


def test_of_a_long_wav_the_segment_alone_is_held_against_the_limits():
    value = {"bytes": WAV, "offset": 1, "duration": 2}
    assert decode(value, limits=Limits(max_duration_s=2)).frames == 2_000
    with pytest.raises(em.AudioError, match="the limit is 1 s"):
        decode(value, limits=Limits(max_duration_s=1))


def test_a_wav_that_is_cut_says_so_beside_each_of_its_segments():
    cut = {"bytes": WAV[: 44 + 2 * 2_500]}
    whole = "truncated: the header promises 8,000 bytes of audio, 5,000 are there"
    assert decode({**cut, "offset": 1, "duration": 1}).notes == (whole,)
    part = decode({**cut, "offset": 2, "duration": 1})
    assert (part.frames, len(part.notes), part.notes[0]) == (500, 2, whole)


def test_nan_outside_the_segment_does_not_count():
    floats = np.zeros(RATE, np.float32)
    floats[10] = math.nan
    assert decode({"array": floats, "sampling_rate": RATE, "offset": 0.5}).frames == RATE // 2
    wav = file_of_floats(floats)
    assert decode({"bytes": wav, "offset": 0.5}).frames == RATE // 2
    with pytest.raises(em.AudioError, match="at frame 10 "):
        decode({"bytes": wav, "offset": 0})


def test_a_segment_does_not_keep_the_whole_clip_in_memory():
    clip = decode({"array": np.zeros(RATE), "sampling_rate": RATE, "offset": 0.5})
    assert clip.samples.base is None


def test_a_segment_never_passes_through_untouched(tmp_path):
    value = {"bytes": WAV, "offset": 1, "duration": 2}
    text = em.audio_to_base64(value)
    em.prepare([{"id": "a", "audio": value}], tmp_path / "out.jsonl")
    for data in (text, em.read_rows(tmp_path / "out.jsonl").items[0]["audio_base64"]):
        assert levels({"data": data, "format": "wav"}).tolist() == list(range(1_000, 3_000))


def test_the_doctor_measures_the_segment_and_not_the_file():
    report = examine({"bytes": WAV, "offset": 1, "duration": 2})
    assert (report.duration, report.bytes) == (2.0, len(WAV))


def test_a_prepared_segment_says_where_it_was_cut_and_is_as_large_as_what_goes_out(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(16_000, 0.5), 8_000)
    part = {"path": "a.wav", "offset": 0.5, "duration": 1.0}
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": "a", "audio": part, "text": "x"}))
    em.prepare(tmp_path / "rows.jsonl", tmp_path / "items.jsonl")
    item = json.loads((tmp_path / "items.jsonl").read_text())["item"]
    assert item["audio"] == part
    [report] = em.check(tmp_path / "rows.jsonl")
    assert report.base64_bytes == len(item["audio_base64"])
