"""Threads that keep order, bound what is in flight, and stop when told."""

import os
import threading
import time

import pytest

from earmark.engine.audio.pool import in_order, usable_processors


@pytest.mark.parametrize("workers", [1, 2, 8, None])
def test_results_come_in_the_order_of_the_values(workers):
    def slow_first(i):
        time.sleep(0.002 * (i % 3 == 0))
        return i * i

    assert list(in_order(slow_first, range(50), workers)) == [i * i for i in range(50)]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_at_most_two_values_a_worker_are_in_flight(workers):
    taken = 0

    def values():
        nonlocal taken
        for i in range(100):
            taken += 1
            yield i

    for done, _ in enumerate(in_order(str, values(), workers)):
        assert taken - done <= 2 * workers


def test_work_is_done_at_the_same_time():
    together = threading.Barrier(4, timeout=10)
    assert len(list(in_order(lambda _: together.wait(), range(4), 4))) == 4


@pytest.mark.parametrize("workers", [1, 3])
def test_an_exception_comes_out_where_its_result_would_have(workers):
    def fail(i):
        if i == 5:
            raise KeyError(i)
        return i

    results = in_order(fail, range(100), workers)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError):
        next(results)


@pytest.mark.parametrize("workers", [1, 3])
def test_an_exception_of_the_values_comes_out_too(workers):
    def values():
        yield 1
        raise OSError("source")

    with pytest.raises(OSError, match="source"):
        list(in_order(str, values(), workers))


@pytest.mark.parametrize("workers", [1, 3])
def test_stopping_early_stops_the_work_and_leaves_no_thread(workers):
    begun = []
    results = in_order(lambda i: begun.append(i), iter(range(1_000)), workers)
    next(results)
    results.close()
    assert len(begun) <= 2 * workers
    assert not [t for t in threading.enumerate() if t.name.startswith("earmark-audio")]


@pytest.mark.parametrize("workers", [0, -1])
def test_fewer_than_one_worker_is_refused(workers):
    with pytest.raises(ValueError, match=f"workers={workers}"):
        list(in_order(str, [], workers))


def test_there_is_at_least_one_worker_and_not_a_hundred():
    assert 1 <= usable_processors() <= os.cpu_count()
