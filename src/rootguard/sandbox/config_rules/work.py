"""What AWS Config does in the background: deployments one after another, evaluations on a few workers."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

LOG = logging.getLogger("rootguard.sandbox")

_KILL_SECONDS = 0.1

type Job = Callable[[], None]


class WorkFailedError(Exception):
    """A background job of the sandbox itself crashed: a fault of ours, never an answer of AWS."""


class WorkQueue:
    """Jobs that run in the background and that a test can wait for."""

    def __init__(self, name: str, workers: int) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._changed = threading.Condition()
        self._pending = 0
        self._closed = False
        self._crashes: list[BaseException] = []

    def submit(self, job: Job) -> None:
        """Run `job` when a worker is free; after `drop`, forget it."""
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

    def end(self, kill: Callable[[], None]) -> None:
        """Drop what waits, and whatever is submitted from now on, and end what runs.

        Args:
            kill: Called until nothing runs any more: a job may be about to start what it kills.
        """
        with self._changed:
            self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        while self.pending():
            kill()
            with self._changed:
                self._changed.wait_for(lambda: self._pending == 0, _KILL_SECONDS)
        self._executor.shutdown(wait=True)

    def _done(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            LOG.error("a background job of AWS Config crashed", exc_info=error)
        with self._changed:
            self._pending -= 1
            if error is not None:
                self._crashes.append(error)
            self._changed.notify_all()


class Deployments(WorkQueue):
    """Conformance packs on their way into accounts."""

    def __init__(self) -> None:
        super().__init__("config-deployment", 1)


class Evaluations(WorkQueue):
    """Rules whose function is about to be invoked."""

    def __init__(self) -> None:
        super().__init__("config-evaluation", state(Settings).workers)


def end(kill: Callable[[], None]) -> None:
    """Let nothing start and nothing run any more: the sandbox is about to be emptied.

    Args:
        kill: Ends the functions that run.
    """
    for queue in (state(Deployments), state(Evaluations)):
        queue.end(kill)


def pending() -> int:
    """How many deployments and evaluations wait or run, in the whole sandbox."""
    return state(Deployments).pending() + state(Evaluations).pending()


def idle(timeout: float = 60.0) -> bool:
    """Wait until no deployment and no evaluation waits or runs.

    Args:
        timeout: Seconds to wait at most.

    Returns:
        Whether everything came to rest in time.

    Raises:
        WorkFailedError: A job crashed.
    """
    end = time.monotonic() + timeout
    while pending():
        for queue in (state(Deployments), state(Evaluations)):
            if not queue.idle(max(0.0, end - time.monotonic())):
                return False
    # A job that crashed before anybody waited is still worth an alarm.
    return state(Deployments).idle(0) and state(Evaluations).idle(0)
