"""WAV headers, written and read."""

import io
import struct
import wave

import numpy as np
import pytest

import earmark as em
from earmark.engine.audio import riff


def file_of(*chunks):
    body = b"".join(struct.pack("<4sI", name, len(data)) + data for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def fmt(tag=1, channels=1, rate=16_000, bits=16, more=b""):
    block = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + more


def test_our_header_is_the_one_the_standard_library_writes():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes(bytes(400))
    assert riff.header(100, 2, 44_100) == buffer.getvalue()[:44]


def test_more_than_4_gib_is_refused():
    with pytest.raises(em.AudioError, match="at most 4 GiB"):
        riff.header(2**31, 1, 16_000)


def test_an_extensible_header_is_what_its_subformat_says():
    more = struct.pack("<HHIH", 22, 24, 0, 3) + bytes(14)
    found = riff.parse(file_of((b"fmt ", fmt(0xFFFE, bits=32, more=more)), (b"data", bytes(8))))
    assert (found.tag, found.is_float, found.frames) == (3, True, 2)


def test_tags_around_the_audio_are_no_audio():
    found = riff.parse(
        file_of((b"LIST", bytes(10)), (b"fmt ", fmt()), (b"data", bytes(20)), (b"id3 ", bytes(30)))
    )
    assert (found.size, found.notes) == (20, ())


@pytest.mark.parametrize(
    "behind",
    [b"12345", b"data" + struct.pack("<I", 40) + bytes(40), bytes(99), b"LIST\xff\xff\xff\x7f1234"],
)
def test_what_could_be_lost_audio_is_told(behind):
    found = riff.parse(file_of((b"fmt ", fmt()), (b"data", bytes(20))) + behind)
    assert found.size == 20
    assert found.notes[0].startswith(f"{len(behind)} bytes follow the 20 bytes")


def test_data_before_its_format_is_refused():
    with pytest.raises(em.AudioError, match="before its format"):
        riff.parse(file_of((b"data", bytes(20)), (b"fmt ", fmt())))


@pytest.mark.parametrize(
    ("header", "reason"),
    [(fmt(channels=0), "0 channels"), (fmt(bits=0), "0 bytes a frame"), (fmt()[:10], "10 of 16")],
)
def test_a_broken_format_is_refused(header, reason):
    with pytest.raises(em.AudioError, match=reason):
        riff.parse(file_of((b"fmt ", header), (b"data", bytes(20))))


def test_a_repaired_file_has_true_sizes():
    data = file_of((b"fmt ", fmt()), (b"data", bytes(20)))
    lying = data[:40] + b"\xff\xff\xff\xff" + data[44:] + bytes(6)
    fixed = riff.repaired(lying, riff.parse(lying))
    with wave.open(io.BytesIO(fixed)) as file:
        assert file.getnframes() == 13
    assert struct.unpack_from("<I", fixed, 4)[0] == len(fixed) - 8


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_samples_of_every_width_are_scaled_to_one(bits, channels):
    top = 2 ** (bits - 1)
    levels = np.array([-top, -top // 2, 0, top // 2] * channels, np.int64)
    stored = levels + (128 if bits == 8 else 0)  # 8 bits are unsigned
    raw = b"".join(int(v).to_bytes(bits // 8, "little", signed=bits > 8) for v in stored)
    data = file_of((b"fmt ", fmt(channels=channels, bits=bits)), (b"data", raw))
    out = riff.samples(data, riff.parse(data))
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, (levels / top).reshape(-1, channels).T)
    np.testing.assert_array_equal(riff.samples(data, riff.parse(data), 1, 3), out[:, 1:3])
