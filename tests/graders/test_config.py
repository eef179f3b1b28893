"""Graders from blocks, names, objects and the short form."""

import pytest

import earmark as em
from earmark.graders.config import from_short

from_config = em.graders.from_config


def test_a_block_of_the_evals_api_makes_its_grader():
    block = {
        "type": "string_check",
        "name": "exact",
        "input": "{{ sample.output_text }}",
        "reference": "{{ item.label }}",
        "operation": "ilike",
    }
    assert from_config(block) == em.graders.StringCheck(**{k: block[k] for k in list(block)[1:]})


def test_a_name_gives_the_defaults_of_its_type():
    grader = from_config("word_containment")
    assert grader == em.graders.WordContainment()
    assert grader.input == "{{sample.output_text}}"
    assert grader.reference == "{{item.official_answer}}"
    assert from_config("word_error_rate").normalizer == "whisper-english"
    assert from_config("char_error_rate").reference == "{{item.reference}}"


def test_an_object_that_grades_is_taken_as_it_is():
    grader = em.graders.WordContainment(name="mine")
    assert from_config(grader) is grader


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ("word_containmnt", "no grader of type 'word_containmnt'.*Did you mean 'word_containment'"),
        ("score_model", "no grader of type 'score_model'; there are word_containment, "),
        ({"name": "x"}, "needs a 'type', one of word_containment.*it has name"),
        ({"type": 3}, "needs a 'type'"),
        ({"type": "word_containment", "refernce": "x"}, "'refernce'.*Did you mean 'reference'"),
        (
            {"type": "string_check"},
            "string_check: it needs 'operation', one of eq, ne, like, ilike",
        ),
        (em.graders.WordContainment, "is no grader"),
        (7, "7 is no grader"),
    ],
)
def test_what_is_no_grader_is_refused_with_what_there_is(block, says):
    with pytest.raises(em.ConfigError, match=says):
        from_config(block)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("word_error_rate", {"type": "word_error_rate"}),
        (
            "word_error_rate:reference=text,normalizer=basic,max_rate=0.2",
            {"reference": "{{ item.text }}", "normalizer": "basic", "max_rate": 0.2},
        ),
        (
            "word_containment: input=heard_text , case_sensitive=true, choices = valid | invalid",
            {
                "input": "{{ sample.heard_text }}",
                "case_sensitive": True,
                "choices": ["valid", "invalid"],
            },
        ),
        ("word_containment:choices=12,name=12", {"choices": ["12"], "name": "12"}),
        ("word_error_rate:max_rate=none", {"max_rate": None}),
        ("word_error_rate:normalizer=none", {"normalizer": "none"}),
        ("word_containment:choices=None", {"choices": None}),
        ("word_containment:choices=none|some", {"choices": ["none", "some"]}),
        (
            'word_containment:reference={{ item["a,b"] }},input=sample.output_json.x',
            {"reference": '{{ item["a,b"] }}', "input": "{{ sample.output_json.x }}"},
        ),
        (
            "string_check:operation=eq,input=output_text",
            {"operation": "eq", "input": "{{ sample.output_text }}"},
        ),
    ],
)
def test_the_short_form_is_the_block_it_says(text, fields):
    kind = text.partition(":")[0]
    assert from_short(text) == from_config({**fields, "type": kind})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("word_error_rat:x=1", "Did you mean 'word_error_rate'"),
        ("word_error_rate:basic", "cannot read 'basic'.*write field=value"),
        ("word_error_rate:normalizer=basic,normalizer=none", "'normalizer' is given twice"),
        ("word_error_rate:max_rate=low", "max_rate: must be a finite number, not 'low'"),
        ("word_error_rate:reference=", "the name of a field is empty"),
        ("word_containment:case_sensitive=1", "case_sensitive: must be true or false, not '1'"),
        ("word_error_rate:normaliser=basic", "Did you mean 'normalizer'"),
        ("", "no grader of type ''"),
    ],
)
def test_a_short_form_that_cannot_be_read_is_refused(text, says):
    with pytest.raises(em.ConfigError, match=says):
        from_short(text)


def test_a_list_in_the_short_form_may_stand_in_brackets():
    made = from_short("word_containment:choices=[valid, invalid],pick=only")
    assert (made.choices, made.pick) == (("valid", "invalid"), "only")
