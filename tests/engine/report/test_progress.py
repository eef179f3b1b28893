"""The line that says how far the work is."""

import io
import sys

import pytest

from earmark.engine.report import progress
from earmark.engine.report.progress import ProgressLine, describe


class Terminal(io.StringIO):
    def isatty(self):
        return True


def watched(monkeypatch, stream):
    """From here on, stderr is this stream (a fixture would be too early for pytest's capture)."""
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only where the test says so."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_nothing_is_written_where_stderr_is_no_terminal(monkeypatch):
    stream = watched(monkeypatch, io.StringIO())
    with ProgressLine(10) as line:
        line(5, 2.0)
    assert stream.getvalue() == ""


def test_the_line_is_rewritten_and_leaves_no_trace(monkeypatch, clock):
    terminal = watched(monkeypatch, Terminal())
    with ProgressLine(4) as line:
        for done in range(1, 5):
            clock[0] += 0.5
            line(done)
    written = terminal.getvalue()
    assert "\n" not in written
    assert written.count("\r\x1b[K") == 5
    assert written.endswith("\r\x1b[K")
    assert "2 of 4 clips · 2.0 clips/s · 0:01 left" in written


def test_it_is_rewritten_at_most_ten_times_a_second(monkeypatch, clock):
    terminal = watched(monkeypatch, Terminal())
    with ProgressLine() as line:
        for done in range(1_000):
            clock[0] += 0.001
            line(done)
    assert 8 <= terminal.getvalue().count("clips/s") <= 10


def test_it_is_cleared_after_an_error_too(monkeypatch, clock):
    terminal = watched(monkeypatch, Terminal())
    with pytest.raises(KeyError), ProgressLine(4) as line:
        clock[0] += 1
        line(1)
        raise KeyError
    assert terminal.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((50, 200, 10.0, None, 0), "50 of 200 clips · 5.0 clips/s · 0:30 left"),
        ((50, None, 10.0, 100.0, 0), "50 clips · 5.0 clips/s · 10 audio-s/s"),
        ((1_500, 90_000, 1.0, None, 3), "1,500 of 90,000 clips · 3 skipped · 1,500.0 clips/s"),
        ((10, 5, 1.0, None, 0), "0:00 left"),  # more came than were expected
        ((1, 3_601, 1.0, None, 0), "60:00 left"),
    ],
)
def test_its_words(arguments, words):
    assert words in describe(*arguments)


def test_no_time_is_promised_before_anything_is_done():
    assert "left" not in describe(0, 200, 0.0, 0.0, 0)
