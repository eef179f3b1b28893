"""Clips are proved before they are measured, and grouped by what they come in."""

import io

import numpy as np
import pytest
import soundfile

import earmark as em
from earmark.engine.audio.clips import clips
from earmark.engine.bench import subjects as module
from earmark.engine.bench.subjects import Target, gather

TARGETS = [Target(), Target(8_000)]


def wav(subtype="PCM_16", seconds=0.25):
    buffer = io.BytesIO()
    tone = 0.25 * np.sin(2 * np.pi * 250 * np.arange(round(16_000 * seconds)) / 16_000)
    soundfile.write(buffer, tone, 16_000, format="WAV", subtype=subtype)
    return buffer.getvalue()


def rows(*values):
    return [{"id": f"q{i}", "audio": value} for i, value in enumerate(values)]


def test_inputs_are_named_for_what_the_bytes_are():
    values = [
        {"bytes": wav()},
        {"bytes": wav("PCM_24")},
        {"bytes": wav("FLOAT")},
        {"bytes": wav("ULAW")},
        {"bytes": em.load_audio(wav()).encode("flac")},
        {"array": np.zeros(800, np.float32), "sampling_rate": 8_000},
        {"bytes": wav(), "offset": 0.1},
    ]
    found = gather(clips(rows(*values)), TARGETS)
    assert list(found.groups) == [
        *("wav16", "wav24", "wavf32", "wav", "flac", "samples", "wav segment"),
    ]
    assert not found.unreadable and not found.is_cut


def test_what_cannot_be_read_is_listed_with_its_reason_and_the_rest_is_kept(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav())
    (tmp_path / "b.wav").write_text("<html>")
    (tmp_path / "c.wav").write_bytes(wav())
    found = gather(clips(str(tmp_path)), TARGETS)
    assert [s.clip.id for s in found.groups["wav16"]] == ["a", "c"]
    (broken,) = found.unreadable
    assert broken.file == str(tmp_path / "b.wav")
    assert "HTML" in broken.reason


def test_a_source_without_one_readable_clip_is_refused_with_the_first_reason(tmp_path):
    (tmp_path / "b.wav").write_text("<html>")
    with pytest.raises(em.DataError, match=r"not one of 1 clips can be read.*b\.wav.*HTML"):
        gather(clips(str(tmp_path)), TARGETS)


def test_the_limit_counts_readable_clips_and_says_when_there_are_more():
    found = gather(clips(rows({"bytes": b"x"}, *[{"bytes": wav()}] * 3)), TARGETS, limit=2)
    assert (len(found.groups["wav16"]), len(found.unreadable), found.is_cut) == (2, 1, True)
    whole = gather(clips(rows(*[{"bytes": wav()}] * 2)), TARGETS, limit=2)
    assert not whole.is_cut


def test_sizes_are_those_of_what_goes_out():
    (subject,) = gather(clips(rows({"bytes": wav("PCM_24")})), TARGETS).groups["wav24"]
    assert subject.seconds == 0.25
    assert subject.bytes == len(wav("PCM_24"))
    assert subject.sizes == {Target(): len(wav("PCM_24")), Target(8_000): 44 + 2 * 2_000}


def test_nothing_is_measured_where_the_two_ways_to_a_line_differ(monkeypatch):
    monkeypatch.setattr(module, "in_stages", lambda clip, recipe, file, seconds: None)
    with pytest.raises(em.EarmarkError, match="two ways to the same line differ"):
        gather(clips(rows({"bytes": wav()})), TARGETS)
