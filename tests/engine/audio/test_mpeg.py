"""MP3 frames walked without decoding, and tags made true before libsndfile believes them."""

import io

import numpy as np
import pytest
import soundfile

import earmark as em
from earmark.engine.audio import mpeg
from earmark.engine.audio.load import decode

RATES = [(44_100, 2), (48_000, 1), (32_000, 1), (22_050, 2), (16_000, 1), (11_025, 1), (8_000, 2)]


def swelling(rate, channels, seconds=3):
    """Noise that grows: its frames grow too, so the first ones say little about the length."""
    random = np.random.default_rng(rate)
    ramp = np.linspace(0, 0.3, rate * seconds)[:, np.newaxis]
    return (ramp * random.standard_normal((rate * seconds, channels))).astype(np.float32)


def mp3(rate, channels, seconds=3):
    buffer = io.BytesIO()
    samples = swelling(rate, channels, seconds)
    soundfile.write(buffer, samples, rate, format="MP3", subtype="MPEG_LAYER_III")
    return buffer.getvalue()


def untagged(data):
    """Without the first frame, which holds the Xing/Info tag."""
    view = memoryview(data)
    first = mpeg._first_frame(view)
    size, *_ = mpeg._parse(view, first)
    assert data[first:].find(b"Xing") < size or data[first:].find(b"Info") < size
    return data[first + size :]


@pytest.mark.parametrize(("rate", "channels"), RATES)
def test_the_walk_finds_rate_channels_and_all_frames(rate, channels):
    found = mpeg.walk(mp3(rate, channels))
    assert (found.rate, found.channels, found.notes) == (rate, channels, ())
    assert found.frames == 3 * rate  # the tag tells the encoder's delay and padding


@pytest.mark.parametrize(("rate", "channels"), RATES)
def test_an_mp3_without_its_tag_is_decoded_to_the_end(rate, channels):
    tagged = mp3(rate, channels)
    bare = decode(untagged(tagged))
    samples_a_frame = 1152 if rate >= 32_000 else 576
    # 529: the delay of every decoder, trimmed
    assert bare.frames == mpeg.walk(tagged).count * samples_a_frame - 529
    assert bare.notes == ()
    # without the tag nothing is trimmed: the samples come later by the encoder's delay
    whole = decode(tagged).samples[0]
    late = bare.samples[0]
    start = int(np.argmax(np.correlate(late, whole[-rate:], "valid"))) - (len(whole) - rate)
    assert 500 < start < 1_800
    assert np.abs(late[start:][: len(whole)] - whole)[-rate:-2_000].max() < 0.02


def test_an_id3_tag_in_front_is_stepped_over():
    art = b"ID3\x04\x00\x00" + bytes([0, 0x18, 0x35, 0x20]) + bytes(0x18 << 14 | 0x35 << 7 | 0x20)
    data = mp3(16_000, 1)
    assert len(art) > 400_000
    assert mpeg.walk(art + data) == mpeg.walk(data)
    np.testing.assert_array_equal(decode(art + data).samples, decode(data).samples)


@pytest.mark.parametrize("tag", [b"TAG" + bytes(125), b"APETAGEX" + bytes(100), bytes(500)])
def test_a_tag_or_padding_behind_the_last_frame_is_no_damage(tag):
    assert mpeg.walk(mp3(16_000, 1) + tag).notes == ()


def test_other_bytes_behind_the_last_frame_are_told():
    assert mpeg.walk(mp3(16_000, 1) + b"x" * 500).notes == (
        "500 bytes between or behind the MPEG frames are no audio",
    )


def test_a_cut_frame_is_told():
    assert mpeg.walk(mp3(16_000, 1)[:-5]).notes == ("truncated: the last MPEG frame is cut",)


def test_frames_that_the_tag_promises_and_are_not_there_are_told():
    data = mp3(16_000, 1)
    view = memoryview(data)
    position = mpeg._first_frame(view)
    for _ in range(10):
        position += mpeg._parse(view, position)[0]
    (note,) = mpeg.walk(data[:position]).notes
    assert note.startswith("truncated: the header promises")


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xfb\x90", b"\xff\xfb\x90\x00", bytes(5_000)])
def test_not_one_whole_frame_is_no_audio(data):
    with pytest.raises(em.AudioError, match="no audio"):
        mpeg.walk(data)


@pytest.mark.parametrize("share", [0.4, 0.8])
@pytest.mark.parametrize("shape", [lambda data: data, untagged])
def test_a_cut_mp3_says_so_once_and_keeps_stderr_quiet(share, shape, capfd):
    data = shape(mp3(16_000, 1))
    clip = decode(data[: int(len(data) * share)])
    assert 0.2 * 3 < clip.duration < share * 3 + 0.5
    assert len(clip.notes) == 1
    assert "truncated" in clip.notes[0]
    assert capfd.readouterr().err == ""


def test_what_decoding_and_walking_say_of_damage_is_the_same():
    data = mp3(44_100, 1)
    hole = data[:8_000] + bytes(400) + data[8_400:]
    for damaged in (data[:-1], data[: len(data) // 2], data + b"<html>" * 50, data + data):
        assert decode(damaged).notes == mpeg.walk(damaged).notes != ()
    assert decode(hole).notes and mpeg.walk(hole).notes


@pytest.mark.parametrize("between", [b"", b"TAG" + bytes(125)])
def test_mp3s_one_behind_the_other_are_read_to_the_end(between):
    data = mp3(44_100, 2)
    clip = decode(data + between + data)
    assert clip.duration == pytest.approx(6, abs=0.1)
    (note,) = clip.notes
    assert "the header promises" in note
    np.testing.assert_array_equal(clip.samples[:, :100_000], decode(data).samples[:, :100_000])


def test_decoding_in_blocks_is_the_same_as_at_once():
    data = mp3(44_100, 2, seconds=7)  # more than two blocks
    whole, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    np.testing.assert_allclose(decode(data).samples, whole.T, atol=1e-5)


def test_the_tag_is_only_copied_where_it_is_wrong():
    data = mp3(16_000, 1)
    assert mpeg.mended(data)[0] is data
