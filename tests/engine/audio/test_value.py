"""Every form that audio comes in, recognised by its shape; fakes stand for the libraries."""

import array
import io
import pathlib

import numpy as np
import pybase64
import pytest

import earmark as em
from earmark.engine.audio.limits import Limits
from earmark.engine.audio.value import Encoded, open_value

RATE = 16_000
LEVELS = (np.sin(np.arange(800) * 0.1) * 10_000).astype(np.int16)
FLOATS = LEVELS.astype(np.float32) / 32768
WAV = em.Clip(FLOATS[np.newaxis], RATE).encode("wav")
TEXT = pybase64.b64encode(WAV).decode()


class Tensor:
    """What a torch tensor on a device offers; it has no __array__ before it is on the CPU."""

    def __init__(self, values, steps=("detach", "cpu")):
        self.values, self.steps = values, steps

    def __getattr__(self, name):
        if name == "__array__" and not self.steps:
            return lambda dtype=None, copy=None: np.asarray(self.values, dtype)
        if self.steps and name == self.steps[0]:
            return lambda: Tensor(self.values, self.steps[1:])
        raise AttributeError(name)


class Decoder:
    """What a torchcodec AudioDecoder offers, as Hugging Face datasets give it."""

    class Decoded:
        data = Tensor(FLOATS[np.newaxis], ())
        sample_rate = RATE

    def get_all_samples(self):
        return self.Decoded


class TensorOnCpu(Tensor):
    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


Decoder.Decoded.data = TensorOnCpu(FLOATS[np.newaxis], ())


class Segment:
    """What a pydub AudioSegment offers."""

    channels = 1
    frame_rate = RATE
    sample_width = 2

    def get_array_of_samples(self):
        return array.array("h", LEVELS.tolist())


class StereoSegment(Segment):
    channels = 2

    def get_array_of_samples(self):
        return array.array("h", np.repeat(LEVELS, 2).tolist())


class With:
    """An object that has audio as attributes."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(WAV)
    return path


FORMS = {
    "str path": str,
    "Path": lambda path: path,
    "data URI": lambda path: f"data:audio/wav;base64,{TEXT}",
    "DATA URI in capitals": lambda path: f"DATA:audio/wav;BASE64,{TEXT}",
    "data URI with a quoted comma": lambda path: f'data:audio/wav;name="a,b.wav";base64,{TEXT}',
    "data URI with encoded base64": lambda path: (
        f"data:audio/wav;base64,{TEXT.replace('+', '%2B').replace('/', '%2F')}"
    ),
    "data URI without base64": lambda path: (
        "data:audio/wav," + "".join(f"%{byte:02x}" for byte in WAV)
    ),
    "base64 text": lambda path: TEXT,
    "base64 in lines": lambda path: pybase64.encodebytes(WAV).decode(),
    "bytes": lambda path: WAV,
    "bytearray": lambda path: bytearray(WAV),
    "memoryview": lambda path: memoryview(WAV),
    "memoryview with steps": lambda path: memoryview(np.repeat(bytearray(WAV), 2))[::2],
    "file object": lambda path: io.BytesIO(WAV),
    "dict with path": lambda path: {"path": str(path)},
    "dict with Path": lambda path: {"path": path},
    "dict with bytes": lambda path: {"bytes": WAV},
    "Hugging Face, decode=False": lambda path: {"path": "gone.wav", "bytes": WAV},
    "Hugging Face, decoded": lambda path: {"path": None, "array": FLOATS, "sampling_rate": RATE},
    "a path longer than paths are": lambda path: {"path": "x" * 9_000, "bytes": WAV},
    "input_audio's content": lambda path: {"data": TEXT, "format": "wav"},
    "input_audio with a data URI": lambda path: {
        "data": f"data:audio/wav;base64,{TEXT}",
        "format": "wav",
    },
    "message part": lambda path: {
        "type": "input_audio",
        "input_audio": {"data": TEXT, "format": "wav"},
    },
    "(floats, rate)": lambda path: (FLOATS, RATE),
    "(doubles, rate)": lambda path: (FLOATS.astype(np.float64), RATE),
    "(list, rate)": lambda path: (FLOATS.tolist(), RATE),
    "(int16, rate)": lambda path: (LEVELS, RATE),
    "(int32, rate)": lambda path: (LEVELS.astype(np.int32) << 16, RATE),
    "(big-endian int16, rate)": lambda path: (LEVELS.astype(">i2"), RATE),
    "rate as float": lambda path: (FLOATS, 16_000.0),
    "rate as NumPy integer": lambda path: (FLOATS, np.int64(RATE)),
    "[1, frames]": lambda path: (FLOATS[np.newaxis], RATE),
    "[frames, 1]": lambda path: (FLOATS[:, np.newaxis], RATE),
    "torch tensor": lambda path: (TensorOnCpu(FLOATS[np.newaxis]), RATE),
    "torchcodec decoder": lambda path: Decoder(),
    "pydub segment": lambda path: Segment(),
    "object with path": lambda path: With(path=str(path)),
    "object with array": lambda path: With(path="gone.wav", array=FLOATS, sampling_rate=RATE),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_clip_gives_the_same_samples(form, file):
    clip = em.load_audio(FORMS[form](file))
    assert (clip.rate, clip.channels, clip.notes) == (RATE, 1, ())
    assert clip.samples.dtype == np.float32
    np.testing.assert_array_equal(clip.samples[0], FLOATS)


@pytest.mark.parametrize("bare", [FLOATS, LEVELS, TensorOnCpu(FLOATS), FLOATS.tolist()])
def test_a_bare_array_takes_its_rate_beside_it(bare):
    np.testing.assert_array_equal(em.load_audio(bare, rate=RATE).samples[0], FLOATS)
    with pytest.raises(em.AudioError, match=r"give \(array, rate\), or rate="):
        em.load_audio(bare)


def test_an_open_file_is_read_from_where_it_stands(file):
    with open(file, "rb") as stream:
        assert em.load_audio(stream).frames == 800
    stream = io.BytesIO(b"1234" + WAV)
    stream.seek(4)
    assert em.load_audio(stream).frames == 800


def test_a_file_that_exists_comes_before_samples_and_bytes_before_both(file, tmp_path):
    decoded = {"array": np.zeros(9), "sampling_rate": 8_000}
    assert em.load_audio({"path": str(file), **decoded}).rate == RATE
    (tmp_path / "0.wav").write_text("somebody else's file of the same name")
    both = {"path": str(tmp_path / "0.wav"), "bytes": WAV, **decoded}
    assert em.load_audio(both).rate == RATE


def test_a_pydub_segment_in_stereo_has_its_channels_side_by_side():
    clip = em.load_audio(StereoSegment())
    np.testing.assert_array_equal(clip.samples, [FLOATS, FLOATS])


@pytest.mark.parametrize("width", [8, 16, 32])
def test_integers_are_scaled_by_their_full_scale(width):
    lowest, half = -(2 ** (width - 1)), 2 ** (width - 2)
    clip = em.load_audio((np.array([lowest, half, 0], f"int{width}"), RATE))
    assert clip.samples.tolist() == [[-1.0, 0.5, 0.0]]


def test_unsigned_bytes_have_their_zero_at_128():
    clip = em.load_audio((np.array([0, 128, 192], np.uint8), RATE))
    assert clip.samples.tolist() == [[-1.0, 0.0, 0.5]]


@pytest.mark.parametrize("kind", ["int64", "uint16", "bool", "complex64", "U1", "object"])
def test_types_without_a_full_scale_are_refused_by_name(kind):
    with pytest.raises(em.AudioError, match="have no full scale"):
        em.load_audio((np.zeros(10).astype(kind), RATE))


@pytest.mark.parametrize("shape", [(2, 800), (800, 2), (32, 33), (33, 32)])
def test_two_dimensions_are_read_the_one_way_they_can_be_meant(shape):
    channels, frames = min(shape), max(shape)
    clip = em.load_audio((np.zeros(shape, np.float32), RATE))
    assert (clip.channels, clip.frames) == (channels, frames)


def test_frames_by_channels_are_turned_the_right_way():
    interleaved = np.stack([FLOATS, -FLOATS], axis=1)
    np.testing.assert_array_equal(em.load_audio((interleaved, RATE)).samples, [FLOATS, -FLOATS])


@pytest.mark.parametrize("shape", [(2, 2), (20, 2), (32, 32), (33, 33), (800, 900), (2, 3, 800)])
def test_an_array_that_could_be_read_both_ways_is_refused_with_its_shape(shape):
    with pytest.raises(em.AudioError, match=str(shape).replace("(", r"\(").replace(")", r"\)")):
        em.load_audio((np.zeros(shape, np.float32), RATE))


@pytest.mark.parametrize("rate", ["16 kHz", "x", None, float("nan"), 16_000.5, [16_000]])
def test_a_rate_that_is_no_whole_number_is_refused(rate):
    with pytest.raises(em.AudioError, match="sampling rate"):
        em.load_audio((FLOATS, rate))


@pytest.mark.parametrize("rate", [0, -1, 999, 384_001])
def test_samples_at_a_rate_outside_the_limits_are_refused(rate):
    with pytest.raises(em.AudioError, match=f"{rate:,} Hz is outside"):
        em.load_audio((FLOATS, rate))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "unsupported audio value of type NoneType"),
        (5, "type int"),
        (object(), "type object"),
        ({}, r"the keys \[\]"),
        ({"path": 5}, "no audio value"),
        ({"path": None, "bytes": None}, "no audio value"),
        ({"array": FLOATS}, "needs its 'sampling_rate'"),
        ({"path": "gone.wav"}, "gone.wav.*No such file"),
        ("gone.wav", "gone.wav.*No such file"),
        (pathlib.Path("gone.wav"), "gone.wav.*No such file"),
        ("", "No such file"),
        ("a\0b.wav", "null byte"),
        ("x" * 9_000, "no audio"),
        ("https://example.com/a.wav", "is a URL; download it first"),
        ("data:audio/wav;base64", "without a comma"),
        ("data:audio/wav;base64,UklG*", "not base64"),
        ("data:audio/wav;base64,UklGR", "not base64"),
        ("data:text/plain,hello%20there", "text, not audio"),
        ({"data": "UklG*", "format": "wav"}, "not base64"),
        (io.StringIO("text"), "mode 'rb'"),
        (([[0.0], [0.0, 1.0]], RATE), "form no array"),
        ((np.zeros(0), RATE), "not one frame"),
        ((np.zeros((0, 800)), RATE), "0 channels"),
    ],
)
def test_what_is_no_audio_value_is_refused_and_says_why(value, reason):
    with pytest.raises(em.AudioError, match=reason) as caught:
        em.load_audio(value)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "value",
    [
        "{0}",
        pathlib.Path,
        {"path": "{0}"},
        {"bytes": None, "path": "{0}"},
        {"input_audio": {"path": "{0}"}},
        {"path": "{0}", "offset": 0.0, "duration": 0.01},
        "file://{0}",
        "~/take.wav",
        "~root/take.wav",
    ],
)
def test_a_row_from_elsewhere_names_no_file_of_this_machine(value, file):
    def filled(part):
        if isinstance(part, dict):
            return {key: filled(inner) for key, inner in part.items()}
        return part.format(file) if isinstance(part, str) else part

    value = file if value is pathlib.Path else filled(value)
    with pytest.raises(em.AudioError, match=r"is one of this machine|is a URL"):
        open_value(value, base="memory://data")
    assert isinstance(open_value(str(file), base="data"), Encoded)  # a row from here may


def test_samples_beside_a_path_that_must_not_be_read_are_taken(file):
    value = {"path": str(file), "array": np.zeros(9), "sampling_rate": 8_000}
    assert open_value(value, base="memory://data").rate == 8_000


def test_an_address_in_a_row_is_refused_without_its_secrets():
    with pytest.raises(em.AudioError, match="is a URL") as caught:
        open_value("https://me:sesame@host/a.wav?sig=sesame")
    assert "'https://host/a.wav?...'" in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_closed_file_is_refused():
    stream = io.BytesIO(WAV)
    stream.close()
    with pytest.raises(em.AudioError, match="closed"):
        em.load_audio(stream)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev", "."])
def test_devices_and_folders_are_no_files(name):
    with pytest.raises(em.AudioError, match="is no file"):
        em.load_audio(name)


def test_an_open_file_is_not_read_beyond_the_limit():
    class Endless:
        taken = 0

        def read(self, size):
            self.taken += size
            return bytes(size)

    stream = Endless()
    with pytest.raises(em.AudioError, match="the limit is 1,000"):
        em.load_audio(stream, limits=Limits(max_encoded_bytes=1_000))
    assert stream.taken < 2 * 2**20


@pytest.mark.parametrize("form", [bytes, str, lambda data: {"bytes": data}])
def test_more_encoded_bytes_than_the_limit_are_refused(form, file):
    value = str(file) if form is str else form(WAV)
    with pytest.raises(em.AudioError, match=f"{len(WAV):,} bytes .* the limit is 100"):
        em.load_audio(value, limits=Limits(max_encoded_bytes=100))


def test_megabytes_without_a_comma_are_refused_at_once():
    with pytest.raises(em.AudioError, match="without a comma"):
        em.load_audio("data:" + "A" * 5_000_000)


@pytest.mark.parametrize("media", ["audio/mpeg", "audio/flac"])
def test_a_media_type_that_is_wrong_is_told(media):
    with pytest.warns(em.EarmarkWarning, match="but the content is wav"):
        em.load_audio(f"data:{media};base64,{TEXT}")


@pytest.mark.parametrize("media", ["audio/wav", "audio/x-wav", "application/octet-stream", ""])
def test_a_media_type_that_is_right_or_claims_nothing_is_not(media):
    assert em.load_audio(f"data:{media};base64,{TEXT}").notes == ()


def test_changing_the_bytes_afterwards_changes_no_clip():
    data = bytearray(WAV)
    clip = em.load_audio(data)
    data[44:] = bytes(len(data) - 44)
    np.testing.assert_array_equal(clip.samples[0], FLOATS)


class Broken:
    """A decoder of somebody's that fails in its own way."""

    def get_all_samples(self):
        raise RuntimeError("Could not push packet to decoder")


def test_what_an_object_of_others_raises_is_an_audio_error_that_names_it():
    with pytest.raises(em.AudioError, match="Broken that cannot be read: RuntimeError: Could not"):
        em.load_audio(Broken())
    with pytest.raises(ValueError, match="Could not push packet"):
        em.audio_to_base64(Broken())


@pytest.mark.parametrize(
    "parameters",
    [
        ";base64,",
        ";BASE64,",
        "; base64,",
        ";name=a,b;base64,",
        ';name="a,b.wav";base64,',
        r';name="a\",b.wav";base64,',
        ';name="x;base64,y";base64,',
    ],
)
def test_a_data_uri_is_read_behind_its_base64_mark(parameters):
    assert em.get_base64(f"data:audio/wav{parameters}UklGRg==") == "UklGRg=="


@pytest.mark.parametrize("uri", ["data:audio/wav;base64", "data:audio/wav;base64;x=1,UklGRg=="])
def test_a_data_uri_whose_mark_is_not_before_the_comma_is_refused(uri):
    with pytest.raises(em.AudioError, match="without a comma behind"):
        em.get_base64(uri)


def test_base64_that_was_cut_says_so():
    with pytest.raises(em.AudioError, match="no multiple of 4: was it cut"):
        em.get_base64("data:audio/wav;base64,UklGRg=")


def test_a_path_that_is_no_file_gives_way_to_the_samples_beside_it(tmp_path):
    for path in ("", str(tmp_path), "gone.wav"):
        value = {"path": path, "array": [0.0, 0.5], "sampling_rate": "16000"}
        assert em.load_audio(value).rate == 16_000
