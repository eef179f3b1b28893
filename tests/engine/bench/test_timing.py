"""Rounds are interleaved, and speeds are medians with their range."""

from earmark.engine.bench.timing import Spread, interleaved, rates, repeats


def test_candidates_take_turns_and_the_first_round_only_warms_up():
    ran, told = [], []
    runs = {name: (lambda name=name: ran.append(name)) for name in "ab"}
    times = interleaved(runs, rounds=3, after=told.append)
    assert ran == told == ["a", "b"] * 4
    assert {name: (len(t.wall), len(t.cpu)) for name, t in times.items()} == {
        "a": (3, 3),
        "b": (3, 3),
    }


def test_a_speed_is_the_median_round_and_between_what_the_rounds_lay():
    assert rates(100, [4.0, 1.0, 2.0]) == Spread(50.0, 25.0, 100.0)


def test_what_is_quicker_than_wanted_is_repeated_and_what_is_slower_runs_once():
    assert repeats(lambda: sum(range(1000)), 0.05) > 10
    assert repeats(lambda: sum(range(100_000)), 1e-9) == 1
