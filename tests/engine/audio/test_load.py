"""Files to samples: every container, and every way in which a file can be wrong."""

import io
import math
import os
import random
import struct
import time
import tracemalloc

import numpy as np
import pytest
import soundfile

import earmark as em
from earmark.engine.audio.limits import Limits
from earmark.engine.audio.load import decode

RATE = 16_000
FRAMES = RATE // 2
TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(FRAMES) / RATE)).astype(np.float32)
LEVELS = np.rint(TONE * 32768).astype("<i2")
RAW = LEVELS.tobytes()

# container or encoding -> (format and subtype of libsndfile, how far its samples may be off)
KINDS = {
    "wav": ("WAV", "PCM_16", 0),
    "wav8": ("WAV", "PCM_U8", 1 / 128),
    "wav24": ("WAV", "PCM_24", 0),
    "wav32": ("WAV", "PCM_32", 0),
    "float": ("WAV", "FLOAT", 0),
    "double": ("WAV", "DOUBLE", 0),
    "extensible": ("WAVEX", "PCM_16", 0),
    "ulaw": ("WAV", "ULAW", 0.03),
    "alaw": ("WAV", "ALAW", 0.03),
    "ima": ("WAV", "IMA_ADPCM", 0.05),
    "ms": ("WAV", "MS_ADPCM", 0.05),
    "rf64": ("RF64", "PCM_16", 0),
    "w64": ("W64", "PCM_16", 0),
    "flac": ("FLAC", "PCM_16", 0),
    "aiff": ("AIFF", "PCM_16", 0),
    "au": ("AU", "PCM_16", 0),
    "caf": ("CAF", "PCM_16", 0),
    "mp3": ("MP3", "MPEG_LAYER_III", 0.05),
    "ogg": ("OGG", "VORBIS", 0.05),
    "opus": ("OGG", "OPUS", 0.05),
}


def encoded(kind, levels=LEVELS, rate=RATE):
    format, subtype, _ = KINDS[kind]
    buffer = io.BytesIO()
    soundfile.write(buffer, levels / 32768, rate, format=format, subtype=subtype)
    return buffer.getvalue()


def wav(data=RAW, *, size=None, tag=1, channels=1, rate=RATE, bits=16, before=b""):
    """A WAV by hand, with any header: size is what the header claims of the data."""
    block = channels * bits // 8
    claimed = len(data) if size is None else size
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * block, block, bits)
    body = b"WAVE" + fmt + before + struct.pack("<4sI", b"data", claimed & 0xFFFFFFFF) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def notes(data):
    with pytest.warns(em.EarmarkWarning) as caught:
        clip = em.load_audio(data)
    assert tuple(str(w.message) for w in caught) == clip.notes
    return clip, " | ".join(clip.notes)


@pytest.mark.parametrize("kind", KINDS)
def test_every_container_gives_the_tone_that_went_in(kind):
    clip = em.load_audio(encoded(kind))
    assert (clip.rate, clip.channels, clip.notes) == (RATE, 1, ())
    assert clip.frames == FRAMES or kind in ("ima", "ms")  # whole blocks only
    steady = slice(RATE // 10, -RATE // 5)
    expected = LEVELS[steady] / 32768
    assert np.abs(clip.samples[0, :FRAMES][steady] - expected).max() <= KINDS[kind][2]


@pytest.mark.parametrize("kind", ["wav", "wav24", "float", "flac", "aiff", "mp3", "ogg"])
def test_channels_stay_apart_and_in_order(kind):
    stereo = np.stack([LEVELS, LEVELS // 4], axis=1)
    clip = em.load_audio(encoded(kind, stereo))
    assert (clip.channels, clip.samples.dtype) == (2, np.float32)
    assert clip.samples[0].std() == pytest.approx(4 * clip.samples[1].std(), rel=0.02)


@pytest.mark.parametrize("kind", ["wav", "wav8", "wav24", "wav32", "float", "double"])
def test_our_own_reading_of_wav_equals_libsndfiles(kind):
    random_levels = np.random.default_rng(0).integers(-32768, 32767, (500, 3)).astype(np.int16)
    data = encoded(kind, random_levels)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    np.testing.assert_array_equal(em.load_audio(data).samples, expected.T)


def test_a_wav_of_24_bits_uses_all_of_them():
    levels = [0, 1, -1, 2**23 - 1, -(2**23)]
    raw = b"".join(level.to_bytes(3, "little", signed=True) for level in levels)
    assert (em.load_audio(wav(raw, bits=24)).samples[0] * 2**23).tolist() == levels


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_wav_that_was_cut_is_read_to_its_end_and_says_what_the_header_promised(share):
    data = wav()
    kept = 2 * round(share * FRAMES)
    clip, said = notes(data[: 44 + kept])
    assert clip.frames == kept // 2
    assert "promises 16,000 bytes of audio" in said
    np.testing.assert_array_equal(clip.samples[0], LEVELS[: kept // 2] / 32768)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"caf"}))
def test_whatever_was_cut_in_the_middle_is_decoded_as_far_as_it_goes_and_says_so(kind):
    levels = np.random.default_rng(0).integers(-9_000, 9_000, 5 * RATE)
    data = encoded(kind, levels)
    clip, said = notes(data[: len(data) * 2 // 3])
    assert "truncated" in said
    assert 0.4 * len(levels) < clip.frames < 0.8 * len(levels)


def test_a_wav_cut_at_an_odd_byte_drops_it_and_says_so():
    clip, said = notes(wav()[:-1001])
    assert clip.frames == FRAMES - 501
    assert "1 of 2 bytes, dropped" in said


@pytest.mark.parametrize("kind", ["wav", "float", "flac", "aiff", "au", "w64", "rf64"])
def test_a_header_without_one_frame_is_no_audio(kind):
    with pytest.raises(em.AudioError, match=r"no audio|cannot be decoded"):
        em.load_audio(encoded(kind, LEVELS[:0]))


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFF000])
def test_a_size_that_means_unknown_is_read_to_the_end_without_a_word(size):
    clip = em.load_audio(wav(size=size))
    assert (clip.frames, clip.notes) == (FRAMES, ())


def test_a_size_that_is_too_big_is_read_to_the_end():
    clip, said = notes(wav(size=1_000_000))
    assert clip.frames == FRAMES
    assert "promises 1,000,000 bytes of audio, 16,000 are there" in said


def test_a_size_of_0_with_data_behind_it_is_read_to_the_end():
    clip, said = notes(wav(size=0))
    assert clip.frames == FRAMES
    assert "says 0 bytes of audio, but 16,000 follow" in said


def test_a_size_that_is_too_small_is_obeyed_and_what_follows_is_told():
    clip, said = notes(wav(size=1_000))
    assert clip.frames == 500
    assert "15,000 bytes follow" in said


def test_rate_0_is_an_error():
    with pytest.raises(em.AudioError, match="0 Hz is outside"):
        em.load_audio(wav(rate=0))


@pytest.mark.parametrize(("rate", "fine"), [(999, 0), (1_000, 1), (384_000, 1), (384_001, 0)])
def test_rates_are_taken_up_to_the_limits(rate, fine):
    if fine:
        assert em.load_audio(wav(rate=rate)).rate == rate
    else:
        with pytest.raises(em.AudioError, match=f"{rate:,} Hz"):
            em.load_audio(wav(rate=rate))


@pytest.mark.parametrize(("channels", "fine"), [(0, 0), (1, 1), (32, 1), (33, 0), (65_535, 0)])
def test_channels_are_taken_up_to_the_limit(channels, fine):
    data = wav(bytes(6_400), channels=min(channels, 33))
    data = data[:22] + struct.pack("<H", channels) + data[24:]
    if fine:
        assert em.load_audio(data).channels == channels
    else:
        with pytest.raises(em.AudioError, match=f"{channels} channels"):
            em.load_audio(data)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e30])
def test_floats_that_are_no_sound_are_refused_with_their_count_and_place(bits, bad):
    floats = np.zeros(RATE, f"<f{bits // 8}")
    floats[[4_000, 5_000]] = bad
    data = wav(floats.tobytes(), tag=3, bits=bits)
    with pytest.raises(em.AudioError, match=r"2 samples .* at frame 4000 \(0\.250 s\)"):
        em.load_audio(data)
    with pytest.warns(em.EarmarkWarning, match="2 samples .* set to zero"):
        clip = em.load_audio(data, nonfinite="zero")
    assert not clip.samples.any()


@pytest.mark.parametrize("values", [(math.inf, -math.inf), (3e38, -3e38), (1e300, -1e300)])
def test_values_that_would_cancel_in_a_sum_are_found(values):
    with pytest.raises(em.AudioError, match="2 samples"):
        em.load_audio((np.array([*values, 0.0]), RATE))


def test_floats_somewhat_beyond_full_scale_are_kept():
    for values in ([1.5, -3.0, 100.0], [32767.0, -32768.0, 0.0], [9e8, -9e8, 0.0]):
        assert em.load_audio((np.array(values), RATE)).samples[0].tolist() == values


@pytest.mark.parametrize("padded", [True, False])
def test_a_chunk_of_odd_length_before_the_data_is_stepped_over(padded):
    chunk = struct.pack("<4sI", b"LIST", 5) + b"abcde" + b"\0" * padded
    clip = decode(wav(before=chunk))
    assert clip.frames == FRAMES
    assert any("no pad byte" in note for note in clip.notes) is not padded


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"x" * 20, "text"),
        (b"hello, this is a transcript\n" * 40, "text"),
        ("Grüße, très bien\n".encode() * 400, "text"),
        ("transcript".encode("utf-16"), "UTF-16 text"),
        (b"<!DOCTYPE html><html>404</html>", "HTML page"),
        (b"\xef\xbb\xbf<html><body>", "HTML page"),
        (b'<?xml version="1.0"?><Error>AccessDenied</Error>', "XML"),
        (b'{"error": {"message": "quota"}}', "JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"PK\x03\x04" + bytes(40), "archive"),
        (b"\x1f\x8b" + bytes(40), "archive"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (bytes(1_000), "zero bytes"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "not WAVE"),
        (bytes(range(128, 228)), r"\(array, rate\)"),
        (b"RIFF", "not WAVE"),
        (b"RIFF\x00\x00\x00\x00WAVE", "header is cut"),
        (wav()[:20], "header is cut|format chunk"),
        (wav()[:36], "without a data chunk"),
        (b"RIFX" + wav()[4:], "big-endian"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(40), "moov box"),
        (b"\xff\xf1\x50\x80" + bytes(40), "not one frame of this aac"),
        (b"\x1aE\xdf\xa3" + bytes(40), "mkv that cannot be decoded"),
        (b"fLaC" + bytes(100), "flac that cannot be decoded"),
        (b"OggS" + bytes(100), "ogg that cannot be decoded"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(100), "mp3"),
    ],
)
def test_what_is_no_audio_is_refused_with_what_it_looks_like(data, reason):
    with pytest.raises(em.AudioError, match=reason):
        em.load_audio(data)


def test_random_bytes_are_no_audio():
    noise = random.Random(0).randbytes(5_000)
    with pytest.raises(em.AudioError, match="no audio"):
        em.load_audio(noise)


@pytest.mark.parametrize("name", ["clip.mp3", "clip.flac", "clip.MP3"])
def test_a_wrong_extension_is_told_and_the_content_decoded(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(wav())
    with pytest.warns(em.EarmarkWarning, match=r"called '(mp3|flac)', but the content is wav"):
        assert em.load_audio(path).frames == FRAMES


def test_a_declared_format_that_is_wrong_is_told():
    with pytest.warns(em.EarmarkWarning, match="called 'wav', but the content is mp3"):
        part = {"data": em.audio_to_base64(encoded("mp3")), "format": "wav"}
        assert em.load_audio(part).source == "mp3"


@pytest.mark.parametrize("blocksize", [None, 4])
def test_a_cut_flac_gives_the_true_beginning_of_its_samples(blocksize):
    levels = np.random.default_rng(0).integers(-9_000, 9_000, 60_000).astype(np.int16)
    data = encoded("flac", levels)
    for share in (0.2, 0.5, 0.77, 0.99):
        clip, said = notes(data[: int(len(data) * share)])
        assert "truncated or damaged" in said
        assert clip.frames > (share - 0.15) * len(levels)
        np.testing.assert_array_equal(clip.samples[0] * 32768, levels[: clip.frames])


@pytest.mark.parametrize(
    "data",
    [
        wav(bytes(20), size=2147483520 * 2),
        encoded("flac")[:21] + b"\x0f\xff\xff\xff\xff" + encoded("flac")[26:86],
        encoded("aiff")[:22] + b"\x7f\xff\xff\x80" + encoded("aiff")[26:64],
        encoded("au")[:8] + b"\x7f\xff\xff\x80" + encoded("au")[12:64],
        encoded("w64")[:128],
    ],
    ids=["wav", "flac", "aiff", "au", "w64"],
)
def test_a_few_bytes_that_claim_two_thousand_million_frames_cost_nothing(data):
    tracemalloc.start()
    try:
        clip = decode(data)
        assert clip.frames < 100
        assert clip.notes
    except em.AudioError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3"])
def test_audio_longer_than_the_limit_is_refused_with_both_durations(kind):
    data = encoded(kind, np.tile(LEVELS, 20))  # 10 s
    assert em.load_audio(data, limits=Limits(max_duration_s=10.1)).duration > 9.9
    with pytest.raises(em.AudioError, match=r" s of audio: the limit is 5 s"):
        em.load_audio(data, limits=Limits(max_duration_s=5))


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_more_decoded_bytes_than_the_limit_are_refused_with_both_sizes(kind):
    data = encoded(kind, np.tile(LEVELS, 2))
    with pytest.raises(em.AudioError, match="64,000 bytes of decoded audio: the limit is 60,000"):
        em.load_audio(data, limits=Limits(max_decoded_bytes=60_000))


def test_a_megabyte_of_empty_chunks_is_given_up():
    started = time.perf_counter()
    with pytest.raises(em.AudioError):
        em.load_audio(b"RIFF\0\0\0\0WAVE" + bytes(80_000_000))
    assert time.perf_counter() - started < 1


def damaged(data, chance):
    """A copy cut, flipped, or both, half of the time in the header."""
    out = bytearray(data)
    if chance.random() < 0.6:
        out = out[: chance.choice((chance.randrange(len(out)), chance.randrange(200)))]
    for _ in range(chance.choice((0, 1, 3, 20)) if out else 0):
        place = chance.randrange(chance.choice((len(out), min(len(out), 100))))
        out[place] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(out)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_of_any_kind_gives_a_clip_or_an_audio_error(kind, capfd):
    chance, data = random.Random(kind), encoded(kind)
    tracemalloc.start()
    try:
        for _ in range(40):
            broken = damaged(data, chance)
            tracemalloc.reset_peak()
            started = time.perf_counter()
            try:
                clip = decode(broken)
            except em.AudioError as error:
                assert str(error)
            else:
                assert clip.frames > 0
                assert np.isfinite(clip.samples).all()
            assert time.perf_counter() - started < 2
            assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()
    assert "Traceback" not in capfd.readouterr().err


def test_a_clip_says_what_it_is():
    clip = em.load_audio(encoded("flac", np.stack([LEVELS, LEVELS], axis=1)))
    assert repr(clip) == "Clip(0.500 s, 16000 Hz, 2 channels, from flac)"
    assert clip.duration == 0.5


@pytest.mark.parametrize("format", ["FLAC", "MP3", "OGG"])
def test_where_no_file_can_live_in_memory_the_result_is_the_same(format, monkeypatch):
    buffer = io.BytesIO()
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(200_000) / 44_100)
    soundfile.write(buffer, tone, 44_100, format=format)
    here = em.load_audio(buffer.getvalue()).samples
    monkeypatch.delattr(os, "memfd_create", raising=False)
    np.testing.assert_array_equal(em.load_audio(buffer.getvalue()).samples, here)


def test_what_is_wrong_with_a_file_names_the_file(tmp_path):
    bad, cut = tmp_path / "bad.wav", tmp_path / "cut.wav"
    bad.write_text("<html>")
    cut.write_bytes(em.Clip(np.zeros((1, 800), np.float32), 8_000).encode("wav")[:-100])
    with pytest.raises(em.AudioError, match=r"bad\.wav: no audio"):
        em.load_audio(bad)
    with pytest.warns(em.EarmarkWarning, match=r"cut\.wav: truncated"):
        em.load_audio({"path": str(cut)})
