"""The grid is whole, its numbers hang together, and nothing is left behind."""

import dataclasses

import numpy as np
import pytest

import earmark as em
from earmark.engine.audio.clips import clips
from earmark.engine.bench import encoding as module
from earmark.engine.bench.encoding import affordable, measure
from earmark.engine.bench.peers import PEERS
from earmark.engine.bench.plan import Plan, count
from earmark.engine.bench.stages import STAGES
from earmark.engine.bench.subjects import Target, gather
from earmark.engine.bench.timing import ROUNDS

TARGETS = [Target(), Target(8_000)]
LEVELLED = [Target(8_000, -23.0)]
GUIDE = PEERS[:2]
PLAN = Plan(TARGETS, LEVELLED, [1, 2], GUIDE)


def clip(seconds):
    tone = 0.25 * np.sin(2 * np.pi * 250 * np.arange(round(16_000 * seconds)) / 16_000)
    return em.Clip(np.stack([tone, tone]).astype(np.float32), 16_000)


def group(format, *lengths):
    rows = [
        {"id": f"q{i}", "audio": {"bytes": clip(s).encode(format)}} for i, s in enumerate(lengths)
    ]
    ((name, found),) = gather(clips(rows), [*TARGETS, *LEVELLED]).groups.items()
    return name, [dataclasses.replace(subject, cost_s=0) for subject in found]  # all are chosen


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    told = []
    name, found = group("flac", 0.1, 0.2)
    out = tmp_path_factory.mktemp("out") / "out.jsonl"
    rows = measure(name, found, PLAN, 0.02, out, lambda *done: told.append(done))
    assert not out.exists()
    return rows, told


def test_every_target_is_measured_with_every_number_of_workers_and_by_the_peers(measured):
    rows, _ = measured
    assert [(r.way, r.target, r.workers) for r in rows] == [
        ("earmark", Target(), 1),
        ("earmark", Target(8_000), 1),
        ("earmark", Target(), 2),
        ("earmark", Target(8_000), 2),
        ("earmark", Target(8_000, -23.0), 1),
        ("guide, array", Target(), 1),
    ]
    assert {(r.input, r.clips, r.rounds) for r in rows} == {("flac", 2, ROUNDS)}


def test_shares_sum_to_1_and_a_peer_has_none(measured):
    for row in measured[0]:
        if row.way == "earmark":
            assert set(row.shares) == set(STAGES)
            assert sum(row.shares.values()) == pytest.approx(1)
            assert (row.shares["normalise"] > 0.01) == (row.loudness is not None)
        else:
            assert row.shares is None


def test_the_numbers_of_a_row_hang_together(measured):
    for row in measured[0]:
        assert 0 < row.clips_per_s_low <= row.clips_per_s <= row.clips_per_s_high
        assert row.audio_s_per_s == pytest.approx(row.clips_per_s * 0.15)  # 0.1 and 0.2 s
        assert row.processors_used > 0
        assert (row.earmark_is is None) == (row.way == "earmark")


def test_the_distance_is_that_of_rounding_and_0_where_nothing_changes(measured):
    by = {(r.way, r.target): r.distance for r in measured[0] if r.workers == 1}
    assert by["earmark", Target()] == 0
    assert 0 < by["earmark", Target(8_000)] < 1e-4
    assert by["earmark", Target(8_000, -23.0)] is None  # no peer does that


def test_progress_tells_whole_passes(measured):
    _, told = measured
    assert len(told) == (ROUNDS + 1) * count("flac", PLAN)
    for done, audio in told:
        assert done % 2 == 0
        assert audio == pytest.approx(done * 0.15)


def test_what_is_timed_writes_what_prepare_writes(tmp_path):
    _, found = group("wav", 0.1, 0.2)
    source = [dict(s.clip.row.item) for s in found]
    em.prepare(source, tmp_path / "a.jsonl", rate=8_000, channels=1)
    for workers in (1, 2):
        module._prepare(
            [s.clip for s in found], Target(8_000).recipe, workers, tmp_path / "b.jsonl", 2
        )
        assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes() * 2


def test_samples_are_measured_without_a_peer(tmp_path):
    rows = [{"audio": {"array": clip(0.1).samples, "sampling_rate": 16_000}}]
    ((name, found),) = gather(clips(rows), [*TARGETS, *LEVELLED]).groups.items()
    measured = measure(name, found, PLAN, 0.01, tmp_path / "out.jsonl")
    assert {(row.way, row.distance) for row in measured} == {("earmark", None)}


def test_clips_are_chosen_evenly_and_at_least_one():
    _, (one,) = group("wav", 0.1)
    many = [dataclasses.replace(one, cost_s=0.1, seconds=float(i)) for i in range(10)]
    assert [s.seconds for s in affordable(many, 0.5)] == [0, 2, 4, 6, 8]
    assert [s.seconds for s in affordable(many, 0.001)] == [0]
    assert affordable(many, 100) == many
