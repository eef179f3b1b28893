"""The stages make the line that `earmark.prepare` makes, and their times add up."""

import io
import time

import numpy as np
import pytest

import earmark as em
from earmark.engine.audio.clips import clips
from earmark.engine.bench.stages import STAGES, in_stages
from earmark.engine.bench.subjects import Target

TARGETS = [Target(), Target(8_000), Target(8_000, -23.0)]


def tone(channels=2):
    one = 0.25 * np.sin(2 * np.pi * 250 * np.arange(8_000) / 16_000)
    return em.Clip(np.stack([one] * channels).astype(np.float32), 16_000)


def values(tmp_path):
    (tmp_path / "a.mp3").write_bytes(tone().encode("mp3"))
    return [
        {"path": str(tmp_path / "a.mp3")},
        {"bytes": tone().encode("wav")},
        {"bytes": tone(1).encode("flac")},
        {"array": tone().samples, "sampling_rate": 16_000},
        {"bytes": tone().encode("wav"), "offset": 0.1, "duration": 0.2},
    ]


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("which", range(5), ids=["mp3", "wav", "flac", "samples", "segment"])
def test_the_stages_write_what_prepare_writes(tmp_path, which, target):
    rows = [{"id": "x", "audio": values(tmp_path)[which]}]
    em.prepare(
        rows,
        tmp_path / "out.jsonl",
        rate=target.rate,
        channels=target.channels,
        loudness=target.loudness,
    )
    staged = io.BytesIO()
    in_stages(next(clips(rows)), target.recipe, staged, dict.fromkeys(STAGES, 0.0))
    assert staged.getvalue() == (tmp_path / "out.jsonl").read_bytes()


def test_the_stages_take_all_of_the_time_together():
    clip = next(clips([{"audio": {"bytes": tone().encode("flac")}}]))
    seconds = dict.fromkeys(STAGES, 0.0)
    started = time.perf_counter()
    for _ in range(20):
        in_stages(clip, Target(8_000, -23.0).recipe, io.BytesIO(), seconds)
    whole = time.perf_counter() - started
    assert all(spent > 0 for spent in seconds.values())
    assert 0.5 * whole < sum(seconds.values()) <= whole


def test_what_passes_through_takes_no_time_to_resample_or_encode():
    clip = next(clips([{"audio": {"bytes": tone().encode("wav")}}]))
    seconds = dict.fromkeys(STAGES, 0.0)
    in_stages(clip, Target().recipe, io.BytesIO(), seconds)
    assert [name for name in STAGES if not seconds[name]] == ["resample", "normalise", "encode"]
