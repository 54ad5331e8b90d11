"""Waiting until what a handler started has come to rest."""

import time
from collections.abc import Callable

from rootguard.sandbox.cloudformation.resource_type import ResourceFailedError

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5
_LIMIT = 3600.0
"""Seconds. AWS waits longer, 706 minutes for an organization conformance pack, but nothing here takes long."""


def wait_for[T](read: Callable[[], T | None], what: str) -> T:
    """What `read` says as soon as it says something.

    A sandbox that is about to be emptied ends the wait at the next request, by the error of its clients.

    Args:
        read: Asks the service; None for "not yet".
        what: For the message, "the conformance pack x".

    Raises:
        ResourceFailedError: It takes longer than CloudFormation waits.
    """
    pause, end = _FIRST_PAUSE, time.monotonic() + _LIMIT
    while (found := read()) is None:
        if time.monotonic() > end:
            raise ResourceFailedError(f"Exceeded attempts to wait: {what} did not stabilize.")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return found
