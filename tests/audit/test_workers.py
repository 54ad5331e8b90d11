"""Work in threads that nobody waits for."""

import itertools
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.audit.workers import in_threads


@pytest.mark.parametrize("most", [1, 2, 7, 100])
@pytest.mark.parametrize("number", [0, 1, 20])
def test_each_item_comes_once_with_what_was_made_of_it(number: int, most: int) -> None:
    assert sorted(in_threads(range(number), lambda item: item**2, most)) == [(each, each**2) for each in range(number)]


@pytest.mark.parametrize("most", [1, 3])
def test_items_are_begun_in_their_order(most: int) -> None:
    begun: list[int] = []
    assert len(list(in_threads(range(30), begun.append, most))) == 30
    assert begun == sorted(begun) or most > 1
    assert sorted(begun) == list(range(30))


def test_one_thread_is_the_caller_s_own() -> None:
    (found,) = in_threads(["only"], lambda _: threading.current_thread(), 1)
    assert found == ("only", threading.current_thread())


def test_so_many_work_at_once_and_no_more() -> None:
    together, count, peak = threading.Barrier(3, timeout=LONGEST_WAIT), itertools.count(), list[int]()
    working, lock = set[int](), threading.Lock()

    def work(item: int) -> None:
        with lock:
            working.add(item)
            peak.append(len(working))
        together.wait()  # for two others: with fewer threads than three this would break
        with lock:
            working.remove(item)
        next(count)

    assert len(list(in_threads(range(9), work, 3))) == 9
    assert (max(peak), next(count)) == (3, 9)


@pytest.mark.parametrize("most", [1, 4])
@pytest.mark.parametrize("raised", [ValueError("a mistake"), SystemExit(5)], ids=repr)
def test_what_work_raises_is_raised_to_whoever_waits(raised: BaseException, most: int) -> None:
    def work(item: int) -> int:
        if item == 3:
            raise raised
        return item

    with pytest.raises(type(raised)) as caught:
        list(in_threads(range(10), work, most))
    assert caught.value is raised


def _begun_after(stop: Callable[[list[int], threading.Event], None]) -> list[int]:
    """Which of a hundred items two threads have begun, when `stop` stopped waiting for them after the first."""
    begun, go = list[int](), threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item:
            assert go.wait(LONGEST_WAIT)
        return item

    others = set(threading.enumerate())
    iterator: Any = in_threads(range(100), work, 2)
    with closing(iterator) as done:
        assert next(done) == (0, 0)
        stop(begun, go)
    go.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(LONGEST_WAIT)
    return begun


def test_whoever_stops_waiting_stops_the_work() -> None:
    assert len(_begun_after(lambda _begun, _go: None)) <= 4


def test_whoever_is_interrupted_stops_the_work() -> None:
    def interrupted(_begun: list[int], _go: threading.Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _begun_after(interrupted)


def test_threads_do_not_keep_the_process_alive() -> None:
    daemons = [thread.daemon for _, thread in in_threads(range(4), lambda _: threading.current_thread(), 2)]
    assert daemons == [True] * 4
