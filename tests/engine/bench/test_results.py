"""What the clocks said, as numbers."""

import numpy as np
import pytest

import earmark as em
from earmark.engine.audio.clips import clips
from earmark.engine.bench.plan import OURS, STAGED, Entry
from earmark.engine.bench.results import Timed, encodings
from earmark.engine.bench.stages import STAGES
from earmark.engine.bench.subjects import Target, gather
from earmark.engine.bench.timing import Times


@pytest.fixture(scope="module")
def subjects():
    """Two clips of a quarter of a second, 16-bit WAV at 8 kHz: 4,044 bytes each."""
    data = em.Clip(np.full((1, 2_000), 0.25, np.float32), 8_000).encode("wav")
    rows = [{"id": str(i), "audio": {"bytes": data}} for i in range(2)]
    return gather(clips(rows), [Target()]).groups["wav16"]


@pytest.fixture
def rows(subjects):
    def timed(way, passes, wall):
        clock = dict(zip(STAGES, (3.0, 0.0, 0.0, 0.0, 1.0, 4.0), strict=True))
        times = Times(wall, [seconds / 2 for seconds in wall])
        return Timed(Entry(way, Target()), subjects, passes, times, clock, None)

    # a pass takes 1, 1 and 4 s by us, and 2, 3 and 4 s by the peer
    return encodings(
        "wav16",
        [
            timed(OURS, 2, [2.0, 2.0, 8.0]),
            timed(STAGED, 1, [9.0, 9.0, 9.0]),
            timed("guide, array", 1, [2.0, 3.0, 4.0]),
        ],
    )


def test_the_run_in_stages_is_no_row_of_its_own(rows):
    assert [row.way for row in rows] == [OURS, "guide, array"]


def test_speeds_are_arithmetic(rows):
    ours, _ = rows
    assert (ours.clips, ours.rounds) == (2, 3)
    assert (ours.clips_per_s, ours.clips_per_s_low, ours.clips_per_s_high) == (2, 0.5, 2)
    assert ours.audio_s_per_s == 0.5
    assert ours.input_mb_per_s == pytest.approx(2 * 4_044 / 1e6)
    assert ours.processors_used == 0.5


def test_sizes_are_those_of_base64(rows):
    ours, peer = rows
    assert ours.base64_per_input == pytest.approx(5_392 / 4_044)  # 4 for every 3
    assert ours.base64_kb_per_audio_s == pytest.approx(2 * 5_392 / 0.5 / 1000)
    assert (peer.base64_per_input, peer.base64_kb_per_audio_s) == (None, None)


def test_shares_are_of_all_stages(rows):
    assert list(rows[0].shares.values()) == [3 / 8, 0, 0, 0, 1 / 8, 4 / 8]
    assert rows[1].shares is None


def test_the_ratio_to_a_peer_is_the_median_of_those_within_each_round(rows):
    assert [row.earmark_is for row in rows] == [None, 2.0]


def test_flat_rows_have_a_key_for_every_stage(rows):
    flat = rows[0].to_dict()
    assert {key: flat[key] for key in flat if key.startswith("share_")} == {
        f"share_{stage}": rows[0].shares[stage] for stage in STAGES
    }
    assert "shares" not in flat
    assert rows[1].to_dict()["share_decode"] is None
