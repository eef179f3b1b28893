"""Audio inside rows goes into blobs, and comes back exactly as it was."""

import base64
import hashlib
import os
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.jsonl import parse_line
from earmark.engine.data.write import json_line
from earmark.engine.store.apart import LEAST, MARK, put_back, set_apart
from earmark.engine.store.blobs import Blobs

SOUND = random.Random(0).randbytes(3000)
TEXT = base64.b64encode(SOUND).decode()
DIGEST = hashlib.sha256(SOUND).hexdigest()
PROSE = "It looks valid, but it is not: the third premise says so. " * 40


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def kept(value, blobs):
    """What the store writes for a value: JSON, and read again."""
    return parse_line(json_line({"": set_apart(value, blobs)}))[""]


def count(blobs):
    return sum(path.is_file() for path in blobs.folder.rglob("*"))


def test_base64_is_kept_as_the_bytes_it_stands_for(blobs):
    assert kept({"audio": TEXT}, blobs) == {"audio": {MARK: DIGEST, "as": "base64"}}
    assert blobs.get(DIGEST) == SOUND


@pytest.mark.parametrize(
    "value",
    [
        TEXT,
        f"data:audio/wav;base64,{TEXT}",
        f'<audio src="data:audio/wav;base64,{TEXT}"> {PROSE}',
        f'{{"audio": "{TEXT}", "format": "wav"}}',
        f"{TEXT} {PROSE} {TEXT}",
        {"input_audio": {"data": TEXT, "format": "wav"}},
        [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": TEXT}}]}],
        SOUND,
        {"bytes": SOUND, "path": None},
    ],
)
def test_the_same_sound_is_one_blob_however_it_is_written(blobs, value):
    written = kept(value, blobs)
    assert TEXT[:LEAST] not in str(written) and DIGEST in str(written)
    assert put_back(written, blobs) == value
    assert count(blobs) == 1


@pytest.mark.parametrize(
    "text",
    [
        base64.encodebytes(SOUND).decode(),  # lines of 76 characters, as in mail
        base64.encodebytes(SOUND).decode().replace("\n", "\r\n"),
        base64.urlsafe_b64encode(b"\xff\xfe" * 300).decode(),
        TEXT.rstrip("=") + "A" * (4 - len(TEXT) % 4) + "B",  # no whole number of bytes
        base64.b64encode(SOUND[:2999]).decode()[:-2] + "Z=",  # bits after the end
        f"see /a/{TEXT}",
    ],
)
def test_base64_that_decodes_to_less_than_it_says_is_kept_as_text(blobs, text):
    written = kept(text, blobs)
    assert len(str(written)) < 1000
    assert put_back(written, blobs) == text


@pytest.mark.parametrize(
    "value",
    [
        PROSE,
        TEXT[: LEAST - 1],
        "https://example.org/" + "a/b?c=d&e=f;" * 100,
        "これは長い文章です。" * 100,
        "\n".join(["premise"] * 200),
        {"id": 1, "tags": ["a", None, True, 1.5], "nested": {"deep": [[], {}]}},
        [0.25] * 1000,
        None,
    ],
)
def test_what_is_no_audio_stays_the_very_object_it_is(blobs, value):
    assert set_apart(value, blobs) is value
    assert put_back(value, blobs) is value
    assert not blobs.folder.exists()


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">i2", "<i4", "|u1"])
@pytest.mark.parametrize("shape", [(200,), (2, 100), (100, 2)])
def test_an_array_keeps_its_type_and_shape(blobs, dtype, shape):
    array = np.arange(200).reshape(shape).astype(dtype)
    for given_as in (array, np.asfortranarray(array), np.repeat(array, 2, axis=0)[::2]):
        back = put_back(kept({"array": given_as, "sampling_rate": 16_000}, blobs), blobs)
        assert back["array"].dtype == array.dtype and back["sampling_rate"] == 16_000
        np.testing.assert_array_equal(back["array"], array)
    assert count(blobs) == 1


@pytest.mark.parametrize(
    "array",
    [
        np.array([0.1, 1 / 3], np.float32),
        np.array(0.1, np.float32),
        np.zeros((2, 0), "<i2"),
        np.array([True, False]),
        np.array([1 + 2j]),
    ],
)
def test_a_small_array_is_one_still_and_exact(blobs, array):
    back = put_back(kept({"array": array}, blobs), blobs)["array"]
    assert (type(back), back.dtype, back.shape) == (np.ndarray, array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()


def test_audio_that_is_a_tuple_is_audio_still(blobs):
    frames = np.linspace(-1, 1, 1600, dtype=np.float32)
    value = {"audio": (frames, 16_000), "words": ("a", "b"), "deep": [(SOUND, (TEXT,), "x")]}
    back = put_back(kept(value, blobs), blobs)
    assert em.load_audio(back["audio"]).duration == 0.1
    assert type(back["audio"]) is tuple
    assert back["deep"] == value["deep"]
    assert back["words"] == ["a", "b"]  # as in any JSON


def test_bytes_of_any_kind_come_back_as_bytes(blobs):
    for value in (SOUND, bytearray(SOUND), memoryview(SOUND), b""):
        assert put_back(kept(value, blobs), blobs) == bytes(value)


def test_what_is_given_is_not_changed(blobs):
    value = {"audio": TEXT, "list": [TEXT, SOUND], "own": {MARK: DIGEST}}
    before = {"audio": TEXT, "list": [TEXT, SOUND], "own": {MARK: DIGEST}}
    set_apart(value, blobs)
    assert value == before


@pytest.mark.parametrize(
    "hostile",
    [
        {MARK: DIGEST, "as": "base64"},
        {MARK: "../../../etc/passwd", "as": "text"},
        {MARK: None, "object": {"a": 1}},
        {MARK: None, "text": ["a", {MARK: DIGEST, "as": "bytes"}]},
        {MARK: None, "tuple": ["a", {MARK: DIGEST, "as": "bytes"}]},
        {MARK: {MARK: DIGEST, "as": "bytes"}, "as": 7},
        [[{MARK: 1}], {"sample": {MARK: DIGEST, "as": "array", "dtype": "O", "shape": [1]}}],
    ],
)
def test_data_cannot_name_a_blob(blobs, hostile):
    blobs.put(SOUND)
    written = kept({"item": hostile, "audio": TEXT}, blobs)
    assert put_back(written, blobs) == {"item": hostile, "audio": TEXT}


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.builds(lambda n, text: text[:n], st.integers(200, 600), st.sampled_from([TEXT, PROSE]))
    | st.sampled_from([DIGEST, MARK, "base64", f"{PROSE}{TEXT}\n{TEXT}"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from([MARK, "as", "object", "text"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(value=VALUES)
def test_any_json_comes_back(tmp_path_factory, value):
    blobs = Blobs(tmp_path_factory.getbasetemp() / "any" / "blobs")
    assert put_back(kept(value, blobs), blobs) == value


def test_a_blob_that_is_gone_is_an_error_and_no_silence(blobs):
    written = kept({"audio": TEXT}, blobs)
    os.unlink(blobs.path(DIGEST))
    with pytest.raises(em.StoreError, match=DIGEST):
        put_back(written, blobs)
