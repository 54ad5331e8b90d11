"""Stacks as CloudFormation shows them, and what is to be done next with one in a given state."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of

STACK_TYPE = "AWS::CloudFormation::Stack"
"""Of the events about the stack itself."""


class Step(Enum):
    """What to do with a stack before, or in order that, it becomes what the template says."""

    CREATE = auto()
    UPDATE = auto()
    REPLACE = auto()
    """Delete it, then create it: nothing else can be done with a stack that was never finished."""
    WAIT = auto()
    ROLL_BACK = auto()
    """An update failed, and so did taking it back: that can be tried again once its cause is mended."""
    REPAIR = auto()
    """A person has to look; see `repair`."""


_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
ROLLBACK_STUCK = "UPDATE_ROLLBACK_FAILED"
_IMPORT_STUCK = "IMPORT_ROLLBACK_FAILED"
_REPAIRS = {
    "UPDATE_FAILED": "rollback-stack",
    ROLLBACK_STUCK: "continue-update-rollback",
    _IMPORT_STUCK: "delete-stack",
}
"""Which state each command is for: API_RollbackStack.html and API_ContinueUpdateRollback.html of
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/; neither is for an import.
"""
_NEVER_FINISHED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})


def next_step(status: str | None) -> Step:
    """What comes next.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html lists the states.

    Args:
        status: StackStatus; None for no stack.
    """
    if status in {None, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
        return Step.CREATE
    if status in _UPDATABLE:
        return Step.UPDATE
    if status in _NEVER_FINISHED:
        return Step.REPLACE
    if status.endswith("_IN_PROGRESS"):
        return Step.WAIT
    return Step.ROLL_BACK if status == ROLLBACK_STUCK else Step.REPAIR


def repair(name: str, status: str, region: str) -> str:
    """What a person does about a stack of which nothing can be made as it is.

    Args:
        name: Of the stack.
        status: StackStatus.
        region: The stack's.
    """
    if status not in _REPAIRS:
        return "see to it in the AWS console"
    command = f"run `{repair_command(name, status, region)}`"
    if status != _IMPORT_STUCK:
        return f"mend the cause, {command}"
    return (
        "AWS has no command that takes an import back once more, but the stack can be deleted, with what was imported "
        f"unless its DeletionPolicy is Retain: {command}"
    )


def repair_command(name: str, status: str, region: str, skipping: Collection[str] = ()) -> str:
    """The command for a stack that stands between two versions.

    Args:
        name: Of the stack.
        status: StackStatus.
        region: The stack's.
        skipping: Logical ids of resources that are to stay as they are, because they cannot be taken back.
    """
    skip = ["--resources-to-skip", *skipping] if skipping else []
    return " ".join(["aws cloudformation", _REPAIRS[status], "--region", region, "--stack-name", name, *skip])


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack.

    Attributes:
        id: Its ARN, by which it is found after its deletion as well.
        status: StackStatus.
        reason: Why it is in that state; often empty.
        parameters: As they were given or came from the defaults.
        outputs: By key.
    """

    name: str
    id: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a resource of a stack, or to the stack itself.

    Attributes:
        status: ResourceStatus, `CREATE_FAILED`.
        reason: Why; empty where CloudFormation does not say.
    """

    id: str
    time: datetime
    logical_id: str
    type: str
    status: str
    reason: str

    @property
    def is_cause(self) -> bool:
        """Whether this is a failure of its own, not one that follows from another."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason.lower()

    @property
    def ends_stack(self) -> bool:
        """Whether the stack's own operation is over."""
        return self.type == STACK_TYPE and not self.status.endswith("_IN_PROGRESS")


class Stacks:
    """The stacks of an account in its Region."""

    def __init__(self, session: AwsSession) -> None:
        self.client = session.client("cloudformation")

    def find(self, name_or_id: str) -> Stack | None:
        """A stack; None where there is none. By name, a deleted stack is none."""
        try:
            found = self.client.describe_stacks(StackName=name_or_id)["Stacks"][0]
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        return Stack(
            name=found["StackName"],
            id=found["StackId"],
            status=found["StackStatus"],
            reason=found.get("StackStatusReason", ""),
            parameters={each["ParameterKey"]: each.get("ParameterValue", "") for each in found.get("Parameters", [])},
            outputs={each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])},
        )

    def resources(self, stack: Stack) -> list[Any]:
        """Its resources, as DescribeStackResources shows them; of a stack as small as ours, all."""
        return list(self.client.describe_stack_resources(StackName=stack.id)["StackResources"])

    def continue_rollback(self, stack: Stack) -> None:
        """Begin once more to take back an update."""
        self.client.continue_update_rollback(StackName=stack.id)

    def delete(self, stack: Stack) -> None:
        """Begin to delete it."""
        self.client.delete_stack(StackName=stack.id)

    def events(self, stack_id: str) -> Iterator[Event]:
        """Its events, the newest first."""
        try:
            for page in self.client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
                for event in page["StackEvents"]:
                    yield Event(
                        id=event["EventId"],
                        time=event["Timestamp"],
                        logical_id=event.get("LogicalResourceId", ""),
                        type=event.get("ResourceType", ""),
                        status=event.get("ResourceStatus", ""),
                        reason=event.get("ResourceStatusReason", ""),
                    )
        except ClientError as error:
            if not is_absent(error):
                raise

    def newest_event(self, stack_id: str) -> str:
        """The id of its newest event; empty where it has none."""
        return next((event.id for event in self.events(stack_id)), "")


def is_absent(error: ClientError) -> bool:
    """Whether CloudFormation says that the stack does not exist, for which it has no code of its own."""
    return code_of(error) == "ValidationError" and "does not exist" in str(error)
