"""Limits as they are typed, and runs that miss them."""

import math

import pytest

import earmark as em
from earmark.graders.thresholds import breaches, limits, lost_share

GRADERS = [
    em.graders.WordContainment(name="a=b"),
    em.graders.WordErrorRate(name="rate"),
    em.graders.CharErrorRate(name="limited", max_rate=0.5),
]
ROW = {"official_answer": "x", "reference": "x", "output_text": "x"}


@pytest.mark.parametrize("number", ["", "nan", "-0.1", "1.1", "inf", "1e999", "0,5", "half"])
def test_what_is_no_share_is_refused(number):
    with pytest.raises(em.ConfigError, match="is no number from 0 to 1"):
        limits("--fail-under", [f"a=b={number}"], GRADERS)


@pytest.mark.parametrize("number", ["", "nan", "-1", "x"])
def test_what_is_no_rate_is_refused(number):
    with pytest.raises(em.ConfigError, match="is no number from 0 up"):
        limits("--fail-over", [f"rate={number}"], GRADERS)


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("--fail-under", "=0.5", "write NAME=NUMBER, NAME one of a=b, rate, limited"),
        ("--fail-under", "", "write NAME=NUMBER"),
        ("--fail-under", "rate=0.5", "passes and fails nothing without max_rate"),
        ("--fail-over", "a=b=0.5", "is no error rate"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(option, text, says):
    with pytest.raises(em.ConfigError, match=says):
        limits(option, [text], GRADERS)


def test_a_name_may_hold_an_equals_sign_and_a_limited_rate_passes_and_fails():
    assert limits("--fail-under", ["a=b=0.5", "limited=1"], GRADERS) == {"a=b": 0.5, "limited": 1}
    assert limits("--fail-over", ["rate=2.5"], GRADERS) == {"rate": 2.5}


def test_a_number_that_does_not_exist_reaches_no_threshold():
    run = em.grade([{"id": 1}], GRADERS)
    found = breaches(run, GRADERS, {"a=b": 0.0}, {"rate": 9.0}, None)
    assert [line.split(":")[0] for line in found] == ["a=b", "rate"]


def test_a_run_at_its_limits_holds_them():
    run = em.grade([ROW], GRADERS)
    assert breaches(run, GRADERS, {"a=b": 1.0, "limited": 1.0}, {"rate": 0.0}, 0.0) == []


def test_of_no_record_everything_is_lost():
    run = em.grade([], GRADERS)
    assert lost_share(run) == 1
    assert breaches(run, GRADERS, {}, {}, math.nextafter(1, 0)) != []


def test_two_limits_for_one_grader_are_refused():
    with pytest.raises(em.ConfigError, match="has a limit already"):
        limits(
            "--fail-under",
            ["word_containment=0.5", "word_containment=0.1"],
            [em.graders.WordContainment()],
        )
