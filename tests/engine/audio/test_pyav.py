"""What FFmpeg decodes: files made here by PyAV, whole, cut, damaged, and without PyAV."""

import io
import json
import random
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import numpy as np
import pytest

import earmark as em
from earmark.engine.audio.doctor import examine
from earmark.engine.audio.limits import Limits
from earmark.engine.audio.load import decode
from earmark.engine.audio.segment import Segment

RATE = 16_000
FRAMES = 20_000
TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(FRAMES) / RATE)).astype(np.float32)

# file name -> (FFmpeg's muxer, codec, rate, what earmark calls it, samples that a frame holds)
KINDS = {
    "a.m4a": ("ipod", "aac", 16_000, "m4a", 1024),
    "lossless.m4a": ("ipod", "alac", 16_000, "m4a", 1),
    "a.mp4": ("mp4", "aac", 44_100, "mp4", 1024),
    "a.mov": ("mov", "aac", 16_000, "mov", 1024),
    "pcm.mov": ("mov", "pcm_s16le", 16_000, "mov", 1),
    "a.3gp": ("3gp", "libopencore_amrnb", 8_000, "3gp", 160),
    "a.webm": ("webm", "libopus", 48_000, "webm", 1),
    "a.mkv": ("matroska", "flac", 16_000, "mkv", 1),
    "a.mka": ("matroska", "aac", 16_000, "mkv", 1024),
    "a.amr": ("amr", "libopencore_amrnb", 8_000, "amr", 160),
    "a.aac": ("adts", "aac", 16_000, "aac", 1024),
    "a.wma": ("asf", "wmav2", 44_100, "wma", 2048),
}
LOSSLESS = ("alac", "flac", "pcm_s16le")


def tone(rate, frames=FRAMES):
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(frames) / rate)).astype(np.float32)


def muxed(format, codec, rate, *tracks, video=False, title="", into=None, options=None):
    """A file of one audio stream a track ([channels, frames]), with moving pictures or without."""
    buffer = io.BytesIO()
    with av.open(into or buffer, "w", format=format, options=options or {}) as file:
        if title:
            file.metadata["title"] = title
        pictures = file.add_stream("mpeg4", rate=10) if video else None
        if pictures:
            pictures.width = pictures.height = 16
            pictures.pix_fmt = "yuv420p"
        streams = [
            file.add_stream(codec, rate=rate, layout="mono" if len(track) == 1 else "stereo")
            for track in tracks
        ]
        for stream, track in zip(streams, tracks, strict=True):
            stream.bit_rate = 12_200 if "amr" in codec else 64_000
            frame = av.AudioFrame.from_ndarray(track, "fltp", stream.layout.name)
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            file.mux([*stream.encode(frame), *stream.encode(None)])
        if pictures:
            still = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            file.mux([*pictures.encode(still), *pictures.encode(None)])
    return buffer.getvalue()


def file_of(name):
    format, codec, rate, *_ = KINDS[name]
    return muxed(format, codec, rate, tone(rate)[None])


M4A = file_of("a.m4a")


@pytest.fixture(scope="module")
def index_first(tmp_path_factory):
    """An M4A as it is made for the web: what is cut off its end is sound."""
    path = tmp_path_factory.mktemp("clips") / "clip.m4a"
    muxed("ipod", "aac", RATE, TONE[None], into=str(path), options={"movflags": "faststart"})
    return path.read_bytes()


@pytest.mark.parametrize("name", KINDS)
def test_every_container_gives_the_tone_that_went_in(name):
    _, codec, rate, kind, per_frame = KINDS[name]
    clip = em.load_audio(file_of(name))
    assert (clip.rate, clip.channels, clip.notes, clip.source) == (rate, 1, (), kind)
    assert abs(clip.frames - FRAMES) <= 2 * per_frame - 2
    spectrum = np.abs(np.fft.rfft(clip.samples[0] * np.hanning(clip.frames)))
    assert np.argmax(spectrum) * rate / clip.frames == pytest.approx(440, abs=2)
    if codec in LOSSLESS:
        np.testing.assert_allclose(clip.samples[0], tone(rate), atol=1 / 32768)


@pytest.mark.parametrize("name", ["a.m4a", "a.mp4", "a.mov", "a.mka", "a.webm"])
def test_what_an_encoder_puts_before_the_sound_is_cut_off(name):
    """AAC begins with 1024 samples of its own, Opus with 312: unnoticed, all labels shift."""
    rate = KINDS[name][2]
    clip = em.load_audio(file_of(name))
    assert 0 <= clip.frames - FRAMES < 1024
    steady = slice(2_000, FRAMES - 2_000)
    assert np.abs(clip.samples[0, steady] - tone(rate)[steady]).max() < 0.03


@pytest.mark.parametrize("codec", ["u8", "s16le", "s24le", "s32le", "f32le", "f64le"])
def test_every_type_of_sample_keeps_its_scale_and_its_channels(codec):
    stereo = np.stack([TONE, -TONE / 4])
    clip = em.load_audio(muxed("matroska", f"pcm_{codec}", RATE, stereo))
    assert (clip.channels, clip.frames, clip.samples.dtype) == (2, FRAMES, np.float32)
    step = {"u8": 1 / 128, "s16le": 1 / 32768}.get(codec, 1e-6)
    np.testing.assert_allclose(clip.samples, stereo, atol=step)


def test_the_sound_of_a_film_is_decoded():
    film = muxed("mp4", "aac", RATE, TONE[None], video=True)
    clip = em.load_audio(film)
    assert (clip.source, clip.channels, clip.notes) == ("mp4", 1, ())
    assert np.abs(clip.samples[0, 2_000:18_000] - TONE[2_000:18_000]).max() < 0.03


def test_a_film_without_sound_is_no_audio():
    with pytest.raises(em.AudioError, match="no audio: there is video in this mp4"):
        em.load_audio(muxed("mp4", "aac", RATE, video=True))


def test_a_codec_that_is_not_known_is_told():
    """PyAV before 18 brings the interpreter down with it."""
    with pytest.raises(em.AudioError, match="a codec that FFmpeg does not know"):
        em.load_audio(file_of("lossless.m4a").replace(b"alac", b"zzzz"))


def test_of_several_streams_the_first_is_read_and_the_others_are_told():
    clip = decode(muxed("matroska", "pcm_s16le", RATE, TONE[None], 0 * TONE[None]))
    assert clip.notes == ("2 streams of audio: only the first was read",)
    assert clip.peak_dbfs == pytest.approx(-6.02, abs=0.01)


def test_a_stream_that_changes_its_rate_is_read_up_to_there():
    joined = muxed("adts", "aac", RATE, TONE[None]) + muxed("adts", "aac", 8_000, tone(8_000)[None])
    clip = decode(joined)
    assert clip.rate == RATE
    assert "another sound begins" in clip.notes[0]
    assert "8000 Hz" in clip.notes[0]
    assert clip.frames == pytest.approx(FRAMES, abs=3 * 1024)


def test_a_title_that_is_no_utf8_hinders_nothing():
    titled = muxed("ipod", "aac", RATE, TONE[None], title="Gruesse")
    assert titled.count(b"Gruesse") == 1
    assert decode(titled.replace(b"Gruesse", b"Gr\xfc\xdfe  ")).notes == ()


@pytest.mark.parametrize("name", ["a.webm", "a.mkv", "a.wma", "a.aac", "a.amr"])
def test_what_was_cut_is_decoded_as_far_as_it_goes_and_says_so(name):
    data = file_of(name)
    clip = decode(data[: len(data) * 2 // 3 + 1])
    assert "truncated" in clip.notes[0]
    assert 0.4 * FRAMES < clip.frames < 0.95 * FRAMES


def test_an_m4a_that_was_cut_behind_its_index_is_decoded_as_far_as_it_goes(index_first):
    clip = decode(index_first[:-4_000])
    assert len(clip.notes) == 1
    assert f"promises {len(index_first):,} bytes" in clip.notes[0]
    assert 0.3 * FRAMES < clip.frames < 0.9 * FRAMES


def test_an_m4a_that_was_cut_before_its_index_says_that_this_is_missing():
    with pytest.raises(em.AudioError, match=r"its moov box\): truncated before"):
        em.load_audio(M4A[: len(M4A) // 2])


def test_packets_that_are_damaged_are_left_out_and_counted(index_first):
    start = index_first.index(b"mdat") + 2_000
    broken = index_first[:start] + b"\xff" * 1_000 + index_first[start + 1_000 :]
    clip = decode(broken)
    assert "packets that cannot be decoded" in clip.notes[0]
    assert 0.6 * FRAMES < clip.frames < FRAMES


def test_sound_that_is_missing_from_the_middle_is_told():
    whole = file_of("a.webm")
    middle = len(whole) // 2
    clip = decode(whole[:middle] + bytes(2_000) + whole[middle + 2_000 :])
    assert "are promised" in clip.notes[0] or "cannot be decoded" in clip.notes[0]


def test_sound_that_is_missing_before_a_segment_is_told_beside_it():
    options = {"cluster_time_limit": "500"}
    whole = muxed("webm", "libopus", 48_000, tone(48_000, 240_000)[None], options=options)
    third = len(whole) // 3
    broken = whole[:third] + bytes(6_000) + whole[third + 6_000 :]
    clip = decode(broken)
    part = decode({"bytes": broken, "offset": clip.duration - 0.5, "duration": 0.2})
    assert part.notes == clip.notes != ()
    assert decode({"bytes": broken, "offset": 0, "duration": 0.5}).notes == ()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("offset", "duration"), [(0, 0.2), (0.1, 0.123), (0.25, None), (0.3, 9)])
def test_a_segment_is_what_is_cut_out_of_the_whole(name, offset, duration):
    whole = decode(file_of(name))
    samples, notes = Segment(offset, duration).cut(whole.samples, whole.rate)
    part = decode({"bytes": file_of(name), "offset": offset, "duration": duration})
    np.testing.assert_array_equal(part.samples, samples)
    assert part.notes == notes


@pytest.mark.parametrize("name", KINDS)
def test_what_lies_behind_a_segment_is_not_decoded(name):
    value = {"bytes": file_of(name), "offset": 0.05, "duration": 0.1}
    assert decode(value, limits=Limits(max_duration_s=0.4)).duration == pytest.approx(0.1)


def test_audio_longer_than_the_limit_is_refused_while_it_is_decoded():
    with pytest.raises(em.AudioError, match="the limit is 1 s"):
        em.load_audio(M4A, limits=Limits(max_duration_s=1))
    with pytest.raises(em.AudioError, match="the limit is 40,000; cut the clip"):
        em.load_audio(M4A, limits=Limits(max_decoded_bytes=40_000))


@pytest.mark.parametrize("rate", [100, 500_000])
def test_rates_outside_the_limits_are_refused(rate):
    with pytest.raises(em.AudioError, match=f"{rate:,} Hz is outside"):
        em.load_audio(muxed("matroska", "pcm_s16le", rate, TONE[None]))


def test_an_index_that_claims_millions_of_packets_is_refused_before_they_cost_memory(index_first):
    data = bytearray(index_first)
    place = data.index(b"stsz")
    struct.pack_into(">II", data, place + 8, 1, 0x02000000)
    struct.pack_into(">III", data, data.index(b"stsc") + 12, 1, 0x02000000, 1)
    with pytest.raises(em.AudioError, match="an index that claims 33,554,432 packets"):
        em.load_audio(bytes(data))


def test_many_threads_decode_the_same():
    expected = decode(M4A).samples
    with ThreadPoolExecutor(8) as pool:
        for clip in pool.map(decode, [M4A] * 40):
            np.testing.assert_array_equal(clip.samples, expected)


def damaged(data, chance):
    """A copy cut, flipped, or both."""
    out = bytearray(data)
    if chance.random() < 0.3:
        out = out[: chance.randrange(len(out))]
    for _ in range(chance.choice((1, 3, 20)) if out else 0):
        place = chance.randrange(chance.choice((len(out), min(len(out), 600))))
        out[place] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(out)


@pytest.mark.parametrize("name", KINDS)
def test_damage_of_any_kind_gives_a_clip_or_an_audio_error(name, capfd):
    chance, data = random.Random(name), file_of(name)
    head = data[:8]
    for _ in range(40):
        started = time.perf_counter()
        try:
            clip = decode(head + damaged(data, chance)[8:])
        except em.AudioError as error:
            assert str(error)
        else:
            assert clip.frames > 0
            assert np.isfinite(clip.samples).all()
        assert time.perf_counter() - started < 2
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", KINDS)
def test_the_doctor_knows_what_it_is_and_what_it_is_called(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(file_of(name))
    (report,) = em.check(path)
    assert (report.format, report.verdict, report.reasons) == (KINDS[name][3], "ok", ())
    assert report.bytes == len(path.read_bytes())


def test_prepared_they_are_wav_of_the_same_rate(tmp_path):
    for name in ("a.m4a", "a.webm"):
        (tmp_path / name).write_bytes(file_of(name))
    items = [{"audio": str(tmp_path / name)} for name in ("a.m4a", "a.webm")]
    report = em.prepare(items, tmp_path / "out.jsonl")
    assert (report.written, report.skipped, report.warnings) == (2, [], [])
    clips = []
    for line in (tmp_path / "out.jsonl").read_text().splitlines():
        item = json.loads(line)["item"]
        clips.append(em.load_audio({"data": item["audio_base64"], "format": item["audio_format"]}))
    assert [(clip.source, clip.rate) for clip in clips] == [("wav", RATE), ("wav", 48_000)]


def test_as_base64_they_go_through_untouched(tmp_path):
    path = tmp_path / "clip.m4a"
    path.write_bytes(M4A)
    assert em.audio_to_base64(path) == em.audio_to_base64(M4A)


@pytest.fixture
def without_pyav(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)


def test_without_pyav_the_extra_is_named_and_nothing_else_stops(without_pyav, tmp_path):
    with pytest.raises(
        em.AudioError, match=r"decoding m4a .* pip install 'earmark\[av\]'"
    ) as error:
        em.load_audio(M4A)
    assert "\n" not in str(error.value)
    report = examine(M4A)
    assert (report.format, report.verdict) == ("m4a", "error")
    items = [{"audio": M4A}, {"audio": (TONE, RATE)}]
    report = em.prepare(items, tmp_path / "out.jsonl")
    assert report.written == 1
    assert "earmark[av]" in report.skipped[0]["reason"]


def test_pyav_is_not_imported_where_it_is_not_needed():
    code = (
        "import sys, earmark as em\n"
        "em.load_audio(em.load_audio(([0.0] * 800, 8_000)).encode('flac'))\n"
        "assert 'av' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
