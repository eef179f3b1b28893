"""Small HTML: texts are texts, numbers stand to the right, long words may break."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.engine.report.html_table import card, escaped, line, table
from earmark.engine.report.terminal import clean


@given(st.text(max_size=200))
@settings(deadline=None)
def test_a_text_comes_back_whole_and_with_nothing_that_markup_is_made_of(text):
    shown = escaped(text, longest=200)
    assert not set(shown) & set("<>\"'")
    assert html.unescape(shown) == clean(text)


def test_a_long_text_is_cut_before_it_is_escaped():
    assert escaped("<" * 300) == "&lt;" * 199 + "…"


def test_only_the_columns_that_are_named_stand_to_the_right():
    shown = table(["name", "n"], [["a", "1"], ["b", "2"]], right=[1])
    assert re.findall(r"text-align:(\w+)[^>]*>(\w+)", shown) == [
        ("left", "name"), ("right", "n"),
        ("left", "a"), ("right", "1"),
        ("left", "b"), ("right", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "breaks"), [("a few short words", False), ("x" * 31, True)])
def test_a_cell_breaks_inside_of_a_word_only_where_it_is_long(text, breaks):
    assert ("overflow-wrap:anywhere" in table(["t"], [[text]])) is breaks


def test_parts_stand_together_in_their_order():
    assert card(line("a"), line("b")) == f"<div>{line('a')}{line('b')}</div>"
