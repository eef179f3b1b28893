"""A source through the grid: its defaults, what is told, and what is refused."""

import sys
import tempfile
from functools import partial

import numpy as np
import pytest

import earmark as em
from earmark.engine.audio.pool import usable_processors
from earmark.engine.bench import run as module
from earmark.engine.bench.material import FORMATS, write_clips
from earmark.engine.bench.run import measure_encoding


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path):
    """Temporary folders lie here, clips are short, and nobody has librosa (slow to import)."""
    monkeypatch.setattr(module, "write_clips", partial(write_clips, seconds=0.2))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setitem(sys.modules, "librosa", None)
    return tmp_path


def wav(seconds=0.1):
    tone = 0.25 * np.sin(2 * np.pi * 250 * np.arange(round(16_000 * seconds)) / 16_000)
    return {"bytes": em.Clip(tone.astype(np.float32)[np.newaxis], 16_000).encode("wav")}


def rows(n):
    return [{"id": str(i), "audio": wav()} for i in range(n)]


def test_without_a_source_every_generated_format_is_measured_as_it_is_and_at_16_khz(temporary):
    report = measure_encoding(seconds=0.001)
    ours = {(e.input, e.rate, e.workers) for e in report.encodings if e.way == "earmark"}
    assert ours == {
        (input, rate, workers)
        for input in FORMATS
        for rate in (None, 16_000)
        for workers in {1, usable_processors()}
    }
    assert not report.unreadable
    assert not list(temporary.iterdir())


def test_rates_and_workers_are_those_asked_for():
    report = measure_encoding(rows(1), rates=[8_000, 11_025, 8_000], workers=[3], seconds=0.001)
    grid = {(e.rate, e.workers) for e in report.encodings if e.workers != 1}
    assert grid == {(None, 3), (8_000, 3), (11_025, 3)}


def test_the_limit_is_told_with_how_to_take_more():
    report = measure_encoding(rows(3), limit=2, seconds=0.001)
    assert any("first 2 readable clips; --limit N takes more" in note for note in report.notes)
    assert not any("--limit" in n for n in measure_encoding(rows(2), seconds=0.001).notes)


def test_what_does_not_fit_into_the_time_is_told(monkeypatch):
    monkeypatch.setattr(
        "earmark.engine.bench.encoding.affordable", lambda found, seconds: found[:1]
    )
    report = measure_encoding(rows(3), seconds=0.001)
    assert any(n.startswith("wav16: 1 of 3 clips fit into the 0.001 s") for n in report.notes)


def test_a_peer_that_is_not_installed_is_one_note_that_names_the_cure():
    report = measure_encoding(rows(1), seconds=0.001)
    assert [n for n in report.notes if "librosa" in n] == [
        "librosa is not measured: pip install librosa"
    ]
    assert "librosa" not in {e.way for e in report.encodings}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rates": [0]}, r"rate=0: .*Hz"),
        ({"rates": [16_000, -1]}, "rate=-1: "),
        ({"rates": [10**9]}, "rate=1000000000: "),
        ({"workers": [0]}, "workers=0: at least 1"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, message):
    with pytest.raises(em.ConfigError, match=message):
        measure_encoding(rows(1), **options)


def test_an_interrupt_leaves_no_file(temporary):
    def interrupt(clips, seconds):
        assert list(temporary.glob("earmark-bench-*"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_encoding(seconds=0.001, progress=interrupt)
    assert not list(temporary.iterdir())


def test_time_for_one_measurement_shrinks_with_their_number():
    plan = module._plan((), (1, 2))
    few = module._affordable(module.Subjects({"wav16": []}), plan)
    many = module._affordable(module.Subjects({name: [] for name in FORMATS}), plan)
    assert many < few <= 1


def test_an_input_that_no_peer_reads_is_told():
    part = {"bytes": wav()["bytes"], "offset": 0.02}
    report = measure_encoding([{"audio": part}, {"audio": wav()}], seconds=0.001)
    assert [n for n in report.notes if "no other way" in n] == [
        "wav segment: no other way is shown, for none of them reads such clips"
    ]
