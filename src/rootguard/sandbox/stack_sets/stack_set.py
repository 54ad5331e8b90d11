"""StackSets and their stack instances.

Shapes and statuses are those of botocore's model (StackSet, StackInstance) and of
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html.
"""

import threading
import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import Key
from rootguard.sandbox.stack_sets.operation import DetailedStatus, InstanceKey, Operation
from rootguard.sandbox.state import state

SERVICE_MANAGED = "SERVICE_MANAGED"
SELF_MANAGED = "SELF_MANAGED"


class InstanceStatus(StrEnum):
    """Whether an instance's stack is as the StackSet says."""

    CURRENT = "CURRENT"
    OUTDATED = "OUTDATED"
    INOPERABLE = "INOPERABLE"


@dataclass
class StackInstance:
    """A stack, or the attempt at one, in one account and Region.

    Attributes:
        unit_id: The root or organizational unit by which the account was targeted, None with self-managed permissions.
        overrides: Values that take the place of the StackSet's parameters.
        stack_id: The stack's ARN, None before there is one.
    """

    account_id: str
    region: str
    unit_id: str | None
    overrides: dict[str, str] = field(default_factory=dict)
    stack_id: str | None = None
    status: InstanceStatus = InstanceStatus.OUTDATED
    detailed_status: DetailedStatus = DetailedStatus.PENDING
    reason: str | None = None
    operation_id: str | None = None

    @property
    def key(self) -> InstanceKey:
        """What identifies an instance within its StackSet."""
        return self.account_id, self.region


@dataclass(frozen=True, slots=True)
class AutoDeployment:
    """What happens to accounts that come into the targets, or leave them."""

    enabled: bool
    retains_stacks: bool


@dataclass
class StackSet:
    """A StackSet.

    Attributes:
        place: The account and Region where it lives: with service-managed permissions the management account,
            "including StackSets that are created by delegated administrators" (CreateStackSet, CallAs).
        parameters: Every parameter of the template with its value, given or default.
        hidden: The parameters whose value the template marks NoEcho.
        targets: Root and organizational units that CreateStackInstances named, and the Regions for each.
        waiting: Accounts that have moved while an operation worked at them.
    """

    place: Place
    name: str
    permission_model: str
    template: str
    parameters: dict[str, str]
    hidden: frozenset[str]
    capabilities: tuple[str, ...]
    tags: dict[str, str]
    description: str | None
    auto_deployment: AutoDeployment | None = None
    has_managed_execution: bool = False
    administration_role_arn: str | None = None
    execution_role_name: str | None = None
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: str | None = None
    is_deleted: bool = False
    instances: dict[InstanceKey, StackInstance] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    targets: dict[str, list[str]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def id(self) -> str:
        """`name:uuid`."""
        return f"{self.name}:{self.uuid}"

    @property
    def arn(self) -> str:
        """The ARN, which ends in the id."""
        return self.place.arn(f"stackset/{self.id}", "cloudformation")

    @property
    def key(self) -> Key:
        """What sorts StackSets."""
        return self.name, self.uuid

    @property
    def is_service_managed(self) -> bool:
        """Whether AWS makes the roles and the targets are organizational units."""
        return self.permission_model == SERVICE_MANAGED

    def unfinished(self) -> list[Operation]:
        """The operations that run or wait, in the order of their requests."""
        return [operation for operation in self.operations if not operation.has_ended]

    def operation(self, operation_id: str) -> Operation:
        """One of its operations.

        Raises:
            AwsError: OperationNotFoundException.
        """
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise AwsError("OperationNotFoundException", f"Operation {operation_id} not found")

    def instance(self, account_id: str, region: str) -> StackInstance:
        """One of its instances.

        Raises:
            AwsError: StackInstanceNotFoundException.
        """
        found = self.instances.get((account_id, region))
        if found is None:
            message = f"Stack instance for {self.name} in account {account_id}, region {region} not found"
            raise AwsError("StackInstanceNotFoundException", message)
        return found


@dataclass
class StackSets:
    """The StackSets of one account and Region; of one name at most one is not deleted."""

    all: list[StackSet] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def active(self) -> list[StackSet]:
        """Those that are not deleted."""
        return [each for each in self.all if not each.is_deleted]

    def named(self, name: str) -> StackSet | None:
        """The one of that name that is not deleted."""
        return next((each for each in self.active() if each.name == name), None)


def stack_sets_of(place: Place) -> StackSets:
    """The store of a place."""
    return state(StackSets, place.account_id, place.region)
