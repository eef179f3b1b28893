"""Draws that are even over a field, and the same for the same seed."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.engine.data.draw import draw

STRATA = st.lists(st.sampled_from("abcd"), max_size=60)


@given(STRATA, st.integers(0, 80), st.integers())
@settings(deadline=None)
def test_n_different_rows_are_drawn_in_rising_order_or_all_there_are(strata, n, seed):
    drawn = draw(strata, n, seed)
    assert drawn == sorted(set(drawn))
    assert len(drawn) == min(n, len(strata))
    assert set(drawn) <= set(range(len(strata)))


@given(STRATA, st.integers(0, 80), st.integers())
@settings(deadline=None)
def test_no_stratum_gets_two_more_than_another_that_had_more_to_give(strata, n, seed):
    size = Counter(strata)
    got = Counter({stratum: 0 for stratum in size}) + Counter()
    got.update(strata[i] for i in draw(strata, n, seed))
    for a in size:
        for b in size:
            assert got[a] <= got[b] + 1 or got[b] == size[b]


@given(STRATA, st.integers(0, 80), st.integers())
@settings(deadline=None)
def test_the_same_seed_draws_the_same(strata, n, seed):
    assert draw(strata, n, seed) == draw(iter(strata), n, seed)


def test_a_draw_is_contained_in_a_larger_one_of_the_same_seed():
    strata = [i % 7 for i in range(100)]
    for n in range(100):
        assert set(draw(strata, n, 3)) <= set(draw(strata, n + 1, 3))


def test_every_row_of_a_stratum_has_the_same_chance():
    hits = Counter(i for seed in range(3_000) for i in draw("a" * 10, 3, seed))
    # expected 900 each, with a standard deviation of sqrt(3000 * 0.3 * 0.7) = 25
    assert len(hits) == 10
    assert all(abs(count - 900) < 5 * 25 for count in hits.values())


def test_which_stratum_gets_the_odd_one_is_chance_too():
    odd = Counter(draw("aaabbb", 1, seed)[0] // 3 for seed in range(1_000))
    assert abs(odd[0] - 500) < 5 * 16


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="cannot draw -1 rows"):
        draw("abc", -1)
