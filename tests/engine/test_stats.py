"""Wilson's interval against published examples and against the equation it solves."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.engine.stats import wilson

PUBLISHED = [  # Newcombe (1998), table I, method 3
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("x", "n", "lo", "hi"), PUBLISHED)
def test_the_interval_is_newcombes_published_one(x, n, lo, hi):
    assert wilson(x, n) == pytest.approx((lo, hi), abs=5e-5)


@given(st.integers(1, 10_000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
@settings(deadline=None)
def test_the_bounds_solve_the_score_equation(n, share, conf):
    from scipy.stats import norm

    x = round(share * n)
    z = norm.ppf((1 + conf) / 2)
    lo, hi = wilson(x, n, conf)
    assert 0 <= lo <= x / n <= hi <= 1
    for p in (lo, hi):
        if 1e-9 < p < 1 - 1e-9:
            assert abs(p - x / n) == pytest.approx(z * math.sqrt(p * (1 - p) / n), abs=1e-9)


def test_the_ends_are_exact():
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0


def test_with_no_trial_nothing_is_known():
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("x", "n"), [(-1, 5), (6, 5), (0, -1), (math.nan, 5), (1, math.inf)])
def test_impossible_counts_are_refused_with_their_values(x, n):
    with pytest.raises(ValueError, match=f"{x} successes of {n} trials"):
        wilson(x, n)


@pytest.mark.parametrize("conf", [0, 1, 95, math.nan])
def test_a_coverage_that_is_none_is_refused(conf):
    with pytest.raises(ValueError, match="conf must lie between 0 and 1"):
        wilson(1, 2, conf)
