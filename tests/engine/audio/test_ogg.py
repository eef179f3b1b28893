"""What an OGG promises and libsndfile does not read is told."""

import io

import numpy as np
import pytest
import soundfile

import earmark as em
from earmark.engine.audio.load import decode


def stream(subtype, rate, seconds=4):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, rate * seconds).astype(np.float32)
    soundfile.write(buffer, noise, rate, format="OGG", subtype=subtype)
    return buffer.getvalue()


CODECS = [("VORBIS", 44_100), ("OPUS", 48_000), ("OPUS", 16_000)]


@pytest.mark.parametrize(("codec", "rate"), CODECS)
def test_a_whole_stream_has_nothing_missing(codec, rate):
    assert decode(stream(codec, rate)).notes == ()


@pytest.mark.parametrize(("codec", "rate"), CODECS)
@pytest.mark.parametrize("kept", [slice(-1), slice(-5_000)])
def test_a_stream_without_its_last_byte_or_page_is_truncated(codec, rate, kept):
    (note,) = decode(stream(codec, rate)[kept]).notes
    assert note == "truncated: the OGG stream has no whole last page"


@pytest.mark.parametrize(("codec", "rate"), CODECS)
def test_damage_in_the_middle_that_costs_audio_is_told(codec, rate):
    data = bytearray(stream(codec, rate))
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    clip = decode(bytes(data))
    assert clip.duration < 3.6
    assert clip.notes


def test_a_second_stream_behind_the_first_is_told():
    data = stream("VORBIS", 44_100)
    clip = decode(data + data)
    assert clip.duration == pytest.approx(4)
    assert clip.notes == ("2 OGG streams in one file: only the first was read",)


def test_pages_that_are_no_audio_are_an_error():
    with pytest.raises(em.AudioError, match=r"no audio|cannot be decoded"):
        decode(b"OggS" + bytes(5_000))
