"""What StackSets do in the background."""

import time
from typing import Any

from rootguard.sandbox.background import AbandonedError, WorkQueue, queue
from rootguard.sandbox.clients import BackgroundClients
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.state import state

_WORKERS = 4
"""AWS works at hundreds of accounts at a time; here all share one process, which more threads would only slow down."""
_SHORTEST, _LONGEST = 0.02, 0.25
_GROWTH = 1.5


@queue
class StackSetWork(WorkQueue):
    """Instances at which an operation works."""

    def __init__(self) -> None:
        super().__init__("stack-sets", _WORKERS)


def client(service: str, keys: Keys, region: str) -> Any:
    """A client for a job, that speaks with these keys until the same thread asks for another."""
    return BackgroundClients(keys, state(StackSetWork), region).client(service)


class Patience:
    """The pauses between two looks at something that another job brings about, ever longer."""

    def __init__(self) -> None:
        self._queue = state(StackSetWork)
        self._pause = _SHORTEST

    def wait(self) -> None:
        """Wait a little.

        Raises:
            AbandonedError: The sandbox is about to be emptied, so that nothing will come.
        """
        if self._queue.closed:
            raise AbandonedError
        time.sleep(self._pause)
        self._pause = min(_LONGEST, self._pause * _GROWTH)
