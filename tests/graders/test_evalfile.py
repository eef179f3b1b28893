"""Eval files: what YAML does to words, and what a hostile one would do to us."""

import json

import pytest

import earmark as em
from earmark.graders.evalfile import read_criteria

BLOCKS = """
- type: word_containment
  choices: [yes, no, on, 12, 10:30, 007, 2026-01-01]
- type: word_error_rate
  max_rate: .5
  normalizer: none
"""


@pytest.fixture
def write(tmp_path):
    def written(text, name="eval.yaml", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return written


def test_texts_stay_the_texts_they_look_like(write):
    containment, rate = read_criteria(write(BLOCKS))
    assert containment.choices == ("yes", "no", "on", "12", "10:30", "007", "2026-01-01")
    assert (rate.max_rate, rate.normalizer) == (0.5, "none")


def test_a_list_and_an_eval_file_in_yaml_and_json_give_the_same_graders(write):
    block = {"type": "word_error_rate", "name": "wer", "max_rate": 0.25}
    whole = {"name": "x", "data_source_config": {"a": [1]}, "testing_criteria": [block]}
    expected = [em.graders.from_config(block)]
    assert read_criteria(write(json.dumps(whole), "a.json")) == expected
    assert read_criteria(write(json.dumps([block]), "b.json")) == expected
    assert read_criteria(write(json.dumps(whole), "c.yaml")) == expected
    assert read_criteria(write(json.dumps(whole), "d.json", "utf-8-sig")) == expected


def test_anchors_and_merges_work(write):
    text = """
x-shared: &shared {reference: "{{ item.text }}", normalizer: basic}
testing_criteria:
  - {type: word_error_rate, <<: *shared}
  - {type: char_error_rate, <<: *shared, normalizer: none}
"""
    words, characters = read_criteria(write(text))
    assert words.reference == characters.reference == "{{ item.text }}"
    assert (words.normalizer, characters.normalizer) == ("basic", "none")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- type: word_containment\n- type: word_eror_rate\n", r"eval.yaml:2: .*Did you mean"),
        ("- type: word_containment\n  typo: 1\n", r"eval.yaml:1: .*unknown field 'typo'"),
        ("- type: a\n  type: b\n", r"eval.yaml:1: the key 'type' is there twice"),
        ("x: 1\nx: 2\ntesting_criteria: []\n", r"eval.yaml:1: the key 'x' is there twice"),
        ("- type: 'a\n", r"eval.yaml:\d: is no YAML"),
        ("- !!python/object/apply:os.system ['true']\n", r"eval.yaml:1: is no YAML"),
        ("- type: word_containment\n  choices: [true, no]\n", "not True"),
        ("testing_criterias: []\n", "has no testing_criteria; it has testing_criterias. Did you"),
        ("testing_criteria: []\n", "with one at least"),
        ("word_containment", "must be a list of grader blocks"),
        ("", "must be a list of grader blocks"),
        ("- [1]\n", r"eval.yaml:1: \[1\] is no grader"),
        ("- &a [*a]\n", "an alias stands inside what it stands for"),
        ("[" * 3000, "nested too deeply|is no YAML"),
        ("- type: \x07\n", "is no YAML"),
        ("- type: word_error_rate\n  max_rate: -1\n", "eval.yaml:1: .*max_rate"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(write, text, says):
    with pytest.raises(em.ConfigError, match=says):
        read_criteria(write(text))


def test_a_bomb_of_aliases_is_refused(write):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    with pytest.raises(em.ConfigError, match="aliases unfold into more than 100,000 values"):
        read_criteria(write("\n".join([*lines, "testing_criteria: *a29"])))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"type": "a", "type": "b"}]', "the key 'type' is there twice"),
        ('[\n{"type": }]', "eval.json:2: is no JSON"),
        ('{"testing_criteria": [{"type": "word_error_rate", "x": 1}]}', r"testing_criteria\[0\]: "),
        ('[{"type": "word_error_rate", "max_rate": NaN}]', "max_rate"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", "has no testing_criteria; it has nothing"),
    ],
)
def test_wrong_json_is_refused_with_the_place(write, text, says):
    with pytest.raises(em.ConfigError, match=says):
        read_criteria(write(text, "eval.json"))


def test_a_file_that_cannot_be_read_is_named(write, tmp_path):
    with pytest.raises(em.ConfigError, match=r"nothing\.yaml: cannot be read"):
        read_criteria(tmp_path / "nothing.yaml")
    with pytest.raises(em.ConfigError, match="cannot be read"):
        read_criteria(write("- type: é", encoding="latin-1"))


@pytest.mark.parametrize(("name", "key"), [("e.yaml", "data_sorce"), ("e.json", "nam")])
def test_a_key_that_no_eval_file_has_is_refused_with_a_guess(tmp_path, name, key):
    path = tmp_path / name
    path.write_text(json.dumps({key: "x", "testing_criteria": [{"type": "word_containment"}]}))
    with pytest.raises(em.ConfigError, match=f"unknown key '{key}'.*Did you mean"):
        read_criteria(path)
