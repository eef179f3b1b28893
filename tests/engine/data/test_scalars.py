import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from earmark.engine.data.scalars import absent, jsonable, plain, without_absent


@pytest.mark.parametrize(
    "value",
    [None, math.nan, np.float32("nan"), np.datetime64("NaT"), Decimal("NaN"), pd.NaT, pd.NA],
    ids=repr,
)
def test_what_stands_for_no_value_is_absent(value):
    assert absent(value)


@pytest.mark.parametrize(
    "value", ["", "nan", 0, False, math.inf, [], {}, [math.nan], np.array([math.nan])], ids=repr
)
def test_everything_else_is_there(value):
    assert not absent(value)


def test_absent_values_become_null_at_any_depth_of_objects():
    value = {"item": {"meta": {"n": math.nan, "m": 1}}, "list": [math.nan]}
    assert without_absent(value)["item"] == {"meta": {"n": None, "m": 1}}
    assert without_absent(value)["list"] is value["list"]
    assert math.isnan(value["item"]["meta"]["n"])


def test_an_object_without_absent_values_stays_the_object_it_is():
    value = {"audio": {"array": np.zeros(3), "rate": 8000}, "answer": None}
    assert without_absent(value) is value


def test_numbers_are_those_that_json_can_hold():
    value = {"a": [math.nan, np.float64("inf"), 1.5], "b": (np.int64(2), np.array([math.nan, 1]))}
    assert jsonable(value) == {"a": [None, None, 1.5], "b": [2, [None, 1]]}


def test_plain_leaves_python_values_alone():
    assert plain(np.float64(0.5)) == 0.5
    assert plain("x") == "x"
