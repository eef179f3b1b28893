"""The doctor's verdicts: every limit just inside and just outside, and every source."""

import io
import json
import math
import struct

import numpy as np
import pytest
import soundfile

import earmark as em
from earmark.engine.audio.doctor import examine
from earmark.engine.audio.limits import LIMITS

RATE = 16_000
FIELDS = (
    "file id verdict reasons format rate channels duration peak_dbfs lufs silence clipped "
    "dc_offset bytes base64_bytes"
).split()


def tone(seconds=1.0, amplitude=0.5, rate=RATE):
    frames = np.arange(round(seconds * rate))
    return (amplitude * np.sin(2 * np.pi * 250 * frames / rate)).astype(np.float32)


def wav(samples, rate=RATE, subtype="PCM_16"):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV", subtype=subtype)
    return buffer.getvalue()


def eight_bits(frames, rate, channels=1):
    """Silence as 8-bit PCM: the fewest bytes for the most audio."""
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels, channels, 8)
    data = b"\x80" * (frames * channels)
    return b"RIFF\0\0\0\0WAVE" + fmt + struct.pack("<4sI", b"data", len(data)) + data


def verdict(samples, rate=RATE):
    report = examine((samples, rate))
    return report.verdict, " | ".join(report.reasons)


def test_a_good_clip_is_ok_and_measured():
    data = wav(np.stack([tone(), tone()], axis=1))
    report = examine(data, file="a.wav", id="1")
    assert (report.verdict, report.reasons) == ("ok", ())
    assert (report.file, report.id, report.format) == ("a.wav", "1", "wav")
    assert (report.rate, report.channels, report.duration) == (RATE, 2, 1.0)
    assert report.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert report.lufs == pytest.approx(em.load_audio(data).lufs)
    assert (report.silence, report.clipped) == (0, 0)
    assert abs(report.dc_offset) < 1e-4
    assert (report.bytes, report.base64_bytes) == (len(data), len(em.audio_to_base64(data)))


def blocks(silent, of=100):
    """So many silent blocks of 20 ms, the rest a tone."""
    block = RATE // 50
    return np.concatenate([tone((of - silent) / 50), np.zeros(silent * block, np.float32)])


def half_scale(share, frames=20_000):
    """A tone with this share of its samples at full scale, half of them negative."""
    samples = tone(frames / RATE)
    count = round(share * frames)
    samples[:count] = np.where(np.arange(count) % 2, 1, -1)
    return samples


LIMITS_OF_WARNINGS = {
    "silence": (blocks(90), blocks(91), "91% of it is silence"),
    "peak": (tone(amplitude=10 ** (-39.99 / 20)), tone(amplitude=10 ** (-40.01 / 20)), "quiet"),
    "clipped": (half_scale(0.001), half_scale(0.0011), "0.11% of its samples are at full scale"),
    "dc": (tone() + np.float32(0.0099), tone() + np.float32(0.0101), r"DC offset of \+0.010"),
    "negative dc": (tone() - np.float32(0.0099), tone() - np.float32(0.0101), "offset of -0.010"),
    "short": (tone(0.1), tone(0.0999), "only 0.100 s long"),
}


@pytest.mark.parametrize("limit", LIMITS_OF_WARNINGS)
def test_a_warning_begins_just_outside_its_limit(limit):
    inside, outside, reason = LIMITS_OF_WARNINGS[limit]
    assert verdict(inside) == ("ok", "")
    report = examine((outside, RATE))
    assert report.verdict == "warn"
    (said,) = report.reasons
    assert reason.replace("\\", "") in said


def test_a_dc_offset_of_one_channel_counts():
    shifted = np.stack([tone(), tone() + np.float32(0.05)])
    assert "DC offset of +0.050" in verdict(shifted)[1]


def test_the_quietest_block_that_is_not_silence():
    level = 10 ** (-60 / 20)
    for amplitude, share in ((1.01 * level, 0.0), (0.99 * level, 1.0)):
        assert examine((np.full(RATE, amplitude), RATE)).silence == share


def test_full_scale_of_16_bits_is_32767():
    levels = np.full(RATE, 16_000, np.int16)
    levels[:100:2], levels[1:100:2] = 32767, -32768
    assert examine((levels, RATE)).clipped == pytest.approx(100 / RATE)
    levels[:100:2], levels[1:100:2] = 32766, -32766
    assert examine((levels, RATE)).clipped == 0


def test_25_minutes_are_fine_and_more_is_longer_than_models_take():
    longest = np.tile(tone(1, rate=1_000), 25 * 60)
    assert verdict(longest, 1_000) == ("ok", "")
    assert "1,500 s is longer than common models take" in verdict(
        np.append(longest, longest[:2]), 1_000
    )[1].replace("1,500.0", "1,500")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (eight_bits(1_000, 999), "999 Hz"),
        (eight_bits(1_000, 384_001), "384,001 Hz"),
        (eight_bits(1_000, RATE, channels=33), "33 channels"),
        (eight_bits(6 * 3600 * 1_000 + 1, 1_000), "21,600 s of audio: the limit is 21,600 s"),
        (eight_bits(0, RATE), "not one frame"),
        (b"<html>", "HTML"),
        (b"", "empty"),
        ("gone.wav", "No such file"),
        ((np.array([0.0, math.nan]), RATE), "NaN"),
        ((np.array([0.0, math.inf]), RATE), "NaN or infinite"),
    ],
)
def test_what_cannot_be_used_is_an_error(value, reason):
    report = examine(value)
    assert report.verdict == "error"
    assert reason in report.reasons[0]
    assert report.duration is None


@pytest.mark.parametrize(("size", "text"), [(6, 8), (7, 12), (8, 12), (9, 12)])
def test_the_size_after_base64_is_whole_groups_of_four(size, text):
    report = examine(b"x" * size)
    assert (report.bytes, report.base64_bytes) == (size, text)


@pytest.mark.parametrize(
    "value", [eight_bits(500, 1_000), eight_bits(1_000, 384_000), eight_bits(9_000, 8_000, 32)]
)
def test_the_limits_themselves_are_no_error(value):
    assert examine(value).verdict == "warn"  # all of it is silence


def test_exactly_6_hours_pass_the_limit():
    LIMITS.check_frames(6 * 3600 * 1_000, 1_000, 1)


def test_truncation_and_a_wrong_name_are_warnings(tmp_path):
    (tmp_path / "cut.wav").write_bytes(wav(tone())[:20_000])
    (tmp_path / "song.mp3").write_bytes(wav(tone()))
    cut, song = em.check(tmp_path)
    assert (cut.verdict, song.verdict) == ("warn", "warn")
    assert "truncated" in cut.reasons[0]
    assert "called 'mp3', but the content is wav" in song.reasons[0]
    assert song.format == "wav"


def test_a_report_as_json_has_the_same_fields_and_no_infinity():
    report = examine((np.zeros(RATE), RATE), file="s", id="x")
    assert (report.peak_dbfs, report.lufs) == (-math.inf, -math.inf)
    found = report.to_dict()
    assert list(found) == FIELDS
    assert json.loads(json.dumps(found, allow_nan=False))["lufs"] is None


@pytest.fixture
def folder(tmp_path):
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.wav").write_bytes(wav(tone()))
    (tmp_path / "bad.wav").write_bytes(b"<html>")
    return tmp_path


EXPECTED = [("a", "ok"), ("b", "ok"), ("bad", "error"), ("c", "ok")]


@pytest.mark.parametrize("workers", [1, 4])
def test_a_folder_gives_a_report_a_clip_in_order(folder, workers):
    reports = em.check(folder, workers=workers)
    assert [(r.id, r.verdict) for r in reports] == EXPECTED
    assert reports[0].file == str(folder / "a.wav")


def test_a_glob_and_a_single_clip(folder):
    assert [r.id for r in em.check(str(folder / "?.wav"))] == ["a", "b", "c"]
    assert [r.verdict for r in em.check(str(folder / "a.wav"))] == ["ok"]


def test_a_jsonl_with_paths_relative_to_it_and_bad_records(folder):
    lines = [
        '{"id": 1, "audio": "a.wav"}',
        "{broken",
        '{"id": 2, "audio": "gone.wav"}',
        '{"id": 3}',
        json.dumps({"id": 4, "audio": {"data": em.audio_to_base64(wav(tone())), "format": "wav"}}),
    ]
    (folder / "d.jsonl").write_text("\n".join(lines))
    with pytest.warns(em.EarmarkWarning, match="1 of 5 records"):
        reports = em.check(folder / "d.jsonl")
    found = {r.id: r for r in reports}
    assert {i: r.verdict for i, r in found.items()} == {
        "": "error", "1": "ok", "2": "error", "3": "error", "4": "ok",
    }  # fmt: skip
    assert found[""].file == f"{folder / 'd.jsonl'}:2"
    assert "not JSON" in found[""].reasons[0]
    assert found["1"].file == str(folder / "a.wav")
    assert "empty or absent" in found["3"].reasons[0]
    assert found["4"].file == f"{folder / 'd.jsonl'}:5"


def test_a_csv_and_a_column_by_name(folder):
    (folder / "d.csv").write_text("id,first,second\n1,a.wav,bad.wav\n")
    (report,) = em.check(folder / "d.csv", audio_field="second")
    assert report.verdict == "error"
    with pytest.raises(em.DataError, match="Did you mean 'second'"):
        em.check(folder / "d.csv", audio_field="secnd")


def test_a_list_of_dicts_and_what_is_said_of_its_field():
    said = []
    reports = em.check([{"id": "x", "clip": (tone(), RATE)}], audio_field="clip", say=said.append)
    assert [(r.id, r.verdict, r.format) for r in reports] == [("x", "ok", "samples")]
    assert reports[0].bytes is None
    assert said == ["audio field: 'clip' (as asked for)"]


def test_a_file_name_that_is_no_utf_8_can_be_written_as_json(tmp_path):
    import os

    with open(os.fsencode(tmp_path) + b"/caf\xe9.wav", "wb") as file:
        file.write(wav(tone()))
    (report,) = em.check(tmp_path)
    assert report.verdict == "ok"
    assert json.dumps(report.to_dict()).isascii()
    report.file.encode("utf-8")


def test_progress_counts_the_clips(folder):
    counts = []
    em.check(folder, progress=counts.append)
    assert counts == [1, 2, 3, 4]
