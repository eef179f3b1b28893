import datetime
import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.template import MISSING, as_text, compile_template, field_template

ITEM = {
    "q": "Is it valid?",
    "n": 3,
    "empty": "",
    "null": None,
    "zero": 0,
    "answers": ["valid", "invalid"],
    "deep": {"a b": {"c": [10, {"d": "end"}]}},
    "json": '{"x": [1, {"y": "inside"}]}',
    "prose": "not json",
}
SAMPLE = {"output_text": "It is valid."}


def render(source, item=ITEM, sample=SAMPLE):
    return compile_template(source).render(item, sample)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{item.q}}", "Is it valid?"),
        ("{{   item.q }}", "Is it valid?"),
        ("{{ item . q }}", "Is it valid?"),
        ("{{ item .answers [ 0 ] }}", "valid"),
        ("a {{ item.n }} b {{ sample.output_text }}", "a 3 b It is valid."),
        ("{{ item.answers[1] }}", "invalid"),
        ("{{ item.answers[-1] }}", "invalid"),
        ("{{ item['q'] }}", "Is it valid?"),
        ('{{ item["deep"]["a b"].c[1].d }}', "end"),
        ("{{ item.deep.a b.c[0] }}", "10"),
        ("{{ item.json.x[1].y }}", "inside"),
        ("{{ item.answers }}", '["valid","invalid"]'),
        ('{"q": "{{item.q}}"}', '{"q": "Is it valid?"}'),
        ('{"n": {{item.n}}}', '{"n": 3}'),
        ("{{{item.n}}}", "{3}"),
        ("{{ item.empty }}", ""),
        ("{{ item.zero }}", "0"),
        ("no placeholder, { single } }} braces", "no placeholder, { single } }} braces"),
        ("", ""),
    ],
)
def test_a_template_renders_as_worked_out_by_hand(source, text):
    assert render(source) == text


@pytest.mark.parametrize(
    "name",
    [
        "item.absent",
        "item.null",
        "item.answers[2]",
        "item.answers[-3]",
        "item.q[0]",
        "item.prose.x",
        "item.n.x",
        "item.answers.x",
        "item.deep[0]",
        "item.json.x[1].z",
        "sample.choices[0]",
    ],
)
def test_a_variable_that_is_not_there_is_missing_and_named(name):
    compiled = compile_template(f"before {{{{ {name} }}}} after")
    assert compiled.render(ITEM, SAMPLE) is None
    assert compiled.missing(ITEM, SAMPLE).text == name
    assert compiled.value(ITEM, SAMPLE) is MISSING


def test_without_a_sample_its_variables_are_missing():
    assert render("{{ sample.output_text }}", sample=None) is None


def test_the_first_of_several_missing_variables_is_named():
    compiled = compile_template("{{item.q}} {{item.one}} {{item.two}}")
    assert compiled.missing(ITEM, None).text == "item.one"
    assert compile_template("{{item.q}}").missing(ITEM, None) is None


def test_a_lone_placeholder_has_its_own_value_and_text_around_it_makes_it_text():
    assert compile_template("{{ item.answers }}").value(ITEM, None) == ["valid", "invalid"]
    assert compile_template("{{ item.n }}").value(ITEM, None) == 3
    assert compile_template("{{ item.n }}!").value(ITEM, None) == "3!"


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("{{ item.q }}", ("item", "q")),
        ("{{ sample.output_text }}", ("sample", "output_text")),
        ("{{ item.a.b }}", None),
        ("{{ item.a[0] }}", None),
        ("{{ item }}", None),
        ("x{{ item.q }}", None),
    ],
)
def test_only_one_plain_field_is_read_as_a_column(source, field):
    assert compile_template(source).field == field


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        ("abc {{ item.q", "character 4", "never closed"),
        ("{{ item.q }} and {{ item.n", "character 17", "never closed"),
        ("{{ }}", "character 0", "must begin with item or sample"),
        ("{{ itm.q }}", "character 0", "Did you mean 'item'?"),
        ("{{ item.a[x] }}", "character 0", "[x]"),
        ("{{ item..a }}", "character 0", "..a"),
        ("{{ items.q }}", "character 0", "Did you mean 'item'?"),
    ],
)
def test_a_malformed_template_is_refused_with_its_place(source, place, words):
    with pytest.raises(em.ConfigError) as error:
        compile_template(source)
    assert place in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        (10**30, "1" + "0" * 30),
        ([10**30], "[1" + "0" * 30 + "]"),
        ({"a": 10**30, "é": 1}, '{"a":1' + "0" * 30 + ',"é":1}'),
        ({1: "one"}, '{"1":"one"}'),
        (np.int64(7), "7"),
        (np.bool_(True), "true"),
        (np.array([1, 2]), "[1,2]"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (Path("clips/a.wav"), "clips/a.wav"),
        ([Path("a.wav")], '["a.wav"]'),
    ],
)
def test_values_are_rendered_as_compact_json_and_whole_integers(value, text):
    assert as_text(value) == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(json_values)
def test_what_is_rendered_reads_back_as_the_value(value):
    assert json.loads(as_text(value)) == value


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_template_or_a_config_error(source):
    try:
        compile_template(source).render(ITEM, SAMPLE)
    except em.ConfigError as error:
        assert repr(source) in str(error)


@settings(deadline=None)
@given(st.text().filter(lambda text: "{{" not in text), st.text())
def test_text_around_a_placeholder_and_its_value_stay_as_they_are(around, value):
    assert render(around + "{{item.v}}" + around, {"v": value}) == around + value + around


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("text", "{{ item.text }}"),
        ("item.text", "{{ item.text }}"),
        ("sample.model", "{{ sample.model }}"),
        ("output_text", "{{ sample.output_text }}"),
        ("heard_text", "{{ sample.heard_text }}"),
        ("{{ item.x }}", "{{ item.x }}"),
    ],
)
def test_a_field_without_braces_is_the_items_unless_the_sample_is_meant(path, template):
    assert field_template(path) == template


def test_a_field_without_a_name_is_refused():
    with pytest.raises(em.ConfigError, match="the name of a field is empty"):
        field_template(" ")


@pytest.mark.parametrize(
    "value",
    [None, math.nan, math.inf, -math.inf, np.float32("nan"), Decimal("NaN"), pd.NaT, pd.NA],
    ids=repr,
)
def test_what_is_no_value_is_missing_and_never_text(value):
    item = {"v": value, "deep": {"v": [value]}}
    for source in ("{{ item.v }}", "so {{ item.v }}", "{{ item.deep.v[0] }}"):
        assert render(source, item) is None
        assert compile_template(source).value(item, None) is MISSING
    assert em.Rows(["a"], [item], [None], [0]).column("{{ item.v }}") == [None]


def test_a_nan_inside_a_list_is_null_as_in_json():
    assert as_text([math.nan, 1]) == "[null,1]"
    assert as_text([math.nan, 10**30]) == "[null,1" + "0" * 30 + "]"


@pytest.mark.parametrize(
    ("source", "canonical"),
    [
        ("{{item.a}}", "{{item.a}}"),
        ("{{ item . a }}!", "{{item.a}}!"),
        ('{{ item["a"][0] }}', "{{item.a[0]}}"),
        ("{{ item['a.b'] }}", "{{item['a.b']}}"),
        ("{{ item.0 }}", "{{item.0}}"),
        ("{{ item[ 0 ] }}", "{{item[0]}}"),
        ("{{ item }}", "{{item}}"),
    ],
)
def test_templates_that_read_the_same_have_one_canonical_spelling(source, canonical):
    assert compile_template(source).canonical == canonical
    assert compile_template(canonical).canonical == canonical
