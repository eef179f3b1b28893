"""The boxes of an MP4, built by hand: what they claim beyond the bytes that are there."""

import contextlib
import struct
import time

import pytest

import earmark as em
from earmark.engine.audio.mp4 import missing_end


def box(name, body=b"", size=None):
    return struct.pack(">I4s", 8 + len(body) if size is None else size, name) + body


def sizes(count, name=b"stsz"):
    return box(name, struct.pack(">III", 0, 1, count))


def index(*boxes):
    for name in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        boxes = (box(name, b"".join(boxes)),)
    return boxes[0]


FTYP = box(b"ftyp", b"isom")
WHOLE = FTYP + index(sizes(100)) + box(b"mdat", bytes(400))


def test_what_is_whole_is_fine():
    assert missing_end(WHOLE) == ""
    assert missing_end(memoryview(WHOLE)) == ""


@pytest.mark.parametrize("cut", [1, 399, 400])
def test_a_cut_is_told_with_both_sizes(cut):
    present = len(WHOLE) - cut
    expected = f"promises {len(WHOLE):,} bytes, {present:,} are there"
    assert expected in missing_end(WHOLE[:present])


def test_a_size_of_64_bits_is_read():
    wide = struct.pack(">I4sQ", 1, b"mdat", 416) + bytes(400)
    assert missing_end(index(sizes(1)) + wide) == ""
    assert "promises" in missing_end((index(sizes(1)) + wide)[:-1])


def test_a_size_of_0_means_up_to_the_end():
    assert missing_end(index(sizes(1)) + box(b"mdat", bytes(400), size=0)) == ""


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (FTYP + box(b"mdat", bytes(400)), "never finished"),
        (FTYP + box(b"mdat", bytes(400), size=9_000), "truncated before it"),
        (FTYP + box(b"mdat", bytes(400), size=3), "never finished"),
        (FTYP[:6], "never finished"),
    ],
)
def test_without_an_index_there_is_no_audio(data, why):
    with pytest.raises(em.AudioError, match=rf"moov box\): .*{why}"):
        missing_end(data)


@pytest.mark.parametrize(
    "boxes",
    [
        (sizes(2**25),),
        (sizes(2**25, b"stz2"),),
        (sizes(7_000), sizes(7_000)),
    ],
)
def test_more_packets_than_the_bytes_can_hold_are_refused(boxes):
    with pytest.raises(em.AudioError, match="an index that claims"):
        missing_end(FTYP + index(*boxes) + box(b"mdat", bytes(400)))


def test_a_fragment_that_claims_them_is_refused_too():
    run = box(b"moof", box(b"traf", box(b"trun", struct.pack(">II", 0, 2**25))))
    with pytest.raises(em.AudioError, match="claims 33,554,432 packets"):
        missing_end(WHOLE + run)


@pytest.mark.parametrize(
    "data",
    [
        box(b"moov") * 600_000,
        b"".join(struct.pack(">I4s", 8 * (200_000 - i), b"moov") for i in range(200_000)),
    ],
    ids=["side by side", "one in the other"],
)
def test_boxes_without_end_are_given_up(data):
    started = time.perf_counter()
    with contextlib.suppress(em.AudioError):
        missing_end(data)
    assert time.perf_counter() - started < 5
