"""One operation of a StackSet, and what it does to each instance.

Shapes and statuses are those of botocore's model (StackSetOperation, StackSetOperationResultSummary) and of
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from rootguard.sandbox.stack_sets.preferences import Preferences

type InstanceKey = tuple[str, str]
"""Account and Region."""


class DetailedStatus(StrEnum):
    """How the last operation went in an instance; the first five are also an operation result's status."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    INOPERABLE = "INOPERABLE"
    SKIPPED_SUSPENDED_ACCOUNT = "SKIPPED_SUSPENDED_ACCOUNT"


class Action(StrEnum):
    """What an operation does to instances."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class OperationStatus(StrEnum):
    """How an operation is doing."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


_ENDED = (OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.STOPPED)


@dataclass
class Result:
    """What an operation does, or did, to one instance."""

    account_id: str
    region: str
    unit_id: str | None
    status: DetailedStatus = DetailedStatus.PENDING
    reason: str | None = None

    @property
    def key(self) -> InstanceKey:
        """The instance's key."""
        return self.account_id, self.region


@dataclass
class Operation:
    """An operation on a StackSet's instances.

    Attributes:
        regions: In the order in which they are worked at.
        targets: The DeploymentTargets of the request, None where it named accounts or nothing.
        retains: Whether a DELETE leaves the stacks alone.
        on_whole_set: Whether it changes the StackSet itself, and so conflicts with every other operation.
    """

    action: Action
    regions: tuple[str, ...]
    results: dict[InstanceKey, Result]
    preferences: Preferences
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    targets: Mapping[str, object] | None = None
    retains: bool | None = None
    on_whole_set: bool = False
    status: OperationStatus = OperationStatus.QUEUED
    reason: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _ENDED

    def count(self, *statuses: DetailedStatus) -> int:
        """How many instances are at one of these statuses."""
        return sum(result.status in statuses for result in self.results.values())

    def conflicts_with(self, other: "Operation") -> bool:
        """Whether both would work at the same instance, or one of them at the StackSet."""
        return self.on_whole_set or other.on_whole_set or not self.results.keys().isdisjoint(other.results)
