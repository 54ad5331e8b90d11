"""AWS CloudFormation: creating, updating and deleting stacks.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html and the pages of the operations
below. The work goes on in the background, as on AWS.
"""

from typing import Any

from moto.cloudformation.responses import CloudFormationResponse

from rootguard.sandbox.cloudformation import types
from rootguard.sandbox.cloudformation.change_sets import drop_change_sets
from rootguard.sandbox.cloudformation.changes import has_changes
from rootguard.sandbox.cloudformation.creation import OnFailure
from rootguard.sandbox.cloudformation.deletion import delete
from rootguard.sandbox.cloudformation.launch import Order, is_repeated, start_creation, start_update
from rootguard.sandbox.cloudformation.operations import submit
from rootguard.sandbox.cloudformation.permissions import stack_clients
from rootguard.sandbox.cloudformation.rollback import take_back
from rootguard.sandbox.cloudformation.specifications import specification_of
from rootguard.sandbox.cloudformation.stack_names import (
    check_updatable,
    described_stack,
    living_stack,
    new_name,
    place_of,
)
from rootguard.sandbox.cloudformation.stack_store import add_stack, existing, find_stack, forget_name, new_stack
from rootguard.sandbox.cloudformation.stacks import DELETED, REVIEW, Stack, now
from rootguard.sandbox.cloudformation.steps import Steps
from rootguard.sandbox.cloudformation.template_source import validation_error
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

types.load()
CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER.clear()  # made for answers from moto's own models

_DELETABLE_BUSY = {"CREATE_IN_PROGRESS"}


@operation("cloudformation:CreateStack")
def create_stack(call: Call) -> dict[str, Any]:
    """Create a stack."""
    parameters, name, place = call.parameters, new_name(call), place_of(call)
    known, token = existing(place, name), parameters.get("ClientRequestToken")
    if known is not None and is_repeated(known, "CreateStack", token):
        return {"StackId": known.stack_id}
    if known is not None:
        raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
    stack = new_stack(place, name)
    specification = specification_of(call, stack)
    clients = stack_clients(call, specification.role_arn)
    stack.protected = bool(parameters.get("EnableTerminationProtection"))
    stack.retain_except_on_create = bool(parameters.get("RetainExceptOnCreate"))
    on_failure = _on_failure(call)
    stack.disable_rollback = on_failure is OnFailure.DO_NOTHING
    with stack.gate:
        if not add_stack(stack):
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        start_creation(stack, specification, Order("CreateStack", clients, token), on_failure)
    return {"StackId": stack.stack_id}


def _on_failure(call: Call) -> OnFailure:
    chosen, disabled = call.parameters.get("OnFailure"), call.parameters.get("DisableRollback")
    if chosen is not None and disabled is not None:
        raise validation_error("You can specify either DisableRollback or OnFailure, but not both.")
    if chosen is not None:
        return OnFailure(chosen)
    return OnFailure.DO_NOTHING if disabled else OnFailure.ROLLBACK


@operation("cloudformation:UpdateStack")
def update_stack(call: Call) -> dict[str, Any]:
    """Update a stack."""
    stack, parameters = living_stack(call), call.parameters
    token = parameters.get("ClientRequestToken")
    if is_repeated(stack, "UpdateStack", token):
        return {"StackId": stack.stack_id}
    check_updatable(stack)
    specification = specification_of(call, stack)
    if not has_changes(stack, specification):
        raise validation_error("No updates are to be performed.")
    stack.retain_except_on_create = bool(parameters.get("RetainExceptOnCreate"))
    order = Order("UpdateStack", stack_clients(call, specification.role_arn), token)
    start_update(stack, specification, order, disable_rollback=bool(parameters.get("DisableRollback")))
    return {"StackId": stack.stack_id}


@operation("cloudformation:DeleteStack")
def delete_stack(call: Call) -> dict[str, Any]:
    """Delete a stack; one that does not exist is deleted already."""
    parameters = call.parameters
    token = parameters.get("ClientRequestToken")
    stack = find_stack(place_of(call), parameters["StackName"])
    if stack is None or stack.is_deleted or is_repeated(stack, "DeleteStack", token):
        return {}
    role_arn = parameters.get("RoleARN") or (stack.specification.role_arn if stack.specification else None)
    clients = stack_clients(call, role_arn)
    retain = tuple(parameters.get("RetainResources") or ())
    force = parameters.get("DeletionMode") == "FORCE_DELETE_STACK"
    with stack.gate:
        if stack.status == "DELETE_IN_PROGRESS":
            return {}
        _check_deletable(stack, retain, force=force)
        if stack.status == REVIEW:
            drop_change_sets(stack)
            forget_name(stack)
            stack.turn(DELETED)
            return {}
        stack.cancelled = stack.is_in_progress
        if token:
            stack.tokens[token] = "DeleteStack"
        before = stack.status
        drop_change_sets(stack)
        stack.turn("DELETE_IN_PROGRESS", "User Initiated", token)
    steps = Steps(stack, clients, stack.tags, stack.tags)
    submit(stack, lambda: delete(stack, steps, retain, force=force, before=before))
    return {}


def _check_deletable(stack: Stack, retain: tuple[str, ...], *, force: bool) -> None:
    if stack.protected:
        message = f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        raise validation_error(message)
    if stack.is_in_progress and stack.status not in _DELETABLE_BUSY:
        raise validation_error(f"Stack [{stack.stack_id}] cannot be deleted while in status {stack.status}")
    if (retain or force) and stack.status != "DELETE_FAILED":
        asked = "specify which resources to retain" if retain else "specify FORCE_DELETE_STACK"
        message = f"Invalid operation on stack [{stack.stack_id}]. When you delete a stack,"
        raise validation_error(f"{message} {asked} only when the stack is in the DELETE_FAILED state.")
    if unknown := sorted(set(retain) - stack.resources.keys()):
        raise validation_error(f"The specified resources to retain do not exist in the stack: [{', '.join(unknown)}]")


@operation("cloudformation:CancelUpdateStack")
def cancel_update_stack(call: Call) -> dict[str, Any]:
    """Stop an update and take it back."""
    stack = living_stack(call)
    with stack.gate:
        if stack.status != "UPDATE_IN_PROGRESS":
            raise validation_error("CancelUpdateStack cannot be called from current stack status")
        stack.cancelled = True
    return {}


@operation("cloudformation:ContinueUpdateRollback")
def continue_update_rollback(call: Call) -> dict[str, Any]:
    """Go on with a rollback that failed."""
    stack, skip = living_stack(call), tuple(call.parameters.get("ResourcesToSkip") or ())
    with stack.gate:
        if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.undo is None:
            message = f"Stack:{stack.stack_id} is in {stack.status} state and can not continue to roll back."
            raise validation_error(message)
        clients = stack_clients(call, call.parameters.get("RoleARN") or stack.undo.specification.role_arn)
        stack.updated = now()
        stack.turn("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated", call.parameters.get("ClientRequestToken"))
    steps = Steps(stack, clients, stack.tags, stack.tags)
    submit(stack, lambda: take_back(stack, stack.undo, steps, skip))
    return {}


@operation("cloudformation:UpdateTerminationProtection")
def update_termination_protection(call: Call) -> dict[str, Any]:
    """Protect a stack from deletion, or no longer."""
    stack = living_stack(call)
    stack.protected = bool(call.parameters["EnableTerminationProtection"])
    return {"StackId": stack.stack_id}


@operation("cloudformation:GetStackPolicy")
def get_stack_policy(call: Call) -> dict[str, Any]:
    """Tell a stack's policy: none here has one."""
    described_stack(call)
    return {}


@operation("cloudformation:SetStackPolicy")
def set_stack_policy(call: Call) -> dict[str, Any]:
    """Refuse: moto would note the policy, and nobody would heed it."""
    raise AwsError(NOT_IMPLEMENTED, f"The sandbox has no {call.action}: its stacks have no policies.")
