"""Segments of files that libsndfile reads: the same samples as cut out of the whole."""

import functools
import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.audio.limits import Limits
from earmark.engine.audio.load import decode
from earmark.engine.audio.segment import Segment

RATE = 16_000
SECONDS = 10
TIMES = np.arange(SECONDS * RATE) / RATE
NOISE = np.random.default_rng(5).standard_normal((len(TIMES), 2)) * np.sin(TIMES)[:, None] / 9
SOUND = np.sin(2 * np.pi * 300 * TIMES * (1 + TIMES / 99))[:, None] / 2 + NOISE
SOUGHT = {
    "flac": ("FLAC", "PCM_16"),
    "flac24": ("FLAC", "PCM_24"),
    "aiff": ("AIFF", "PCM_24"),
    "au": ("AU", "FLOAT"),
    "caf": ("CAF", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "rf64": ("RF64", "PCM_16"),
    "ulaw": ("WAV", "ULAW"),
}
DECODED_UP_TO = {
    "adpcm": ("WAV", "MS_ADPCM"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
DECODED_WHOLE = {
    "vorbis": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
}
KINDS = SOUGHT | DECODED_UP_TO | DECODED_WHOLE


@functools.cache
def file_of(kind):
    buffer = io.BytesIO()
    format, subtype = KINDS[kind]
    soundfile.write(buffer, SOUND, RATE, format=format, subtype=subtype)
    return buffer.getvalue()


@functools.cache
def whole_of(data):
    return decode(data)


def part_of(data, offset, duration=None, limits=None):
    value = {"bytes": data, "offset": offset, "duration": duration}
    return decode(value, limits=limits) if limits else decode(value)


def assert_is_cut_from_whole(data, offset, duration):
    """Samples to the bit, or the same refusal."""
    whole = whole_of(data)
    try:
        samples, notes = Segment(offset, duration).cut(whole.samples, whole.rate)
    except em.AudioError as error:
        with pytest.raises(em.AudioError) as refusal:
            part_of(data, offset, duration)
        assert str(refusal.value) == str(error)
        return
    part = part_of(data, offset, duration)
    np.testing.assert_array_equal(part.samples, samples)
    assert set(notes) <= set(part.notes) <= {*notes, *whole.notes}


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=15)
@given(offset=st.floats(0, SECONDS + 0.1), duration=st.none() | st.floats(0, SECONDS))
def test_a_segment_is_what_is_cut_out_of_the_whole(kind, offset, duration):
    assert_is_cut_from_whole(file_of(kind), offset, duration)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("offset", "duration"), [(0, 10), (0, 1), (9, 1), (9, None), (0, None), (9, 5), (9.9999, 1e300)]
)
def test_edges_of_a_file_are_edges_of_its_segments(kind, offset, duration):
    assert_is_cut_from_whole(file_of(kind), offset, duration)


def totalled(frames):
    """The FLAC with another number of frames in its header (RFC 9639, 8.2)."""
    data = bytearray(file_of("flac"))
    struct.pack_into(">I", data, 22, frames)
    return bytes(data)


def damaged():
    """The FLAC with zeros for some of its bytes in the middle."""
    data = bytearray(file_of("flac"))
    half = len(data) // 2
    data[half : half + 600] = bytes(600)
    return bytes(data)


FLACS = {
    "promises less": lambda: totalled(4 * RATE),
    "promises more": lambda: totalled(11 * RATE),
    "promises nothing": lambda: totalled(0),
    "cut": lambda: file_of("flac")[: len(file_of("flac")) // 2],
    "behind a tag": lambda: b"ID3\4\0\0\0\0\0\x14" + bytes(20) + file_of("flac"),
}


@pytest.mark.parametrize("made", FLACS.values(), ids=FLACS)
@settings(deadline=None, max_examples=15)
@given(offset=st.floats(0, SECONDS + 2), duration=st.none() | st.floats(0.001, 3))
def test_a_flac_whose_header_is_wrong_gives_what_the_whole_would(made, offset, duration):
    assert_is_cut_from_whole(made(), offset, duration)


def test_what_lies_before_damage_is_had_and_what_lies_behind_it_too():
    data, right = damaged(), whole_of(file_of("flac")).samples
    there = whole_of(data).frames / RATE
    assert 1 < there < 6
    for offset in (0, there - 1, 8):
        part = part_of(data, offset, 1)
        start = round(offset * RATE)
        np.testing.assert_array_equal(part.samples, right[:, start : start + RATE])
        assert part.notes == ()


def test_a_segment_that_damage_cuts_says_so():
    data = damaged()
    there = whole_of(data).frames / RATE
    part = part_of(data, there - 1, 3)
    assert abs(part.duration - 1) < 1e-9
    assert "decoding stopped after" in part.notes[0]
    assert "runs past the end: 1.000 s are there" in part.notes[1]


@pytest.mark.parametrize("kind", SOUGHT)
def test_only_the_segment_is_decoded_where_a_seek_is_exact(kind):
    assert part_of(file_of(kind), 7, 2, Limits(max_duration_s=2)).duration == 2


@pytest.mark.parametrize("kind", DECODED_UP_TO)
def test_what_cannot_be_sought_is_decoded_up_to_the_end_of_the_segment(kind):
    assert part_of(file_of(kind), 2, 1, Limits(max_duration_s=3)).duration == 1
    with pytest.raises(em.AudioError, match="the limit is 3 s"):
        part_of(file_of(kind), 2, 1.1, Limits(max_duration_s=3))


@pytest.mark.parametrize(("offset", "duration"), [(1, 1), (3, 1), (4, 3), (6, 1), (0, None)])
@pytest.mark.parametrize("junk", [bytes(2000), bytes(range(1, 251)) * 2, bytes(range(1, 251)) * 8])
@pytest.mark.parametrize("kind", ["mp3", "opus", "vorbis"])
def test_where_damage_moves_what_is_behind_it_a_segment_says_so(kind, junk, offset, duration):
    data = file_of(kind)
    half = len(data) // 2
    broken = data[:half] + junk + data[half + len(junk) :]
    assert_is_cut_from_whole(broken, offset, duration)
    notes = whole_of(broken).notes
    assert notes
    if offset < whole_of(broken).duration:
        assert set(notes) <= set(part_of(broken, offset, duration).notes)


def test_a_segment_keeps_no_more_than_itself_in_memory():
    for kind in ("flac", "mp3"):
        samples = part_of(file_of(kind), 8.5, 1).samples
        held = samples if samples.base is None else samples.base
        assert held.nbytes == 2 * RATE * 4
