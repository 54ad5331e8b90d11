"""Deleting a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
"""

from collections.abc import Collection

from rootguard.sandbox.cloudformation.deployment import remove, retained
from rootguard.sandbox.cloudformation.exports import ExportError, check_exports, exports_lock
from rootguard.sandbox.cloudformation.stack_store import forget_name
from rootguard.sandbox.cloudformation.stacks import DELETED, GONE, Stack
from rootguard.sandbox.cloudformation.steps import Steps


def delete(
    stack: Stack, steps: Steps, retain: Collection[str] = (), *, force: bool = False, before: str = "DELETE_FAILED"
) -> None:
    """Remove a stack's resources; its status says how that ended.

    Args:
        stack: Is in the state DELETE_IN_PROGRESS.
        steps: Does it.
        retain: Logical ids of resources to leave.
        force: Whether to leave whatever cannot be deleted.
        before: The status until now, to which the stack returns if another one uses its exports.
    """
    stack.cancelled = False
    try:
        with exports_lock(stack.place):
            check_exports(stack, ())
    except ExportError as error:
        stack.finish(before, str(error))
        return
    apart = stack.undo.apart(stack) if stack.undo is not None else []
    left = [record for record in [*stack.resources.values(), *apart] if record.status not in GONE]
    failed = remove(steps, left, lambda record: retained(record) or record.logical_id in retain)
    if failed and not force:
        stack.finish("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    stack.outputs, stack.imports, stack.undo = (), frozenset(), None
    forget_name(stack)  # before anybody sees that it is free
    stack.finish(DELETED)
