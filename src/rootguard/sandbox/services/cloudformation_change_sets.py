"""AWS CloudFormation: change sets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html and the pages of the
operations below.
"""

from collections.abc import Callable, Sequence
from typing import Any

from rootguard.sandbox.cloudformation.answers import paged, parameters_shown, present
from rootguard.sandbox.cloudformation.change_sets import (
    ChangeSet,
    change_sets,
    change_sets_of,
    drop_change_sets,
    find_change_set,
    new_change_set_id,
)
from rootguard.sandbox.cloudformation.changes import ResourceChange
from rootguard.sandbox.cloudformation.creation import OnFailure
from rootguard.sandbox.cloudformation.launch import Order, is_repeated, start_creation, start_update
from rootguard.sandbox.cloudformation.operations import submit
from rootguard.sandbox.cloudformation.permissions import stack_clients
from rootguard.sandbox.cloudformation.specifications import specification_of
from rootguard.sandbox.cloudformation.stack_index import stack_index
from rootguard.sandbox.cloudformation.stack_names import (
    check_updatable,
    described_stack,
    living_stack,
    new_name,
    place_of,
)
from rootguard.sandbox.cloudformation.stack_store import add_stack, existing, new_stack
from rootguard.sandbox.cloudformation.stacks import REVIEW, Stack
from rootguard.sandbox.cloudformation.template_source import validation_error
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

_ABSENT = ("ResourcesToImport", "IncludeNestedStacks", "ImportExistingResources", "DeploymentMode")


@operation("cloudformation:CreateChangeSet")
def create_change_set(call: Call) -> dict[str, Any]:
    """Examine what a stack would become; a new stack is put into review."""
    parameters, kind = call.parameters, call.parameters.get("ChangeSetType", "UPDATE")
    absent = [name for name in _ABSENT if parameters.get(name)]
    if absent or kind == "IMPORT":
        message = f"The sandbox's change sets take no {', '.join(absent) or 'ChangeSetType IMPORT'}."
        raise AwsError(NOT_IMPLEMENTED, message)
    name, token = parameters["ChangeSetName"], parameters.get("ClientToken")
    stack = _stack_to_create(call) if kind == "CREATE" else living_stack(call)
    known = next((each for each in change_sets(stack) if each.name == name), None)
    if known is not None and token and known.token == token:
        return {"Id": known.change_set_id, "StackId": stack.stack_id}
    if known is not None:
        raise AwsError("AlreadyExistsException", f"ChangeSet {known.change_set_id} already exists")
    if kind == "UPDATE":
        check_updatable(stack)
    specification = specification_of(call, stack)
    stack_clients(call, specification.role_arn)  # refuses a role that cannot be used already now
    change_set = ChangeSet(
        name=name,
        change_set_id=new_change_set_id(stack.place, name),
        stack=stack,
        kind=kind,
        specification=specification,
        description=parameters.get("Description"),
        on_stack_failure=parameters.get("OnStackFailure"),
        token=token,
    )
    if kind == "CREATE" and add_stack(stack):
        stack.turn(REVIEW, "User Initiated")
    change_sets_of(stack.place).by_id[change_set.change_set_id] = change_set
    stack_index(*stack.place).by_change_set[change_set.change_set_id] = stack.stack_id
    submit(stack, change_set.examine)
    return {"Id": change_set.change_set_id, "StackId": stack.stack_id}


def _stack_to_create(call: Call) -> Stack:
    name, place = new_name(call), place_of(call)
    known = existing(place, name)
    if known is None:
        return new_stack(place, name)
    if known.status != REVIEW:
        set_name = call.parameters["ChangeSetName"]
        raise validation_error(
            f"Stack [{name}] already exists and cannot be created again with the changeSet [{set_name}]."
        )
    return known


@operation("cloudformation:DescribeChangeSet")
def describe_change_set(call: Call) -> dict[str, Any]:
    """Tell what a stack would become."""
    found = _named(call)
    specification = found.specification
    return present(
        {
            **_summary(found),
            "Parameters": parameters_shown(specification.template.parameters, specification.texts),
            "NotificationARNs": [],
            "RollbackConfiguration": {},
            "Capabilities": list(specification.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in specification.tags.items()],
            "OnStackFailure": found.on_stack_failure,
        }
    ) | _numbered(call, "Changes", found.changes, ResourceChange.answer)


@operation("cloudformation:ListChangeSets")
def list_change_sets(call: Call) -> dict[str, Any]:
    """List a stack's change sets."""
    found = change_sets(described_stack(call, "Stack [{}] does not exist"))
    return _numbered(call, "Summaries", found, _summary)


def _numbered[T](call: Call, member: str, items: Sequence[T], answer: Callable[[T], Any]) -> dict[str, Any]:
    numbered = [(f"{number:06d}", item) for number, item in enumerate(items)]
    return paged(call, member, numbered, lambda each: each[:1], lambda each: answer(each[1]))


@operation("cloudformation:ExecuteChangeSet")
def execute_change_set(call: Call) -> dict[str, Any]:
    """Do what a change set says, in the background."""
    found, token = _named(call), call.parameters.get("ClientRequestToken")
    stack = found.stack
    if is_repeated(stack, "ExecuteChangeSet", token):
        return {}
    order = Order("ExecuteChangeSet", stack_clients(call, found.specification.role_arn), token)
    disable_rollback = bool(call.parameters.get("DisableRollback"))
    with stack.gate:
        _check_executable(found)
        stack.retain_except_on_create = bool(call.parameters.get("RetainExceptOnCreate"))
        if found.kind == "UPDATE":
            start_update(stack, found.specification, order, disable_rollback=_keeps(found, disable=disable_rollback))
        else:
            start_creation(stack, found.specification, order, _on_failure(found, disable=disable_rollback))
        stack.change_set_id, found.execution_status = found.change_set_id, "EXECUTE_COMPLETE"
        drop_change_sets(stack, keep=found)
    return {}


def _check_executable(found: ChangeSet) -> None:
    if found.execution_status != "AVAILABLE":
        shown = found.status if found.status != "CREATE_COMPLETE" else found.execution_status
        message = f"ChangeSet [{found.change_set_id}] cannot be executed in its current status of [{shown}]"
        raise AwsError("InvalidChangeSetStatus", message)
    if found.kind == "CREATE" and found.stack.status != REVIEW:
        message = f"Stack [{found.stack.stack_id}] is in {found.stack.status} state and can not be created."
        raise validation_error(message)


def _keeps(found: ChangeSet, *, disable: bool) -> bool:
    return disable or found.on_stack_failure == "DO_NOTHING"


def _on_failure(found: ChangeSet, *, disable: bool) -> OnFailure:
    if disable:
        return OnFailure.DO_NOTHING
    return OnFailure(found.on_stack_failure or OnFailure.ROLLBACK)


@operation("cloudformation:DeleteChangeSet")
def delete_change_set(call: Call) -> dict[str, Any]:
    """Forget a change set; the stack stays as it is, in review if it was new."""
    try:
        found = _named(call)
    except AwsError as error:
        if error.code == "ChangeSetNotFound":
            return {}
        raise
    if found.execution_status == "EXECUTE_IN_PROGRESS" or found.status.endswith("_IN_PROGRESS"):
        message = f"ChangeSet [{found.change_set_id}] cannot be deleted in its current status of [{found.status}]"
        raise AwsError("InvalidChangeSetStatus", message)
    del change_sets_of(found.stack.place).by_id[found.change_set_id]
    return {}


def _named(call: Call) -> ChangeSet:
    place, name = place_of(call), call.parameters["ChangeSetName"]
    if name.startswith("arn:"):
        return find_change_set(place, name, None)
    if not call.parameters.get("StackName"):
        raise validation_error("StackName must be specified if ChangeSetName is not specified as an ARN.")
    return find_change_set(place, name, described_stack(call, "Stack [{}] does not exist"))


def _summary(found: ChangeSet) -> dict[str, Any]:
    return present(
        {
            "ChangeSetName": found.name,
            "ChangeSetId": found.change_set_id,
            "StackId": found.stack.stack_id,
            "StackName": found.stack.name,
            "Description": found.description,
            "CreationTime": found.created,
            "ExecutionStatus": found.execution_status,
            "Status": found.status,
            "StatusReason": found.reason,
            "IncludeNestedStacks": False,
            "ImportExistingResources": False,
        }
    )
