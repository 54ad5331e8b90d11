"""Work in threads that nobody waits for: a command that is interrupted ends at once, whatever they hang on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue


def in_threads[Item, Done](
    items: Sequence[Item], work: Callable[[Item], Done], most: int
) -> Iterator[tuple[Item, Done]]:
    """Each item with what `work` made of it, as they come to be done; whoever stops iterating stops the work.

    Args:
        items: Begun in this order.
        work: Called by several threads at once. What it raises is raised here.
        most: How many threads; 1 for the caller's own.
    """
    if most == 1:
        yield from ((item, work(item)) for item in items)
        return
    waiting, done = SimpleQueue[Item](), SimpleQueue[tuple[Item, Done | BaseException]]()
    for item in items:
        waiting.put(item)

    def run() -> None:
        while item := _next(waiting):
            try:
                done.put((item[0], work(item[0])))
            except BaseException as error:  # noqa: BLE001 - raised again by who waits
                done.put((item[0], error))

    for _ in range(min(most, len(items))):
        threading.Thread(target=run, daemon=True).start()
    try:
        for _ in items:
            item, outcome = done.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield item, outcome
    finally:
        while _next(waiting):
            pass


def _next[Item](waiting: SimpleQueue[Item]) -> tuple[Item] | None:
    try:
        return (waiting.get_nowait(),)
    except Empty:
        return None
