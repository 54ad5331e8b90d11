"""The stack that a request names, and whether it may be touched now."""

import re

from rootguard.sandbox.cloudformation.stack_store import existing, find_stack
from rootguard.sandbox.cloudformation.stacks import Stack
from rootguard.sandbox.cloudformation.template_source import validation_error
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import Call

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
_LONGEST = 128

UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "IMPORT_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
    }
)
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html adds the failed ones."""


def place_of(call: Call) -> Place:
    """Where a request is."""
    return Place(call.account_id, call.region)


def new_name(call: Call) -> str:
    """The name of a stack to be created.

    Raises:
        AwsError: ValidationError for a name that AWS does not take.
    """
    name = str(call.parameters["StackName"])
    constraint = None
    if not _NAME.fullmatch(name):
        constraint = f"Member must satisfy regular expression pattern: {_NAME.pattern}"
    elif len(name) > _LONGEST:
        constraint = f"Member must have length less than or equal to {_LONGEST}"
    if constraint:
        message = f"Value '{name}' at 'stackName' failed to satisfy constraint: {constraint}"
        raise validation_error(f"1 validation error detected: {message}")
    return name


def described_stack(call: Call, worded: str = "Stack with id {} does not exist") -> Stack:
    """The stack that a request names, also a deleted one by its id.

    Args:
        call: Has StackName.
        worded: The refusal, which differs between operations.

    Raises:
        AwsError: ValidationError.
    """
    name = str(call.parameters["StackName"])
    stack = find_stack(place_of(call), name)
    if stack is None:
        raise validation_error(worded.format(name))
    return stack


def living_stack(call: Call) -> Stack:
    """The stack that a request is about to change.

    Raises:
        AwsError: ValidationError.
    """
    name = str(call.parameters["StackName"])
    stack = existing(place_of(call), name)
    if stack is None:
        raise validation_error(f"Stack [{name}] does not exist")
    return stack


def check_updatable(stack: Stack) -> None:
    """Refuse an update of a stack that is busy or failed for good.

    Raises:
        AwsError: ValidationError.
    """
    if stack.status not in UPDATABLE:
        raise validation_error(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
