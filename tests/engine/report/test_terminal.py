"""Tables for people: aligned, and safe against what the data would do to the terminal."""

import io
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.engine.report.terminal import clean, note, say, table


class FakeTerminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@given(st.text())
@settings(deadline=None)
def test_nothing_that_a_terminal_acts_on_is_left(text):
    shown = clean(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown)
    shown.encode("utf-8")


def test_what_is_no_danger_stays_as_it_is():
    assert clean("Ça va? 日本語 👩‍👧 ½") == "Ça va? 日本語 👩‍👧 ½"


def test_escapes_are_shown_and_markup_is_text(capsys):
    table("[red]title[/red]", ["id"], [["\x1b[2J[bold]a[/bold]"]])
    out = capsys.readouterr().out
    assert "[red]title[/red]" in out
    assert "\\x1b[2J[bold]a[/bold]" in out
    assert "\x1b" not in out


def test_numbers_stand_to_the_right_and_none_is_a_dash(capsys):
    table("", ["name", "n"], [["a", 5], ["bb", 1200], ["c", None], ["d", float("nan")]])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[2:] == ["a        5", "bb    1200", "c        -", "d        -"]


def test_a_row_of_another_length_is_refused(capsys):
    with pytest.raises(ValueError, match="2 columns, but a row of 1"):
        table("", ["a", "b"], [["x"]])


def test_without_a_terminal_nothing_is_wrapped_or_coloured(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    reason = "a long reason " * 20
    table("", ["id", "why"], [["error", reason]], {"error": "red"})
    out = capsys.readouterr().out
    assert reason.strip() in out
    assert "\x1b" not in out


def test_columns_says_how_wide_the_output_is(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    table("", ["id", "n", "why"], [["a" * 20, 12345, "a long reason " * 20]])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("a" * 20 in line and "12345" in line for line in lines)


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_are_for_terminals_without_no_color(monkeypatch, no_color, coloured):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    table("", ["verdict"], [["ok"], ["error"]], {"error": "red"})
    assert ("\x1b[31merror" in terminal.getvalue()) is coloured
    assert coloured or "\x1b" not in terminal.getvalue()


def test_data_goes_to_stdout_and_remarks_to_stderr(capsys):
    say("data\x07")
    note("remark\x07")
    assert capsys.readouterr() == ("data\\x07\n", "remark\\x07\n")


def test_text_that_the_output_cannot_hold_is_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii", write_through=True))
    say("naïve")
    table("", ["a"], [["日"]])
    assert b"na\\xefve" in raw.getvalue()
    assert b"\\u65e5" in raw.getvalue()
