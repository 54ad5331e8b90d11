"""Updating a stack, and taking back an update that failed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from rootguard.sandbox.cloudformation.creation import failure
from rootguard.sandbox.cloudformation.deployment import (
    CancelledError,
    Change,
    Deployment,
    DeploymentError,
    remove,
    retained,
)
from rootguard.sandbox.cloudformation.resolution import Resolution
from rootguard.sandbox.cloudformation.stacks import OutputValue, Record, Specification, Stack
from rootguard.sandbox.cloudformation.steps import StepError, Steps
from rootguard.sandbox.cloudformation.template import Policy
from rootguard.sandbox.template.text import TemplateError


@dataclass(slots=True)
class Rollback:
    """What is to be done to take an update back.

    Attributes:
        specification: What the stack was.
        pending: What the update touched and is not yet as it was, the last first.
        made: What the update made, to be removed in the end.
    """

    specification: Specification
    outputs: tuple[OutputValue, ...]
    imports: frozenset[str]
    pending: list[Change]
    made: list[Record]


def update(stack: Stack, resolution: Resolution, steps: Steps, before: Specification, *, roll_back: bool) -> None:
    """Bring a stack to its new specification; its status says how that ended.

    Args:
        stack: Has the new specification already and is in the state UPDATE_IN_PROGRESS.
        resolution: Of the new specification.
        steps: Does it.
        before: The specification until now.
        roll_back: Whether to take back an update that fails.
    """
    outputs, imports = stack.outputs, stack.imports
    deployment = Deployment(stack, resolution, steps)
    try:
        deployment.run()
    except (DeploymentError, TemplateError) as error:
        reason = "User Initiated" if isinstance(error, CancelledError) else failure(error, "update")
        stack.cancelled = False
        made = [change.after for change in deployment.journal if change.is_new]
        rollback = Rollback(before, outputs, imports, deployment.journal[::-1], made)
        if not roll_back:
            stack.undo = rollback
            stack.turn("UPDATE_FAILED", reason)
            return
        stack.turn("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        take_back(stack, rollback, steps)
        return
    stack.undo = None
    _clean_up(stack, deployment, steps)


def _clean_up(stack: Stack, deployment: Deployment, steps: Steps) -> None:
    """Remove what was replaced and what the template has no more; what cannot be removed is left behind."""
    stack.turn("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    replaced = deployment.replaced()
    kept = {record.logical_id: True for record in replaced if record.update_replace_policy is Policy.RETAIN}
    remove(steps, replaced, kept)
    gone = deployment.gone()
    remove(steps, gone, retained(gone))
    for record in gone:
        del stack.resources[record.logical_id]
    stack.turn("UPDATE_COMPLETE")


def take_back(stack: Stack, rollback: Rollback, steps: Steps, skip: Collection[str] = ()) -> None:
    """Bring a stack back to what it was before an update.

    Args:
        stack: Is in the state UPDATE_ROLLBACK_IN_PROGRESS.
        rollback: What is left to do.
        steps: Did the update.
        skip: Logical ids of resources to leave as they are.
    """
    steps = replace(steps, tags=rollback.specification.tags, previous_tags=stack.tags)
    while rollback.pending:
        change = rollback.pending[0]
        try:
            if change.after.logical_id not in skip:
                _restore(stack, change, steps)
        except StepError as error:
            stack.undo = rollback
            stack.turn("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{error.logical_id}]. ")
            return
        rollback.pending.pop(0)
    stack.specification, stack.undo = rollback.specification, None
    stack.outputs, stack.imports = rollback.outputs, rollback.imports
    stack.turn("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    for record in rollback.made:
        if stack.resources.get(record.logical_id) is record:
            del stack.resources[record.logical_id]
    remove(steps, rollback.made, _kept_in_rollback(stack, rollback))
    stack.turn("UPDATE_ROLLBACK_COMPLETE")


def _restore(stack: Stack, change: Change, steps: Steps) -> None:
    before, after = change.before, change.after
    if before is None:
        return
    if change.is_new:
        stack.resources[before.logical_id] = before
        return
    after.needs, after.metadata, after.description = before.needs, before.metadata, before.description
    after.deletion_policy, after.update_replace_policy = before.deletion_policy, before.update_replace_policy
    if after.properties == before.properties and steps.tags == steps.previous_tags:
        stack.turn_resource(after, "UPDATE_COMPLETE")
        return
    steps.update(after, before.properties)


def _kept_in_rollback(stack: Stack, rollback: Rollback) -> dict[str, bool]:
    keeping = frozenset() if stack.retain_except_on_create else frozenset({Policy.RETAIN})
    return retained([record for record in rollback.made if record.physical is not None], keeping)
