"""The line that says how far the work is."""

import io
import sys
from types import SimpleNamespace

import pytest

import earmark as em
from earmark.engine.report import progress
from earmark.engine.report.progress import ProgressLine, describe, in_notebook


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


class ZMQInteractiveShell:
    """What a kernel's shell is called."""


class Shell(ZMQInteractiveShell):
    """Colab's."""


class TerminalInteractiveShell:
    """IPython's at a terminal, which is no notebook."""


def in_shell(monkeypatch, shell):
    """From here on this is IPython with such a shell; what is displayed, in its order."""
    shown = []

    def display(bundle, raw, display_id):
        assert raw and display_id
        shown.append(bundle)
        return SimpleNamespace(update=lambda bundle, raw: shown.append(bundle))

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    return shown


@pytest.mark.parametrize(
    ("shell", "is_one"),
    [
        (ZMQInteractiveShell(), True),
        (Shell(), True),
        (TerminalInteractiveShell(), False),
        (None, False),
    ],
)
def test_a_notebook_is_told_by_its_shell(monkeypatch, shell, is_one):
    in_shell(monkeypatch, shell)
    assert in_notebook() is is_one


def test_without_ipython_there_is_no_notebook_and_it_is_not_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not in_notebook()
    assert "IPython" not in sys.modules


def test_in_a_notebook_one_output_is_updated_and_ends_as_what_was_done(monkeypatch, clock):
    shown = in_shell(monkeypatch, ZMQInteractiveShell())
    with ProgressLine(1_000) as line:
        for done in (1, 250, 1_000):
            clock[0] += 0.5
            line(done, skipped=2)
    assert '<progress value="0.250"></progress> 250 of 1,000 clips' in shown[1]["text/html"]
    assert shown[-1] == {"text/plain": "1,000 clips · 2 skipped"}
    assert len(shown) == 4


def test_what_broke_off_in_a_notebook_says_where(monkeypatch, clock):
    shown = in_shell(monkeypatch, ZMQInteractiveShell())
    with pytest.raises(KeyError), ProgressLine(4) as line:
        line(1)
        raise KeyError
    assert shown[-1] == {"text/plain": "1 of 4 clips"}


def test_nothing_is_left_in_a_notebook_where_there_was_nothing_to_do(monkeypatch):
    shown = in_shell(monkeypatch, ZMQInteractiveShell())
    with ProgressLine(0):
        pass
    assert shown == []


CLIPS = [{"id": i, "audio": ([0.1] * 800, 8000)} for i in range(3)]


@pytest.mark.parametrize("progress", [None, True])
def test_python_functions_show_it_in_a_notebook(monkeypatch, tmp_path, progress):
    shown = in_shell(monkeypatch, ZMQInteractiveShell())
    em.check(CLIPS, audio_field="audio", progress=progress)
    em.prepare(CLIPS, tmp_path / "a.jsonl", audio_field="audio", limit=2, progress=progress)
    plain = [bundle["text/plain"] for bundle in shown]
    assert plain[0].startswith("1 of 3 clips ·") and "3 clips" in plain
    assert any(text.startswith("1 of 2 clips ·") for text in plain) and plain[-1] == "2 clips"


@pytest.mark.parametrize("progress", [False, lambda done: None])
def test_a_function_or_false_keeps_notebooks_clean(monkeypatch, progress):
    shown = in_shell(monkeypatch, ZMQInteractiveShell())
    em.check(CLIPS, audio_field="audio", progress=progress)
    assert shown == []


@pytest.mark.parametrize(("progress", "is_shown"), [(None, False), (True, True), (False, False)])
def test_a_script_at_a_terminal_shows_it_when_asked(monkeypatch, progress, is_shown):
    terminal = watched(monkeypatch, Terminal())
    em.check(CLIPS, audio_field="audio", progress=progress)
    assert ("of 3 clips" in terminal.getvalue()) is is_shown


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
