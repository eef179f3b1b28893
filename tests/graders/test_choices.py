"""Choices that look like something else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.graders.choices import compiled


@pytest.mark.parametrize("label", ["a+b", "(x", "[a]", "c|d", "^$", "\\d", ".*"])
def test_a_choice_is_a_text_and_no_pattern(label):
    choices = compiled([(label, [label]), ("other", ["other"])])
    assert choices.named(f" x {label} y  other ") == [label, "other"]
    assert choices.named(" d 12 a ") == []


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=4), st.text(max_size=20))
def test_any_choices_grade_or_are_refused(choices, text):
    try:
        grader = em.graders.WordContainment(choices=choices)
    except em.ConfigError as error:
        assert str(error).startswith("word_containment: choices")
        return
    row = em.Row("1", {"official_answer": choices[0]}, {"output_text": f"{text} {choices[0]} "})
    assert grader.grade_row(row)["picked"] in choices
