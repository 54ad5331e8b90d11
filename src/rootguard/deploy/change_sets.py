"""Change sets: what a deployment would change, before it does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from rootguard.aws_session import code_of
from rootguard.deploy.names import CHANGE_SET_PREFIX
from rootguard.deploy.pace import Pace
from rootguard.deploy.stacks import Stacks, is_absent
from rootguard.errors import UnfinishedError

_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
_GONE = ("ChangeSetNotFound", "InvalidChangeSetStatus")
_BUSY = ("_IN_PROGRESS state and can not be updated", "cannot be created again with the changeSet")
"""What CloudFormation says of a stack on which something else has begun, or that is there meanwhile."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource.

    Attributes:
        action: Add, Modify, Remove, Import or Dynamic.
        replacement: True, False or Conditional, as CloudFormation says; empty but for Modify.
        properties: The properties that change.
    """

    action: str
    logical_id: str
    type: str
    replacement: str = ""
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One that can be executed."""

    id: str
    stack_id: str
    changes: tuple[Change, ...]


def propose(stacks: Stacks, request: Mapping[str, object], pace: Pace) -> ChangeSet | None:
    """Create a change set and wait until CloudFormation has worked it out.

    Args:
        stacks: Of the account.
        request: Of CreateChangeSet, without the change set's name.
        pace: How often to look.

    Returns:
        None when nothing would change; then nothing is left of the change set.

    Raises:
        UnfinishedError: CloudFormation cannot work it out; the message has its reason. Or somebody else works on the
            stack.
        ClientError: It refuses the template or the parameters.
    """
    name = f"{CHANGE_SET_PREFIX}{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    with _alone(str(request["StackName"])):
        created = stacks.client.create_change_set(ChangeSetName=name, **request)
    identifier, stack_id = created["Id"], created["StackId"]
    for _ in pace:
        found = stacks.client.describe_change_set(ChangeSetName=identifier, StackName=stack_id)
        if found["Status"] == "CREATE_COMPLETE":
            return ChangeSet(identifier, stack_id, tuple(_changes(stacks, identifier, stack_id)))
        if found["Status"] == "FAILED":
            break
    reason = found.get("StatusReason", "")
    discard(stacks, ChangeSet(identifier, stack_id, ()))
    if any(words in reason for words in _UNCHANGED):
        return None
    raise UnfinishedError(f"{request['StackName']}: CloudFormation cannot work out the changes: {reason}")


def execute(stacks: Stacks, stack_name: str, change_set: ChangeSet) -> None:
    """Begin to make the changes.

    Raises:
        UnfinishedError: The stack has changed since they were worked out.
        ClientError: CloudFormation refuses.
    """
    with _alone(stack_name):
        stacks.client.execute_change_set(ChangeSetName=change_set.id, StackName=change_set.stack_id)


def discard(stacks: Stacks, change_set: ChangeSet) -> None:
    """Delete a change set, and the stack that exists for its sake only."""
    with _gone_is_fine():
        stacks.client.delete_change_set(ChangeSetName=change_set.id, StackName=change_set.stack_id)
    stack = stacks.find(change_set.stack_id)
    if stack is not None and stack.status == "REVIEW_IN_PROGRESS":
        stacks.delete(stack)


def discard_stale(stacks: Stacks, stack_name: str) -> None:
    """Delete the change sets that earlier, interrupted runs have left on a stack."""
    for page in stacks.client.get_paginator("list_change_sets").paginate(StackName=stack_name):
        for summary in page["Summaries"]:
            if summary["ChangeSetName"].startswith(CHANGE_SET_PREFIX):
                with _gone_is_fine():
                    stacks.client.delete_change_set(ChangeSetName=summary["ChangeSetId"], StackName=stack_name)


@contextmanager
def _alone(stack_name: str) -> Iterator[None]:
    """Of a stack that something else works on at the same time, say so.

    Raises:
        UnfinishedError: It does.
    """
    try:
        yield
    except ClientError as error:
        if not (code_of(error) in _GONE or is_absent(error) or any(words in str(error) for words in _BUSY)):
            raise
        raise UnfinishedError(
            f"{stack_name} has just been changed by somebody else, another `rootguard deploy` maybe: once that is "
            f"over, run this again ({' '.join(str(error).split())})"
        ) from error


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """Pass over a change set that is gone or being executed."""
    try:
        yield
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise


def _changes(stacks: Stacks, identifier: str, stack_id: str) -> Iterator[Change]:
    pages = stacks.client.get_paginator("describe_change_set").paginate(ChangeSetName=identifier, StackName=stack_id)
    for page in pages:
        for change in page.get("Changes", []):
            if resource := change.get("ResourceChange"):
                yield Change(
                    action=resource["Action"],
                    logical_id=resource["LogicalResourceId"],
                    type=resource["ResourceType"],
                    replacement=resource.get("Replacement", ""),
                    properties=_properties(resource.get("Details", [])),
                )


def _properties(details: Sequence[Mapping[str, Mapping[str, str]]]) -> tuple[str, ...]:
    targets = [detail.get("Target", {}) for detail in details]
    return tuple(dict.fromkeys(target.get("Name") or target.get("Attribute", "") for target in targets))
