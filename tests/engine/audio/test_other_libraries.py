"""Values of other libraries, made by the libraries themselves: where one is absent, a skip.

What stands for them everywhere, as fakes of the same shape, is in test_value.py.
"""

import io

import numpy as np
import pytest
import soundfile

import earmark as em

pytestmark = pytest.mark.filterwarnings(
    # what pydub and librosa import on Python before 3.13
    "ignore:'(audioop|aifc|sunau)' is deprecated:DeprecationWarning"
)

RATE = 16_000
LEVELS = np.random.default_rng(0).integers(-32768, 32768, 2_000).astype(np.int16)
FLOATS = LEVELS.astype(np.float32) / 32768
STEREO = np.stack([FLOATS, -FLOATS / 2])


def wav(samples=STEREO):
    return em.Clip(samples, RATE).encode("wav")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(wav())
    return path


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="torch is not installed")


TENSORS = {
    "[frames]": lambda torch: torch.from_numpy(FLOATS),
    "[1, frames]": lambda torch: torch.from_numpy(FLOATS)[None],
    "[channels, frames]": lambda torch: torch.from_numpy(STEREO),
    "[frames, channels]": lambda torch: torch.from_numpy(STEREO).T,
    "that requires a gradient": lambda torch: torch.tensor(FLOATS, requires_grad=True),
    "that is a result": lambda torch: torch.tensor(FLOATS, requires_grad=True) * 1,
    "of 64 bits": lambda torch: torch.from_numpy(FLOATS).double(),
    "with steps": lambda torch: torch.from_numpy(np.repeat(FLOATS, 2))[::2],
    "int16": lambda torch: torch.from_numpy(LEVELS),
    "int32": lambda torch: torch.from_numpy(LEVELS).int() * 65_536,
}


@pytest.mark.parametrize("form", TENSORS)
def test_a_tensor_keeps_its_samples(form, torch):
    clip = em.load_audio(TENSORS[form](torch), RATE)
    expected = STEREO if "channels" in form else FLOATS[None]
    np.testing.assert_array_equal(clip.samples, expected)


@pytest.mark.parametrize(("type", "bits"), [("float16", 11), ("bfloat16", 8)])
def test_a_tensor_of_half_precision_keeps_what_that_holds(type, bits, torch):
    clip = em.load_audio((torch.from_numpy(FLOATS).to(getattr(torch, type)), RATE))
    np.testing.assert_allclose(clip.samples[0], FLOATS, rtol=2.0**-bits, atol=2.0**-24)


def test_a_tensor_of_inference_mode_is_taken_as_a_dict_too(torch):
    with torch.inference_mode():
        value = {"array": torch.from_numpy(STEREO) * 1, "sampling_rate": RATE}
    np.testing.assert_array_equal(em.load_audio(value).samples, STEREO)


@pytest.mark.parametrize("type", ["int64", "bool", "complex64"])
def test_a_tensor_without_a_full_scale_is_refused_by_its_type(type, torch):
    with pytest.raises(em.AudioError, match=type):
        em.load_audio(torch.ones(100, dtype=getattr(torch, type)), RATE)


def test_a_batch_of_clips_is_no_clip(torch):
    with pytest.raises(em.AudioError, match=r"shape \(4, 1, 100\)"):
        em.load_audio(torch.zeros(4, 1, 100), RATE)


@pytest.fixture
def pydub():
    return pytest.importorskip("pydub", reason="pydub is not installed")


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_pydub_segment_has_the_scale_of_its_width(bits, channels, pydub):
    buffer = io.BytesIO()
    subtype = "PCM_U8" if bits == 8 else f"PCM_{bits}"
    soundfile.write(buffer, STEREO[:channels].T, RATE, format="WAV", subtype=subtype)
    clip = em.load_audio(pydub.AudioSegment.from_wav(io.BytesIO(buffer.getvalue())))
    assert (clip.rate, clip.channels) == (RATE, channels)
    ours = em.load_audio(buffer.getvalue()).samples
    # pydub fills the lowest byte of 32 with ones where a sample of 24 bits is negative
    np.testing.assert_allclose(clip.samples, ours, rtol=0, atol=2.0**-23 if bits == 24 else 0)


def test_a_pydub_segment_can_have_been_edited(pydub):
    segment = pydub.AudioSegment(LEVELS.tobytes(), sample_width=2, frame_rate=RATE, channels=1)
    clip = em.load_audio(segment[50:100] + pydub.AudioSegment.silent(20, frame_rate=RATE))
    assert clip.duration == pytest.approx(0.07)
    np.testing.assert_array_equal(clip.samples[0, :800], FLOATS[800:1600])


@pytest.mark.parametrize("mono", [True, False])
def test_what_librosa_loads_goes_on_as_it_is(mono, file):
    librosa = pytest.importorskip("librosa", reason="librosa is not installed")
    loaded = librosa.load(file, sr=None, mono=mono)
    for value in (loaded, {"array": loaded[0], "sampling_rate": loaded[1]}):
        clip = em.load_audio(value)
        np.testing.assert_array_equal(clip.samples, np.atleast_2d(loaded[0]))
        assert clip.rate == RATE
    np.testing.assert_allclose(clip.samples, [STEREO.mean(axis=0)] if mono else STEREO, atol=2e-5)


@pytest.fixture
def datasets():
    return pytest.importorskip("datasets", reason="datasets is not installed")


@pytest.mark.parametrize("form", ["path", "bytes", "both"])
def test_a_row_of_a_hugging_face_dataset_needs_no_decoder_but_ours(form, file, datasets):
    path, data = str(file), file.read_bytes()
    stored = {"path": path, "bytes": {"bytes": data, "path": None}}
    value = stored.get(form, {"bytes": data, "path": "in/an/archive.wav"})
    rows = datasets.Dataset.from_dict({"audio": [value]})
    row = rows.cast_column("audio", datasets.Audio(decode=False))[0]
    assert set(row["audio"]) == {"bytes", "path"}
    np.testing.assert_allclose(em.load_audio(row["audio"]).samples, STEREO, atol=2e-5)


@pytest.fixture
def torchcodec_decoder():
    try:
        from torchcodec.decoders import AudioDecoder
    except (ImportError, RuntimeError, OSError) as error:  # no FFmpeg of a version that it knows
        pytest.skip(f"torchcodec cannot be imported: {str(error).splitlines()[0]}")
    return AudioDecoder


def test_a_torchcodec_decoder_is_asked_for_its_samples(torchcodec_decoder, file):
    clip = em.load_audio(torchcodec_decoder(file))
    assert (clip.rate, clip.source) == (RATE, "samples")
    np.testing.assert_array_equal(clip.samples, em.load_audio(file).samples)


def test_a_decoded_row_of_a_hugging_face_dataset_is_a_decoder(torchcodec_decoder, datasets, file):
    rows = datasets.Dataset.from_dict({"audio": [str(file)]})
    row = rows.cast_column("audio", datasets.Audio())[0]
    np.testing.assert_array_equal(em.load_audio(row["audio"]).samples, em.load_audio(file).samples)
