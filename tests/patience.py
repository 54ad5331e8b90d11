"""How long a test waits for what happens in another thread or process."""

import time
from collections.abc import Callable

LONGEST_WAIT = 300
"""Seconds. Far more than anything takes, on a busy machine, too: what has not happened by then never will."""


def wait_until(condition: Callable[[], object], describe: Callable[[], object] = str) -> None:
    """Look again and again.

    Args:
        condition: What is to become true.
        describe: Says how things are, for when it never does.
    """
    end = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert time.monotonic() < end, describe()
        time.sleep(0.01)
