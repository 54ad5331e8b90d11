"""Updating a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html
"""

from rootguard.sandbox.cloudformation.creation import failure
from rootguard.sandbox.cloudformation.deployment import CancelledError, Deployment, DeploymentError, remove, retained
from rootguard.sandbox.cloudformation.resolution import Resolution
from rootguard.sandbox.cloudformation.rollback import Rollback, take_back
from rootguard.sandbox.cloudformation.stacks import Record, Specification, Stack
from rootguard.sandbox.cloudformation.steps import Steps
from rootguard.sandbox.cloudformation.template import Policy
from rootguard.sandbox.template.text import TemplateError


def update(stack: Stack, resolution: Resolution, steps: Steps, before: Specification, *, roll_back: bool) -> None:
    """Bring a stack to its new specification; its status says how that ended.

    Args:
        stack: Has the new specification already and is in the state UPDATE_IN_PROGRESS.
        resolution: Of the new specification.
        steps: Does it.
        before: The specification until now.
        roll_back: Whether to take back an update that fails.
    """
    undo = stack.undo or Rollback(before, stack.outputs, stack.imports, [], [])
    deployment = Deployment(stack, resolution, steps)
    try:
        deployment.run()
    except (DeploymentError, TemplateError) as error:
        reason = "User Initiated" if isinstance(error, CancelledError) else failure(error, "update")
        stack.cancelled = False
        undo = undo.noting(deployment.journal)
        if not roll_back:
            stack.undo = undo
            stack.turn("UPDATE_FAILED", reason)
            return
        stack.turn("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        take_back(stack, undo, steps)
        return
    stack.undo = None
    _clean_up(stack, undo.noting(deployment.journal).apart(stack), deployment.gone(), steps)


def _clean_up(stack: Stack, replaced: list[Record], gone: list[Record], steps: Steps) -> None:
    """Remove what was replaced and what the template has no more; what cannot be removed is left behind."""
    stack.turn("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    missing = {record.serial for record in gone}

    def stays(record: Record) -> bool:
        return retained(record) if record.serial in missing else record.update_replace_policy is Policy.RETAIN

    remove(steps, [*replaced, *gone], stays)
    for record in gone:
        del stack.resources[record.logical_id]
    stack.turn("UPDATE_COMPLETE")
