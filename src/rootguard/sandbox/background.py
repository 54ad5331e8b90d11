"""What AWS does after it has answered: jobs that run in the background and that a test can wait for.

Each kind of job has a queue of its own, a `WorkQueue` that `queue` registers; `idle` waits for all of them.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from rootguard.sandbox.state import state

LOG = logging.getLogger("rootguard.sandbox")

_KILL_SECONDS = 0.1

type Job = Callable[[], None]


class WorkFailedError(Exception):
    """A background job of the sandbox itself crashed: a fault of ours, never an answer of AWS."""


class AbandonedError(Exception):
    """Raised inside a job whose sandbox is about to be emptied: it ends the job, and is no crash."""


class WorkQueue:
    """Jobs that run in the background and that a test can wait for."""

    def __init__(self, name: str, workers: int) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._changed = threading.Condition()
        self._pending = 0
        self._closed = False
        self._crashes: list[BaseException] = []

    def submit(self, job: Job) -> None:
        """Run `job` when a worker is free; after `end`, forget it."""
        with self._changed:
            if self._closed:
                return
            self._pending += 1
            future = self._executor.submit(job)
        future.add_done_callback(self._done)

    def pending(self) -> int:
        """How many jobs wait or run."""
        with self._changed:
            return self._pending

    def idle(self, timeout: float) -> bool:
        """Wait until nothing waits or runs.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether it came to rest in time.

        Raises:
            WorkFailedError: A job crashed since the last call.
        """
        with self._changed:
            rested = self._changed.wait_for(lambda: self._pending == 0, timeout)
            crashes, self._crashes = self._crashes, []
        if crashes:
            raise WorkFailedError(f"{len(crashes)} background jobs crashed") from crashes[0]
        return rested

    @property
    def closed(self) -> bool:
        """Whether the sandbox is about to be emptied; a job that waits for something looks here."""
        return self._closed

    def close(self) -> None:
        """Drop what waits, and whatever is submitted from now on."""
        with self._changed:
            self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)

    def end(self, kill: Callable[[], None]) -> None:
        """Close, and end what runs.

        Args:
            kill: Called until nothing runs any more: a job may be about to start what it kills.
        """
        self.close()
        while self.pending():
            kill()
            with self._changed:
                self._changed.wait_for(lambda: self._pending == 0, _KILL_SECONDS)
        self._executor.shutdown(wait=True)

    def _done(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, AbandonedError):
            error = None
        if error is not None:
            LOG.error("a background job crashed", exc_info=error)
        with self._changed:
            self._pending -= 1
            if error is not None:
                self._crashes.append(error)
            self._changed.notify_all()


_KINDS: list[type[WorkQueue]] = []


def queue[Q: WorkQueue](kind: type[Q]) -> type[Q]:
    """Register a kind of queue, for which `idle` waits: a class made without arguments, `state(kind)` is the one."""
    _KINDS.append(kind)
    return kind


def _queues() -> list[WorkQueue]:
    return [state(kind) for kind in _KINDS]


def end(kill: Callable[[], None]) -> None:
    """Let nothing start and nothing run any more: the sandbox is about to be emptied.

    Args:
        kill: Ends the functions that run.
    """
    for each in _queues():
        each.close()
    for each in _queues():
        each.end(kill)


def pending() -> int:
    """How many jobs wait or run, in the whole sandbox."""
    return sum(each.pending() for each in _queues())


def idle(timeout: float = 60.0) -> bool:
    """Wait until no job waits or runs, those included that others leave behind.

    Args:
        timeout: Seconds to wait at most.

    Returns:
        Whether everything came to rest in time.

    Raises:
        WorkFailedError: A job crashed.
    """
    end_of_wait = time.monotonic() + timeout
    while pending():
        for each in _queues():
            if not each.idle(max(0.0, end_of_wait - time.monotonic())):
                return False
    # A job that crashed before anybody waited is still worth an alarm.
    return all(each.idle(0) for each in _queues())
