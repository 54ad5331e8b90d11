"""One instance's stack: made, changed or deleted through CloudFormation's API, as the execution role."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.stack_sets.work import Patience, client

NO_UPDATES = "No updates are to be performed."

_GONE = "does not exist"
# A stack whose creation failed can only be deleted:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes
_NEVER_CREATED = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
_STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the work at a stack ended.

    Attributes:
        stack_id: The stack, None if there is none.
        failure: What failed, worded as a stack instance's StatusReason; None if it succeeded.
        remark: The StatusReason of a success.
    """

    stack_id: str | None
    failure: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stack as the StackSet wants it."""

    stack_name: str
    template: Mapping[str, str]
    parameters: Mapping[str, str]
    capabilities: tuple[str, ...]
    tags: Mapping[str, str]

    def request(self) -> dict[str, Any]:
        """The parameters that CreateStack and UpdateStack share."""
        return {
            **self.template,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()],
            "Capabilities": list(self.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
        }


def deploy(stack_id: str | None, wanted: Wanted, keys: Keys, region: str) -> Outcome:
    """Make the stack, or bring the existing one up to date; one that was never created is deleted and made anew.

    AWS does not document what it does with a stack whose creation failed, only that an operation "retries all stack
    instances whose status is OUTDATED" (CreateStackInstances, OperationId).
    """
    cloudformation = client("cloudformation", keys, region)
    try:
        stack = _described(cloudformation, stack_id) if stack_id else None
        if stack is not None and stack["StackStatus"] in _NEVER_CREATED:
            removed = _deleted(cloudformation, stack["StackId"])
            if removed.failure:
                return removed
            stack = None
        if stack is None:
            return _created(cloudformation, wanted)
        return _updated(cloudformation, stack["StackId"], wanted)
    except ClientError as error:
        return Outcome(stack_id, failure=_message(error))


def remove(stack_id: str, keys: Keys, region: str) -> Outcome:
    """Delete the stack; one that is gone already is deleted."""
    cloudformation = client("cloudformation", keys, region)
    try:
        if _described(cloudformation, stack_id) is None:
            return Outcome(None)
        return _deleted(cloudformation, stack_id)
    except ClientError as error:
        return Outcome(stack_id, failure=_message(error))


def _created(cloudformation: Any, wanted: Wanted) -> Outcome:
    created = cloudformation.create_stack(StackName=wanted.stack_name, **wanted.request())["StackId"]
    return _ended(cloudformation, created, "CREATE_COMPLETE")


def _updated(cloudformation: Any, stack_id: str, wanted: Wanted) -> Outcome:
    try:
        cloudformation.update_stack(StackName=stack_id, **wanted.request())
    except ClientError as error:
        if _message(error) != NO_UPDATES:
            raise
        return Outcome(stack_id, remark=NO_UPDATES)
    return _ended(cloudformation, stack_id, "UPDATE_COMPLETE")


def _deleted(cloudformation: Any, stack_id: str) -> Outcome:
    cloudformation.delete_stack(StackName=stack_id)
    outcome = _ended(cloudformation, stack_id, "DELETE_COMPLETE")
    return outcome if outcome.failure else Outcome(None)


def _ended(cloudformation: Any, stack_id: str, success: str) -> Outcome:
    patience = Patience()
    try:
        while True:
            patience.wait()
            stack = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
            if stack["StackStatus"] == success:
                return Outcome(stack_id)
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return Outcome(stack_id, failure=_reason(cloudformation, stack))
    except ClientError as error:
        return Outcome(stack_id, failure=_message(error))


def _described(cloudformation: Any, stack_id: str) -> dict[str, Any] | None:
    """The stack, None once it is deleted."""
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    except ClientError as error:
        if _GONE in _message(error):
            return None
        raise
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack


def _reason(cloudformation: Any, stack: Mapping[str, Any]) -> str:
    """What failed first in the stack's last operation."""
    first = None
    for event in _last_operation(cloudformation, stack["StackId"]):
        why = event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and event["ResourceType"] != _STACK and why not in _CANCELLED:
            first = event
    if first is None:
        return str(stack.get("StackStatusReason", f"Stack is in {stack['StackStatus']} state"))
    return (
        f"ResourceLogicalId:{first['LogicalResourceId']}, ResourceType:{first['ResourceType']}, "
        f"ResourceStatusReason:{first.get('ResourceStatusReason', '')}."
    )


def _last_operation(cloudformation: Any, stack_id: str) -> Iterator[dict[str, Any]]:
    """The events of the stack's last operation, the newest first."""
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            yield event
            if event.get("PhysicalResourceId") == stack_id and event.get("ResourceStatusReason") == "User Initiated":
                return


def _message(error: ClientError) -> str:
    return str(error.response["Error"]["Message"])
