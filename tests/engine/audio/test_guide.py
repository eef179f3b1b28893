"""OpenAI's guide and its two helpers: every case that its own code handled still works."""

import base64
import io

import numpy as np
import pytest
import soundfile

import earmark as em

RATE = 16_000
SAMPLES = 0.5 * np.sin(np.arange(1_600) * 0.2)


def a_wav():
    buffer = io.BytesIO()
    soundfile.write(buffer, SAMPLES, RATE, format="WAV")
    return buffer.getvalue()


def plain(data):
    return base64.b64encode(data).decode("ascii")


def as_the_guide_encodes(array, rate):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.array(array), int(rate), format="WAV")
    return buffer.getvalue()


class With:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "clip.wav"
    file.write_bytes(a_wav())
    return str(file)


def test_get_base64_of_a_path_is_the_file(path):
    assert em.get_base64(path) == plain(a_wav())


def test_get_base64_of_a_data_uri_is_what_it_holds():
    assert em.get_base64(f"data:audio/wav;base64,{plain(a_wav())}") == plain(a_wav())


def test_get_base64_is_right_where_the_guide_cut_at_the_first_comma():
    uri = f'data:audio/wav;name="a,b.wav";base64,{plain(a_wav())}'
    assert em.get_base64(uri) == plain(a_wav())


def test_get_base64_of_a_missing_file_names_it():
    with pytest.raises(ValueError, match=r"gone\.wav"):
        em.get_base64("gone.wav")


@pytest.mark.parametrize(
    "value",
    [
        lambda path: {"path": path},
        lambda path: {"path": path, "array": np.zeros(9), "sampling_rate": 8_000},
        lambda path: With(path=path),
        lambda path: a_wav(),
        lambda path: bytearray(a_wav()),
    ],
    ids=["dict with path", "path before array", "object with path", "bytes", "bytearray"],
)
def test_files_and_bytes_go_through_untouched(value, path):
    assert em.audio_to_base64(value(path)) == plain(a_wav())


def test_bytes_that_are_no_audio_go_through_as_they_did_there():
    assert em.audio_to_base64(b"anything") == plain(b"anything")


ARRAYS = {
    "floats": SAMPLES,
    "float32": SAMPLES.astype(np.float32),
    "int16": (SAMPLES * 32768).astype(np.int16),
    "int32": (SAMPLES * 2**31).astype(np.int32),
    "list": SAMPLES.tolist(),
    "stereo [frames, 2]": np.stack([SAMPLES, -SAMPLES], axis=1),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(
    "value",
    [
        lambda array, rate: {"array": array, "sampling_rate": rate},
        lambda array, rate: {"path": None, "array": array, "sampling_rate": rate},
        lambda array, rate: {"path": "gone.wav", "array": array, "sampling_rate": rate},
        lambda array, rate: With(array=array, sampling_rate=rate),
    ],
    ids=["dict", "path of None", "path that is gone", "attributes"],
)
def test_arrays_become_the_same_wav_but_for_its_rounding(name, value):
    ours = base64.b64decode(em.audio_to_base64(value(ARRAYS[name], RATE)))
    theirs = as_the_guide_encodes(ARRAYS[name], RATE)
    assert ours[:44] == theirs[:44]
    levels, _ = soundfile.read(io.BytesIO(ours), dtype="int16")
    floored, _ = soundfile.read(io.BytesIO(theirs), dtype="int16")
    difference = levels.astype(int) - floored  # libsndfile takes the floor, we the nearest
    assert set(np.unique(difference)) <= ({0} if name == "int16" else {0, 1})


@pytest.mark.parametrize("value", [None, 5, object(), {}, {"path": "gone.wav"}, With(array=[0.0])])
def test_anything_else_is_a_value_error(value):
    with pytest.raises(ValueError):
        em.audio_to_base64(value)


@pytest.mark.parametrize("nothing", [b"", io.BytesIO(), {"data": ""}, "data:audio/wav;base64,"])
def test_nothing_is_no_audio(nothing):
    with pytest.raises(em.AudioError, match="not one byte"):
        em.audio_to_base64(nothing)
