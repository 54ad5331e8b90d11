"""Creating a stack, and what happens when that fails.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

from enum import StrEnum

from rootguard.sandbox.cloudformation.deletion import delete
from rootguard.sandbox.cloudformation.deployment import (
    CancelledError,
    Deployment,
    DeploymentError,
    kept_in_rollback,
    remove,
    retained,
)
from rootguard.sandbox.cloudformation.resolution import Resolution
from rootguard.sandbox.cloudformation.stacks import Stack
from rootguard.sandbox.cloudformation.steps import Steps
from rootguard.sandbox.template.text import TemplateError


class OnFailure(StrEnum):
    """What becomes of a stack that cannot be created."""

    DO_NOTHING = "DO_NOTHING"
    ROLLBACK = "ROLLBACK"
    DELETE = "DELETE"


def create(stack: Stack, resolution: Resolution, steps: Steps, on_failure: OnFailure) -> None:
    """Make a stack's resources; its status says how that ended."""
    try:
        Deployment(stack, resolution, steps).run()
    except CancelledError:
        return
    except (DeploymentError, TemplateError) as error:
        _fail(stack, steps, error, on_failure)
        return
    stack.finish("CREATE_COMPLETE")


def _fail(stack: Stack, steps: Steps, error: DeploymentError | TemplateError, on_failure: OnFailure) -> None:
    reason = failure(error, "create")
    match on_failure:
        case OnFailure.DO_NOTHING:
            stack.finish("CREATE_FAILED", reason)
        case OnFailure.ROLLBACK:
            if stack.finish("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user."):
                _roll_back(stack, steps)
        case OnFailure.DELETE:
            if stack.finish("DELETE_IN_PROGRESS", f"{reason}Delete requested by user."):
                delete(stack, steps)


def failure(error: Exception, verb: str) -> str:
    """The stack's reason for a failed deployment."""
    if isinstance(error, DeploymentError) and error.logical_ids:
        return f"The following resource(s) failed to {verb}: [{', '.join(error.logical_ids)}]. "
    return f"{str(error).rstrip('.')}. "


def _roll_back(stack: Stack, steps: Steps) -> None:
    """Remove what was made; a resource that is to be retained stays."""
    keeping = kept_in_rollback(stack)
    failed = remove(steps, stack.resources.values(), lambda record: retained(record, keeping))
    stack.outputs, stack.imports = (), frozenset()
    if failed:
        reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        stack.finish("ROLLBACK_FAILED", reason)
        return
    stack.finish("ROLLBACK_COMPLETE")
