"""Taking back an update that failed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from rootguard.sandbox.cloudformation.deployment import Change, kept_in_rollback, remove, retained
from rootguard.sandbox.cloudformation.stacks import OutputValue, Record, Specification, Stack
from rootguard.sandbox.cloudformation.steps import StepError, Steps


@dataclass(slots=True)
class Rollback:
    """What is to be done to take an update back, and those before it that were left as they failed.

    Attributes:
        specification: What the stack was when it was last stable.
        pending: What was touched since and is not yet as it was, the last first.
        made: What was made since, to be removed in the end.
    """

    specification: Specification
    outputs: tuple[OutputValue, ...]
    imports: frozenset[str]
    pending: list[Change]
    made: list[Record]

    def noting(self, journal: list[Change]) -> "Rollback":
        """With what a further update has touched."""
        made = [change.after for change in journal if change.is_new]
        return replace(self, pending=[*journal[::-1], *self.pending], made=[*self.made, *made])

    def apart(self, stack: Stack) -> list[Record]:
        """What exists and the stack does not hold any more, or not yet again: what was replaced."""
        touched = [*self.made, *(each.before for each in self.pending if each.before is not None and each.is_new)]
        held = {record.serial for record in stack.resources.values()}
        found = {record.serial: record for record in touched if record.physical is not None}
        return [record for serial, record in found.items() if serial not in held]


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
    keeping = kept_in_rollback(stack)
    remove(steps, rollback.made, lambda record: retained(record, keeping))
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
    touched = after.attempted is not None or after.properties != before.properties
    if not touched and steps.tags == steps.previous_tags:
        stack.turn_resource(after, "UPDATE_COMPLETE")
        return
    steps.update(after, before.properties, after.attempted)
