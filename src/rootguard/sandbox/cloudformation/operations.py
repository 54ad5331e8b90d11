"""Stack operations in the background: one at a time per stack, many stacks at once."""

from collections.abc import Callable

from rootguard.sandbox.background import AbandonedError, WorkQueue, queue
from rootguard.sandbox.cloudformation.handler_errors import crashed
from rootguard.sandbox.cloudformation.stacks import Stack
from rootguard.sandbox.state import state

_WORKERS = 32
_FAILED = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
}


@queue
class StackOperations(WorkQueue):
    """Stacks that are being created, changed or deleted."""

    def __init__(self) -> None:
        super().__init__("cloudformation", _WORKERS)


def submit(stack: Stack, job: Callable[[], None]) -> None:
    """Run an operation of a stack in the background.

    A crash of the sandbox itself fails the stack and, through `background.idle`, the test.
    """

    def run() -> None:
        with stack.lock:
            try:
                job()
            except AbandonedError:
                raise
            except Exception as error:
                if stack.status in _FAILED:
                    stack.turn(_FAILED[stack.status], crashed(error))
                raise

    state(StackOperations).submit(run)
